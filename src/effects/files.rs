//! Reading files and folders.
#![allow(clippy::disallowed_methods, reason = "this is where files are read")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::error::Failure;

/// Largest configuration that is read. A platform of a thousand environments takes a few hundred kilobytes.
pub const MAX_CONFIG_BYTES: u64 = 8 << 20;

/// Bytes that are read at once of a file that is only digested.
const CHUNK: u64 = 1 << 20;

/// A text file, up to a size.
///
/// # Errors
/// A configuration failure when it is missing, too large or not text; an outside one when the disk refuses.
pub fn read_text(path: &Path, shown: &str, limit: u64) -> Result<String, Failure> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::usage(
            format!("there is no file {shown}"),
            "run `ahuora init DIR` for a new repository, or name the file with --config",
        ),
        _ => Failure::outside(format!("cannot read {shown}"))(error),
    })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Failure::usage(format!("{shown} is a folder"), "name the configuration file with --config"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Failure::outside(format!("cannot read {shown}")))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::usage(
            format!("{shown} is larger than {} MiB", limit >> 20),
            "is it the right file? name the configuration with --config",
        ));
    }
    if bytes.contains(&0) {
        return Err(Failure::usage(format!("{shown} is a binary file"), "name the configuration file with --config"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let line = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or_default()
            .split(|byte| *byte == b'\n')
            .count();
        Failure::usage(format!("{shown} is not UTF-8 text (line {line})"), "save the file as UTF-8")
    })
}

/// What stands in a folder.
#[derive(Debug, Default)]
pub struct Scan {
    /// Files, as paths from the folder with `/`.
    pub files: BTreeSet<String>,
    /// What is neither a file nor a folder (symbolic links, sockets).
    pub others: BTreeSet<String>,
}

/// Every file below a folder; a folder that does not exist is empty. Links are not followed.
///
/// # Errors
/// When it is not a folder, or cannot be listed.
pub fn scan(folder: &Path, shown: &str) -> Result<Scan, Failure> {
    let mut scan = Scan::default();
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(scan),
        Err(error) => return Err(Failure::outside(format!("cannot read {shown}"))(error)),
        Ok(metadata) if metadata.is_dir() => {}
        Ok(metadata) if metadata.is_symlink() => {
            return Err(Failure::usage(
                format!("{shown} is a symbolic link: what is generated never leaves the repository"),
                "replace the link by a folder, or name another folder",
            ));
        }
        Ok(_) => {
            return Err(Failure::usage(format!("{shown} is not a folder"), "remove it, or name another folder"));
        }
    }
    walk(folder, "", &mut scan).map_err(Failure::outside(format!("cannot list {shown}")))?;
    Ok(scan)
}

fn walk(folder: &Path, prefix: &str, scan: &mut Scan) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), scan)?;
        } else if kind.is_file() {
            scan.files.insert(path);
        } else {
            scan.others.insert(path);
        }
    }
    Ok(())
}

/// Makes a folder, and those above it.
///
/// # Errors
/// When the disk refuses.
pub fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(Failure::outside(format!("cannot make the folder {}", folder.display())))
}

/// A file, as far as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sized {
    /// Its bytes.
    Whole(Vec<u8>),
    /// It is larger than was allowed.
    Large {
        /// Its length in bytes.
        bytes: u64,
        /// Its digest by SHA-256, in hexadecimal digits.
        sha256: String,
    },
}

/// The bytes of a file, or the digest of one that is larger than so many bytes.
///
/// # Errors
/// When the disk refuses.
pub fn read_or_digest(path: &Path, most: u64) -> Result<Sized, Failure> {
    let read = || {
        let mut file = File::open(path)?;
        let mut start = Vec::new();
        (&mut file).take(most.saturating_add(1)).read_to_end(&mut start)?;
        if start.len() as u64 <= most {
            return Ok(Sized::Whole(start));
        }
        let (mut digest, mut bytes) = (Sha256::new(), 0);
        while !start.is_empty() {
            digest.update(&start);
            bytes += start.len() as u64;
            start.clear();
            (&mut file).take(CHUNK).read_to_end(&mut start)?;
        }
        let sha256 = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Sized::Large { bytes, sha256 })
    };
    read().map_err(Failure::outside(format!("cannot read {}", path.display())))
}
