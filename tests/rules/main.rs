//! What must hold between resources: every rule of `ahuora check`, and the rendering that it looks at.

mod capacity;
mod cases;
mod files;
mod findings;
mod overrides;
mod pods;
mod setup;
