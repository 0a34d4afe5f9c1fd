//! What the branch of a permutation holds: the changed files, the lock, and the message of its commit.

use std::fmt::Write as _;
use std::sync::Arc;

use super::files::{Digest, File, masked};
use super::governed::Governed;
use super::lock::{LOCK, Locks};
use super::memo::Memo;
use super::plan::{Experiment, Permutation};
use super::rendering::{Part, Variant};
use crate::values::EXPERIMENT_BRANCHES;
use crate::yaml::WriteError;

/// A file of a branch: its path, and its whole new text; none where it is removed.
pub type Written = (Arc<str>, Option<Arc<[u8]>>);

/// A branch that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name: `experiment/replica-count-uor/replicas-4`.
    pub name: String,
    /// The message of its one commit.
    pub message: String,
    /// What its commit changes, the lock included.
    pub files: Vec<Written>,
    /// The digest of what its manifests say besides what the variables govern.
    pub masked: Digest,
}

/// Makes the branches of an experiment.
#[derive(Debug)]
pub struct Branches<'e> {
    experiment: &'e Experiment,
    unchanged: &'e Variant,
    governed: &'e Governed,
    locks: Locks<'e>,
    /// Masked digests of the files of `unchanged`.
    masked: Vec<(Arc<str>, Digest)>,
    known: Memo<Vec<File>, Arc<[Option<Digest>]>>,
}

impl<'e> Branches<'e> {
    /// Branches on a base that holds what `unchanged` says.
    #[must_use]
    pub fn of(experiment: &'e Experiment, unchanged: &'e Variant, governed: &'e Governed, locks: Locks<'e>) -> Self {
        let masked = unchanged.files().filter_map(|file| Some((file.path.clone(), masked_digest(file, governed)?)));
        let masked = masked.collect();
        Self { experiment, unchanged, governed, locks, masked, known: Memo::default() }
    }

    /// The branch of a permutation, from its rendering and the digest of that.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn branch(
        &self,
        permutation: &Permutation,
        variant: &Variant,
        manifests: Digest,
    ) -> Result<Branch, WriteError> {
        let (before, after) = self.unchanged.unshared(variant);
        let (old, new) = (|| before.iter().flat_map(|part| part.iter()), || after.iter().flat_map(|part| part.iter()));
        let mut files: Vec<Written> = Vec::new();
        for file in new() {
            if !old().any(|old| old.path == file.path && old.digest == file.digest) {
                files.push((file.path.clone(), Some(file.text()?)));
            }
        }
        let gone = old().filter(|old| new().all(|new| new.path != old.path));
        files.extend(gone.map(|old| (old.path.clone(), None)));
        let masked = self.masked(&before, &after);
        let lock = self.locks.text(permutation, manifests, masked)?;
        files.push((LOCK.into(), Some(lock.into_bytes().into())));
        let message = self.message(permutation, manifests, masked);
        Ok(Branch { name: name(&self.experiment.name, &permutation.name), message, files, masked })
    }

    /// The masked digest of the whole set, with the files of `after` in the place of those of `before`.
    fn masked(&self, before: &[&Part], after: &[&Part]) -> Digest {
        let is_gone = |path: &str| before.iter().flat_map(|part| part.iter()).any(|old| *old.path == *path);
        let kept = self.masked.iter().filter(|(path, _)| !is_gone(path));
        let mut files: Vec<(&str, Digest)> = kept.map(|(path, digest)| (&**path, *digest)).collect();
        for part in after {
            let each = || part.iter().map(|file| masked_digest(file, self.governed)).collect();
            let digests = self.known.get(part, each);
            files.extend(part.iter().zip(&*digests).filter_map(|(file, digest)| Some((&*file.path, (*digest)?))));
        }
        files.sort_unstable();
        Digest::of_files(files)
    }

    fn message(&self, permutation: &Permutation, manifests: Digest, masked: Digest) -> String {
        let Experiment { name, design, digest, .. } = self.experiment;
        let levels = self.experiment.labels(&permutation.row);
        let levels: Vec<String> = levels.iter().map(|(name, level)| format!("{name}={level}")).collect();
        let mut text = format!("experiment: {name}/{}\n\n{}\n\n", permutation.name, design.question);
        let trailers = [
            ("Experiment", name.clone()),
            ("Permutation", permutation.name.clone()),
            ("Factors", levels.join(", ")),
            ("Design-Digest", digest.to_string()),
            ("Manifest-Digest", manifests.to_string()),
            ("Masked-Digest", masked.to_string()),
        ];
        for (key, value) in trailers {
            // A trailer is one line.
            let _ = writeln!(text, "{key}: {}", value.replace(['\n', '\r'], " "));
        }
        text
    }
}

/// The digest of what a file says besides what is governed; none where all of it is.
pub(super) fn masked_digest(file: &File, governed: &Governed) -> Option<Digest> {
    let mut pointers = governed.pointers(&file.path).peekable();
    match pointers.peek() {
        None => Some(file.digest),
        Some(&"") => None,
        Some(_) => Some(Digest::of_value(&masked(&file.value, pointers))),
    }
}

/// What the names of all branches of an experiment begin with, `/` at the end.
#[must_use]
pub fn folder(experiment: &str) -> String {
    [EXPERIMENT_BRANCHES, experiment, "/"].concat()
}

/// The name of a permutation's branch.
#[must_use]
pub fn name(experiment: &str, permutation: &str) -> String {
    [&folder(experiment), permutation].concat()
}
