//! Secret values never leave the comparison.

use ahuora::diff::{Diff, Key, Op, Options, compare, fingerprint_of, read};
use ahuora::report::{DiffJson, View, markdown, stat, text};

use crate::told::{deployment, diff};

/// Everything that can be printed of a difference.
fn printed(diff: &Diff) -> String {
    let view = View { left: "a", right: "b", context: 3, why: &|_, _| Vec::new(), command: "c" };
    let json = serde_json::to_string(&DiffJson::of(diff, &view)).expect("JSON");
    [text(diff, &view), stat(diff), markdown(diff, &view), json].join("\n")
}

fn config_map(data: &str) -> String {
    format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {{{data}}}}}")
}

#[test]
fn no_secret_is_printed_in_any_form() {
    let secret = |data: &str| format!("{{apiVersion: v1, kind: Secret, metadata: {{name: a}}, {data}}}");
    let env =
        |value: &str| deployment(&format!("env: [{{name: A, value: x}}, {{name: DB_PASSWORD, value: {value}}}]"), "");
    // Variables that stand twice are compared in order, so that their names are in no path.
    let twice = |value: &str| {
        deployment(&format!("env: [{{name: DB_PASSWORD, value: {value}}}, {{name: A}}, {{name: A}}]"), "")
    };
    let args = |value: &str| deployment(&format!("args: [--listen, --client-secret={value}]"), "");
    let file = |value: &str| config_map(&format!("settings: \"host: db\\npassword: {value}\\nport: 1\\n\""));
    let pairs = [
        (secret("data: {k: aHVudGVyMQ==}"), secret("data: {k: aHVudGVyMg==}")),
        (secret("stringData: {k: hunter1}"), secret("stringData: {k: hunter2}")),
        (secret("data: {k: aHVudGVyMQ==}"), String::new()),
        (String::new(), secret("stringData: {k: hunter2}")),
        (secret("data: {k: aHVudGVyMQ==}"), secret("data: {l: aHVudGVyMg==}")),
        (
            secret("type: Opaque").replace("name: a", "name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{data: hunter1}'}"),
            secret("type: Opaque"),
        ),
        (env("hunter1"), env("hunter2")),
        (deployment("env: []", ""), env("hunter2")),
        (String::new(), env("hunter2")),
        (twice("hunter1"), twice("hunter2")),
        (args("hunter1"), args("hunter2")),
        (file("hunter1"), file("hunter2")),
        (config_map("api-token: hunter1"), config_map("api-token: hunter2")),
        (config_map("url: 'postgres://u:hunter1@h/d'"), config_map("url: 'postgres://u:hunter2@h/d'")),
        (config_map("key: \"-----BEGIN PRIVATE KEY-----\\nhunter1\\n-----END PRIVATE KEY-----\\n\""), String::new()),
        (
            "{apiVersion: helm.example.org/v1, kind: Release, metadata: {name: a}, spec: {values: {adminPassword: hunter1}}}".to_owned(),
            "{apiVersion: helm.example.org/v1, kind: Release, metadata: {name: a}, spec: {values: {adminPassword: hunter2}}}".to_owned(),
        ),
    ];
    for (left, right) in pairs {
        let diff = diff(&left, &right);
        let printed = printed(&diff);
        assert!(!diff.resources.is_empty(), "{left}\n{right}");
        for hidden in ["hunter", "aHVudGVy"] {
            assert!(!printed.contains(hidden), "{left}\n{right}\n{printed}");
        }
        assert!(printed.contains("masked"), "{printed}");
    }
}

#[test]
fn that_a_secret_changed_stays_visible() {
    let secret = |value: &str| format!("{{apiVersion: v1, kind: Secret, metadata: {{name: a}}, data: {{k: {value}}}}}");
    let diff = diff(&secret("YQ=="), &secret("Yg=="));
    let change = &diff.resources[0].changes[0];
    assert!(change.masked && change.op == Op::Set);
    let prints = [&change.left, &change.right].map(|value| value.as_ref().and_then(fingerprint_of).map(str::to_owned));
    assert!(prints[0].is_some() && prints[0] != prints[1], "{prints:?}");
}

#[test]
fn a_fingerprint_says_nothing_without_its_key() {
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: YQ==}}";
    let with = |key: &str| {
        let source = [ahuora::diff::Source { path: "a".to_owned(), text: secret.to_owned() }];
        let read = read(&source, &[], false).expect("a resource");
        let options = Options { cluster: false, key: Key::new(key), only: Vec::new() };
        printed(&compare((read.left, read.right), 0, &read.definitions, &options))
    };
    assert_eq!(with("one"), with("one"));
    assert_ne!(with("one"), with("two"));
}

#[test]
fn names_of_secrets_and_ordinary_text_are_shown() {
    let shown = [
        (
            deployment("env: [{name: TOKEN_PATH, value: /a}]", ""),
            deployment("env: [{name: TOKEN_PATH, value: /b}]", ""),
        ),
        (
            deployment("env: [{name: PASSWORD, value: $(A)}]", ""),
            deployment("env: [{name: PASSWORD, value: $(B)}]", ""),
        ),
        (deployment("", "imagePullSecrets: [{name: a}]"), deployment("", "imagePullSecrets: [{name: b}]")),
        (
            deployment("", "volumes: [{name: v, secret: {secretName: a}}]"),
            deployment("", "volumes: [{name: v, secret: {secretName: b}}]"),
        ),
        (config_map("text: 'tokens: 5'"), config_map("text: 'plain = 6'")),
        (
            config_map("ini: \"auth_file = /a\\nlogging = 1\\n\""),
            config_map("ini: \"auth_file = /b\\nlogging = 2\\n\""),
        ),
    ];
    for (left, right) in shown {
        let diff = diff(&left, &right);
        assert!(diff.resources.iter().flat_map(|one| &one.changes).all(|change| !change.masked), "{left}\n{right}");
        assert!(!diff.resources.is_empty());
    }
}
