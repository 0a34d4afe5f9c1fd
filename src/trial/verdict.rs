//! How far a trial can be trusted, and why.

use serde::{Deserialize, Serialize};

/// How far a trial can be trusted; the worst piece of evidence decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Nothing speaks against it.
    Valid,
    /// It is kept and marked: something may have changed the numbers.
    Suspect,
    /// It is repeated and never averaged.
    Invalid,
}

/// One thing that was seen and that speaks for or against a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What it does to the trial.
    pub grade: Grade,
    /// The rule that says so, such as `client-cpu`: stable, in kebab case.
    pub rule: String,
    /// A sentence with the numbers that were measured and their limit.
    pub told: String,
}

impl Evidence {
    /// A piece of evidence.
    #[must_use]
    pub fn new(grade: Grade, rule: &str, told: impl Into<String>) -> Self {
        Self { grade, rule: rule.to_owned(), told: told.into() }
    }
}

/// The worst of all; valid when there is none.
#[must_use]
pub fn worst(evidence: &[Evidence]) -> Grade {
    evidence.iter().map(|one| one.grade).max().unwrap_or(Grade::Valid)
}
