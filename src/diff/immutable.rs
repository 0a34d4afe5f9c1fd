//! Fields that the API server refuses to change, and what must be done instead.

use serde_json::Value;

use super::Op;
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
/// Fields of a Job's `spec` that may change; `completions` and `template` may under conditions.
const OF_JOB: [&str; 7] = [
    "activeDeadlineSeconds",
    "backoffLimit",
    "maxFailedIndexes",
    "parallelism",
    "podReplacementPolicy",
    "suspend",
    "ttlSecondsAfterFinished",
];
/// Fields of a PersistentVolume's `spec` that may change; most others say where its data is.
const OF_VOLUME: [&str; 7] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
];

/// Whether the API server refuses the change of a field; proved by `tests/real/run immutable`.
pub(super) fn judge(
    id: &ResourceId,
    keys: &[&str],
    found: &Found,
    left: &Value,
    right: &Value,
) -> Option<(Class, Option<&'static str>)> {
    let was_there = found.left.is_some();
    let refused = match (id.group.as_str(), id.kind.as_str(), keys) {
        ("apps", "Deployment" | "DaemonSet" | "ReplicaSet", ["spec", "selector", ..]) => true,
        ("apps", "StatefulSet", ["spec", field, ..]) => !OF_STATEFUL_SET.contains(field),
        ("apps", "ControllerRevision", ["data", ..]) => true,
        ("batch", "Job", ["spec", rest @ ..]) => of_job(rest, found, left, right),
        ("", "Pod", ["spec", rest @ ..]) => of_pod(rest, found, left),
        ("", "Service", ["spec", field, ..]) => of_service(field, found, left, right),
        ("", "PersistentVolumeClaim", ["spec", "resources", "requests", ..]) => shrinks(found),
        ("", "PersistentVolumeClaim", ["spec", "volumeAttributesClassName"]) => false,
        // A controller may have filled them in, but where they are absent they may be.
        ("", "PersistentVolumeClaim", ["spec", "storageClassName" | "volumeName"]) => was_there,
        ("", "PersistentVolumeClaim", ["spec", ..]) => true,
        ("", "PersistentVolume", ["spec", "nodeAffinity", ..] | ["spec", "csi", "controllerExpandSecretRef", ..]) => {
            found.op != Op::Add
        }
        ("", "PersistentVolume", ["spec", field, ..]) => !OF_VOLUME.contains(field),
        ("", "ConfigMap" | "Secret", ["data" | "binaryData" | "immutable", ..]) => is_true(left, "/immutable"),
        ("", "Secret", ["type"]) => true,
        ("", "ResourceQuota", ["spec", "scopes", ..]) => true,
        ("", "Node", ["spec", "podCIDR" | "podCIDRs" | "providerID", ..]) => was_there,
        ("", "Node", ["spec", "externalID"]) => true,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding", ["roleRef", ..]) => true,
        (
            "storage.k8s.io",
            "StorageClass",
            ["parameters" | "provisioner" | "reclaimPolicy" | "volumeBindingMode", ..],
        )
        | ("storage.k8s.io", "CSIDriver", ["spec", "attachRequired" | "volumeLifecycleModes", ..])
        | ("storage.k8s.io", "CSINode", ["spec", "drivers", _, ..])
        | ("storage.k8s.io", "CSIStorageCapacity", ["nodeTopology" | "storageClassName", ..])
        | ("storage.k8s.io", "VolumeAttachment", ["spec", ..])
        | ("storage.k8s.io", "VolumeAttributesClass", ["driverName" | "parameters", ..]) => true,
        ("scheduling.k8s.io", "PriorityClass", ["value" | "preemptionPolicy"]) => true,
        ("networking.k8s.io", "IngressClass", ["spec", "controller"]) => true,
        ("networking.k8s.io", "IPAddress", ["spec", ..]) => true,
        ("networking.k8s.io", "ServiceCIDR", ["spec", "cidrs", ..]) => found.op != Op::Add,
        ("node.k8s.io", "RuntimeClass", ["handler"]) => true,
        ("discovery.k8s.io", "EndpointSlice", ["addressType"]) => true,
        ("events.k8s.io", "Event", [field, ..]) => !matches!(*field, "metadata" | "series"),
        ("resource.k8s.io", "ResourceClaim" | "ResourceClaimTemplate", ["spec", ..])
        | ("resource.k8s.io", "ResourceSlice", ["spec", "driver" | "nodeName"] | ["spec", "pool", "name"]) => true,
        (
            "apiextensions.k8s.io",
            "CustomResourceDefinition",
            ["spec", "group" | "scope"] | ["spec", "names", "kind" | "plural"] | ["spec", "versions", "name"],
        ) => true,
        // Objects may be stored in it.
        ("apiextensions.k8s.io", "CustomResourceDefinition", ["spec", "versions"]) => {
            found.op == Op::Remove && found.left.as_ref().is_some_and(|version| is_true(version, "/storage"))
        }
        _ => false,
    };
    refused.then_some((Class::Immutable, None))
}

fn of_job(field: &[&str], found: &Found, left: &Value, right: &Value) -> bool {
    let at = |job: &'_ Value, field: &str| job.pointer(field).filter(|value| !value.is_null()).cloned();
    match field {
        ["completions"] => {
            let parallelism = at(right, "/spec/parallelism").unwrap_or_else(|| Value::from(1));
            text(right, "/spec/completionMode") != "Indexed" || at(right, "/spec/completions") != Some(parallelism)
        }
        // Without it the job is completed by one pod; with it, by any.
        ["parallelism"] => {
            found.right.is_none() && [left, right].iter().all(|job| at(job, "/spec/completions").is_none())
        }
        ["template", inside @ ..] => !(is_true(left, "/spec/suspend") && is_for_scheduling(inside, found)),
        [field, ..] => !OF_JOB.contains(field),
        [] => true,
    }
}

/// What may change in the template of a suspended Job.
fn is_for_scheduling(field: &[&str], found: &Found) -> bool {
    match field {
        ["metadata", "labels" | "annotations", ..]
        | ["spec", "nodeSelector" | "schedulingGates" | "tolerations", ..]
        | ["spec", "affinity", "nodeAffinity", ..]
        | ["spec", "containers" | "initContainers", "resources", ..] => true,
        ["spec", "affinity"] => {
            let value = found.left.as_ref().or(found.right.as_ref()).and_then(Value::as_object);
            value.is_some_and(|map| map.keys().all(|key| key == "nodeAffinity"))
        }
        _ => false,
    }
}

fn of_pod(field: &[&str], found: &Found, left: &Value) -> bool {
    let waits = left.pointer("/spec/schedulingGates").and_then(Value::as_array).is_some_and(|gates| !gates.is_empty());
    let seconds = |value: &Option<Value>| value.as_ref().and_then(Value::as_i64);
    match field {
        ["containers" | "initContainers", "image"] => false,
        ["activeDeadlineSeconds"] => match (seconds(&found.left), seconds(&found.right)) {
            (left, Some(right)) => left.is_some_and(|left| left < right),
            (_, None) => true,
        },
        ["tolerations", ..] => found.op != Op::Add,
        ["schedulingGates", ..] => found.op != Op::Remove,
        ["affinity" | "nodeSelector", ..] if waits => found.op != Op::Add,
        _ => true,
    }
}

/// What the API server allots to a Service, or a controller goes by, stays as long as its type wants it.
fn of_service(field: &str, found: &Found, left: &Value, right: &Value) -> bool {
    let both = |holds: &dyn Fn(&Value) -> bool| holds(left) && holds(right);
    let is_balanced = |service: &Value| text(service, "/spec/type") == "LoadBalancer";
    match field {
        "clusterIP" | "clusterIPs" => {
            found.right.is_some() && both(&|service| text(service, "/spec/type") != "ExternalName")
        }
        "loadBalancerClass" => both(&is_balanced),
        "healthCheckNodePort" => {
            let is_local = |service: &Value| text(service, "/spec/externalTrafficPolicy") == "Local";
            found.right.is_some() && both(&|service| is_balanced(service) && is_local(service))
        }
        _ => false,
    }
}

fn is_true(resource: &Value, pointer: &str) -> bool {
    resource.pointer(pointer) == Some(&Value::Bool(true))
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
