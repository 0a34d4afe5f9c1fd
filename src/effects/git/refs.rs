//! Branches as git stores them, and moving many of them at once: all or none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::held::{self, Held};
use super::packed;
use super::place::{Place, refused};
use crate::error::Failure;

/// The beginning of every branch's whole name.
pub(super) const HEADS: &str = "refs/heads/";
/// The beginning of the names of our files that are to become `packed-refs`.
const TEMPORARY: &str = "packed-refs.ahuora-";

/// How a branch is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// In the file of many, with its commit.
    Packed(String),
    /// In a file of its own, with its commit.
    Loose(String),
    /// As the name of another one, or as something that is no commit.
    Other,
}

/// All branches of a repository at a moment.
pub(super) struct Heads {
    /// By name, without `refs/heads/`.
    pub(super) found: BTreeMap<String, Found>,
    /// The file of many.
    text: String,
}

/// A branch that is to be at another commit.
pub(super) struct Update<'a> {
    /// Its name, without `refs/heads/`.
    pub(super) name: &'a str,
    /// Where it must be now; none when it must not exist.
    pub(super) old: Option<&'a str>,
    /// Where it is to be.
    pub(super) new: &'a str,
}

/// What came of an attempt.
pub(super) enum Attempt {
    /// All branches are where they are to be.
    Done,
    /// Another process changed something: look again.
    Again,
}

impl Heads {
    /// The branches as they are now.
    pub(super) fn read(place: &Place) -> Result<Self, Failure> {
        if place.odd.is_some() {
            return Self::ask(place);
        }
        // In this order: a branch that is moved into the file of many meanwhile is seen twice, and never missed.
        let mut found = BTreeMap::new();
        loose(&place.common.join(HEADS), "", &mut |name, path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            let id = text.trim_end();
            let is_id = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            found.insert(name, if is_id { Found::Loose(id.to_owned()) } else { Found::Other });
        });
        let text = read_packed(place)?;
        if !packed::is_understood(&text) {
            let path = packed_path(place);
            return Err(Failure::outside(format!("cannot understand {}", path.display()))(
                io::ErrorKind::InvalidData.into(),
            ));
        }
        for (name, id) in packed::read(&text).filter_map(|(name, id)| Some((name.strip_prefix(HEADS)?, id))) {
            found.entry(name.to_owned()).or_insert_with(|| Found::Packed(id.to_owned()));
        }
        Ok(Self { found, text })
    }

    fn ask(place: &Place) -> Result<Self, Failure> {
        let listed = place.ask(&["for-each-ref", "--format=%(refname) %(objectname) %(symref)", HEADS])?;
        let mut found = BTreeMap::new();
        for line in listed.lines() {
            let mut parts = line.strip_prefix(HEADS).unwrap_or(line).split(' ');
            let (name, id) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let is_other = parts.next().is_some_and(|symref| !symref.is_empty());
            found.insert(name.to_owned(), if is_other { Found::Other } else { Found::Loose(id.to_owned()) });
        }
        Ok(Self { found, text: String::new() })
    }

    /// The commit of a branch.
    pub(super) fn commit(&self, name: &str) -> Option<&str> {
        match self.found.get(name)? {
            Found::Packed(id) | Found::Loose(id) => Some(id),
            Found::Other => None,
        }
    }

    /// Two names of which one would be a folder of the other, which git cannot have: a new one and another.
    pub(super) fn conflict(&self, names: &[&str]) -> Option<(String, String)> {
        let new: BTreeSet<&str> = names.iter().copied().collect();
        let below = |name: &str| format!("{name}/");
        for name in names {
            for (end, _) in name.match_indices('/') {
                let folder = name.get(..end).unwrap_or_default();
                if self.found.contains_key(folder) || new.contains(folder) {
                    return Some(((*name).to_owned(), folder.to_owned()));
                }
            }
            let start = below(name);
            if let Some((other, _)) =
                self.found.range(start.clone()..).next().filter(|(other, _)| other.starts_with(&start))
            {
                return Some(((*name).to_owned(), other.clone()));
            }
        }
        None
    }
}

/// Branches that stand in some working folder, or are being rebased there, with that folder.
pub(super) fn checked_out(place: &Place) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    if place.odd.is_some() {
        let mut folder = String::new();
        for line in place.ask(&["worktree", "list", "--porcelain"])?.lines() {
            match line.split_once(' ') {
                Some(("worktree", path)) => path.clone_into(&mut folder),
                Some(("branch", name)) => drop(all.insert(name.trim_start_matches(HEADS).to_owned(), folder.clone())),
                _ => {}
            }
        }
        return Ok(all);
    }
    let linked = fs::read_dir(place.common.join("worktrees")).into_iter().flatten().flatten().map(|entry| entry.path());
    let main = (!place.bare).then(|| place.common.clone());
    for folder in main.into_iter().chain(linked) {
        let worktree = fs::read_to_string(folder.join("gitdir")).unwrap_or_else(|_| folder.display().to_string());
        let worktree = worktree.trim_end().trim_end_matches('/').trim_end_matches("/.git").to_owned();
        for file in ["HEAD", "rebase-merge/head-name", "rebase-apply/head-name"] {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            if let Some(name) = text.trim_start_matches("ref: ").trim_end().strip_prefix(HEADS) {
                all.insert(name.to_owned(), worktree.clone());
            }
        }
    }
    Ok(all)
}

/// Every branch with a file of its own: its name and that file.
pub(super) fn loose(folder: &Path, prefix: &str, see: &mut impl FnMut(String, &Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            loose(&entry.path(), &format!("{name}/"), see);
        } else if !name.ends_with(".lock") {
            see(name, &entry.path());
        }
    }
}

/// Whether one of these branches has a file of its own.
fn any_loose(place: &Place, updates: &[Update<'_>]) -> bool {
    let names: BTreeSet<&str> = updates.iter().map(|update| update.name).collect();
    let mut any = false;
    loose(&place.common.join(HEADS), "", &mut |name, _| any |= names.contains(name.as_str()));
    any
}

pub(super) fn packed_path(place: &Place) -> PathBuf {
    place.common.join("packed-refs")
}

fn read_packed(place: &Place) -> Result<String, Failure> {
    let path = packed_path(place);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::outside(format!("cannot read {}", path.display()))(error)),
    }
}

/// Moves branches, all or none, if they are where they must be. `heads` is what was read just before.
pub(super) fn update(place: &Place, heads: &Heads, updates: &[Update<'_>]) -> Result<Attempt, Failure> {
    let is_loose = |update: &Update<'_>| matches!(heads.found.get(update.name), Some(Found::Loose(_)));
    if place.odd.is_some() || updates.iter().any(is_loose) {
        return through_git(place, updates);
    }
    through_packed(place, heads, updates)
}

/// Exchanges the file of many references, as git itself would: nobody sees a part of it.
fn through_packed(place: &Place, heads: &Heads, updates: &[Update<'_>]) -> Result<Attempt, Failure> {
    let path = packed_path(place);
    let lock = place.common.join("packed-refs.lock");
    let failed = || Failure::outside(format!("cannot write {}", path.display()));
    held::sweep_unless(&place.common, TEMPORARY, &lock);
    let ids: BTreeMap<String, &str> =
        updates.iter().map(|update| (format!("{HEADS}{}", update.name), update.new)).collect();
    let mode = fs::metadata(&path).map_or(0o666, |metadata| metadata.permissions().mode() & 0o777);
    let new = Held::create(&place.common, TEMPORARY, mode).map_err(failed())?;
    new.file().write_all(packed::with(&heads.text, &ids).as_bytes()).map_err(failed())?;
    new.file().sync_all().map_err(failed())?;
    // From here to the exchange is only a moment. The second name is what git and others wait for.
    match fs::hard_link(new.path(), &lock) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return wait(place, &lock),
        // A disk without second names.
        Err(error) if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied) => {
            return through_git(place, updates);
        }
        Err(error) => return Err(failed()(error)),
    }
    let unlock = || drop(fs::remove_file(&lock));
    let names: Vec<&str> = updates.iter().map(|update| update.name).collect();
    match Heads::read(place) {
        Ok(now) if now.text == heads.text && now.conflict(&names).is_none() && !any_loose(place, updates) => {}
        Ok(_) => {
            unlock();
            return Ok(Attempt::Again);
        }
        Err(failure) => {
            unlock();
            return Err(failure);
        }
    }
    fs::rename(&lock, &path).map_err(|error| {
        unlock();
        failed()(error)
    })?;
    held::sync_folder(&place.common).map_err(failed())?;
    // A file of its own that was made in that very moment is what git reads first.
    if any_loose(place, updates) {
        let now = Heads::read(place)?;
        if let Some(other) = updates.iter().find(|update| now.commit(update.name) != Some(update.new)) {
            return Err(Failure::usage(
                format!(
                    "another process made the branch {} at the same moment, and it stays: all others are written",
                    other.name
                ),
                "run again: it is compared with what stands there now",
            ));
        }
    }
    Ok(Attempt::Done)
}

/// Another process has the lock. One of ours is waited for; what a dead one left is removed.
fn wait(place: &Place, lock: &Path) -> Result<Attempt, Failure> {
    let file = match File::open(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Attempt::Again),
        Err(error) => return Err(Failure::outside(format!("cannot read {}", lock.display()))(error)),
    };
    let first_names = held::named(&place.common, TEMPORARY);
    let first_name = first_names.iter().find(|path| held::is(&file, path));
    // Whoever made it held a lock on it, which is free now that the maker is gone.
    if let Some(first_name) = first_name
        && file.lock().is_ok()
    {
        if held::is(&file, lock) {
            let _ = fs::remove_file(lock);
            let _ = fs::remove_file(first_name);
        }
        return Ok(Attempt::Again);
    }
    if !held::is(&file, lock) {
        return Ok(Attempt::Again);
    }
    let what = format!("{} exists", lock.display());
    Err(Failure::outside(what)(io::Error::other(
        "another git process is changing references, or was killed when it did: nothing was written; run again, and if \
         no git process works in this repository, remove that file first",
    )))
}

/// Moves branches with the user's git, in one transaction.
fn through_git(place: &Place, updates: &[Update<'_>]) -> Result<Attempt, Failure> {
    let mut script = String::from("start\n");
    for Update { name, old, new } in updates {
        let line = match old {
            Some(old) => format!("update {HEADS}{name} {new} {old}\n"),
            None => format!("create {HEADS}{name} {new}\n"),
        };
        script.push_str(&line);
    }
    script.push_str("prepare\ncommit\n");
    let mut command = place.git(&["-c", "core.logAllRefUpdates=false", "update-ref", "--stdin"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(Failure::outside("cannot run git"))?;
    if let Some(mut input) = child.stdin.take() {
        // When it ends early it says why.
        let _ = input.write_all(script.as_bytes());
    }
    let output = child.wait_with_output().map_err(Failure::outside("cannot run git"))?;
    if output.status.success() { Ok(Attempt::Done) } else { Err(refused("git did not move the branches", &output)) }
}
