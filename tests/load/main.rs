//! Trials: the machine on a place in memory, killed at every moment; and the program, with the faults that the real k6
//! cannot make.

mod faults;
mod here;
mod killed;
mod memory;
mod processes;
mod random;
mod verdicts;
