//! Whether the nodes can hold all pods.

use std::cmp::Reverse;

use super::Finding;
use super::alone::Pods;
use super::view::WORKLOADS;
use crate::render::Environment;
use crate::spec::{ClusterSpec, NodeRole};
use crate::values::{Cpu, Memory};

/// Pods of one workload, as the scheduler sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodDemand {
    /// The environment they belong to; none for pods of the cluster itself.
    pub environment: Option<String>,
    /// What makes them: `Deployment/idaes`.
    pub workload: String,
    /// How many.
    pub pods: u64,
    /// CPU request of each.
    pub cpu: Cpu,
    /// Memory request of each.
    pub memory: Memory,
    /// Host names they may run on; none for every node.
    pub nodes: Option<Vec<String>>,
    /// Pods of a higher priority push those of a lower one away.
    pub priority: i64,
}

/// How a demand fits the nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit<'a> {
    /// The demand.
    pub demand: &'a PodDemand,
    /// Pods that found a node.
    pub placed: u64,
    /// Pods that would stay Pending.
    pub pending: u64,
}

#[derive(Clone)]
struct Free {
    name: String,
    pods: usize,
    cpu: Cpu,
    memory: Memory,
    whole_cpu: Cpu,
    whole_memory: Memory,
}

/// Places pods on nodes as the scheduler does: by priority, each on the node that keeps the largest share of
/// its resources free. Among pods of one priority it takes those that were made first, and nobody says
/// which those are: small pods may leave no node for a large one. So several orders are tried, and what is
/// returned is the one in which most pods wait.
#[must_use]
pub fn fit<'a>(cluster: &ClusterSpec, demands: &'a [PodDemand]) -> Vec<Fit<'a>> {
    let nodes = free_nodes(cluster);
    let in_order = |order: Vec<&'a PodDemand>| -> Vec<Fit<'a>> {
        let mut free = nodes.clone();
        order.into_iter().map(|demand| place(&mut free, demand)).collect()
    };
    let mut large_first: Vec<&PodDemand> = demands.iter().collect();
    large_first.sort_by_key(|demand| Reverse((demand.priority, demand.cpu, demand.memory)));
    let mut small_first: Vec<&PodDemand> = demands.iter().collect();
    small_first.sort_by_key(|demand| (Reverse(demand.priority), demand.cpu, demand.memory));
    let mut as_given: Vec<&PodDemand> = demands.iter().collect();
    as_given.sort_by_key(|demand| Reverse(demand.priority));
    let mut worst = in_order(large_first);
    for order in [small_first, as_given] {
        let other = in_order(order);
        if pending(&other) > pending(&worst) {
            worst = other;
        }
    }
    worst
}

fn pending(fits: &[Fit<'_>]) -> u64 {
    fits.iter().map(|fit| fit.pending).sum()
}

fn free_nodes(cluster: &ClusterSpec) -> Vec<Free> {
    let daemon_cpu: Cpu = cluster.daemons.iter().map(|daemon| daemon.requests.cpu).sum();
    let daemon_memory: Memory = cluster.daemons.iter().map(|daemon| daemon.requests.memory).sum();
    let nodes = cluster.nodes.iter().map(|node| Free {
        name: node.name.to_string(),
        pods: usize::from(cluster.max_pods).saturating_sub(cluster.daemons.len()),
        cpu: node.cpu.saturating_sub(cluster.reserved.cpu).saturating_sub(daemon_cpu),
        memory: node.memory.saturating_sub(cluster.reserved.memory).saturating_sub(daemon_memory),
        whole_cpu: node.cpu,
        whole_memory: node.memory,
    });
    nodes.collect()
}

fn place<'a>(free: &mut [Free], demand: &'a PodDemand) -> Fit<'a> {
    let mut placed = 0;
    while placed < demand.pods {
        let fits = |node: &&mut Free| {
            let allowed = demand.nodes.as_ref().is_none_or(|names| names.contains(&node.name));
            allowed && node.pods > 0 && node.cpu >= demand.cpu && node.memory >= demand.memory
        };
        let Some(node) = free.iter_mut().filter(fits).max_by_key(|node| share_left(node, demand)) else {
            break;
        };
        node.pods -= 1;
        node.cpu = node.cpu.saturating_sub(demand.cpu);
        node.memory = node.memory.saturating_sub(demand.memory);
        placed += 1;
    }
    Fit { demand, placed, pending: demand.pods - placed }
}

/// Share of a node left free after placing a pod, CPU and memory together, in thousandths.
fn share_left(node: &Free, demand: &PodDemand) -> u64 {
    let share = |left: u64, whole: u64| left.saturating_mul(1000).checked_div(whole).unwrap_or(0);
    share(node.cpu.saturating_sub(demand.cpu).millicores(), node.whole_cpu.millicores())
        + share(node.memory.saturating_sub(demand.memory).bytes() >> 10, node.whole_memory.bytes() >> 10)
}

/// A finding for every workload whose pods would not all find a node when autoscalers are at their most.
pub(super) fn capacity(cluster: &ClusterSpec, mut demands: Vec<PodDemand>) -> Vec<Finding> {
    demands.extend(cluster.system.iter().map(|system| PodDemand {
        environment: None,
        workload: format!("System/{}", system.name),
        pods: system.replicas.into(),
        cpu: system.requests.cpu,
        memory: system.requests.memory,
        nodes: None,
        priority: 0,
    }));
    let pending = fit(cluster, &demands).into_iter().filter(|fit| fit.pending > 0);
    let finding = |fit: Fit<'_>| Finding {
        rule: "capacity",
        environment: fit.demand.environment.clone(),
        resource: fit.demand.workload.clone(),
        message: message(cluster, &fit),
    };
    pending.map(finding).collect()
}

/// What the pods of an environment ask for, when autoscalers are at their most.
pub(super) fn demands(environment: &Environment) -> Vec<PodDemand> {
    let alone = || environment.alone();
    let name = environment.platform.scope.environment.as_str();
    let of_kind = |kind| alone().flat_map(|one| &one.pods).filter(move |pods| pods.kind == kind);
    let demand = |pods: &Pods| {
        let scaler = alone().flat_map(|one| &one.scalers).find(|scaler| scaler.target == pods.name);
        let class = alone().flat_map(|one| &one.classes).find(|(name, _)| *name == pods.class);
        PodDemand {
            environment: Some(name.to_owned()),
            workload: pods.workload.clone(),
            pods: scaler.map_or(pods.replicas, |scaler| scaler.most).unwrap_or(1),
            cpu: pods.cpu,
            memory: pods.memory,
            nodes: pods.nodes.clone(),
            priority: class.map_or(0, |(_, value)| *value),
        }
    };
    WORKLOADS.iter().flat_map(|kind| of_kind(*kind)).map(demand).collect()
}

fn message(cluster: &ClusterSpec, fit: &Fit<'_>) -> String {
    let demand = fit.demand;
    let nodes = match &demand.nodes {
        Some(names) => format!("the node{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", ")),
        None => {
            let control = cluster.nodes.iter().filter(|node| node.role == NodeRole::Control).count();
            format!("the {} nodes ({control} control)", cluster.nodes.len())
        }
    };
    format!(
        "{} of its {} pods would stay Pending: each requests {} CPU and {} memory, and {nodes} cannot hold them beside everything else; lower `scaling` or `resources.requests`",
        fit.pending, demand.pods, demand.cpu, demand.memory
    )
}
