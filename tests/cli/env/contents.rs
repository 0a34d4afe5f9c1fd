//! Everything in a folder, to compare before and after a run.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// One file, folder or link.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// A file's bytes; a link's target; nothing for a folder.
    pub(crate) bytes: Vec<u8>,
    /// Inode and time of the last change: they tell a file that was written again with the same bytes.
    pub(crate) stamp: (u64, i64, i64),
}

/// A folder's entries by their paths from it; links are not followed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contents(pub(crate) BTreeMap<String, Entry>);

impl Contents {
    pub(super) fn of(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        walk(folder, "", &mut entries);
        Self(entries)
    }

    /// `+ path`, `- path` or `~ path` for everything that another look found otherwise.
    pub(crate) fn changes(&self, later: &Self) -> Vec<String> {
        let gone = self.0.keys().filter(|path| !later.0.contains_key(*path));
        let gone = gone.map(|path| format!("- {path}"));
        let found = later.0.iter().filter_map(|(path, entry)| match self.0.get(path) {
            None => Some(format!("+ {path}")),
            Some(before) => (before != entry).then(|| format!("~ {path}")),
        });
        gone.chain(found).collect()
    }

    /// Paths and bytes of the files below a folder, from that folder.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<&str, &[u8]> {
        let entries = self.0.iter();
        entries.filter_map(|(path, entry)| file_below(folder, path, entry)).collect()
    }
}

fn file_below<'a>(folder: &str, path: &'a str, entry: &'a Entry) -> Option<(&'a str, &'a [u8])> {
    let path = path.strip_prefix(folder)?.strip_prefix('/')?;
    (!path.is_empty() && !path.ends_with('/')).then_some((path, entry.bytes.as_slice()))
}

fn walk(folder: &Path, prefix: &str, entries: &mut BTreeMap<String, Entry>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let metadata = path.symlink_metadata().expect("an entry");
        let mut shown = format!("{prefix}{name}");
        if metadata.is_dir() {
            shown.push('/');
            walk(&path, &shown, entries);
        }
        let stamp = (metadata.ino(), metadata.mtime(), metadata.mtime_nsec());
        entries.insert(shown, Entry { bytes: bytes(&path), stamp });
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    let metadata = path.symlink_metadata().expect("an entry");
    if metadata.is_symlink() {
        let target = fs::read_link(path).expect("a link");
        return target.into_os_string().into_encoded_bytes();
    }
    if metadata.is_file() {
        return fs::read(path).expect("a file");
    }
    Vec::new()
}
