//! Many processes that release at once, each from a clone of its own, while commits come in: with delays, and killed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::lab::{Dice, Ended, Lab, Plan, ended};

/// Processes at once.
const PROCESSES: usize = 64;
/// How often each releases.
const ROUNDS: u64 = 2;

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

/// All rounds of a clone: what was said, and how often it was killed.
fn rounds(lab: &Lab, clone: &str, mut dice: Dice, seed: u64) -> (Vec<Said>, u64) {
    let (mut said, mut killed) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        if round > 0 {
            newest(lab, clone);
            if dice.below(2) == 0 {
                lab.commit(clone, "fix: of its own");
                if !lab.try_git(&lab.path(clone), &["push", "--quiet", "origin", "HEAD:main"]).status.success() {
                    newest(lab, clone);
                }
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

#[test]
fn sixty_four_processes_at_once_give_every_version_once() {
    let (seed, mut dice) = Dice::any();
    let lab = Lab::new();
    lab.pushed("one", "fix: the first of the API");
    let clones: Vec<String> = (0..PROCESSES).map(|number| format!("clone-{number}")).collect();
    for clone in &clones {
        // Some know less than others.
        if dice.below(8) == 0 {
            lab.pushed("one", "fix: before they begin");
        }
        lab.clone(clone);
    }
    let (barrier, left) = (Barrier::new(PROCESSES), AtomicUsize::new(PROCESSES));
    let (lab, barrier, left) = (&lab, &barrier, &left);
    let (said, killed) = thread::scope(|scope| {
        let committer = scope.spawn(move || {
            let mut dice = Dice::of(seed, 1_000);
            while left.load(Ordering::SeqCst) > 0 {
                lab.pushed("one", "fix: meanwhile");
                thread::sleep(Duration::from_millis(dice.below(100)));
            }
        });
        let all: Vec<_> = clones
            .iter()
            .enumerate()
            .map(|(number, clone)| {
                let dice = Dice::of(seed, number as u64);
                scope.spawn(move || {
                    barrier.wait();
                    let ended = rounds(lab, clone, dice, seed);
                    left.fetch_sub(1, Ordering::SeqCst);
                    ended
                })
            })
            .collect();
        let ended: Vec<(Vec<Said>, u64)> =
            all.into_iter().map(|one| one.join().unwrap_or_else(|_| panic!("seed {seed}"))).collect();
        committer.join().unwrap_or_else(|_| panic!("seed {seed}"));
        let killed: u64 = ended.iter().map(|(_, killed)| killed).sum();
        (ended.into_iter().flat_map(|(said, _)| said).collect::<Vec<Said>>(), killed)
    });
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
    let is_ancestor = |one: &str, other: &str| {
        lab.try_git(&remote, &["merge-base", "--is-ancestor", one, other]).status.success()
    };
    for (number, (name, commit)) in tags.iter().enumerate() {
        assert_eq!(*name, format!("django-api-0.0.{}", number + 1), "seed {seed}: a gap in {tags:?}");
        assert!(is_ancestor(commit, "main"), "seed {seed}: {name} is not on the branch");
        if let Some((next, above)) = tags.get(number + 1) {
            assert!(commit != above && is_ancestor(commit, above), "seed {seed}: {name} and {next} do not follow");
        }
    }
}
