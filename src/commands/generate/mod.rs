//! `ahuora generate`: platform.yaml becomes manifests/, compose.yaml and the picture in the README.

mod compare;
mod report;

use super::{Workspace, check, configuration_failure};
use crate::cli::Common;
use crate::effects;
use crate::error::{Failure, Outcome};
use crate::experiment::{LOCK, Lock};
use crate::graph;
use crate::plan::Change;
use crate::render;
use crate::ui::Ui;
use compare::{Compared, Disk};
use report::{Mode, say};

pub(super) fn run(common: &Common, check_only: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let Workspace { repository, configuration, out, lock, unlocked } = Workspace::open(common)?;
    if let Some(Lock { spec, .. }) = &lock {
        ui.status(&format!("{LOCK}: with the overrides of {}/{}", spec.experiment, spec.permutation));
    }
    let scan = effects::scan(&repository.path(&out), &out)?;
    let disk = Disk { repository: &repository, out: &out, scan: &scan };
    let first = configuration.platforms.first().map(|platform| &platform.scope.environment);
    let rendered = render::all(&configuration, &out, |environment| {
        let is_first = first == Some(&environment.platform.scope.environment);
        let compared = disk.documents(environment.documents()).map(Compared::without_contents);
        (compared, is_first.then(|| graph::mermaid(environment)))
    })
    .map_err(|problems| configuration_failure(common, problems))?;
    if !rendered.findings.is_empty() {
        check::report(&rendered.findings, ui)?;
        ui.status("nothing was written; mend the findings, or waive one with a reason under `waivers`");
        return Ok(Outcome::Findings);
    }
    let (mut environments, mut rest, mut changed) = (Compared::default(), Compared::default(), Vec::new());
    for (platform, (documents, picture)) in configuration.platforms.iter().zip(rendered.environments) {
        let documents = documents?;
        if !documents.actions.is_empty() {
            changed.push(platform);
        }
        environments.extend(documents);
        // The picture shows the platform, and not one permutation of it.
        if let Some(picture) = picture.filter(|_| lock.is_none()) {
            rest.extend(disk.picture(&picture, ui)?);
        }
    }
    rest.extend(disk.documents(rendered.cluster.iter())?);
    // Compose shows the platform too, and not one permutation of it.
    rest.extend(disk.compose(unlocked.as_ref().unwrap_or(&configuration))?);
    refuse(&environments, &rest)?;
    let (removals, foreign) = disk.stale(&[&environments, &rest])?;
    rest.actions.extend(removals);
    let changes: Vec<&Change> = environments.actions.iter().chain(&rest.actions).map(|action| &action.change).collect();
    effects::preflight(&repository, &changes)?;
    let mode = Mode::of(check_only, common.dry_run);
    if mode == Mode::Real {
        for platform in changed {
            let environment =
                render::environment(platform).map_err(|problems| configuration_failure(common, problems))?;
            effects::apply(&repository, &disk.documents(environment.documents())?.actions)?;
        }
        effects::apply(&repository, &rest.actions)?;
    }
    say(ui, mode, &changes, environments.unchanged + rest.unchanged, &foreign)
}

/// Refuses an empty platform, and files of other people in the place of generated ones.
fn refuse(environments: &Compared, rest: &Compared) -> Result<(), Failure> {
    if environments.is_empty() {
        return Err(Failure::usage("the configuration yields no resource: nothing is written", "name an environment"));
    }
    let in_the_way: Vec<&str> = environments.in_the_way.iter().chain(&rest.in_the_way).map(String::as_str).collect();
    if in_the_way.is_empty() {
        return Ok(());
    }
    let verb = if in_the_way.len() == 1 { "was" } else { "were" };
    Err(Failure::usage(
        format!("{} {verb} not generated and would be lost: nothing was written", in_the_way.join(", ")),
        "move that away, or put what it says into platform.yaml",
    ))
}
