//! `experiment.lock.yaml`: what a permutation's branch is, with all that it takes to repeat it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use serde_json::{Value, json};

use super::design::OrderSpec;
use super::files::Digest;
use super::plan::{Experiment, Permutation};
use crate::config::{self, Override, Problem};
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

/// What the locks of an experiment have in common, as text: one permutation differs from the next in few lines.
#[derive(Debug)]
pub struct Locks<'e> {
    experiment: &'e Experiment,
    /// The lines before those of a permutation.
    head: String,
    /// The lines of what is measured.
    measured: String,
    /// The lines of each override, by the address of its path and value, which the experiment keeps alive.
    overrides: Mutex<HashMap<(usize, usize), Arc<str>>>,
}

impl<'e> Locks<'e> {
    /// Locks of the permutations of an experiment on a base, a commit; `load` is what the design names of the load.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn of(experiment: &'e Experiment, base: &str, load: &Value) -> Result<Self, WriteError> {
        let Experiment { name, design, digest, .. } = experiment;
        let order = match design.order {
            OrderSpec::Written => json!("written"),
            OrderSpec::Sorted => json!("sorted"),
            OrderSpec::Interleaved { seed } => json!({"interleaved": {"seed": seed}}),
        };
        let names = |names: &[ShortName]| -> Value { names.iter().map(ShortName::as_str).collect() };
        let head = to_text(&json!({
            "ahuora": env!("CARGO_PKG_VERSION"),
            "base": base,
            "design": digest.to_string(),
            "environment": design.environment.as_str(),
            "experiment": name,
            "question": design.question,
        }))?;
        let measured = to_text(&json!({"measured": {
            "endpoints": names(&design.endpoints),
            "profiles": names(&design.profiles),
            "trials": design.trials,
            "order": order,
            "load": load,
        }}))?;
        Ok(Self { experiment, head: [HEADER, &head].concat(), measured, overrides: Mutex::default() })
    }

    /// The text of a permutation's lock.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn text(&self, permutation: &Permutation, manifests: Digest, masked: Digest) -> Result<String, WriteError> {
        let levels: BTreeMap<&str, &str> = self.experiment.labels(&permutation.row).into_iter().collect();
        let own = to_text(&json!({
            "levels": levels,
            "manifests": manifests.to_string(),
            "masked": masked.to_string(),
            "permutation": permutation.name,
        }))?;
        let mut text = [&self.head, &own, OVERRIDES].concat();
        for one in self.experiment.overrides(&permutation.row) {
            text.push_str(&self.lines(one)?);
        }
        text.push_str(&self.measured);
        Ok(text)
    }

    /// The lines of one override.
    fn lines(&self, one: Override<'_>) -> Result<Arc<str>, WriteError> {
        let key = (one.path.as_ptr().addr(), std::ptr::from_ref(one.value).addr());
        let known = || self.overrides.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = known().get(&key) {
            return Ok(Arc::clone(lines));
        }
        let block = to_text(&json!({"overrides": {one.path: one.value.to_json()}}))?;
        let lines: Arc<str> = block.strip_prefix(OVERRIDES).unwrap_or(&block).into();
        known().insert(key, Arc::clone(&lines));
        Ok(lines)
    }
}

/// The line above the overrides.
const OVERRIDES: &str = "overrides:\n";
