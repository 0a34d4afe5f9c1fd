//! Why decoding stopped, and where.

use std::fmt;

use serde::de::{self, Unexpected};

use super::Step;
use crate::config::problem::suggestion;
use crate::yaml::Position;

/// Why decoding stopped: the way back to the root, the place, the sentence.
#[derive(Debug)]
pub(super) struct Stop {
    /// Innermost step first.
    pub(super) steps: Vec<Step>,
    pub(super) at: Option<Position>,
    pub(super) message: String,
    missing: Option<&'static str>,
}

impl Stop {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { steps: Vec::new(), at: None, message: message.into(), missing: None }
    }

    pub(super) fn within(mut self, step: Step, at: Position) -> Self {
        self.at.get_or_insert(at);
        self.steps.push(step);
        self
    }

    pub(super) fn at(mut self, at: Position) -> Self {
        self.at.get_or_insert(at);
        self
    }

    /// A field is missing only because it, or something that held it, was removed before.
    pub(super) fn follows_from(&self, steps: &[Step], removed: &[Vec<Step>]) -> bool {
        let inside = |gone: &Vec<Step>| gone.len() > steps.len() && gone.starts_with(steps);
        match self.missing {
            Some(field) => {
                removed.iter().any(|gone| inside(gone) && gone.get(steps.len()) == Some(&Step::Key(field.to_owned())))
            }
            None => removed.iter().any(inside) && self.message == EMPTIED,
        }
    }
}

/// The message of a sum type whose only alternative was removed.
pub(super) const EMPTIED: &str = "nothing is left";

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}

impl de::Error for Stop {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::new(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new(format!("`{field}` is missing")) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("`{variant}` is not known here{}", suggestion(variant, expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown key `{field}`{}", suggestion(field, expected)))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }
}
