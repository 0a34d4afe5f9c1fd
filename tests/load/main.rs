//! Trials: the machine on a place in memory, killed at every moment; and the program, with the faults that the real k6
//! cannot make.

mod killed;
mod memory;
mod random;
mod verdicts;
