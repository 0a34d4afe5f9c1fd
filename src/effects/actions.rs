//! GitHub Actions: the branch of a run, and the file of its outputs.
#![allow(clippy::disallowed_methods, reason = "this is where the environment is read and that file is written")]

use std::env;
use std::fs::OpenOptions;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Failure;

/// The branch for which a run of GitHub Actions works: that of the pull request, else the one that was pushed to; none
/// outside of it, or when a tag was pushed.
#[must_use]
pub fn branch() -> Option<String> {
    let is_tag = variable("GITHUB_REF_TYPE").is_some_and(|kind| kind == "tag");
    variable("GITHUB_HEAD_REF").or_else(|| variable("GITHUB_REF_NAME").filter(|_| !is_tag))
}

/// The file to which a step of GitHub Actions writes its outputs.
#[must_use]
pub fn output_file() -> Option<PathBuf> {
    env::var_os("GITHUB_OUTPUT").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Appends an output to that file, on a line of its own.
///
/// # Errors
/// A usage failure when the value does not fit on a line; an outside one when the file cannot be written.
pub fn append_output(path: &Path, name: &str, value: &str) -> Result<(), Failure> {
    if value.chars().any(char::is_control) {
        let message = format!("{name} has a character that would end its line in GITHUB_OUTPUT: {value:?}");
        return Err(Failure::usage(message, "remove that tag, or run without GITHUB_OUTPUT"));
    }
    let write = || {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut last = [b'\n'];
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let start = if last == [b'\n'] { "" } else { "\n" };
        file.write_all(format!("{start}{name}={value}\n").as_bytes())
    };
    write().map_err(Failure::outside(format!("cannot write GITHUB_OUTPUT, {}", path.display())))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
