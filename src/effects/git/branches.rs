//! Many branches at once: each one commit on top of a base, with some files changed. No working folder, no index and
//! no `HEAD` is touched, and either all branches are made or none.

use std::path::Path;
use std::sync::Arc;

use super::fast::Fast;
use super::place::Place;
use super::plain::Plain;
use super::refs::{self, Attempt, Heads, Update};
use crate::error::Failure;
use crate::pack;

/// How often it is tried again when other processes change references at the same time.
const MOST_ATTEMPTS: usize = 100;
/// Commits that are named when they would be lost.
const MOST_LOST: usize = 10;
/// Branches that a sentence names.
const MOST_NAMED: usize = 5;

/// Who writes the commits, and when; author and committer alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name.
    pub name: String,
    /// Address of mail; it may be empty.
    pub email: String,
    /// Seconds since 1970, in UTC.
    pub seconds: i64,
}

/// A branch that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name without `refs/heads/`: `experiment/replicas/4`.
    pub name: String,
    /// The message of its commit, which is taken as it is.
    pub message: String,
    /// What differs from the base: a path from the root, and the whole new content of that file; none removes the
    /// file or folder. A file keeps its permission to be run; a file may come in place of a folder, and a folder in
    /// place of a file.
    pub changes: Vec<Change>,
}

/// A path, and the whole new content of its file.
pub type Change = (Arc<str>, Option<Arc<[u8]>>);

/// A branch that was prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its name without `refs/heads/`.
    pub name: String,
    /// Its commit in hexadecimal digits.
    pub commit: String,
    /// What the repository has under that name.
    pub state: State,
}

/// What the repository has under the name of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    New,
    /// The very same commit.
    Same,
    /// Another commit.
    Moved {
        /// That commit in hexadecimal digits.
        found: String,
        /// Commits that nothing else may hold, as `abc1234 subject`: reachable from the found one, and neither from
        /// the base nor from the wanted one. The ten youngest.
        lost: Vec<String>,
        /// How many more there are.
        more: usize,
    },
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Branches that were made or moved.
    pub changed: usize,
    /// Branches that were so already.
    pub same: usize,
}

/// By which way objects are made.
enum Way {
    Fast(Box<Fast>),
    Plain(Box<Plain>),
}

/// Takes branches one after the other, and forgets what they are made of.
pub struct Writer {
    place: Place,
    base: String,
    heads: Heads,
    way: Way,
    branches: Vec<(String, Option<String>)>,
}

impl Writer {
    /// Ready to make branches on top of a revision of the repository around a folder.
    ///
    /// # Errors
    /// A usage failure when there is no repository or no such commit, or when git cannot have that author; an outside
    /// one when the repository cannot be read.
    pub fn begin(root: &Path, base: &str, author: &Author) -> Result<Self, Failure> {
        let author = signature(author)?;
        let place = Place::find(root)?;
        let heads = Heads::read(&place)?;
        let way = match place.odd {
            None => Way::Fast(Box::new(Fast::begin(&place, base, &author)?)),
            Some(_) => Way::Plain(Box::new(Plain::begin(&place, base, &author)?)),
        };
        let base = match &way {
            Way::Fast(fast) => fast.base(),
            Way::Plain(plain) => plain.base(),
        };
        Ok(Self { place, base, heads, way, branches: Vec::new() })
    }

    /// The commit on which all branches stand, in hexadecimal digits.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Why the repository is written through the program git, which takes longer; none when it is not.
    #[must_use]
    pub fn detour(&self) -> Option<&str> {
        self.place.odd.as_deref()
    }

    /// Prepares a branch. Nothing can be seen of it yet.
    ///
    /// # Errors
    /// A usage failure when git cannot have that name, message or path; an outside one when the base cannot be read
    /// or the disk is full.
    pub fn add(&mut self, wanted: &Wanted) -> Result<(), Failure> {
        examine(wanted)?;
        let commit = match &mut self.way {
            Way::Fast(fast) => {
                let found = self.heads.commit(&wanted.name);
                Some(fast.add(&self.place, wanted, |commit| found == Some(commit))?)
            }
            Way::Plain(plain) => {
                plain.add(wanted)?;
                None
            }
        };
        self.branches.push((wanted.name.clone(), commit));
        Ok(())
    }

    /// Tells what writing would do.
    ///
    /// # Errors
    /// A usage failure when two names are in each other's way, or one in that of a branch that exists; an outside one
    /// when git fails.
    pub fn finish(mut self) -> Result<Prepared, Failure> {
        let commits = match &mut self.way {
            Way::Fast(_) => Vec::new(),
            Way::Plain(plain) => plain.finish(&self.place)?,
        };
        let mut commits = commits.into_iter();
        let mut branches = Vec::with_capacity(self.branches.len());
        for (name, commit) in std::mem::take(&mut self.branches) {
            let commit = commit.or_else(|| commits.next()).unwrap_or_default();
            let state = self.state(&name, &commit)?;
            branches.push(Branch { name, commit, state });
        }
        let prepared = Prepared { branches, place: self.place, way: self.way };
        let mut names = prepared.names();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(*first)))
        {
            return Err(Failure::usage(format!("two branches would be named {twice}"), "give each its own name"));
        }
        refuse_conflict(&self.heads, &names)?;
        Ok(prepared)
    }

    fn state(&self, name: &str, commit: &str) -> Result<State, Failure> {
        if self.heads.found.get(name) == Some(&refs::Found::Other) {
            return Err(Failure::usage(
                format!("the branch {name} is another name of a branch, or broken"),
                format!("look at it with `git symbolic-ref refs/heads/{name}`, and remove it"),
            ));
        }
        let Some(found) = self.heads.commit(name) else { return Ok(State::New) };
        if found == commit {
            return Ok(State::Same);
        }
        let (lost, more) = match &self.way {
            Way::Fast(fast) => fast.lost(found, commit, MOST_LOST),
            Way::Plain(plain) => plain.lost(&self.place, found, commit, MOST_LOST),
        };
        Ok(State::Moved { found: found.to_owned(), lost, more })
    }
}

/// Branches that are ready to be written.
pub struct Prepared {
    /// All of them, in the order in which they were added.
    pub branches: Vec<Branch>,
    place: Place,
    way: Way,
}

impl Prepared {
    /// Writes all branches, or none. Those that have another commit are moved only by `force`.
    ///
    /// # Errors
    /// A usage failure when a branch would be moved without `force` or is checked out, or when another process has
    /// changed one since; an outside one when the disk refuses. In each case no branch has changed.
    pub fn write(self, force: bool) -> Result<Written, Failure> {
        self.refuse_moved(force)?;
        let Self { branches, place, way } = self;
        let mut way = Some(way);
        for _ in 0..MOST_ATTEMPTS {
            let heads = Heads::read(&place)?;
            let updates = updates(&branches, &heads)?;
            let changed = branches.iter().filter(|branch| branch.state != State::Same).count();
            let written = Written { changed, same: branches.len() - changed };
            if updates.is_empty() {
                return Ok(written);
            }
            let names: Vec<&str> = updates.iter().map(|update| update.name).collect();
            refuse_conflict(&heads, &names)?;
            refuse_checked_out(&place, &names)?;
            if let Some(Way::Fast(fast)) = way.take() {
                fast.install(&place)?;
            }
            if matches!(refs::update(&place, &heads, &updates)?, Attempt::Done) {
                return Ok(written);
            }
        }
        let what = "other processes change the repository's references again and again: nothing was written";
        Err(Failure::usage(what, "run again when they have ended"))
    }

    fn names(&self) -> Vec<&str> {
        self.branches.iter().map(|branch| branch.name.as_str()).collect()
    }

    fn refuse_moved(&self, force: bool) -> Result<(), Failure> {
        let moved = self.branches.iter().filter_map(|branch| match &branch.state {
            State::Moved { lost, more, .. } if !force => Some((&branch.name, lost, more)),
            _ => None,
        });
        let moved: Vec<_> = moved.collect();
        if moved.is_empty() {
            return Ok(());
        }
        let told = moved.iter().take(MOST_NAMED).map(|(name, lost, more)| {
            let more = if **more > 0 { format!(" and {more} more") } else { String::new() };
            if lost.is_empty() {
                return format!("{name} (no commit would be lost)");
            }
            format!("{name} (would lose {}{more})", lost.join(", "))
        });
        let told: Vec<String> = told.collect();
        let rest = moved.len() - told.len();
        let rest = if rest > 0 { format!("; and {rest} more branches") } else { String::new() };
        let what = if moved.len() == 1 { "this branch exists with" } else { "these branches exist with" };
        Err(Failure::usage(
            format!("{what} other content: {}{rest}: nothing was written", told.join("; ")),
            "overwrite with --force, or choose another name",
        ))
    }
}

/// What is left to do.
fn updates<'a>(branches: &'a [Branch], heads: &Heads) -> Result<Vec<Update<'a>>, Failure> {
    let mut updates = Vec::new();
    for Branch { name, commit, state } in branches {
        let now = heads.commit(name);
        let old = match state {
            _ if now == Some(commit) => continue,
            State::New => None,
            State::Same => Some(commit.as_str()),
            State::Moved { found, .. } => Some(found.as_str()),
        };
        if now != old || heads.found.get(name) == Some(&refs::Found::Other) {
            return Err(Failure::usage(
                format!("another process has changed the branch {name} since it was read: nothing was written"),
                "run again: it is compared with what stands there now",
            ));
        }
        updates.push(Update { name, old, new: commit });
    }
    Ok(updates)
}

fn refuse_conflict(heads: &Heads, names: &[&str]) -> Result<(), Failure> {
    let Some((name, other)) = heads.conflict(names) else { return Ok(()) };
    let whose = if heads.found.contains_key(&other) { "which exists" } else { "which is wanted too" };
    Err(Failure::usage(
        format!("git cannot have the branch {name} beside {other}, {whose}: one would be a folder of the other"),
        "choose another name, or remove or rename the other branch",
    ))
}

fn refuse_checked_out(place: &Place, names: &[&str]) -> Result<(), Failure> {
    let all = refs::checked_out(place)?;
    let Some((name, folder)) = names.iter().find_map(|name| Some((name, all.get(*name)?))) else { return Ok(()) };
    Err(Failure::usage(
        format!("the branch {name} is checked out in {folder}, whose files would not follow: nothing was written"),
        "check out another branch there",
    ))
}

/// The author as git writes it.
fn signature(author: &Author) -> Result<String, Failure> {
    let Author { name, email, seconds } = author;
    let plain = |text: &str| !text.contains(['<', '>', '\n', '\0']) && text.trim() == text;
    if name.is_empty() || !plain(name) || !plain(email) || *seconds < 0 {
        return Err(Failure::usage(
            format!("git cannot have the author `{name} <{email}>` at {seconds} seconds"),
            "give a name, an address without brackets, and a time since 1970",
        ));
    }
    Ok(format!("{name} <{email}> {seconds} +0000"))
}

/// Whether git can have a branch.
fn examine(wanted: &Wanted) -> Result<(), Failure> {
    let name = &wanted.name;
    if !git2::Branch::name_is_valid(name).unwrap_or_default() {
        return Err(Failure::usage(
            format!("git cannot have a branch named `{name}`"),
            "use letters, digits, `-`, `_`, `.` and `/`",
        ));
    }
    if wanted.message.contains('\0') {
        return Err(Failure::usage(format!("the message of {name} has a zero byte"), "give a message that is text"));
    }
    let mut changes: Vec<_> = wanted.changes.iter().map(|(path, content)| (&**path, content.is_some())).collect();
    changes.sort_by(|(one, _), (other, _)| pack::order(one, other));
    let mut before: Option<&str> = None;
    let mut file: Option<&str> = None;
    for (path, is_file) in changes {
        if let Some(problem) = pack::problem_of(path) {
            return Err(Failure::usage(
                format!("the path `{path}` of {name} {problem}"),
                "name a file of the repository",
            ));
        }
        let below = |file: &str| path.strip_prefix(file).is_some_and(|rest| rest.starts_with('/'));
        let clash = before.filter(|before| *before == path).or_else(|| file.filter(|file| is_file && below(file)));
        if let Some(other) = clash {
            return Err(Failure::usage(format!("{name} has both `{other}` and `{path}`"), "name each file once"));
        }
        before = Some(path);
        file = if is_file { Some(path) } else { file };
    }
    Ok(())
}
