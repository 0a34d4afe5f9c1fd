//! What changes on the cluster: resources and their fields compared by meaning.
//!
//! Texts are read only where they differ ([`read`]); resources are matched by identity and by likeness
//! ([`compare`]); each change is classed by what it does, and values that are secret are masked before they
//! leave this room.

mod class;
mod defaults;
mod immutable;
mod list;
mod mask;
mod matching;
mod overlay;
mod owned;
mod path;
mod quantity;
mod read;
mod schema;
mod walk;

use serde_json::Value;

use crate::tree::ResourceId;

pub use class::Class;
pub use mask::{Key, MASK, fingerprint_of};
pub use matching::compare;
pub use overlay::overlay;
pub use path::{Path, PathStep, Sides};
pub use read::{Read, Source, Unreadable, read};
pub use schema::Definitions;

/// How to compare.
#[derive(Debug)]
pub struct Options {
    /// With what the API server holds: fields that it owns, and defaults that it fills in, are no difference.
    pub cluster: bool,
    /// The key of the fingerprints of masked values.
    pub key: Key,
    /// Only these resources; all when there are none.
    pub only: Vec<Selector>,
}

impl Options {
    /// Whether a resource is to be compared.
    #[must_use]
    pub fn choose(&self, id: &ResourceId) -> bool {
        self.only.is_empty() || self.only.iter().any(|selector| selector.chooses(id))
    }
}

/// Chooses resources by kind and name; `*` stands for any, case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    kind: String,
    name: String,
}

impl Selector {
    /// Parses `KIND/NAME`.
    ///
    /// # Errors
    /// When the text has no `/`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, name) = text
            .split_once('/')
            .filter(|(kind, name)| !kind.is_empty() && !name.is_empty())
            .ok_or_else(|| format!("`{text}` is not KIND/NAME, such as `Deployment/django-api` or `Ingress/*`"))?;
        Ok(Self { kind: kind.to_lowercase(), name: name.to_lowercase() })
    }

    /// Whether it chooses a resource.
    #[must_use]
    pub fn chooses(&self, id: &ResourceId) -> bool {
        let fits = |wanted: &str, text: &str| wanted == "*" || wanted == text.to_lowercase();
        fits(&self.kind, &id.kind) && fits(&self.name, &id.name)
    }
}

/// All differences between two sets of resources.
#[derive(Debug, Default)]
pub struct Diff {
    /// How many resources are the same.
    pub same: usize,
    /// The resources that differ, by folder-like order: namespace, kind, name.
    pub resources: Vec<ResourceDiff>,
    /// What the reader should know beside the differences.
    pub notes: Vec<String>,
}

impl Diff {
    /// How many resources something happens to.
    #[must_use]
    pub fn count(&self, verb: Verb) -> usize {
        self.resources.iter().filter(|resource| resource.verb == verb).count()
    }

    /// The resources whose worst change is of a class.
    pub fn of_class(&self, class: Class) -> impl Iterator<Item = &ResourceDiff> {
        self.resources.iter().filter(move |resource| resource.class == class)
    }
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// It stands only on the right.
    Created,
    /// It stands only on the left.
    Removed,
    /// It stands on both sides, with differences.
    Changed,
    /// It has another name or namespace on the right: the old one is deleted, a new one made.
    Renamed,
}

impl Verb {
    /// Its name, for people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
        }
    }
}

/// The differences of one resource.
#[derive(Debug)]
pub struct ResourceDiff {
    /// What happens to it.
    pub verb: Verb,
    /// Which it is; of a renamed one, the new identity.
    pub id: ResourceId,
    /// The identity that a renamed one had.
    pub was: Option<ResourceId>,
    /// The file on the left.
    pub left_file: Option<String>,
    /// The file on the right.
    pub right_file: Option<String>,
    /// The most severe class of its changes.
    pub class: Class,
    /// What must be done by hand, or be known, before this lands.
    pub advice: Option<String>,
    /// Its changes, in the order of its fields.
    pub changes: Vec<Change>,
    /// A removed resource, masked.
    pub left: Option<Value>,
    /// A created resource, masked.
    pub right: Option<Value>,
    /// How a cluster was asked what would become of it.
    pub tier: Option<Tier>,
}

/// How it is known what would become of an object of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The API server tried an apply without keeping it.
    DryRun,
    /// What is wanted was laid over what stands there.
    ReadOnly,
}

impl Tier {
    /// Its name for programs.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::ReadOnly => "read-only",
        }
    }
}

/// What happens to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// It has another value.
    Set,
    /// It appears.
    Add,
    /// It goes.
    Remove,
    /// The items of a list whose order means something change places; the values are their keys.
    Order,
}

/// One change of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What happens.
    pub op: Op,
    /// The value before.
    pub left: Option<Value>,
    /// The value after.
    pub right: Option<Value>,
    /// Whether something in the values is masked.
    pub masked: bool,
    /// What the change does.
    pub class: Class,
    /// Why it has that class, where that is not plain from the field.
    pub note: Option<&'static str>,
}
