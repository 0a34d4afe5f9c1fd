//! The verbs of `ahuora release`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::values::{Channel, StableVersion};

/// What to do with releases.
#[derive(Debug, Subcommand)]
pub enum ReleaseCommand {
    /// Print the tag of the newest release, and nothing else; an empty line when there is none yet
    ///
    /// On the release branch that is the newest stable one; on any other branch the newest prerelease of the channel, or
    /// the newest stable one where that is above it, so that what follows is above both. Only tags count that the
    /// commit stands on. With --tag-prefix, any git repository will do, without a configuration. Where
    /// GITHUB_OUTPUT is set, `latest_tag=` is written to that file too.
    Latest(LatestArgs),
    /// Tell the next version of a component, from the commits since its last release
    ///
    /// Exit code 1 means that nothing asks for a release.
    Next(NextArgs),
    /// Make the next version's tag: annotated, once, and never over another one
    ///
    /// A commit that has a tag already keeps it, which is no failure. However many are cut at once, every version is
    /// given once.
    Cut(CutArgs),
    /// Tell what a component's next release brings, as Markdown
    Changelog(ChangelogArgs),
    /// Set the version of an image in platform.yaml, generate again, and commit both
    ///
    /// Every other byte of platform.yaml stays as it is.
    Bump(BumpArgs),
    /// Set the version of an image back to an older one; tags stay
    Rollback(RollbackArgs),
    /// Tell of every component its last tag, its version in platform.yaml, and what is not released yet
    Status(StatusArgs),
}

/// Where the sources are, and from where on they are looked at.
#[derive(Debug, Clone, Args)]
pub struct Sources {
    /// The git repository of the sources [default: --repo, else the one around this folder]
    #[arg(long, value_name = "DIR")]
    pub sources: Option<PathBuf>,
    /// The branch that counts [default: the one that is checked out, else GITHUB_REF_NAME]
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// The commit that is looked at
    #[arg(long, value_name = "REVISION", default_value = "HEAD")]
    pub revision: String,
}

/// Of `latest`.
#[derive(Debug, Args)]
pub struct LatestArgs {
    /// The component
    #[arg(required_unless_present = "tag_prefix", conflicts_with = "tag_prefix")]
    pub component: Option<String>,
    /// Where to look
    #[command(flatten)]
    pub sources: Sources,
    /// The newest of this channel, whatever the branch
    #[arg(long, value_name = "NAME", value_parser = channel)]
    pub channel: Option<Channel>,
    /// Fail when GITHUB_OUTPUT names no file
    #[arg(long)]
    pub github_output: bool,
    /// Tags that begin with this text, exactly, instead of a component's
    #[arg(long, value_name = "TEXT", requires = "release_branch")]
    pub tag_prefix: Option<String>,
    /// Of --tag-prefix: on which branch stable versions count
    #[arg(long, value_name = "NAME", requires = "tag_prefix")]
    pub release_branch: Option<String>,
    /// Of --tag-prefix: the channel of any other branch
    #[arg(long, value_name = "NAME", value_parser = channel, default_value = "prerelease", requires = "tag_prefix")]
    pub prerelease_suffix: Channel,
}

/// How the next version is found.
#[derive(Debug, Clone, Args)]
pub struct VersionArgs {
    /// Where to look
    #[command(flatten)]
    pub sources: Sources,
    /// Prereleases of this channel, whatever the branch
    #[arg(long, value_name = "NAME", value_parser = channel)]
    pub channel: Option<Channel>,
    /// Ask the latest commit alone, not all since the last release
    #[arg(long)]
    pub latest_commit: bool,
    /// This version, whatever the commits ask for; above the last one
    #[arg(long, value_name = "VERSION", value_parser = StableVersion::new)]
    pub set_version: Option<StableVersion>,
}

/// Of `next`.
#[derive(Debug, Args)]
pub struct NextArgs {
    /// The component
    pub component: String,
    /// How
    #[command(flatten)]
    pub version: VersionArgs,
    /// List every commit, and what it asks for
    #[arg(long)]
    pub explain: bool,
}

/// Of `cut`.
#[derive(Debug, Args)]
pub struct CutArgs {
    /// The component
    pub component: String,
    /// How
    #[command(flatten)]
    pub version: VersionArgs,
    /// Push the tag with your own git
    #[arg(long, conflicts_with = "github")]
    pub push: bool,
    /// The remote whose tags count, and to which --push pushes
    #[arg(long, value_name = "REMOTE", default_value = "origin")]
    pub remote: String,
    /// Make the tag over GitHub's API instead, in this repository
    #[arg(long, value_name = "OWNER/NAME")]
    pub github: Option<String>,
    /// Sign the tag, as your git is set to
    #[arg(long, conflicts_with = "github")]
    pub sign: bool,
    /// Of --push and --github: how often to try again when others release at the same moment
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub attempts: u32,
}

/// Of `changelog`.
#[derive(Debug, Args)]
pub struct ChangelogArgs {
    /// The component
    pub component: String,
    /// Where to look
    #[command(flatten)]
    pub sources: Sources,
    /// From behind this tag on [default: the last stable release before the commit]
    #[arg(long, value_name = "TAG")]
    pub since: Option<String>,
}

/// Of `bump`.
#[derive(Debug, Args)]
pub struct BumpArgs {
    /// The component
    #[arg(required_unless_present = "all", requires = "version", conflicts_with = "all")]
    pub component: Option<String>,
    /// The version, as the image's tag, and its digest if wanted: 0.0.18, 0.0.18@sha256:...
    #[arg(value_name = "VERSION[@DIGEST]")]
    pub version: Option<String>,
    /// Every component that the file of --from has a newer version of
    #[arg(long, requires = "from")]
    pub all: bool,
    /// Of --all: what registries have, as JSON; `-` for standard input:
    /// {"images": {"ahuora/django-api": ["0.0.17", {"tag": "0.0.18", "digest": "sha256:..."}]}}
    #[arg(long, value_name = "FILE", requires = "all")]
    pub from: Option<PathBuf>,
    /// Take an older version too
    #[arg(long)]
    pub allow_downgrade: bool,
    /// What the pull request tells of the release: Markdown, as `changelog` prints it; `-` for standard input
    #[arg(long, value_name = "FILE", requires = "pull_request", conflicts_with = "all")]
    pub changelog: Option<PathBuf>,
    /// How it is delivered
    #[command(flatten)]
    pub delivery: Delivery,
}

/// How a changed version is delivered.
#[derive(Debug, Clone, Args)]
pub struct Delivery {
    /// Open a pull request, or bring the open one of the component up to date; nothing here is touched
    #[arg(long)]
    pub pull_request: bool,
    /// Of --pull-request: the remote to push to
    #[arg(long, value_name = "REMOTE", default_value = "origin", requires = "pull_request")]
    pub remote: String,
    /// Of --pull-request: the repository on GitHub [default: GITHUB_REPOSITORY, else argo-cd.repository of platform.yaml]
    #[arg(long, value_name = "OWNER/NAME", requires = "pull_request")]
    pub repository: Option<String>,
    /// Of --pull-request: the branch to change [default: the one that Argo CD follows]
    #[arg(long, value_name = "NAME", requires = "pull_request")]
    pub base: Option<String>,
}

/// Of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The component
    pub component: String,
    /// The version to go back to, as the image's tag, and its digest if wanted
    #[arg(long, value_name = "VERSION[@DIGEST]")]
    pub to: String,
    /// How it is delivered
    #[command(flatten)]
    pub delivery: Delivery,
}

/// Of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Where the sources are
    #[command(flatten)]
    pub sources: Sources,
}

fn channel(text: &str) -> Result<Channel, String> {
    Channel::new(text)
}
