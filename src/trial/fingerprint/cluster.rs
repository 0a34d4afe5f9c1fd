//! What a cluster tells of itself, as values that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Node;

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The nodes of a `NodeList`, by name.
#[must_use]
pub fn nodes(answer: &Value) -> BTreeMap<String, Node> {
    let node = |node: &Value| {
        let info = |key: &str| text(node, &format!("/status/nodeInfo/{key}")).to_owned();
        let allocatable = node.pointer("/status/allocatable").and_then(Value::as_object);
        let amount = |(name, amount): (&String, &Value)| Some((name.clone(), amount.as_str()?.to_owned()));
        let described = Node {
            kernel: info("kernelVersion"),
            architecture: info("architecture"),
            os: info("osImage"),
            kubelet: info("kubeletVersion"),
            runtime: info("containerRuntimeVersion"),
            allocatable: allocatable.into_iter().flatten().filter_map(amount).collect(),
        };
        (text(node, "/metadata/name").to_owned(), described)
    };
    list(answer, "/items").iter().map(node).collect()
}

/// What the running containers of a `PodList` run: of each container its image and the digest of it, each once.
#[must_use]
pub fn images(answer: &Value) -> BTreeMap<String, Vec<String>> {
    let mut images: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let pods = list(answer, "/items").iter().filter(|pod| text(pod, "/status/phase") == "Running");
    let own =
        |pod: &Value| [list(pod, "/status/initContainerStatuses"), list(pod, "/status/containerStatuses")].concat();
    for container in pods.flat_map(own) {
        let (image, id) = (text(&container, "/image"), text(&container, "/imageID"));
        // Container runtimes write the digest after a name that may be another: `docker.io/library/x@sha256:...`.
        let told = match id.rsplit_once('@').map_or(id, |(_, digest)| digest) {
            "" => format!("{image} (digest not told)"),
            digest => format!("{image}@{}", digest.trim_start_matches("docker-pullable://")),
        };
        images.entry(text(&container, "/name").to_owned()).or_default().insert(told);
    }
    images.into_iter().map(|(name, images)| (name, images.into_iter().collect())).collect()
}

/// What Argo CD has synced, of an Application.
#[must_use]
pub fn revision(application: &Value) -> Option<String> {
    Some(text(application, "/status/sync/revision")).filter(|revision| !revision.is_empty()).map(str::to_owned)
}
