//! Experiments: a design becomes permutations of the platform that differ in one variable, and the proof of it.
//!
//! Text to the typed mirror (`design`), to variables and rows (`levels`, `rows`), to an [`Experiment`] with its
//! runs in order (`plan`, `order`); its permutations are rendered (`rendering`) and surveyed (`survey`).

mod branch;
pub mod campaign;
mod design;
mod files;
mod governed;
mod held;
mod levels;
pub mod live;
mod lock;
mod memo;
mod order;
mod plan;
mod proof;
pub mod pull_request;
mod random;
mod rendering;
mod rows;
mod slug;
mod survey;

pub use branch::{Branch, Branches, Written, folder as branch_folder, name as branch_name};
pub use design::{DesignSpec, OrderSpec, VariationSpec};
pub use files::{Digest, File, Place};
pub use governed::Governed;
pub use held::Found;
pub use levels::{Level, Variable};
pub use lock::{LOCK, Lock, LockSpec, Locks};
pub use order::{Trial, switches};
pub use plan::{Experiment, Permutation};
pub use proof::{Fault, Moved, Proof, Proved, prove};
pub use rendering::{Base, Part, Renderer, Variant};
pub use rows::{Excluded, Row};
pub use survey::{Surveyed, survey};

/// JSON Schema of a design, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    crate::config::pretty_schema::<DesignSpec>()
}
