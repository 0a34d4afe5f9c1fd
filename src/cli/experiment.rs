//! The verbs of `ahuora experiment`.

use clap::{Args, Subcommand};

/// What to do with experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// List the experiments of the repository
    List,
    /// Open a draft pull request for every permutation, or bring those that are open up to date
    Open(OpenArgs),
    /// Make the runs of an experiment on GitHub, one after the other; exit 1 when some failed
    ///
    /// One permutation is active at a time: the environment is locked, and Argo CD follows the pull request with the
    /// label experiment-active. Every step is written down first, so that --resume goes on after any interruption,
    /// and no run is lost or made twice.
    Dispatch(DispatchArgs),
    /// Tell where an experiment stands on GitHub: branches, pull requests, lock, runs, time left
    Status(StatusArgs),
    /// End an experiment on GitHub: its active label, lock and pull requests go, its branches stay
    Close(CloseArgs),
}

/// An experiment, and the repository on GitHub.
#[derive(Debug, Args)]
pub struct Remote {
    /// The experiment
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of platform.yaml]
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
}

/// Of `open`.
#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Which experiment, and where.
    #[command(flatten)]
    pub remote: Remote,
}

/// Of `dispatch`.
#[derive(Debug, Args)]
pub struct DispatchArgs {
    /// Which experiment, and where.
    #[command(flatten)]
    pub remote: Remote,
    /// Go on where an earlier dispatch of this machine was interrupted
    #[arg(long)]
    pub resume: bool,
    /// Stop at the first run that fails; --resume goes on behind it
    #[arg(long)]
    pub stop_on_failure: bool,
    /// Seconds between two questions about a run
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub poll: u64,
}

/// Of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Which experiment, and where.
    #[command(flatten)]
    pub remote: Remote,
}

/// Of `close`.
#[derive(Debug, Args)]
pub struct CloseArgs {
    /// Which experiment, and where.
    #[command(flatten)]
    pub remote: Remote,
    /// Remove the experiment's lock even when another machine's campaign holds it
    #[arg(long)]
    pub break_lock: bool,
    /// Delete the branches on GitHub that are still at the commits of the experiment
    #[arg(long)]
    pub delete_branches: bool,
}
