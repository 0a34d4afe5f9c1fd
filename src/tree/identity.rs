//! Which resource a document is.

use std::fmt;

use serde_json::Value;

use super::access::{at, text};

/// Group, kind, namespace and name; the API version is not part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; none for cluster-wide objects.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
}

impl ResourceId {
    /// The identity that a resource states of itself; parts that it does not state are empty.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let group = text(value, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let namespace = at(value, "/metadata/namespace").and_then(Value::as_str).map(str::to_owned);
        Self {
            group: group.to_owned(),
            kind: text(value, "/kind").to_owned(),
            namespace,
            name: text(value, "/metadata/name").to_owned(),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}
