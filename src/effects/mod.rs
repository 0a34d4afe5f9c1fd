//! The only room that touches the outside world. It decides nothing: it reads what it is asked for and
//! performs a list of actions.

pub mod actions;
pub mod clock;
pub mod cluster;
mod files;
pub mod fingerprint;
pub mod git;
pub mod github;
pub mod http;
pub mod journal;
pub mod latency;
mod manifests;
mod pause;
pub mod process;
pub mod prometheus;
mod repository;
pub mod results;
pub mod signals;
pub mod watch;

pub use files::{MAX_CONFIG_BYTES, Scan, Sized, make_folder, read_or_digest, read_text, scan};
pub use git::{
    Added, Author, Blob, Changed, FoundTag, Growing, History, Logged, Prepared, Pushed, PushedTag, Reader, Remote,
    Span, State, StoredTag, StoredTags, Tagger, Target, Turn, Uncommitted, Wanted, Writer, commit, commits_between,
    fetch, is_revision, is_same_folder, manifests_at, push, refuse_below, remote_branches, shallow, text_at,
    uncommitted, without_credentials,
};
pub use manifests::{ManifestFile, fingerprint_key, manifests_of, manifests_of_stdin};
pub use pause::pause;
pub use repository::{Repository, apply, preflight, write_text};
pub(crate) use repository::{Temporary, temporary};
