//! Results on the branch of results, by running the program on repositories that are made for it.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "a test makes repositories")]

mod adding;
mod clones;
mod faults;
#[path = "../releases/cut/lab.rs"]
#[allow(dead_code, reason = "of what cuts need, not all is used here")]
mod lab;
mod refusals;
mod results;
mod together;
