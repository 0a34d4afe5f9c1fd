//! The configuration file as it is written: one Rust type for each block of `platform.yaml`.
//!
//! These types say what a block may hold (their doc comments become the editor's help through the JSON
//! Schema). What blocks say of each other is checked in `resolve`.

mod cluster;
mod components;
mod experiments;
mod gateway;
mod operations;
mod releases;
mod secrets;
mod service;

pub use cluster::{Architecture, ClusterSpec, DaemonSpec, NodeRole, NodeSpec, SystemPodSpec};
pub use components::{
    CloudflaredSpec, EmailsSpec, OAuth2ProxySpec, PgBouncerSpec, PoolMode, PostgresSpec, Provider, StorageSpec,
};
pub use experiments::{Activation, ExperimentsSpec, GitHubCredentialsSpec};
pub use gateway::{CorsSpec, ForwardAuthSpec, GatewaySpec, MiddlewareSpec, SignInSpec};
pub use operations::{
    ArgoCdSpec, ComposeSpec, EnvironmentSpec, JsonPatchSpec, MonitoringSpec, PatchChange, PatchOperation, PatchSpec,
    PatchTarget, Waiver,
};
pub use releases::{ReleasedSpec, ReleasesSpec, Unconventional, VersionPolicy};
pub use secrets::{SecretKeyRef, SecretSpec};
pub use service::{
    EnvSource, EnvValue, ExposureSpec, LifecycleSpec, PermittedHostsSpec, ProbeAction, ProbeSpec, ProbesSpec,
    ServiceSpec,
};

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{ComponentName, EnvironmentName, ObjectName};

/// The Ahuora Digital Platform on its cluster: everything that `ahuora generate` turns into manifests.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileSpec {
    /// Name of the platform: the label `app.kubernetes.io/part-of` and the prefix of cluster-wide objects.
    pub name: ComponentName,
    /// The cluster that everything runs on.
    pub cluster: Arc<ClusterSpec>,
    /// Environments: each the whole platform in its own namespace, with its own hosts and overrides.
    pub environments: Arc<BTreeMap<EnvironmentName, EnvironmentSpec>>,
    /// Secrets that the cluster must hold; only names and keys stand here, never values.
    #[serde(default)]
    pub secrets: Arc<BTreeMap<ObjectName, SecretSpec>>,
    /// The platform's own services, by name.
    pub services: BTreeMap<ComponentName, Arc<ServiceSpec>>,
    /// The database.
    pub postgres: Option<Arc<PostgresSpec>>,
    /// The connection pool before the database.
    pub pgbouncer: Option<Arc<PgBouncerSpec>>,
    /// The sign-in service.
    #[serde(rename = "oauth2-proxy")]
    pub oauth2_proxy: Option<Arc<OAuth2ProxySpec>>,
    /// The tunnel from Cloudflare to the cluster's gateway.
    pub cloudflared: Option<Arc<CloudflaredSpec>>,
    /// Traefik's middlewares, and how hosts get their certificates.
    pub gateway: Arc<GatewaySpec>,
    /// Metrics and logs, by the chart `k8s-monitoring`.
    pub monitoring: Option<MonitoringSpec>,
    /// How Argo CD syncs this repository.
    #[serde(rename = "argo-cd")]
    pub argo_cd: ArgoCdSpec,
    /// The Compose benchmark: a part of the platform on one machine.
    pub compose: Option<ComposeSpec>,
    /// How components get their versions; a `release.yaml` in the repository of the sources says it instead.
    pub releases: Option<ReleasesSpec>,
    /// Changes to single generated resources that no other key expresses.
    #[serde(default)]
    pub patches: Arc<Vec<PatchSpec>>,
    /// Findings of `ahuora check` that are accepted, each for one rule on one resource with a reason.
    #[serde(default)]
    pub waivers: Arc<Vec<Waiver>>,
}
