//! Commits and their parents. Every answer is that of the graph alone: when a clock went backwards, it takes longer.

use std::collections::{BinaryHeap, HashSet};
use std::io;
use std::rc::Rc;

use git2::ObjectType;
use rustc_hash::FxHashMap;

use super::source::{Source, unreadable};
use crate::error::Failure;
use crate::pack;

/// Where a commit stands in a graph.
pub(super) type Place = usize;

/// Reached from the commit that is looked at.
const TIP: u8 = 1;
/// Reached from the one that may stand behind it.
const OLD: u8 = 2;

/// Bytes of commits that are kept for those who ask for more than their parents.
const KEPT_BYTES: usize = 64 << 20;
/// What a kept commit takes besides its message, about.
const OWN_BYTES: usize = 300;

/// Commits that were met.
pub(super) struct Graph {
    places: FxHashMap<Rc<str>, Place>,
    nodes: Vec<Node>,
    /// Commits whose parents a shallow clone does not have.
    shallow: HashSet<String>,
    kept: usize,
}

struct Node {
    id: Rc<str>,
    read: Option<Read>,
    parts: Option<pack::CommitParts>,
}

struct Read {
    parents: Vec<Place>,
    /// When it was written: a guess where to look first.
    seconds: i64,
    /// Whether its parents are not there.
    is_cut: bool,
}

/// Some of the commits.
#[derive(Default)]
pub(super) struct Marks(Vec<bool>);

impl Marks {
    pub(super) fn has(&self, at: Place) -> bool {
        self.0.get(at).copied().unwrap_or_default()
    }

    /// Whether it was new.
    fn insert(&mut self, at: Place) -> bool {
        if self.0.len() <= at {
            self.0.resize(at + 1, false);
        }
        self.0.get_mut(at).is_some_and(|mark| !std::mem::replace(mark, true))
    }
}

/// Whether a commit stands behind another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    Yes,
    No,
    /// What is missing of a shallow clone would tell.
    Unknown,
}

/// Commits of a range.
pub(super) struct Range {
    /// Children before their parents; what a merge brought in directly behind it.
    pub(super) commits: Vec<Place>,
    /// Those that a third commit has behind it as well.
    pub(super) marked: Marks,
}

/// What one of several walks has seen.
#[derive(Default)]
struct Paint {
    flags: Vec<u8>,
    /// How often each waits.
    waiting: Vec<u32>,
    queue: BinaryHeap<(i64, Place)>,
    /// How many wait that only the tip has reached.
    open: usize,
}

impl Graph {
    pub(super) fn new(shallow: HashSet<String>) -> Self {
        Self { places: FxHashMap::default(), nodes: Vec::new(), shallow, kept: 0 }
    }

    /// The place of a commit, by its whole id.
    pub(super) fn place(&mut self, id: &str) -> Place {
        if let Some(at) = self.places.get(id) {
            return *at;
        }
        let at = self.nodes.len();
        let id: Rc<str> = id.into();
        self.nodes.push(Node { id: Rc::clone(&id), read: None, parts: None });
        self.places.insert(id, at);
        at
    }

    pub(super) fn id(&self, at: Place) -> &str {
        self.nodes.get(at).map_or("", |node| &node.id)
    }

    /// Whether `old` is `tip`, or stands behind it.
    pub(super) fn behind(&mut self, source: &mut Source, old: &str, tip: &str) -> Result<Behind, Failure> {
        let (old, tip) = (self.place(old), self.place(tip));
        if old == tip {
            return Ok(Behind::Yes);
        }
        // What is no commit, or is not here, can only be missing.
        if !matches!(source.typed(self.id(old))?, Some((ObjectType::Commit, _))) {
            return Ok(if self.shallow.is_empty() { Behind::No } else { Behind::Unknown });
        }
        let mut paint = Paint::default();
        paint.put(old, OLD, self.seconds(source, old)?);
        paint.put(tip, TIP, self.seconds(source, tip)?);
        let mut unknown = false;
        // What lies between the two is reached from the tip alone: when nothing such waits, there is no way.
        while paint.open > 0 {
            let Some((at, flags)) = paint.take() else { break };
            self.read(source, at)?;
            unknown |= flags == TIP && self.is_cut(at);
            for number in 0..self.parents(at).len() {
                let Some(parent) = self.parents(at).get(number).copied() else { break };
                if parent == old && flags & TIP != 0 {
                    return Ok(Behind::Yes);
                }
                if paint.lacks(parent, flags) {
                    let seconds = self.seconds(source, parent)?;
                    paint.put(parent, flags, seconds);
                }
            }
        }
        Ok(if unknown { Behind::Unknown } else { Behind::No })
    }

    /// The commits behind `tip`, itself too, that `without` does not have; and which of them `marked` has. None when
    /// what is missing of a shallow clone would tell.
    pub(super) fn range(
        &mut self,
        source: &mut Source,
        tip: &str,
        without: Option<&str>,
        marked: Option<&str>,
    ) -> Result<Option<Range>, Failure> {
        let tip = self.place(tip);
        let last = without.map(|id| self.place(id));
        let (old, _, is_old_cut) = self.all(source, last, &Marks::default())?;
        let (_, wanted, is_cut) = self.all(source, Some(tip), &old)?;
        if is_cut {
            return Ok(None);
        }
        let commits = self.sorted(tip, &wanted);
        if is_old_cut && !self.all_stand_on(last, &commits) {
            return Ok(None);
        }
        let marked = marked.map(|id| self.place(id));
        let (marked, ..) = self.all(source, marked, &old)?;
        Ok(Some(Range { commits, marked }))
    }

    /// A commit and all behind it, except some; and whether some of that is missing.
    fn all(
        &mut self,
        source: &mut Source,
        from: Option<Place>,
        except: &Marks,
    ) -> Result<(Marks, Vec<Place>, bool), Failure> {
        let (mut seen, mut all) = (Marks::default(), Vec::new());
        let mut is_cut = false;
        let mut waiting: Vec<Place> = from.into_iter().collect();
        while let Some(at) = waiting.pop() {
            if except.has(at) || !seen.insert(at) {
                continue;
            }
            self.read(source, at)?;
            all.push(at);
            is_cut |= self.is_cut(at);
            waiting.extend(self.parents(at));
        }
        Ok((seen, all, is_cut))
    }

    /// Children before their parents; no clock decides.
    fn sorted(&self, tip: Place, wanted: &[Place]) -> Vec<Place> {
        // How many of their children are still to come; of those that are not wanted, nobody asks.
        let mut children = vec![0_usize; self.nodes.len()];
        for parent in wanted.iter().flat_map(|at| self.parents(*at)) {
            if let Some(count) = children.get_mut(*parent) {
                *count += 1;
            }
        }
        let mut is_wanted = Marks::default();
        for at in wanted {
            is_wanted.insert(*at);
        }
        let mut sorted = Vec::with_capacity(wanted.len());
        let mut ready: Vec<Place> = is_wanted.has(tip).then_some(tip).into_iter().collect();
        while let Some(at) = ready.pop() {
            sorted.push(at);
            for parent in self.parents(at) {
                if let Some(count) = children.get_mut(*parent).filter(|_| is_wanted.has(*parent)) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(*parent);
                    }
                }
            }
        }
        sorted
    }

    /// Whether each of these has a commit behind it, so that it can not stand behind that one.
    fn all_stand_on(&self, base: Option<Place>, sorted: &[Place]) -> bool {
        let mut standing = Marks::default();
        base.map(|base| standing.insert(base));
        for at in sorted.iter().rev() {
            if !self.parents(*at).iter().any(|parent| standing.has(*parent)) {
                return false;
            }
            standing.insert(*at);
        }
        true
    }

    /// The parents of a commit that was read, but for those that a shallow clone does not have.
    pub(super) fn parents(&self, at: Place) -> &[Place] {
        self.seen(at).map_or(&[], |read| &read.parents)
    }

    /// What a commit says, which is given away.
    pub(super) fn take(&mut self, source: &mut Source, at: Place) -> Result<pack::CommitParts, Failure> {
        match self.nodes.get_mut(at).and_then(|node| node.parts.take()) {
            Some(parts) => {
                self.kept -= parts.message.len() + OWN_BYTES;
                Ok(parts)
            }
            None => commit(source, self.id(at)),
        }
    }

    /// The tree of a commit.
    pub(super) fn tree(&self, source: &mut Source, at: Place) -> Result<String, Failure> {
        match self.nodes.get(at).and_then(|node| node.parts.as_ref()) {
            Some(parts) => Ok(parts.tree.clone()),
            None => Ok(commit(source, self.id(at))?.tree),
        }
    }

    fn seen(&self, at: Place) -> Option<&Read> {
        self.nodes.get(at)?.read.as_ref()
    }

    fn is_cut(&self, at: Place) -> bool {
        self.seen(at).is_some_and(|read| read.is_cut)
    }

    fn seconds(&mut self, source: &mut Source, at: Place) -> Result<i64, Failure> {
        self.read(source, at)?;
        Ok(self.seen(at).map_or(0, |read| read.seconds))
    }

    fn read(&mut self, source: &mut Source, at: Place) -> Result<(), Failure> {
        let Some(node) = self.nodes.get(at) else { return Err(unreadable("", io::ErrorKind::NotFound.into())) };
        if node.read.is_some() {
            return Ok(());
        }
        let parts = commit(source, &node.id)?;
        let is_cut = self.shallow.contains(&*node.id);
        let parents: Vec<Place> = match is_cut {
            true => Vec::new(),
            false => parts.parents.iter().map(|parent| self.place(parent)).collect(),
        };
        let bytes = parts.message.len() + OWN_BYTES;
        let is_kept = self.kept + bytes <= KEPT_BYTES;
        if let Some(node) = self.nodes.get_mut(at) {
            node.read = Some(Read { parents, seconds: parts.seconds, is_cut });
            node.parts = is_kept.then_some(parts);
            self.kept += if is_kept { bytes } else { 0 };
        }
        Ok(())
    }
}

/// A commit, by its whole id.
pub(super) fn commit(source: &mut Source, id: &str) -> Result<pack::CommitParts, Failure> {
    let content = source.object(id)?;
    pack::read_commit(&content).ok_or_else(|| unreadable(id, io::ErrorKind::InvalidData.into()))
}

impl Paint {
    fn flags(&self, at: Place) -> u8 {
        self.flags.get(at).copied().unwrap_or_default()
    }

    fn lacks(&self, at: Place, flags: u8) -> bool {
        self.flags(at) | flags != self.flags(at)
    }

    fn put(&mut self, at: Place, flags: u8, seconds: i64) {
        if self.flags.len() <= at {
            self.flags.resize(at + 1, 0);
            self.waiting.resize(at + 1, 0);
        }
        let before = self.flags(at);
        let after = before | flags;
        if let (Some(own), Some(waiting)) = (self.flags.get_mut(at), self.waiting.get_mut(at)) {
            *own = after;
            if before == TIP && after != TIP {
                self.open -= *waiting as usize;
            }
            *waiting += 1;
            self.open += usize::from(after == TIP);
        }
        self.queue.push((seconds, at));
    }

    fn take(&mut self) -> Option<(Place, u8)> {
        let (_, at) = self.queue.pop()?;
        let flags = self.flags(at);
        if let Some(waiting) = self.waiting.get_mut(at) {
            *waiting -= 1;
        }
        self.open -= usize::from(flags == TIP);
        Some((at, flags))
    }
}
