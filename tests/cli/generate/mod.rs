//! `ahuora generate`.

mod committed;
mod content;
mod flags;
mod foreign;
mod interrupted;
mod modes;
mod picture;
mod writing;
