//! What each commit of a range asks for, among the others.

use std::collections::{BTreeMap, BTreeSet};

use super::commit::{Change, Commit, Kind, Reverted, Severity};
use crate::spec::Unconventional;

/// Digits of a commit's id in a sentence.
const SHORT: usize = 7;

/// What a commit asks for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Its id, in hexadecimal digits.
    pub id: String,
    /// Its message, understood.
    pub change: Change,
    /// What it asks for.
    pub severity: Severity,
    /// Whether it changes the component: it stands in the changelog, even when it asks for nothing.
    pub counts: bool,
    /// Why, in words.
    pub reason: String,
}

/// What is asked of a range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale<'a> {
    /// The component's name.
    pub(super) component: &'a str,
    /// What a message does that is not conventional.
    pub(super) unconventional: Unconventional,
}

/// The first digits of a commit's id, for sentences.
#[must_use]
pub fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

/// What every commit of a range asks for, in the order in which they are given. A commit and its revert ask for
/// nothing; a revert that is reverted has taken nothing back.
pub(super) fn weigh(scale: &Scale<'_>, commits: &[Commit]) -> Vec<Effect> {
    let changes: Vec<Change> = commits.iter().map(|commit| Change::read(&commit.message)).collect();
    let range = Range::new(commits, &changes);
    let reverts: Vec<Reverts> = changes.iter().enumerate().map(|(at, change)| range.reverts(at, change)).collect();
    let reverted_by = reverted_by(&reverts);
    let all = commits.iter().zip(changes).zip(reverts.iter().zip(reverted_by));
    let effect = |((commit, change), (reverts, by)): ((&Commit, Change), (&Reverts, Option<usize>))| {
        let by = by.and_then(|at| commits.get(at)).map(|commit| short(&commit.id));
        let (severity, counts, reason) = judge(scale, commit, &change, reverts, by);
        Effect { id: commit.id.clone(), change, severity, counts, reason }
    };
    all.map(effect).collect()
}

/// What a commit asks for, whether it changes the component, and why.
fn judge(
    scale: &Scale<'_>,
    commit: &Commit,
    change: &Change,
    reverts: &Reverts,
    reverted_by: Option<&str>,
) -> (Severity, bool, String) {
    let Scale { component, unconventional } = scale;
    if !commit.touches && !change.is_about(component) {
        return (Severity::None, false, format!("changes nothing of {component}"));
    }
    if change.skip {
        return (Severity::None, false, "is kept out by `[skip release]`".to_owned());
    }
    if let Some(by) = reverted_by {
        return (Severity::None, false, format!("is reverted by {by}"));
    }
    if change.kind == Kind::Revert && reverts.is_complete && change.breaking.is_none() {
        return (Severity::None, false, "reverts what is not released yet".to_owned());
    }
    if commit.parents.len() > 1 && change.kind == Kind::Unconventional && change.breaking.is_none() {
        return (Severity::None, false, "is a merge: what it brought in is asked".to_owned());
    }
    let reason = match &change.kind {
        _ if change.breaking.is_some() => "breaks what was".to_owned(),
        Kind::Feature => "is new".to_owned(),
        Kind::Fix => "is a fix".to_owned(),
        Kind::Performance => "makes it faster".to_owned(),
        Kind::Revert => "reverts what is released already".to_owned(),
        Kind::Quiet(kind) => format!("`{kind}` asks for nothing"),
        Kind::Unknown(kind) => format!("`{kind}` is no type that is known"),
        Kind::Unconventional => "its message is not conventional".to_owned(),
    };
    (change.severity(*unconventional), true, reason)
}

/// What a commit takes back.
#[derive(Debug, Clone, Default)]
struct Reverts {
    /// Commits of the range, by their places.
    within: BTreeSet<usize>,
    /// Whether that is all: nothing of it is released.
    is_complete: bool,
}

/// Commits, and where they stand.
struct Range<'a> {
    commits: &'a [Commit],
    places: BTreeMap<&'a str, usize>,
    subjects: BTreeMap<&'a str, Vec<usize>>,
    pulls: BTreeMap<u64, usize>,
}

impl<'a> Range<'a> {
    fn new(commits: &'a [Commit], changes: &'a [Change]) -> Self {
        let places = commits.iter().enumerate().map(|(at, commit)| (commit.id.as_str(), at)).collect();
        let mut subjects: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut pulls = BTreeMap::new();
        for (at, change) in changes.iter().enumerate() {
            subjects.entry(&change.subject).or_default().push(at);
            // A revert's own subject quotes the number of what it takes back.
            if let Some(number) = pull_of(&change.subject) {
                pulls.entry(number).or_insert(at);
            }
        }
        Self { commits, places, subjects, pulls }
    }

    fn reverts(&self, at: usize, change: &Change) -> Reverts {
        let mut all = Reverts { within: BTreeSet::new(), is_complete: !change.reverts.is_empty() };
        for reverted in &change.reverts {
            let (found, mainline) = match reverted {
                Reverted::Commit { id, mainline } => (self.place(id), mainline.as_deref()),
                Reverted::Named { pull, subject } => (self.named(at, *pull, subject.as_deref()), None),
            };
            match found.filter(|found| *found != at) {
                Some(found) => all.within.extend(self.brought(found, mainline)),
                None => all.is_complete = false,
            }
        }
        all
    }

    /// The commit whose id begins so; none when several do.
    fn place(&self, id: &str) -> Option<usize> {
        let mut found = self.places.range(id..).take_while(|(known, _)| known.starts_with(id)).map(|(_, at)| *at);
        found.next().filter(|_| found.next().is_none())
    }

    /// The commit of a pull request, else the newest of a subject before the one at a place: the newest stand first.
    fn named(&self, at: usize, pull: Option<u64>, subject: Option<&str>) -> Option<usize> {
        let by_pull = pull.and_then(|number| self.pulls.get(&number).copied());
        by_pull.or_else(|| self.subjects.get(subject?)?.iter().copied().find(|found| *found > at))
    }

    /// A commit, and with a merge all that it brought in: what stands behind its parents, but not behind the one that
    /// stays.
    fn brought(&self, merge: usize, mainline: Option<&str>) -> BTreeSet<usize> {
        let mut all = BTreeSet::from([merge]);
        let Some(commit) = self.commits.get(merge).filter(|commit| commit.parents.len() > 1) else { return all };
        let is_mainline = |parent: &str| mainline.is_some_and(|id| parent.starts_with(id));
        let stays = commit.parents.iter().position(|parent| is_mainline(parent)).unwrap_or(0);
        let (mut kept, mut other) = (Vec::new(), Vec::new());
        for (number, parent) in commit.parents.iter().enumerate() {
            if number == stays { kept.push(parent.as_str()) } else { other.push(parent.as_str()) }
        }
        let kept = self.behind(kept);
        all.extend(self.behind(other).difference(&kept));
        all
    }

    /// All commits of the range behind some, and these themselves.
    fn behind(&self, mut ids: Vec<&'a str>) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        while let Some(id) = ids.pop() {
            let Some(at) = self.places.get(id) else { continue };
            if seen.insert(*at)
                && let Some(commit) = self.commits.get(*at)
            {
                ids.extend(commit.parents.iter().map(String::as_str));
            }
        }
        seen
    }
}

/// The pull request that a commit of GitHub's own is of: `feat: x (#12)`, `Merge pull request #12 from ada/x`.
fn pull_of(subject: &str) -> Option<u64> {
    let merge = subject.strip_prefix("Merge pull request #").and_then(|rest| rest.split(' ').next());
    let squash = || subject.strip_suffix(')')?.rsplit_once("(#").map(|(_, number)| number);
    merge.or_else(squash)?.parse().ok()
}

/// By which commit each one is reverted, that is not reverted itself. No order of the commits matters for it.
fn reverted_by(reverts: &[Reverts]) -> Vec<Option<usize>> {
    let mut waiting = vec![0_usize; reverts.len()];
    for target in reverts.iter().flat_map(|one| &one.within) {
        if let Some(count) = waiting.get_mut(*target) {
            *count += 1;
        }
    }
    let mut by: Vec<Option<usize>> = vec![None; reverts.len()];
    // First those that nobody reverts, then those whose reverts are known to stand or not.
    let mut known: Vec<usize> = (0..reverts.len()).filter(|at| waiting.get(*at) == Some(&0)).collect();
    while let Some(at) = known.pop() {
        let stands = by.get(at).is_some_and(Option::is_none);
        for target in reverts.get(at).into_iter().flat_map(|one| &one.within) {
            if let Some(reverter) = by.get_mut(*target).filter(|_| stands) {
                *reverter = (*reverter).max(Some(at));
            }
            if let Some(count) = waiting.get_mut(*target) {
                *count -= 1;
                if *count == 0 {
                    known.push(*target);
                }
            }
        }
    }
    by
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A line of commits, the newest first; each with its parent.
    pub(in crate::release) fn line(messages: &[&str]) -> Vec<Commit> {
        let id = |number: usize| format!("{number:040x}");
        let count = messages.len();
        let commit = |(at, message): (usize, &&str)| Commit {
            id: id(count - at),
            parents: vec![id(count - at - 1)],
            message: (*message).to_owned(),
            touches: true,
            prereleased: false,
        };
        messages.iter().enumerate().map(commit).collect()
    }

    fn severities(commits: &[Commit]) -> Vec<Severity> {
        let scale = Scale { component: "api", unconventional: Unconventional::None };
        weigh(&scale, commits).into_iter().map(|effect| effect.severity).collect()
    }

    fn revert(number: usize) -> String {
        format!("Revert \"x\"\n\nThis reverts commit {number:040x}.")
    }

    #[test]
    fn a_commit_and_its_revert_ask_for_nothing() {
        use Severity::{Minor, None as Nothing, Patch};
        let (one, two, three) = (revert(1), revert(2), revert(3));
        assert_eq!(severities(&line(&[&one, "feat: x"])), [Nothing, Nothing]);
        assert_eq!(severities(&line(&[&two, &one, "feat: x"])), [Nothing, Nothing, Minor], "restored");
        assert_eq!(severities(&line(&[&three, &two, &one, "feat: x"])), [Nothing; 4], "and taken back again");
        assert_eq!(severities(&line(&[&one, &two, &one, "feat: x"])), [Nothing; 4], "taken back twice");
        assert_eq!(severities(&line(&["Revert \"y\"\n\nThis reverts commit abcdef0."])), [Patch], "released");
        assert_eq!(severities(&line(&["Revert \"y\"\n\nThis reverts commit abcdef0.", "fix: z"])), [Patch, Patch]);
        assert_eq!(severities(&line(&["revert: feat: x", "feat: x", "feat: x"])), [Nothing, Nothing, Minor]);
        assert_eq!(
            severities(&line(&["Revert \"feat: x (#7)\" (#8)\n\nReverts o/r#7", "feat: x (#7)"])),
            [Nothing, Nothing]
        );
        let fix = format!("fix: roll back\n\nThis reverts commit {:040x}.", 1);
        assert_eq!(severities(&line(&[&fix, "feat: x"])), [Patch, Nothing]);
        let own = revert(1);
        assert_eq!(severities(&line(&[&own])), [Patch], "none reverts itself");
        assert_eq!(
            severities(&line(&["Revert \"x\"\n\nThis reverts commit 0000000.", "feat: x", "feat: y"])),
            [Patch, Minor, Minor]
        );
    }

    #[test]
    fn a_reverted_merge_takes_back_what_it_brought() {
        let commit = |id: &str, parents: &[&str], message: String| Commit {
            id: format!("{id:0>8}"),
            parents: parents.iter().map(|parent| format!("{parent:0>8}")).collect(),
            message,
            touches: true,
            prereleased: false,
        };
        let revert =
            "Revert \"Merge branch 'b'\"\n\nThis reverts commit 000000ee, reversing\nchanges made to 000000aa.";
        let commits = [
            commit("ff", &["ee"], revert.to_owned()),
            commit("ee", &["aa", "bb"], "Merge branch 'b'".to_owned()),
            commit("bb", &["b0"], "feat: brought".to_owned()),
            commit("b0", &["a0"], "fix: brought too".to_owned()),
            commit("aa", &["a0"], "fix: stays".to_owned()),
            commit("a0", &[], "fix: stays too".to_owned()),
        ];
        use Severity::{None as Nothing, Patch};
        assert_eq!(severities(&commits), [Nothing, Nothing, Nothing, Nothing, Patch, Patch]);
    }

    #[test]
    fn what_does_not_change_the_component_asks_for_nothing() {
        let scale = Scale { component: "api", unconventional: Unconventional::Patch };
        let mut commits =
            line(&["feat: elsewhere", "feat(web,API): named", "feat: x [skip release]", "wip", "Merge x"]);
        commits[0].touches = false;
        commits[1].touches = false;
        commits[4].parents.push("f".repeat(40));
        let effects = weigh(&scale, &commits);
        let told: Vec<String> =
            effects.iter().map(|one| format!("{:?} {} {}", one.severity, one.counts, one.reason)).collect();
        assert_eq!(
            told,
            [
                "None false changes nothing of api",
                "Minor true is new",
                "None false is kept out by `[skip release]`",
                "Patch true its message is not conventional",
                "None false is a merge: what it brought in is asked",
            ]
        );
    }

    proptest! {
        #[test]
        fn no_order_matters(
            kinds in prop::collection::vec((0..4_usize, 0..12_usize), 1..12),
            order in prop::collection::vec(any::<u32>(), 12),
        ) {
            let text = |(kind, target): &(usize, usize)| match kind {
                0 => "feat: x".to_owned(),
                1 => "fix: y".to_owned(),
                _ => revert(*target),
            };
            let messages: Vec<String> = kinds.iter().map(text).collect();
            let commits = line(&messages.iter().map(String::as_str).collect::<Vec<_>>());
            let mut shuffled: Vec<Commit> = commits.clone();
            shuffled.sort_by_key(|commit| order[usize::from_str_radix(&commit.id, 16).unwrap() - 1]);
            let by_id = |commits: &[Commit]| -> BTreeMap<String, Severity> {
                commits.iter().map(|commit| commit.id.clone()).zip(severities(commits)).collect()
            };
            prop_assert_eq!(by_id(&commits), by_id(&shuffled));
        }

        #[test]
        fn no_message_is_too_strange(message in any::<String>()) {
            prop_assert_eq!(severities(&line(&[&message])).len(), 1);
        }
    }
}
