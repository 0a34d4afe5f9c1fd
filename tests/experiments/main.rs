//! Designs, orders and proofs, in process.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "a test reads the repository")]

mod designs;
mod orders;
mod proofs;
mod random;
mod setup;
mod shipped;
