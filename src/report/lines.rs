//! The lines that tell the changes of one resource, the same in text and in Markdown.

use serde_json::{Map, Value, json};
use similar::TextDiff;

use super::View;
use crate::diff::{Change, MASK, Op, ResourceDiff, Verb, fingerprint_of};
use crate::yaml::to_text;

/// A line and what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sign: Sign,
    pub(super) text: String,
}

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Where, or what did not change.
    Plain,
    /// What was.
    Minus,
    /// What will be.
    Plus,
    /// Why.
    Note,
}

impl Sign {
    pub(super) const fn mark(self) -> char {
        match self {
            Self::Plain | Self::Note => ' ',
            Self::Minus => '-',
            Self::Plus => '+',
        }
    }
}

/// Every line of a resource below its title.
pub(super) fn lines(resource: &ResourceDiff, view: &View<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut push = |sign, text: String| lines.push(Line { sign, text });
    if let Some(whole) = &resource.left {
        yaml(whole).lines().for_each(|line| push(Sign::Minus, format!("  {line}")));
    }
    if let Some(whole) = &resource.right {
        yaml(whole).lines().for_each(|line| push(Sign::Plus, format!("  {line}")));
    }
    let several = resource.changes.iter().any(|change| change.class != resource.class);
    for change in &resource.changes {
        let class = if several { format!("  ({})", change.class.name()) } else { String::new() };
        let order = if change.op == Op::Order { "  order" } else { "" };
        push(Sign::Plain, format!("  {}{order}{class}", plain(&change.path.to_string())));
        values(change, view.context, &mut push);
        if let Some(note) = change.note {
            push(Sign::Note, format!("    {note}"));
        }
        for reason in (view.why)(resource, change) {
            let was = reason.was.map(|was| format!(", was {}", plain(&was))).unwrap_or_default();
            push(Sign::Note, format!("    from {}: {}{was} ({})", reason.key, plain(&reason.value), reason.place));
        }
    }
    lines
}

/// What must be known before this lands, and what is done by hand.
pub(super) fn advice(resource: &ResourceDiff) -> Option<&str> {
    let matters = resource.verb != Verb::Created || resource.class >= crate::diff::Class::Immutable;
    resource.advice.as_deref().filter(|_| matters)
}

fn values(change: &Change, context: usize, push: &mut impl FnMut(Sign, String)) {
    if let (Some(Value::String(left)), Some(Value::String(right))) = (&change.left, &change.right)
        && (left.contains('\n') || right.contains('\n'))
    {
        return long_text(left, right, context, push);
    }
    for (sign, value) in [(Sign::Minus, &change.left), (Sign::Plus, &change.right)] {
        let Some(value) = value else { continue };
        let text = if change.op == Op::Order { order(value) } else { yaml(value) };
        text.lines().for_each(|line| push(sign, format!("    {line}")));
    }
}

/// The lines of two long texts that differ, with some around them.
fn long_text(left: &str, right: &str, context: usize, push: &mut impl FnMut(Sign, String)) {
    let diff = TextDiff::from_lines(left, right);
    for (number, group) in diff.grouped_ops(context).iter().enumerate() {
        if number > 0 {
            push(Sign::Plain, "    ...".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                similar::ChangeTag::Delete => Sign::Minus,
                similar::ChangeTag::Insert => Sign::Plus,
                similar::ChangeTag::Equal => Sign::Plain,
            };
            let end = if change.missing_newline() { "  (no end of line)" } else { "" };
            push(sign, format!("    {}{end}", plain(change.value().trim_end_matches('\n'))));
        }
    }
}

/// The keys of items in their order.
fn order(value: &Value) -> String {
    let key = |item: &Value| {
        let values = item.as_object().into_iter().flat_map(Map::values).map(|value| match value {
            Value::String(text) => plain(text),
            other => other.to_string(),
        });
        values.collect::<Vec<_>>().join("/")
    };
    value.as_array().into_iter().flatten().map(key).collect::<Vec<_>>().join(", ")
}

/// A value as YAML, with masks in words.
fn yaml(value: &Value) -> String {
    let told = in_words(value);
    let text = to_text(&told).unwrap_or_else(|_| told.to_string());
    text.trim_end().to_owned()
}

fn in_words(value: &Value) -> Value {
    if let Some(fingerprint) = fingerprint_of(value) {
        return json!(format!("({MASK} {fingerprint})"));
    }
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), in_words(value))).collect()),
        Value::Array(items) => Value::Array(items.iter().map(in_words).collect()),
        other => other.clone(),
    }
}

/// Text that cannot move the cursor or change colours.
pub(super) fn plain(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| if c.is_control() && c != '\t' { c.escape_unicode().collect() } else { vec![c] })
        .collect()
}
