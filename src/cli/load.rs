//! The verbs of `ahuora load`.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::values::{FlowsheetId, Target};

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
