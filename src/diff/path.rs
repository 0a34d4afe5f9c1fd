//! Where a change is: a path that leads to the field in both compared resources.

use std::fmt;

use serde_json::Value;

use crate::tree::{FieldPath, Step};

/// A path to a field of a resource that changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<PathStep>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// A key of a mapping.
    Key(String),
    /// An item of a list whose items are matched by fields.
    Item {
        /// The fields with their values.
        keys: Vec<(String, Value)>,
        /// Where the item stands.
        at: Sides,
    },
    /// An item of a list in order, or of a set.
    Index(Sides),
}

/// Where an item stands in the left and in the right list, from 0; none where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// In the left list.
    pub left: Option<usize>,
    /// In the right list.
    pub right: Option<usize>,
}

impl Sides {
    pub(super) const fn both(left: usize, right: usize) -> Self {
        Self { left: Some(left), right: Some(right) }
    }

    pub(super) const fn left(at: usize) -> Self {
        Self { left: Some(at), right: None }
    }

    pub(super) const fn right(at: usize) -> Self {
        Self { left: None, right: Some(at) }
    }

    /// The place to tell: the new one, else the old one.
    pub(super) const fn told(self) -> usize {
        match (self.right, self.left) {
            (Some(at), _) | (None, Some(at)) => at,
            (None, None) => 0,
        }
    }
}

impl Path {
    /// The keys of mappings on the way, without items.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            PathStep::Key(key) => Some(key.as_str()),
            _ => None,
        })
    }

    /// The path in the left resource, by keys and indexes; as far as it exists there.
    #[must_use]
    pub fn in_left(&self) -> FieldPath {
        FieldPath(self.0.iter().map_while(|step| step.plain(|at| at.left)).collect())
    }

    /// The path in the right resource, by keys and indexes; as far as it exists there.
    #[must_use]
    pub fn in_right(&self) -> FieldPath {
        FieldPath(self.0.iter().map_while(|step| step.plain(|at| at.right)).collect())
    }

    /// The path as people read it.
    #[must_use]
    pub fn told(&self) -> FieldPath {
        let told = |step: &PathStep| match step {
            PathStep::Key(key) => Step::Key(key.clone()),
            PathStep::Item { keys, .. } => Step::Item(keys.clone()),
            PathStep::Index(at) => Step::Index(at.told()),
        };
        FieldPath(self.0.iter().map(told).collect())
    }
}

impl PathStep {
    fn plain(&self, side: impl Fn(&Sides) -> Option<usize>) -> Option<Step> {
        match self {
            Self::Key(key) => Some(Step::Key(key.clone())),
            Self::Item { at, .. } | Self::Index(at) => side(at).map(Step::Index),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told().fmt(f)
    }
}
