//! The verbs of `ahuora experiment`.

use clap::{Args, Subcommand};

use crate::values::{Commit, Seconds};

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
    /// Say whether a commit is what runs: synced by Argo CD, healthy, and every pod of it
    ///
    /// Exit code 0 means that it is, 1 that it is not, with every reason, 3 that the cluster cannot be asked. Nothing
    /// there is changed.
    Live(LiveArgs),
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

/// A bound on what a typo can do.
#[derive(Debug, Clone, Copy, Args)]
pub struct Limit {
    /// The most permutations that an experiment may have, up to 100000
    #[arg(long, value_name = "NUMBER", default_value_t = 256, value_parser = limit)]
    pub limit: usize,
}

/// On which commit the branches stand.
#[derive(Debug, Clone, Args)]
pub struct BaseArgs {
    /// The commit on which the branches stand [default: the branch that Argo CD follows]
    #[arg(long, value_name = "REVISION")]
    pub base: Option<String>,
}

/// Which commit is asked about, and how long.
#[derive(Debug, Args)]
pub struct LiveArgs {
    /// The commit: its whole SHA
    #[arg(value_name = "COMMIT", value_parser = commit)]
    pub commit: Commit,
    /// The environment [default: the one in which experiments run, else the first by name]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Ask again until it is live, so long at most: 30s, 10m
    #[arg(long, value_name = "SPAN", default_value = "0s", hide_default_value = true, value_parser = Seconds::new)]
    pub wait: Seconds,
    /// How long to wait before asking again
    #[arg(long, value_name = "SPAN", default_value = "5s", value_parser = Seconds::new)]
    pub interval: Seconds,
    /// Which context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub kube_context: Option<String>,
}

fn limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(limit @ 1..=100_000) => Ok(limit),
        _ => Err("write a number from 1 to 100000".to_owned()),
    }
}

fn commit(text: &str) -> Result<Commit, String> {
    Commit::new(text)
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
    /// After each switch, wait until Argo CD runs the permutation, so long at most; 0s leaves that to the workflow
    #[arg(long, value_name = "SPAN", default_value = "20m", value_parser = Seconds::new)]
    pub live: Seconds,
    /// Which context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub kube_context: Option<String>,
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
