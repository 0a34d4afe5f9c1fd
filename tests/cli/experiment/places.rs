//! Repositories of every kind, and other machines.

use std::process::Command;

use super::lab::{Lab, UOR};

#[test]
fn other_machines_make_the_same_commits() {
    let lab = Lab::new();
    let there = "../somewhere else";
    lab.git(&["clone", "--quiet", ".", there]);
    lab.git_in(there, &["config", "user.name", "Grace Hopper"]);
    lab.git_in(there, &["config", "user.email", "grace@example.org"]);
    lab.git_in(there, &["config", "core.autocrlf", "true"]);
    lab.git_in(there, &["config", "commit.gpgSign", "true"]);
    let variables = [
        ("TZ", "Pacific/Auckland"),
        ("GIT_AUTHOR_NAME", "Grace"),
        ("GIT_AUTHOR_DATE", "1700000000 +1300"),
        ("LANG", "mi_NZ.UTF-8"),
    ];
    lab.env.run_with(there, &["experiment", "branch", UOR], &variables).expect_code(0);
    lab.run(&["branch", UOR]).expect_code(0);
    assert_eq!(lab.branches("").len(), 4);
    assert_eq!(lab.branches(there), lab.branches(""));
    lab.fsck(there);
}

#[test]
fn linked_working_copies_and_folders_below() {
    let lab = Lab::new();
    lab.git(&["worktree", "add", "--quiet", "-b", "mine", "../linked"]);
    lab.run_in("../linked/manifests/production", &["branch", UOR]).expect_code(0).expect_said(&["4 made"]);
    assert_eq!(lab.branches("").len(), 4);
    lab.run(&["branch", UOR]).expect_code(0).expect_said(&["4 as they were"]);
    lab.run_in("../linked", &["verify", UOR]).expect_code(0);
    assert_eq!(lab.git_in("../linked", &["status", "--porcelain"]), "");
    lab.run_in("..", &["verify", UOR, "--repo", "repo"]).expect_code(0);
}

#[test]
fn shallow_clones() {
    let lab = Lab::new();
    lab.advance();
    lab.advance();
    let origin = format!("file://{}", lab.env.path("").display());
    lab.git(&["clone", "--quiet", "--depth=1", &origin, "../shallow"]);
    lab.run_in("../shallow", &["branch", UOR]).expect_code(0).expect_said(&["4 made"]);
    lab.run_in("../shallow", &["verify", UOR]).expect_code(0).expect_said(&["proved: 4 branches"]);
    assert_eq!(lab.git_in("../shallow", &["rev-list", "--count", "experiment/replica-count-uor/replicas-1"]), "2");
    lab.fsck("../shallow");
    lab.run(&["branch", UOR]).expect_code(0);
    assert_eq!(lab.branches("../shallow"), lab.branches(""));
}

/// A clone of another branch has `main` as the remote's alone.
#[test]
fn the_remotes_branch_will_do() {
    let lab = Lab::new();
    lab.git(&["branch", "other"]);
    lab.git(&["clone", "--quiet", "--branch=other", ".", "../clone"]);
    assert_eq!(lab.git_in("../clone", &["branch", "--format=%(refname:short)"]), "other");
    lab.run_in("../clone", &["branch", UOR]).expect_code(0).expect_said(&["4 made"]);
    lab.run_in("../clone", &["verify", UOR]).expect_code(0);
}

#[test]
fn a_repository_with_longer_ids() {
    let lab = Lab::with(&["--object-format=sha256"]);
    let made = lab.run(&["branch", UOR]).expect_code(0);
    made.expect_said(&["sha256", "written by the program git", "4 made"]);
    assert!(lab.branches("").iter().all(|line| line.rsplit(' ').next().unwrap().len() == 64));
    lab.run(&["branch", UOR]).expect_code(0).expect_said(&["4 as they were"]);
    lab.run(&["verify", UOR]).expect_code(0).expect_said(&["proved: 4 branches"]);
    lab.change("experiment/replica-count-uor/replicas-2", true, "README.md", |text| format!("{text}more\n"));
    let refuted = lab.run(&["verify", UOR]).expect_code(1);
    assert!(
        refuted.stdout.contains("fault: replicas-2: README.md is changed, and no variable governs it"),
        "{refuted}"
    );
    lab.fsck("");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}

fn as_root(program: &str, arguments: &[&str]) -> bool {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let done = is_root && Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !done {
        eprintln!("skipped: `{program} {}` needs root", arguments.join(" "));
    }
    done
}

/// A mounted folder.
struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_repository_that_may_only_be_read() {
    let lab = Lab::branched();
    let place = lab.env.path("").display().to_string();
    if !as_root("mount", &["--bind", &place, &place]) {
        return;
    }
    let _mounted = Mounted(place.clone());
    if !as_root("mount", &["-o", "remount,bind,ro", &place]) {
        return;
    }
    let before = lab.branches("");
    lab.run(&["branch", "replica-count-fs"])
        .expect_code(3)
        .expect_said(&["cannot write into", "Read-only file system"]);
    assert_eq!(lab.branches(""), before);
    // Whatever writes nothing works.
    lab.run(&["branch", "replica-count-fs", "--dry-run"]).expect_code(0).expect_said(&["7 to make"]);
    lab.run(&["branch", UOR]).expect_code(0).expect_said(&["4 as they were"]);
    lab.run(&["verify", UOR]).expect_code(0);
    lab.run(&["verify", UOR, "--proof", "proof.json"]).expect_code(3).expect_said(&["proof.json"]);
}
