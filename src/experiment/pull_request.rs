//! The pull request of a permutation: its title, and its text in Markdown.

use std::fmt::Write as _;

use super::plan::{Experiment, Permutation};
use super::proof::Proof;

/// The title.
#[must_use]
pub fn title(experiment: &Experiment, permutation: &Permutation) -> String {
    format!("experiment {}: {}", experiment.name, permutation.name)
}

/// The text: what is asked, the levels, what changes on the cluster (`changes`, in Markdown), and the proof.
#[must_use]
pub fn body(experiment: &Experiment, permutation: &Permutation, proof: &Proof, changes: &str) -> String {
    let design = &experiment.design;
    let mut text = format!(
        "{}\n\nPermutation `{}`, one of {} of the experiment `{}` in `{}`.\n\n| variable | level | sets |\n|---|---|---|\n",
        design.question,
        permutation.name,
        experiment.permutations.len(),
        experiment.name,
        design.environment
    );
    for (variable, level) in experiment.levels(&permutation.row) {
        let _ = writeln!(text, "| {} | `{}` | `{}` |", variable.name, level.label, variable.paths.join("`, `"));
    }
    let _ = write!(text, "\n### What changes on the cluster\n\n{}\n\n### Proof\n\n", changes.trim());
    let names: Vec<String> = experiment.variables.iter().map(|variable| format!("`{}`", variable.name)).collect();
    match (proof.masked, proof.faults.is_empty()) {
        (Some(masked), true) => {
            let _ = writeln!(
                text,
                "The {} branches of this experiment differ in nothing but {}. Everything else they hold is equal: `sha256:{masked}`.\n\n| variable | moves | here |\n|---|---|---|",
                proof.permutations.len(),
                names.join(", ")
            );
        }
        _ => {
            let _ = writeln!(text, "**Not proved**: {} faults; see `ahuora experiment verify`.", proof.faults.len());
        }
    }
    let labels = experiment.labels(&permutation.row);
    for moved in &proof.variables {
        let own = labels.iter().find(|(name, _)| *name == moved.variable).map_or("", |(_, level)| level);
        for (place, values) in &moved.places {
            let values = values.get(own).into_iter().flatten().map(|value| format!("`{value}`"));
            let values: Vec<String> = values.collect();
            let _ = writeln!(text, "| {} | `{place}` | {} |", moved.variable, values.join(" or "));
        }
    }
    let proved = proof.permutations.iter().find(|one| one.name == permutation.name);
    let manifests = proved.and_then(|one| one.manifests).map(|digest| digest.to_string()).unwrap_or_default();
    let _ = write!(
        text,
        "\nDesign `sha256:{}`, manifests `sha256:{manifests}`. `ahuora experiment verify {}` proves it again. This pull request is not meant to be merged.\n",
        experiment.digest, experiment.name
    );
    text
}
