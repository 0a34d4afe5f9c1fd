//! Answers of the Kubernetes API as values. What is missing in one is missing in its value: no answer is an error.

use serde_json::Value;

use super::amount::amount;
use super::{Autoscaler, NodeUsage, Pod, Usage, Workload};

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn some(value: &Value, path: &str) -> Option<String> {
    Some(text(value, path)).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn number(value: &Value, path: &str) -> Option<u64> {
    value.pointer(path).and_then(Value::as_u64)
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn quantity(value: &Value, path: &str) -> Option<f64> {
    match value.pointer(path)? {
        Value::String(text) => amount(text),
        Value::Number(number) => number.as_f64(),
        _ => None,
    }
}

/// The pods of a `PodList`, by name.
#[must_use]
pub fn pods(answer: &Value) -> Vec<Pod> {
    let mut pods: Vec<Pod> = list(answer, "/items").iter().map(pod).collect();
    pods.sort_by(|one, other| one.name.cmp(&other.name));
    pods
}

fn pod(pod: &Value) -> Pod {
    let own = list(pod, "/status/containerStatuses");
    let all = || list(pod, "/status/initContainerStatuses").iter().chain(own);
    let is = |kind: &str, status: &str| {
        let conditions = list(pod, "/status/conditions").iter();
        conditions.filter(|one| text(one, "/type") == kind).any(|one| text(one, "/status") == status)
    };
    let unscheduled = list(pod, "/status/conditions")
        .iter()
        .find(|one| text(one, "/type") == "PodScheduled" && text(one, "/status") == "False")
        .map(|one| some(one, "/message").or_else(|| some(one, "/reason")).unwrap_or_default());
    let containers = list(pod, "/spec/containers").iter();
    Pod {
        name: text(pod, "/metadata/name").to_owned(),
        phase: text(pod, "/status/phase").to_owned(),
        ready: is("Ready", "True"),
        restarts: all().filter_map(|one| number(one, "/restartCount")).fold(0, u64::saturating_add),
        node: some(pod, "/spec/nodeName"),
        waiting: all().find_map(|one| some(one, "/state/waiting/reason")),
        unscheduled,
        ended: all().find_map(|one| some(one, "/lastState/terminated/reason")),
        reason: some(pod, "/status/reason"),
        cpu_request: containers.map(|one| quantity(one, "/resources/requests/cpu")).sum(),
    }
}

/// The Deployments or `StatefulSets` of a list, by name.
#[must_use]
pub fn workloads(answer: &Value, kind: &str) -> Vec<Workload> {
    let workload = |one: &Value| Workload {
        kind: kind.to_owned(),
        name: text(one, "/metadata/name").to_owned(),
        desired: number(one, "/spec/replicas").unwrap_or(1),
        ready: number(one, "/status/readyReplicas").unwrap_or(0),
        updated: number(one, "/status/updatedReplicas").unwrap_or(0),
    };
    let mut workloads: Vec<Workload> = list(answer, "/items").iter().map(workload).collect();
    workloads.sort_by(|one, other| one.name.cmp(&other.name));
    workloads
}

/// The autoscalers of a list, by name.
#[must_use]
pub fn autoscalers(answer: &Value) -> Vec<Autoscaler> {
    let autoscaler = |one: &Value| Autoscaler {
        name: text(one, "/metadata/name").to_owned(),
        current: number(one, "/status/currentReplicas").unwrap_or(0),
        desired: number(one, "/status/desiredReplicas").unwrap_or(0),
        min: number(one, "/spec/minReplicas").unwrap_or(1),
        max: number(one, "/spec/maxReplicas").unwrap_or(0),
        metric: list(one, "/status/currentMetrics").iter().find_map(metric),
    };
    let mut autoscalers: Vec<Autoscaler> = list(answer, "/items").iter().map(autoscaler).collect();
    autoscalers.sort_by(|one, other| one.name.cmp(&other.name));
    autoscalers
}

/// One of the metrics that an autoscaler goes by: its name, and its mean over the pods.
fn metric(metric: &Value) -> Option<String> {
    let kind = match text(metric, "/type") {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    };
    let of = metric.get(kind)?;
    let name = some(of, "/name").or_else(|| some(of, "/metric/name"))?;
    if let Some(percent) = number(of, "/current/averageUtilization") {
        return Some(format!("{name} {percent}%"));
    }
    let value = some(of, "/current/averageValue").or_else(|| some(of, "/current/value"))?;
    Some(format!("{name} {value}"))
}

/// What the metrics API says of containers, by pod and name.
#[must_use]
pub fn metrics_of_pods(answer: &Value) -> Vec<Usage> {
    let of_pod = |pod: &Value| -> Vec<Usage> {
        let usage = |one: &Value| {
            Some(Usage {
                pod: text(pod, "/metadata/name").to_owned(),
                container: text(one, "/name").to_owned(),
                cpu: quantity(one, "/usage/cpu")?,
                memory: quantity(one, "/usage/memory")?,
            })
        };
        list(pod, "/containers").iter().filter_map(usage).collect()
    };
    let mut usage: Vec<Usage> = list(answer, "/items").iter().flat_map(of_pod).collect();
    usage.sort_by(|one, other| (&one.pod, &one.container).cmp(&(&other.pod, &other.container)));
    usage
}

/// What the metrics API says of nodes, by name.
#[must_use]
pub fn metrics_of_nodes(answer: &Value) -> Vec<NodeUsage> {
    let usage = |one: &Value| {
        Some(NodeUsage {
            node: text(one, "/metadata/name").to_owned(),
            cpu: quantity(one, "/usage/cpu")?,
            memory: quantity(one, "/usage/memory")?,
        })
    };
    let mut nodes: Vec<NodeUsage> = list(answer, "/items").iter().filter_map(usage).collect();
    nodes.sort_by(|one, other| one.node.cmp(&other.node));
    nodes
}

/// The nodes on which pods are, each once.
#[must_use]
pub fn nodes_of(pods: &[Pod]) -> Vec<String> {
    let mut nodes: Vec<String> = pods.iter().filter_map(|pod| pod.node.clone()).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
