//! Many processes that release at once, each from a clone of its own, while commits come in: with delays, and killed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::lab::{Dice, Ended, Lab, Plan, ended};

/// Processes at once, and how often each of them releases: first all, then few that get further.
const PHASES: [(usize, u64); 2] = [(64, 1), (6, 6)];

/// What a process said that lived: the tag, its commit, and whether it was the one that made it.
type Said = (String, String, bool);

/// A run that may be killed at a call or at a moment, and the runs after it, until one has said the truth.
fn release(lab: &Lab, clone: &str, dice: &mut Dice, seed: u64) -> (Option<Said>, u64) {
    let mut killed = 0;
    loop {
        // The third time nobody kills it.
        let fate = if killed < 2 { dice.below(4) } else { 3 };
        let delays: Vec<String> = (0..6).map(|_| format!("0.0{:02}", dice.below(60))).collect();
        let mut plan = Plan { delays: delays.join(" "), ..Plan::default() };
        if fate < 2 {
            plan.at = 1 + dice.below(10) as usize;
            plan.how = if fate == 0 { "before" } else { "during" };
        }
        let (mut command, _) = lab.prepared(clone, "django-api --push --format json", &plan);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("a program that starts");
        if fate == 2 {
            thread::sleep(Duration::from_millis(dice.below(2_500)));
            child.kill().expect("a process");
        }
        let ended = ended(child.wait_with_output().expect("a process"));
        if ended.signal == Some(9) {
            killed += 1;
            continue;
        }
        return (truth(lab, clone, &ended, seed), killed);
    }
}

/// Brings a clone to what the branch has now.
fn newest(lab: &Lab, clone: &str) {
    lab.git(&lab.path(clone), "fetch --quiet --no-tags origin main");
    lab.git(&lab.path(clone), "reset --quiet --hard FETCH_HEAD");
}

/// A commit on top of the branch; when another was faster, that one's.
fn commit(lab: &Lab, clone: &str, message: &str) {
    lab.commit(clone, message);
    if !lab.try_git(&lab.path(clone), &["push", "--quiet", "origin", "HEAD:main"]).status.success() {
        newest(lab, clone);
    }
}

/// All rounds of a clone: what was said, and how often it was killed.
fn rounds(lab: &Lab, clone: &str, mut dice: Dice, times: u64, seed: u64) -> (Vec<Said>, u64) {
    let (mut said, mut killed) = (Vec::new(), 0);
    for round in 0..times {
        if round > 0 {
            newest(lab, clone);
            if dice.below(2) == 0 {
                commit(lab, clone, "fix: of its own");
            }
        }
        let (one, times) = release(lab, clone, &mut dice, seed);
        said.extend(one);
        killed += times;
    }
    (said, killed)
}

/// What a process said that ended by itself, when it is true at the remote.
fn truth(lab: &Lab, clone: &str, ended: &Ended, seed: u64) -> Option<Said> {
    let commit = lab.git(&lab.path(clone), "rev-parse HEAD");
    let remote = lab.path("remote.git");
    match ended.code {
        Some(0) => {
            let tag = ended.field("tag").as_str().expect("a tag").to_owned();
            assert_eq!(ended.field("commit"), commit.as_str(), "seed {seed}: {ended:?}");
            let found = lab.git(&remote, &format!("rev-parse refs/tags/{tag}^{{commit}}"));
            assert_eq!(found, commit, "seed {seed}: {ended:?}");
            Some((tag, commit, ended.field("created") == true))
        }
        // Another has released a later commit, of which ours is a part.
        Some(1) => {
            let (_, last) = lab.tags("remote.git").pop().expect("a release");
            let is_part = lab.try_git(&remote, &["merge-base", "--is-ancestor", &commit, &last]);
            assert!(is_part.status.success(), "seed {seed}: {ended:?}");
            None
        }
        _ => panic!("seed {seed}: {ended:?}"),
    }
}

/// Processes that begin at the same moment, while commits come in: what was said, and how often one was killed.
fn phase(lab: &Lab, processes: usize, times: u64, seed: u64) -> (Vec<Said>, u64) {
    let (barrier, left) = (&Barrier::new(processes), &AtomicUsize::new(processes));
    thread::scope(|scope| {
        let committer = scope.spawn(move || {
            let mut dice = Dice::of(seed, 1_000);
            while left.load(Ordering::SeqCst) > 0 {
                commit(lab, "one", "fix: meanwhile");
                thread::sleep(Duration::from_millis(dice.below(200)));
            }
        });
        let all: Vec<_> = (0..processes)
            .map(|number| {
                let dice = Dice::of(seed, number as u64 * 10 + times);
                scope.spawn(move || {
                    barrier.wait();
                    let _done = Done(left);
                    rounds(lab, &format!("clone-{number}"), dice, times, seed)
                })
            })
            .collect();
        let ended: Vec<(Vec<Said>, u64)> =
            all.into_iter().map(|one| one.join().unwrap_or_else(|_| panic!("seed {seed}"))).collect();
        committer.join().unwrap_or_else(|_| panic!("seed {seed}"));
        let killed = ended.iter().map(|(_, killed)| killed).sum();
        (ended.into_iter().flat_map(|(said, _)| said).collect(), killed)
    })
}

/// Says that one is done, even when it panics, so that nobody waits for it.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn sixty_four_processes_at_once_give_every_version_once() {
    let (seed, mut dice) = Dice::any();
    let lab = &Lab::new();
    for number in 0..PHASES[0].0 {
        // Some know less than others.
        if dice.below(8) == 0 {
            lab.pushed("one", "fix: before they begin");
        }
        lab.clone(&format!("clone-{number}"));
    }
    let (mut said, mut killed) = (Vec::new(), 0);
    for (processes, times) in PHASES {
        let (more, deaths) = phase(lab, processes, times, seed);
        said.extend(more);
        killed += deaths;
    }
    assert_order(lab, seed);
    let tags: BTreeMap<String, String> = lab.tags("remote.git").into_iter().collect();
    let mut makers: BTreeMap<&str, usize> = BTreeMap::new();
    for (tag, commit, created) in &said {
        assert_eq!(tags.get(tag), Some(commit), "seed {seed}: what was said stays true");
        *makers.entry(tag).or_default() += usize::from(*created);
    }
    assert!(makers.values().all(|made| *made <= 1), "seed {seed}: a tag that two have made: {makers:?}");
    assert!(tags.len() >= 3 && killed >= 10, "seed {seed}: {} tags, {killed} killed: no storm", tags.len());
    let told = format!("seed {seed}: {} tags, {} answers, {killed} killed\n", tags.len(), said.len());
    std::io::stdout().write_all(told.as_bytes()).expect("stdout");
}

/// Versions without a gap, each at a commit of its own, in the order of the commits, on the branch.
fn assert_order(lab: &Lab, seed: u64) {
    let tags = lab.tags("remote.git");
    let remote = lab.path("remote.git");
    let is_ancestor =
        |one: &str, other: &str| lab.try_git(&remote, &["merge-base", "--is-ancestor", one, other]).status.success();
    for (number, (name, commit)) in tags.iter().enumerate() {
        assert_eq!(*name, format!("django-api-0.0.{}", number + 1), "seed {seed}: a gap in {tags:?}");
        assert!(is_ancestor(commit, "main"), "seed {seed}: {name} is not on the branch");
        if let Some((next, above)) = tags.get(number + 1) {
            assert!(commit != above && is_ancestor(commit, above), "seed {seed}: {name} and {next} do not follow");
        }
    }
}
