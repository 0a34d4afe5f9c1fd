//! What a release brings, for people.

use std::fmt::Write as _;

use super::commit::{Change, Commit, Kind};
use super::settings::{Component, Settings};
use super::weigh::{Effect, Scale, short, weigh};

/// What keeps two signs apart that GitHub would read together, and shows nothing.
const APART: &str = "&#8203;";

/// Changes of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Its changes, the newest first.
    pub entries: Vec<Entry>,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The commit's id.
    pub commit: String,
    /// The parts of the system that it names.
    pub scopes: Vec<String>,
    /// What it does, as its author wrote it.
    pub text: String,
}

/// The changes of a range, by sort. What a revert took back, and the revert itself, stand nowhere.
#[must_use]
pub fn changelog(settings: &Settings, component: &Component, commits: &[Commit]) -> Vec<Section> {
    let scale = Scale { component: component.name.as_str(), unconventional: settings.unconventional };
    let effects = weigh(&scale, commits);
    let titles =
        ["Breaking changes", "Features", "Fixes", "Performance", "Reverts", "Other changes"].into_iter().map(|title| {
            let entries = effects.iter().filter(|effect| effect.counts && title_of(&effect.change) == Some(title));
            Section { title, entries: entries.map(entry).collect() }
        });
    titles.filter(|section| !section.entries.is_empty()).collect()
}

fn title_of(change: &Change) -> Option<&'static str> {
    match change.kind {
        _ if change.breaking.is_some() => Some("Breaking changes"),
        Kind::Feature => Some("Features"),
        Kind::Fix => Some("Fixes"),
        Kind::Performance => Some("Performance"),
        Kind::Revert => Some("Reverts"),
        Kind::Unknown(_) | Kind::Unconventional => Some("Other changes"),
        Kind::Quiet(_) => None,
    }
}

fn entry(effect: &Effect) -> Entry {
    let Change { description, breaking, scopes, .. } = &effect.change;
    let text = match breaking {
        Some(breaking) if breaking != description => format!("{description}: {breaking}"),
        _ => description.clone(),
    };
    Entry { commit: effect.id.clone(), scopes: scopes.clone(), text }
}

/// Sections as Markdown, below a heading. What authors wrote is text there and nothing else.
#[must_use]
pub fn markdown(heading: &str, sections: &[Section]) -> String {
    let mut text = format!("## {}\n", plain(heading));
    if sections.is_empty() {
        text.push_str("\nNo changes.\n");
    }
    for Section { title, entries } in sections {
        let _ = write!(text, "\n### {title}\n\n");
        for Entry { commit, scopes, text: what } in entries {
            let scope = match scopes.is_empty() {
                true => String::new(),
                false => format!("**{}:** ", plain(&scopes.join(", "))),
            };
            let _ = writeln!(text, "- {scope}{} ({})", plain(what), short(commit));
        }
    }
    text
}

/// A text on one line that mentions nobody, closes and links nothing, and has no form.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len() + 16);
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.retain(|c| !is_hidden(c));
    if !text.starts_with(char::is_alphabetic) {
        plain.push_str(APART);
    }
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '@' | '#' => {
                plain.push(c);
                plain.push_str(APART);
            }
            // `GH-12` is an issue, `https://...` and `www.` are links, and the address of an issue may close it.
            '-' | '.' | '/' => {
                plain.push_str(if matches!(before, 'h' | 'H' | 'w' | 'W' | ':') { APART } else { "" });
                plain.push(c);
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '~' | '!' | '$' | '^' => {
                plain.push('\\');
                plain.push(c);
            }
            _ => plain.push(c),
        }
        before = c;
    }
    plain
}

/// Whether a sign shows nothing, or turns the direction of what follows.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::super::weigh::tests::line;
    use super::*;
    use proptest::prelude::*;

    fn of(messages: &[&str]) -> String {
        let settings = Settings::read("components: {api: {paths: [api]}}").unwrap();
        let component = settings.component("api").unwrap();
        markdown("api", &changelog(&settings, component, &line(messages)))
    }

    #[test]
    fn changes_stand_below_their_sorts() {
        let told = of(&[
            "feat(api)!: new paths",
            "feat: a search",
            "fix: a leak\n\nBREAKING CHANGE: no longer\nleaks",
            "chore: dust",
            "did it",
            "perf: faster",
            "Revert \"x\"\n\nThis reverts commit 0000002.",
            "Merge branch 'x'",
        ]);
        let expected = "## api\n\n### Breaking changes\n\n- **api:** new paths (0000000)\n\
            - a leak: no longer leaks (0000000)\n\n### Features\n\n- a search (0000000)\n\n### Performance\n\n\
            - faster (0000000)\n\n### Reverts\n\n- Revert \"x\" (0000000)\n\n### Other changes\n\n\
            - did it (0000000)\n- Merge branch 'x' (0000000)\n";
        assert_eq!(told, expected);
        assert_eq!(of(&["chore: x"]), "## api\n\nNo changes.\n");
    }

    #[test]
    fn messages_are_text() {
        let told = of(&["fix: closes #12, @ada <b>x</b> [y](http://z) `q` GH-3 https://github.com/o/r/issues/1"]);
        for bad in ["#12", "@ada", "<b>", "[y](", "GH-3", "://", " `q`"] {
            assert!(!told.contains(bad), "{bad}: {told}");
        }
        assert!(of(&["fix: - [ ] x"]).contains("\n- &#8203;- \\[ \\] x"));
        assert!(of(&["fix: 1. x"]).contains("\n- &#8203;1. x"));
    }

    proptest! {
        #[test]
        fn every_message_is_one_line(message in any::<String>()) {
            let told = of(&[&format!("fix: {message}")]);
            let lines = told.lines().filter(|line| line.starts_with("- ")).count();
            prop_assert!(lines <= 1);
            let section = told.lines().count();
            prop_assert!(section <= 5);
            prop_assert!(!told.contains(['<', '>']));
        }
    }
}
