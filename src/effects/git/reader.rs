//! What branches hold, read for thousands of them: the repository is opened once, and equal folders and files are
//! read once.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::place::Place;
use super::refs::Heads;
use super::source::{Source, unreadable};
use crate::error::Failure;
use crate::pack::{self, Memo, hexadecimal};

/// Bytes of contents, and of differences, that are remembered, twice.
const REMEMBERED_BYTES: usize = 8 << 20;
/// The mode of another repository's commit.
const LINK: &[u8] = b"160000";

/// A branch that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name without `refs/heads/`.
    pub name: String,
    /// Its commit in hexadecimal digits.
    pub commit: String,
    /// The parents of that commit.
    pub parents: Vec<String>,
    /// Name and address of the author: `Ada <ada@example.org>`.
    pub author: String,
    /// When the author wrote it, in seconds since 1970.
    pub author_seconds: i64,
    /// Its message.
    pub message: String,
}

/// A file that differs between two commits. The content of a symbolic link is its target, and that of another
/// repository's commit is its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path from the root.
    pub path: String,
    /// Its content in the first commit; none when it has no such file.
    pub before: Option<Arc<[u8]>>,
    /// Its content in the second; equal to the first when only its mode differs.
    pub after: Option<Arc<[u8]>>,
}

/// An object's id, as long as the repository has them.
type Name = Box<[u8]>;

/// The mode and id of a row of a folder.
type Entry = (Box<[u8]>, Name);

/// A file of one side.
type File = Option<Entry>;

/// Two folders that are compared.
type Pair = (Option<Name>, Option<Name>);

/// A file that differs below a folder.
struct Difference {
    path: String,
    before: File,
    after: File,
}

/// Reads branches.
pub struct Reader {
    place: Place,
    source: Source,
    trees: Memo<String, Name>,
    differences: Memo<Pair, Rc<[Difference]>>,
    contents: Memo<Name, Arc<[u8]>>,
}

impl Reader {
    /// Opens the repository around a folder.
    ///
    /// # Errors
    /// A usage failure when there is none; an outside one when it cannot be opened.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let place = Place::find(root)?;
        let source = Source::open(&place)?;
        let memo = REMEMBERED_BYTES;
        Ok(Self { place, source, trees: Memo::new(memo / 16), differences: Memo::new(memo), contents: Memo::new(memo) })
    }

    /// The branches whose names begin so, by name. For those of a folder, end it with `/`.
    ///
    /// # Errors
    /// An outside failure when one cannot be read.
    pub fn commits_below(&mut self, prefix: &str) -> Result<Vec<Found>, Failure> {
        let heads = Heads::read(&self.place)?;
        let names = heads.found.range(prefix.to_owned()..).map(|(name, _)| name);
        let mut found = Vec::new();
        for name in names.take_while(|name| name.starts_with(prefix)) {
            let Some(commit) = heads.commit(name) else { continue };
            let parts = self.commit(commit)?;
            found.push(Found {
                name: name.clone(),
                commit: commit.to_owned(),
                parents: parts.parents,
                author: parts.author,
                author_seconds: parts.seconds,
                message: parts.message,
            });
        }
        Ok(found)
    }

    /// The files that differ between two commits, which are named by their whole ids; by path.
    ///
    /// # Errors
    /// An outside failure when something cannot be read.
    pub fn changed_files(&mut self, base: &str, commit: &str) -> Result<Vec<Changed>, Failure> {
        let (before, after) = (self.tree(base)?, self.tree(commit)?);
        let differences = self.differences(Some(before), Some(after))?;
        let mut changed = Vec::with_capacity(differences.len());
        for Difference { path, before, after } in differences.iter() {
            let (before, after) = (self.content(before)?, self.content(after)?);
            changed.push(Changed { path: path.clone(), before, after });
        }
        changed.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(changed)
    }

    /// The commit of a revision, by its whole id, and when its author wrote it, in seconds since 1970.
    ///
    /// # Errors
    /// A usage failure when there is no such commit; an outside one when it cannot be read.
    pub fn revision(&mut self, revision: &str) -> Result<(String, i64), Failure> {
        let unknown = || {
            Failure::usage(
                format!("there is no commit `{revision}`"),
                "name a branch, tag or commit with --base; a new repository needs its first commit",
            )
        };
        let commit = self.source.commit(&self.place, revision).ok_or_else(unknown)?;
        let seconds = self.commit(&commit)?.seconds;
        Ok((commit, seconds))
    }

    /// The content of a file of a commit, which is named by its whole id; none where there is no such file.
    ///
    /// # Errors
    /// An outside failure when something cannot be read.
    pub fn file(&mut self, commit: &str, path: &str) -> Result<Option<Arc<[u8]>>, Failure> {
        let entry = self.entry(commit, path)?;
        self.content(&entry.filter(|(mode, _)| !pack::is_folder(mode)))
    }

    /// The files below a folder of a commit, which is named by its whole id; by path from the folder.
    ///
    /// # Errors
    /// An outside failure when something cannot be read.
    pub fn files_below(&mut self, commit: &str, folder: &str) -> Result<BTreeMap<String, Arc<[u8]>>, Failure> {
        let entry = self.entry(commit, folder)?.filter(|(mode, _)| pack::is_folder(mode));
        let differences = self.differences(None, entry.map(|(_, name)| name))?;
        let mut files = BTreeMap::new();
        for Difference { path, after, .. } in differences.iter() {
            if let Some(content) = self.content(after)? {
                files.insert(path.clone(), content);
            }
        }
        Ok(files)
    }

    /// The row of a path.
    fn entry(&mut self, commit: &str, path: &str) -> Result<File, Failure> {
        let mut found: File = None;
        let mut folder = Some(self.tree(commit)?);
        for step in path.split('/') {
            let Some(name) = folder.take() else { return Ok(None) };
            found = self.folder(Some(&name))?.remove(step.as_bytes());
            folder = found.as_ref().filter(|(mode, _)| pack::is_folder(mode)).map(|(_, name)| name.clone());
            if found.is_none() {
                return Ok(None);
            }
        }
        Ok(found)
    }

    fn commit(&mut self, commit: &str) -> Result<pack::CommitParts, Failure> {
        let content = self.source.object(commit)?;
        pack::read_commit(&content).ok_or_else(|| unreadable(commit, io::ErrorKind::InvalidData.into()))
    }

    fn tree(&mut self, commit: &str) -> Result<Name, Failure> {
        if let Some(known) = self.trees.get(commit) {
            return Ok(known);
        }
        let tree = self.commit(commit)?.tree;
        let name = bytes_of(&tree).ok_or_else(|| unreadable(commit, io::ErrorKind::InvalidData.into()))?;
        self.trees.put(commit.to_owned(), name.clone(), 256);
        Ok(name)
    }

    fn content(&mut self, file: &File) -> Result<Option<Arc<[u8]>>, Failure> {
        let Some((mode, name)) = file else { return Ok(None) };
        if **mode == *LINK {
            return Ok(Some(hexadecimal(name).into_bytes().into()));
        }
        if let Some(known) = self.contents.get(name) {
            return Ok(Some(known));
        }
        let content: Arc<[u8]> = self.source.object(&hexadecimal(name))?.into();
        self.contents.put(name.clone(), Arc::clone(&content), content.len() + 128);
        Ok(Some(content))
    }

    fn differences(&mut self, before: Option<Name>, after: Option<Name>) -> Result<Rc<[Difference]>, Failure> {
        if before == after {
            return Ok(Rc::new([]));
        }
        let key = (before, after);
        if let Some(known) = self.differences.get(&key) {
            return Ok(known);
        }
        let mut all = Vec::new();
        let (old, new) = (self.folder(key.0.as_deref())?, self.folder(key.1.as_deref())?);
        let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
        for name in names {
            let (one, other) = (old.get(name), new.get(name));
            if one == other {
                continue;
            }
            let folder =
                |file: &Option<&Entry>| file.filter(|(mode, _)| pack::is_folder(mode)).map(|(_, name)| name.clone());
            let file = |file: &Option<&Entry>| file.filter(|(mode, _)| !pack::is_folder(mode)).cloned();
            let path = String::from_utf8_lossy(name);
            for below in self.differences(folder(&one), folder(&other))?.iter() {
                let (before, after) = (below.before.clone(), below.after.clone());
                all.push(Difference { path: format!("{path}/{}", below.path), before, after });
            }
            let (before, after) = (file(&one), file(&other));
            if before.is_some() || after.is_some() {
                all.push(Difference { path: path.into_owned(), before, after });
            }
        }
        let all: Rc<[Difference]> = all.into();
        let weight = all.iter().map(|difference| difference.path.len() + 200).sum::<usize>() + 200;
        self.differences.put(key, Rc::clone(&all), weight);
        Ok(all)
    }

    /// The rows of a folder, by name.
    fn folder(&mut self, name: Option<&[u8]>) -> Result<BTreeMap<Box<[u8]>, Entry>, Failure> {
        let Some(name) = name else { return Ok(BTreeMap::new()) };
        let content = self.source.object(&hexadecimal(name))?;
        let part = |range| content.get::<std::ops::Range<usize>>(range).unwrap_or_default().into();
        let rows = pack::rows(&content, name.len());
        Ok(rows.map(|row| (part(row.name), (part(row.mode), part(row.id)))).collect())
    }
}

fn bytes_of(digits: &str) -> Option<Name> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
