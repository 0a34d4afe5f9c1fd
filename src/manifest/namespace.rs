//! The namespace of an environment: its Pod Security level, nothing allowed by default, and the priority of
//! pods that cannot choose their node.

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::scheduling::v1::PriorityClass;
use serde_json::Value;

use super::meta::{Owner, cluster_metadata};
use super::{network_policy, value_of};
use crate::platform::Scope;

pub(super) fn build(scope: &Scope) -> Vec<Value> {
    let owner = Owner { component: "namespace", role: "namespace" };
    let mut metadata = cluster_metadata(scope, owner, scope.namespace.as_str());
    let labels = metadata.labels.get_or_insert_default();
    for mode in ["enforce", "audit", "warn"] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".to_owned());
        labels.insert(format!("pod-security.kubernetes.io/{mode}-version"), format!("v{}", scope.kubernetes));
    }
    vec![
        value_of(&Namespace { metadata, ..Namespace::default() }),
        value_of(&node_bound(scope, owner)),
        network_policy::default_deny(scope, owner),
    ]
}

/// Priority of pods that few nodes can hold. Without it pods that could run anywhere take the database's
/// node, and the database stays Pending.
fn node_bound(scope: &Scope, owner: Owner<'_>) -> PriorityClass {
    PriorityClass {
        metadata: cluster_metadata(scope, owner, &node_bound_name(scope)),
        value: Some(NODE_BOUND),
        description: Some("Pods that only few nodes can hold: they go before those that can run anywhere.".to_owned()),
        ..PriorityClass::default()
    }
}

/// Name of the priority of pods that few nodes can hold.
pub(super) fn node_bound_name(scope: &Scope) -> String {
    [scope.namespace.as_str(), "-node-bound"].concat()
}

/// Above pods without a priority (0), far below those of the cluster itself (2,000,000,000).
const NODE_BOUND: i32 = 1000;
