//! Fields that the API server refuses to change, and what must be done instead.

use serde_json::Value;

use super::class::{Class, shrinks};
use super::walk::Found;
use crate::tree::{ResourceId, text};

/// Fields of a StatefulSet's `spec` that may change; all others may not.
const OF_STATEFUL_SET: [&str; 7] = [
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
];
/// Fields of a Job's `spec` that may change.
const OF_JOB: [&str; 6] =
    ["activeDeadlineSeconds", "backoffLimit", "parallelism", "suspend", "ttlSecondsAfterFinished", "completions"];
/// Fields of a Pod's `spec` that may change.
const OF_POD: [&str; 4] = ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"];

/// Whether the API server refuses the change of a field.
pub(super) fn judge(
    id: &ResourceId,
    keys: &[&str],
    found: &Found,
    right: &Value,
) -> Option<(Class, Option<&'static str>)> {
    let refused = match (id.group.as_str(), id.kind.as_str(), keys) {
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet", ["spec", "selector", ..]) => true,
        ("apps", "StatefulSet", ["spec", "volumeClaimTemplates", ..]) => true,
        ("apps", "StatefulSet", ["spec", field, ..]) => !OF_STATEFUL_SET.contains(field),
        ("batch", "Job", ["spec", "completions"]) => !is_indexed(right),
        ("batch", "Job", ["spec", field, ..]) => !OF_JOB.contains(field),
        ("", "Pod", ["spec", "containers" | "initContainers", "image"]) => false,
        ("", "Pod", ["spec", field, ..]) => !OF_POD.contains(field),
        ("", "Service", ["spec", "clusterIP" | "clusterIPs", ..]) => found.left.is_some() && found.right.is_some(),
        ("", "PersistentVolumeClaim", ["spec", "resources", "requests", ..]) => shrinks(found),
        ("", "PersistentVolumeClaim", ["spec", "resources" | "volumeAttributesClassName", ..]) => false,
        ("", "PersistentVolumeClaim", ["spec", ..]) => true,
        ("", "PersistentVolume", ["spec", field, ..]) => is_volume_source(field),
        ("", "ConfigMap" | "Secret", ["immutable"]) => {
            found.left.as_ref().is_some_and(|value| *value == Value::Bool(true))
        }
        ("", "Secret", ["type"]) => true,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding", ["roleRef", ..]) => true,
        (
            "storage.k8s.io",
            "StorageClass",
            ["parameters" | "provisioner" | "reclaimPolicy" | "volumeBindingMode", ..],
        ) => true,
        ("storage.k8s.io", "CSIDriver", ["spec", "attachRequired" | "fsGroupPolicy", ..]) => true,
        ("scheduling.k8s.io", "PriorityClass", ["value" | "preemptionPolicy"]) => true,
        ("networking.k8s.io", "IngressClass", ["spec", "controller"]) => true,
        ("node.k8s.io", "RuntimeClass", ["handler"]) => true,
        ("apiextensions.k8s.io", "CustomResourceDefinition", ["spec", "group" | "scope"]) => true,
        ("apiextensions.k8s.io", "CustomResourceDefinition", ["spec", "names", "kind" | "plural" | "listKind"]) => true,
        _ => false,
    };
    refused.then_some((Class::Immutable, None))
}

fn is_indexed(job: &Value) -> bool {
    text(job, "/spec/completionMode") == "Indexed"
}

/// The part of a volume that says where its data is.
fn is_volume_source(field: &str) -> bool {
    !matches!(
        field,
        "accessModes"
            | "capacity"
            | "claimRef"
            | "mountOptions"
            | "nodeAffinity"
            | "persistentVolumeReclaimPolicy"
            | "storageClassName"
            | "volumeAttributesClassName"
            | "volumeMode"
    )
}

/// What to do about a resource that the API server would refuse to change.
pub(super) fn advice(id: &ResourceId) -> String {
    let place = id.namespace.as_deref().map(|namespace| format!(" --namespace {namespace}")).unwrap_or_default();
    let delete = format!("`kubectl delete {} {}{place}", id.kind.to_lowercase(), id.name);
    let what = match id.kind.as_str() {
        "StatefulSet" => format!("{delete} --cascade=orphan`: its pods and claims stay, the sync makes it anew"),
        "Deployment" | "DaemonSet" | "ReplicaSet" => {
            format!("{delete}`: its pods stop until the sync makes it anew; another name avoids that")
        }
        "PersistentVolumeClaim" => {
            "make a claim of another name and copy the data; deleting this one may delete what it stores".to_owned()
        }
        "PersistentVolume" => {
            format!("{delete}`, once its claim is gone and its reclaim policy is Retain, or what it stores is deleted")
        }
        "Service" => format!("{delete}`: it cannot be reached until the sync makes it anew, and its address changes"),
        "StorageClass" => format!("{delete}`: volumes that exist keep the old settings"),
        "RoleBinding" | "ClusterRoleBinding" => format!("{delete}`: its subjects have no permissions until the sync"),
        "CustomResourceDefinition" => {
            "define another kind and move the resources; deleting this one deletes them all".to_owned()
        }
        _ => format!("{delete}`: the sync makes it anew"),
    };
    format!("the API server refuses this change; before the sync: {what}")
}
