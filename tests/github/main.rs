//! The GitHub half of experiments, against a server that keeps what is made and fails where it is told to: in memory
//! on a virtual clock, and over a loopback connection with the program's own client.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "tests write the files they are about")]

mod bodies;
mod closing;
mod connection;
mod dispatching;
mod interrupted;
mod journals;
mod limits;
mod locking;
mod loopback;
mod memory;
mod opening;
mod releasing;
mod routes;
mod server;
mod setup;
mod verbs;
