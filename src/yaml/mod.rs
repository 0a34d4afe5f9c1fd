//! YAML text in and out. The only room that knows a YAML crate.
//!
//! Reading ([`parse`]) keeps the line and column of every value, so that messages can point at them;
//! [`resolve`] gives a plain scalar the meaning that the parser of Kubernetes gives it. Writing
//! ([`to_text`]) produces text that YAML 1.1, YAML 1.2 and Kubernetes all read alike.

mod node;
mod parse;
mod resolve;
mod write;

pub use node::{Entry, Node, NodeValue, Position};
pub use parse::{Aliases, SyntaxError, parse};
pub use resolve::{Resolved, resolve};
pub use write::{WriteError, append, to_text};

/// Reads YAML documents as Kubernetes would, into JSON values.
///
/// # Errors
/// When the text is not YAML, uses a tag or key that JSON cannot hold, or expands beyond bounds.
pub fn read_documents(text: &str) -> Result<Vec<serde_json::Value>, SyntaxError> {
    let nodes = parse(text, Aliases::Expand)?;
    Ok(nodes.into_iter().map(serde_json::Value::from).filter(|value| !value.is_null()).collect())
}
