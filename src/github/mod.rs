//! GitHub's part of an experiment: what to ask, what to make, when, and what never to do twice. Everything here is a
//! function of values and of a [`wire::Wire`], behind which there is GitHub or, in tests, a server in memory.

pub mod client;
pub mod closing;
pub mod date;
pub mod dispatch;
pub mod journal;
pub mod lock;
pub mod machine;
pub mod pacer;
pub mod policy;
pub mod pulls;
pub mod runs;
pub mod standing;
pub mod tags;
pub mod trouble;
pub mod wire;
