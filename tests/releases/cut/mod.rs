//! Tags that are made by many at once.

mod faults;
mod kills;
mod lab;
mod rules;
mod storm;
