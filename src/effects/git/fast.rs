//! New objects of many branches, written as one pack.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use git2::{ErrorCode, Oid, Repository};

use super::branches::Wanted;
use super::held::{self, Held};
use super::place::Place;
use super::{open, outside};
use crate::error::Failure;
use crate::pack::{self, Base, Change, Checksum, Editor, HEADER_BYTES, Id, Kind, Memo, PackWriter, Store};

/// Bytes of a pack that wait in memory before they go to the disk.
const MOST_WAITING: usize = 1 << 19;
/// Bytes of contents that are remembered with their ids, twice.
const MOST_CONTENTS: usize = 1 << 20;
/// Bytes of all files from which differences are told, and of one that is new.
const MOST_BASES: usize = 8 << 20;
const MOST_NEW_BASE: usize = 64 << 10;
/// New files from which differences are told.
const MOST_NEW_BASES: usize = 64;
/// Beginnings of the names of files in the making; `git prune` knows the first parts of them.
const TEMPORARY_PACK: &str = "tmp_pack_ahuora_";
const TEMPORARY_INDEX: &str = "tmp_idx_ahuora_";

/// What is needed for a branch and not yet in the pack.
struct Staged {
    kind: Kind,
    id: Id,
    content: Arc<[u8]>,
    base: Option<Id>,
}

/// Objects that exist, and those that are made.
struct Objects {
    repository: Repository,
    pack: PackWriter,
    staged: Vec<Staged>,
    bases: HashMap<Id, Base>,
    bases_bytes: usize,
    /// The first new file of a name.
    firsts: HashMap<Box<str>, Id>,
}

/// A content by its place in memory, which the memory of its id keeps from being another's.
type Contents = Memo<(usize, usize), (Arc<[u8]>, Id)>;

/// Writes branches as one pack.
pub(super) struct Fast {
    objects: Objects,
    editor: Editor,
    contents: Contents,
    commit: Id,
    tree: Id,
    author: String,
    first: Option<Id>,
    file: Option<Held>,
}

impl Fast {
    /// Ready to write on top of a revision; the repository is as this program knows them.
    pub(super) fn begin(place: &Place, revision: &str, author: &str) -> Result<Self, Failure> {
        let repository = open(&place.root)?;
        let (commit, tree) = {
            let missing = |_| super::no_commit(&repository, revision);
            let object = repository.revparse_single(revision).map_err(|error| match error.code() {
                ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Ambiguous => missing(error),
                _ => outside(&format!("cannot read the revision {revision}"), error),
            })?;
            let commit = object.peel_to_commit().map_err(missing)?;
            (id_of(commit.id())?, id_of(commit.tree_id())?)
        };
        let objects = Objects {
            repository,
            pack: PackWriter::new(),
            staged: Vec::new(),
            bases: HashMap::new(),
            bases_bytes: 0,
            firsts: HashMap::new(),
        };
        Ok(Self {
            objects,
            editor: Editor::new(),
            contents: Memo::new(MOST_CONTENTS),
            commit,
            tree,
            author: author.to_owned(),
            first: None,
            file: None,
        })
    }

    /// The commit on which branches stand.
    pub(super) fn base(&self) -> String {
        self.commit.to_string()
    }

    /// The commit of a branch. What it needs is put into the pack, unless `exists` says that the commit does already.
    pub(super) fn add(
        &mut self,
        place: &Place,
        wanted: &Wanted,
        exists: impl FnOnce(&str) -> bool,
    ) -> Result<String, Failure> {
        self.objects.staged.clear();
        let contents = &mut self.contents;
        let file = |content: &Arc<[u8]>| {
            let key = (content.as_ptr() as usize, content.len());
            if let Some((_, id)) = contents.get(&key) {
                return id;
            }
            let id = pack::hash(Kind::Blob, content);
            contents.put(key, (Arc::clone(content), id), content.len() + 128);
            id
        };
        let mut changes = changes(wanted, file);
        Editor::sort(&mut changes);
        let tree = self.editor.edit(Some(self.tree), &changes, &mut self.objects)?;
        let tree = tree.unwrap_or_else(|| self.objects.made(Vec::new(), None));
        let content = pack::commit(&tree.to_string(), &self.base(), &self.author, &wanted.message);
        let id = pack::hash(Kind::Commit, &content);
        let name = id.to_string();
        if !exists(&name) {
            let content: Arc<[u8]> = content.into();
            if self.first.is_none() {
                self.first = Some(id);
                self.objects.bases.insert(id, Base::new(Kind::Commit, id, Arc::clone(&content)));
            }
            self.objects.staged.push(Staged { kind: Kind::Commit, id, content, base: self.first });
            self.objects.keep();
            if self.objects.pack.waiting() > MOST_WAITING {
                self.spill(place)?;
            }
        }
        Ok(name)
    }

    /// Writes what waits to a file that is no pack yet.
    fn spill(&mut self, place: &Place) -> Result<(), Failure> {
        let folder = place.packs();
        let mut attempt = || -> io::Result<()> {
            if self.file.is_none() {
                fs::create_dir_all(&folder)?;
                held::sweep(&folder, TEMPORARY_PACK);
                held::sweep(&folder, TEMPORARY_INDEX);
                self.file = Some(Held::create(&folder, TEMPORARY_PACK, 0o444)?);
            }
            let Some(held) = &self.file else { return Ok(()) };
            self.objects.pack.write_to(held.file())
        };
        attempt().map_err(Failure::outside(format!("cannot write into {}", folder.display())))
    }

    /// Makes all objects part of the repository. Nothing refers to them yet.
    pub(super) fn install(mut self, place: &Place) -> Result<(), Failure> {
        if self.objects.pack.len() == 0 {
            return Ok(());
        }
        self.spill(place)?;
        let Some(file) = self.file else { return Ok(()) };
        let folder = place.packs();
        finish(&folder, file, self.objects.pack)
            .map_err(Failure::outside(format!("cannot write into {}", folder.display())))
    }

    /// Commits that a branch has above the base: at most so many as lines, and how many more.
    pub(super) fn lost(&self, found: &str, ours: &str, most: usize) -> (Vec<String>, usize) {
        let repository = &self.objects.repository;
        let walk = || -> Result<(Vec<String>, usize), git2::Error> {
            let mut walk = repository.revwalk()?;
            walk.push(Oid::from_str(found)?)?;
            walk.hide(Oid::from_str(&self.base())?)?;
            let ours = Oid::from_str(ours)?;
            if repository.find_commit(ours).is_ok() {
                walk.hide(ours)?;
            }
            let (mut lines, mut more) = (Vec::new(), 0);
            for id in walk {
                let id = id?;
                if lines.len() == most {
                    more += 1;
                    continue;
                }
                let commit = repository.find_commit(id)?;
                let summary = commit.summary_bytes().unwrap_or_default();
                lines.push(format!("{:.7} {}", id.to_string(), String::from_utf8_lossy(summary)));
            }
            Ok((lines, more))
        };
        walk().unwrap_or_default()
    }
}

/// The changes of a branch with the ids of their contents.
fn changes(wanted: &Wanted, mut file: impl FnMut(&Arc<[u8]>) -> Id) -> Vec<Change<'_>> {
    let mut changes = Vec::with_capacity(wanted.changes.len());
    for (path, content) in &wanted.changes {
        changes.push(Change { path, file: content.as_ref().map(|content| (file(content), content)) });
    }
    changes
}

/// Completes a pack, and gives it and its index the names that git looks for: the index last.
fn finish(folder: &Path, held: Held, pack: PackWriter) -> io::Result<()> {
    const STEP: usize = 1 << 18;
    let file = held.file();
    file.write_all_at(&pack::header(pack.len()), 0)?;
    let mut checksum = Checksum::default();
    let (mut at, mut buffer) = (0, vec![0; STEP]);
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if read == 0 {
            break;
        }
        checksum.update(buffer.get(..read).unwrap_or_default());
        at += read as u64;
    }
    debug_assert!(at > HEADER_BYTES, "it has objects");
    let id = checksum.finish();
    file.write_all_at(id.bytes(), at)?;
    file.sync_all()?;
    let index = Held::create(folder, TEMPORARY_INDEX, 0o444)?;
    index.file().write_all(&pack.index(id))?;
    index.file().sync_all()?;
    held.rename(&folder.join(format!("pack-{id}.pack")))?;
    index.rename(&folder.join(format!("pack-{id}.idx")))?;
    held::sync_folder(folder)
}

fn id_of(id: Oid) -> Result<Id, Failure> {
    Id::of(id.as_bytes()).ok_or_else(|| Failure::outside("cannot read an id")(io::ErrorKind::InvalidData.into()))
}

impl Objects {
    /// Puts what a branch needs into the pack.
    fn keep(&mut self) {
        for Staged { kind, id, content, base } in self.staged.drain(..) {
            let base = base.and_then(|base| self.bases.get(&base));
            self.pack.add(kind, id, &content, base);
        }
    }

    /// Makes ready to tell differences from a file that exists; it may be too large for that.
    fn base(&mut self, id: Id) -> Option<Id> {
        if self.bases.contains_key(&id) {
            return Some(id);
        }
        let odb = self.repository.odb().ok()?;
        let oid = Oid::from_bytes(id.bytes()).ok()?;
        let (length, _) = odb.read_header(oid).ok()?;
        if self.bases_bytes + length > MOST_BASES {
            return None;
        }
        self.bases_bytes += length;
        let content: Arc<[u8]> = odb.read(oid).ok()?.data().into();
        self.bases.insert(id, Base::new(Kind::Blob, id, content));
        Some(id)
    }

    /// The first new file of this name, which this one may be.
    fn first(&mut self, name: &str, id: Id, content: &Arc<[u8]>) -> Option<Id> {
        if let Some(first) = self.firsts.get(name) {
            return Some(*first);
        }
        if self.firsts.len() < MOST_NEW_BASES && content.len() <= MOST_NEW_BASE {
            self.firsts.insert(name.into(), id);
            self.bases.entry(id).or_insert_with(|| Base::new(Kind::Blob, id, Arc::clone(content)));
        }
        None
    }
}

impl Store for Objects {
    type Error = Failure;

    fn tree(&mut self, id: Id) -> Result<Arc<[u8]>, Failure> {
        let read = || Ok(self.repository.odb()?.read(Oid::from_bytes(id.bytes())?)?.data().into());
        read().map_err(|error| outside("cannot read a folder of the base", error))
    }

    fn blob(&mut self, name: &str, id: Id, content: &Arc<[u8]>, base: Option<Id>) {
        if self.pack.has(id) {
            return;
        }
        let base = match base {
            Some(base) => self.base(base),
            None => self.first(name, id, content),
        };
        self.staged.push(Staged { kind: Kind::Blob, id, content: Arc::clone(content), base });
    }

    fn made(&mut self, content: Vec<u8>, base: Option<(Id, &Arc<[u8]>)>) -> Id {
        let id = pack::hash(Kind::Tree, &content);
        let base = base.map(|(base, content)| {
            self.bases.entry(base).or_insert_with(|| Base::new(Kind::Tree, base, Arc::clone(content)));
            base
        });
        if !self.pack.has(id) {
            self.staged.push(Staged { kind: Kind::Tree, id, content: content.into(), base });
        }
        id
    }
}
