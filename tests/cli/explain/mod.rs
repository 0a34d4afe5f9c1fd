//! `ahuora explain`: from fields to keys, from keys to fields, and the keys that nothing depends on.

mod fields;
mod keys;
mod mistakes;
mod unused;
