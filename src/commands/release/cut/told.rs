//! What is said of a release that was cut, or refused.

use serde::Serialize;

use crate::effects::actions::{append_output, output_file};
use crate::error::{Failure, Outcome};
use crate::release::cut::{Cut, Refusal, Wish};
use crate::release::short;
use crate::ui::{Format, Ui};

/// A release, as JSON; without a tag there is none.
#[derive(Debug, Serialize)]
struct CutJson<'c> {
    component: &'c str,
    version: Option<String>,
    tag: Option<&'c str>,
    commit: &'c str,
    created: bool,
    attempts: u32,
    /// What is wrong with the order of the tags.
    problems: &'c [String],
}

/// Tells of a release that stands, or in a dry run would. `place` is where.
pub(super) fn done(wish: &Wish<'_>, cut: &Cut, place: &str, ui: &Ui) -> Result<Outcome, Failure> {
    let (tag, commit) = (&cut.tag, short(wish.target));
    match (cut.created, cut.object.is_some()) {
        (true, _) => ui.status(&format!("created {tag} at {commit} in {place}")),
        (false, true) => ui.status(&format!("{commit} is {tag} already: nothing was made")),
        (false, false) => ui.status(&format!("would create {tag} at {commit} in {place}")),
    }
    for wrong in &cut.wrong {
        ui.status(&format!(
            "WARNING: {wrong}: somebody tagged at the same moment, or by hand; look at both before an image is built"
        ));
    }
    match ui.format {
        Format::Json => ui.json(&CutJson {
            component: wish.component.name.as_str(),
            version: Some(cut.version.to_string()),
            tag: Some(tag),
            commit: wish.target,
            created: cut.created,
            attempts: cut.attempts,
            problems: &cut.wrong,
        })?,
        _ => ui.data(&format!("{tag}\n"))?,
    }
    outputs(wish, tag, &cut.version.to_string(), cut.created)?;
    Ok(if cut.wrong.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

/// Tells that there is nothing to release, which is exit code 1.
pub(super) fn nothing(wish: &Wish<'_>, why: &str, ui: &Ui) -> Result<Outcome, Failure> {
    ui.status(&format!("nothing to release: {why}"));
    if ui.format == Format::Json {
        ui.json(&CutJson {
            component: wish.component.name.as_str(),
            version: None,
            tag: None,
            commit: wish.target,
            created: false,
            attempts: 0,
            problems: &[],
        })?;
    }
    outputs(wish, "", "", false)?;
    Ok(Outcome::Findings)
}

/// The outputs of a step of GitHub Actions, where this is one.
fn outputs(wish: &Wish<'_>, tag: &str, version: &str, created: bool) -> Result<(), Failure> {
    let Some(file) = output_file().filter(|_| !wish.dry) else { return Ok(()) };
    let created = if created { "true" } else { "false" };
    [("tag", tag), ("version", version), ("created", created)]
        .into_iter()
        .try_for_each(|(name, value)| append_output(&file, name, value))
}

/// Why there is nothing to release, when that is what a refusal says; else what stops the verb. `place` is where tags
/// count.
pub(super) fn refused(wish: &Wish<'_>, refusal: Refusal, place: &str) -> Result<String, Failure> {
    let (component, commit) = (&wish.component.name, short(wish.target));
    let branch = &wish.settings.branch;
    let outside = |what: String, why: String| Failure::outside(what)(std::io::Error::other(why));
    Err(match refusal {
        Refusal::Nothing => {
            return Ok(format!("no commit asks for it; `ahuora release next {component} --explain` lists them"));
        }
        Refusal::Behind(tag) if wish.named.is_none() => return Ok(format!("{commit} is part of {tag} already")),
        Refusal::Behind(tag) => Failure::usage(
            format!("{commit} is part of {tag} already, so it gets no newer version"),
            format!("cut from the newest commit of {branch}: git switch {branch} && git pull"),
        ),
        Refusal::Apart(tag) => Failure::usage(
            format!("{commit} does not have what was released as {tag}: its history and that of {branch} have parted"),
            format!("cut from {branch} (git switch {branch} && git pull), or merge the commit of {tag} first"),
        ),
        Refusal::OffBranch => Failure::usage(
            format!("{commit} is not on {branch} of {place}, where stable versions are cut"),
            format!("push it there first (git push origin HEAD:{branch}), or cut a prerelease with --channel NAME"),
        ),
        Refusal::Other(tag) => Failure::usage(
            format!("{commit} is {tag} already, and a commit has one version"),
            "leave --set-version out, or cut a newer commit",
        ),
        Refusal::NotAbove(version, tag) => Failure::usage(
            format!("{version} is not above {tag}, the last release"),
            format!("name a higher one with --set-version; `ahuora release next {component}` tells the next"),
        ),
        Refusal::Occupied(tag, other) => Failure::usage(
            format!("{tag} stands at {} already", short(&other)),
            format!("name another version with --set-version; tags are never moved: git show {tag}"),
        ),
        Refusal::Busy(attempts) => outside(
            format!("cannot release {component}"),
            format!("others released at the same moment, {attempts} times in a row"),
        ),
        Refusal::Silent(tag, why) => outside(format!("cannot make {tag} in {place}, where it does not arrive"), why),
    })
}
