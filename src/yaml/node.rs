//! A parsed YAML value that remembers where it stood.

use super::resolve::{Resolved, resolve};

/// A place in a file: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One YAML value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: NodeValue,
    /// Where it begins.
    pub at: Position,
}

/// The three shapes of a YAML value.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    /// Text as written, and whether it was plain (unquoted), so that it may mean a number or a boolean.
    Scalar {
        /// The text after unescaping.
        text: String,
        /// Unquoted, single line or folded by indentation.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file, without duplicate keys.
    Mapping(Vec<Entry>),
    /// A value already reported as wrong; readers skip it.
    Removed,
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key begins.
    pub at: Position,
    /// The value.
    pub value: Node,
}

impl Node {
    /// No value, at no place.
    #[must_use]
    pub const fn null() -> Self {
        Self { value: NodeValue::Scalar { text: String::new(), plain: true }, at: Position { line: 0, column: 0 } }
    }

    /// An empty mapping at a place.
    #[must_use]
    pub const fn empty_mapping(at: Position) -> Self {
        Self { value: NodeValue::Mapping(Vec::new()), at }
    }

    /// Whether this is an absent value: nothing, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar { text, plain: true } if resolve(text) == Resolved::Null)
    }

    /// The value under a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            NodeValue::Mapping(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
            _ => None,
        }
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// What the value is, in the words of a message.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.value {
            NodeValue::Scalar { text, plain: true } if resolve(text) == Resolved::Null => "nothing".to_owned(),
            NodeValue::Scalar { text, .. } => format!("`{}`", shorten(text)),
            NodeValue::Sequence(_) => "a list".to_owned(),
            NodeValue::Mapping(_) | NodeValue::Removed => "a mapping".to_owned(),
        }
    }

    /// The value as JSON, plain scalars resolved as Kubernetes resolves them.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.clone().into()
    }
}

impl From<Node> for serde_json::Value {
    /// As [`Node::to_json`], without copying texts.
    fn from(node: Node) -> Self {
        match node.value {
            NodeValue::Scalar { text, plain: false } => Self::String(text),
            NodeValue::Scalar { text, plain: true } => match resolve(&text) {
                Resolved::Text => Self::String(text),
                resolved => resolved.into_json(&text),
            },
            NodeValue::Sequence(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            NodeValue::Mapping(entries) => {
                Self::Object(entries.into_iter().map(|entry| (entry.key, Self::from(entry.value))).collect())
            }
            NodeValue::Removed => Self::Null,
        }
    }
}

/// At most 40 characters of a text, on one line.
fn shorten(text: &str) -> String {
    let line: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() { format!("{line}...") } else { line }
}
