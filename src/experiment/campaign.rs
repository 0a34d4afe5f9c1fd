//! What is to be deployed and measured, in which order: the part of a plan that the outside world acts on.

/// An experiment whose branches exist, ready to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Name of the experiment: `replica-count-uor`.
    pub experiment: String,
    /// The environment that its permutations change: `production`.
    pub environment: String,
    /// Branch into which the permutations would be merged: `main`.
    pub base: String,
    /// SHA-256 of the design, 64 hexadecimal digits.
    pub design: String,
    /// Its permutations, in the order of the design.
    pub permutations: Vec<Permutation>,
    /// Its runs, in the order in which they are to be made.
    pub runs: Vec<Run>,
}

/// One permutation and the branch that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation {
    /// Its name: `replicas-4`.
    pub name: String,
    /// Its branch: `experiment/replica-count-uor/replicas-4`.
    pub branch: String,
    /// The commit of the branch, 40 hexadecimal digits.
    pub commit: String,
    /// Title of its pull request.
    pub title: String,
    /// Text of its pull request, in Markdown.
    pub body: String,
}

/// One trial of one load profile against one endpoint of one permutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Index of its permutation.
    pub permutation: usize,
    /// Name of the endpoint: `uor`.
    pub endpoint: String,
    /// Name of the load profile: `spike`.
    pub profile: String,
    /// Which trial, from 1.
    pub trial: u32,
    /// How long the load lasts, the graceful stop included.
    pub seconds: u64,
}
