//! `experiment.lock.yaml`: what a permutation's branch is, with all that it takes to repeat it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::design::OrderSpec;
use super::files::Digest;
use super::plan::{Experiment, Permutation};
use crate::config::{self, Problem};
use crate::values::{EnvironmentName, ShortName};
use crate::yaml::{Entry, Node, WriteError, to_text};

/// Where the lock stands, from the root of the repository.
pub const LOCK: &str = "experiment.lock.yaml";

const HEADER: &str =
    "# Written by `ahuora experiment branch`: one permutation of an experiment. While this file stands here,
# `ahuora` reads platform.yaml with these overrides. Nobody edits it.
";

/// What a lock says.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LockSpec {
    /// The experiment.
    pub experiment: ShortName,
    /// The permutation.
    pub permutation: String,
    /// The question.
    pub question: String,
    /// The environment that is varied.
    pub environment: EnvironmentName,
    /// The commit on which the permutation is based.
    pub base: String,
    /// Digest of the design and of its load.
    pub design: String,
    /// Digest of what the permutation's manifests say.
    pub manifests: String,
    /// Digest of what they say besides what the variables govern.
    pub masked: String,
    /// Its level of each variable.
    pub levels: BTreeMap<String, String>,
    /// What it changes of platform.yaml.
    pub overrides: BTreeMap<String, Value>,
    /// What is measured.
    pub measured: Value,
    /// Version of the program that wrote it.
    pub ahuora: String,
}

/// A lock, with its overrides as they stand in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    /// What it says.
    pub spec: LockSpec,
    /// Its overrides, in the order in which they apply.
    pub overrides: Vec<Entry>,
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// Every problem of the text, each with its place and a sentence.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let (spec, root): (LockSpec, Node) = config::file(text)?;
        let overrides = root.get("overrides").map(Node::entries).unwrap_or_default().to_vec();
        Ok(Self { spec, overrides })
    }
}

/// What the locks of an experiment have in common.
#[derive(Debug)]
pub struct Locks<'e> {
    experiment: &'e Experiment,
    base: &'e str,
    measured: Value,
}

impl<'e> Locks<'e> {
    /// Locks of the permutations of an experiment on a base, a commit; `load` is what the design names of the load.
    #[must_use]
    pub fn of(experiment: &'e Experiment, base: &'e str, load: &Value) -> Self {
        let design = &experiment.design;
        let order = match design.order {
            OrderSpec::Written => json!("written"),
            OrderSpec::Sorted => json!("sorted"),
            OrderSpec::Interleaved { seed } => json!({"interleaved": {"seed": seed}}),
        };
        let names = |names: &[ShortName]| -> Value { names.iter().map(ShortName::as_str).collect() };
        let measured = json!({
            "endpoints": names(&design.endpoints),
            "profiles": names(&design.profiles),
            "trials": design.trials,
            "order": order,
            "load": load,
        });
        Self { experiment, base, measured }
    }

    /// The text of a permutation's lock.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn text(&self, permutation: &Permutation, manifests: Digest, masked: Digest) -> Result<String, WriteError> {
        let Experiment { name, design, digest, .. } = self.experiment;
        let levels: BTreeMap<&str, &str> = self.experiment.labels(&permutation.row).into_iter().collect();
        let overrides = self.experiment.overrides(&permutation.row);
        let overrides: BTreeMap<&str, Value> =
            overrides.into_iter().map(|one| (one.path, one.value.to_json())).collect();
        let value = json!({
            "experiment": name,
            "permutation": permutation.name,
            "question": design.question,
            "environment": design.environment.as_str(),
            "base": self.base,
            "design": digest.to_string(),
            "manifests": manifests.to_string(),
            "masked": masked.to_string(),
            "levels": levels,
            "overrides": overrides,
            "measured": self.measured,
            "ahuora": env!("CARGO_PKG_VERSION"),
        });
        Ok([HEADER, &to_text(&value)?].concat())
    }
}
