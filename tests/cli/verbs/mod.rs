//! The other verbs.

mod check;
mod graph;
mod help;
mod init;
mod load;
mod load_check;
mod schema;
