//! An experiment whose branches exist, as GitHub is to see it.

use std::collections::HashMap;

use super::Designs;
use super::base::OnBase;
use super::verify::proof;
use crate::cli::{BaseArgs, Common};
use crate::commands::Workspace;
use crate::config::{Active, Experiments};
use crate::diff::{self, Key, Options, Source};
use crate::effects;
use crate::error::Failure;
use crate::experiment::campaign::{Campaign, Permutation, Run};
use crate::experiment::{Experiment, Found, LOCK, Proof, branch_name, pull_request};
use crate::report::{self, View};
use crate::ui::Ui;

/// Designs of more permutations than this are not made.
const MOST: usize = 100_000;

/// How sure the experiment must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It must be proved.
    Proved,
    /// It is enough that its branches are there.
    Known,
}

/// The experiment of a name, with its branches and runs.
pub(super) fn of(common: &Common, name: &str, wanted: Wanted, ui: &Ui) -> Result<Campaign, Failure> {
    let designs = Designs::open(common)?;
    let experiment = designs.read(name, MOST)?;
    let (mut on_base, branches) = OnBase::of_branches(common, &designs, &experiment, &BaseArgs { base: None })?;
    let proof = proof(common, &experiment, &mut on_base, &branches)?;
    if let (Wanted::Proved, Some(fault)) = (wanted, proof.faults.first()) {
        let more = proof.faults.len();
        return Err(Failure::usage(
            format!(
                "{name} is not proved: {} ({more} fault{})",
                super::verify::line(fault),
                if more == 1 { "" } else { "s" }
            ),
            format!("see all of them with `ahuora experiment verify {name}`"),
        ));
    }
    let by_name: HashMap<&str, &Found> = branches.iter().map(|found| (found.branch.as_str(), found)).collect();
    let mut permutations = Vec::new();
    for permutation in &experiment.permutations {
        let branch = branch_name(&experiment.name, &permutation.name);
        let Some(found) = by_name.get(branch.as_str()) else {
            return Err(Failure::usage(
                format!("there is no branch {branch}"),
                format!("make it with `ahuora experiment branch {name}`"),
            ));
        };
        // Only what is opened needs its text.
        let body = match wanted {
            Wanted::Proved => body(&mut on_base, &experiment, permutation, &proof, found)?,
            Wanted::Known => String::new(),
        };
        permutations.push(Permutation {
            name: permutation.name.clone(),
            branch,
            commit: found.commit.clone(),
            title: pull_request::title(&experiment, permutation),
            body,
        });
    }
    if wanted == Wanted::Proved {
        ui.status(&super::verify::conclusion(&experiment, &proof));
    }
    Ok(Campaign {
        experiment: experiment.name.clone(),
        environment: experiment.design.environment.to_string(),
        base: on_base.ground.configuration.operations.argo_cd.branch.clone(),
        design: experiment.digest.to_string(),
        permutations,
        runs: runs(&experiment),
    })
}

/// Refuses what would be labelled and never followed.
pub(super) fn refuse_unfollowed(common: &Common, campaign: &Campaign) -> Result<(), Failure> {
    let Campaign { experiment, environment, .. } = campaign;
    let configuration = Workspace::open(common)?.configuration;
    let (what, hint) = match &configuration.operations.experiments {
        Some(Experiments { environment: other, .. }) if other.as_str() != environment => (
            format!("`{experiment}` varies `{environment}`, and Argo CD has experiments run in `{other}`"),
            format!("write `environment: {other}` in the design, or change argo-cd.experiments.environment"),
        ),
        Some(Experiments { active: Active::PullRequest(_), .. }) => return Ok(()),
        Some(Experiments { active: Active::Revision(_), .. }) => (
            "Argo CD follows a revision here, not the label of a pull request, which is what `dispatch` moves".to_owned(),
            "write `activation: pullRequest` under argo-cd.experiments; or, by hand, a permutation's commit as `revision`"
                .to_owned(),
        ),
        None => (
            format!("{} has no argo-cd.experiments: no permutation would ever be put on the cluster", common.config),
            "add the block, generate, commit and let Argo CD sync it; `ahuora schema platform` describes it".to_owned(),
        ),
    };
    Err(Failure::usage(what, hint))
}

/// The text of a permutation's pull request.
fn body(
    on_base: &mut OnBase,
    experiment: &Experiment,
    permutation: &crate::experiment::Permutation,
    proof: &Proof,
    found: &Found,
) -> Result<String, Failure> {
    let changed = on_base.reader.changed_files(&on_base.ground.commit, &found.commit)?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let source = |path: &str, text: &[u8]| Source { path: path.to_owned(), text: String::from_utf8_lossy(text).into() };
    for one in changed.iter().filter(|one| one.path != LOCK) {
        left.extend(one.before.as_deref().map(|text| source(&one.path, text)));
        right.extend(one.after.as_deref().map(|text| source(&one.path, text)));
    }
    let options = Options { cluster: false, key: Key::new(effects::fingerprint_key()?), only: Vec::new() };
    let read = diff::read(&left, &right, false).map_err(crate::commands::diff::unreadable)?;
    let diff = diff::compare((read.left, read.right), read.same, &read.definitions, &options);
    let base = on_base.ground.commit.get(..12).unwrap_or_default();
    let command = format!("ahuora diff {base} {}", found.branch);
    let view = View { left: base, right: &found.branch, context: 3, why: &|_, _| Vec::new(), command: &command };
    Ok(pull_request::body(experiment, permutation, proof, &report::markdown(&diff, &view)))
}

/// The runs, in their order.
fn runs(experiment: &Experiment) -> Vec<Run> {
    let design = &experiment.design;
    let run = |trial: &crate::experiment::Trial| Run {
        permutation: trial.permutation,
        endpoint: design.endpoints.get(trial.endpoint).map(ToString::to_string).unwrap_or_default(),
        profile: design.profiles.get(trial.profile).map(ToString::to_string).unwrap_or_default(),
        trial: trial.trial.into(),
        seconds: experiment.seconds_of(trial),
    };
    experiment.trials.iter().map(run).collect()
}
