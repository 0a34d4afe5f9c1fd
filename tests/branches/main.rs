//! Branches written straight into a repository: git itself, and libgit2, judge what was written.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "a test reads and writes files")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a test says what it skips")]

mod edits;
mod killed;
mod other_repositories;
mod pushing;
mod reading;
mod refusals;
mod repo;
mod together;
mod writing;
