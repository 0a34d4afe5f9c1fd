//! The program from outside: what it prints, its exit codes, and what it leaves on the disk.

mod bad_input;
mod diff;
mod env;
mod escape;
mod experiment;
mod explain;
mod generate;
mod verbs;
