//! The namespace of an environment: its Pod Security level, and nothing allowed by default.

use k8s_openapi::api::core::v1::Namespace;
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
        labels.insert(format!("pod-security.kubernetes.io/{mode}-version"), format!("v{}", scope.cluster.kubernetes));
    }
    vec![value_of(&Namespace { metadata, ..Namespace::default() }), network_policy::default_deny(scope, owner)]
}
