//! Trials: the machine on a place in memory, killed at every moment; and the program, with the faults that the real k6
//! cannot make.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic, and says what it skips"
)]
#![allow(clippy::disallowed_methods, reason = "these tests make folders and programs of their own")]

mod faults;
mod here;
mod killed;
mod memory;
mod processes;
mod random;
mod verdicts;
