//! Fields of a resource, as they are found, shown and suggested.

use serde_json::Value;

use super::one_line;
use crate::config::suggestion;
use crate::error::Failure;
use crate::provenance::readable;
use crate::tree::{Document, FieldPath, Step};

/// The field at a path that somebody wrote: its path by keys and indexes, and its value.
pub(super) fn find<'d>(document: &'d Document, text: &str) -> Result<(FieldPath, &'d Value), Failure> {
    let path = FieldPath::parse(text)
        .map_err(|message| Failure::usage(message, format!("`ahuora explain {}` lists its fields", document.id)))?;
    if let Some((value, plain)) = path.find(&document.value) {
        return Ok((plain, value));
    }
    let mut above = path.clone();
    let mut missing = above.0.pop();
    let (holder, plain) = loop {
        match above.find(&document.value) {
            Some(found) => break found,
            None => missing = above.0.pop(),
        }
    };
    let known: Vec<String> = match holder {
        Value::Object(map) => map.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).filter_map(|index| item_name(&plain, index, document)).collect(),
        _ => Vec::new(),
    };
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let step = FieldPath(missing.into_iter().collect()).to_string();
    let word = step.trim_matches(['[', ']']);
    let place = if plain.0.is_empty() { String::new() } else { format!(" in `{}`", readable(&plain, &document.value)) };
    let near = if known.is_empty() { "; it holds no fields".to_owned() } else { suggestion(word, &known) };
    Err(Failure::usage(
        format!("{} has no field `{step}`{place}{near}", document.id),
        format!("`ahuora explain {}` lists its fields", document.id),
    ))
}

/// How an item of a list is written in a path, without brackets.
fn item_name(list: &FieldPath, index: usize, document: &Document) -> Option<String> {
    let item = FieldPath(list.0.iter().cloned().chain([Step::Index(index)]).collect());
    let last = readable(&item, &document.value).0.pop()?;
    Some(FieldPath(vec![last]).to_string().trim_matches(['[', ']']).to_owned())
}

/// Every field that holds no other, at a path and below.
pub(super) fn below<'d>(path: &FieldPath, value: &'d Value) -> Vec<(FieldPath, &'d Value)> {
    let mut found = Vec::new();
    walk(path.clone(), value, &mut found);
    found
}

fn walk<'d>(path: FieldPath, value: &'d Value, found: &mut Vec<(FieldPath, &'d Value)>) {
    let child = |step: Step| FieldPath(path.0.iter().cloned().chain([step]).collect());
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| walk(child(Step::Key(key.clone())), value, found));
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(index, value)| walk(child(Step::Index(index)), value, found));
        }
        _ => found.push((path, value)),
    }
}

/// A value on one line: text as it is, anything else as JSON.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => one_line(text),
        other => one_line(&other.to_string()),
    }
}
