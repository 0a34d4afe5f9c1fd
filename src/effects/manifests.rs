//! Reading manifests of any origin: folders, files, standard input.
#![allow(clippy::disallowed_methods, reason = "this is where files are read")]

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::files::scan;
use crate::error::Failure;

/// A file of manifests.
#[derive(Debug, Clone)]
pub struct ManifestFile {
    /// Its path, as it is told.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every manifest of a folder, or the one that is named; `shown` is how the path is told.
///
/// # Errors
/// A usage failure when there is no such file or folder, or a file is not text; an outside one when the disk
/// refuses.
pub fn manifests_of(path: &Path, shown: &str) -> Result<Vec<ManifestFile>, Failure> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::usage(format!("there is no {shown}"), "name a file or folder that exists")
        }
        _ => Failure::outside(format!("cannot read {shown}"))(error),
    })?;
    let read = |path: &Path, shown: String| {
        let bytes = fs::read(path).map_err(Failure::outside(format!("cannot read {shown}")))?;
        as_text(shown, bytes)
    };
    if !metadata.is_dir() {
        return Ok(vec![read(path, shown.to_owned())?]);
    }
    let folder = fs::canonicalize(path).map_err(Failure::outside(format!("cannot read {shown}")))?;
    let found = scan(&folder, shown)?;
    let shown = shown.trim_end_matches('/');
    found
        .files
        .iter()
        .filter(|name| is_manifest(name))
        .map(|name| read(&folder.join(name), format!("{shown}/{name}")))
        .collect()
}

/// The manifests of standard input.
///
/// # Errors
/// When it cannot be read, or is not text.
pub fn manifests_of_stdin() -> Result<Vec<ManifestFile>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(Failure::outside("cannot read standard input"))?;
    Ok(vec![as_text("standard input".to_owned(), bytes)?])
}

/// Whether a file holds manifests, by its name.
pub(super) fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.starts_with('.') && [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

pub(super) fn as_text(path: String, bytes: Vec<u8>) -> Result<ManifestFile, Failure> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(ManifestFile { path, text }),
        Err(_) => Err(Failure::usage(format!("{path} is not UTF-8 text"), "save the file as UTF-8")),
    }
}

/// The key of fingerprints: the one that `AHUORA_FINGERPRINT_KEY` has, so that two runs can be compared, else
/// a new one.
///
/// # Errors
/// When the system has no random bytes.
pub fn fingerprint_key() -> Result<Vec<u8>, Failure> {
    if let Some(key) = std::env::var_os("AHUORA_FINGERPRINT_KEY").filter(|key| !key.is_empty()) {
        return Ok(key.into_encoded_bytes());
    }
    let mut key = vec![0; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::outside("cannot get random bytes")(std::io::Error::other(error)))?;
    Ok(key)
}
