//! `ahuora experiment push`: all branches of an experiment in one push, with the user's own git.

use serde::Serialize;

use super::Designs;
use crate::cli::Common;
use crate::effects::{self, Pushed};
use crate::error::{Failure, Outcome};
use crate::experiment::{branch_folder, branch_name};
use crate::ui::{Format, Ui};

pub(super) fn run(
    common: &Common,
    name: &str,
    remote: &str,
    force: bool,
    limit: usize,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let experiment = designs.read(name, limit)?;
    let root = designs.repository.path("");
    let names: Vec<String> =
        experiment.permutations.iter().map(|one| branch_name(&experiment.name, &one.name)).collect();
    // What the remote has is read before, so that nothing newer is overwritten.
    let seen = if force || common.dry_run {
        Some(effects::remote_branches(&root, remote, &branch_folder(&experiment.name))?)
    } else {
        None
    };
    let pushed = match &seen {
        Some(seen) if common.dry_run => {
            let (same, new) = names.iter().partition::<Vec<&String>, _>(|name| seen.branches.contains_key(*name));
            Pushed { new: new.into_iter().cloned().collect(), moved: Vec::new(), same: same.len() }
        }
        _ => effects::push(&root, remote, &names, seen.as_ref().filter(|_| force))?,
    };
    if ui.format == Format::Json {
        ui.json(&PushedJson { new: &pushed.new, moved: &pushed.moved, same: pushed.same, pushed: !common.dry_run })?;
        return Ok(Outcome::Fine);
    }
    let lines = pushed.new.iter().map(|name| format!("new   {name}\n"));
    let lines: String = lines.chain(pushed.moved.iter().map(|name| format!("moved {name}\n"))).collect();
    ui.data(&lines)?;
    let (new, moved, same) = (pushed.new.len(), pushed.moved.len(), pushed.same);
    ui.status(&if common.dry_run {
        format!("dry run, nothing was pushed: {new} that {remote} does not have, {same} that it has under their names")
    } else {
        format!("pushed to {remote}: {new} new, {moved} overwritten, {same} as they were")
    });
    Ok(Outcome::Fine)
}

#[derive(Serialize)]
struct PushedJson<'a> {
    new: &'a [String],
    moved: &'a [String],
    same: usize,
    pushed: bool,
}
