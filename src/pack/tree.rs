//! Folders with changes: only those on the way to a change are read and made again.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::{Id, Memo, Store};

/// How many bytes of changes are remembered with the folder that they make.
const REMEMBERED_BYTES: usize = 2 << 20;
/// The length of what is not in a key: pointers, lengths and an id.
const KEY_OVERHEAD: usize = 96;

/// A row of a tree: where its parts stand.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its first byte.
    pub(crate) start: usize,
    /// Its mode: `100644`.
    pub(crate) mode: Range<usize>,
    /// Its name.
    pub(crate) name: Range<usize>,
    /// Its id.
    pub(crate) id: Range<usize>,
    /// One past its last byte.
    pub(crate) end: usize,
}

/// The rows of a tree whose ids have a length; they end where it is no tree.
pub(crate) fn rows(content: &[u8], id_bytes: usize) -> impl Iterator<Item = Row> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = content.get(start..)?;
        let blank = rest.iter().position(|byte| *byte == b' ')?;
        let zero = rest.iter().position(|byte| *byte == 0)?;
        let name = start + blank + 1..start + zero;
        let id = name.end + 1..name.end + 1 + id_bytes;
        let row = Row { start, mode: start..start + blank, name, end: id.end, id };
        start = row.end;
        (row.end <= content.len()).then_some(row)
    })
}

/// What becomes of a path.
#[derive(Debug, Clone)]
pub(crate) struct Change<'a> {
    /// The path from the root, parts divided by `/`.
    pub(crate) path: &'a str,
    /// The file that stands there from now on; none removes a file or a folder.
    pub(crate) file: Option<(Id, &'a Arc<[u8]>)>,
}

/// Why git, or somebody's disk, could not have a path.
pub(crate) fn problem_of(path: &str) -> Option<&'static str> {
    // Readers on some disks do not see these.
    let unseen = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    for part in path.split('/') {
        match part {
            "" => return Some("has an empty part"),
            "." | ".." => return Some("has a part that is not a name"),
            _ if part.contains('\0') => return Some("has a zero byte"),
            _ => {}
        }
        for name in part.split('\\') {
            let seen: String = name.chars().filter(|c| !unseen(c)).collect();
            let name = seen.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
            if name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1") {
                return Some("would write into git's own folder");
            }
        }
    }
    None
}

/// The order in which changes are given to [`Editor::edit`]: folder by folder.
pub(crate) fn order(one: &str, other: &str) -> Ordering {
    let low = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes().map(low).cmp(other.bytes().map(low))
}

/// A folder that exists.
struct Folder {
    id: Id,
    content: Arc<[u8]>,
    rows: Vec<Row>,
}

impl Folder {
    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.content.get(range.clone()).unwrap_or_default()
    }

    fn is_folder(&self, row: &Row) -> bool {
        is_folder(self.part(&row.mode))
    }

    /// Where a row of this name and kind stands, or would.
    fn place(&self, name: &[u8], folder: bool) -> usize {
        let wanted = || name.iter().chain(folder.then_some(&b'/'));
        self.rows
            .partition_point(|row| self.part(&row.name).iter().chain(self.is_folder(row).then_some(&b'/')).lt(wanted()))
    }

    fn find(&self, name: &[u8]) -> Option<&Row> {
        [false, true]
            .into_iter()
            .filter_map(|folder| self.rows.get(self.place(name, folder)))
            .find(|row| self.part(&row.name) == name)
    }
}

const FOLDER: &[u8] = b"40000";
const FILE: &[u8] = b"100644";
const PROGRAM: &[u8] = b"100755";

/// Whether a mode is that of a folder. Some old writers put a zero before it.
pub(crate) fn is_folder(mode: &[u8]) -> bool {
    mode.strip_prefix(b"0").unwrap_or(mode) == FOLDER
}

/// A row that is put, or goes.
struct Edit<'a> {
    name: &'a str,
    old: Option<Row>,
    new: Option<(&'static [u8], Id)>,
}

/// Makes trees from trees that exist; what was made once is not made again.
pub(crate) struct Editor {
    folders: HashMap<Id, Rc<Folder>>,
    made: Memo<Box<[u8]>, Option<Id>>,
}

impl Editor {
    /// One that has made nothing.
    pub(crate) fn new() -> Self {
        Self { folders: HashMap::new(), made: Memo::new(REMEMBERED_BYTES) }
    }

    /// The tree that changes make of another; none when nothing is left. The changes are sorted by [`Self::sort`],
    /// and no two have one path.
    ///
    /// # Errors
    /// When the store cannot read a tree.
    pub(crate) fn edit<S: Store>(
        &mut self,
        base: Option<Id>,
        changes: &[Change<'_>],
        store: &mut S,
    ) -> Result<Option<Id>, S::Error> {
        self.folder(base, 0, changes, store)
    }

    /// Sorts changes as [`Self::edit`] needs them.
    pub(crate) fn sort(changes: &mut [Change<'_>]) {
        changes.sort_by(|one, other| order(one.path, other.path));
    }

    fn folder<S: Store>(
        &mut self,
        base: Option<Id>,
        skipped: usize,
        changes: &[Change<'_>],
        store: &mut S,
    ) -> Result<Option<Id>, S::Error> {
        let folder = base.map(|id| self.read(id, store)).transpose()?;
        let name = |change: &Change<'_>| change.path.get(skipped..).unwrap_or_default().split('/').next().map(str::len);
        let mut edits = Vec::new();
        for group in changes.chunk_by(|one, other| {
            let (one_name, other_name) = (name(one), name(other));
            let end = |length: usize| skipped..skipped + length;
            one_name == other_name
                && one_name.is_some_and(|length| one.path.get(end(length)) == other.path.get(end(length)))
        }) {
            edits.extend(self.entry(folder.as_deref(), skipped, group, store)?);
        }
        if edits.is_empty() {
            return Ok(base);
        }
        let key = key(base, &edits);
        if let Some(known) = self.made.get(&*key) {
            return Ok(known);
        }
        let content = splice(folder.as_deref(), &edits);
        let made = (!content.is_empty())
            .then(|| store.made(content, folder.as_ref().map(|folder| (folder.id, &folder.content))));
        let weight = key.len() + KEY_OVERHEAD;
        self.made.put(key, made, weight);
        Ok(made)
    }

    /// What becomes of one name of a folder; nothing when it stays.
    fn entry<'a, S: Store>(
        &mut self,
        folder: Option<&Folder>,
        skipped: usize,
        group: &[Change<'a>],
        store: &mut S,
    ) -> Result<Option<Edit<'a>>, S::Error> {
        let Some(first) = group.first() else { return Ok(None) };
        let name = first.path.get(skipped..).unwrap_or_default().split('/').next().unwrap_or_default();
        let here = first.path.len() == skipped + name.len();
        let row = folder.and_then(|folder| Some((folder, folder.find(name.as_bytes())?)));
        let old = || row.map(|(_, row)| row.clone());
        let id = row.and_then(|(folder, row)| Id::of(folder.part(&row.id)));
        let mode = row.map(|(folder, row)| folder.part(&row.mode));
        let is_file = mode.is_some_and(|mode| !is_folder(mode));
        let new = match first.file {
            Some((blob, content)) if here => {
                let new = if mode == Some(PROGRAM) { PROGRAM } else { FILE };
                if mode == Some(new) && id == Some(blob) {
                    return Ok(None);
                }
                let base = id.filter(|_| mode.is_some_and(|mode| mode.starts_with(b"100")));
                store.blob(name, blob, content, base);
                Some((new, blob))
            }
            _ => {
                let below = if here { group.get(1..).unwrap_or_default() } else { group };
                // A folder that is removed, or is none, has nothing that would stay.
                let base = id.filter(|_| !here && !is_file);
                let made = self.folder(base, skipped + name.len() + 1, below, store)?;
                if !here && (made == base && !(is_file && made.is_some())) {
                    return Ok(None);
                }
                made.map(|id| (FOLDER, id))
            }
        };
        let same = new.is_some_and(|(new, made)| mode == Some(new) && id == Some(made));
        Ok((!same && (new.is_some() || row.is_some())).then(|| Edit { name, old: old(), new }))
    }

    fn read<S: Store>(&mut self, id: Id, store: &mut S) -> Result<Rc<Folder>, S::Error> {
        if let Some(known) = self.folders.get(&id) {
            return Ok(Rc::clone(known));
        }
        let content = store.tree(id)?;
        let rows = rows(&content, Id::BYTES).collect();
        let folder = Rc::new(Folder { id, content, rows });
        self.folders.insert(id, Rc::clone(&folder));
        Ok(folder)
    }
}

/// What a folder is made of, in bytes.
fn key(base: Option<Id>, edits: &[Edit<'_>]) -> Box<[u8]> {
    let mut key = Vec::with_capacity(Id::BYTES + edits.len() * 64);
    key.extend(base.iter().flat_map(Id::bytes));
    for edit in edits {
        match &edit.new {
            Some((mode, id)) => {
                key.extend_from_slice(mode);
                key.extend_from_slice(id.bytes());
            }
            None => key.push(b'-'),
        }
        key.extend_from_slice(edit.name.as_bytes());
        key.push(0);
    }
    key.into_boxed_slice()
}

/// The content of a folder with edits.
fn splice(folder: Option<&Folder>, edits: &[Edit<'_>]) -> Vec<u8> {
    // Each: where it takes bytes away, by what name it is sorted there, and what it puts.
    let mut steps: Vec<(Range<usize>, Vec<u8>, Vec<u8>)> = Vec::new();
    let length = folder.map_or(0, |folder| folder.content.len());
    for edit in edits {
        if let Some(old) = &edit.old {
            steps.push((old.start..old.end, Vec::new(), Vec::new()));
        }
        if let Some((mode, id)) = &edit.new {
            let is_folder = *mode == FOLDER;
            let place = folder.and_then(|folder| folder.rows.get(folder.place(edit.name.as_bytes(), is_folder)));
            let start = place.map_or(length, |row| row.start);
            let sorted = [edit.name.as_bytes(), if is_folder { b"/" } else { b"" }].concat();
            let row = [mode, &b" "[..], edit.name.as_bytes(), b"\0", id.bytes()].concat();
            steps.push((start..start, sorted, row));
        }
    }
    // What is put comes before what is taken away at the same place, which is no less than it.
    steps.sort_by(|(one, a, _), (other, b, _)| (one.start, one.end, a).cmp(&(other.start, other.end, b)));
    let old = folder.map(|folder| &*folder.content).unwrap_or_default();
    let mut content = Vec::with_capacity(length + 64 * edits.len());
    let mut at = 0;
    for (range, _, row) in steps {
        content.extend_from_slice(old.get(at..range.start).unwrap_or_default());
        content.extend_from_slice(&row);
        at = range.end;
    }
    content.extend_from_slice(old.get(at..).unwrap_or_default());
    content
}
