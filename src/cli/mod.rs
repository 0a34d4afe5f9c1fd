//! The command line: types only; their doc comments are the help.

mod experiment;
mod load;
mod release;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::ui::{Color, Format};

pub use experiment::{
    BaseArgs, CloseArgs, DispatchArgs, ExperimentCommand, Limit, LiveArgs, OpenArgs, Remote, StatusArgs,
};

pub use load::{
    CleanArgs, ClusterArgs, ComposeArgs, LoadCheckArgs, LoadCommand, PublishArgs, RunArgs, ScriptArgs, SmokeArgs,
    TrialArgs, WatchArgs,
};

pub use release::{
    BumpArgs, ChangelogArgs, CutArgs, Delivery, LatestArgs, NextArgs, ReleaseCommand, RollbackArgs, Sources,
    StatusArgs as ReleaseStatusArgs, VersionArgs,
};

/// GitOps manifests for the Ahuora Digital Platform: one typed platform.yaml becomes every manifest.
///
/// Exit codes: 0 fine; 1 differences or findings; 2 usage or configuration; 3 the outside world (disk, git,
/// network).
#[derive(Debug, Parser)]
#[command(name = "ahuora", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Where and how.
    #[command(flatten)]
    pub common: Common,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// The repository [default: the nearest folder upwards that has the configuration]
    #[arg(long, global = true, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// The configuration, from the repository
    #[arg(long, global = true, value_name = "FILE", default_value = "platform.yaml")]
    pub config: String,
    /// The folder of generated manifests, from the repository [default: manifests]; of `load`, the folder of results
    #[arg(long, global = true, value_name = "DIR")]
    pub out: Option<String>,
    /// How output is written
    #[arg(long, global = true, value_enum, default_value_t)]
    pub format: Format,
    /// When colours are used
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// Say what would be done, and do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
}

impl Common {
    /// The folder of generated manifests.
    #[must_use]
    pub fn manifests(&self) -> &str {
        self.out.as_deref().unwrap_or("manifests")
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write manifests/ and compose.yaml from platform.yaml, and say what changed
    Generate {
        /// Write nothing; exit 1 with the list of files that are not what platform.yaml says
        #[arg(long)]
        check: bool,
    },
    /// Validate platform.yaml and what it leads to: every finding at once, and the Secrets the cluster must hold
    Check,
    /// Tell what changes on the cluster, by meaning, and why
    ///
    /// Without arguments: manifests/ on the disk against what platform.yaml says now. With one: that against
    /// what platform.yaml says now. A side is a git revision (of its folder manifests/, or REV:FOLDER), a
    /// folder, a file, `cluster`, `platform.yaml` for what it says now, or `-` for standard input. Any
    /// Kubernetes YAML will do.
    Diff(DiffArgs),
    /// Say where a field of a manifest comes from, or what a key of platform.yaml moves
    ///
    /// A field may depend on keys of platform.yaml, on defaults of keys that are not written, or on nothing but the
    /// rules of ahuora. With --unused, exit code 1 means that there are keys that nothing at all reads.
    Explain {
        /// A resource (django-api/deployment, Deployment/django-api, compose.yaml) or a key (services.django-api.image)
        #[arg(value_name = "RESOURCE|KEY", required_unless_present = "unused")]
        what: Option<String>,
        /// A field of the resource, such as spec.replicas or spec.rules[0].host; without it, all of them
        field: Option<String>,
        /// List the keys of platform.yaml that no manifest depends on, and who reads them instead
        #[arg(long, conflicts_with = "what")]
        unused: bool,
        /// The environment [default: the first by name]
        #[arg(long, value_name = "NAME", conflicts_with = "unused")]
        environment: Option<String>,
    },
    /// Run experiments: one branch for each permutation of a design, and the proof that only the declared variable differs
    #[command(subcommand)]
    Experiment(ExperimentCommand),
    /// Load the platform: k6 scripts, trials under controlled conditions, and what can be trusted of them
    #[command(subcommand)]
    Load(LoadCommand),
    /// Release components: from commits to versions, tags, and images in platform.yaml
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Make a new repository from the default platform
    Init {
        /// The folder to make; one that exists must be empty
        dir: PathBuf,
    },
    /// Draw the platform as a Mermaid flowchart, from its resources
    Graph {
        /// The environment [default: the first by name]
        #[arg(long, value_name = "NAME")]
        environment: Option<String>,
    },
    /// Print the JSON Schema of a file
    Schema {
        /// Which file
        #[arg(value_enum)]
        file: SchemaFile,
    },
    /// Print the completion script of a shell
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What is compared, and how it is told.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// What was [default: manifests/ on the disk]
    #[arg(value_name = "LEFT")]
    pub left: Option<String>,
    /// What will be [default: what platform.yaml says now]
    #[arg(value_name = "RIGHT")]
    pub right: Option<String>,
    /// One line for each resource
    #[arg(long)]
    pub stat: bool,
    /// Only resources of this kind and name; `*` stands for any
    #[arg(long, value_name = "KIND/NAME")]
    pub only: Vec<String>,
    /// Unchanged lines around changed ones of a long text
    #[arg(long, value_name = "LINES", default_value_t = 3)]
    pub context: usize,
    /// Tell which keys of platform.yaml each change comes from
    #[arg(long)]
    pub why: bool,
    /// Of `cluster`: which context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub kube_context: Option<String>,
    /// Of `cluster`: only read, and tell what an apply would do without asking the API server to try it
    #[arg(long)]
    pub read_only: bool,
    /// Of `cluster`: as whom to apply, which decides the fields that an apply takes away [default: Argo CD
    /// where it has applied the object, else ahuora]
    #[arg(long, value_name = "MANAGER")]
    pub field_manager: Option<String>,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum SchemaFile {
    /// platform.yaml
    Platform,
    /// A design, experiments/NAME.yaml
    Experiment,
    /// Endpoints and load profiles, experiments/load/load.yaml
    Load,
    /// What a trial makes before and removes after it, experiments/load/fixture.yaml
    Fixture,
    /// release.yaml, in the repository of the sources
    Release,
}
