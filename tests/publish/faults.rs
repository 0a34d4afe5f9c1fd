//! Kills, hooks, lost answers: run again, everything is there once.

use crate::lab::{Lab, Plan, calls};
use crate::results::{FOLDER, branch, files, lab, on_branch, publish, publish_with, run};

/// The branch has the two runs, one commit each, and the remote is whole.
fn assert_whole(lab: &Lab, told: &str) {
    let found = branch(lab, "remote.git", "results");
    let second = FOLDER.replace("0193", "0194");
    let mut wanted = on_branch(FOLDER, &files("0193"));
    wanted.extend(on_branch(&second, &files("0194")));
    assert_eq!(found, wanted, "{told}");
    assert_eq!(lab.git(&lab.path("remote.git"), "rev-list --count results"), "2", "{told}");
    lab.git(&lab.path("remote.git"), "fsck --strict --full");
    lab.git(&lab.path("one"), "fsck --strict --full");
}

/// Kills the program at each of its calls of git, and runs it again.
fn killed_everywhere(how: &'static str) {
    let prepared = || {
        let lab = lab();
        run(&lab, "0193");
        run(&lab, "0194");
        publish(&lab, "one", "../0193").expect(0, &[]);
        lab
    };
    let whole = {
        let lab = prepared();
        let (ended, file) = publish_with(&lab, "one", "../0194", &Plan::default());
        ended.expect(0, &[]);
        calls(&file)
    };
    assert!(whole >= 15, "{whole} calls of git are fewer than it takes");
    for at in 1..=whole {
        let lab = prepared();
        let (died, file) = publish_with(&lab, "one", "../0194", &Plan { at, how, ..Plan::default() });
        assert_eq!(died.signal, Some(9), "killed {how} call {at} of {whole}: {died:?}");
        // In the second case the call goes on beside the second run.
        let again = publish(&lab, "one", "../0194");
        if how == "during" {
            lab.wait_for_orphan(&file);
        }
        again.expect(0, &[]);
        assert_whole(&lab, &format!("killed {how} call {at}"));
    }
}

#[test]
fn killed_before_each_call() {
    killed_everywhere("before");
}

#[test]
fn killed_while_each_call_goes_on() {
    killed_everywhere("during");
}

#[test]
fn answers_that_are_lost_are_looked_for() {
    for how in ["lost", "mute", "cut"] {
        let lab = lab();
        run(&lab, "0193");
        run(&lab, "0194");
        publish(&lab, "one", "../0193").expect(0, &[]);
        publish_with(&lab, "one", "../0194", &Plan::how(how)).0.expect(0, &[]);
        assert_whole(&lab, how);
    }
}

#[test]
fn whoever_is_overtaken_begins_again() {
    let lab = lab();
    run(&lab, "0193");
    run(&lab, "0194");
    let one = lab.path("one").display().to_string();
    let program = env!("CARGO_BIN_EXE_ahuora");
    let race = format!("cd '{one}' && env -u LAB_CALLS '{program}' load publish ../0193");
    let plan = Plan { race, ..Plan::how("race") };
    publish_with(&lab, "one", "../0194", &plan).0.expect(0, &["published"]);
    assert_whole(&lab, "overtaken");
}

#[test]
fn a_remote_that_is_gone_is_told_without_credentials() {
    let lab = lab();
    run(&lab, "0193");
    let (ended, _) = publish_with(&lab, "one", "../0193", &Plan::how("gone"));
    ended.expect(3, &["cannot push to origin", "no route"]);
    assert!(!ended.stderr.contains("secret"), "{ended:?}");
    lab.git(&lab.path("one"), "remote set-url origin ../nowhere.git");
    publish(&lab, "one", "../0193").expect(3, &["cannot list the branches of origin"]);
}

#[test]
fn who_refuses_is_told_and_asked_once() {
    let lab = lab();
    run(&lab, "0193");
    let count = lab.path("asked").display().to_string();
    let refuse = |words: &str| format!("echo x >> '{count}'\necho '{words}' >&2\nexit 1");
    lab.hook("remote.git", "pre-receive", &refuse("GH006: Protected branch update failed for refs/heads/results."));
    publish(&lab, "one", "../0193").expect(3, &["cannot push to origin", "Protected branch update failed"]);
    assert_eq!(std::fs::read_to_string(lab.path("asked")).expect("asked").lines().count(), 1);
    lab.hook("remote.git", "pre-receive", "exit 0");
    lab.hook("one/.git", "pre-push", &refuse("not on a Friday"));
    publish(&lab, "one", "../0193").expect(3, &["not on a Friday"]);
    assert_eq!(std::fs::read_to_string(lab.path("asked")).expect("asked").lines().count(), 2);
    lab.hook("one/.git", "pre-push", "exit 0");
    publish(&lab, "one", "../0193").expect(0, &["published"]);
}
