//! JSON values to YAML text that every reader understands alike.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Map, Value};
use serde_saphyr::{DoubleQuoted, SerializerOptions};

/// Keys that a reader looks for first, in this order; all others follow alphabetically.
const LEADING_KEYS: [&str; 6] = [
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "image",
];

/// A value that YAML cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written as YAML: {0}")]
pub struct WriteError(String);

/// One YAML document: block style, two spaces, leading keys first, then alphabetical order.
///
/// # Errors
/// Only when the YAML writer refuses a value, which no JSON value is known to cause.
pub fn to_text(value: &Value) -> Result<String, WriteError> {
    let mut text = String::with_capacity(2048);
    serde_saphyr::to_fmt_writer_with_options(&mut text, &Ordered(value), options())
        .map_err(|error| WriteError(error.to_string()))?;
    Ok(text)
}

/// Long lines are not folded: a changed word would re-wrap its neighbours in every diff.
fn options() -> SerializerOptions {
    serde_saphyr::ser_options! { compact_list_indent: true, folded_wrap_chars: usize::MAX >> 1 }
}

/// A JSON value in the order and quoting of our files.
struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) if breaks_literal_block(text) => {
                DoubleQuoted(text.as_str()).serialize(serializer)
            }
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Ordered(item))?;
                }
                list.end()
            }
            Value::Object(map) => ordered_map(map, serializer),
            scalar => scalar.serialize(serializer),
        }
    }
}

fn ordered_map<S: Serializer>(map: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_map(Some(map.len()))?;
    for key in LEADING_KEYS {
        if let Some(value) = map.get(key) {
            out.serialize_entry(key, &Ordered(value))?;
        }
    }
    for (key, value) in map {
        if !LEADING_KEYS.contains(&key.as_str()) {
            out.serialize_entry(key, &Ordered(value))?;
        }
    }
    out.end()
}

/// Multi-line text whose first line with text begins with a tab: as a literal block, the parsers of Go
/// and libyaml refuse it ("found a tab character"). Such text is written in double quotes instead.
fn breaks_literal_block(text: &str) -> bool {
    text.contains('\n')
        && text
            .lines()
            .find(|line| !line.trim_matches(' ').is_empty())
            .is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::read_documents;
    use serde_json::json;

    #[test]
    fn leading_keys_come_first_and_the_rest_is_sorted() {
        let text = to_text(&json!({"spec": {"b": 1, "a": [{"image": "x", "name": "n"}]}, "metadata": {}, "kind": "K", "apiVersion": "v1"})).unwrap();
        insta::assert_snapshot!(text, @r#"
        apiVersion: v1
        kind: K
        metadata: {}
        spec:
          a:
          - name: "n"
            image: x
          b: 1
        "#);
    }

    #[test]
    fn words_that_another_reader_takes_for_something_else_are_quoted() {
        for word in [
            "no",
            "on",
            "y",
            "N",
            "1_000",
            "0644",
            "12:30",
            "2024-01-01",
            "=",
            "<<",
            "~",
            "null",
            "",
            " x",
            "x ",
            "0x1F",
            "1e3",
            ".inf",
        ] {
            let text = to_text(&json!({"k": word})).unwrap();
            let written = text.trim_end().strip_prefix("k: ").unwrap();
            assert!(
                written.starts_with(['"', '\'']),
                "{word:?} is written {written}"
            );
        }
    }

    #[test]
    fn multi_line_text_stays_readable_unless_a_leading_tab_forbids_it() {
        assert_eq!(
            to_text(&json!({"k": "a\nb\n"})).unwrap(),
            "k: |\n  a\n  b\n"
        );
        assert_eq!(
            to_text(&json!({"k": "\ta\nb\n"})).unwrap(),
            "k: \"\\ta\\nb\\n\"\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn every_string_is_read_back(value in "\\PC*|[\\s:#'\"\\-\\[\\]{}&*!|>%@`,?~=<0-9a-z_.\\\\\t\n]*", key in "[-._a-zA-Z0-9]{1,20}") {
            let document = json!({key: value});
            proptest::prop_assert_eq!(read_documents(&to_text(&document).unwrap()).unwrap(), vec![document]);
        }
    }
}
