//! JSON values to YAML text that every reader understands alike.
//!
//! The structure is written here; how a scalar is written (plain, quoted, as a block) is serde-saphyr's
//! decision, asked once for each distinct text and remembered: manifests repeat the same few words, and
//! asking each time took four fifths of the time of writing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;

use serde_json::{Map, Value};
use serde_saphyr::{DoubleQuoted, SerializerOptions};

/// How many keys have a place before the others.
const LEADING_KEYS: usize = 6;

/// The place of a key that a reader looks for first; all others follow alphabetically.
fn rank(key: &str) -> Option<usize> {
    match key {
        "apiVersion" => Some(0),
        "kind" => Some(1),
        "metadata" => Some(2),
        "name" => Some(3),
        "namespace" => Some(4),
        "image" => Some(5),
        _ => None,
    }
}

/// Most scalars that are remembered, and the longest of them.
const MEMORY: usize = 4096;
const LONGEST_REMEMBERED: usize = 128;

/// A value that YAML cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("cannot be written as YAML: {0}")]
pub struct WriteError(String);

impl From<std::fmt::Error> for WriteError {
    fn from(error: std::fmt::Error) -> Self {
        Self(error.to_string())
    }
}

/// One YAML document: block style, two spaces, leading keys first, then alphabetical order.
///
/// # Errors
/// Only when serde-saphyr refuses a scalar, which no JSON value is known to cause.
pub fn to_text(value: &Value) -> Result<String, WriteError> {
    let mut out = String::new();
    append(&mut out, value)?;
    Ok(out)
}

/// Appends a document to a text.
///
/// # Errors
/// As [`to_text`].
pub fn append(out: &mut String, value: &Value) -> Result<(), WriteError> {
    SCALARS.with_borrow_mut(|scalars| Writer { out, scalars }.document(value))
}

thread_local! {
    static SCALARS: RefCell<Scalars> = RefCell::default();
}

/// How scalars are written, as far as it was asked.
#[derive(Default)]
struct Scalars {
    keys: FxHashMap<Box<str>, Box<str>>,
    values: FxHashMap<Box<str>, Box<str>>,
}

struct Writer<'a> {
    out: &'a mut String,
    scalars: &'a mut Scalars,
}

impl Writer<'_> {
    fn document(&mut self, value: &Value) -> Result<(), WriteError> {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(map, 0, 0),
            Value::Array(items) if !items.is_empty() => self.list(items, 0),
            scalar => {
                self.scalar(scalar, 0)?;
                self.out.push('\n');
                Ok(())
            }
        }
    }

    /// Entries at an indentation; the first stands at `first`, behind the dash of a list.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize, first: usize) -> Result<(), WriteError> {
        let mut leading = [None; LEADING_KEYS];
        for entry in map {
            if let Some(place) = rank(entry.0).and_then(|rank| leading.get_mut(rank)) {
                *place = Some(entry);
            }
        }
        let others = map.iter().filter(|(key, _)| rank(key).is_none());
        for (number, (key, value)) in leading.into_iter().flatten().chain(others).enumerate() {
            self.indent(if number == 0 { first } else { indent });
            self.key(key)?;
            match value {
                Value::Object(map) if !map.is_empty() => {
                    self.out.push('\n');
                    self.mapping(map, indent + 2, indent + 2)?;
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.list(items, indent)?;
                }
                scalar => {
                    self.out.push(' ');
                    self.scalar(scalar, indent)?;
                    self.out.push('\n');
                }
            }
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], indent: usize) -> Result<(), WriteError> {
        for item in items {
            self.indent(indent);
            match item {
                Value::Object(map) if !map.is_empty() => {
                    self.out.push_str("- ");
                    self.mapping(map, indent + 2, 0)?;
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push_str("-\n");
                    self.list(items, indent + 2)?;
                }
                scalar => {
                    self.out.push_str("- ");
                    self.scalar(scalar, indent)?;
                    self.out.push('\n');
                }
            }
        }
        Ok(())
    }

    fn indent(&mut self, spaces: usize) {
        const BLANK: &str = "                                                                ";
        match BLANK.get(..spaces) {
            Some(blank) => self.out.push_str(blank),
            None => self.out.extend(std::iter::repeat_n(' ', spaces)),
        }
    }

    /// The key and its colon.
    fn key(&mut self, key: &str) -> Result<(), WriteError> {
        if let Some(written) = self.scalars.keys.get(key) {
            self.out.push_str(written);
            return Ok(());
        }
        let entry = if breaks_a_resolver(key) {
            format!("\"{key}\": true")
        } else {
            ask(&Map::from_iter([(key.to_owned(), Value::Bool(true))]))?
        };
        // Beyond about 1,000 characters a key needs another form, which no Kubernetes object has a use for.
        let written = entry
            .strip_suffix(" true")
            .filter(|written| !written.contains('\n'))
            .ok_or_else(|| WriteError(format!("a key of {} characters is too long", key.chars().count())))?;
        self.out.push_str(written);
        remember(&mut self.scalars.keys, key, written);
        Ok(())
    }

    /// A scalar or an empty collection; the lines of a block stand deeper than `indent`.
    fn scalar(&mut self, value: &Value, indent: usize) -> Result<(), WriteError> {
        match value {
            Value::String(text) => self.text(text, indent),
            Value::Bool(true) => self.plain("true"),
            Value::Bool(false) => self.plain("false"),
            Value::Object(_) => self.plain("{}"),
            Value::Array(_) => self.plain("[]"),
            Value::Number(number) if !number.is_f64() => write!(self.out, "{number}").map_err(WriteError::from),
            other => {
                let entry = ask(&Map::from_iter([("k".to_owned(), other.clone())]))?;
                self.out.push_str(entry.strip_prefix("k: ").unwrap_or(&entry));
                Ok(())
            }
        }
    }

    fn plain(&mut self, written: &str) -> Result<(), WriteError> {
        self.out.push_str(written);
        Ok(())
    }

    fn text(&mut self, text: &str, indent: usize) -> Result<(), WriteError> {
        if let Some(written) = self.scalars.values.get(text) {
            self.out.push_str(written);
            return Ok(());
        }
        let entry = if breaks_literal_block(text) || breaks_a_resolver(text) {
            ask(&HashMap::from([("k", DoubleQuoted(text))]))?
        } else {
            ask(&HashMap::from([("k", text)]))?
        };
        let written = entry.strip_prefix("k: ").ok_or_else(|| WriteError(format!("the text {text:?}")))?;
        let mut lines = written.split('\n');
        self.out.push_str(lines.next().unwrap_or_default());
        for line in lines {
            // A block of text: its lines stand two deeper than the key.
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
        }
        if !written.contains('\n') {
            remember(&mut self.scalars.values, text, written);
        }
        Ok(())
    }
}

/// How serde-saphyr writes a mapping of one entry at the margin, without its last line break.
fn ask(entry: &impl serde::Serialize) -> Result<String, WriteError> {
    let mut out = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut out, entry, options())
        .map_err(|error| WriteError(error.to_string()))?;
    if out.ends_with('\n') {
        out.pop();
    }
    Ok(out)
}

/// Long lines are not folded: a changed word would re-wrap its neighbours in every diff.
fn options() -> SerializerOptions {
    serde_saphyr::ser_options! { compact_list_indent: true, folded_wrap_chars: usize::MAX >> 1 }
}

fn remember(memory: &mut FxHashMap<Box<str>, Box<str>>, text: &str, written: &str) {
    if text.len() <= LONGEST_REMEMBERED {
        if memory.len() >= MEMORY {
            memory.clear();
        }
        memory.insert(text.into(), written.into());
    }
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

/// A sign and underscores only: plain, ruamel.yaml takes it for a number and fails.
fn breaks_a_resolver(text: &str) -> bool {
    text.strip_prefix(['+', '-']).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte == b'_'))
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
            "+_",
            "-__",
        ] {
            let text = to_text(&json!({"k": word})).unwrap();
            let written = text.trim_end().strip_prefix("k: ").unwrap();
            assert!(written.starts_with(['"', '\'']), "{word:?} is written {written}");
        }
    }

    #[test]
    fn multi_line_text_stays_readable_unless_a_leading_tab_forbids_it() {
        assert_eq!(to_text(&json!({"k": "a\nb\n"})).unwrap(), "k: |\n  a\n  b\n");
        assert_eq!(to_text(&json!({"k": "\ta\nb\n"})).unwrap(), "k: \"\\ta\\nb\\n\"\n");
    }

    proptest::proptest! {
        #[test]
        fn every_string_is_read_back(value in "\\PC*|[\\s:#'\"\\-\\[\\]{}&*!|>%@`,?~=<0-9a-z_.\\\\\t\n]*", key in "[-._a-zA-Z0-9]{1,20}") {
            let inner = json!({&key: &value, "z": [&value, [&value, [&value]], {&key: &value}, {}, []]});
            let document = json!({&key: &value, "zz": {"zz": [&value, inner.clone()], &key: inner}, "zzz": &value});
            proptest::prop_assert_eq!(read_documents(&to_text(&document).unwrap()).unwrap(), vec![document]);
        }
    }
}
