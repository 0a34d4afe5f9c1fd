//! Which versions there are and which follows, read from real repositories.

mod lab;
mod latest;
mod next;
mod output;
mod random;
