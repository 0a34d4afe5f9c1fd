//! Labels, selectors and names that all resources share.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use crate::platform::Scope;

/// The label that selects a component's pods. It never changes: selectors are immutable.
pub(super) const NAME_LABEL: &str = "app.kubernetes.io/name";

/// What a resource belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The component.
    pub(super) component: &'a str,
    /// What it does in the platform: the label `app.kubernetes.io/component`.
    pub(super) role: &'a str,
}

/// The recommended labels; no version, so that an image bump touches the workload alone.
pub(super) fn labels(scope: &Scope, owner: Owner<'_>) -> BTreeMap<String, String> {
    let pairs = [
        (NAME_LABEL, owner.component.to_owned()),
        ("app.kubernetes.io/instance", [scope.platform.as_str(), "-", scope.environment.as_str()].concat()),
        ("app.kubernetes.io/component", owner.role.to_owned()),
        ("app.kubernetes.io/part-of", scope.platform.as_str().to_owned()),
        ("app.kubernetes.io/managed-by", "ahuora".to_owned()),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Labels of a workload and its pods: the recommended ones and the version.
pub(super) fn versioned_labels(scope: &Scope, owner: Owner<'_>, version: Option<&str>) -> BTreeMap<String, String> {
    let mut labels = labels(scope, owner);
    if let Some(version) = version {
        labels.insert("app.kubernetes.io/version".to_owned(), version.to_owned());
    }
    labels
}

/// Metadata of a namespaced resource.
pub(super) fn metadata(scope: &Scope, owner: Owner<'_>, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(scope.namespace.as_str().to_owned()),
        labels: Some(labels(scope, owner)),
        ..ObjectMeta::default()
    }
}

/// Metadata of a cluster-wide resource; its name carries the namespace, for no two environments share it.
pub(super) fn cluster_metadata(scope: &Scope, owner: Owner<'_>, name: &str) -> ObjectMeta {
    ObjectMeta { namespace: None, ..metadata(scope, owner, name) }
}

/// Selects the pods of a component.
pub(super) fn selector(component: &str) -> LabelSelector {
    label_selector(NAME_LABEL, component)
}

/// Selects by one label.
pub(super) fn label_selector(key: &str, value: &str) -> LabelSelector {
    LabelSelector {
        match_labels: Some(BTreeMap::from([(key.to_owned(), value.to_owned())])),
        ..LabelSelector::default()
    }
}
