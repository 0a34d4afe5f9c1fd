//! Every permutation rendered and looked at, some at a time, so that memory does not grow with their number.

use std::collections::HashMap;

use super::files::Digest;
use super::levels::problem;
use super::plan::Experiment;
use super::rendering::{Base, Variant};
use crate::check::Finding;
use crate::config::{Problem, in_order};
use crate::parallel;
use crate::yaml::Position;

/// What the permutations of an experiment lead to.
#[derive(Debug, Clone, Default)]
pub struct Surveyed {
    /// The digest of each permutation's manifests.
    pub manifests: Vec<Digest>,
    /// What would not work on the cluster: index of the permutation, and the finding.
    pub findings: Vec<(usize, Finding)>,
}

/// Renders every permutation, makes something of it with `work`, on several threads, and hands that to `visit`, in
/// order.
///
/// # Errors
/// Every problem: a level that the platform cannot have, and permutations that lead to the same manifests.
pub fn survey<R: Send>(
    base: &Base<'_>,
    experiment: &Experiment,
    work: impl Fn(usize, &Variant, Digest) -> R + Sync,
    mut visit: impl FnMut(usize, R),
) -> Result<Surveyed, Vec<Problem>> {
    let renderer = base.renderer();
    let one = |index: usize| {
        let permutation = experiment.permutations.get(index)?;
        let checked = renderer.checked(&experiment.overrides(&permutation.row));
        Some(checked.map(|(variant, findings)| {
            let digest = variant.digest();
            let made = work(index, &variant, digest);
            (digest, findings, made)
        }))
    };
    let (mut surveyed, mut problems) = (Surveyed::default(), Vec::new());
    let mut known: HashMap<Digest, usize> = HashMap::new();
    parallel::in_order(experiment.permutations.len(), one, |index, variant| match variant {
        Some(Ok((digest, findings, made))) => {
            if let Some(twin) = known.insert(digest, index) {
                problems.push(twins(experiment, twin, index));
            }
            surveyed.manifests.push(digest);
            surveyed.findings.extend(findings.into_iter().map(|finding| (index, finding)));
            visit(index, made);
        }
        Some(Err(found)) => problems.extend(found.into_iter().map(|one| placed(experiment, index, one))),
        None => {}
    });
    if problems.is_empty() { Ok(surveyed) } else { Err(in_order(problems)) }
}

/// A problem of a permutation: at the value that causes it, else at the last level of its row.
fn placed(experiment: &Experiment, index: usize, found: Problem) -> Problem {
    let at = found.at.or_else(|| last_level(experiment, index));
    Problem { at, ..found }
}

fn last_level(experiment: &Experiment, index: usize) -> Option<Position> {
    let permutation = experiment.permutations.get(index)?;
    experiment.levels(&permutation.row).last().map(|(_, level)| level.at)
}

fn twins(experiment: &Experiment, one: usize, other: usize) -> Problem {
    let name = |index: usize| experiment.permutations.get(index).map_or("", |permutation| permutation.name.as_str());
    let message = format!(
        "`{}` and `{}` lead to the same manifests, so they are one permutation measured twice: take one away",
        name(one),
        name(other)
    );
    problem(last_level(experiment, other).unwrap_or_default(), "design", message)
}
