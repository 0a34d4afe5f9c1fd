//! A difference as text for a terminal. Signs tell what colours tell.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::lines::{Sign, advice, lines};
use super::{View, counts, title};
use crate::diff::{Class, Diff, ResourceDiff, Verb};

const MINUS: Style = AnsiColor::Red.on_default();
const PLUS: Style = AnsiColor::Green.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();
const TITLE: Style = Style::new().bold();
const DANGER: Style = AnsiColor::Red.on_default().bold();
const CARE: Style = AnsiColor::Yellow.on_default().bold();

/// Every change, the worst resources first, and a summary.
#[must_use]
pub fn text(diff: &Diff, view: &View<'_>) -> String {
    let mut out = String::new();
    for resource in &diff.resources {
        heading(resource, &mut out);
        if let Some(advice) = advice(resource) {
            let _ = writeln!(out, "  {NOTE}{advice}{NOTE:#}");
        }
        for line in lines(resource, view) {
            let style = match line.sign {
                Sign::Minus => MINUS,
                Sign::Plus => PLUS,
                Sign::Note => NOTE,
                Sign::Plain => Style::new(),
            };
            let text = format!("{} {}", line.sign.mark(), line.text);
            let _ = writeln!(out, "{style}{}{style:#}", text.trim_end());
        }
        out.push('\n');
    }
    out.push_str(&summary(diff));
    out
}

/// One line for each resource, and a summary.
#[must_use]
pub fn stat(diff: &Diff) -> String {
    let mut out = String::new();
    for resource in &diff.resources {
        heading(resource, &mut out);
    }
    out.push_str(&summary(diff));
    out
}

fn heading(resource: &ResourceDiff, out: &mut String) {
    let mark = match resource.verb {
        Verb::Created => '+',
        Verb::Removed => '-',
        Verb::Changed => '~',
        Verb::Renamed => '>',
    };
    let class = style_of(resource.class);
    let count = match resource.changes.len() {
        0 => String::new(),
        1 => ", 1 change".to_owned(),
        count => format!(", {count} changes"),
    };
    let name = resource.class.name();
    let _ = writeln!(out, "{TITLE}{mark} {}{TITLE:#}: {class}{name}{class:#}{count}", title(resource));
}

const fn style_of(class: Class) -> Style {
    match class {
        Class::Data | Class::Immutable => DANGER,
        Class::Exposure | Class::Capacity | Class::Restart => CARE,
        Class::InPlace | Class::Metadata | Class::None => Style::new(),
    }
}

fn summary(diff: &Diff) -> String {
    let mut out = String::new();
    let classes = Class::ALL.map(|class| (class, diff.of_class(class).count()));
    let told: Vec<String> = classes
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(class, count)| format!("{count} {}", class.name()))
        .collect();
    let told = if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
    let _ = writeln!(out, "{}{told}", counts(diff));
    out
}
