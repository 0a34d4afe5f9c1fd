//! `ahuora release latest`.

use serde::Serialize;

use super::sources::{self, Sources};
use crate::cli::{Common, LatestArgs};
use crate::effects::actions;
use crate::error::{Failure, Outcome};
use crate::release::{Known, Line, Tags, latest, newest};
use crate::ui::{Format, Ui};

/// The tags, and which of them are looked for.
struct Asked {
    known: Vec<Known>,
    line: Line,
}

pub(super) fn run(common: &Common, args: &LatestArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let file = actions::output_file();
    if file.is_none() && args.github_output {
        let hint = "run it in a step of a GitHub workflow, or leave --github-output out";
        return Err(Failure::usage("GITHUB_OUTPUT names no file", hint));
    }
    let Asked { known, line } = match (&args.component, &args.tag_prefix, &args.release_branch) {
        (_, Some(prefix), Some(branch)) => by_prefix(common, args, prefix, branch)?,
        (component, ..) => by_component(common, args, component.as_deref().unwrap_or_default())?,
    };
    let found = if args.channel.is_some() { newest(&known, &line) } else { latest(&known, &line) };
    let tag = found.map_or("", |known| known.tag.name.as_str());
    if tag.is_empty() {
        ui.status("there is no release yet behind this commit");
    }
    if let Some(file) = &file {
        if common.dry_run {
            ui.status(&format!("dry run, not written to GITHUB_OUTPUT: latest_tag={tag}"));
        } else {
            actions::append_output(file, "latest_tag", tag)?;
        }
    }
    match ui.format {
        Format::Json => ui.json(&LatestJson::of(found))?,
        Format::Text | Format::Markdown => ui.data(&format!("{tag}\n"))?,
    }
    Ok(Outcome::Fine)
}

/// In any repository, without a configuration.
fn by_prefix(common: &Common, args: &LatestArgs, prefix: &str, release_branch: &str) -> Result<Asked, Failure> {
    let (mut history, tip, branch) = sources::history(common, &args.sources)?;
    let line = match &args.channel {
        Some(channel) => Line::Prerelease(channel.clone()),
        None if branch.as_deref() == Some(release_branch) => Line::Stable,
        None => Line::Prerelease(args.prerelease_suffix.clone()),
    };
    let known = sources::stored(&mut history, &Tags::with_prefix(prefix), |_| true, &line, (&tip, None))?;
    Ok(Asked { known, line })
}

fn by_component(common: &Common, args: &LatestArgs, name: &str) -> Result<Asked, Failure> {
    let mut sources = Sources::open(common, &args.sources)?;
    let component = sources.component(name)?;
    let line = sources.line_or_channel(&component, args.channel.as_ref());
    let known = sources.known(&component, &line, None)?;
    Ok(Asked { known, line })
}

#[derive(Serialize)]
struct LatestJson<'a> {
    tag: Option<&'a str>,
    version: Option<String>,
    commit: Option<&'a str>,
}

impl<'a> LatestJson<'a> {
    fn of(found: Option<&'a Known>) -> Self {
        Self {
            tag: found.map(|known| known.tag.name.as_str()),
            version: found.map(|known| known.tag.version.to_string()),
            commit: found.map(|known| known.commit.as_str()),
        }
    }
}
