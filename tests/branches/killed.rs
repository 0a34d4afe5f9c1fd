//! Killed at any moment, the repository is whole, and has all new branches or none.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ahuora::effects::git::{Prepared, State};

use crate::repo::{Repo, permutations, permutations_of, prepare};

/// What another process is to do: root, set, number of branches, what they say.
const WORK: &str = "AHUORA_TEST_BRANCHES";

/// Not a test, but what [`another_process`] runs.
#[test]
fn as_another_process() {
    let Ok(work) = std::env::var(WORK) else { return };
    let parts: Vec<&str> = work.split('\n').collect();
    let wanted = permutations_of(parts[1], parts[2].parse().expect("a number"), parts[3]);
    let result = prepare(parts[0].as_ref(), "main", &wanted).and_then(|prepared: Prepared| prepared.write(true));
    match result {
        Ok(written) => println!("\nchanged {}", written.changed),
        Err(failure) => println!("\nfailed {} {failure}", failure.code()),
    }
}

/// The same program again, which writes branches.
pub(crate) fn another_process(root: &std::path::Path, set: &str, count: usize, says: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "killed::as_another_process", "--nocapture", "--test-threads=1"]);
    command.env(WORK, [&root.display().to_string(), set, &count.to_string(), says].join("\n"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What it said.
pub(crate) fn said(child: Child) -> String {
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("changed ") || line.starts_with("failed "));
    line.unwrap_or_else(|| panic!("it says nothing: {text}")).to_owned()
}

/// Numbers that are the same in each run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn killed_at_random_moments() {
    const BRANCHES: usize = 120;
    const KILLS: usize = 36;
    let repo = Repo::new();
    let mut random = 7;
    let mut seen = [0, 0];
    // How long a whole run takes here, so that kills fall all over it.
    let start = std::time::Instant::now();
    said(another_process(repo.root(), "x", BRANCHES, "first").spawn().expect("a process"));
    let whole = start.elapsed().as_micros() as u64;
    let mut heads = repo.heads();
    for kill in 0..KILLS {
        let says = format!("kill {kill}");
        let mut child = another_process(repo.root(), "x", BRANCHES, &says).spawn().expect("a process");
        std::thread::sleep(Duration::from_micros(whole / 3 + next(&mut random) % whole));
        child.kill().expect("killed");
        child.wait().expect("it ends");
        let found = repo.heads();
        let all = found != heads;
        if all {
            let prepared = prepare(repo.root(), "main", &permutations_of("x", BRANCHES, &says)).expect("prepared");
            assert!(
                prepared.branches.iter().all(|branch| branch.state == State::Same),
                "all or none after {kill} kills"
            );
            assert_eq!(found.len(), BRANCHES + 1);
        }
        seen[usize::from(all)] += 1;
        heads = found;
        if kill % 6 == 5 {
            repo.fsck();
        }
    }
    println!("{} had none, {} had all", seen[0], seen[1]);
    // What they left is no obstacle, and the next run sweeps it.
    let last = permutations_of("x", BRANCHES, "last");
    prepare(repo.root(), "main", &last).expect("prepared").write(true).expect("written");
    let left: Vec<String> = repo.left_over().into_iter().filter(|path| !path.contains("tmp_")).collect();
    assert_eq!(left, Vec::<String>::new());
    repo.fsck();
    repo.git(&["pack-refs", "--all"]);
}

#[test]
fn killed_at_each_step() {
    const BRANCHES: usize = 20;
    if !std::process::Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no strace");
        return;
    }
    let repo = Repo::new();
    let mut heads = repo.heads();
    let mut kills = 0;
    for call in ["pwrite64", "flock", "fsync", "linkat", "rename", "unlink"] {
        for time in 1.. {
            let says = format!("{call} {time}");
            let other = another_process(repo.root(), "x", BRANCHES, &says);
            let mut traced = Command::new("strace");
            traced.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            traced.args(["-e", &format!("inject={call}:signal=SIGKILL:when={time}")]).arg(other.get_program());
            traced.args(other.get_args()).envs(other.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let output = traced.stdin(Stdio::null()).output().expect("strace");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let ended = text.contains("\nchanged ");
            let found = repo.heads();
            if found != heads || ended {
                let prepared = prepare(repo.root(), "main", &permutations_of("x", BRANCHES, &says)).expect("prepared");
                let all = prepared.branches.iter().all(|branch| branch.state == State::Same);
                assert!(all, "all or none after {call} {time}: {text}");
            }
            repo.fsck();
            heads = found;
            if ended || output.status.code() == Some(1) {
                break;
            }
            kills += 1;
            assert!(time < 20, "it ends: {text}");
        }
    }
    println!("killed {kills} times");
    assert!(kills >= 12, "{kills} steps");
    let last = permutations_of("x", BRANCHES, "last");
    prepare(repo.root(), "main", &last).expect("prepared").write(true).expect("written");
    let left: Vec<String> = repo.left_over().into_iter().filter(|path| !path.contains("tmp_")).collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn what_dead_processes_left_is_swept() {
    let repo = Repo::new();
    let git = repo.root().join(".git");
    // Between link and exchange: two names of one file.
    let text = std::fs::read(git.join("packed-refs")).unwrap_or_default();
    std::fs::write(git.join("packed-refs.ahuora-dead"), text).expect("written");
    std::fs::hard_link(git.join("packed-refs.ahuora-dead"), git.join("packed-refs.lock")).expect("a second name");
    std::fs::write(git.join("packed-refs.ahuora-other"), "half").expect("written");
    repo.write(&permutations("x", 3));
    assert_eq!(repo.left_over(), Vec::<String>::new());
    repo.fsck();
    repo.git(&["pack-refs", "--all"]);
}

#[test]
fn a_lock_that_is_not_ours_is_left_alone() {
    let repo = Repo::new();
    let lock = repo.root().join(".git/packed-refs.lock");
    std::fs::write(&lock, "half").expect("written");
    let prepared = repo.prepare(&permutations("x", 3)).expect("prepared");
    let failure = prepared.write(false).expect_err("refused");
    assert_eq!(failure.code(), 3);
    let said = failure.to_string();
    assert!(said.contains("packed-refs.lock exists") && said.contains("remove that file first"), "{said}");
    assert_eq!(std::fs::read_to_string(&lock).expect("there"), "half");
    std::fs::remove_file(&lock).expect("removed");
    assert_eq!(repo.left_over(), Vec::<String>::new());
    repo.write(&permutations("x", 3));
    repo.fsck();
}
