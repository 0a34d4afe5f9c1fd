//! From the text of `platform.yaml` to valid platforms.
//!
//! Three steps, each reporting all that it finds: text to nodes (`yaml`), nodes to the typed mirror of the
//! file (`spec`, by `decode`), and the mirror to [`crate::platform::Platform`]s (`resolve`), where what
//! blocks say of each other is checked.

mod credentials;
mod decode;
mod edit;
pub mod path;
mod problem;
mod resolve;

pub use edit::Edit;
pub use problem::{Problem, in_order, suggestion};
pub use resolve::{
    Active, ByPullRequest, Configuration, Experiments, Operations, Override, Overrider, file, load, load_with, scalar,
};

/// JSON Schema of `platform.yaml`, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    pretty_schema::<crate::spec::FileSpec>()
}

/// JSON Schema of the mirror of a file, as pretty JSON with a final newline.
#[must_use]
pub fn pretty_schema<T: schemars::JsonSchema>() -> String {
    serde_json::to_string_pretty(&schemars::schema_for!(T)).unwrap_or_default() + "\n"
}

/// JSON Schema of `platform.yaml`: the type of every key, and the defaults.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(crate::spec::FileSpec).to_value()
}
