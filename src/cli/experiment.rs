//! The verbs of `ahuora experiment`.

use clap::{Args, Subcommand};

/// What to do with experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// List the designs of experiments/
    List,
    /// Tell what an experiment would do: its permutations, runs and their order, hours, and what would not work
    ///
    /// Writes nothing. Exit code 1 means that a permutation would not work on the cluster.
    Plan {
        /// The experiment: a design of experiments/, without the ending
        #[arg(required_unless_present = "all")]
        name: Option<String>,
        /// All experiments together, and where they meet in the same manifests
        #[arg(long, conflicts_with_all = ["name", "runs"])]
        all: bool,
        /// List every run, in its order
        #[arg(long)]
        runs: bool,
        /// How many permutations there may be.
        #[command(flatten)]
        limit: Limit,
    },
}

/// A bound on what a typo can do.
#[derive(Debug, Clone, Copy, Args)]
pub struct Limit {
    /// The most permutations that an experiment may have
    #[arg(long, value_name = "NUMBER", default_value_t = 256)]
    pub limit: usize,
}
