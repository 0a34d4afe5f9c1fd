//! What the resources of one component say by themselves, whatever stands beside them.

use serde_json::Value;

use super::view::{WORKLOADS, containers, init_containers, number};
use super::{Finding, pods};
use crate::tree::{Document, at, list, text};
use crate::values::{Cpu, Memory};

type PodRule = fn(&Document) -> Vec<Finding>;

/// Rules on one workload, whatever stands beside it, with their names.
pub(super) const POD_RULES: [(&str, PodRule); 2] = [("image-tag", pods::image_tag), ("pod-security", pods::restricted)];

/// What the resources of one component say by themselves.
#[derive(Debug, Clone, Default)]
pub struct Alone {
    pub(super) findings: Vec<Finding>,
    pub(super) pods: Vec<Pods>,
    pub(super) scalers: Vec<Scaler>,
    /// Priority classes: names and values.
    pub(super) classes: Vec<(String, i64)>,
}

/// Pods of one workload.
#[derive(Debug, Clone)]
pub(super) struct Pods {
    /// Kind and name of what makes them.
    pub(super) kind: String,
    pub(super) name: String,
    /// `Deployment/idaes`.
    pub(super) workload: String,
    pub(super) replicas: Option<u64>,
    pub(super) cpu: Cpu,
    pub(super) memory: Memory,
    pub(super) nodes: Option<Vec<String>>,
    pub(super) class: String,
}

/// What decides how many pods a workload has instead of itself.
#[derive(Debug, Clone)]
pub(super) struct Scaler {
    /// Name of the workload.
    pub(super) target: String,
    pub(super) fewest: Option<u64>,
    pub(super) most: Option<u64>,
}

impl Alone {
    /// Reads the resources of a component.
    #[must_use]
    pub fn of(documents: &[Document]) -> Self {
        let of_kind = |kind: &'static str| documents.iter().filter(move |document| document.id.kind == kind);
        let workloads = || documents.iter().filter(|document| WORKLOADS.contains(&document.id.kind.as_str()));
        let class = |document: &Document| {
            let value = at(&document.value, "/value").and_then(Value::as_i64);
            (document.id.name.clone(), value.unwrap_or_default())
        };
        Self {
            findings: POD_RULES.iter().flat_map(|(_, rule)| workloads().flat_map(rule)).collect(),
            pods: workloads().map(Pods::of).collect(),
            scalers: of_kind("HorizontalPodAutoscaler").map(Scaler::of).collect(),
            classes: of_kind("PriorityClass").map(class).collect(),
        }
    }
}

impl Pods {
    fn of(workload: &Document) -> Self {
        Self {
            kind: workload.id.kind.clone(),
            name: workload.id.name.clone(),
            workload: workload.id.to_string(),
            replicas: number(&workload.value, "/spec/replicas"),
            cpu: requests(workload, "/resources/requests/cpu", Cpu::new),
            memory: requests(workload, "/resources/requests/memory", Memory::new),
            nodes: allowed_nodes(workload),
            class: text(&workload.value, "/spec/template/spec/priorityClassName").to_owned(),
        }
    }
}

impl Scaler {
    fn of(scaler: &Document) -> Self {
        Self {
            target: text(&scaler.value, "/spec/scaleTargetRef/name").to_owned(),
            fewest: number(&scaler.value, "/spec/minReplicas"),
            most: number(&scaler.value, "/spec/maxReplicas"),
        }
    }
}

/// What a pod asks for: its containers together, or its largest init container where that is more; an init
/// container that stays (a sidecar) counts with the containers.
fn requests<A: Ord + std::iter::Sum + Default + std::ops::Add<Output = A>>(
    workload: &Document,
    path: &str,
    parse: impl Fn(&str) -> Result<A, String>,
) -> A {
    let amount = |container: &Value| at(container, path).and_then(Value::as_str).and_then(|text| parse(text).ok());
    let stays = |container: &&Value| text(container, "/restartPolicy") == "Always";
    let init = init_containers(workload);
    let together = containers(workload).iter().chain(init.iter().filter(stays)).filter_map(amount).sum();
    let largest = init.iter().filter(|container| !stays(container)).filter_map(amount).max().unwrap_or_default();
    largest.max(together)
}

/// Host names that the pods' node affinity asks for.
fn allowed_nodes(workload: &Document) -> Option<Vec<String>> {
    let terms = list(
        &workload.value,
        "/spec/template/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms",
    );
    let expressions = terms.iter().flat_map(|term| list(term, "/matchExpressions"));
    let by_name = expressions.filter(|expression| {
        text(expression, "/key") == "kubernetes.io/hostname" && text(expression, "/operator") == "In"
    });
    let names: Vec<String> = by_name
        .flat_map(|expression| list(expression, "/values"))
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let selected = at(&workload.value, "/spec/template/spec/nodeSelector")
        .and_then(|labels| labels.get("kubernetes.io/hostname"))
        .and_then(Value::as_str);
    match (selected, names.is_empty()) {
        (Some(selected), true) => Some(vec![selected.to_owned()]),
        (Some(selected), false) => Some(names.into_iter().filter(|name| name == selected).collect()),
        (None, is_empty) => (!is_empty).then_some(names),
    }
}
