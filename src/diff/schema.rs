//! What Kubernetes knows of a field: whether a list is matched by keys, is a set or is in order, and which
//! texts are quantities. Built-in kinds are known from a table that the API server's OpenAPI was made into;
//! custom ones from their definitions, where the compared manifests have them.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::tree::{ResourceId, list, text};

/// Types of the built-in kinds, derived from the API server's OpenAPI and proved by `tests/real/run tables`.
const TYPES: &str = include_str!("kubernetes.types");
/// Where embedded pods are known to be, in kinds that are not known.
const POD_TEMPLATE: &str = "core.v1.PodTemplateSpec";
const OBJECT_META: &str = "meta.v1.ObjectMeta";

/// What is known of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'s> {
    /// Nothing: lists are in order.
    Any,
    /// A built-in type.
    Type(&'static Type),
    /// An amount, equal by value.
    Quantity,
    /// A list in order.
    Ordered(Form),
    /// A list whose items are matched by the fields that are their keys.
    Keyed(Keys<'s>, Item<'s>),
    /// A list without order.
    Set,
    /// A mapping from free keys.
    Map(Form),
    /// A part of a custom definition's schema.
    Custom(&'s Value),
}

/// The shape of the items of a keyed list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'s> {
    /// Of a built-in type.
    Form(Form),
    /// By a custom definition's schema.
    Custom(&'s Value),
}

/// The keys of a keyed list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keys<'s> {
    /// Of a built-in type.
    Known(&'static [&'static str]),
    /// By a custom definition.
    Custom(&'s [Value]),
}

impl<'s> Keys<'s> {
    pub(super) fn names(self) -> Vec<&'s str> {
        match self {
            Self::Known(names) => names.to_vec(),
            Self::Custom(names) => names.iter().filter_map(Value::as_str).collect(),
        }
    }
}

/// The type of a value, or of the values of a list or mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// No type that matters here.
    Scalar,
    /// An amount.
    Quantity,
    /// A built-in type, by its name.
    Type(&'static str),
}

/// A built-in type.
#[derive(Debug)]
pub(super) struct Type {
    /// Its short name, such as `core.v1.PodSpec`.
    pub(super) name: &'static str,
    fields: HashMap<&'static str, Field>,
}

#[derive(Debug)]
enum Field {
    One(Form),
    Ordered(Form),
    Keyed(Vec<&'static str>, Form),
    Set,
    Map(Form),
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    group: &'static str,
    version: &'static str,
    namespaced: bool,
    of: &'static str,
}

struct Table {
    kinds: HashMap<&'static str, Vec<Kind>>,
    types: HashMap<&'static str, Type>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| read(TYPES))
}

fn read(text: &'static str) -> Table {
    let mut table = Table { kinds: HashMap::new(), types: HashMap::new() };
    for line in text.lines() {
        let mut words = line.split(' ');
        match (words.next(), words.next()) {
            (Some("kind"), Some(version)) => {
                let (Some(kind), Some(scope), Some(of)) = (words.next(), words.next(), words.next()) else { continue };
                let (group, version) = version.split_once('/').unwrap_or(("", version));
                let kind = table.kinds.entry(kind).or_default();
                kind.push(Kind { group, version, namespaced: scope == "namespaced", of });
            }
            (Some("type"), Some(name)) => {
                let fields = words.filter_map(|word| word.split_once('=')).map(|(name, form)| (name, field(form)));
                table.types.insert(name, Type { name, fields: fields.collect() });
            }
            _ => {}
        }
    }
    table
}

fn field(text: &'static str) -> Field {
    if text == "<>" {
        Field::Set
    } else if let Some(of) = text.strip_prefix("{}") {
        Field::Map(form(of))
    } else if let Some(of) = text.strip_prefix("[]") {
        Field::Ordered(form(of))
    } else if let Some((keys, of)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Field::Keyed(keys.split(',').collect(), form(of))
    } else {
        Field::One(form(text))
    }
}

fn form(text: &'static str) -> Form {
    match text {
        "quantity" => Form::Quantity,
        // A number and a text are never equal, and the API server takes no text that is a number.
        "int-or-string" | "scalar" | "" => Form::Scalar,
        name => Form::Type(name),
    }
}

impl Form {
    fn shape(self) -> Shape<'static> {
        match self {
            Self::Scalar => Shape::Any,
            Self::Quantity => Shape::Quantity,
            Self::Type(name) => table().types.get(name).map_or(Shape::Any, Shape::Type),
        }
    }
}

impl<'s> Shape<'s> {
    /// What is known of the value under a key of a mapping.
    pub(super) fn field(self, key: &str) -> Self {
        match self {
            Self::Type(of) => match of.fields.get(key) {
                None => Shape::Any,
                Some(Field::One(form)) => form.shape(),
                Some(Field::Ordered(form)) => Shape::Ordered(*form),
                Some(Field::Keyed(keys, form)) => Shape::Keyed(Keys::Known(keys), Item::Form(*form)),
                Some(Field::Set) => Shape::Set,
                Some(Field::Map(form)) => Shape::Map(*form),
            },
            Self::Map(form) => form.shape(),
            Self::Custom(schema) => custom_field(schema, key),
            _ => Shape::Any,
        }
    }

    /// Where nothing is known, what many kinds have in common: pod templates and resource amounts.
    pub(super) fn or_guess(self, key: &str, owner: &Map<String, Value>) -> Self {
        let inside = owner.get(key);
        match (self, key) {
            (Self::Any, "template") if inside.is_some_and(|pods| !list(pods, "/spec/containers").is_empty()) => {
                Form::Type(POD_TEMPLATE).shape()
            }
            (Self::Any, "requests" | "limits") if inside.is_some_and(Value::is_object) => Shape::Map(Form::Quantity),
            _ => self,
        }
    }

    /// What is known of the items of a list.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Ordered(form) => form.shape(),
            Self::Keyed(_, Item::Form(form)) => form.shape(),
            Self::Keyed(_, Item::Custom(schema)) => Shape::Custom(schema),
            Self::Custom(schema) => schema.get("items").map_or(Shape::Any, Shape::Custom),
            _ => Shape::Any,
        }
    }

    /// Whether the values are objects of the API, with metadata and a status of their own.
    pub(super) fn is_object(self) -> bool {
        matches!(self, Self::Type(of) if of.fields.contains_key("metadata"))
    }

    /// The name of a built-in type.
    pub(super) const fn type_name(self) -> Option<&'static str> {
        match self {
            Self::Type(of) => Some(of.name),
            _ => None,
        }
    }

    /// Whether the keys of a mapping are free, so that even an empty value says something.
    pub(super) fn has_free_keys(self) -> bool {
        match self {
            Self::Map(_) => true,
            Self::Custom(schema) => schema.get("additionalProperties").is_some(),
            _ => false,
        }
    }
}

fn custom_field<'s>(schema: &'s Value, key: &str) -> Shape<'s> {
    let known = schema.get("properties").and_then(|all| all.get(key)).or_else(|| schema.get("additionalProperties"));
    let Some(known) = known else { return Shape::Any };
    let extension = |name: &str| known.get(name).and_then(Value::as_str).unwrap_or_default();
    match extension("x-kubernetes-list-type") {
        "set" => Shape::Set,
        "map" => {
            let keys = list(known, "/x-kubernetes-list-map-keys");
            known.get("items").map_or(Shape::Any, |items| Shape::Keyed(Keys::Custom(keys), Item::Custom(items)))
        }
        _ if is_quantity(known) => Shape::Quantity,
        _ => Shape::Custom(known),
    }
}

/// Definitions state quantities as a number or a text of a pattern that permits the suffixes.
fn is_quantity(schema: &Value) -> bool {
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    schema.get("x-kubernetes-int-or-string").is_some() && pattern.contains("KMGTPE")
}

/// What is known of a whole resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root<'s> {
    shape: Shape<'s>,
    is_built_in: bool,
}

impl<'s> Root<'s> {
    /// What is known of a top-level field.
    pub(super) fn field(self, key: &str) -> Shape<'s> {
        if key == "metadata" && !self.is_built_in {
            return Form::Type(OBJECT_META).shape();
        }
        self.shape.field(key)
    }

    /// The name of the built-in type.
    pub(super) const fn type_name(self) -> Option<&'static str> {
        self.shape.type_name()
    }
}

/// Definitions of custom kinds, from the manifests themselves.
#[derive(Debug, Default)]
pub struct Definitions(HashMap<(String, String), Definition>);

#[derive(Debug)]
struct Definition {
    namespaced: bool,
    versions: Vec<(String, Value)>,
}

impl Definitions {
    /// Learns from a resource, if it is a CustomResourceDefinition.
    pub fn learn(&mut self, resource: &Value) {
        if text(resource, "/kind") != "CustomResourceDefinition" {
            return;
        }
        let key = (text(resource, "/spec/group").to_owned(), text(resource, "/spec/names/kind").to_owned());
        let versions = list(resource, "/spec/versions").iter().filter_map(|version| {
            let schema = version.get("schema")?.get("openAPIV3Schema")?;
            Some((text(version, "/name").to_owned(), schema.clone()))
        });
        let namespaced = text(resource, "/spec/scope") != "Cluster";
        self.0.insert(key, Definition { namespaced, versions: versions.collect() });
    }

    /// What is known of a resource of a group and kind, in the API version that it states.
    pub(super) fn root(&self, resource: &Value) -> Root<'_> {
        let (group, version) =
            text(resource, "/apiVersion").split_once('/').unwrap_or(("", text(resource, "/apiVersion")));
        let kind = text(resource, "/kind");
        let of_version = built_in(group, kind).find(|kind| kind.version == version);
        if let Some(known) = of_version.or_else(|| built_in(group, kind).next()) {
            return Root { shape: Form::Type(known.of).shape(), is_built_in: true };
        }
        let definition = self.0.get(&(group.to_owned(), kind.to_owned()));
        let schema = definition.and_then(|definition| {
            let exact = definition.versions.iter().find(|(name, _)| name == version);
            exact.or(definition.versions.first()).map(|(_, schema)| schema)
        });
        Root { shape: schema.map_or(Shape::Any, Shape::Custom), is_built_in: false }
    }

    /// Whether objects of a kind live in namespaces; none when the kind is not known.
    pub(super) fn is_namespaced(&self, id: &ResourceId) -> Option<bool> {
        if let Some(known) = built_in(&id.group, &id.kind).next() {
            return Some(known.namespaced);
        }
        self.0.get(&(id.group.clone(), id.kind.clone())).map(|definition| definition.namespaced)
    }
}

/// Whether a kind is one of Kubernetes' own.
pub(super) fn is_built_in(group: &str, kind: &str) -> bool {
    built_in(group, kind).next().is_some()
}

/// A kind of Kubernetes' own, in each version.
fn built_in(group: &str, kind: &str) -> impl Iterator<Item = &'static Kind> {
    table().kinds.get(kind).into_iter().flatten().filter(move |known| known.group == group)
}
