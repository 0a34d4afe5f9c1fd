//! What a change does to the cluster.

use serde_json::Value;

use super::immutable;
use super::quantity::quantity;
use super::walk::Found;
use super::{Op, Verb};
use crate::tree::ResourceId;

/// What a change does, from nothing to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Nothing: another way to say the same.
    None,
    /// Labels, annotations and API versions that nothing acts on by itself.
    Metadata,
    /// A controller or a later pod takes it over; nothing is restarted for it.
    InPlace,
    /// The pods are replaced, one after the other.
    Restart,
    /// How much runs, or how much it may take.
    Capacity,
    /// Who may reach what: Services, Ingresses, network policies, middlewares, permissions.
    Exposure,
    /// The API server refuses it: the object must be deleted or made anew.
    Immutable,
    /// What is stored may be lost.
    Data,
}

impl Class {
    /// Every class, the worst first.
    pub const ALL: [Self; 8] = [
        Self::Data,
        Self::Immutable,
        Self::Exposure,
        Self::Capacity,
        Self::Restart,
        Self::InPlace,
        Self::Metadata,
        Self::None,
    ];

    /// Its name in text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "no effect",
            Self::Metadata => "metadata only",
            Self::InPlace => "in place",
            Self::Restart => "rolling restart",
            Self::Capacity => "capacity",
            Self::Exposure => "exposure",
            Self::Immutable => "immutable",
            Self::Data => "data at risk",
        }
    }

    /// Its name for programs.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Metadata => "metadata",
            Self::InPlace => "in-place",
            Self::Restart => "restart",
            Self::Capacity => "capacity",
            Self::Exposure => "exposure",
            Self::Immutable => "immutable",
            Self::Data => "data",
        }
    }
}

/// A class and, where the field does not say it, the reason.
type Judged = (Class, Option<&'static str>);

/// Kinds that run pods from a template.
const WORKLOADS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"];
/// Groups all of whose kinds say who may reach what.
const EXPOSING_GROUPS: [&str; 8] = [
    "networking.k8s.io",
    "gateway.networking.k8s.io",
    "traefik.io",
    "traefik.containo.us",
    "cert-manager.io",
    "rbac.authorization.k8s.io",
    "networking.istio.io",
    "security.istio.io",
];

/// What the change of a field does.
pub(super) fn of_change(id: &ResourceId, found: &Found, left: &Value, right: &Value) -> Judged {
    if let Some((class, why)) = found.class {
        return (class, Some(why));
    }
    let keys: Vec<&str> = found.path.keys().collect();
    if let Some(judged) = immutable::judge(id, &keys, found, left, right) {
        return judged;
    }
    if found.op == Op::Order && matches!(keys.as_slice(), ["spec", "template", ..]) {
        return (Class::Restart, Some("another order is another template: the pods are replaced"));
    }
    match keys.as_slice() {
        ["status", ..]
        | ["metadata", "creationTimestamp" | "generation" | "managedFields" | "resourceVersion" | "uid"] => {
            (Class::None, Some("the cluster writes it"))
        }
        ["apiVersion"] => (Class::Metadata, None),
        ["metadata", "finalizers" | "ownerReferences", ..] => {
            (Class::Data, Some("it decides when objects are deleted"))
        }
        ["metadata", map, key] => of_metadata(id, map, key),
        ["metadata", ..] => (Class::Metadata, None),
        keys => of_field(id, keys, found),
    }
}

/// Annotations that controllers obey change what they do.
fn of_metadata(id: &ResourceId, map: &str, key: &str) -> Judged {
    let owner = key.split_once('/').map_or("", |(owner, _)| owner);
    let is_obeyed = map == "annotations" && (is_exposing(id) && !owner.is_empty() && owner != "kubectl.kubernetes.io");
    match owner {
        "pod-security.kubernetes.io" => (Class::Exposure, Some("it decides which pods are admitted")),
        "argocd.argoproj.io" if map == "annotations" => (Class::InPlace, Some("it changes how Argo CD syncs")),
        "storageclass.kubernetes.io" => (Class::InPlace, Some("it chooses the default storage")),
        _ if is_obeyed => (Class::Exposure, Some("the controller obeys the annotation")),
        _ => (Class::Metadata, None),
    }
}

fn is_exposing(id: &ResourceId) -> bool {
    EXPOSING_GROUPS.contains(&id.group.as_str())
        || (id.group.is_empty() && matches!(id.kind.as_str(), "Service" | "Endpoints"))
}

fn of_field(id: &ResourceId, keys: &[&str], found: &Found) -> Judged {
    let is_workload = WORKLOADS.contains(&id.kind.as_str());
    match (id.kind.as_str(), keys) {
        ("StatefulSet", ["spec", "template", "spec", "containers", "image"]) => of_stored_image(found),
        (
            "StatefulSet",
            ["spec", "template", "spec", "containers", "volumeMounts", ..]
            | ["spec", "template", "spec", "volumes", ..],
        ) => (Class::Data, Some("the pods may look for their data elsewhere")),
        ("StatefulSet", ["spec", "persistentVolumeClaimRetentionPolicy", ..]) => {
            (Class::Data, Some("it decides whether claims outlive their pods"))
        }
        (_, ["spec", "template", "spec", "containers" | "initContainers", "resources", ..]) if is_workload => {
            (Class::Capacity, Some("with a rolling restart"))
        }
        (_, ["spec", "template", ..]) if is_workload => (Class::Restart, None),
        (_, ["spec", "replicas"]) => (Class::Capacity, None),
        (
            "HorizontalPodAutoscaler"
            | "PodDisruptionBudget"
            | "ResourceQuota"
            | "LimitRange"
            | "ScaledObject"
            | "VerticalPodAutoscaler",
            ["spec", ..],
        ) => (Class::Capacity, None),
        ("Job" | "CronJob", [.., "parallelism" | "completions"] | [.., "resources", _, _]) => (Class::Capacity, None),
        ("PersistentVolumeClaim", ["spec", "resources", ..]) => (Class::Capacity, Some("the volume grows")),
        ("PersistentVolume", ["spec", "persistentVolumeReclaimPolicy"]) => {
            (Class::Data, Some("it decides whether the data outlives its claim"))
        }
        ("PersistentVolumeClaim" | "PersistentVolume", ["spec", ..]) => (Class::Data, None),
        ("Pod", ["spec", ..]) => (Class::Restart, None),
        ("Application", ["spec", "destination", ..])
        | ("ApplicationSet", ["spec", "template", "spec", "destination", ..]) => {
            (Class::Data, Some("everything moves to another cluster or namespace"))
        }
        ("ServiceAccount", ["automountServiceAccountToken"]) => (Class::Exposure, None),
        ("ConfigMap" | "Secret", ["data" | "binaryData", ..]) => {
            (Class::InPlace, Some("mounted files follow within minutes, variables at the next start of a pod"))
        }
        _ if is_exposing(id) => (Class::Exposure, None),
        _ => (Class::InPlace, None),
    }
}

/// The program that owns stored data: another program, or another major version, may not read it.
fn of_stored_image(found: &Found) -> Judged {
    let parts = |value: &Option<Value>| {
        let image = value.as_ref()?.as_str()?.split('@').next()?.to_owned();
        let (name, tag) = image.rsplit_once(':').map(|(name, tag)| (name.to_owned(), tag.to_owned()))?;
        let major = tag.trim_start_matches('v').split(['.', '-']).next()?.to_owned();
        Some((name, major))
    };
    match (parts(&found.left), parts(&found.right)) {
        (Some(left), Some(right)) if left == right => (Class::Restart, None),
        _ => (Class::Data, Some("another program or major version opens the stored data")),
    }
}

/// What making, removing or renaming a whole resource does.
pub(super) fn of_resource(id: &ResourceId, verb: Verb) -> Judged {
    let kind = id.kind.as_str();
    let holds = matches!(kind, "StatefulSet" | "PersistentVolumeClaim" | "PersistentVolume");
    let owns = matches!(kind, "Namespace" | "CustomResourceDefinition" | "Application" | "ApplicationSet");
    match verb {
        Verb::Changed => (Class::None, None),
        Verb::Removed | Verb::Renamed if holds => (Class::Data, Some("what it stores may be deleted")),
        Verb::Removed | Verb::Renamed if owns => (Class::Data, Some("everything that belongs to it is deleted")),
        _ if WORKLOADS.contains(&kind) => (Class::Capacity, None),
        _ if matches!(
            kind,
            "HorizontalPodAutoscaler"
                | "PodDisruptionBudget"
                | "Job"
                | "CronJob"
                | "Pod"
                | "ResourceQuota"
                | "LimitRange"
        ) =>
        {
            (Class::Capacity, None)
        }
        _ if is_exposing(id) => (Class::Exposure, None),
        _ => (Class::InPlace, None),
    }
}

/// Whether an amount becomes smaller.
pub(super) fn shrinks(found: &Found) -> bool {
    let amount = |value: &Option<Value>| value.as_ref().and_then(quantity);
    match (amount(&found.left), amount(&found.right)) {
        (Some(left), Some(right)) => right.is_less_than(left),
        _ => found.op == Op::Remove,
    }
}
