//! The verbs of `ahuora load`.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::values::{Commit, FlowsheetId, InterfaceName, Seconds, Target};

/// What to do with load.
#[derive(Debug, Subcommand)]
pub enum LoadCommand {
    /// List what can be loaded and how: endpoints, profiles, requests and virtual users
    List,
    /// Write the k6 script of a profile against an endpoint
    ///
    /// The script runs in k6 1 and 2. It is told by its environment what to load: AHUORA_TARGET is the platform,
    /// AHUORA_FLOWSHEET the id of the flowsheet, AHUORA_SUMMARY the file for the summary, AHUORA_HEADERS further
    /// headers as JSON. With --format json, its stages, requests, virtual users and thresholds are told.
    Script(ScriptArgs),
    /// Tell whether this machine can make load that is trusted
    ///
    /// It looks for latency that a killed run left behind, whether latency can be added and measured on the way to the
    /// target (root, tc, ping, the interface, the kernel), and whether ports and open files suffice for every profile.
    /// Nothing is changed, unless --prove is given. Exit code 1 means findings.
    Check(LoadCheckArgs),
    /// Make trials: settle, fixture, latency, k6, clean-up, and a verdict for each; an invalid one is repeated
    ///
    /// Everything is kept in the folder of results, --out [default: results/ID]. AHUORA_HEADERS, a JSON object in the
    /// environment, gives further headers for the platform, such as a session's cookie. Exit code 1 means that a trial
    /// was not valid.
    Run(Box<RunArgs>),
    /// Watch the cluster as a trial would: is it calm, what does it use, and what is not to be had of it
    ///
    /// Into the folder of results, --out, go cluster.jsonl, fingerprint.json and, with --prometheus, prometheus.json. Exit
    /// code 1 means that the platform is not calm.
    Watch(WatchArgs),
    /// Ask each endpoint once, with a fixture that is made before and removed after it
    ///
    /// The fixture is what experiments/load/fixture.yaml lists. Flowsheets named ahuora-load-smoke-* that an earlier
    /// smoke test left are removed first; this one removes its own, also when it is told to end. AHUORA_HEADERS, a JSON object in the environment, gives further headers, such
    /// as a session's cookie. Exit code 1 means that a request failed, 3 that nobody was there to be asked.
    Smoke(SmokeArgs),
    /// Make trials against the Compose benchmark on this machine, which is started before and stopped after them
    ///
    /// k6 and the platform share the machine then, and the results say so.
    Compose(Box<ComposeArgs>),
    /// Take away what a killed run left: k6, latency, flowsheets; nothing is measured and no result changes
    Clean(CleanArgs),
    /// Add the results of a run to the branch of results of the remote, as one commit that changes nothing else
    Publish(PublishArgs),
}

/// Of `script`.
#[derive(Debug, Args)]
pub struct ScriptArgs {
    /// An endpoint of experiments/load/load.yaml
    #[arg(value_name = "ENDPOINT", required_unless_present = "all")]
    pub endpoint: Option<String>,
    /// A profile of experiments/load/load.yaml
    #[arg(value_name = "PROFILE", required_unless_present = "all")]
    pub profile: Option<String>,
    /// Every profile against every endpoint that it has a rate for
    #[arg(long, conflicts_with_all = ["endpoint", "profile", "test_run"])]
    pub all: bool,
    /// Write to this file instead of to stdout; with --all, to ENDPOINT-PROFILE.js in this folder
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Divide every duration by this, and keep the rates: to try a script, not to measure
    #[arg(long, value_name = "NUMBER", default_value_t = NonZeroU32::MIN, hide_default_value = true)]
    pub shorten: NonZeroU32,
    /// Instead of the script alone, the TestRun of the k6-operator with it, for so many generators together
    #[arg(long, value_name = "GENERATORS", requires = "target")]
    pub test_run: Option<NonZeroU16>,
    /// Of a TestRun: the platform, such as https://ahuora.org.nz
    #[arg(long, value_name = "URL", requires = "test_run", value_parser = target)]
    pub target: Option<Target>,
    /// Of a TestRun: the id of the flowsheet
    #[arg(long, value_name = "ID", requires = "test_run", value_parser = flowsheet)]
    pub flowsheet: Option<FlowsheetId>,
}

fn target(text: &str) -> Result<Target, String> {
    Target::new(text)
}

fn flowsheet(text: &str) -> Result<FlowsheetId, String> {
    FlowsheetId::new(text)
}

/// Of `check`.
#[derive(Debug, Args)]
pub struct LoadCheckArgs {
    /// The platform, such as https://ahuora.org.nz
    #[arg(long, value_name = "URL", value_parser = target)]
    pub target: Target,
    /// The network interface on which latency would be added [default: that of experiments/load/load.yaml]
    #[arg(long, value_name = "NAME", value_parser = interface)]
    pub interface: Option<InterfaceName>,
    /// No latency is to be added: its needs are not looked at
    #[arg(long, conflicts_with = "prove")]
    pub no_latency: bool,
    /// Add the latency for some seconds, measure it, and remove it; what a killed run left is removed as well
    #[arg(long)]
    pub prove: bool,
    /// Watch processors, memory, link and ports for so long, such as 30s, and judge them by the limits of a trial
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub watch: Option<Seconds>,
    /// With --watch: append the samples to this file, one JSON object a line
    #[arg(long, value_name = "FILE", requires = "watch")]
    pub samples: Option<PathBuf>,
}

fn interface(text: &str) -> Result<InterfaceName, String> {
    InterfaceName::new(text)
}

fn seconds(text: &str) -> Result<Seconds, String> {
    Seconds::new(text)
}

/// Of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The platform, such as https://ahuora.org.nz
    #[arg(long, value_name = "URL", value_parser = target)]
    pub target: Target,
    /// What is loaded, and how.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// The network interface on which the latency is added [default: that of experiments/load/load.yaml]
    #[arg(long, value_name = "NAME", conflicts_with = "no_latency", value_parser = interface)]
    pub interface: Option<InterfaceName>,
    /// Add no latency: the results say so, and are not comparable with those that have it
    #[arg(long)]
    pub no_latency: bool,
    /// What is known of the cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// Of `run` and `compose`: what is loaded, how, and what for.
#[derive(Debug, Args)]
pub struct TrialArgs {
    /// An endpoint of experiments/load/load.yaml
    #[arg(long, value_name = "NAME")]
    pub endpoint: String,
    /// A profile of experiments/load/load.yaml
    #[arg(long, value_name = "NAME")]
    pub profile: String,
    /// How many trials must be valid [default: the profile's, else 3]
    #[arg(long, value_name = "NUMBER", conflicts_with = "trial")]
    pub trials: Option<NonZeroU16>,
    /// Only this trial of an experiment, from 1
    #[arg(long, value_name = "NUMBER", requires = "experiment")]
    pub trial: Option<NonZeroU16>,
    /// The experiment that it belongs to
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,
    /// The commit that is measured [default: HEAD of the repository, where there is one]
    #[arg(long, value_name = "SHA", value_parser = commit)]
    pub commit: Option<Commit>,
    /// Name of the run, by which it is found again [default: a new UUID]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Go on with the run in the folder of results, after it was killed or failed
    #[arg(long)]
    pub resume: bool,
    /// Divide every duration by this, and keep the rates: to try it, not to measure
    #[arg(long, value_name = "NUMBER", default_value_t = NonZeroU32::MIN, hide_default_value = true)]
    pub shorten: NonZeroU32,
    /// The program k6
    #[arg(long, value_name = "PROGRAM", default_value = "k6")]
    pub k6: PathBuf,
}

/// What is known of the cluster while it is loaded.
#[derive(Debug, Args)]
pub struct ClusterArgs {
    /// The environment that is loaded, whose namespace is sampled [default: that of the experiments, else the first]
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME", conflicts_with = "no_cluster")]
    pub context: Option<String>,
    /// Ask no cluster: neither whether it has settled, nor what it uses; the results say so
    #[arg(long)]
    pub no_cluster: bool,
    /// A Prometheus-compatible endpoint to be asked afterwards; AHUORA_PROMETHEUS_TOKEN or
    /// AHUORA_PROMETHEUS_USER and AHUORA_PROMETHEUS_PASSWORD in the environment are its credentials
    #[arg(long, value_name = "URL")]
    pub prometheus: Option<String>,
}

/// Of `watch`.
#[derive(Debug, Args)]
pub struct WatchArgs {
    /// How long
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = seconds)]
    pub time: Seconds,
    /// Calm only where Argo CD has synced this commit
    #[arg(long, value_name = "SHA", value_parser = commit)]
    pub commit: Option<Commit>,
    /// Instead of watching for some time: wait until the platform has settled, as a trial does
    #[arg(long, conflicts_with = "time")]
    pub settle: bool,
    /// What is known of the cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// Of `smoke`.
#[derive(Debug, Args)]
pub struct SmokeArgs {
    /// The platform, such as https://ahuora.org.nz
    #[arg(long, value_name = "URL", value_parser = target)]
    pub target: Target,
    /// Only this endpoint; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    pub endpoint: Vec<String>,
}

/// Of `compose`.
#[derive(Debug, Args)]
pub struct ComposeArgs {
    /// What is loaded, and how.
    #[command(flatten)]
    pub trial: TrialArgs,
    /// Leave the containers running afterwards
    #[arg(long)]
    pub keep: bool,
}

/// Of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    /// Folder of results of that run; one that holds no run leaves nothing
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
}

/// Of `publish`.
#[derive(Debug, Args)]
pub struct PublishArgs {
    /// Folder of results, as `run` wrote it
    #[arg(value_name = "RESULTS")]
    pub results: PathBuf,
    /// The branch, to which one folder is added and nothing else is done
    #[arg(long, value_name = "NAME", default_value = "results")]
    pub branch: String,
    /// The remote
    #[arg(long, value_name = "NAME", default_value = "origin")]
    pub remote: String,
    /// Add a run that has not ended, too, to a folder of its own beside that of the ended run
    #[arg(long)]
    pub unfinished: bool,
    /// Leave larger files out, in megabytes; left-out.json names them
    #[arg(long, value_name = "MEGABYTES", default_value_t = 20)]
    pub largest: u32,
}

fn commit(text: &str) -> Result<Commit, String> {
    Commit::new(text)
}
