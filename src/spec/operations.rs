//! How the platform is run: environments, Argo CD, monitoring, Compose, patches and waivers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::ExperimentsSpec;
use crate::values::{
    ComponentName, DataKey, Domain, EnvironmentName, ExactVersion, HttpsUrl, Namespace, ObjectName, Seconds,
};

/// One environment: the whole platform, with its own namespace and hosts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSpec {
    /// Its namespace; no two environments share one.
    pub namespace: Namespace,
    /// Its domain; exposed hosts stand under it.
    pub domain: Domain,
    /// Values that differ here: path in this file (`services.django-api.scaling`) and the value that
    /// replaces what stands there; `null` removes it.
    #[serde(default)]
    pub overrides: BTreeMap<String, serde_json::Value>,
}

/// How Argo CD syncs this repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArgoCdSpec {
    /// Namespace in which Argo CD runs.
    pub namespace: Namespace,
    /// URL of this repository, as Argo CD reaches it.
    pub repository: HttpsUrl,
    /// Branch that Argo CD follows.
    pub branch: String,
    /// How the permutations of experiments are put on the cluster; without it, every environment follows the branch.
    pub experiments: Option<ExperimentsSpec>,
}

/// Metrics and logs to Grafana Cloud, by the Helm chart `k8s-monitoring`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonitoringSpec {
    /// Name of the chart.
    pub chart: ComponentName,
    /// The chart's repository.
    pub repository: HttpsUrl,
    /// Exact version of the chart.
    pub version: ExactVersion,
    /// Namespace for everything it installs.
    pub namespace: Namespace,
    /// Secret with the addresses and credentials of Grafana Cloud.
    pub credentials: ObjectName,
    /// Keys of that Secret.
    pub keys: MonitoringKeys,
    /// How often metrics are collected and sent.
    pub interval: Seconds,
    /// Storage devices whose file-system activity is kept, as regular expressions of device names.
    pub storage_devices: Vec<String>,
}

/// Keys of the Secret with Grafana Cloud's addresses and credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonitoringKeys {
    /// URL that takes metrics (Prometheus remote write).
    pub metrics_url: DataKey,
    /// User of the metrics service.
    pub metrics_username: DataKey,
    /// URL that takes logs (Loki push).
    pub logs_url: DataKey,
    /// User of the logs service.
    pub logs_username: DataKey,
    /// Access-policy token of both.
    pub password: DataKey,
}

/// The Compose benchmark: services of one environment with their database, on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComposeSpec {
    /// The environment whose images and settings it has.
    pub environment: EnvironmentName,
    /// The services it runs, besides Postgres and PgBouncer.
    pub services: Vec<ComponentName>,
    /// Ports of this machine, by service: `service: port`.
    pub publish: BTreeMap<ComponentName, u16>,
}

/// A change to one generated resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchSpec {
    /// The resource.
    pub target: PatchTarget,
    /// Why no other key expresses it.
    pub reason: String,
    /// The change.
    pub change: PatchChange,
}

/// A generated resource, by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchTarget {
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Name of the object.
    pub name: ObjectName,
    /// The environment; without it, all of them.
    pub environment: Option<EnvironmentName>,
}

/// How a resource is changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PatchChange {
    /// JSON merge patch (RFC 7386): what stands here replaces, `null` removes.
    Merge(serde_json::Value),
    /// JSON patch (RFC 6902): operations in order.
    Json(Vec<JsonPatchSpec>),
}

/// One operation of a JSON patch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonPatchSpec {
    /// What to do.
    pub op: PatchOperation,
    /// Where, as a JSON pointer.
    pub path: String,
    /// The value, for `add`, `replace` and `test`.
    pub value: Option<serde_json::Value>,
}

/// The operations that a JSON patch may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PatchOperation {
    /// Insert a value.
    Add,
    /// Remove a value.
    Remove,
    /// Replace a value.
    Replace,
    /// Fail unless the value is this.
    Test,
}

/// An accepted finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiver {
    /// The rule, as `ahuora check` names it.
    pub rule: String,
    /// The resource, as `ahuora check` names it: `Deployment/idaes`.
    pub resource: String,
    /// The environment; without it, all of them.
    pub environment: Option<EnvironmentName>,
    /// Why the finding is accepted.
    pub reason: String,
}
