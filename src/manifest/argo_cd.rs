//! Argo CD: a project, an Application for each environment, and the one that syncs them all.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::custom::argo_cd::{
    AppProject, AppProjectSpec, Application, ApplicationSpec, Automated, Backoff, Destination, Directory, GroupKind,
    Retry, Source, SyncPolicy,
};
use super::meta::NAME_LABEL;
use super::{CLUSTER, value_of};
use crate::config::{Configuration, Operations};
use crate::platform::Platform;

/// The cluster that Argo CD itself runs in.
pub(super) const THIS_CLUSTER: &str = "https://kubernetes.default.svc";

pub(super) fn build(configuration: &Configuration, out: &str) -> Vec<Value> {
    let operations = &configuration.operations;
    let mut resources = vec![value_of(&project(configuration)), value_of(&bootstrap(operations, out))];
    resources.extend(configuration.platforms.iter().map(|platform| value_of(&application(operations, platform, out))));
    resources
}

/// Metadata of an Argo CD object.
pub(super) fn metadata(operations: &Operations, name: String) -> ObjectMeta {
    let labels = [
        (NAME_LABEL, name.clone()),
        ("app.kubernetes.io/part-of", operations.name.to_string()),
        ("app.kubernetes.io/managed-by", "ahuora".to_owned()),
    ];
    ObjectMeta {
        name: Some(name),
        namespace: Some(operations.argo_cd.namespace.to_string()),
        labels: Some(labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>()),
        ..ObjectMeta::default()
    }
}

/// The project of the environments: this repository, their namespaces, and four cluster-wide kinds.
fn project(configuration: &Configuration) -> AppProject {
    let operations = &configuration.operations;
    let kinds = [
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
    ];
    let destinations = configuration
        .platforms
        .iter()
        .map(|platform| Destination { server: THIS_CLUSTER.into(), namespace: platform.scope.namespace.to_string() });
    let spec = AppProjectSpec {
        description: format!("Environments of {}", operations.name),
        source_repos: vec![operations.argo_cd.repository.to_string()],
        destinations: destinations.collect(),
        cluster_resource_whitelist: kinds
            .map(|(group, kind)| GroupKind { group: group.into(), kind: kind.into() })
            .into(),
    };
    AppProject::new(metadata(operations, operations.name.to_string()), spec)
}

/// The Application of one environment.
fn application(operations: &Operations, platform: &Platform, out: &str) -> Application {
    let scope = &platform.scope;
    let spec = ApplicationSpec {
        project: operations.name.to_string(),
        source: folder(operations, out, scope.environment.as_str()),
        destination: Destination { server: THIS_CLUSTER.into(), namespace: scope.namespace.to_string() },
        sync_policy: sync_policy(),
    };
    Application::new(metadata(operations, format!("{}-{}", operations.name, scope.environment)), spec)
}

/// The Application of this folder: applied once by hand, it brings everything else, itself included.
fn bootstrap(operations: &Operations, out: &str) -> Application {
    let spec = ApplicationSpec {
        project: "default".to_owned(),
        source: folder(operations, out, CLUSTER),
        destination: Destination { server: THIS_CLUSTER.into(), namespace: operations.argo_cd.namespace.to_string() },
        sync_policy: sync_policy(),
    };
    Application::new(metadata(operations, format!("{}-bootstrap", operations.name)), spec)
}

fn folder(operations: &Operations, out: &str, name: &str) -> Source {
    Source {
        repo_url: operations.argo_cd.repository.to_string(),
        target_revision: operations.argo_cd.branch.clone(),
        path: Some(format!("{out}/{name}")),
        directory: Some(Directory { recurse: true }),
        chart: None,
        helm: None,
    }
}

/// What git says is so, and stays so: changes made by hand are reverted, removed resources go.
pub(super) fn sync_policy() -> SyncPolicy {
    SyncPolicy {
        automated: Automated { prune: true, self_heal: true },
        sync_options: vec!["ApplyOutOfSyncOnly=true".into(), "PruneLast=true".into(), "ServerSideApply=true".into()],
        managed_namespace_metadata: None,
        retry: Retry { limit: 5, backoff: Backoff { duration: "10s".into(), factor: 2, max_duration: "3m".into() } },
    }
}
