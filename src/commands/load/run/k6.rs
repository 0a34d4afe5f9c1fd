//! The program k6: which it is, and how it is run.

use std::io;
use std::path::Path;

use crate::effects::process;
use crate::error::Failure;
use crate::load::{NEWEST, Version, version};

/// What k6 measures, sample by sample. It is compressed at the end: what k6 compresses itself is lost with a k6 that is
/// killed.
pub(super) const SAMPLES: &str = "samples.json";
/// The summary that the script writes.
pub(super) const SUMMARY: &str = "summary.json";
/// What k6 says.
pub(super) const LOG: &str = "k6.log";
/// The script, from the folder of an attempt.
const SCRIPT: &str = "../../script.js";

/// A k6 that may be used.
#[derive(Debug)]
pub(super) struct K6 {
    /// Its file, or its name.
    pub(super) program: String,
    /// Its version.
    pub(super) version: Version,
}

/// Asks a program which k6 it is.
pub(super) fn found(named: &Path) -> Result<K6, Failure> {
    let program = absolute(named);
    let shown = named.display();
    let outside = |why: String| Failure::outside(format!("cannot use k6 (`{shown}`)"))(io::Error::other(why));
    let said = process::said(&[&program, "version"], Path::new(".")).map_err(|error| {
        outside(match error.kind() {
            io::ErrorKind::NotFound => format!("there is no such program: install k6 {NEWEST}, or name it with --k6"),
            io::ErrorKind::PermissionDenied => "it may not be run: name another with --k6".to_owned(),
            _ => error.to_string(),
        })
    })?;
    let printed = said.map_err(|why| outside(format!("`k6 version` failed: {why}")))?;
    let version = version(&printed).map_err(|error| outside(error.to_string()))?;
    Ok(K6 { program, version })
}

/// A program by a path stands elsewhere when it is run in another folder.
fn absolute(named: &Path) -> String {
    let is_path = named.components().count() > 1;
    let path = if is_path { std::path::absolute(named).unwrap_or_else(|_| named.to_owned()) } else { named.to_owned() };
    path.to_string_lossy().into_owned()
}

/// The arguments of a trial, in the folder of an attempt.
pub(super) fn argv(program: &str) -> Vec<String> {
    let samples = format!("json={SAMPLES}");
    let words = [program, "run", "--quiet", "--no-usage-report", "--address", "", "--out", &samples, SCRIPT];
    words.iter().map(|word| (*word).to_owned()).collect()
}
