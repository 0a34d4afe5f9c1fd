//! Commits and their parents. Every answer is that of the graph alone: when a clock went backwards, it takes longer.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::io;

use git2::ObjectType;

use super::source::{Source, unreadable};
use crate::error::Failure;
use crate::pack;

/// Where a commit stands in a graph.
pub(super) type Place = usize;

/// Reached from the commit that is looked at.
const TIP: u8 = 1;
/// Reached from the one that may stand behind it.
const OLD: u8 = 2;

/// Commits that were met.
pub(super) struct Graph {
    places: HashMap<String, Place>,
    nodes: Vec<Node>,
    /// Commits whose parents a shallow clone does not have.
    shallow: HashSet<String>,
}

struct Node {
    id: String,
    read: Option<Read>,
}

#[derive(Clone)]
struct Read {
    parents: Vec<Place>,
    /// When it was written: a guess where to look first.
    seconds: i64,
    /// Whether its parents are not there.
    is_cut: bool,
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
    pub(super) marked: HashSet<Place>,
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
        Self { places: HashMap::new(), nodes: Vec::new(), shallow }
    }

    /// The place of a commit, by its whole id.
    pub(super) fn place(&mut self, id: &str) -> Place {
        if let Some(at) = self.places.get(id) {
            return *at;
        }
        let at = self.nodes.len();
        self.nodes.push(Node { id: id.to_owned(), read: None });
        self.places.insert(id.to_owned(), at);
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
        paint.put(old, OLD, self.read(source, old)?.seconds);
        paint.put(tip, TIP, self.read(source, tip)?.seconds);
        let mut unknown = false;
        // What lies between the two is reached from the tip alone: when nothing such waits, there is no way.
        while paint.open > 0 {
            let Some((at, flags)) = paint.take() else { break };
            let read = self.read(source, at)?;
            unknown |= read.is_cut && flags == TIP;
            for parent in read.parents {
                if parent == old && flags & TIP != 0 {
                    return Ok(Behind::Yes);
                }
                if paint.lacks(parent, flags) {
                    let seconds = self.read(source, parent)?.seconds;
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
        let (old, is_old_cut) = self.all(source, last, &HashSet::new())?;
        let (wanted, is_cut) = self.all(source, Some(tip), &old)?;
        if is_cut {
            return Ok(None);
        }
        let commits = self.sorted(tip, &wanted);
        if is_old_cut && !self.all_stand_on(last, &commits) {
            return Ok(None);
        }
        let marked = marked.map(|id| self.place(id));
        let (mut marked, _) = self.all(source, marked, &old)?;
        marked.retain(|at| wanted.contains(at));
        Ok(Some(Range { commits, marked }))
    }

    /// A commit and all behind it, except some; and whether some of that is missing.
    fn all(
        &mut self,
        source: &mut Source,
        from: Option<Place>,
        except: &HashSet<Place>,
    ) -> Result<(HashSet<Place>, bool), Failure> {
        let mut seen = HashSet::new();
        let mut is_cut = false;
        let mut waiting: Vec<Place> = from.into_iter().collect();
        while let Some(at) = waiting.pop() {
            if except.contains(&at) || !seen.insert(at) {
                continue;
            }
            let read = self.read(source, at)?;
            is_cut |= read.is_cut;
            waiting.extend(read.parents);
        }
        Ok((seen, is_cut))
    }

    /// Children before their parents; no clock decides.
    fn sorted(&self, tip: Place, wanted: &HashSet<Place>) -> Vec<Place> {
        let mut children: HashMap<Place, usize> = HashMap::new();
        for parent in wanted.iter().flat_map(|at| self.parents(*at)) {
            *children.entry(*parent).or_default() += 1;
        }
        let mut sorted = Vec::with_capacity(wanted.len());
        let mut ready: Vec<Place> = wanted.contains(&tip).then_some(tip).into_iter().collect();
        while let Some(at) = ready.pop() {
            sorted.push(at);
            for parent in self.parents(at) {
                if let Some(count) = children.get_mut(parent).filter(|_| wanted.contains(parent)) {
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
        let mut standing: HashSet<Place> = base.into_iter().collect();
        for at in sorted.iter().rev() {
            if !self.parents(*at).iter().any(|parent| standing.contains(parent)) {
                return false;
            }
            standing.insert(*at);
        }
        true
    }

    fn parents(&self, at: Place) -> &[Place] {
        self.nodes.get(at).and_then(|node| node.read.as_ref()).map_or(&[], |read| &read.parents)
    }

    fn read(&mut self, source: &mut Source, at: Place) -> Result<Read, Failure> {
        let Some(node) = self.nodes.get(at) else { return Err(unreadable("", io::ErrorKind::NotFound.into())) };
        if let Some(read) = &node.read {
            return Ok(read.clone());
        }
        let id = node.id.clone();
        let parts = commit(source, &id)?;
        let is_cut = self.shallow.contains(&id);
        let parents: Vec<Place> = match is_cut {
            true => Vec::new(),
            false => parts.parents.iter().map(|parent| self.place(parent)).collect(),
        };
        let read = Read { parents, seconds: parts.seconds, is_cut };
        if let Some(node) = self.nodes.get_mut(at) {
            node.read = Some(read.clone());
        }
        Ok(read)
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
