//! The history behind a commit: which tags stand in it, and which commits a release would bring.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::ObjectType;
use rustc_hash::FxHashMap;

use super::fs;
use super::place::Place;
use super::source::Source;
use super::tags::{self, StoredTags, Target};
use super::walk::{Behind, Graph, Place as Step, commit};
use super::{no_commit, no_such_commit};
use crate::error::Failure;
use crate::pack::{self, Memo, hexadecimal};

/// Bytes of folders that are remembered, twice.
const REMEMBERED_BYTES: usize = 4 << 20;
/// How long a chain of tags of tags may be.
const MOST_TAGS_OF_TAGS: usize = 16;

/// A commit of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Its parents' ids.
    pub parents: Vec<String>,
    /// Its message; bytes that are no text replaced.
    pub message: String,
    /// Whether what it has at the paths differs from what its first parent has there. At `.`, every commit does that
    /// is no merge, even an empty one.
    pub touches: bool,
    /// Whether the commit `Span::marked` is it, or has it behind it.
    pub marked: bool,
}

/// Which commits are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// This one and those behind it.
    pub tip: &'a str,
    /// Not those that this one has.
    pub without: Option<&'a str>,
    /// Tell which of them this one has.
    pub marked: Option<&'a str>,
}

/// Reads history.
pub struct History {
    place: Place,
    source: Source,
    graph: Graph,
    is_shallow: bool,
    folders: Memo<Rc<str>, Rc<[u8]>>,
    /// By folder, number of the path, and how many of its steps are left.
    entries: FxHashMap<(Rc<str>, usize, usize), Option<Rc<str>>>,
}

impl History {
    /// Opens the repository around a folder.
    ///
    /// # Errors
    /// A usage failure when there is none; an outside one when it cannot be opened.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        let place = Place::find(root)?;
        let source = Source::open(&place)?;
        let shallow = fs::read_to_string(place.common.join("shallow")).unwrap_or_default();
        let shallow: HashSet<String> = shallow.lines().map(|line| line.trim().to_owned()).collect();
        Ok(Self {
            is_shallow: !shallow.is_empty(),
            graph: Graph::new(shallow),
            place,
            source,
            folders: Memo::new(REMEMBERED_BYTES),
            entries: FxHashMap::default(),
        })
    }

    /// The root of the working folder; none in a bare repository.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.source {
            Source::Library(repository) => repository.workdir().map(Path::to_owned),
            Source::Program { .. } => {
                let told = self.place.ask(&["rev-parse", "--show-toplevel"]).ok();
                told.map(|path| PathBuf::from(path.trim_end_matches('\n'))).filter(|path| path.is_absolute())
            }
        }
    }

    /// The root of the working folder; without one, the folder that was named.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder().unwrap_or_else(|| self.place.root.clone())
    }

    /// The text of a file at the root of a commit; none where there is none.
    ///
    /// # Errors
    /// A usage failure when it is no text, or larger than `limit` bytes; an outside one when it cannot be read.
    pub fn text(&mut self, id: &str, name: &str, limit: u64) -> Result<Option<String>, Failure> {
        let tree = commit(&mut self.source, id)?.tree.into();
        self.entries.clear();
        let Some(entry) = self.entry(&tree, 0, &[name])? else { return Ok(None) };
        let Some((_, blob)) = entry.split_once(' ').filter(|(mode, _)| mode.starts_with("100")) else {
            return Ok(None);
        };
        let content = self.source.object(blob)?;
        let text = String::from_utf8(content).ok().filter(|text| text.len() as u64 <= limit && !text.contains('\0'));
        let problem = || {
            let message = format!("{name} of the commit {id} is no text, or larger than {} MiB", limit >> 20);
            Failure::usage(message, format!("look at it: git show {id}:{name}"))
        };
        text.map(Some).ok_or_else(problem)
    }

    /// Whether some of the history is missing, for the clone is shallow.
    #[must_use]
    pub const fn is_shallow(&self) -> bool {
        self.is_shallow
    }

    /// The branch that is checked out; none when none is.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        self.source.branch(&self.place)
    }

    /// The commit of a revision, by its whole id.
    ///
    /// # Errors
    /// A usage failure when there is none.
    pub fn commit(&self, revision: &str) -> Result<String, Failure> {
        self.source.commit(&self.place, revision).ok_or_else(|| match &self.source {
            Source::Library(repository) => no_commit(repository, revision),
            Source::Program { .. } => no_such_commit(revision, &["HEAD"]),
        })
    }

    /// The tags whose names begin so.
    ///
    /// # Errors
    /// An outside failure when they cannot be read.
    pub fn tags(&self, prefix: &str) -> Result<StoredTags, Failure> {
        tags::read(&self.place, prefix)
    }

    /// The commit on which a tag stands; none when it is a tag of something else, or of nothing that is there.
    ///
    /// # Errors
    /// An outside failure when it cannot be read.
    pub fn tagged(&mut self, target: Target<'_>) -> Result<Option<String>, Failure> {
        let mut id = match target {
            Target::Object(id) => id.to_owned(),
            Target::File(path) => match fs::read_to_string(path) {
                Ok(text) => text.trim().to_owned(),
                Err(_) => return Ok(None),
            },
        };
        for _ in 0..MOST_TAGS_OF_TAGS {
            let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
            let found = if is_id { self.source.typed(&id)? } else { None };
            match found {
                Some((ObjectType::Commit, _)) => return Ok(Some(id)),
                Some((ObjectType::Tag, content)) => {
                    let text = String::from_utf8_lossy(&content);
                    let Some(object) = text.lines().next().and_then(|line| line.strip_prefix("object ")) else { break };
                    object.clone_into(&mut id);
                }
                _ => break,
            }
        }
        Ok(None)
    }

    /// Whether a commit is another one, or stands behind it.
    ///
    /// # Errors
    /// A usage failure when only what is missing of a shallow clone would tell; an outside one when a commit cannot be
    /// read.
    pub fn is_behind(&mut self, old: &str, tip: &str) -> Result<bool, Failure> {
        match self.graph.behind(&mut self.source, old, tip)? {
            Behind::Yes => Ok(true),
            Behind::No => Ok(false),
            Behind::Unknown => Err(shallow()),
        }
    }

    /// The commits of a span, children before their parents, the tip first; and whether they touch some paths.
    ///
    /// # Errors
    /// A usage failure when some are missing, for the clone is shallow; an outside one when one cannot be read.
    pub fn log(&mut self, span: Span<'_>, paths: &[&str]) -> Result<Vec<Logged>, Failure> {
        let Span { tip, without, marked } = span;
        self.entries.clear();
        let paths: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').collect()).collect();
        let range = self.graph.range(&mut self.source, tip, without, marked)?.ok_or_else(shallow)?;
        let mut log = Vec::with_capacity(range.commits.len());
        let mut trees: FxHashMap<Step, Rc<str>> = FxHashMap::default();
        for at in range.commits {
            let parts = self.graph.take(&mut self.source, at)?;
            let tree: Rc<str> = trees.remove(&at).unwrap_or_else(|| parts.tree.as_str().into());
            let parent = match self.graph.parents(at).first() {
                None => None,
                Some(parent) => Some(match trees.get(parent) {
                    Some(tree) => Rc::clone(tree),
                    None => {
                        let tree: Rc<str> = self.graph.tree(&mut self.source, *parent)?.into();
                        trees.insert(*parent, Rc::clone(&tree));
                        tree
                    }
                }),
            };
            let touches = self.touches(&tree, parts.parents.len(), parent.as_ref(), &paths)?;
            let (id, marked) = (self.graph.id(at).to_owned(), range.marked.has(at));
            log.push(Logged { id, parents: parts.parents, message: parts.message, touches, marked });
        }
        Ok(log)
    }

    fn touches(
        &mut self,
        tree: &Rc<str>,
        parents: usize,
        parent: Option<&Rc<str>>,
        paths: &[Vec<&str>],
    ) -> Result<bool, Failure> {
        let is_all = |path: &[&str]| matches!(path, ["."]);
        if parent == Some(tree) {
            return Ok(parents < 2 && paths.iter().any(|path| is_all(path)));
        }
        for (number, path) in paths.iter().enumerate() {
            if is_all(path) {
                return Ok(true);
            }
            let own = self.entry(tree, number, path)?;
            let other = match parent {
                Some(tree) => self.entry(tree, number, path)?,
                None => None,
            };
            if own != other {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Mode and id of what stands at a path of a folder; remembered, for most folders are those of many commits.
    fn entry(&mut self, tree: &Rc<str>, path: usize, steps: &[&str]) -> Result<Option<Rc<str>>, Failure> {
        let [name, below @ ..] = steps else { return Ok(None) };
        let key = (Rc::clone(tree), path, steps.len());
        if let Some(known) = self.entries.get(&key) {
            return Ok(known.clone());
        }
        let content = match self.folders.get(&**tree) {
            Some(content) => content,
            None => {
                let content: Rc<[u8]> = self.source.object(tree)?.into();
                self.folders.put(Rc::clone(tree), Rc::clone(&content), content.len() + 128);
                content
            }
        };
        let part = |range| content.get::<std::ops::Range<usize>>(range).unwrap_or_default();
        let row = pack::rows(&content, tree.len() / 2).find(|row| part(row.name.clone()) == name.as_bytes());
        let found: Option<Rc<str>> = match row {
            None => None,
            Some(row) if below.is_empty() => {
                let mode = String::from_utf8_lossy(part(row.mode));
                Some(format!("{mode} {}", hexadecimal(part(row.id))).into())
            }
            Some(row) if pack::is_folder(part(row.mode.clone())) => {
                self.entry(&hexadecimal(part(row.id)).into(), path, below)?
            }
            Some(_) => None,
        };
        self.entries.insert(key, found.clone());
        Ok(found)
    }
}

/// Only what is missing here would tell.
pub fn shallow() -> Failure {
    Failure::usage(
        "this clone is shallow, and the answer depends on commits or tags that it does not have",
        "run `git fetch --unshallow --tags` first; in a workflow, give actions/checkout `fetch-depth: 0`",
    )
}
