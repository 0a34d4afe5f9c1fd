//! What is to be done, as values: a dry run prints the list, a real run performs the same list.

use std::fmt;

/// One thing to do to the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Put a file there, or replace it.
    Write {
        /// Path from the root of the repository.
        path: String,
        /// The whole new content.
        content: String,
        /// Whether a file stands there already.
        replaces: bool,
    },
    /// Remove a file.
    Remove {
        /// Path from the root of the repository.
        path: String,
    },
}

impl Action {
    /// The file it is about.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Write { path, .. } | Self::Remove { path } => path,
        }
    }

    /// The verb: `create`, `update` or `remove`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Write { replaces: false, .. } => "create",
            Self::Write { replaces: true, .. } => "update",
            Self::Remove { .. } => "remove",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb(), self.path())
    }
}
