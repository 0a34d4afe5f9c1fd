//! A branch as it was found, against what the design says it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::files::{Digest, File};
use super::governed::Governed;
use super::lock::{LOCK, Lock, LockSpec};
use super::plan::{Experiment, Permutation};
use super::proof::Fault;
use super::rendering::Variant;
use crate::tree::differing;
use crate::yaml::read_documents;

/// A branch as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name: `experiment/replica-count-uor/replicas-4`.
    pub branch: String,
    /// Its commit, in hexadecimal digits.
    pub commit: String,
    /// The parents of the commit.
    pub parents: Vec<String>,
    /// The message of the commit.
    pub message: String,
    /// What the commit changes against the base: path, and the whole new content; none where it is removed.
    pub changes: Vec<(String, Option<Arc<[u8]>>)>,
}

/// What a branch holds.
pub(super) struct Held {
    /// Its generated files.
    pub(super) files: BTreeMap<Arc<str>, File>,
    /// What its lock says, where it can be read.
    pub(super) lock: Option<LockSpec>,
    /// What is wrong with it by itself.
    pub(super) faults: Vec<Fault>,
}

/// Reads what a branch holds, and compares it with what its permutation should be.
pub(super) fn read(
    found: &Found,
    experiment: &Experiment,
    permutation: &Permutation,
    unchanged: &Variant,
    expected: &Variant,
) -> Held {
    let mut held = Held { files: BTreeMap::new(), lock: None, faults: Vec::new() };
    let mut fault = |file: &str, pointer: &str, message: String| {
        held.faults.push(Fault {
            permutation: Some(permutation.name.clone()),
            file: Some(file.to_owned()),
            pointer: Some(pointer.to_owned()),
            message,
        });
    };
    let mut files: BTreeMap<Arc<str>, File> = unchanged.files().map(|file| (file.path.clone(), file.clone())).collect();
    let wanted: BTreeMap<&str, &File> = expected.files().map(|file| (&*file.path, file)).collect();
    let mut lock = None;
    for (path, content) in &found.changes {
        let is_ours = files.contains_key(path.as_str()) || wanted.contains_key(path.as_str());
        match content {
            Some(bytes) if path == LOCK => lock = Some(String::from_utf8_lossy(bytes).into_owned()),
            _ if !is_ours => fault(path, "", "is changed, and no variable governs it".to_owned()),
            None => drop(files.remove(path.as_str())),
            Some(bytes) => match value_of(bytes) {
                Ok(value) => drop(files.insert(path.as_str().into(), File::new(path.as_str(), value))),
                Err(message) => fault(path, "", message),
            },
        }
    }
    for (path, file) in &wanted {
        match files.get(*path) {
            Some(own) if own.digest == file.digest => {}
            Some(own) => {
                for pointer in differing(&own.value, &file.value) {
                    let message =
                        format!("is {}, and the design says {}", at(&own.value, &pointer), at(&file.value, &pointer));
                    fault(path, &pointer, message);
                }
            }
            None => fault(path, "", "is missing, and the design has it".to_owned()),
        }
    }
    for path in files.keys().filter(|path| !wanted.contains_key(&***path)) {
        fault(path, "", "is there, and the design has no such file".to_owned());
    }
    match lock.as_deref().map(Lock::read) {
        None => held.faults.push(of_lock(permutation, "is missing".to_owned())),
        Some(Err(problems)) => {
            let each = problems.into_iter().map(|one| of_lock(permutation, format!("{}: {}", one.path, one.message)));
            held.faults.extend(each);
        }
        Some(Ok(Lock { spec, .. })) => {
            held.faults.extend(said(found, &spec, experiment, permutation));
            held.lock = Some(spec);
        }
    }
    held.files = files;
    held
}

/// The value at a pointer, in few words.
fn at(value: &Value, pointer: &str) -> String {
    let text = value.pointer(pointer).map_or_else(|| "absent".to_owned(), ToString::to_string);
    if text.chars().count() <= 60 { text } else { text.chars().take(57).chain("...".chars()).collect() }
}

/// What a generated file says.
fn value_of(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let mut documents =
        read_documents(text).map_err(|error| format!("is no YAML (line {}): {}", error.at.line, error.message))?;
    match (documents.pop(), documents.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => Ok(documents.into_iter().chain(last).collect()),
    }
}

/// A fault of a permutation's lock.
fn of_lock(permutation: &Permutation, message: String) -> Fault {
    Fault { permutation: Some(permutation.name.clone()), file: Some(LOCK.to_owned()), pointer: None, message }
}

/// What the lock and the trailers of the commit say, against the design.
fn said(found: &Found, spec: &LockSpec, experiment: &Experiment, permutation: &Permutation) -> Vec<Fault> {
    let fault = |message: String| of_lock(permutation, message);
    let overrides: BTreeMap<String, Value> = experiment
        .overrides(&permutation.row)
        .into_iter()
        .map(|one| (one.path.to_owned(), one.value.to_json()))
        .collect();
    let levels: BTreeMap<String, String> = experiment
        .labels(&permutation.row)
        .into_iter()
        .map(|(name, level)| (name.to_owned(), level.to_owned()))
        .collect();
    let parent = found.parents.first().map(String::as_str).unwrap_or_default();
    let mut faults = Vec::new();
    let mut same = |what: &str, own: &str, wanted: &str| {
        if own != wanted {
            faults.push(fault(format!("says {what} {own}, and it is {wanted}")));
        }
    };
    same("experiment", spec.experiment.as_str(), &experiment.name);
    same("permutation", &spec.permutation, &permutation.name);
    same("base", &spec.base, parent);
    same("design", &spec.design, &experiment.digest.to_string());
    let trailers =
        [("Design-Digest", &spec.design), ("Manifest-Digest", &spec.manifests), ("Masked-Digest", &spec.masked)];
    let has_trailers = trailers.iter().any(|(key, _)| trailer(&found.message, key) != NO_TRAILER);
    for (key, own) in trailers.into_iter().filter(|_| has_trailers) {
        same(&format!("the trailer {key}"), trailer(&found.message, key), own);
    }
    if !has_trailers {
        faults.push(fault(
            "stands in a commit without trailers, which `ahuora experiment branch` did not make".to_owned(),
        ));
    }
    if spec.levels != levels {
        faults.push(fault(format!("has the levels {:?}, and the design says {levels:?}", spec.levels)));
    }
    if spec.overrides != overrides {
        faults.push(fault("has other overrides than the design".to_owned()));
    }
    faults
}

/// What a trailer that is not there says.
const NO_TRAILER: &str = "nothing";

/// The value of a trailer of a message.
fn trailer<'m>(message: &'m str, key: &str) -> &'m str {
    let of_key = |line: &'m str| line.strip_prefix(key)?.strip_prefix(": ");
    message.lines().rev().find_map(of_key).unwrap_or(NO_TRAILER)
}

/// The digest of files besides what is governed.
pub(super) fn masked(files: &BTreeMap<Arc<str>, File>, governed: &Governed) -> Digest {
    let each = files.values().filter_map(|file| Some((&*file.path, super::branch::masked_digest(file, governed)?)));
    Digest::of_files(each.collect::<Vec<_>>())
}
