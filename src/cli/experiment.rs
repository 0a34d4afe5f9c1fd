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
    /// Make one branch for each permutation, in the object database: no file, index or HEAD is touched
    ///
    /// The same design on the same base makes the same commits on every machine; made again, nothing changes.
    Branch {
        /// The experiment
        name: String,
        /// On which commit
        #[command(flatten)]
        base: BaseArgs,
        /// Overwrite branches that somebody moved; what would be lost is told without it
        #[arg(long)]
        force: bool,
        /// How many permutations there may be.
        #[command(flatten)]
        limit: Limit,
    },
    /// Prove from what the branches hold that nothing but the variables differs
    ///
    /// Exit code 1 means that something else differs; every place is named.
    Verify {
        /// The experiment
        name: String,
        /// On which commit
        #[command(flatten)]
        base: BaseArgs,
        /// Write the proof to this file too, as JSON
        #[arg(long, value_name = "FILE")]
        proof: Option<std::path::PathBuf>,
        /// How many permutations there may be.
        #[command(flatten)]
        limit: Limit,
    },
    /// Push the branches with your own git: all of them, or none
    Push {
        /// The experiment
        name: String,
        /// Where to: a remote's name, or an address
        #[arg(long, default_value = "origin", value_name = "REMOTE")]
        remote: String,
        /// Overwrite what the remote has under their names, while it still has what it had when this began
        #[arg(long)]
        force: bool,
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

/// On which commit the branches stand.
#[derive(Debug, Clone, Args)]
pub struct BaseArgs {
    /// The commit on which the branches stand [default: the branch that Argo CD follows]
    #[arg(long, value_name = "REVISION")]
    pub base: Option<String>,
}
