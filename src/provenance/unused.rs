//! Leaves that no manifest depends on, and who reads them instead.

use std::fmt;

use crate::config::path::{Path, Segment};
use crate::config::{Configuration, Problem};

use super::{Documents, Effect, Leaf, Leaves, Map, Origin, Parts};

/// Who reads a leaf that no manifest depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A rule of `ahuora check`, by its name.
    Rule(&'static str),
    /// People, in words that complete "it is read by ...".
    People(&'static str),
}

/// Completes "it is read by ...".
impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "checks alone: rule `{name}` of `ahuora check`"),
            Self::People(who) => f.write_str(who),
        }
    }
}

/// What no manifest depends on.
#[derive(Debug)]
pub struct Unused<'l> {
    /// Leaves that move no field in any environment, with who reads them; with nobody, they can go.
    pub idle: Vec<(&'l Leaf, Option<Reader>)>,
    /// Leaves for which no other value is valid, with why not: nothing can be said of them.
    pub undecided: Vec<(&'l Leaf, String)>,
}

/// Readers by path; `*` is any key or index. The longest path that fits counts.
const READERS: [(&str, Reader); 20] = [
    ("cluster.kubernetes", Reader::People("the tests that run a real API server")),
    ("cluster.nodes.*.name", Reader::Rule("capacity")),
    ("cluster.nodes.*.role", Reader::Rule("capacity")),
    ("cluster.nodes.*.cpu", Reader::Rule("capacity")),
    ("cluster.nodes.*.memory", Reader::Rule("capacity")),
    ("cluster.nodes.*.internet", Reader::Rule("capacity")),
    ("cluster.maxPods", Reader::Rule("capacity")),
    ("cluster.reserved", Reader::Rule("capacity")),
    ("cluster.daemons", Reader::Rule("capacity")),
    ("cluster.daemons.*.name", Reader::People("people: it names the daemon")),
    ("cluster.system", Reader::Rule("capacity")),
    ("cluster.system.*.name", Reader::People("people: it names the pods")),
    ("secrets.*.keys", Reader::Rule("secret-key")),
    ("secrets.*", Reader::People("whoever makes the Secrets: `ahuora check` lists them")),
    ("services.*.lifecycle.drain", Reader::Rule("grace-period")),
    ("services.*.lifecycle.slowestStart", Reader::Rule("startup-window")),
    ("postgres.reservedConnections", Reader::Rule("database-connections")),
    ("patches.*.reason", Reader::People("people: it says why")),
    ("waivers", Reader::Rule("waiver")),
    ("waivers.*.reason", Reader::People("people: it says why")),
];

/// Finds what no manifest of any environment depends on. Leaves of the base are varied in the first environment;
/// only those that move nothing there are tried in the next.
///
/// # Errors
/// Every problem with a patch.
pub fn unused<'l>(configuration: &Configuration, leaves: &'l Leaves, out: &str) -> Result<Unused<'l>, Vec<Problem>> {
    let mut open: Vec<(&Leaf, Option<String>)> =
        leaves.all.iter().filter(|leaf| leaf.origin == Origin::Written).map(|leaf| (leaf, None)).collect();
    for (number, platform) in configuration.platforms.iter().enumerate() {
        let name = platform.scope.environment.as_str();
        let (here, later): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(leaf, _)| leaf.environment().is_none_or(|own| own == name));
        let is_compose =
            configuration.operations.compose.as_ref().is_some_and(|spec| spec.environment.as_str() == name);
        let parts = Parts { compose: number == 0 || is_compose, ..Parts::ALL };
        let documents = Documents::of(configuration, out, platform, parts)?;
        let map = Map::of(&documents, leaves, here.iter().map(|(leaf, _)| *leaf));
        open = later;
        for ((leaf, before), (_, effect)) in here.into_iter().zip(map.effects) {
            match effect {
                // Once decided stays decided: another environment can only add what moves.
                Effect::Moves(moves) if moves.is_empty() => open.push((leaf, None)),
                Effect::Moves(_) => {}
                Effect::Undecided(why) if number == 0 || before.is_some() || leaf.environment().is_some() => {
                    open.push((leaf, Some(why)));
                }
                Effect::Undecided(_) => open.push((leaf, None)),
            }
        }
    }
    open.sort_by_key(|(leaf, _)| (leaf.at, &leaf.path));
    let (mut idle, mut undecided) = (Vec::new(), Vec::new());
    for (leaf, why) in open {
        match why {
            None => idle.push((leaf, reader(&leaf.path))),
            Some(why) => undecided.push((leaf, why)),
        }
    }
    Ok(Unused { idle, undecided })
}

/// Who reads a leaf that no manifest depends on, where somebody does.
#[must_use]
pub fn reader(path: &Path) -> Option<Reader> {
    let fits = |pattern: &str| {
        let mut steps = pattern.split('.').zip(path.segments());
        pattern.split('.').count() <= path.segments().len()
            && steps.all(|(word, segment)| word == "*" || matches!(segment, Segment::Key(key) if key == word))
    };
    let fitting = READERS.iter().filter(|(pattern, _)| fits(pattern));
    fitting.max_by_key(|(pattern, _)| pattern.split('.').count()).map(|(_, reader)| *reader)
}
