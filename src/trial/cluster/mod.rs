//! What the cluster used while it was loaded, and whether it had settled before: what its answers say, one sample
//! after the other, what was not to be had, and what follows for a trial.

mod amount;
mod cadvisor;
mod evidence;
mod objects;
mod offset;
pub mod prometheus;
mod settled;
mod used;

use serde::{Deserialize, Serialize};

pub use cadvisor::Scanner;
pub use evidence::{Missing, judge, missing};
pub use objects::{autoscalers, metrics_of_nodes, metrics_of_pods, nodes_of, pods, workloads};
pub use offset::{Offset, offset};
pub use settled::{LONGEST_BETWEEN, Look, Settling, restless, settled};
pub use used::{Used, used};

/// What the cluster told at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it was asked for: milliseconds since 1970, by our wall clock.
    pub at: u64,
    /// How long all of it took, in milliseconds.
    pub took: u64,
    /// The pods of the namespace.
    pub pods: Vec<Pod>,
    /// Its Deployments and `StatefulSets`.
    pub workloads: Vec<Workload>,
    /// Its autoscalers.
    pub autoscalers: Vec<Autoscaler>,
    /// What its containers use, as the metrics API tells: a mean over some seconds before.
    pub usage: Vec<Usage>,
    /// What the nodes use, as the metrics API tells.
    pub nodes: Vec<NodeUsage>,
    /// What kubelets count of its containers, and of their nodes as a whole.
    pub counters: Vec<Counters>,
    /// What was not to be had, and why.
    pub gaps: Vec<Gap>,
}

/// A pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    pub phase: String,
    /// Whether it takes requests.
    pub ready: bool,
    /// How often its containers were started again, together.
    pub restarts: u64,
    /// Its node, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Why a container of it waits, such as `ContainerCreating` or `ImagePullBackOff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// Why it has no node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscheduled: Option<String>,
    /// Why a container of it ended last, such as `OOMKilled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Why it is in its phase, such as `Evicted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What its containers request, in cores; none where one of them requests nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_request: Option<f64>,
}

/// A Deployment or a `StatefulSet`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// `Deployment` or `StatefulSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many pods are wanted.
    pub desired: u64,
    /// How many take requests.
    pub ready: u64,
    /// How many are of the newest version.
    pub updated: u64,
}

/// A `HorizontalPodAutoscaler`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// How many pods it counts.
    pub current: u64,
    /// How many it wants.
    pub desired: u64,
    /// The fewest that it may want.
    pub min: u64,
    /// The most that it may want.
    pub max: u64,
    /// What it goes by, now: `cpu 43%`; the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
}

/// What a container uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// In cores.
    pub cpu: f64,
    /// Working set in bytes.
    pub memory: f64,
}

/// What a node uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeUsage {
    /// Its name.
    pub node: String,
    /// In cores.
    pub cpu: f64,
    /// Working set in bytes.
    pub memory: f64,
}

/// What a kubelet counts of a container since it began, or of its whole node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// The node.
    pub node: String,
    /// The pod; empty for the node as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pod: String,
    /// The container; empty for the node as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// When it was counted: milliseconds since 1970, by the node's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
    /// Seconds of one core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// Working set in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Periods of the scheduler in which it wanted to run, where it has a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub periods: Option<f64>,
    /// Those in which it was stopped at its limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled_periods: Option<f64>,
    /// For how long, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled_seconds: Option<f64>,
}

/// What is asked for a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The pods of the namespace.
    Pods,
    /// Its Deployments.
    Deployments,
    /// Its `StatefulSets`.
    StatefulSets,
    /// Its autoscalers.
    Autoscalers,
    /// CPU and memory of containers, of the metrics API.
    PodMetrics,
    /// CPU and memory of nodes, of the metrics API.
    NodeMetrics,
    /// Counters of a kubelet.
    Kubelet,
}

impl Part {
    /// In words.
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Deployments => "Deployments",
            Self::StatefulSets => "StatefulSets",
            Self::Autoscalers => "autoscalers",
            Self::PodMetrics => "CPU and memory of containers (metrics API)",
            Self::NodeMetrics => "CPU and memory of nodes (metrics API)",
            Self::Kubelet => "throttling and counters of the kubelet",
        }
    }
}

/// What was not to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What was asked for.
    pub part: Part,
    /// The node, of a kubelet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Why.
    pub why: String,
}

/// The samples of a file as they were appended to it; what was torn at its end, or is none, is left out.
#[must_use]
pub fn read(text: &str) -> Vec<Sample> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests;
