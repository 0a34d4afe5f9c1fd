//! One run of load and what can be trusted of it: the fixture, the conditions, what the generator and the cluster did
//! meanwhile, the steps of a trial, and its verdict. Decides; `effects` does.

pub mod client;
pub mod cluster;
pub mod fingerprint;
pub mod fixture;
pub mod latency;
pub mod machine;
pub mod publication;
pub mod verdict;
