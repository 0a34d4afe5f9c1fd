//! A folder of results, read and checked before any of it goes anywhere.

use std::path::Path;

use serde::Serialize;

use crate::effects::{self, Growing, Sized, Temporary};
use crate::error::Failure;
use crate::trial::publication::{self, JOURNAL, LEFT_OUT, Publication, RESULT, RUN};
use crate::values::credential;

/// Bytes in a megabyte.
const MEGABYTE: u64 = 1_000_000;
/// Problems that are told at once.
const MOST_TOLD: usize = 20;
/// How far into a file that is no text is looked for a zero byte.
const START: usize = 8_000;

/// A file that goes to the branch.
pub(super) struct File {
    /// Its path from the folder.
    pub(super) path: String,
    pub(super) bytes: u64,
    /// The id of its content.
    pub(super) id: String,
}

/// A file that is too large for the branch.
#[derive(Serialize)]
pub(super) struct LeftOut {
    /// Its path from the folder.
    pub(super) path: String,
    /// Its length.
    pub(super) bytes: u64,
    /// Its digest, in hexadecimal digits.
    pub(super) sha256: String,
}

/// What a folder holds.
pub(super) struct Folder {
    pub(super) run: Publication,
    pub(super) files: Vec<File>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Reads and checks a folder; what it holds is kept for the commit.
pub(super) fn read(results: &Path, megabytes: u32, growing: &Growing) -> Result<Folder, Failure> {
    let shown = results.display().to_string();
    // A link to the folder is fine; links in it are not.
    let scan = effects::scan(&results.join("."), &shown)?;
    let mut refused: Vec<String> = scan.others.iter().map(|path| format!("{path} is a link or no file")).collect();
    let (mut files, mut left_out) = (Vec::new(), Vec::new());
    let mut texts = [None, None, None];
    for path in &scan.files {
        match effects::temporary(path) {
            Temporary::LeftOver => continue,
            Temporary::Alive => refused.push(format!("{path} is being written")),
            Temporary::No if !publication::belongs(path) => refused.push(format!("{path} is no file of results")),
            Temporary::No => match effects::read_or_digest(&results.join(path), u64::from(megabytes) * MEGABYTE)? {
                Sized::Large { .. } if [RUN, RESULT].contains(&path.as_str()) => {
                    refused.push(format!("{path} is larger than {megabytes} MB"));
                }
                Sized::Large { bytes, sha256 } => left_out.push(LeftOut { path: path.clone(), bytes, sha256 }),
                Sized::Whole(bytes) => {
                    refused.extend(credential_in(path, &bytes));
                    let id = growing.keep(&bytes)?;
                    files.push(File { path: path.clone(), bytes: bytes.len() as u64, id });
                    let wanted = [RUN, RESULT, JOURNAL].iter().position(|name| name == path);
                    if let Some(text) = wanted.and_then(|index| texts.get_mut(index)) {
                        *text = Some(String::from_utf8_lossy(&bytes).into_owned());
                    }
                }
            },
        }
    }
    refuse(&shown, &refused)?;
    let [run, result, journal] = &texts;
    let Some(run) = run else {
        return Err(Failure::usage(
            format!("{shown} has no {RUN}: it is no folder of results"),
            "name the folder that `ahuora load run --out` wrote",
        ));
    };
    let run = Publication::read(run, result.as_deref(), journal.as_deref()).map_err(|why| {
        Failure::usage(format!("{shown}: {why}"), "was it written by another version of ahuora? publish with that one")
    })?;
    if !left_out.is_empty() {
        let text = serde_json::to_string_pretty(&left_out).map_err(crate::commands::unwritable(LEFT_OUT))? + "\n";
        let id = growing.keep(text.as_bytes())?;
        files.push(File { path: LEFT_OUT.to_owned(), bytes: text.len() as u64, id });
    }
    Ok(Folder { run, files, left_out })
}

fn refuse(shown: &str, refused: &[String]) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    let more = refused.len().saturating_sub(MOST_TOLD);
    let mut told: Vec<String> = refused.iter().take(MOST_TOLD).cloned().collect();
    told.extend((more > 0).then(|| format!("and {more} more")));
    Err(Failure::usage(
        format!("{shown} holds what does not go to the branch of results: {}", told.join("; ")),
        "look at these files, and move them away; nothing was published",
    ))
}

/// Where a text holds what looks like a credential, without its value.
fn credential_in(path: &str, bytes: &[u8]) -> Option<String> {
    if bytes.iter().take(START).any(|byte| *byte == 0) || path.ends_with(".gz") {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let found = text.lines().zip(1..).find_map(|(line, number)| Some((number, credential::looks_like(line)?)));
    found.map(|(number, what)| format!("line {number} of {path} looks like {what}"))
}
