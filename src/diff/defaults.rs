//! What the API server fills in for fields that are absent.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

/// Constant defaults, read back from the API server and proved by `tests/real/run tables`.
const DEFAULTS: &str = include_str!("kubernetes.defaults");

/// Values that say as much as their absence, found out and proved in the same way.
const ZEROS: &str = include_str!("kubernetes.zeros");

/// Values by type and field.
type Table = HashMap<(&'static str, &'static str), Value>;

fn read(text: &'static str) -> Table {
    let line = |line: &'static str| {
        let (place, value) = line.split_once('=')?;
        Some((place.split_once(' ')?, serde_json::from_str(value).ok()?))
    };
    text.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect()
}

/// Whether a value of a field of a type says as much as its absence: `hostNetwork: false`, `value: ""`.
pub(super) fn is_zero(type_name: &'static str, field: &str, value: &Value) -> bool {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| read(ZEROS)).get(&(type_name, field)) == Some(value)
}

/// The default of a field of a type; `owner` is the mapping in which the field is absent.
pub(super) fn default_of(type_name: &'static str, field: &str, owner: &Map<String, Value>) -> Option<Value> {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE
        .get_or_init(|| read(DEFAULTS))
        .get(&(type_name, field))
        .cloned()
        .or_else(|| dependent(type_name, field, owner))
}

/// Defaults that follow from other fields.
fn dependent(type_name: &str, field: &str, owner: &Map<String, Value>) -> Option<Value> {
    let text = |key: &str| owner.get(key).and_then(Value::as_str);
    match (type_name, field) {
        ("core.v1.Container", "imagePullPolicy") => Some(json!(pull_policy(text("image")?))),
        ("core.v1.ImageVolumeSource", "pullPolicy") => Some(json!(pull_policy(text("reference")?))),
        ("core.v1.ServicePort", "targetPort") => owner.get("port").cloned(),
        ("core.v1.PodSpec", "serviceAccount") => owner.get("serviceAccountName").cloned(),
        ("core.v1.ServiceSpec", field) => of_service(field, text("type").unwrap_or("ClusterIP")),
        ("networking.v1.NetworkPolicySpec", "policyTypes") => {
            let has_egress = owner.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
            Some(if has_egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) })
        }
        ("rbac.v1.Subject", "apiGroup") => {
            (text("kind") != Some("ServiceAccount")).then(|| json!("rbac.authorization.k8s.io"))
        }
        ("apps.v1.DeploymentStrategy", "rollingUpdate") if text("type") != Some("Recreate") => {
            Some(json!({"maxSurge": "25%", "maxUnavailable": "25%"}))
        }
        ("apps.v1.DaemonSetUpdateStrategy", "rollingUpdate") if text("type") != Some("OnDelete") => {
            Some(json!({"maxSurge": 0, "maxUnavailable": 1}))
        }
        ("apps.v1.StatefulSetUpdateStrategy", "rollingUpdate") if text("type") != Some("OnDelete") => {
            Some(json!({"partition": 0}))
        }
        ("batch.v1.JobSpec", field) => of_job(field),
        _ => None,
    }
}

fn of_service(field: &str, kind: &str) -> Option<Value> {
    let opens_nodes = matches!(kind, "NodePort" | "LoadBalancer");
    match field {
        "internalTrafficPolicy" if kind != "ExternalName" => Some(json!("Cluster")),
        "externalTrafficPolicy" if opens_nodes => Some(json!("Cluster")),
        "allocateLoadBalancerNodePorts" if kind == "LoadBalancer" => Some(json!(true)),
        "ipFamilyPolicy" if kind != "ExternalName" => Some(json!("SingleStack")),
        _ => None,
    }
}

fn of_job(field: &str) -> Option<Value> {
    match field {
        "backoffLimit" => Some(json!(6)),
        "completionMode" => Some(json!("NonIndexed")),
        "completions" | "parallelism" => Some(json!(1)),
        "manualSelector" | "suspend" => Some(json!(false)),
        "podReplacementPolicy" => Some(json!("TerminatingOrFailed")),
        _ => None,
    }
}

/// `latest`, or no tag at all, is pulled each time.
fn pull_policy(image: &str) -> &'static str {
    let name = image.split('@').next().unwrap_or(image);
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    let is_moving = matches!(tag, Some("latest")) || (tag.is_none() && !image.contains('@'));
    if is_moving { "Always" } else { "IfNotPresent" }
}
