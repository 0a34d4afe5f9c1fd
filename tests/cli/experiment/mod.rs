//! `ahuora experiment`, in repositories that `ahuora init` makes.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stderr, reason = "a test says why it proved nothing")]

mod bad_input;
mod branching;
mod github;
mod help;
mod lab;
mod places;
mod planning;
mod pushing;
mod refusals;
mod verifying;
