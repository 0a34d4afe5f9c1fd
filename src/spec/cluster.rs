//! The cluster: nodes and what already runs on them.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{ComponentName, Cpu, Memory, MinorVersion, ObjectName};

/// The K3s cluster: its Kubernetes version, its nodes and what they carry besides the platform.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterSpec {
    /// Kubernetes version of K3s, such as "1.36"; manifests are validated against its schemas.
    pub kubernetes: MinorVersion,
    /// Processor architecture of the nodes (`kubernetes.io/arch`); images must exist for it.
    pub architecture: Architecture,
    /// Every node that runs pods.
    pub nodes: Vec<NodeSpec>,
    /// Most pods of one node (the kubelet's `max-pods`).
    #[serde(default = "kubelet_max_pods")]
    pub max_pods: u16,
    /// CPU and memory that the operating system and K3s keep on every node.
    pub reserved: Amounts,
    /// Pods that run on every node (DaemonSets); they are taken to have the priority `system-node-critical`.
    #[serde(default)]
    pub daemons: Vec<DaemonSpec>,
    /// Pods of the cluster itself that run somewhere.
    #[serde(default)]
    pub system: Vec<SystemPodSpec>,
}

/// A processor architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// 64-bit ARM, as on a Raspberry Pi 5.
    Arm64,
    /// 64-bit x86.
    Amd64,
}

impl Architecture {
    /// The value of the label `kubernetes.io/arch`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::Amd64 => "amd64",
        }
    }
}

/// CPU and memory together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// CPU, such as `500m`.
    pub cpu: Cpu,
    /// Memory, such as `512Mi`.
    pub memory: Memory,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    /// Host name: the label `kubernetes.io/hostname`.
    pub name: ObjectName,
    /// Whether it is the K3s control node or an agent.
    pub role: NodeRole,
    /// Cores.
    pub cpu: Cpu,
    /// Memory of the board.
    pub memory: Memory,
    /// Whether the node reaches the internet; the others are airgapped.
    #[serde(default)]
    pub internet: bool,
}

/// What a node does in the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeRole {
    /// Runs the control plane too (`node-role.kubernetes.io/control-plane=true`).
    Control,
    /// Runs pods only.
    Agent,
}

/// A pod on every node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DaemonSpec {
    /// Name, for messages.
    pub name: ComponentName,
    /// What each of its pods requests.
    pub requests: Amounts,
}

/// Pods of the cluster itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemPodSpec {
    /// Name, for messages.
    pub name: ComponentName,
    /// How many there are.
    #[serde(default = "one")]
    pub replicas: u32,
    /// What each of them requests.
    pub requests: Amounts,
}

const fn kubelet_max_pods() -> u16 {
    110
}

const fn one() -> u32 {
    1
}
