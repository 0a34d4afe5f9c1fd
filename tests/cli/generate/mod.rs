//! `ahuora generate`.

mod committed;
mod content;
mod flags;
mod foreign;
mod modes;
mod picture;
mod writing;
