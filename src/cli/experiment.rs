//! The verbs of `ahuora experiment`.

use clap::Subcommand;

/// What to do with experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// List the experiments of the repository
    List,
}
