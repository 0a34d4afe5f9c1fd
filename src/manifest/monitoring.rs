//! Monitoring: the Helm chart `k8s-monitoring` as an Argo CD Application, its values in place.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::argo_cd::{THIS_CLUSTER, metadata, sync_policy};
use super::custom::argo_cd::{Application, ApplicationSpec, Destination, Helm, NamespaceMetadata, Source, SyncPolicy};
use super::value_of;
use crate::config::Operations;
use crate::spec::MonitoringSpec;

pub(super) fn build(operations: &Operations, monitoring: &MonitoringSpec) -> Value {
    // Node Exporter reads the host's files: the namespace cannot be restricted.
    let labels = BTreeMap::from([("pod-security.kubernetes.io/enforce".to_owned(), "privileged".to_owned())]);
    let base = sync_policy();
    let mut sync_options = base.sync_options;
    sync_options.push("CreateNamespace=true".into());
    let spec = ApplicationSpec {
        // The chart installs cluster-wide roles and definitions, which the platform's project forbids.
        project: "default".to_owned(),
        source: Source {
            repo_url: monitoring.repository.to_string(),
            target_revision: monitoring.version.to_string(),
            chart: Some(monitoring.chart.to_string()),
            helm: Some(Helm {
                release_name: monitoring.chart.to_string(),
                values_object: values(operations, monitoring),
            }),
            path: None,
            directory: None,
        },
        destination: Destination { server: THIS_CLUSTER.into(), namespace: monitoring.namespace.to_string() },
        sync_policy: SyncPolicy {
            sync_options,
            managed_namespace_metadata: Some(NamespaceMetadata { labels }),
            ..base
        },
        info: Vec::new(),
    };
    value_of(&Application::new(metadata(operations, "monitoring".to_owned()), spec))
}

/// Values of the chart (its version 4): what is collected, where it goes, and on which nodes.
fn values(operations: &Operations, monitoring: &MonitoringSpec) -> Value {
    let keys = &monitoring.keys;
    let destination = |kind: &str, url_key: &str, username_key: &str| {
        json!({
            "type": kind,
            "urlFrom": format!("convert.nonsensitive(remote.kubernetes.secret.{}.data[\"{url_key}\"])", if kind == "loki" { "logs" } else { "metrics" }),
            "auth": {"type": "basic", "usernameKey": username_key, "passwordKey": keys.password.as_str()},
            "secret": {"create": false, "name": monitoring.credentials.as_str(), "namespace": monitoring.namespace.as_str()},
        })
    };
    // Only nodes with internet can upload.
    let online: Vec<&str> =
        operations.cluster.nodes.iter().filter(|node| node.internet).map(|node| node.name.as_str()).collect();
    let on_online_nodes = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": online}]}
    ]}}});
    let interval = format!("{}s", monitoring.interval.get());
    json!({
        "cluster": {"name": operations.name.as_str()},
        "global": {"scrapeInterval": interval},
        "destinations": {
            "metrics": destination("prometheus", keys.metrics_url.as_str(), keys.metrics_username.as_str()),
            "logs": destination("loki", keys.logs_url.as_str(), keys.logs_username.as_str()),
        },
        "clusterMetrics": {
            "enabled": true,
            "collector": "alloy-metrics",
            "cadvisor": {"metricsTuning": {"keepPhysicalFilesystemDevices": monitoring.storage_devices}},
        },
        "hostMetrics": {"enabled": true, "collector": "alloy-metrics", "linuxHosts": {"enabled": true}},
        "clusterEvents": {"enabled": true, "collector": "alloy-singleton"},
        "podLogsViaKubernetesApi": {"enabled": true, "collector": "alloy-metrics"},
        "collectors": {
            "alloy-metrics": {"presets": ["small", "clustered", "statefulset"], "controller": {"affinity": on_online_nodes}},
            "alloy-singleton": {"presets": ["small", "singleton"], "controller": {"affinity": on_online_nodes}},
        },
        // Without a priority a DaemonSet can lose its place on a node to the database, and never find another.
        "telemetryServices": {
            "kube-state-metrics": {"deploy": true},
            "node-exporter": {"deploy": true, "priorityClassName": "system-node-critical"},
        },
    })
}
