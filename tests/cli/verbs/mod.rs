//! The other verbs.

mod check;
mod explain;
mod graph;
mod help;
mod init;
mod schema;
