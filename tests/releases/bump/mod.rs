//! `ahuora release bump` and `rollback`, on repositories that `ahuora init` made.

mod all;
mod dirty;
mod github;
mod inplace;
mod interrupted;
mod lab;
mod proposing;
mod refusals;
mod together;
