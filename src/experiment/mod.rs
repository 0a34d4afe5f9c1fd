//! Experiments: a design becomes permutations of the platform that differ in one variable, and the proof of it.

pub mod campaign;
pub mod live;
