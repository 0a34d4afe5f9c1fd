//! How permutations of experiments are put on the cluster.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretKeyRef;
use crate::values::{Commit, EnvironmentName, ObjectName, Seconds};

/// How permutations of experiments are put on the cluster, one at a time, in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExperimentsSpec {
    /// How a permutation becomes the active one.
    #[serde(default)]
    pub activation: Activation,
    /// The environment in which experiments run; needed where there are several.
    pub environment: Option<EnvironmentName>,
    /// Of `pullRequest`: with what Argo CD may ask GitHub for pull requests; a Secret in Argo CD's namespace.
    pub credentials: Option<GitHubCredentialsSpec>,
    /// Of `pullRequest`: how often Argo CD asks GitHub.
    #[serde(default = "a_minute")]
    pub interval: Seconds,
    /// Of `revision`: the commit that the environment follows instead of the branch.
    pub revision: Option<Commit>,
}

/// How a permutation becomes the active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Activation {
    /// By a label on its pull request: an ApplicationSet has the environment follow that pull request's commit, and
    /// the branch again once no pull request has the label.
    #[default]
    PullRequest,
    /// By its commit in `revision`: a commit to the followed branch.
    Revision,
}

/// With what Argo CD may ask GitHub for pull requests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GitHubCredentialsSpec {
    /// A token that may read the repository's pull requests: `secret/key`.
    Token(SecretKeyRef),
    /// A GitHub App: the Secret with the keys `githubAppID`, `githubAppInstallationID` and `githubAppPrivateKey`.
    App(ObjectName),
}

const fn a_minute() -> Seconds {
    Seconds::from_secs(60)
}
