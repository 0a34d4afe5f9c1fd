//! Comparing two values field by field, with what Kubernetes knows of each.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::defaults::{default_of, is_zero};
use super::path::{Path, PathStep};
use super::quantity::quantity;
use super::schema::{Root, Shape};
use super::{Class, Op};

/// Fields of `metadata` that the API server writes.
const SERVERS_METADATA: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// Annotations that tools and controllers keep for themselves.
const SERVERS_ANNOTATIONS: [&str; 4] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "argocd.argoproj.io/tracking-id",
];
/// Types of which an empty mapping says as much as no mapping.
const SAYS_NOTHING: [&str; 7] = [
    "apps.v1.DaemonSetUpdateStrategy",
    "apps.v1.DeploymentStrategy",
    "apps.v1.StatefulSetUpdateStrategy",
    "core.v1.PodSecurityContext",
    "core.v1.ResourceRequirements",
    "core.v1.VolumeResourceRequirements",
    "meta.v1.ObjectMeta",
];

/// Lists that are matched by keys and whose order means something: variables may use those before them, init
/// containers run one after the other.
const ORDER_MATTERS: [&str; 2] = ["env", "initContainers"];

/// A difference that was found, not yet classed.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: Path,
    pub(super) op: Op,
    pub(super) left: Option<Value>,
    pub(super) right: Option<Value>,
    /// A class that the walk itself knows.
    pub(super) class: Option<(Class, &'static str)>,
}

/// Walks over two resources.
pub(super) struct Walk {
    path: Vec<PathStep>,
    pub(super) found: Vec<Found>,
    /// What the API server fills in is no difference at all.
    cluster: bool,
    /// Stops at the first difference: only whether there is one is asked.
    asks_only: bool,
}

/// All differences between two resources of one kind; their kinds, names and namespaces are not compared.
pub(super) fn resources(left: &Value, right: &Value, root: Root<'_>, cluster: bool) -> Vec<Found> {
    let mut walk = Walk { path: Vec::new(), found: Vec::new(), cluster, asks_only: false };
    let (left, right) = (with_data(left), with_data(right));
    let (Some(left), Some(right)) = (left.as_object(), right.as_object()) else { return Vec::new() };
    for key in union(left, right) {
        match key {
            "kind" => {}
            "status" if cluster => {}
            "metadata" => walk.metadata(left, right, root),
            _ => {
                let owner = if left.contains_key(key) { left } else { right };
                let shape = root.field(key).or_guess(key, owner);
                walk.field(key, (left, right), root.type_name(), shape);
            }
        }
    }
    walk.found
}

/// A Secret's `stringData` is another way of writing its `data`.
pub(super) fn with_data(resource: &Value) -> Cow<'_, Value> {
    let is_secret = resource.get("kind").and_then(Value::as_str) == Some("Secret");
    let Some(Value::Object(texts)) = resource.get("stringData").filter(|_| is_secret) else {
        return Cow::Borrowed(resource);
    };
    let mut resource = resource.clone();
    if let Some(map) = resource.as_object_mut() {
        map.remove("stringData");
        let data = map.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if let Some(data) = data.as_object_mut() {
            for (key, text) in texts {
                let encoded = text.as_str().map_or_else(|| text.clone(), |text| Value::String(STANDARD.encode(text)));
                data.insert(key.clone(), encoded);
            }
        }
    }
    Cow::Owned(resource)
}

impl Walk {
    fn metadata(&mut self, left: &Map<String, Value>, right: &Map<String, Value>, root: Root<'_>) {
        let stated = |side: &Map<String, Value>| {
            let mut metadata = side.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
            metadata.retain(|key, _| {
                let is_identity = matches!(key.as_str(), "name" | "namespace");
                let is_servers = self.cluster && SERVERS_METADATA.contains(&key.as_str());
                !is_identity && !is_servers
            });
            if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut)
                && self.cluster
            {
                annotations.retain(|key, _| !SERVERS_ANNOTATIONS.contains(&key.as_str()));
            }
            metadata
        };
        let (left, right) = (stated(left), stated(right));
        let shape = root.field("metadata");
        self.path.push(PathStep::Key("metadata".to_owned()));
        for key in union(&left, &right) {
            self.field(key, (&left, &right), shape.type_name(), shape.field(key));
        }
        self.path.pop();
    }

    /// Whether two values differ in their meaning.
    pub(super) fn differ(&self, left: &Value, right: &Value, shape: Shape<'_>) -> bool {
        let mut walk = Self { path: Vec::new(), found: Vec::new(), cluster: self.cluster, asks_only: true };
        walk.value(left, right, shape);
        walk.found.iter().any(|found| found.class.is_none())
    }

    pub(super) fn step(&mut self, step: PathStep, inside: impl FnOnce(&mut Self)) {
        self.path.push(step);
        inside(self);
        self.path.pop();
    }

    /// Two values that are there.
    pub(super) fn value(&mut self, left: &Value, right: &Value, shape: Shape<'_>) {
        if self.asks_only && !self.found.is_empty() {
            return;
        }
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => self.mapping(left, right, shape),
            (Value::Array(left), Value::Array(right)) => self.list(left, right, shape),
            _ if same_scalar(left, right, shape) => {}
            _ => self.tell(Op::Set, Some(left), Some(right), None),
        }
    }

    fn mapping(&mut self, left: &Map<String, Value>, right: &Map<String, Value>, shape: Shape<'_>) {
        for key in union(left, right) {
            if self.cluster && key == "status" && shape.is_object() {
                continue;
            }
            let owner = if left.contains_key(key) { left } else { right };
            let inside = shape.field(key).or_guess(key, owner);
            if shape.has_free_keys() {
                self.entry(key, left.get(key), right.get(key), inside);
            } else {
                self.field(key, (left, right), shape.type_name(), inside);
            }
        }
    }

    /// An entry of a mapping whose keys are free: even an empty value says something, only `null` does not.
    fn entry(&mut self, key: &str, left: Option<&Value>, right: Option<&Value>, shape: Shape<'_>) {
        self.step(PathStep::Key(key.to_owned()), |walk| match (stated(left), stated(right)) {
            (Some(left), Some(right)) => walk.value(left, right, shape),
            (left, right) => walk.one_sided(left, right, None),
        });
    }

    /// A field that may be absent or empty on either side.
    pub(super) fn field(
        &mut self,
        key: &str,
        (left, right): (&Map<String, Value>, &Map<String, Value>),
        type_name: Option<&'static str>,
        shape: Shape<'_>,
    ) {
        let [l, r] = [left, right].map(|side| side.get(key).filter(|value| !is_empty(value, shape, type_name, key)));
        self.step(PathStep::Key(key.to_owned()), |walk| {
            let (present, owner) = match (l, r) {
                (Some(l), Some(r)) => return walk.value(l, r, shape),
                (None, None) => return,
                (Some(present), None) => (present, right),
                (None, Some(present)) => (present, left),
            };
            let default = type_name.and_then(|name| default_of(name, key, owner));
            let is_default = default.is_some_and(|default| !walk.differ(&default, present, shape));
            if is_default && walk.cluster {
                return;
            }
            walk.one_sided(l, r, is_default.then_some((Class::None, "it is what the API server fills in")));
        });
    }

    /// A value that stands on one side only.
    pub(super) fn one_sided(
        &mut self,
        left: Option<&Value>,
        right: Option<&Value>,
        class: Option<(Class, &'static str)>,
    ) {
        match (left, right) {
            (None, None) => {}
            (None, Some(_)) => self.tell(Op::Add, None, right, class),
            (Some(_), _) => self.tell(Op::Remove, left, None, class),
        }
    }

    pub(super) fn tell(
        &mut self,
        op: Op,
        left: Option<&Value>,
        right: Option<&Value>,
        class: Option<(Class, &'static str)>,
    ) {
        if self.asks_only {
            self.found.push(Found { path: Path::default(), op, left: None, right: None, class });
            return;
        }
        let path = Path(self.path.clone());
        self.found.push(Found { path, op, left: left.cloned(), right: right.cloned(), class });
    }

    /// Whether the order of the list that is being compared means something, although its items are matched
    /// by keys. In a template any other order is another template to Kubernetes: its pods are replaced.
    pub(super) fn keeps_order(&self) -> bool {
        let is_key = |step: Option<&PathStep>, wanted: &str| matches!(step, Some(PathStep::Key(key)) if key == wanted);
        let is_template = is_key(self.path.first(), "spec") && is_key(self.path.get(1), "template");
        is_template || ORDER_MATTERS.iter().any(|key| is_key(self.path.last(), key))
    }
}

fn stated(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// Every key of two mappings, in order.
fn union<'m>(left: &'m Map<String, Value>, right: &'m Map<String, Value>) -> Vec<&'m str> {
    let mut keys: Vec<&str> = left.keys().map(String::as_str).collect();
    keys.extend(right.keys().map(String::as_str).filter(|key| !left.contains_key(*key)));
    keys.sort_unstable();
    keys
}

/// Whether a value says as much as its absence.
fn is_empty(value: &Value, shape: Shape<'_>, owner: Option<&'static str>, key: &str) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => match shape {
            Shape::Map(_) => map.is_empty(),
            Shape::Type(of) => {
                SAYS_NOTHING.contains(&of.name)
                    && map.iter().all(|(key, value)| is_empty(value, shape.field(key), Some(of.name), key))
            }
            _ => key == "status" && map.is_empty(),
        },
        scalar => owner.is_some_and(|owner| is_zero(owner, key, scalar)),
    }
}

fn same_scalar(left: &Value, right: &Value, shape: Shape<'_>) -> bool {
    if left == right {
        return true;
    }
    match (left, right) {
        _ if matches!(shape, Shape::Quantity) => {
            quantity(left).is_some_and(|left| quantity(right).is_some_and(|right| left == right))
        }
        // `1` and `1.0` are one number.
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().is_some_and(|left| right.as_f64().is_some_and(|right| left == right && left.abs() < 9e15))
        }
        _ => false,
    }
}
