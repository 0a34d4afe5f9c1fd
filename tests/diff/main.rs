//! The difference by meaning: every rule of matching, equality, class and masking, as a table of pairs.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]

mod applying;
mod classes;
mod equality;
mod lists;
mod masking;
mod overlay;
mod properties;
mod reading;
mod reports;
mod resources;
mod told;
