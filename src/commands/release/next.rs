//! `ahuora release next`.

use std::fmt::Write as _;

use serde::Serialize;

use super::sources::Sources;
use crate::cli::{Common, NextArgs};
use crate::error::{Failure, Outcome};
use crate::release::{Effect, Next, Severity, Wish, short};
use crate::ui::{Format, Ui};

pub(super) fn run(common: &Common, args: &NextArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let mut sources = Sources::open(common, &args.version.sources)?;
    let component = sources.component(&args.component)?;
    let line = sources.line(&component, args.version.channel.as_ref())?;
    let next = sources.next(&component, &line, &Wish::from(&args.version))?;
    match ui.format {
        Format::Json => ui.json(&NextJson::of(component.name.as_str(), &next))?,
        Format::Text | Format::Markdown => {
            if args.explain {
                ui.data(&explained(&next))?;
            }
            if let Some(tag) = &next.tag {
                ui.data(&format!("{}\n", tag.version))?;
            }
        }
    }
    if next.tag.is_none() {
        ui.status(&nothing(&args.component, &next));
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Fine)
}

/// Why there is no next release, and what to do about it.
fn nothing(component: &str, next: &Next) -> String {
    match (&next.here, &next.last) {
        (Some(here), _) => format!("this commit is released already, as {}", here.tag.name),
        (None, last) => {
            let since = last.as_ref().map(|last| format!(" since {}", last.tag.name)).unwrap_or_default();
            format!("nothing asks for a release of {component}{since}: --explain tells why, --set-version asks for one")
        }
    }
}

/// Every commit, and what it asks for.
fn explained(next: &Next) -> String {
    let mut text = match &next.last {
        Some(last) => format!("since {}:\n", last.tag.name),
        None => "no release yet:\n".to_owned(),
    };
    for effect in &next.because {
        let subject: String = effect.change.subject.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(text, "{}  {:<7}  {subject}: {}", short(&effect.id), word(effect), effect.reason);
    }
    text
}

/// What a commit asks for, in one word.
fn word(effect: &Effect) -> &'static str {
    if effect.counts && !effect.change.release_as.is_empty() {
        return "version";
    }
    match effect.severity {
        Severity::None => "nothing",
        Severity::Patch => "patch",
        Severity::Minor => "minor",
        Severity::Major => "major",
    }
}

#[derive(Serialize)]
struct NextJson<'a> {
    component: &'a str,
    version: Option<String>,
    tag: Option<&'a str>,
    last_tag: Option<&'a str>,
    released_as: Option<&'a str>,
    commits: Vec<EffectJson<'a>>,
}

#[derive(Serialize)]
struct EffectJson<'a> {
    commit: &'a str,
    subject: &'a str,
    asks_for: &'static str,
    reason: &'a str,
}

impl<'a> NextJson<'a> {
    fn of(component: &'a str, next: &'a Next) -> Self {
        let effect = |one: &'a Effect| EffectJson {
            commit: &one.id,
            subject: &one.change.subject,
            asks_for: word(one),
            reason: &one.reason,
        };
        Self {
            component,
            version: next.tag.as_ref().map(|tag| tag.version.to_string()),
            tag: next.tag.as_ref().map(|tag| tag.name.as_str()),
            last_tag: next.last.as_ref().map(|last| last.tag.name.as_str()),
            released_as: next.here.as_ref().map(|here| here.tag.name.as_str()),
            commits: next.because.iter().map(effect).collect(),
        }
    }
}
