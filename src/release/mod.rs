//! Releases: what is released, how versions follow from commits, and what tags are called.

pub mod image;
mod settings;
mod tag;

pub use settings::{Component, FILE, Settings};
pub use tag::{Tag, Tags, channel, prerelease};

use crate::config;
use crate::spec::ReleasesSpec;

/// JSON Schema of `release.yaml`, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    config::pretty_schema::<ReleasesSpec>()
}
