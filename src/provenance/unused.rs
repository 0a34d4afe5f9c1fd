//! Leaves that no manifest depends on, and who reads them instead.

use std::fmt;

use serde_json::Value;

use crate::config::path::{Path, Segment};
use crate::config::{Configuration, Problem};
use crate::yaml::Node;

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
pub const READERS: [(&str, Reader); 22] = [
    ("cluster.kubernetes", Reader::People("the tests that run a real API server")),
    ("cluster.nodes.*.name", Reader::Rule("capacity")),
    ("cluster.nodes.*.role", Reader::People("people: findings of `capacity` count the control nodes")),
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
    ("argo-cd.experiments.environment", Reader::People("people: where there is one environment, it is no other")),
    ("releases", Reader::People("`ahuora release`: how components get their versions")),
    ("patches.*.reason", Reader::People("people: it says why")),
    ("waivers", Reader::Rule("waiver")),
    ("waivers.*.reason", Reader::People("people: it says why")),
];

/// Finds what no manifest of any environment depends on. Leaves of the base are varied in the first environment;
/// those that move nothing there are tried in each that has other overrides.
///
/// # Errors
/// Every problem with a patch.
pub fn unused<'l>(configuration: &Configuration, leaves: &'l Leaves, out: &str) -> Result<Unused<'l>, Vec<Problem>> {
    let written = leaves.all.iter().filter(|leaf| leaf.origin == Origin::Written);
    let mut open: Vec<Open<'l>> = written.map(|leaf| Open { leaf, effect: None }).collect();
    let mut seen: Vec<Value> = Vec::new();
    for (number, platform) in configuration.platforms.iter().enumerate() {
        let name = platform.scope.environment.as_str();
        let overrides = overrides(configuration, name);
        let is_new = !seen.contains(&overrides);
        seen.push(overrides);
        let of_compose = configuration.operations.compose.as_ref().map(|spec| spec.environment.as_str());
        let parts = Parts { environment: true, cluster: number == 0, compose: number == 0 || of_compose == Some(name) };
        let documents = Documents::of(configuration, out, platform, parts)?;
        open = vary(&documents, leaves, open, |leaf| match leaf.environment() {
            Some(own) => own == name,
            None => is_new || parts.compose,
        });
    }
    // What an environment says may still matter to what belongs to none.
    if let Some(platform) = configuration.platforms.first() {
        let parts = Parts { environment: false, cluster: true, compose: false };
        let documents = Documents::of(configuration, out, platform, parts)?;
        open = vary(&documents, leaves, open, |leaf| leaf.environment().is_some());
    }
    open.sort_by_key(|open| (open.leaf.at, &open.leaf.path));
    let (mut idle, mut undecided) = (Vec::new(), Vec::new());
    for Open { leaf, effect } in open {
        match effect {
            Some(Effect::Undecided(why)) => undecided.push((leaf, why)),
            _ => idle.push((leaf, reader(&leaf.path))),
        }
    }
    Ok(Unused { idle, undecided })
}

/// A leaf that has moved nothing so far, and what was found of it.
struct Open<'l> {
    leaf: &'l Leaf,
    effect: Option<Effect>,
}

/// Varies some of the leaves; those that move something are no longer open.
fn vary<'l>(
    documents: &Documents<'_>,
    leaves: &'l Leaves,
    open: Vec<Open<'l>>,
    which: impl Fn(&Leaf) -> bool,
) -> Vec<Open<'l>> {
    let (here, mut open): (Vec<_>, Vec<_>) = open.into_iter().partition(|open| which(open.leaf));
    let map = Map::of(documents, leaves, here.iter().map(|open| open.leaf));
    for (before, (leaf, effect)) in here.into_iter().zip(map.effects) {
        if effect.moves().is_empty() {
            // A patch for one environment moves nothing in the others, and may yet be undecided in its own.
            let effect = before.effect.filter(|before| matches!(before, Effect::Undecided(_))).unwrap_or(effect);
            open.push(Open { leaf, effect: Some(effect) });
        }
    }
    open
}

/// What an environment says of its own.
fn overrides(configuration: &Configuration, environment: &str) -> Value {
    let all = configuration.root().get("environments").and_then(|all| all.get(environment));
    all.and_then(|one| one.get("overrides")).map(Node::to_json).unwrap_or_default()
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
