//! Where every field of every manifest comes from.
//!
//! Builders keep no books. Rendering is pure and takes about a millisecond, so the dependency of the fields on
//! the leaves of `platform.yaml` is found by giving each leaf other values and looking what moves.

mod align;
mod candidates;
mod documents;
mod leaves;
mod schema;
mod unused;
mod vary;

use std::collections::HashSet;

use crate::config::path::Path;
use crate::parallel;
use crate::tree::{FieldPath, ResourceId};

pub use align::{How, readable};
pub use documents::{COMPOSE, Documents, Maker, Parts};
pub use leaves::{Leaf, Leaves, Origin};
pub use unused::{READERS, Reader, Unused, reader, unused};
pub use vary::{Effect, Move};

/// What every leaf moves in the documents that were looked at.
#[derive(Debug)]
pub struct Map<'l> {
    /// Leaves with their effects, in the order of the file.
    pub effects: Vec<(&'l Leaf, Effect)>,
}

/// A leaf on which a field depends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source<'m> {
    /// The leaf.
    pub leaf: &'m Leaf,
    /// The field that moves with it: the one asked for, one above or one below it.
    pub moved: &'m FieldPath,
    /// Whether the value changes with the leaf, or only whether the field is there.
    pub how: How,
}

impl<'l> Map<'l> {
    /// Varies each of the leaves. Those of other environments can only move what belongs to no environment.
    pub fn of(documents: &Documents<'_>, leaves: &'l Leaves, which: impl Iterator<Item = &'l Leaf>) -> Self {
        let which: Vec<&Leaf> = which.collect();
        let effects = parallel::map(&which, |leaf| vary::effect(documents, leaves, leaf));
        Self { effects: which.into_iter().zip(effects).collect() }
    }

    /// The leaves on which a field depends, or anything below it, or whether it is there at all. The path is that
    /// of [`FieldPath::find`]: keys and indexes.
    #[must_use]
    pub fn sources(&self, resource: &ResourceId, field: &FieldPath) -> Vec<Source<'_>> {
        let mut sources: Vec<Source<'_>> = Vec::new();
        for (leaf, effect) in &self.effects {
            let own = effect.moves().iter().filter(|moved| moved.resource == *resource && moved.how != How::Appears);
            let near = own.filter(|moved| moved.field.0.starts_with(&field.0) || field.0.starts_with(&moved.field.0));
            sources.extend(near.map(|moved| Source { leaf, moved: &moved.field, how: moved.how }));
        }
        sources
    }

    /// The fields that move with a leaf, or with any leaf of a block.
    #[must_use]
    pub fn moved_by(&self, path: &Path) -> Vec<&Move> {
        let below = self.effects.iter().filter(|(leaf, _)| leaf.path.starts_with(path));
        let mut known = HashSet::new();
        below.flat_map(|(_, effect)| effect.moves()).filter(|moved| known.insert(*moved)).collect()
    }
}
