//! Saying what `generate` did, would do, or found to differ.

use std::fmt::Write as _;

use serde::Serialize;

use crate::error::{Failure, Outcome};
use crate::plan::{Change, Verb};
use crate::ui::{Format, Ui};

/// What is done with the actions.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mode {
    Real,
    DryRun,
    Check,
}

impl Mode {
    /// The mode that the flags ask for; checking wins over a dry run, which it is.
    pub(super) const fn of(check: bool, dry_run: bool) -> Self {
        match (check, dry_run) {
            (true, _) => Self::Check,
            (false, true) => Self::DryRun,
            (false, false) => Self::Real,
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    created: Vec<&'a str>,
    updated: Vec<&'a str>,
    removed: Vec<&'a str>,
    unchanged: usize,
    foreign: &'a [String],
    written: bool,
}

/// Tells the changes and what was left alone; in check mode, changes are findings.
pub(super) fn say(
    ui: &Ui,
    mode: Mode,
    changes: &[&Change],
    unchanged: usize,
    foreign: &[String],
) -> Result<Outcome, Failure> {
    let with = |verb| changes.iter().filter(|change| change.verb == verb).map(|change| change.path.as_str()).collect();
    let report = Report {
        created: with(Verb::Create),
        updated: with(Verb::Update),
        removed: with(Verb::Remove),
        unchanged,
        foreign,
        written: mode == Mode::Real,
    };
    if ui.format == Format::Json {
        ui.json(&report)?;
    } else {
        let mut lines = String::with_capacity(changes.iter().map(|change| change.path.len() + 8).sum());
        for change in changes {
            let _ = writeln!(lines, "{change}");
        }
        ui.data(&lines)?;
        for path in foreign {
            ui.status(&format!("left alone {path}: it was not generated"));
        }
        ui.status(&summary(mode, &report));
    }
    let differs = mode == Mode::Check && !changes.is_empty();
    Ok(if differs { Outcome::Findings } else { Outcome::Fine })
}

fn summary(mode: Mode, report: &Report<'_>) -> String {
    let (created, updated, removed) = (report.created.len(), report.updated.len(), report.removed.len());
    let counts =
        format!("{created} to create, {updated} to update, {removed} to remove, {} unchanged", report.unchanged);
    match mode {
        Mode::Real => {
            format!("{created} created, {updated} updated, {removed} removed, {} unchanged", report.unchanged)
        }
        Mode::DryRun => format!("dry run, nothing was written: {counts}"),
        Mode::Check if created + updated + removed == 0 => {
            format!("up to date: {} files", report.unchanged)
        }
        Mode::Check => format!("not up to date: {counts}; run `ahuora generate`"),
    }
}
