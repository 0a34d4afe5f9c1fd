//! Experiments: a design becomes permutations of the platform that differ in one variable, and the proof of it.
//!
//! Text to the typed mirror (`design`), to variables and rows (`levels`, `rows`), to an [`Experiment`] with its
//! runs in order (`plan`, `order`); its permutations are rendered (`rendering`) and surveyed (`survey`).

pub mod campaign;
mod design;
mod files;
mod levels;
mod order;
mod plan;
mod random;
mod rendering;
mod rows;
mod slug;
mod survey;

pub use design::{DesignSpec, OrderSpec, VariationSpec};
pub use files::{Digest, File, Place};
pub use levels::{Level, Variable};
pub use order::{Trial, switches};
pub use plan::{Experiment, Permutation};
pub use rendering::{Base, Variant};
pub use rows::{Excluded, Row};
pub use survey::{Surveyed, survey};

/// JSON Schema of a design, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    crate::config::pretty_schema::<DesignSpec>()
}
