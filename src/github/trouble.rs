//! What GitHub refuses, in words that say what to do.

use crate::error::Failure;

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is not there, or the token may not see it: GitHub does not tell which.
    #[error("it is missing, or the token has no access to it")]
    Missing,
    /// The token is wrong, or there is none.
    #[error("the credentials are refused: {0}")]
    Credentials(String),
    /// It was refused twice, a minute apart.
    #[error(
        "GitHub refuses it (403): {0}; waiting for a minute did not help, so either the token lacks a permission, or a \
         secondary limit holds for longer"
    )]
    Forbidden(String),
    /// A limit that does not pass in time.
    #[error("GitHub's limit does not pass: {0}")]
    Limit(String),
    /// The request is wrong, or does not fit what stands there.
    #[error("GitHub refuses it ({status}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What GitHub says.
        message: String,
    },
    /// The repository has another name now.
    #[error("it has moved: name the repository as it is called now, with --repository OWNER/NAME")]
    Moved,
    /// Nobody answers.
    #[error("{0}")]
    Silent(String),
    /// It was sent, and nobody knows whether it was done.
    #[error("whether it was done is not known: {0}")]
    Unknown(String),
    /// The answer is not what GitHub's description says.
    #[error("GitHub's answer is not understood: it has no {0}")]
    Strange(&'static str),
    /// Another holds the lock, or something else that only a person can decide.
    #[error("{message}")]
    Person {
        /// What stands in the way.
        message: String,
        /// What to type.
        hint: String,
    },
}

impl Trouble {
    /// What stops the verb, and with which hint: `what` was to be done.
    #[must_use]
    pub fn failure(self, what: &str) -> Failure {
        match self {
            Self::Person { message, hint } => Failure::usage(message, hint),
            Self::Credentials(_) => Failure::usage(
                format!("cannot {what}: {self}"),
                "set GITHUB_TOKEN to a token with access to the repository (contents, pull requests, actions: read and \
                 write), or AHUORA_GITHUB_APP_ID, AHUORA_GITHUB_APP_KEY and AHUORA_GITHUB_INSTALLATION",
            ),
            Self::Missing => Failure::usage(
                format!("cannot {what}: {self}"),
                "check the name of the repository (--repository OWNER/NAME) and what the token may see",
            ),
            Self::Moved => Failure::usage(format!("cannot {what}: {self}"), "gh repo view tells its name"),
            other => Failure::outside(format!("cannot {what}"))(std::io::Error::other(other)),
        }
    }
}
