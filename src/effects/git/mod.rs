//! Reading from git's object database, and writing branches straight into it; nothing is checked out.
#![allow(clippy::disallowed_methods, reason = "this is where git's own files are read")]

mod branches;
mod commit;
mod fast;
mod grow;
mod held;
mod history;
mod packed;
mod place;
mod plain;
mod push;
mod reader;
mod refs;
mod source;
mod tagger;
mod tags;
mod walk;

use std::fs;
use std::path::Path;

use git2::{ErrorCode, ObjectType, Repository, Tree};

use super::manifests::{ManifestFile, as_text, is_manifest};
use crate::error::Failure;

pub use branches::{Author, Branch, Change, Prepared, State, Wanted, Writer, Written};
pub use commit::{Told, Turn, Uncommitted, commit, commits_between, fetch, refuse_below, uncommitted};
pub use grow::{Added, Blob, Growing};
pub use history::{History, Logged, Span, shallow};
pub use place::without_credentials;
pub use push::{Pushed, Remote, push, remote_branches};
pub use reader::{Changed, Found, Reader};
pub use tagger::{FoundTag, PushedTag, RemoteTags, Tagger};
pub use tags::{StoredTag, StoredTags, Target};

/// The manifests below a folder of a revision, by path.
///
/// # Errors
/// A usage failure when there is no repository, revision or folder of that name, or a file is not text; an
/// outside one when the object database cannot be read.
pub fn manifests_at(root: &Path, revision: &str, folder: &str) -> Result<Vec<ManifestFile>, Failure> {
    let repository = open(root)?;
    let tree = tree(&repository, revision)?;
    let mut files = Vec::new();
    match tree.get_path(Path::new(folder)) {
        _ if folder.is_empty() => walk(&repository, &tree, revision, "", &mut files)?,
        Ok(entry) if entry.kind() == Some(ObjectType::Tree) => {
            let tree = repository.find_tree(entry.id()).map_err(|error| outside("cannot read a folder", error))?;
            walk(&repository, &tree, revision, &format!("{folder}/"), &mut files)?;
        }
        _ => {
            return Err(Failure::usage(
                format!("{revision} has no folder {folder}"),
                format!("name a folder that it has, as `{revision}:FOLDER`"),
            ));
        }
    }
    Ok(files)
}

/// The text of a file of a revision.
///
/// # Errors
/// As [`manifests_at`].
pub fn text_at(root: &Path, revision: &str, path: &str) -> Result<String, Failure> {
    let repository = open(root)?;
    let entry = tree(&repository, revision)?.get_path(Path::new(path)).map_err(|_| {
        Failure::usage(format!("{revision} has no file {path}"), "name another revision, or the file with --config")
    })?;
    let blob = repository.find_blob(entry.id()).map_err(|error| outside(&format!("cannot read {path}"), error))?;
    Ok(as_text(format!("{revision}:{path}"), blob.content().to_vec())?.text)
}

/// Whether git knows a revision of that name.
#[must_use]
pub fn is_revision(root: &Path, name: &str) -> bool {
    Repository::discover(root).is_ok_and(|repository| repository.revparse_single(name).is_ok())
}

/// Whether a folder of two revisions holds the same; not when one of them is not known here.
#[must_use]
pub fn is_same_folder(root: &Path, folder: &str, one: &str, other: &str) -> bool {
    let Ok(repository) = Repository::discover(root) else { return false };
    let id = |revision: &str| {
        let tree = repository.revparse_single(revision).ok()?.peel_to_tree().ok()?;
        Some(tree.get_path(Path::new(folder)).ok()?.id())
    };
    id(one).is_some_and(|one| id(other) == Some(one))
}

fn open(root: &Path) -> Result<Repository, Failure> {
    Repository::discover(root).map_err(|error| no_repository(root, error))
}

fn no_repository(root: &Path, error: git2::Error) -> Failure {
    match error.code() {
        ErrorCode::NotFound => Failure::usage(
            format!("{} is in no git repository, so it has no revisions", root.display()),
            "compare folders or files instead, or name the repository with --repo",
        ),
        _ => outside("cannot open the git repository", error),
    }
}

fn tree<'r>(repository: &'r Repository, revision: &str) -> Result<Tree<'r>, Failure> {
    let object = repository.revparse_single(revision).map_err(|error| match error.code() {
        ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous => unknown(repository, revision),
        _ => outside(&format!("cannot read the revision {revision}"), error),
    })?;
    object.peel_to_tree().map_err(|_| {
        Failure::usage(format!("{revision} is a file, not a revision or a folder of one"), "name its folder")
    })
}

/// A revision on which nothing can stand; the branches and tags that exist are told.
fn no_commit(repository: &Repository, revision: &str) -> Failure {
    let names = names(repository);
    no_such_commit(revision, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn no_such_commit(revision: &str, known: &[&str]) -> Failure {
    if known.is_empty() {
        return Failure::usage(
            format!("there is no commit `{revision}`, for the repository has no branch with a commit"),
            "commit the platform first",
        );
    }
    Failure::usage(
        format!("there is no commit `{revision}`{}", crate::config::suggestion(revision, known)),
        "name a branch, a tag or a commit of this repository",
    )
}

/// The short names of branches and tags.
fn names(repository: &Repository) -> Vec<String> {
    repository
        .references()
        .into_iter()
        .flat_map(|mut all| all.names().flatten().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|name| {
            ["refs/heads/", "refs/tags/", "refs/remotes/"]
                .iter()
                .find_map(|start| name.strip_prefix(start).map(str::to_owned))
        })
        .collect()
}

/// A revision that does not exist; the branches and tags that do are told.
fn unknown(repository: &Repository, revision: &str) -> Failure {
    let names = names(repository);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    Failure::usage(
        format!(
            "there is no file, folder, branch, tag or commit `{revision}`{}",
            crate::config::suggestion(revision, &known)
        ),
        "name a revision of git, a folder, a file, `cluster`, or `-` for standard input",
    )
}

fn walk(
    repository: &Repository,
    tree: &Tree<'_>,
    revision: &str,
    prefix: &str,
    files: &mut Vec<ManifestFile>,
) -> Result<(), Failure> {
    for entry in tree {
        let path = format!("{prefix}{}", String::from_utf8_lossy(entry.name_bytes()));
        match entry.kind() {
            Some(ObjectType::Tree) => {
                let tree = repository.find_tree(entry.id()).map_err(|error| outside("cannot read a folder", error))?;
                walk(repository, &tree, revision, &format!("{path}/"), files)?;
            }
            // A link is a blob too: its mode tells.
            Some(ObjectType::Blob) if is_manifest(&path) && entry.filemode() != 0o120_000 => {
                let blob =
                    repository.find_blob(entry.id()).map_err(|error| outside(&format!("cannot read {path}"), error))?;
                files.push(as_text(format!("{revision}:{path}"), blob.content().to_vec())?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn outside(what: &str, error: git2::Error) -> Failure {
    Failure::outside(what.to_owned())(std::io::Error::other(error))
}
