//! `ahuora generate`: platform.yaml becomes manifests/, compose.yaml and the picture in the README.

mod compare;
mod report;

use super::{Workspace, check, configuration_failure};
use crate::check::Finding;
use crate::cli::Common;
use crate::config::Configuration;
use crate::effects;
use crate::error::{Failure, Outcome};
use crate::experiment::{LOCK, Lock};
use crate::graph;
use crate::plan::{Action, Change};
use crate::platform::Platform;
use crate::render;
use crate::ui::Ui;
use compare::{Compared, Ground};
pub(super) use compare::{Disk, README, ROOT_FILES, Standing};
use report::{Mode, say};

pub(super) fn run(common: &Common, check_only: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let Workspace { repository, configuration, out, lock, unlocked } = Workspace::open(common)?;
    if let Some(Lock { spec, .. }) = &lock {
        ui.status(&format!("{LOCK}: with the overrides of {}/{}", spec.experiment, spec.permutation));
    }
    let disk = Disk::of(&repository, &out)?;
    let ground = Ground { standing: &disk, out: &out };
    let wanted = Wanted { configuration: &configuration, unlocked: unlocked.as_ref() };
    let Compare { environments, rest, changed, foreign } = match compare(common, &wanted, &ground, false, ui)? {
        Ok(compared) => compared,
        Err(findings) => {
            check::report(&findings, ui)?;
            ui.status("nothing was written; mend the findings, or waive one with a reason under `waivers`");
            return Ok(Outcome::Findings);
        }
    };
    let changes: Vec<&Change> = environments.actions.iter().chain(&rest.actions).map(|action| &action.change).collect();
    effects::preflight(&repository, &changes)?;
    let mode = Mode::of(check_only, common.dry_run);
    if mode == Mode::Real {
        for platform in changed {
            let environment =
                render::environment(platform).map_err(|problems| configuration_failure(common, problems))?;
            effects::apply(&repository, &ground.documents(environment.documents())?.actions)?;
        }
        effects::apply(&repository, &rest.actions)?;
    }
    say(ui, mode, &changes, environments.unchanged + rest.unchanged, &foreign)
}

/// What must be done so that files are what a configuration says, with their contents; or what is found wrong with it.
pub(super) fn actions(
    common: &Common,
    configuration: &Configuration,
    (standing, out): (&dyn Standing, &str),
    ui: &Ui,
) -> Result<Result<Vec<Action>, Vec<Finding>>, Failure> {
    let wanted = Wanted { configuration, unlocked: None };
    let compared = compare(common, &wanted, &Ground { standing, out }, true, ui)?;
    Ok(compared.map(|Compare { mut environments, rest, .. }| {
        environments.actions.extend(rest.actions);
        environments.actions
    }))
}

/// What is to be generated.
struct Wanted<'c> {
    configuration: &'c Configuration,
    /// Without the overrides of a permutation, where one stands here.
    unlocked: Option<&'c Configuration>,
}

/// What is generated, compared with what stands there.
struct Compare<'c> {
    environments: Compared,
    rest: Compared,
    /// The environments that differ.
    changed: Vec<&'c Platform>,
    /// Files in the output folder that were not generated.
    foreign: Vec<String>,
}

/// Renders everything and compares it; `contents` is whether those of environments are kept.
fn compare<'c>(
    common: &Common,
    wanted: &Wanted<'c>,
    ground: &Ground<'_>,
    contents: bool,
    ui: &Ui,
) -> Result<Result<Compare<'c>, Vec<Finding>>, Failure> {
    let Wanted { configuration, unlocked } = wanted;
    let first = configuration.platforms.first().map(|platform| &platform.scope.environment);
    let rendered = render::all(configuration, ground.out, |environment| {
        let is_first = first == Some(&environment.platform.scope.environment);
        let compared = ground.documents(environment.documents());
        let compared = compared.map(|compared| if contents { compared } else { compared.without_contents() });
        (compared, is_first.then(|| graph::mermaid(environment)))
    })
    .map_err(|problems| configuration_failure(common, problems))?;
    if !rendered.findings.is_empty() {
        return Ok(Err(rendered.findings));
    }
    let (mut environments, mut rest, mut changed) = (Compared::default(), Compared::default(), Vec::new());
    for (platform, (documents, picture)) in configuration.platforms.iter().zip(rendered.environments) {
        let documents = documents?;
        if !documents.actions.is_empty() {
            changed.push(platform);
        }
        environments.extend(documents);
        // The picture shows the platform, and not one permutation of it.
        if let Some(picture) = picture.filter(|_| unlocked.is_none()) {
            rest.extend(ground.picture(&picture, ui)?);
        }
    }
    rest.extend(ground.documents(rendered.cluster.iter())?);
    // Compose shows the platform too, and not one permutation of it.
    rest.extend(ground.compose(unlocked.unwrap_or(configuration))?);
    refuse(&environments, &rest)?;
    let (removals, foreign) = ground.stale(&[&environments, &rest])?;
    rest.actions.extend(removals);
    Ok(Ok(Compare { environments, rest, changed, foreign }))
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
