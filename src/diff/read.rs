//! From texts to resources, reading only what is not the same on both sides.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::schema::{Definitions, is_built_in};
use crate::parallel;
use crate::tree::{Document, Piece, ResourceId, list, pieces, text};
use crate::yaml::{Position, SyntaxError, read_documents};

/// A file of manifests.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path, as it is told.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A document that is no YAML that Kubernetes would take.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: String,
    /// The place in the file.
    pub at: Position,
    /// What is wrong.
    pub message: String,
}

/// Both sides, as far as they differ.
#[derive(Debug, Default)]
pub struct Read {
    /// Resources of the left that the right does not have word for word.
    pub left: Vec<Document>,
    /// Resources of the right that the left does not have word for word.
    pub right: Vec<Document>,
    /// How many are word for word the same.
    pub same: usize,
    /// Definitions of custom kinds, from both sides.
    pub definitions: Definitions,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// One document of one side.
#[derive(Clone, Copy)]
struct Part<'s> {
    path: &'s str,
    piece: Piece<'s>,
}

/// Reads two sides; with `everything`, also what is the same.
///
/// # Errors
/// Every document of either side that cannot be read.
pub fn read(left: &[Source], right: &[Source], everything: bool) -> Result<Read, Vec<Unreadable>> {
    let (left, right) = (parts(left), parts(right));
    let (differing, common) = if everything { ((left, right), Vec::new()) } else { without_common(left, right) };
    let mut read = Read { same: common.len(), ..Read::default() };
    let count = differing.0.len();
    let all: Vec<Part<'_>> = differing.0.into_iter().chain(differing.1).collect();
    let results = parallel::map(&all, |part| resources(*part));
    let mut unreadable = Vec::new();
    for (index, result) in results.into_iter().enumerate() {
        match result {
            Ok((documents, note)) => {
                read.notes.extend(note);
                if index < count { &mut read.left } else { &mut read.right }.extend(documents);
            }
            Err(problem) => unreadable.push(problem),
        }
    }
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    learn(&mut read, &common);
    Ok(read)
}

fn parts(sources: &[Source]) -> Vec<Part<'_>> {
    let all =
        sources.iter().flat_map(|source| pieces(&source.text).into_iter().map(|piece| (source.path.as_str(), piece)));
    all.map(|(path, piece)| Part { path, piece }).collect()
}

/// Takes out what stands on both sides word for word; gives it too.
fn without_common<'s>(left: Vec<Part<'s>>, right: Vec<Part<'s>>) -> ((Vec<Part<'s>>, Vec<Part<'s>>), Vec<&'s str>) {
    let mut counts: HashMap<&str, usize> = HashMap::with_capacity(right.len());
    for part in &right {
        *counts.entry(part.piece.text).or_default() += 1;
    }
    let mut common: HashMap<&str, usize> = HashMap::new();
    let mut told = Vec::new();
    let mut keep = Vec::new();
    for part in left {
        let text = part.piece.text;
        match counts.get_mut(text).filter(|count| **count > 0 && !is_list(text)) {
            Some(count) => {
                *count -= 1;
                *common.entry(text).or_default() += 1;
                told.push(text);
            }
            None => keep.push(part),
        }
    }
    let mut is_common = |part: &Part<'_>| match common.get_mut(part.piece.text) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let right = right.into_iter().filter(|part| !is_common(part)).collect();
    ((keep, right), told)
}

/// A list holds more than one resource: how many is only known when it is read.
fn is_list(text: &str) -> bool {
    text.contains("kind: List")
}

/// The resources of a document, and a note when it holds none.
fn resources(part: Part<'_>) -> Result<(Vec<Document>, Option<String>), Unreadable> {
    let values = values(part.piece.text).map_err(|error| Unreadable {
        path: part.path.to_owned(),
        at: Position { line: part.piece.line + error.at.line, ..error.at },
        message: error.message,
    })?;
    let mut documents = Vec::new();
    let mut note = None;
    for value in values {
        if !collect(part.path, value, &mut documents) {
            let line = part.piece.line + 1;
            note = Some(format!("{}:{line}: left out, it is no Kubernetes resource", part.path));
        }
    }
    Ok((documents, note))
}

fn values(text: &str) -> Result<Vec<Value>, SyntaxError> {
    // JSON is YAML too, but its own parser is faster; what that refuses, the YAML parser explains.
    if text.starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(vec![value]);
    }
    read_documents(text)
}

/// Adds a resource, or the items of a list of them; false when it is neither.
fn collect(path: &str, value: Value, documents: &mut Vec<Document>) -> bool {
    let kind = text(&value, "/kind");
    if kind.is_empty() || text(&value, "/apiVersion").is_empty() {
        return false;
    }
    if kind.ends_with("List") && value.get("items").is_some_and(Value::is_array) {
        let items = list(&value, "/items").to_vec();
        return items.into_iter().all(|item| collect(path, item, documents));
    }
    let mut id = ResourceId::of(&value);
    if id.name.is_empty() {
        text(&value, "/metadata/generateName").clone_into(&mut id.name);
    }
    documents.push(Document { path: path.to_owned(), id, value: value.into() });
    true
}

/// Learns the definitions of custom kinds: from what was read, and where a kind is needed, from what is the
/// same on both sides.
fn learn(read: &mut Read, common: &[&str]) {
    let Read { left, right, definitions, .. } = read;
    let all = || left.iter().chain(right.iter());
    all().for_each(|document| definitions.learn(&document.value));
    let custom = all().filter(|document| !is_built_in(&document.id.group, &document.id.kind));
    let kinds: BTreeSet<String> = custom.map(|document| format!("kind: {}\n", document.id.kind)).collect();
    if kinds.is_empty() {
        return;
    }
    for text in common.iter().filter(|text| text.contains("CustomResourceDefinition")) {
        if kinds.iter().any(|kind| text.contains(kind.as_str())) {
            values(text).into_iter().flatten().for_each(|value| definitions.learn(&value));
        }
    }
}
