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

    /// It is there only because something inside was removed before: a sum without its alternative, a
    /// mapping without the field that was wrong.
    pub(super) fn follows_from(&self, steps: &[Step], removed: &[Vec<Step>]) -> bool {
        removed.iter().filter(|gone| gone.len() > steps.len() && gone.starts_with(steps)).any(|gone| {
            match self.missing {
                Some(field) => gone.get(steps.len()) == Some(&Step::Key(field.to_owned())),
                None => true,
            }
        })
    }
}

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
        Self::new(format!("expected {}, found {}", in_words(&expected.to_string()), describe(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

/// Serde's words for what is expected, in ours.
fn in_words(expected: &str) -> String {
    match expected {
        "a string" => "text".to_owned(),
        "a nonzero u8" => format!("a whole number from 1 to {}", u8::MAX),
        "a nonzero u16" => format!("a whole number from 1 to {}", u16::MAX),
        "a nonzero u32" => format!("a whole number from 1 to {}", u32::MAX),
        other => other.to_owned(),
    }
}

fn describe(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Str(text) => format!("`{text}`"),
        Unexpected::Unsigned(number) => format!("`{number}`"),
        Unexpected::Signed(number) => format!("`{number}`"),
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Map | Unexpected::StructVariant => "a mapping".to_owned(),
        Unexpected::Seq | Unexpected::TupleVariant => "a list".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        other => other.to_string(),
    }
}
