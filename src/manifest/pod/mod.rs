//! Pods: one container each, without privileges (Pod Security Standard *restricted*).

mod container;
mod volumes;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, LocalObjectReference, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm,
    PodSecurityContext, PodSpec, PodTemplateSpec, SeccompProfile, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest as _, Sha256};

use super::meta::{Owner, selector, versioned_labels};
use super::namespace::node_bound_name;
use crate::platform::{ResolvedEnv, Scope};
use crate::spec::{ProbeSpec, SecretKeyRef};
use crate::values::{ImageRef, Resources, Seconds};

/// Annotation with the digest of a pod's files: pods are replaced when a file changes.
const FILES_DIGEST: &str = "ahuora.org.nz/files-digest";

/// A pod as builders describe it.
pub(super) struct Pod<'a> {
    /// The component it belongs to.
    pub(super) owner: Owner<'a>,
    /// Image of its container.
    pub(super) image: &'a ImageRef,
    /// Secret with registry credentials.
    pub(super) pull_secret: Option<&'a str>,
    /// Command instead of the entry point.
    pub(super) command: Vec<String>,
    /// Arguments.
    pub(super) args: Vec<String>,
    /// Ports by name.
    pub(super) ports: Vec<(String, u16)>,
    /// Environment variables in order.
    pub(super) environment: Vec<(String, ResolvedEnv)>,
    /// What is mounted.
    pub(super) mounts: Vec<Mount<'a>>,
    /// User and group of the process.
    pub(super) user: u32,
    /// Startup, readiness and liveness.
    pub(super) probes: Probes<'a>,
    /// Wait before SIGTERM.
    pub(super) pre_stop: Seconds,
    /// Time until SIGKILL.
    pub(super) grace: Seconds,
    /// CPU and memory.
    pub(super) resources: &'a Resources,
    /// Nodes it may run on; none for all nodes of the architecture.
    pub(super) nodes: Option<Vec<String>>,
}

/// Probes of a container, and the Host header of their requests.
#[derive(Default)]
pub(super) struct Probes<'a> {
    pub(super) startup: Option<&'a ProbeSpec>,
    pub(super) readiness: Option<&'a ProbeSpec>,
    pub(super) liveness: Option<&'a ProbeSpec>,
    /// A host name that the service answers to; without it the pod's address is sent.
    pub(super) host: Option<String>,
}

/// Something mounted into a container.
pub(super) enum Mount<'a> {
    /// A file from the component's ConfigMap.
    File { path: String, content: String },
    /// A folder with one key of a Secret as its file; it follows changes of the Secret.
    Secret { folder: String, reference: &'a SecretKeyRef },
    /// A folder that the container may write to.
    Writable { path: String },
    /// A volume that the workload itself claims.
    Claim { path: String, name: &'static str },
}

impl Pod<'_> {
    /// Files of the ConfigMap: key and content. The key is the path with `/` as `.`, so that two files of
    /// one name in different folders stay apart.
    pub(super) fn files(&self) -> impl Iterator<Item = (String, &str)> {
        self.mounts.iter().filter_map(|mount| match mount {
            Mount::File { path, content } => Some((file_key(path), content.as_str())),
            _ => None,
        })
    }
}

fn file_key(path: &str) -> String {
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '.' }
    };
    path.trim_start_matches('/').chars().map(legal).collect()
}

/// The template of a workload's pods; `spread` keeps several pods on different nodes where that is possible.
pub(super) fn template(scope: &Scope, pod: &Pod<'_>, spread: bool) -> PodTemplateSpec {
    let digest = files_digest(pod);
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(versioned_labels(scope, pod.owner, pod.image.version_label())),
            annotations: digest.map(|digest| BTreeMap::from([(FILES_DIGEST.to_owned(), digest)])),
            ..ObjectMeta::default()
        }),
        spec: Some(spec(scope, pod, spread)),
    }
}

fn files_digest(pod: &Pod<'_>) -> Option<String> {
    let mut hash = Sha256::new();
    let mut any = false;
    for (key, content) in pod.files() {
        hash.update(key.as_bytes());
        hash.update([0]);
        hash.update(content.as_bytes());
        hash.update([0]);
        any = true;
    }
    any.then(|| hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn spec(scope: &Scope, pod: &Pod<'_>, spread: bool) -> PodSpec {
    let constraint = TopologySpreadConstraint {
        max_skew: 1,
        topology_key: "kubernetes.io/hostname".to_owned(),
        when_unsatisfiable: "ScheduleAnyway".to_owned(),
        label_selector: Some(selector(pod.owner.component)),
        ..TopologySpreadConstraint::default()
    };
    PodSpec {
        service_account_name: Some(pod.owner.component.to_owned()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        image_pull_secrets: pod.pull_secret.map(|name| vec![LocalObjectReference { name: name.to_owned() }]),
        node_selector: Some(BTreeMap::from([("kubernetes.io/arch".to_owned(), scope.architecture.label().to_owned())])),
        priority_class_name: pod.nodes.as_ref().map(|_| node_bound_name(scope)),
        affinity: pod.nodes.as_ref().map(|nodes| node_affinity(nodes)),
        security_context: Some(pod_security(pod.user)),
        termination_grace_period_seconds: Some(pod.grace.get().into()),
        topology_spread_constraints: spread.then(|| vec![constraint]),
        containers: vec![container::container(pod)],
        volumes: volumes::volumes(pod),
        ..PodSpec::default()
    }
}

/// Binds pods to nodes by host name.
pub(super) fn node_affinity(nodes: &[String]) -> Affinity {
    Affinity {
        node_affinity: Some(NodeAffinity {
            required_during_scheduling_ignored_during_execution: Some(on_nodes(nodes)),
            ..NodeAffinity::default()
        }),
        ..Affinity::default()
    }
}

/// Selects nodes by host name.
pub(super) fn on_nodes(nodes: &[String]) -> NodeSelector {
    let requirement = NodeSelectorRequirement {
        key: "kubernetes.io/hostname".to_owned(),
        operator: "In".to_owned(),
        values: Some(nodes.to_vec()),
    };
    NodeSelector {
        node_selector_terms: vec![NodeSelectorTerm {
            match_expressions: Some(vec![requirement]),
            ..NodeSelectorTerm::default()
        }],
    }
}

fn pod_security(user: u32) -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(user.into()),
        run_as_group: Some(user.into()),
        fs_group: Some(user.into()),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }),
        ..PodSecurityContext::default()
    }
}
