//! What is wrong with a configuration: every problem has a place and a sentence.

use std::fmt::Write as _;

use crate::yaml::Position;

/// One thing wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line and column in the file, where known.
    pub at: Option<Position>,
    /// Path of the field, such as `services.django-api.image`; empty for the whole file.
    pub path: String,
    /// What is wrong, in one sentence, with what to do where that is not obvious.
    pub message: String,
}

impl Problem {
    /// A problem of a field whose place is found later from its path.
    #[must_use]
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: None, path: path.into(), message: message.into() }
    }
}

/// In the order of the file, each once.
#[must_use]
pub fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (a.at, &a.path, &a.message).cmp(&(b.at, &b.path, &b.message)));
    problems.dedup();
    problems
}

/// Appends a key to a path; a key with dots stands in quotes.
#[must_use]
pub(super) fn join(path: &str, key: &str) -> String {
    let mut joined = String::with_capacity(path.len() + key.len() + 1);
    joined.push_str(path);
    push(&mut joined, key);
    joined
}

/// [`join`] in place.
pub(super) fn push(path: &mut String, key: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    if key.is_empty() || key.bytes().any(|byte| matches!(byte, b'.' | b'[' | b'"')) {
        let _ = write!(path, "\"{key}\"");
    } else {
        path.push_str(key);
    }
}

/// The closest of the known words, for "did you mean".
#[must_use]
fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    similar::get_close_matches(word, known, 1, 0.6).into_iter().next()
}

/// "; did you mean `x`?" where something known is close, else the list of what is known.
#[must_use]
pub fn suggestion(word: &str, known: &[&str]) -> String {
    match closest(word, known) {
        Some(close) => format!("; did you mean `{close}`?"),
        None if known.is_empty() => String::new(),
        None => format!("; known here: {}", known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")),
    }
}
