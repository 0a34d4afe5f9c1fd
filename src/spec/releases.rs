//! How components get their versions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{Channel, ComponentName, SourcePath, StableVersion, TagTemplate};

/// How components get their versions: the block `releases` of `platform.yaml`, or a `release.yaml` of its own in the
/// repository of the sources.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Releases of the components of the platform")]
pub struct ReleasesSpec {
    /// Branch on which stable versions are cut; any other one gets prereleases.
    #[serde(default = "main_branch")]
    pub branch: String,
    /// How tags are written.
    #[serde(default)]
    pub tag: TagTemplate,
    /// Channel of prereleases.
    #[serde(default)]
    pub channel: Channel,
    /// What a commit does to a version below 1.0.0.
    #[serde(default)]
    pub policy: VersionPolicy,
    /// Version of the first release.
    #[serde(default = "first")]
    pub first: StableVersion,
    /// What a commit does whose message is not conventional, or whose type is not known.
    #[serde(default)]
    pub unconventional: Unconventional,
    /// What is released, by name.
    pub components: BTreeMap<ComponentName, ReleasedSpec>,
}

/// A component that is released: where its sources stand, and what is different for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleasedSpec {
    /// Files and folders of the sources of which it is made.
    pub paths: Vec<SourcePath>,
    /// How its tags are written, when differently.
    pub tag: Option<TagTemplate>,
    /// Its channel of prereleases, when another.
    pub channel: Option<Channel>,
    /// Its policy, when another.
    pub policy: Option<VersionPolicy>,
    /// Version of its first release, when another.
    pub first: Option<StableVersion>,
}

/// What a commit does to a version below 1.0.0; from there on all are alike: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VersionPolicy {
    /// At 0.0.z every release raises z; at 0.y.z what breaks and what is new raises y.
    #[default]
    Seed,
    /// At 0.0.z what breaks and what is new leads to 0.1.0; at 0.y.z both raise y.
    Semver,
    /// As Cargo compares versions: at 0.0.z every release raises z; at 0.y.z only what breaks raises y.
    Cargo,
}

/// What a commit does whose message is not conventional, or whose type is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Unconventional {
    /// Nothing.
    #[default]
    None,
    /// It raises the patch version.
    Patch,
}

fn main_branch() -> String {
    "main".to_owned()
}

const fn first() -> StableVersion {
    StableVersion { major: 0, minor: 0, patch: 1 }
}
