//! The documents of one environment, indexed for the rules.

use std::collections::HashMap;

use serde_json::Value;

use super::alone::Scaler;
use crate::platform::Platform;
use crate::render::Environment;
use crate::tree::{Document, at, list, text};

/// Kinds that make pods.
pub(super) const WORKLOADS: [&str; 2] = ["Deployment", "StatefulSet"];

/// One environment as the rules see it.
pub(super) struct View<'a> {
    pub(super) platform: &'a Platform,
    by_kind: HashMap<&'a str, Vec<&'a Document>>,
    scalers: Vec<&'a Scaler>,
}

impl<'a> View<'a> {
    pub(super) fn of(environment: &'a Environment) -> Self {
        let mut by_kind: HashMap<&str, Vec<&Document>> = HashMap::new();
        for document in environment.documents() {
            by_kind.entry(document.id.kind.as_str()).or_default().push(document);
        }
        let scalers = environment.alone().flat_map(|one| &one.scalers).collect();
        Self { platform: &environment.platform, by_kind, scalers }
    }

    /// Every document of a kind.
    pub(super) fn all(&self, kind: &str) -> &[&'a Document] {
        self.by_kind.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// The document of a kind with a name.
    pub(super) fn get(&self, kind: &str, name: &str) -> Option<&'a Document> {
        self.all(kind).iter().copied().find(|document| document.id.name == name)
    }

    /// Everything that makes pods.
    pub(super) fn workloads(&self) -> impl Iterator<Item = &'a Document> {
        WORKLOADS.iter().flat_map(|kind| self.all(kind).iter().copied())
    }

    /// The fewest pods of a workload: its autoscaler's bound, else its own number.
    pub(super) fn fewest_pods(&self, workload: &Document) -> u64 {
        let scaler = self.scalers.iter().find(|scaler| scaler.target == workload.id.name);
        scaler.map_or_else(|| number(&workload.value, "/spec/replicas"), |scaler| scaler.fewest).unwrap_or(1)
    }

    /// Workloads whose pods a selector (label to value) matches.
    pub(super) fn selected(&self, selector: &Value) -> Vec<&'a Document> {
        let wanted: Vec<(&String, &Value)> = selector.as_object().into_iter().flatten().collect();
        let matches = |document: &&Document| {
            let labels = at(&document.value, "/spec/template/metadata/labels");
            !wanted.is_empty()
                && wanted.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key.as_str())) == Some(value))
        };
        self.workloads().filter(matches).collect()
    }
}

/// The whole number at a pointer.
pub(super) fn number(value: &Value, pointer: &str) -> Option<u64> {
    at(value, pointer).and_then(Value::as_u64)
}

/// Containers of a workload's pods.
pub(super) fn containers(workload: &Document) -> &[Value] {
    list(&workload.value, "/spec/template/spec/containers")
}

/// Containers that run before those of a workload's pods.
pub(super) fn init_containers(workload: &Document) -> &[Value] {
    list(&workload.value, "/spec/template/spec/initContainers")
}

/// All containers of a workload's pods.
pub(super) fn all_containers(workload: &Document) -> impl Iterator<Item = &Value> {
    init_containers(workload).iter().chain(containers(workload))
}

/// Environment variables of all containers.
pub(super) fn variables(workload: &Document) -> impl Iterator<Item = &Value> {
    all_containers(workload).flat_map(|container| list(container, "/env"))
}

/// ConfigMaps and Secrets that become variables as a whole: `configMapRef` or `secretRef`, and its name.
pub(super) fn variable_sources<'a>(workload: &'a Document, kind: &'a str) -> impl Iterator<Item = &'a str> {
    let sources = all_containers(workload).flat_map(|container| list(container, "/envFrom"));
    sources.filter_map(move |source| source.get(kind)).map(|reference| text(reference, "/name"))
}
