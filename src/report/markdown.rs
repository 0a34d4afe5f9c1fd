//! A difference as Markdown for a pull request: what happens by risk first, the changes folded away, and
//! never longer than GitHub takes.

use std::fmt::Write as _;

use super::lines::{advice, lines};
use super::{View, counts, title};
use crate::diff::{Class, Diff, ResourceDiff};

/// The first line, by which the comment is found again.
const MARKER: &str = "<!-- ahuora:diff -->";
/// Most bytes: GitHub refuses comments of more than 65,536 characters.
const MOST_BYTES: usize = 65_000;
/// Bytes kept for telling what was left out.
const FOR_THE_END: usize = 4_000;
/// Most resources that a row of the table names.
const NAMED: usize = 5;

/// The whole comment.
#[must_use]
pub fn markdown(diff: &Diff, view: &View<'_>) -> String {
    markdown_within(diff, view, MOST_BYTES)
}

/// The comment, with at most so many bytes: the changes that do not fit are named at the end. Ten thousand are enough
/// for what is never left out.
#[must_use]
pub fn markdown_within(diff: &Diff, view: &View<'_>, most: usize) -> String {
    let mut out = format!("{MARKER}\n");
    if diff.resources.is_empty() {
        let _ =
            writeln!(out, "**The manifests say the same** ({} resources): nothing changes on the cluster.", diff.same);
        notes(diff, &mut out);
        return out;
    }
    let (left, right) = (code(view.left), code(view.right));
    let _ = writeln!(out, "**What changes on the cluster** from {left} to {right}: {}\n", counts(diff));
    table(diff, &mut out);
    notes(diff, &mut out);
    let mut left_out = Vec::new();
    let mut class = None;
    for resource in &diff.resources {
        let mut part = String::new();
        if class != Some(resource.class) {
            let _ = writeln!(part, "\n#### {}\n", resource.class.name());
        }
        fold(resource, view, &mut part);
        if out.len() + part.len() + FOR_THE_END <= most {
            class = Some(resource.class);
            out.push_str(&part);
        } else {
            left_out.push(resource);
        }
    }
    end(&left_out, view, most, &mut out);
    out
}

fn table(diff: &Diff, out: &mut String) {
    out.push_str("| risk | resources | |\n|---|---:|---|\n");
    for class in Class::ALL {
        let all: Vec<&ResourceDiff> = diff.of_class(class).collect();
        if all.is_empty() {
            continue;
        }
        let mut named: Vec<String> = all.iter().take(NAMED).map(|resource| code(&title(resource))).collect();
        if all.len() > NAMED {
            named.push(format!("and {} more", all.len() - NAMED));
        }
        let _ = writeln!(out, "| {} | {} | {} |", class.name(), all.len(), named.join(", ").replace('|', "\\|"));
    }
}

fn notes(diff: &Diff, out: &mut String) {
    const MOST_NOTES: usize = 20;
    for note in diff.notes.iter().take(MOST_NOTES) {
        let _ = writeln!(out, "\n> {}", html(&shortened(note, 300)));
    }
    if diff.notes.len() > MOST_NOTES {
        let _ = writeln!(out, "\n> {} more notes", diff.notes.len() - MOST_NOTES);
    }
}

/// One resource: its advice stands in the open, its changes are folded away.
fn fold(resource: &ResourceDiff, view: &View<'_>, out: &mut String) {
    let verb = resource.verb.name();
    if let Some(advice) = advice(resource) {
        let _ = writeln!(out, "> **{}**: {}\n", html(&title(resource)), html(advice));
    }
    let _ = writeln!(out, "<details><summary><b>{verb}</b> {}</summary>\n", html(&title(resource)));
    let text: Vec<String> = lines(resource, view)
        .iter()
        .map(|line| format!("{} {}", line.sign.mark(), line.text).trim_end().to_owned())
        .collect();
    let text = text.join("\n");
    let fence = "`".repeat(longest_run(&text, '`').max(2) + 1);
    let _ = writeln!(out, "{fence}diff\n{text}\n{fence}\n\n</details>");
}

/// What was left out, and where the whole stands.
fn end(left_out: &[&ResourceDiff], view: &View<'_>, most: usize, out: &mut String) {
    if left_out.is_empty() {
        return;
    }
    let command = code(view.command);
    let _ = writeln!(
        out,
        "\n**Left out for length: the changes of {} resources.** The table above counts them; {command} shows them whole.\n",
        left_out.len()
    );
    for (number, resource) in left_out.iter().enumerate() {
        let line = format!("- {} ({})\n", code(&title(resource)), resource.class.name());
        if out.len() + line.len() + 100 > most {
            let _ = writeln!(out, "- and {} more", left_out.len() - number);
            return;
        }
        out.push_str(&line);
    }
}

/// Text as code, whatever backticks it holds.
fn code(text: &str) -> String {
    let text = shortened(&super::lines::plain(text), 200);
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain("...".chars()).collect()
}

fn longest_run(text: &str, of: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
