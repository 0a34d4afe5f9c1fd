//! Cutting a release while others do the same: what to do next is decided from what the remote has, freshly each
//! time, and a tag is only ever made where none stands. Nobody waits for anybody: who loses a race looks again.

use semver::Version;

use super::next::Line;
use super::settings::{Component, Settings};
use crate::values::StableVersion;

/// How often in a row a tag may come to nothing without a word why.
const SILENT: u32 = 3;

/// A tag as the remote has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What it points at: a tag object, or a commit.
    pub object: String,
    /// The commit behind that.
    pub commit: String,
}

/// A tag of the component that is a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// The tag.
    pub tag: Listed,
    /// The version that it says.
    pub version: Version,
}

/// Where one commit stands, seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// They are the same.
    Same,
    /// It is an ancestor of the other.
    Before,
    /// The other is an ancestor of it.
    After,
    /// Neither.
    Apart,
}

/// What is to be released.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'s> {
    /// How components are released.
    pub settings: &'s Settings,
    /// Which one.
    pub component: &'s Component,
    /// The commit.
    pub target: &'s str,
    /// Which versions its branch has.
    pub line: &'s Line,
    /// The version that is named, whatever the commits ask for.
    pub named: Option<StableVersion>,
    /// How often it is tried when others release at the same moment.
    pub attempts: u32,
    /// Whether nothing is to be made.
    pub dry: bool,
}

/// A tag that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// Its name.
    pub name: String,
    /// The version that it says.
    pub version: Version,
    /// The commit that it is for.
    pub commit: String,
    /// The newest stable tag before it.
    pub previous: Option<String>,
}

/// What became of a tag that was to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<E> {
    /// It stands there, and is ours: its object.
    Made(String),
    /// Another stands there, or came in between.
    Taken,
    /// Nobody knows: the object that was sent, and what was said.
    Unsure(String, String),
    /// It was refused for good: the object that was sent, and why.
    Refused(String, E),
}

/// What the commits ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// This version.
    Version(Version),
    /// Nothing.
    Nothing,
}

/// Where the tags are that count: a remote of git, GitHub, or the clone itself.
pub trait Place {
    /// What stops it.
    type Error;
    /// All tags of the component as they are now, never as they were.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn list(&mut self) -> Result<Vec<Listed>, Self::Error>;
    /// Where the commit of a tag stands, seen from the target.
    ///
    /// # Errors
    /// When nobody can tell.
    fn side(&mut self, tag: &Listed) -> Result<Side, Self::Error>;
    /// Whether the target is on the branch on which stable versions are cut.
    ///
    /// # Errors
    /// When nobody can tell.
    fn is_on_branch(&mut self) -> Result<bool, Self::Error>;
    /// Which version follows, for these tags.
    ///
    /// # Errors
    /// When it cannot be told.
    fn ask(&mut self, released: &[Released]) -> Result<Asked, Self::Error>;
    /// Makes a tag, where none stands.
    ///
    /// # Errors
    /// When nothing was sent.
    fn create(&mut self, new: &New) -> Result<Answer<Self::Error>, Self::Error>;
    /// Lets some time pass, not the same for everybody, before an attempt is repeated.
    fn pause(&mut self, attempt: u32);
}

/// A release that stands, or in a dry run would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its tag.
    pub tag: String,
    /// The object of the tag; none in a dry run.
    pub object: Option<String>,
    /// Its version.
    pub version: Version,
    /// Whether we have made it.
    pub created: bool,
    /// How often it was tried.
    pub attempts: u32,
    /// What is wrong with the order of the tags, seen after it was made; each a sentence.
    pub wrong: Vec<String>,
}

/// Why nothing was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No commit asks for it.
    Nothing,
    /// The target is part of a release already: this tag.
    Behind(String),
    /// The target does not have what was released last: this tag.
    Apart(String),
    /// The target is not on the release branch.
    OffBranch,
    /// The commit has another version than the one that is named: this tag.
    Other(String),
    /// The named version is not above the last one: this tag.
    NotAbove(Version, String),
    /// There is a tag of that name, at this commit, that is no release before the target.
    Occupied(String, String),
    /// Others were faster, so often.
    Busy(u32),
    /// The tag does not arrive, and nobody says why: its name, and what was said last.
    Silent(String, String),
}

/// Why it ended without a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop<E> {
    /// It is refused, by the rules.
    Refused(Refusal),
    /// The place refuses.
    Place(E),
}

impl<E> From<E> for Stop<E> {
    fn from(error: E) -> Self {
        Self::Place(error)
    }
}

/// What to do, from what the place has.
enum Step {
    Done(Released),
    Create(New),
}

/// Cuts a release.
///
/// # Errors
/// Why there is none; nothing was made then, unless the place does not answer any more.
pub fn cut<P: Place>(place: &mut P, wish: &Wish<'_>) -> Result<Cut, Stop<P::Error>> {
    let mut sent: Option<String> = None;
    let mut silent = 0;
    for attempt in 0..wish.attempts {
        let released = releases(wish, place.list()?);
        let new = match step(place, wish, &released)? {
            Step::Done(found) => {
                // What was sent and not heard of has arrived.
                let created = sent.as_ref() == Some(&found.tag.object);
                let wrong = if created { wrong(place, wish, &found, &released)? } else { Vec::new() };
                let Released { tag, version } = found;
                let (tag, object) = (tag.name, Some(tag.object));
                return Ok(Cut { tag, object, version, created, attempts: attempt + 1, wrong });
            }
            Step::Create(new) => new,
        };
        if wish.dry {
            let New { name: tag, version, .. } = new;
            return Ok(Cut { tag, object: None, version, created: false, attempts: 0, wrong: Vec::new() });
        }
        match place.create(&new)? {
            Answer::Made(object) => {
                let wrong = check(place, wish, &new, &object)?;
                let (tag, object, version) = (new.name, Some(object), new.version);
                return Ok(Cut { tag, object, version, created: true, attempts: attempt + 1, wrong });
            }
            Answer::Taken => silent = 0,
            Answer::Refused(object, why) => return last_look(place, wish, &new, object, attempt, Stop::Place(why)),
            Answer::Unsure(object, why) => {
                silent += 1;
                if silent >= SILENT {
                    let stop = Stop::Refused(Refusal::Silent(new.name.clone(), why));
                    return last_look(place, wish, &new, object, attempt, stop);
                }
                sent = Some(object);
            }
        }
        place.pause(attempt);
    }
    Err(Stop::Refused(Refusal::Busy(wish.attempts)))
}

/// After the last attempt: what was refused, or not answered, may stand there all the same.
fn last_look<P: Place>(
    place: &mut P,
    wish: &Wish<'_>,
    new: &New,
    object: String,
    attempt: u32,
    stop: Stop<P::Error>,
) -> Result<Cut, Stop<P::Error>> {
    let released = releases(wish, place.list()?);
    let Some(found) = released.iter().find(|one| one.tag.name == new.name && one.tag.object == object) else {
        return Err(stop);
    };
    let wrong = wrong(place, wish, found, &released)?;
    let (tag, version) = (new.name.clone(), new.version.clone());
    Ok(Cut { tag, object: Some(object), version, created: true, attempts: attempt + 1, wrong })
}

/// The releases of the component among the tags, the newest last.
fn releases(wish: &Wish<'_>, tags: Vec<Listed>) -> Vec<Released> {
    let own = |tag: Listed| {
        let version = wish.component.tags.version(&tag.name)?;
        (!wish.settings.is_of_other(wish.component, &tag.name)).then_some(Released { tag, version })
    };
    let mut all: Vec<Released> = tags.into_iter().filter_map(own).collect();
    all.sort_by(|one, other| one.version.cmp(&other.version));
    all
}

fn step<P: Place>(place: &mut P, wish: &Wish<'_>, released: &[Released]) -> Result<Step, Stop<P::Error>> {
    let refuse = |why| Err(Stop::Refused(why));
    let is_stable = *wish.line == Line::Stable;
    let here = released.iter().rev().find(|one| one.tag.commit == wish.target && wish.line.has(&one.version));
    if let Some(here) = here {
        return match wish.named {
            Some(named) if named != base(&here.version) => refuse(Refusal::Other(here.tag.name.clone())),
            _ => Ok(Step::Done(here.clone())),
        };
    }
    let last = released.iter().rev().find(|one| Line::Stable.has(&one.version));
    if let Some(last) = last.filter(|_| is_stable) {
        match place.side(&last.tag)? {
            Side::Same | Side::Before => {}
            Side::After => return refuse(Refusal::Behind(last.tag.name.clone())),
            Side::Apart => return refuse(Refusal::Apart(last.tag.name.clone())),
        }
    }
    if is_stable && !place.is_on_branch()? {
        return refuse(Refusal::OffBranch);
    }
    let version = match place.ask(released)? {
        Asked::Version(version) => version,
        Asked::Nothing => return refuse(Refusal::Nothing),
    };
    let above = |one: &Released| !is_stable || version > one.version;
    if let Some(last) = last.filter(|last| !above(last)) {
        return refuse(Refusal::NotAbove(version, last.tag.name.clone()));
    }
    let name = wish.component.tags.name(&version);
    if let Some(other) = released.iter().find(|one| one.tag.name == name) {
        return refuse(Refusal::Occupied(name, other.tag.commit.clone()));
    }
    let previous = last.map(|last| last.tag.name.clone());
    Ok(Step::Create(New { name, version, commit: wish.target.to_owned(), previous }))
}

/// A version without its channel.
const fn base(version: &Version) -> StableVersion {
    StableVersion { major: version.major, minor: version.minor, patch: version.patch }
}

/// Looks again after a tag was made.
fn check<P: Place>(place: &mut P, wish: &Wish<'_>, new: &New, object: &str) -> Result<Vec<String>, Stop<P::Error>> {
    let released = releases(wish, place.list()?);
    let Some(ours) = released.iter().find(|one| one.tag.name == new.name) else {
        return Ok(vec![format!("{} was made, and is gone again: somebody has deleted it", new.name)]);
    };
    if ours.tag.object != object {
        return Ok(vec![format!("{} was made, and points elsewhere now: somebody has moved it", new.name)]);
    }
    wrong(place, wish, ours, &released)
}

/// What is wrong with the order of the tags around ours: two of a kind at a commit, or versions that do not follow
/// as their commits do. Tags further away were looked at when they were made.
fn wrong<P: Place>(
    place: &mut P,
    wish: &Wish<'_>,
    ours: &Released,
    released: &[Released],
) -> Result<Vec<String>, Stop<P::Error>> {
    let name = &ours.tag.name;
    let mut wrong = Vec::new();
    let kind: Vec<&Released> = released.iter().filter(|one| wish.line.has(&one.version)).collect();
    for other in kind.iter().filter(|one| one.tag.commit == ours.tag.commit && one.tag.name != *name) {
        wrong.push(format!("{name} and {} are both at {}", other.tag.name, ours.tag.commit));
    }
    if *wish.line != Line::Stable {
        return Ok(wrong);
    }
    let lower = kind.iter().rev().find(|one| one.version < ours.version);
    let higher = kind.iter().find(|one| one.version > ours.version);
    for (other, wanted, word) in [(lower, Side::Before, "an ancestor"), (higher, Side::After, "a descendant")] {
        let Some(other) = other.filter(|other| other.tag.commit != ours.tag.commit) else { continue };
        if place.side(&other.tag)? != wanted {
            wrong.push(format!("{} is not at {word} of the commit of {name}", other.tag.name));
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests;
