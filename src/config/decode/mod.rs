//! YAML nodes to typed values through serde, reporting every problem rather than the first.
//!
//! Serde stops at its first error. Here the value that caused it is marked as removed and decoding starts
//! again, until it succeeds or the whole value is spoiled; errors that merely follow from a removal are
//! not reported. Unknown keys never stop decoding.

mod cursor;
mod stop;

use std::cell::RefCell;

use serde::Deserialize;

use super::problem::{Problem, in_order, join};
use crate::yaml::{Node, NodeValue, Position};
use cursor::Cursor;

/// Decodes a node into a type.
///
/// # Errors
/// All problems, each with its place; `path` is what the node itself is called in them.
pub(super) fn decode<T: for<'de> Deserialize<'de>>(node: &Node, path: &str) -> Result<T, Vec<Problem>> {
    let mut node = node.clone();
    let mut problems: Vec<Problem> = Vec::new();
    let mut removed: Vec<Vec<Step>> = Vec::new();
    loop {
        let unknown = RefCell::new(Vec::new());
        let result = T::deserialize(Cursor { node: &node, unknown: &unknown });
        for (at, message) in unknown.into_inner() {
            problems.push(Problem { at: Some(at), path: path_of_key(&node, at, path).unwrap_or_default(), message });
        }
        let error = match result {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(in_order(problems)),
            Err(error) => error,
        };
        let steps: Vec<Step> = error.steps.iter().rev().cloned().collect();
        if !error.follows_from(&steps, &removed) {
            let shown = steps.iter().fold(path.to_owned(), |path, step| step.append_to(&path));
            problems.push(Problem { at: error.at.or(Some(node.at)), path: shown, message: error.message });
        }
        if steps.is_empty() {
            return Err(in_order(problems));
        }
        remove(&mut node, &steps);
        removed.push(steps);
    }
}

/// The path of the mapping that holds the key at a place.
fn path_of_key(node: &Node, at: Position, path: &str) -> Option<String> {
    match &node.value {
        NodeValue::Mapping(entries) if entries.iter().any(|entry| entry.at == at) => Some(path.to_owned()),
        NodeValue::Mapping(entries) => {
            entries.iter().find_map(|entry| path_of_key(&entry.value, at, &join(path, &entry.key)))
        }
        NodeValue::Sequence(items) => {
            items.iter().enumerate().find_map(|(i, item)| path_of_key(item, at, &format!("{path}[{i}]")))
        }
        NodeValue::Scalar { .. } | NodeValue::Removed => None,
    }
}

/// One step of a path: a key of a mapping or an index of a list.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    fn append_to(&self, path: &str) -> String {
        match self {
            Self::Key(key) => join(path, key),
            Self::Index(index) => format!("{path}[{index}]"),
        }
    }
}

fn remove(node: &mut Node, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else {
        node.value = NodeValue::Removed;
        return;
    };
    let child = match (&mut node.value, step) {
        (NodeValue::Mapping(entries), Step::Key(key)) => {
            entries.iter_mut().find(|e| e.key == *key).map(|e| &mut e.value)
        }
        (NodeValue::Sequence(items), Step::Index(index)) => items.get_mut(*index),
        _ => None,
    };
    match child {
        Some(child) => remove(child, rest),
        None => node.value = NodeValue::Removed,
    }
}
