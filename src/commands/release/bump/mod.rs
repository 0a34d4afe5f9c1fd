//! `ahuora release bump`: another version of an image in platform.yaml, with all that is generated from it, as one
//! commit or as a pull request.

mod branch;
mod ground;
mod inplace;
mod propose;
mod report;

use std::path::{Path, PathBuf};

use crate::cli::{BumpArgs, Common, Delivery};
use crate::config::Configuration;
use crate::effects;
use crate::effects::journal::{Journal, folder};
use crate::error::{Failure, Outcome};
use crate::github::journal::Standing;
use crate::release::image::{Direction, Listing, Planned, Refusal, Wish, images, plan};
use crate::ui::Ui;

pub(super) fn run(common: &Common, args: &BumpArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let wishes = match (&args.component, &args.version, &args.from) {
        (_, _, Some(from)) => Wishes::Listed(from.clone(), listing(from)?),
        (Some(component), Some(version), None) => {
            Wishes::Named(Wish { component: component.clone(), version: version.clone() })
        }
        _ => {
            return Err(Failure::usage(
                "a bump needs a component and its version",
                "ahuora release bump django-api 0.0.18, or --all --from FILE",
            ));
        }
    };
    let direction = if args.allow_downgrade { Direction::Any } else { Direction::Newer };
    let changelog = args.changelog.as_deref().map(text_of).transpose()?;
    deliver(common, &Request { wishes, direction, changelog }, &args.delivery, ui)
}

/// Does what is asked, in the way that is asked for.
pub(super) fn deliver(common: &Common, request: &Request, delivery: &Delivery, ui: &Ui) -> Result<Outcome, Failure> {
    if delivery.pull_request {
        return propose::run(common, request, delivery, ui);
    }
    inplace::run(common, request, ui)
}

/// What is asked for.
pub(super) struct Request {
    /// Which versions.
    pub(super) wishes: Wishes,
    /// Which way they may go.
    pub(super) direction: Direction,
    /// What is told of the release, in Markdown of somebody else.
    pub(super) changelog: Option<String>,
}

/// Which versions are asked for.
pub(super) enum Wishes {
    /// One.
    Named(Wish),
    /// The newest of a list, and the file that it is from.
    Listed(PathBuf, Listing),
}

impl Request {
    /// The versions that are asked for of a configuration; what of a list fits nothing is told to `say`.
    fn wishes(&self, configuration: &Configuration, say: &mut dyn FnMut(String)) -> Vec<Wish> {
        let (from, listing) = match &self.wishes {
            Wishes::Named(wish) => return vec![wish.clone()],
            Wishes::Listed(from, listing) => (from.display(), listing),
        };
        let newest = listing.newest(&images(configuration.root()));
        if !newest.unknown.is_empty() {
            say(format!("{from}: no component has the image {}", newest.unknown.join(", ")));
        }
        if !newest.missing.is_empty() {
            say(format!("{from} has no versions to compare for {}", newest.missing.join(", ")));
        }
        newest.wishes
    }
}

/// What wishes make of a configuration and its text.
fn planned(
    (text, configuration, file): (&str, &Configuration, &str),
    wishes: &[Wish],
    direction: Direction,
) -> Result<Planned, Failure> {
    plan((text, configuration.root(), file), wishes, direction).map_err(refused)
}

fn refused(refusals: Vec<Refusal>) -> Failure {
    let hint = refusals.first().map(|first| first.hint.clone()).unwrap_or_default();
    let messages: Vec<String> = refusals.into_iter().map(|one| one.message).collect();
    Failure::usage(format!("{}: nothing was changed", messages.join("; ")), hint)
}

fn listing(from: &Path) -> Result<Listing, Failure> {
    Listing::read(&text_of(from)?).map_err(|problems| {
        Failure::usage(
            format!("{}: {}", from.display(), problems.join("; ")),
            r#"write {"images": {"ahuora/django-api": ["0.0.17", {"tag": "0.0.18", "digest": "sha256:..."}]}}"#,
        )
    })
}

/// The text of a file; of `-`, that of standard input.
fn text_of(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        return Ok(effects::manifests_of_stdin()?.into_iter().map(|file| file.text).collect());
    }
    let shown = path.display().to_string();
    if !path.exists() {
        return Err(Failure::usage(
            format!("there is no file {shown}"),
            "name one that exists, or - for standard input",
        ));
    }
    effects::read_text(path, &shown, effects::MAX_CONFIG_BYTES)
}

/// What the person should know of a plan before it is done.
fn warnings(planned: &Planned, file: &str) -> Vec<String> {
    let mut all = Vec::new();
    for one in &planned.moves {
        for pin in &one.pins {
            all.push(format!(
                "environments.{}.overrides of {file} sets {} itself, to {}: there it stays so",
                pin.environment, one.path, pin.image
            ));
        }
        if one.drops_digest() {
            let version = one.to.tag();
            all.push(format!(
                "the digest of {} belongs to {} and is dropped; to pin the new one, write {version}@sha256:...",
                one.component,
                one.from.tag()
            ));
        }
    }
    all
}

/// Experiments that this machine has dispatched and not finished.
fn campaigns(root: &Path) -> Vec<String> {
    let Ok(folder) = folder(root, "") else { return Vec::new() };
    let Ok(scan) = effects::scan(&folder, "the journals of experiments") else { return Vec::new() };
    let names = scan.files.iter().filter_map(|file| file.strip_suffix("/journal.jsonl"));
    let is_under_way = |name: &&str| {
        let events = Journal::peek(&folder.join(name)).unwrap_or_default();
        Standing::of(&events).is_some_and(|standing| !standing.finished)
    };
    names.filter(is_under_way).map(str::to_owned).collect()
}
