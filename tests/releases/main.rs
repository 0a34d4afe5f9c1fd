//! Releases, by running the program on repositories that are made for it.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "a test makes repositories")]

mod bump;
mod cut;
mod versions;
mod workflows;
