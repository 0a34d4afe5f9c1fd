//! What is to be done, as values: a dry run prints the list, a real run performs the same list.

use std::fmt;

/// A change of one file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happens to it.
    pub verb: Verb,
    /// Its path from the root of the repository.
    pub path: String,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It is put where none stands.
    Create,
    /// It is replaced.
    Update,
    /// It is removed.
    Remove,
}

/// A change with all that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The change.
    pub change: Change,
    /// The whole new content; empty for a removal.
    pub content: String,
}

impl Action {
    /// Puts or replaces a file.
    #[must_use]
    pub const fn write(path: String, content: String, stands: bool) -> Self {
        let verb = if stands { Verb::Update } else { Verb::Create };
        Self { change: Change { verb, path }, content }
    }

    /// Removes a file.
    #[must_use]
    pub const fn remove(path: String) -> Self {
        Self { change: Change { verb: Verb::Remove, path }, content: String::new() }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Remove => "remove",
        };
        write!(f, "{verb} {}", self.path)
    }
}
