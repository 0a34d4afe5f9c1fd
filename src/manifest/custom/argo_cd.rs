//! `argoproj.io/v1alpha1`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

super::custom_resource!(
    /// What Applications of a project may do.
    AppProject, AppProjectSpec, "argoproj.io/v1alpha1"
);
super::custom_resource!(
    /// A set of resources that Argo CD keeps as git has them.
    Application, ApplicationSpec, "argoproj.io/v1alpha1"
);

type Text = Cow<'static, str>;

/// What Applications of a project may do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct AppProjectSpec {
    pub(in crate::manifest) description: String,
    pub(in crate::manifest) source_repos: Vec<String>,
    pub(in crate::manifest) destinations: Vec<Destination>,
    pub(in crate::manifest) cluster_resource_whitelist: Vec<GroupKind>,
}

/// A kind of resource.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct GroupKind {
    pub(in crate::manifest) group: Text,
    pub(in crate::manifest) kind: Text,
}

/// A cluster and a namespace.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Destination {
    pub(in crate::manifest) server: Text,
    pub(in crate::manifest) namespace: String,
}

/// Where resources come from and where they go.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct ApplicationSpec {
    pub(in crate::manifest) project: String,
    pub(in crate::manifest) source: Source,
    pub(in crate::manifest) destination: Destination,
    pub(in crate::manifest) sync_policy: SyncPolicy,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) info: Vec<Info>,
}

/// Something that Argo CD shows with an Application.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Info {
    pub(in crate::manifest) name: Text,
    pub(in crate::manifest) value: Text,
}

/// A folder of a repository, or a chart.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Source {
    #[serde(rename = "repoURL")]
    pub(in crate::manifest) repo_url: String,
    pub(in crate::manifest) target_revision: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) directory: Option<Directory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) chart: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) helm: Option<Helm>,
}

/// How a folder is read.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Directory {
    pub(in crate::manifest) recurse: bool,
}

/// A chart's values.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Helm {
    pub(in crate::manifest) release_name: String,
    pub(in crate::manifest) values_object: Value,
}

/// When and how resources are applied.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct SyncPolicy {
    pub(in crate::manifest) automated: Automated,
    pub(in crate::manifest) sync_options: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) managed_namespace_metadata: Option<NamespaceMetadata>,
    pub(in crate::manifest) retry: Retry,
}

/// What is done without being asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Automated {
    pub(in crate::manifest) prune: bool,
    pub(in crate::manifest) self_heal: bool,
}

/// Labels of a namespace that Argo CD makes.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct NamespaceMetadata {
    pub(in crate::manifest) labels: BTreeMap<String, String>,
}

/// How a failed sync is tried again.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Retry {
    pub(in crate::manifest) limit: u32,
    pub(in crate::manifest) backoff: Backoff,
}

/// The waits between tries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Backoff {
    pub(in crate::manifest) duration: Text,
    pub(in crate::manifest) factor: u32,
    pub(in crate::manifest) max_duration: Text,
}
