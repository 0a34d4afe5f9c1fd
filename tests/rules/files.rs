//! Text of any kind survives the way from the configuration through a ConfigMap to whoever reads it.

use ahuora::tree::Document;
use ahuora::yaml::{read_documents, to_text};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::setup::{Setup, render_all, show};

/// A text as a quoted YAML scalar, all but plain ASCII escaped: written here, not by the program.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            ' ' | '!' | '#'..='[' | ']'..='~' => c.to_string(),
            c => format!("\\U{:08X}", u32::from(c)),
        })
        .collect();
    format!("\"{escaped}\"")
}

/// The platform with a file and a variable that hold the text.
fn with_text(text: &str) -> Setup {
    let text = quoted(text);
    let overrides = format!(
        "  production:\n    overrides:\n      services.idaes.files: {{/etc/text: {text}}}\n      \
         services.idaes.environment: {{WORDS: {text}}}\n"
    );
    Setup::platform().edit("  production:\n", &overrides)
}

fn by_id<'a>(documents: &'a [Document], id: &str) -> &'a Value {
    let found = documents.iter().find(|document| document.id.to_string() == id);
    &found.unwrap_or_else(|| panic!("no {id}")).value
}

fn survives(text: &str) -> Result<(), TestCaseError> {
    let configuration = match with_text(text).try_load() {
        Ok(configuration) => configuration,
        Err(problems) => {
            let credential = problems.iter().all(|problem| problem.message.starts_with("looks like"));
            prop_assert!(credential, "refused: {}", show(&problems));
            return Ok(());
        }
    };
    let (documents, _) = render_all(&configuration);
    for document in &documents {
        let written = document.text().expect("representable");
        let read = read_documents(&written);
        prop_assert_eq!(read.as_ref(), Ok(&vec![Value::clone(&document.value)]), "{}", written);
    }
    let map = by_id(&documents, "ConfigMap/idaes");
    prop_assert_eq!(&map["data"]["etc.text"], &json!(text));
    let container = &by_id(&documents, "Deployment/idaes")["spec"]["template"]["spec"]["containers"][0];
    // `$(NAME)` would be expanded; `$$(NAME)` is the text `$(NAME)`.
    prop_assert_eq!(&container["env"][0]["value"], &json!(text.replace("$(", "$$(")));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_survives(text in any::<String>()) {
        survives(&text)?;
    }

    #[test]
    fn text_that_looks_like_yaml_survives(text in "[-?:,\\[\\]{}#&*!|>'\"%@`~=<0-9a-eA-E_.+ \\\\\t\r\n\u{85}\u{a0}\u{2028}\u{feff}]{0,40}") {
        survives(&text)?;
    }

    #[test]
    fn lines_survive(lines in prop::collection::vec("[ \t]{0,3}[a-z#:-]{0,5}[ \t]{0,2}", 0..8), end in "\n{0,3}") {
        survives(&(lines.join("\n") + &end))?;
    }
}

#[test]
fn texts_that_readers_disagree_about_survive() {
    let texts = [
        "",
        " ",
        "\n",
        "\n\n",
        "\t",
        "\r\n",
        "a\r\nb\r\n",
        "no",
        "0644",
        "1_000",
        "12:30:45",
        "2024-01-01",
        "0x1F",
        ".5",
        "1e3",
        "null",
        "~",
        "=",
        "<<",
        "- a",
        "a: b",
        "#",
        "a #b",
        "--- \n",
        "...\n",
        "%YAML 1.2\n",
        "\u{feff}a",
        "a\u{85}b",
        "a\u{2028}b\n",
        "\u{0}",
        "\u{7f}",
        "\u{1f600}",
        "  a\nb\n",
        "\n  a\nb",
        "a\n\n",
        "a \nb\n",
        "\ta\nb\n",
        "a\n\tb\n",
        "   \n a\n",
        " \n\n a\n",
        "$(HOME)",
        "$$(HOME)",
        "${HOME}",
        "\\n",
        "'",
        "\"",
    ];
    for text in texts {
        survives(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }
}

/// Any value with nested lists and mappings, whatever its texts and keys are.
fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), "[-?:#'\"&*!|>%@ \t\n.0-9a-f]{0,12}", "[a-z\n]{100,1200}"];
    let leaf = prop_oneof![
        4 => text.clone().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(5, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(text.clone(), inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_read_back(value in any_value().prop_filter("nothing is no document", |value| !value.is_null())) {
        // YAML allows a key of about 1,000 written characters; longer ones are refused.
        let Ok(written) = to_text(&value) else {
            prop_assert!(longest_key(&value) > 100);
            return Ok(());
        };
        let read = read_documents(&written);
        prop_assert_eq!(read.as_ref(), Ok(&vec![value]), "{}", written);
    }
}

fn longest_key(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| key.len().max(longest_key(value))).max().unwrap_or(0),
        Value::Array(items) => items.iter().map(longest_key).max().unwrap_or(0),
        _ => 0,
    }
}

/// Two files are never one key, and every key is one that a ConfigMap may have.
#[test]
fn every_file_has_a_legal_key_of_its_own() {
    let paths = [
        vec!["/etc/a.conf", "/etc/b.conf"],
        vec!["/etc/a.conf", "/opt/a.conf"],
        vec!["/etc/a/b", "/etc/a.b"],
        vec!["/etc/a b", "/etc/a?b"],
        vec!["/etc/ä", "/etc/ö"],
        vec!["/"],
        vec!["/..data"],
        vec!["/.a"],
        vec!["//..a"],
    ];
    let long = format!("/etc/{}", "a".repeat(260));
    let mut wrong = String::new();
    for paths in paths.into_iter().chain([vec![long.as_str()]]) {
        let files: serde_json::Map<String, Value> =
            paths.iter().map(|path| ((*path).to_owned(), json!(path))).collect();
        // To refuse such paths is as good as to find them keys.
        let Ok(configuration) = Setup::platform().set("services.idaes.files", Value::Object(files)).try_load() else {
            continue;
        };
        let (documents, _) = render_all(&configuration);
        let data = by_id(&documents, "ConfigMap/idaes")["data"].as_object().expect("a mapping");
        let keys: Vec<&String> = data.keys().collect();
        if keys.len() != paths.len() || !keys.iter().all(|key| is_legal(key)) {
            wrong += &format!("{paths:?} have the keys {keys:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What Kubernetes takes for a key of a ConfigMap.
fn is_legal(key: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&key.len()) && key.chars().all(legal) && key != "." && !key.starts_with("..")
}

/// Kubernetes refuses two mounts at one path.
#[test]
fn nothing_is_mounted_twice_at_one_path() {
    let cases =
        [("services.idaes.writable", json!(["/tmp", "/tmp"])), ("services.idaes.files", json!({"/tmp": "text"}))];
    for (path, value) in cases {
        let Ok(configuration) = Setup::platform().set(path, value.clone()).try_load() else {
            continue;
        };
        let (documents, findings) = render_all(&configuration);
        let pod = &by_id(&documents, "Deployment/idaes")["spec"]["template"]["spec"];
        let mounts = pod["containers"][0]["volumeMounts"].as_array().expect("mounts");
        let paths: Vec<&Value> = mounts.iter().map(|mount| &mount["mountPath"]).collect();
        let repeated =
            paths.iter().enumerate().any(|(index, one)| paths.iter().skip(index + 1).any(|other| other == one));
        assert!(!repeated || !findings.is_empty(), "{path}: {value} mounts {paths:?}");
    }
}
