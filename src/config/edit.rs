//! Small changes of a file that was read: other values, other names, without parsing it again.

use super::path::{Path, Segment, get_mut, set};
use crate::yaml::{Node, NodeValue};

/// One change of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Puts a value at a path, with the blocks on the way to it.
    Set(Path, Node),
    /// Removes a key or the item of a list.
    Remove(Path),
    /// Gives a key another name.
    Rename(Path, String),
}

impl Edit {
    /// The path at which something changes.
    #[must_use]
    pub const fn path(&self) -> &Path {
        match self {
            Self::Set(path, _) | Self::Remove(path) | Self::Rename(path, _) => path,
        }
    }

    /// Makes the change.
    ///
    /// # Errors
    /// When there is nothing at the path, or another key has the new name.
    pub fn apply(&self, root: &mut Node) -> Result<(), String> {
        let path = self.path();
        let Some((last, above)) = path.segments().split_last() else {
            return Err("the file as a whole cannot be changed".to_owned());
        };
        if let Self::Set(_, value) = self {
            return set(root, path.segments(), value);
        }
        let nothing = || format!("there is no `{path}`");
        let holder = get_mut(root, above).ok_or_else(nothing)?;
        match (self, last, &mut holder.value) {
            (Self::Rename(_, name), Segment::Key(key), NodeValue::Mapping(entries)) => {
                if entries.iter().any(|entry| entry.key == *name) {
                    return Err(format!("there is `{name}` already"));
                }
                entries.iter_mut().find(|entry| entry.key == *key).ok_or_else(nothing)?.key.clone_from(name);
            }
            (_, Segment::Key(key), NodeValue::Mapping(entries)) => entries.retain(|entry| entry.key != *key),
            (_, Segment::Index(index), NodeValue::Sequence(items)) if *index < items.len() => {
                items.remove(*index);
            }
            _ => return Err(nothing()),
        }
        Ok(())
    }
}
