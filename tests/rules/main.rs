//! What must hold between resources: every rule of `ahuora check`, and the rendering that it looks at.
#![allow(clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::needless_pass_by_value, reason = "a case hands over what it made")]

mod capacity;
mod cases;
mod experiments;
mod files;
mod findings;
mod overrides;
mod pods;
mod provenance;
mod setup;
