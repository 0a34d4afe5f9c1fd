//! The keys that no manifest depends on.

use std::fmt::Write as _;

use serde::Serialize;

use super::resource::UndecidedJson;
use super::{LeafJson, Question};
use crate::error::{Failure, Outcome};
use crate::provenance::{Unused, unused};
use crate::ui::Format;

#[derive(Serialize)]
struct Answer<'a> {
    /// Read by nothing at all.
    unused: Vec<LeafJson<'a>>,
    /// Read, but by no manifest.
    read: Vec<ReadJson<'a>>,
    undecided: Vec<UndecidedJson<'a>>,
}

#[derive(Serialize)]
struct ReadJson<'a> {
    #[serde(flatten)]
    leaf: LeafJson<'a>,
    read_by: String,
}

pub(super) fn answer(question: &Question<'_>) -> Result<Outcome, Failure> {
    let Unused { idle, undecided } =
        unused(question.configuration, question.leaves, question.out).map_err(|found| question.failure(found))?;
    let mut answer = Answer { unused: Vec::new(), read: Vec::new(), undecided: Vec::new() };
    for (leaf, reader) in &idle {
        let leaf = LeafJson::of(leaf, question);
        match reader {
            Some(reader) => answer.read.push(ReadJson { leaf, read_by: reader.to_string() }),
            None => answer.unused.push(leaf),
        }
    }
    for (leaf, reason) in &undecided {
        answer.undecided.push(UndecidedJson { leaf: LeafJson::of(leaf, question), reason });
    }
    match question.ui.format {
        Format::Json => question.ui.json(&answer)?,
        Format::Text | Format::Markdown => {
            question.ui.data(&text(&answer))?;
            question.ui.status(&summary(&answer));
        }
    }
    Ok(if answer.unused.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

fn summary(answer: &Answer<'_>) -> String {
    let (unused, read, undecided) = (answer.unused.len(), answer.read.len(), answer.undecided.len());
    let of_checks = format!("{read} that no manifest depends on, but others read");
    format!("{unused} unused, {of_checks}, {undecided} undecided")
}

fn text(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for leaf in &answer.unused {
        let _ = writeln!(text, "unused: {}", leaf.line());
    }
    let mut readers: Vec<&str> = Vec::new();
    for one in &answer.read {
        if !readers.contains(&one.read_by.as_str()) {
            readers.push(&one.read_by);
        }
    }
    for reader in readers {
        let _ = writeln!(text, "no manifest depends on these; they are read by {reader}:");
        let leaves = answer.read.iter().filter(|one| one.read_by == reader).map(|one| &one.leaf);
        for (first, count) in alike(leaves) {
            let _ = match count {
                1 => writeln!(text, "    {}", first.line()),
                _ => {
                    let LeafJson { file, line, column, path, .. } = first;
                    writeln!(text, "    {file}:{line}:{column}  {} and {} more like it", path, count - 1)
                }
            };
        }
    }
    if !answer.undecided.is_empty() {
        text.push_str("undecided, for no other value is valid:\n");
    }
    for UndecidedJson { leaf, reason } in &answer.undecided {
        let _ = writeln!(text, "    {}\n        {reason}", leaf.line());
    }
    text
}

/// Leaves that differ in the numbers of list items alone, once with their count.
fn alike<'l, 'a>(leaves: impl Iterator<Item = &'l LeafJson<'a>>) -> Vec<(&'l LeafJson<'a>, usize)>
where
    'a: 'l,
{
    let shape = |leaf: &LeafJson<'_>| -> String { leaf.path.chars().filter(|c| !c.is_ascii_digit()).collect() };
    let mut found: Vec<(&LeafJson<'a>, usize)> = Vec::new();
    for leaf in leaves {
        match found.iter_mut().find(|(known, _)| leaf.path.contains('[') && shape(known) == shape(leaf)) {
            Some((_, count)) => *count += 1,
            None => found.push((leaf, 1)),
        }
    }
    found
}
