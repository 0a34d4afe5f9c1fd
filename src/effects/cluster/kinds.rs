//! Which kinds the server knows, and where their objects stand. Only the versions of the wanted objects are asked
//! for, each by itself: one that is missing or broken hides no other.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use super::OPEN;
use super::request::{Query, Server, Trouble};

/// A kind: its `apiVersion` and its name.
pub(super) type Kind = (String, String);

/// What the server says of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    /// Its name in paths: `deployments`.
    pub(super) plural: String,
    /// Whether its objects stand in namespaces.
    pub(super) is_namespaced: bool,
    /// Whether its objects can be listed.
    pub(super) is_listed: bool,
}

/// Where an object stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path of its kind in its namespace.
    pub(super) folder: String,
    /// Its name.
    pub(super) name: String,
}

/// Why an object stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nowhere {
    /// The server does not know its kind.
    NoKind(String),
    /// It cannot be told: why.
    Unknown(String),
}

/// The kinds of the wanted objects.
pub(super) struct Kinds {
    /// Of each `apiVersion` its kinds, or why they cannot be told.
    versions: BTreeMap<String, Result<BTreeMap<String, Resource>, Nowhere>>,
    /// The namespace of objects that name none.
    namespace: String,
}

impl Kinds {
    /// Asks for the kinds of the wanted objects. `namespace` is that of objects that name none.
    pub(super) async fn discover(server: &Server, wanted: &[Value], namespace: &str) -> Self {
        let versions: BTreeSet<&str> = wanted.iter().map(|wanted| string(wanted, "/apiVersion")).collect();
        let one = async |version: &str| (version.to_owned(), kinds_of(server, version).await);
        let versions = stream::iter(versions).map(one).buffered(OPEN).collect().await;
        Self { versions, namespace: namespace.to_owned() }
    }

    /// Where an object stands.
    ///
    /// # Errors
    /// When the server does not know its kind, or it cannot be told.
    pub(super) fn place(&self, object: &Value) -> Result<Place, Nowhere> {
        let (version, kind, name) = (string(object, "/apiVersion"), string(object, "/kind"), name(object));
        let resource = self.resource(version, kind)?;
        let namespace = resource.is_namespaced.then(|| self.namespace(object));
        let folder = folder(version, namespace, &resource.plural)
            .filter(|_| is_segment(name))
            .ok_or_else(|| Nowhere::Unknown(format!("no path of the server can name {kind} `{name}`")))?;
        Ok(Place { folder, name: name.to_owned() })
    }

    /// What the server says of a kind.
    ///
    /// # Errors
    /// When it does not know it, or it cannot be told.
    pub(super) fn resource(&self, version: &str, kind: &str) -> Result<&Resource, Nowhere> {
        let missing = || Nowhere::NoKind(format!("the cluster knows no {kind} of {version}"));
        let kinds = self.versions.get(version).ok_or_else(missing)?;
        match kinds {
            Ok(kinds) => kinds.get(kind).ok_or_else(missing),
            Err(Nowhere::NoKind(_)) => Err(missing()),
            Err(unknown) => Err(unknown.clone()),
        }
    }

    /// The namespace in which an object of a kind that has namespaces stands.
    pub(super) fn namespace<'a>(&'a self, object: &'a Value) -> &'a str {
        object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or(&self.namespace)
    }
}

/// The kinds of one version of a group.
async fn kinds_of(server: &Server, version: &str) -> Result<BTreeMap<String, Resource>, Nowhere> {
    let unknown = |why: String| Nowhere::Unknown(format!("the cluster does not tell the kinds of {version}: {why}"));
    let (folder, last) = match version.split_once('/') {
        Some((group, last)) if is_segment(group) => (format!("/apis/{group}"), last),
        None => ("/api".to_owned(), version),
        Some(_) => return Err(unknown("that is no version of a group".to_owned())),
    };
    if !is_segment(last) {
        return Err(unknown("that is no version".to_owned()));
    }
    match server.ask(Query::Get(&folder, last)).await {
        Ok(list) => Ok(kinds_in(&list)),
        Err(Trouble::Refused(status)) if status.code == 404 => Err(Nowhere::NoKind(version.to_owned())),
        Err(trouble) => Err(unknown(trouble.told())),
    }
}

/// The kinds of an `APIResourceList`; parts of objects, such as `deployments/scale`, are none.
fn kinds_in(list: &Value) -> BTreeMap<String, Resource> {
    let resources = list.pointer("/resources").and_then(Value::as_array);
    let kind = |resource: &Value| {
        let plural = string(resource, "/name");
        let has = |verb: &str| {
            let verbs = resource.get("verbs").and_then(Value::as_array);
            verbs.is_some_and(|verbs| verbs.iter().any(|known| known == verb))
        };
        let is_namespaced = resource.get("namespaced") == Some(&Value::Bool(true));
        let known = Resource { plural: plural.to_owned(), is_namespaced, is_listed: has("list") };
        (is_segment(plural) && has("get")).then(|| (string(resource, "/kind").to_owned(), known))
    };
    resources.into_iter().flatten().filter_map(kind).collect()
}

/// The path of a kind, in a namespace where it has one; none when a part of it cannot stand in a path.
pub(super) fn folder(version: &str, namespace: Option<&str>, plural: &str) -> Option<String> {
    let parts = version.split('/').chain(namespace).chain([plural]);
    let root = if version.contains('/') { "/apis" } else { "/api" };
    let inside = namespace.map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
    parts.into_iter().all(is_segment).then(|| format!("{root}/{version}{inside}/{plural}"))
}

/// Whether a text can be one part of a path as it stands. Anything else could become another request.
pub(super) fn is_segment(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:~".contains(c);
    !text.is_empty() && text != "." && text != ".." && text.chars().all(is_plain)
}

/// The kind of an object.
pub(super) fn kind(object: &Value) -> Kind {
    (string(object, "/apiVersion").to_owned(), string(object, "/kind").to_owned())
}

/// The name of an object; empty when it has none.
pub(super) fn name(object: &Value) -> &str {
    string(object, "/metadata/name")
}

/// The text at a path; empty when there is none.
pub(super) fn string<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kinds() -> Kinds {
        let list = json!({"resources": [
            {"name": "deployments", "kind": "Deployment", "namespaced": true, "verbs": ["get", "list"]},
            {"name": "deployments/scale", "kind": "Scale", "namespaced": true, "verbs": ["get"]},
        ]});
        let nodes = json!({"resources": [{"name": "nodes", "kind": "Node", "namespaced": false, "verbs": ["get"]}]});
        let broken = Err(Nowhere::Unknown("it is ill".to_owned()));
        let missing = Err(Nowhere::NoKind("x.org/v1".to_owned()));
        let versions = [
            ("apps/v1", Ok(kinds_in(&list))),
            ("v1", Ok(kinds_in(&nodes))),
            ("ill.org/v1", broken),
            ("x.org/v1", missing),
        ];
        let versions = versions.into_iter().map(|(version, kinds)| (version.to_owned(), kinds)).collect();
        Kinds { versions, namespace: "home".to_owned() }
    }

    fn place(version: &str, kind: &str, namespace: &str, name: &str) -> Result<Place, Nowhere> {
        let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name}});
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        kinds().place(&object)
    }

    #[test]
    fn objects_stand_in_their_namespace_when_their_kind_has_one() {
        let folder = |place: Result<Place, Nowhere>| place.expect("a place").folder;
        assert_eq!(folder(place("apps/v1", "Deployment", "a", "x")), "/apis/apps/v1/namespaces/a/deployments");
        assert_eq!(folder(place("apps/v1", "Deployment", "", "x")), "/apis/apps/v1/namespaces/home/deployments");
        assert_eq!(folder(place("v1", "Node", "a", "x")), "/api/v1/nodes");
    }

    #[test]
    fn what_is_unknown_is_told_from_what_cannot_be_told() {
        assert!(matches!(place("apps/v1", "Scale", "a", "x"), Err(Nowhere::NoKind(_))));
        assert!(matches!(place("x.org/v1", "Thing", "a", "x"), Err(Nowhere::NoKind(_))));
        assert_eq!(place("ill.org/v1", "Thing", "a", "x"), Err(Nowhere::Unknown("it is ill".to_owned())));
    }

    #[test]
    fn a_name_cannot_become_another_request() {
        for name in ["", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "a&dryRun=None", "\u{e9}"] {
            assert!(matches!(place("apps/v1", "Deployment", "a", name), Err(Nowhere::Unknown(_))), "{name}");
        }
        assert!(matches!(place("apps/v1", "Deployment", "a/../b", "x"), Err(Nowhere::Unknown(_))));
        assert!(place("apps/v1", "Deployment", "a", "system:node-1.example~x").is_ok());
    }
}
