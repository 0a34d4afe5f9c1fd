//! Every leaf of `platform.yaml`: what is written, what is a default, and the names that people chose.

use std::collections::BTreeMap;

use serde_json::Value;

use super::schema::Schema;
use crate::config::path::{Path, Segment, place};
use crate::config::{Configuration, schema};
use crate::values::EnvironmentName;
use crate::yaml::{Entry, Node, NodeValue, Position};

/// Where a leaf's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It is written in the file.
    Written,
    /// Nothing is written; the schema has a default.
    Default,
    /// It is the name of a block, such as that of a service: the key itself.
    Name,
    /// It is one of several alternatives, such as `autoscaler` under `scaling`: the key itself.
    Choice,
}

/// A value of the configuration that can change by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Its path in the file.
    pub path: Path,
    /// Its place; of a default, the place of the block in which it could stand.
    pub at: Position,
    /// Its present value, as text.
    pub value: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// The schema's path to its type: the path with overrides replaced by what they override.
    pub(super) typed: Path,
    /// Of a default, the absent key and its whole default value, in which the leaf stands.
    pub(super) absent: Option<(Path, Node)>,
}

impl Leaf {
    /// The only environment that the leaf belongs to, where it stands under one.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self.path.leading_keys(2).as_slice() {
            ["environments", name] => Some(name),
            _ => None,
        }
    }
}

/// All leaves of a configuration, with what is needed to find other values for them.
#[derive(Debug)]
pub struct Leaves {
    /// In the order of the file.
    pub all: Vec<Leaf>,
    pub(super) schema: Value,
    /// Names in use, by the name of their type, in the order of the file.
    pub(super) names: BTreeMap<String, Vec<String>>,
}

impl Leaves {
    /// Finds them.
    #[must_use]
    pub fn of(configuration: &Configuration) -> Self {
        let schema = schema();
        let mut walk = Walk { schema: &schema, root: configuration.root(), all: Vec::new(), names: BTreeMap::new() };
        walk.node(configuration.root(), Schema::of(&schema), &Path::default(), &Path::default());
        let Walk { mut all, names, .. } = walk;
        all.sort_by(|one, other| (one.at, one.origin, &one.path).cmp(&(other.at, other.origin, &other.path)));
        Self { all, schema, names }
    }

    /// The schema of a leaf's value.
    pub(super) fn schema_of(&self, leaf: &Leaf) -> Option<Schema<'_>> {
        at(Schema::of(&self.schema), &leaf.typed)
    }

    /// The leaves that can move something in an environment: its own, and those of none.
    pub fn of_environment<'l>(&'l self, name: &'l EnvironmentName) -> impl Iterator<Item = &'l Leaf> {
        self.all.iter().filter(move |leaf| leaf.environment().is_none_or(|own| own == name.as_str()))
    }
}

/// The schema of the value at a path.
pub(super) fn at<'s>(schema: Schema<'s>, path: &Path) -> Option<Schema<'s>> {
    path.segments().iter().try_fold(schema, |schema, segment| match segment {
        Segment::Key(key) => schema.key(key).map(|(schema, _)| schema),
        Segment::Index(_) => schema.item(),
    })
}

struct Walk<'w> {
    schema: &'w Value,
    root: &'w Node,
    all: Vec<Leaf>,
    names: BTreeMap<String, Vec<String>>,
}

impl<'w> Walk<'w> {
    /// Takes the leaves of a node; `typed` is the path of its type.
    fn node(&mut self, node: &Node, schema: Schema<'w>, path: &Path, typed: &Path) {
        match &node.value {
            NodeValue::Scalar { text, .. } => {
                self.name(schema.name(), text);
                self.push(path, typed, node.at, text, Origin::Written, None);
            }
            NodeValue::Sequence(items) => {
                let Some(schema) = schema.item() else { return };
                for (index, item) in items.iter().enumerate() {
                    let segment = Segment::Index(index);
                    self.node(item, schema, &path.join(segment.clone()), &typed.join(segment));
                }
            }
            NodeValue::Mapping(entries) => self.mapping(entries, schema, path, typed),
            NodeValue::Removed => {}
        }
    }

    fn mapping(&mut self, entries: &[Entry], schema: Schema<'w>, path: &Path, typed: &Path) {
        let is_overrides = matches!(path.leading_keys(4).as_slice(), ["environments", _, "overrides"]);
        let is_choice = schema.variants().len() > 1;
        for entry in entries {
            let segment = Segment::Key(entry.key.clone());
            let own = path.join(segment.clone());
            let overridden = if is_overrides { Path::parse(&entry.key).ok() } else { None };
            if let Some(target) = overridden {
                let whole = Schema::of(self.schema);
                if let Some(schema) = at(whole, &target) {
                    self.node(&entry.value, schema, &own, &target);
                }
            } else if let Some((schema, is_free)) = schema.key(&entry.key) {
                if is_free {
                    self.name(self.type_of_names(path), &entry.key);
                }
                if is_free || is_choice {
                    let origin = if is_free { Origin::Name } else { Origin::Choice };
                    self.push(&own, &typed.join(segment.clone()), entry.at, &entry.key, origin, None);
                }
                self.node(&entry.value, schema, &own, &typed.join(segment));
            }
        }
        let present: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        for (key, default) in schema.defaults(&present) {
            if !present.contains(&key) {
                let (own, typed) = (path.join(Segment::Key(key.to_owned())), typed.join(Segment::Key(key.to_owned())));
                let block = node_of(default, place(self.root, own.segments()));
                self.default(&block, &own, &typed, (&own, &block));
            }
        }
    }

    /// Takes the leaves of a default value.
    fn default(&mut self, node: &Node, path: &Path, typed: &Path, absent: (&Path, &Node)) {
        let below = |segment: Segment| (path.join(segment.clone()), typed.join(segment));
        match &node.value {
            NodeValue::Scalar { text, .. } => {
                let absent = Some((absent.0.clone(), absent.1.clone()));
                self.push(path, typed, node.at, text, Origin::Default, absent);
            }
            NodeValue::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    let (path, typed) = below(Segment::Index(index));
                    self.default(item, &path, &typed, absent);
                }
            }
            NodeValue::Mapping(entries) => {
                let is_choice = at(Schema::of(self.schema), typed).is_some_and(|sum| sum.variants().len() > 1);
                for entry in entries {
                    let (path, typed) = below(Segment::Key(entry.key.clone()));
                    if is_choice {
                        let absent = Some((absent.0.clone(), absent.1.clone()));
                        self.push(&path, &typed, node.at, &entry.key, Origin::Choice, absent);
                    }
                    self.default(&entry.value, &path, &typed, absent);
                }
            }
            NodeValue::Removed => {}
        }
    }

    fn push(
        &mut self,
        path: &Path,
        typed: &Path,
        at: Position,
        text: &str,
        origin: Origin,
        absent: Option<(Path, Node)>,
    ) {
        let (path, typed) = (path.clone(), typed.clone());
        self.all.push(Leaf { path, at, value: text.to_owned(), origin, typed, absent });
    }

    fn name(&mut self, kind: Option<&str>, name: &str) {
        let known = self.names.entry(kind.unwrap_or_default().to_owned()).or_default();
        if !known.iter().any(|one| one == name) {
            known.push(name.to_owned());
        }
    }

    /// The type of the names that people choose for the keys of a block.
    fn type_of_names(&self, block: &Path) -> Option<&'w str> {
        let says = at(Schema::of(self.schema), block)?.shapes();
        let pattern = says.iter().find_map(|shape| shape.key_pattern())?;
        let is_environment = block.leading_keys(2) == ["environments"];
        let types = self.schema.get("$defs")?.as_object()?.iter();
        let mut fitting = types.filter(|(name, says)| {
            says.get("pattern").and_then(Value::as_str) == Some(pattern)
                && (name.as_str() == "EnvironmentName") == is_environment
        });
        fitting.next().map(|(name, _)| name.as_str())
    }
}

/// A default value as it would be written.
fn node_of(value: &Value, at: Position) -> Node {
    let value = match value {
        Value::String(text) => NodeValue::Scalar { text: text.clone(), plain: false },
        Value::Array(items) => NodeValue::Sequence(items.iter().map(|item| node_of(item, at)).collect()),
        Value::Object(map) => NodeValue::Mapping(
            map.iter().map(|(key, value)| Entry { key: key.clone(), at, value: node_of(value, at) }).collect(),
        ),
        other => NodeValue::Scalar { text: other.to_string(), plain: true },
    };
    Node { value, at }
}
