//! `ahuora diff`: two sides, compared by meaning.

mod live;
mod side;
mod why;

use crate::cli::{Common, DiffArgs};
use crate::config::Problem;
use crate::diff::{self, Change, Diff, Key, Options, ResourceDiff, Selector, Unreadable};
use crate::effects;
use crate::error::{Failure, Outcome};
use crate::report::{self, DiffJson, View};
use crate::ui::{Format, Ui};
use side::Side;

pub(super) fn run(common: &Common, arguments: &DiffArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let (left, right) = side::sides(common, arguments)?;
    let options = options(arguments, &left, &right)?;
    let diff = if options.cluster {
        live::compared(common, arguments, (&left, &right), &options)?
    } else {
        compared(common, (&left, &right), &options)?
    };
    let reasons = if arguments.why { why::reasons(common, (&left, &right), &diff)? } else { why::Reasons::new() };
    tell(&diff, (&left, &right), &reasons, arguments, ui)
}

fn compared(common: &Common, (left, right): (&Side, &Side), options: &Options) -> Result<Diff, Failure> {
    let mut notes = Vec::new();
    let (left, right) = (left.sources(common, &mut notes)?, right.sources(common, &mut notes)?);
    let read = diff::read(&left, &right, !options.only.is_empty()).map_err(unreadable)?;
    let mut diff = diff::compare((read.left, read.right), read.same, &read.definitions, options);
    diff.notes = notes.into_iter().chain(read.notes).chain(diff.notes).collect();
    Ok(diff)
}

fn options(arguments: &DiffArgs, left: &Side, right: &Side) -> Result<Options, Failure> {
    let only: Result<Vec<Selector>, String> = arguments.only.iter().map(|text| Selector::parse(text)).collect();
    let only = only.map_err(|message| Failure::usage(message, "write --only KIND/NAME, as often as needed"))?;
    let cluster = matches!(left, Side::Cluster) || matches!(right, Side::Cluster);
    Ok(Options { cluster, key: Key::new(effects::fingerprint_key()?), only })
}

fn tell(
    diff: &Diff,
    (left, right): (&Side, &Side),
    reasons: &why::Reasons,
    arguments: &DiffArgs,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let (left, right) = (left.to_string(), right.to_string());
    let command = format!("ahuora diff {left} {right}");
    let why = |resource: &ResourceDiff, change: &Change| {
        reasons.get(&(resource.id.clone(), change.path.to_string())).cloned().unwrap_or_default()
    };
    let view = View { left: &left, right: &right, context: arguments.context, why: &why, command: &command };
    match ui.format {
        Format::Json => ui.json(&DiffJson::of(diff, &view))?,
        Format::Markdown => ui.data(&report::markdown(diff, &view))?,
        Format::Text => {
            for note in &diff.notes {
                ui.status(&format!("note: {note}"));
            }
            if diff.resources.is_empty() {
                ui.status(&format!("no difference: {} resources say the same", diff.same));
            } else {
                ui.data(&if arguments.stat { report::stat(diff) } else { report::text(diff, &view) })?;
            }
        }
    }
    Ok(if diff.resources.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

pub(super) fn unreadable(problems: Vec<Unreadable>) -> Failure {
    let problem = |one: Unreadable| (one.path, Problem { at: Some(one.at), path: String::new(), message: one.message });
    Failure::Manifests(problems.into_iter().map(problem).collect())
}
