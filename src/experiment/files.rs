//! Generated files as values: what they hold, their digests, and how two of them differ.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::slug::hex;
use crate::tree::HEADER;
use crate::yaml::{WriteError, append};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of a value: its JSON with sorted keys and without spaces, so that comments, order and quoting say nothing.
    #[must_use]
    pub fn of_value(value: &Value) -> Self {
        let mut hash = Writer(Sha256::new());
        // Writing into a hash cannot fail, and every key of a JSON value is a text.
        let _ = serde_json::to_writer(&mut hash, value);
        Self(hash.0.finalize().into())
    }

    /// Of a set of files, each with its own digest, in the order of their paths.
    #[must_use]
    pub fn of_files<'f>(files: impl IntoIterator<Item = (&'f str, Self)>) -> Self {
        let mut hash = Sha256::new();
        for (path, digest) in files {
            hash.update(path);
            hash.update([0]);
            hash.update(digest.0);
        }
        Self(hash.finalize().into())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

struct Writer(Sha256);

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A generated file.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path from the root of the repository.
    pub path: Arc<str>,
    /// What it says: the resource; of several in one file, the list of them.
    pub value: Arc<Value>,
    /// The digest of what it says.
    pub digest: Digest,
    text: OnceLock<Arc<[u8]>>,
}

impl File {
    /// A file.
    #[must_use]
    pub fn new(path: impl Into<Arc<str>>, value: impl Into<Arc<Value>>) -> Self {
        let value = value.into();
        let digest = Digest::of_value(&value);
        Self { path: path.into(), value, digest, text: OnceLock::new() }
    }

    /// The text of the file, with its header, made once.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn text(&self) -> Result<Arc<[u8]>, WriteError> {
        if let Some(text) = self.text.get() {
            return Ok(Arc::clone(text));
        }
        let mut text = String::with_capacity(2048);
        text.push_str(HEADER);
        append(&mut text, &self.value)?;
        Ok(Arc::clone(self.text.get_or_init(|| text.into_bytes().into())))
    }
}

/// A place in a generated file: its path, and a JSON pointer into it (RFC 6901); the empty pointer is all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path of the file.
    pub file: Arc<str>,
    /// The pointer.
    pub pointer: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.file, self.pointer)
    }
}

/// A value without what stands at pointers.
pub(super) fn masked<'p>(value: &Value, pointers: impl IntoIterator<Item = &'p str>) -> Value {
    let mut value = value.clone();
    for pointer in pointers {
        let Some((above, last)) = pointer.rsplit_once('/') else {
            value = Value::Null;
            continue;
        };
        let last = last.replace("~1", "/").replace("~0", "~");
        match value.pointer_mut(above) {
            Some(Value::Object(fields)) => drop(fields.remove(&last)),
            // An item keeps its place, so that the others keep theirs.
            Some(Value::Array(items)) => {
                if let Some(item) = last.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                    *item = Value::Null;
                }
            }
            _ => {}
        }
    }
    value
}
