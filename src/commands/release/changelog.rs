//! `ahuora release changelog`.

use serde::Serialize;

use super::sources::Sources;
use crate::cli::{ChangelogArgs, Common};
use crate::error::{Failure, Outcome};
use crate::release::{Component, Entry, Line, Section, changelog, markdown, newest};
use crate::ui::{Format, Ui};

pub(super) fn run(common: &Common, args: &ChangelogArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let mut sources = Sources::open(common, &args.sources)?;
    let component = sources.component(&args.component)?;
    let tip = sources.tip.clone();
    let since = match &args.since {
        Some(tag) => Some((tag.clone(), named(&mut sources, &component, tag)?)),
        None => {
            let known = sources.known(&component, &Line::Stable, Some(&tip))?;
            newest(&known, &Line::Stable).map(|known| (known.tag.name.clone(), known.commit.clone()))
        }
    };
    let commits = sources.commits(&component, since.as_ref().map(|(_, commit)| commit.as_str()), None)?;
    let sections = changelog(&sources.settings, &component, &commits);
    let since = since.as_ref().map(|(tag, _)| tag.as_str());
    match ui.format {
        Format::Json => ui.json(&ChangelogJson::of(component.name.as_str(), since, &sections))?,
        Format::Text | Format::Markdown => {
            let heading = match since {
                Some(tag) => format!("{} since {tag}", component.name),
                None => format!("{}, first release", component.name),
            };
            ui.data(&markdown(&heading, &sections))?;
        }
    }
    Ok(Outcome::Fine)
}

/// The commit of a tag that somebody names.
fn named(sources: &mut Sources, component: &Component, tag: &str) -> Result<String, Failure> {
    let stored = sources.history.tags(tag)?;
    let mut target = None;
    stored.each(|stored| {
        if stored.name == tag {
            target = Some(stored.target);
        }
    })?;
    let commit = match target {
        Some(target) => sources.history.tagged(target)?,
        None => None,
    };
    commit.ok_or_else(|| {
        Failure::usage(
            format!("there is no tag `{tag}` that stands on a commit"),
            format!("tags of {} begin with `{}`: `git tag --list` lists them", component.name, component.tags.prefix()),
        )
    })
}

#[derive(Serialize)]
struct ChangelogJson<'a> {
    component: &'a str,
    since: Option<&'a str>,
    sections: Vec<SectionJson<'a>>,
}

#[derive(Serialize)]
struct SectionJson<'a> {
    title: &'a str,
    changes: Vec<EntryJson<'a>>,
}

#[derive(Serialize)]
struct EntryJson<'a> {
    commit: &'a str,
    scopes: &'a [String],
    text: &'a str,
}

impl<'a> ChangelogJson<'a> {
    fn of(component: &'a str, since: Option<&'a str>, sections: &'a [Section]) -> Self {
        let entry = |one: &'a Entry| EntryJson { commit: &one.commit, scopes: &one.scopes, text: &one.text };
        let section =
            |one: &'a Section| SectionJson { title: one.title, changes: one.entries.iter().map(entry).collect() };
        Self { component, since, sections: sections.iter().map(section).collect() }
    }
}
