//! Releases: what is released, how versions follow from commits, and what tags are called.

mod changelog;
mod commit;
pub mod cut;
pub mod image;
mod next;
mod policy;
mod settings;
mod tag;
mod weigh;

pub use changelog::{Entry, Section, changelog, markdown};
pub use commit::{Change, Commit, Kind, Reverted, Severity};
pub use next::{Known, Line, Next, Refusal, Wish, latest, newest, next};
pub use policy::raised;
pub use settings::{Component, FILE, Settings};
pub use tag::{Ranked, Tag, Tags, channel, prerelease};
pub use weigh::{Effect, short};

use crate::config;
use crate::spec::ReleasesSpec;

/// JSON Schema of `release.yaml`, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    config::pretty_schema::<ReleasesSpec>()
}
