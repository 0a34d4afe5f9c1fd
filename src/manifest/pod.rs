//! Pods: one container each, without privileges (Pod Security Standard *restricted*).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource, EnvVar, EnvVarSource, ExecAction,
    HTTPGetAction, HTTPHeader, KeyToPath, Lifecycle, LifecycleHandler, LocalObjectReference, NodeAffinity, NodeSelector,
    NodeSelectorRequirement, NodeSelectorTerm, PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile,
    SecretKeySelector, SecretVolumeSource, SecurityContext, SleepAction, TCPSocketAction, TopologySpreadConstraint, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use sha2::{Digest as _, Sha256};

use super::meta::{Owner, selector, versioned_labels};
use crate::platform::{ResolvedEnv, Scope};
use crate::spec::{ProbeAction, ProbeSpec, SecretKeyRef};
use crate::values::{ImageRef, MAX_LABEL, Resources, Seconds};

/// Annotation with the digest of a pod's files: pods are replaced when a file changes.
const FILES_DIGEST: &str = "ahuora.org.nz/files-digest";
/// Decimal of octal 0440: a Secret's file is readable for the pod's group alone.
const SECRET_FILE_MODE: i32 = 0o440;
/// Most bytes that a writable folder may take.
const WRITABLE_LIMIT: &str = "64Mi";

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
    let legal = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '.' };
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
        node_selector: Some(BTreeMap::from([("kubernetes.io/arch".to_owned(), scope.cluster.architecture.label().to_owned())])),
        affinity: pod.nodes.as_ref().map(|nodes| node_affinity(nodes)),
        security_context: Some(pod_security(pod.user)),
        termination_grace_period_seconds: Some(pod.grace.get().into()),
        topology_spread_constraints: spread.then(|| vec![constraint]),
        containers: vec![container(pod)],
        volumes: volumes(pod),
        ..PodSpec::default()
    }
}

/// Binds pods to nodes by host name.
pub(super) fn node_affinity(nodes: &[String]) -> Affinity {
    Affinity {
        node_affinity: Some(NodeAffinity { required_during_scheduling_ignored_during_execution: Some(on_nodes(nodes)), ..NodeAffinity::default() }),
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
    NodeSelector { node_selector_terms: vec![NodeSelectorTerm { match_expressions: Some(vec![requirement]), ..NodeSelectorTerm::default() }] }
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

fn container(pod: &Pod<'_>) -> Container {
    let non_empty = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let pre_stop = LifecycleHandler { sleep: Some(SleepAction { seconds: pod.pre_stop.get().into() }), ..LifecycleHandler::default() };
    let probe = |spec: Option<&ProbeSpec>| spec.map(|spec| probe(spec, pod));
    let ports: Vec<ContainerPort> = pod
        .ports
        .iter()
        .map(|(name, port)| ContainerPort {
            name: Some(name.clone()),
            container_port: i32::from(*port),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        })
        .collect();
    Container {
        name: pod.owner.component.to_owned(),
        image: Some(pod.image.to_string()),
        image_pull_policy: Some("IfNotPresent".to_owned()),
        command: non_empty(&pod.command),
        args: non_empty(&pod.args),
        ports: (!ports.is_empty()).then_some(ports),
        env: (!pod.environment.is_empty()).then(|| pod.environment.iter().map(env_var).collect()),
        lifecycle: (pod.pre_stop.get() > 0).then(|| Lifecycle { pre_stop: Some(pre_stop), ..Lifecycle::default() }),
        startup_probe: probe(pod.probes.startup),
        readiness_probe: probe(pod.probes.readiness),
        liveness_probe: probe(pod.probes.liveness),
        resources: Some(resources(pod.resources)),
        security_context: Some(container_security()),
        volume_mounts: volume_mounts(pod),
        ..Container::default()
    }
}

fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

fn env_var((name, value): &(String, ResolvedEnv)) -> EnvVar {
    match value {
        // `$(NAME)` would be expanded by Kubernetes; `$$` stands for `$`.
        ResolvedEnv::Text(text) => EnvVar { name: name.clone(), value: Some(text.replace("$(", "$$(")), ..EnvVar::default() },
        ResolvedEnv::Secret(reference) => EnvVar {
            name: name.clone(),
            value_from: Some(EnvVarSource {
                secret_key_ref: Some(SecretKeySelector {
                    name: reference.secret.to_string(),
                    key: reference.key.to_string(),
                    ..SecretKeySelector::default()
                }),
                ..EnvVarSource::default()
            }),
            ..EnvVar::default()
        },
    }
}

fn probe(spec: &ProbeSpec, pod: &Pod<'_>) -> Probe {
    let port = |name: &str| IntOrString::String(name.to_owned());
    let first_port = pod.ports.iter().map(|(name, _)| name).find(|name| *name == "http").or_else(|| pod.ports.first().map(|(name, _)| name));
    let header = |host: &String| vec![HTTPHeader { name: "Host".to_owned(), value: host.clone() }];
    let base = Probe {
        period_seconds: Some(spec.period.as_i32()),
        timeout_seconds: Some(spec.timeout.as_i32()),
        failure_threshold: Some(spec.failures.get().into()),
        ..Probe::default()
    };
    match &spec.check {
        ProbeAction::Http(path) => Probe {
            http_get: Some(HTTPGetAction {
                path: Some(path.to_string()),
                port: port(first_port.map_or("http", String::as_str)),
                http_headers: pod.probes.host.as_ref().map(header),
                ..HTTPGetAction::default()
            }),
            ..base
        },
        ProbeAction::Tcp(name) => Probe { tcp_socket: Some(TCPSocketAction { port: port(name.as_str()), ..TCPSocketAction::default() }), ..base },
        ProbeAction::Exec(command) => Probe { exec: Some(ExecAction { command: Some(command.clone()) }), ..base },
    }
}

fn resources(resources: &Resources) -> ResourceRequirements {
    let pair = |cpu: Option<String>, memory: String| {
        let mut amounts = BTreeMap::from([("memory".to_owned(), Quantity(memory))]);
        amounts.extend(cpu.map(|cpu| ("cpu".to_owned(), Quantity(cpu))));
        amounts
    };
    let (requests, limits) = (&resources.requests, &resources.limits);
    ResourceRequirements {
        requests: Some(pair(Some(requests.cpu.to_string()), requests.memory.to_string())),
        limits: Some(pair(limits.cpu.map(|cpu| cpu.to_string()), limits.memory.to_string())),
        ..ResourceRequirements::default()
    }
}

/// The name of a mount's volume follows from what it is, not from its position: a further mount renames none.
fn volume_name(mount: &Mount<'_>) -> String {
    match mount {
        Mount::File { .. } => "files".to_owned(),
        Mount::Secret { reference, .. } => slug("secret", &format!("/{}/{}", reference.secret, reference.key)),
        Mount::Writable { path } => slug("writable", path),
        Mount::Claim { name, .. } => (*name).to_owned(),
    }
}

/// A DNS label from a path; where the path does not survive as it is, its digest keeps two of them apart.
fn slug(prefix: &str, path: &str) -> String {
    let faithful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '/';
    let label: String = path.trim_end_matches('/').chars().map(|c| if c == '/' || !faithful(c) { '-' } else { c }).collect();
    if path.chars().all(faithful) && prefix.len() + label.len() <= MAX_LABEL {
        return format!("{prefix}{label}");
    }
    let digest: String = Sha256::digest(path).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let room = MAX_LABEL - prefix.len() - 1 - digest.len();
    let cut: String = label.to_ascii_lowercase().chars().take(room).collect();
    format!("{prefix}{}-{digest}", cut.trim_end_matches('-'))
}

fn volume_mounts(pod: &Pod<'_>) -> Option<Vec<VolumeMount>> {
    let mounts = pod.mounts.iter().map(|mount| {
        let (path, sub_path, read_only) = match mount {
            Mount::File { path, .. } => (path, Some(file_key(path)), true),
            Mount::Secret { folder, .. } => (folder, None, true),
            Mount::Writable { path } | Mount::Claim { path, .. } => (path, None, false),
        };
        VolumeMount {
            name: volume_name(mount),
            mount_path: path.clone(),
            sub_path,
            read_only: read_only.then_some(true),
            ..VolumeMount::default()
        }
    });
    let mounts: Vec<VolumeMount> = mounts.collect();
    (!mounts.is_empty()).then_some(mounts)
}

fn volumes(pod: &Pod<'_>) -> Option<Vec<Volume>> {
    let mut volumes: Vec<Volume> = Vec::new();
    for mount in &pod.mounts {
        let name = volume_name(mount);
        if volumes.iter().any(|volume| volume.name == name) {
            continue;
        }
        let volume = Volume { name, ..Volume::default() };
        volumes.push(match mount {
            Mount::File { .. } => Volume {
                config_map: Some(ConfigMapVolumeSource { name: pod.owner.component.to_owned(), ..ConfigMapVolumeSource::default() }),
                ..volume
            },
            Mount::Secret { reference, .. } => Volume { secret: Some(secret_volume(reference)), ..volume },
            Mount::Writable { .. } => Volume {
                empty_dir: Some(EmptyDirVolumeSource { size_limit: Some(Quantity(WRITABLE_LIMIT.to_owned())), ..EmptyDirVolumeSource::default() }),
                ..volume
            },
            Mount::Claim { .. } => continue,
        });
    }
    (!volumes.is_empty()).then_some(volumes)
}

fn secret_volume(reference: &SecretKeyRef) -> SecretVolumeSource {
    SecretVolumeSource {
        secret_name: Some(reference.secret.to_string()),
        items: Some(vec![KeyToPath { key: reference.key.to_string(), path: reference.key.to_string(), ..KeyToPath::default() }]),
        default_mode: Some(SECRET_FILE_MODE),
        ..SecretVolumeSource::default()
    }
}
