//! What stops the program, and with which exit code.

use std::io;

use crate::config::Problem;

/// How a verb ended when it did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is fine: exit code 0.
    Fine,
    /// Differences or findings: exit code 1.
    Findings,
}

impl Outcome {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
        }
    }
}

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration has problems: exit code 2.
    #[error("{} has {} problem{}", .file, .problems.len(), if .problems.len() == 1 { "" } else { "s" })]
    Configuration {
        /// The file.
        file: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// Manifests that cannot be read: exit code 2.
    #[error("{} document{} cannot be read", .0.len(), if .0.len() == 1 { "" } else { "s" })]
    Manifests(
        /// Each with its file.
        Vec<(String, Problem)>,
    ),
    /// The command asks for something that is refused: exit code 2.
    #[error("{message}")]
    Usage {
        /// What is refused.
        message: String,
        /// What to type instead.
        hint: String,
    },
    /// What was begun is not at its end: exit code 3.
    #[error("{message}")]
    Stopped {
        /// What stopped.
        message: String,
        /// What to type to go on.
        hint: String,
    },
    /// The outside world (disk, git, network) refused: exit code 3.
    #[error("{what}: {source}")]
    Outside {
        /// What could not be done, with the file.
        what: String,
        /// Why.
        source: io::Error,
    },
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Configuration { .. } | Self::Manifests(_) | Self::Usage { .. } => 2,
            Self::Outside { .. } | Self::Stopped { .. } => 3,
        }
    }

    /// A refusal with what to do instead.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// Turns an I/O error into a failure that says what was attempted.
    pub(crate) fn outside(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Outside { what, source }
    }
}
