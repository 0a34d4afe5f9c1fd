//! The verbs of `ahuora experiment`.

use clap::{Args, Subcommand};

use crate::values::{Commit, Seconds};

/// What to do with experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// List the experiments of the repository
    List,
    /// Say whether a commit is what runs: synced by Argo CD, healthy, and every pod of it
    ///
    /// Exit code 0 means that it is, 1 that it is not, with every reason, 3 that the cluster cannot be asked. Nothing
    /// there is changed.
    Live(LiveArgs),
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

fn commit(text: &str) -> Result<Commit, String> {
    Commit::new(text)
}
