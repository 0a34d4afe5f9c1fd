//! One commit on the branch that is checked out, of exactly the files that are named, by the user's own git: so hooks
//! and signing work, and whatever else is staged or changed stays as it is.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::process::Stdio;

use super::fs;
use super::place::{Place, refused, run};
use crate::error::Failure;

/// The right to change files and commit them, which one process has at a time. A git that was started keeps it until
/// it ends, even when this program was killed.
#[derive(Debug)]
pub struct Turn(File);

/// A file that differs from the commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncommitted {
    /// Its path from the root.
    pub path: String,
    /// Whether something of it is staged.
    pub staged: bool,
}

/// A commit, as far as it tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its first digits, and its subject.
    pub title: String,
    /// Name and address of the author: `Ada <ada@example.org>`.
    pub author: String,
    /// Name and address of who committed it.
    pub committer: String,
}

impl Turn {
    /// Takes it, in the repository around a folder.
    ///
    /// # Errors
    /// A usage failure when another process has it; an outside one when the disk refuses.
    pub fn take(root: &Path) -> Result<Self, Failure> {
        let folder = Place::find(root)?.common.join("ahuora");
        let refused = || Failure::outside(format!("cannot lock {}", folder.display()));
        fs::create_dir_all(&folder).map_err(refused())?;
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join("bump.lock"));
        let file = open.map_err(refused())?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Failure::usage(
                "another bump or rollback is at work in this repository, or git is still committing for one",
                "run the same command again when it has ended",
            )),
            Err(TryLockError::Error(error)) => Err(refused()(error)),
        }
    }
}

/// Refuses a folder that is not the root of its git repository.
///
/// # Errors
/// A usage failure when it is not; an outside one when git fails.
pub fn refuse_below(root: &Path) -> Result<(), Failure> {
    let prefix = Place::find(root)?.ask(&["rev-parse", "--show-prefix"])?;
    let prefix = prefix.trim_end_matches('\n');
    if prefix.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{} is {prefix} of a git repository, and not its root: nothing is committed there", root.display()),
        "change the version by hand, run `ahuora generate`, and commit",
    ))
}

/// The tracked files at or below these paths that differ from the commit that is checked out.
///
/// # Errors
/// An outside failure when git fails.
pub fn uncommitted(root: &Path, paths: &[&str]) -> Result<Vec<Uncommitted>, Failure> {
    let options = ["--no-optional-locks", "--literal-pathspecs", "status", "--porcelain=v1", "-z", "--no-renames"];
    let arguments = [&options[..], &["--untracked-files=no", "--ignore-submodules=none", "--"], paths].concat();
    let said = Place::find(root)?.ask(&arguments)?;
    let one = |line: &str| {
        let (state, path) = (line.get(..2)?, line.get(3..)?);
        Some(Uncommitted { path: path.to_owned(), staged: !state.starts_with(' ') })
    };
    Ok(said.split('\0').filter_map(one).collect())
}

/// Commits files as they stand on the disk, and nothing else; gives the commit.
///
/// # Errors
/// An outside failure with what git or a hook says. Then nothing was committed.
pub fn commit(root: &Path, turn: &Turn, message: &str, paths: &[&str]) -> Result<String, Failure> {
    let place = Place::find(root)?;
    let stdin = turn.0.try_clone().map_err(Failure::outside("cannot run git"))?;
    let before = place.ask(&["rev-parse", "HEAD"])?;
    let message = format!("--message={message}");
    let arguments = [&["--literal-pathspecs", "commit", "--only", "--quiet", &message, "--"], paths].concat();
    let output = run(place.git(&arguments).stdin(Stdio::from(stdin)))?;
    let after = place.ask(&["rev-parse", "HEAD"])?;
    if output.status.success() || before != after {
        return Ok(after.trim().to_owned());
    }
    Err(refused("git did not commit", &output))
}

/// Brings branches of a remote here, as commits alone: no branch of ours moves.
///
/// # Errors
/// An outside failure with what git says, without credentials.
pub fn fetch(root: &Path, remote: &str, branches: &[&str]) -> Result<(), Failure> {
    super::push::refuse_option(remote)?;
    let names: Vec<String> = branches.iter().map(|name| format!("{}{name}", super::refs::HEADS)).collect();
    let options = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap="];
    let output = run(Place::find(root)?.git(&options).arg("--no-auto-maintenance").arg("--").arg(remote).args(&names))?;
    if output.status.success() {
        return Ok(());
    }
    Err(refused(&format!("cannot fetch from {}", super::place::without_credentials(remote)), &output))
}

/// The commits that one has and the other does not, the youngest first; both are named by their whole ids.
///
/// # Errors
/// An outside failure when git fails.
pub fn commits_between(root: &Path, base: &str, tip: &str) -> Result<Vec<Told>, Failure> {
    let range = format!("{base}..{tip}");
    let said = Place::find(root)?.ask(&[
        "-c",
        "log.showSignature=false",
        "log",
        "--format=%h %s%x00%an <%ae>%x00%cn <%ce>%x00",
        &range,
        "--",
    ])?;
    let parts: Vec<&str> = said.split('\0').map(|part| part.trim_start_matches('\n')).collect();
    let told = parts.chunks_exact(3).filter_map(|three| match three {
        [title, author, committer] => {
            Some(Told { title: (*title).to_owned(), author: (*author).to_owned(), committer: (*committer).to_owned() })
        }
        _ => None,
    });
    Ok(told.collect())
}
