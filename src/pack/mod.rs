//! Objects of git as bytes: their ids, trees with changes, commits, and packs that are written without a search.
//!
//! Nothing here touches a file: what is missing is asked of a [`Store`], and what is made is handed out as bytes.

mod memo;
mod tree;
mod writer;

use std::fmt;
use std::sync::Arc;

use sha1::{Digest as _, Sha1};

pub(crate) use memo::Memo;
pub(crate) use tree::{Change, Editor, is_folder, order, problem_of, rows};
pub(crate) use writer::{Base, HEADER_BYTES, PackWriter, header};

const ID_BYTES: usize = 20;

/// The id of an object: SHA-1 of its kind, length and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id([u8; ID_BYTES]);

impl Id {
    /// Its length.
    pub(crate) const BYTES: usize = ID_BYTES;

    /// The id that these bytes are, when they are as many as an id has.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hexadecimal(&self.0))
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A commit.
    Commit,
    /// A folder.
    Tree,
    /// A file.
    Blob,
}

impl Kind {
    /// Its word.
    const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

/// The id of an object with this content.
pub(crate) fn hash(kind: Kind, content: &[u8]) -> Id {
    let mut sha = Sha1::new();
    sha.update(format!("{} {}\0", kind.name(), content.len()));
    sha.update(content);
    Id(sha.finalize().into())
}

/// The checksum at the end of a file of git, of what it is fed.
#[derive(Default)]
pub(crate) struct Checksum(Sha1);

impl Checksum {
    /// More bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of all bytes.
    pub(crate) fn finish(self) -> Id {
        Id(self.0.finalize().into())
    }
}

/// Where objects come from that exist, and go to that are made.
pub(crate) trait Store {
    /// Why an object cannot be read.
    type Error;

    /// The content of a tree that exists.
    ///
    /// # Errors
    /// When it cannot be read.
    fn tree(&mut self, id: Id) -> Result<Arc<[u8]>, Self::Error>;

    /// A file of this name is needed. `base` is the one in whose place it comes.
    fn blob(&mut self, name: &str, id: Id, content: &Arc<[u8]>, base: Option<Id>);

    /// A folder is needed. `base` is the one that it changes, with its content.
    fn made(&mut self, content: Vec<u8>, base: Option<(Id, &Arc<[u8]>)>) -> Id;
}

/// The bytes of a commit with one parent. `author` is a name, an address, seconds and a zone, as git writes them.
pub(crate) fn commit(tree: &str, parent: &str, author: &str, message: &str) -> Vec<u8> {
    format!("tree {tree}\nparent {parent}\nauthor {author}\ncommitter {author}\n\n{message}").into_bytes()
}

/// What a commit says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CommitParts {
    /// The id of its tree, in hexadecimal digits.
    pub(crate) tree: String,
    /// The ids of its parents.
    pub(crate) parents: Vec<String>,
    /// Name and address of the author: `Ada <ada@example.org>`.
    pub(crate) author: String,
    /// When it was written, in seconds since 1970.
    pub(crate) seconds: i64,
    /// Its message.
    pub(crate) message: String,
}

/// Reads a commit; none when it has no tree.
pub(crate) fn read_commit(content: &[u8]) -> Option<CommitParts> {
    let text = String::from_utf8_lossy(content);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let lines = |key: &'static str| head.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix(' '));
    // `Ada <ada@example.org> 1767225600 +0000`
    let author = lines("author").next().unwrap_or_default();
    let (author, when) = author.rsplit_once("> ").map_or((author.to_owned(), ""), |(a, w)| (format!("{a}>"), w));
    Some(CommitParts {
        tree: lines("tree").next()?.to_owned(),
        parents: lines("parent").map(str::to_owned).collect(),
        author,
        seconds: when.split(' ').next().and_then(|seconds| seconds.parse().ok()).unwrap_or_default(),
        message: message.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_git() {
        let empty = hash(Kind::Tree, b"");
        assert_eq!(empty.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(Id::of(empty.bytes()), Some(empty));
        assert_eq!(hash(Kind::Blob, b"hello\n").to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(Id::of(b"zz"), None);
    }

    #[test]
    fn a_commit_says_what_was_put_into_it() {
        let made = commit("t", "p", "Ada B <a@b> 12 +0000", "subject\n\nbody\n");
        let parts = read_commit(&made).expect("a commit");
        assert_eq!((parts.tree.as_str(), parts.parents.as_slice()), ("t", ["p".to_owned()].as_slice()));
        assert_eq!((parts.author.as_str(), parts.seconds), ("Ada B <a@b>", 12));
        assert_eq!(parts.message, "subject\n\nbody\n");
    }
}
