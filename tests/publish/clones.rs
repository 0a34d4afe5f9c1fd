//! Clones and remotes of every kind.

use std::fs;

use crate::results::{FOLDER, branch, files, lab, on_branch, publish, run, snapshot};

#[test]
fn a_shallow_clone_that_has_never_seen_the_branch() {
    let lab = lab();
    run(&lab, "0193");
    run(&lab, "0194");
    publish(&lab, "one", "../0193").expect(0, &[]);
    let remote = format!("file://{}", lab.path("remote.git").display());
    lab.git_words(&lab.path(""), &["clone", "--quiet", "--depth=1", "--single-branch", &remote, "shallow"]);
    let before = snapshot(&lab.path("shallow"));
    publish(&lab, "shallow", "../0194").expect(0, &["published"]);
    assert_eq!(snapshot(&lab.path("shallow")), before);
    assert_eq!(lab.git(&lab.path("remote.git"), "rev-list --count results"), "2");
    lab.git(&lab.path("remote.git"), "fsck --strict --full");
}

#[test]
fn a_remote_that_sends_no_contents() {
    let lab = lab();
    lab.git(&lab.path("remote.git"), "config uploadpack.allowFilter true");
    let remote = format!("file://{}", lab.path("remote.git").display());
    lab.git_words(&lab.path("one"), &["remote", "set-url", "origin", &remote]);
    run(&lab, "0193");
    run(&lab, "0194");
    publish(&lab, "one", "../0193").expect(0, &[]);
    let before = snapshot(&lab.path("one"));
    publish(&lab, "one", "../0194").expect(0, &["published"]);
    publish(&lab, "one", "../0193").expect(0, &["nothing to do"]);
    assert_eq!(snapshot(&lab.path("one")), before, "no filter in the clone's config");
    assert_eq!(branch(&lab, "remote.git", "results").len(), 16);
    lab.git(&lab.path("remote.git"), "fsck --strict --full");
}

#[test]
fn a_clone_that_follows_the_branch_stays_whole() {
    let lab = lab();
    run(&lab, "0193");
    run(&lab, "0194");
    publish(&lab, "one", "../0193").expect(0, &[]);
    lab.git(&lab.path("one"), "fetch --quiet");
    let tracked = lab.git(&lab.path("one"), "rev-parse origin/results");
    publish(&lab, "one", "../0194").expect(0, &[]);
    assert_eq!(lab.git(&lab.path("one"), "rev-parse origin/results"), tracked);
    lab.git(&lab.path("one"), "fsck --strict --full");
    lab.git(&lab.path("one"), "fetch --quiet");
    assert_ne!(lab.git(&lab.path("one"), "rev-parse origin/results"), tracked);
}

#[test]
fn repositories_of_sha256() {
    let lab = lab();
    run(&lab, "0193");
    run(&lab, "0194");
    lab.git(&lab.path(""), "init --quiet --bare --object-format=sha256 long.git");
    lab.git(&lab.path(""), "init --quiet --object-format=sha256 long");
    for file in ["platform.yaml", "experiments"] {
        let copied =
            std::process::Command::new("cp").arg("-r").arg(lab.path("one").join(file)).arg(lab.path("long")).status();
        assert!(copied.expect("cp").success());
    }
    lab.git(&lab.path("long"), "remote add origin ../long.git");
    publish(&lab, "long", "../0193").expect(0, &["published"]);
    publish(&lab, "long", "../0194").expect(0, &["published"]);
    assert_eq!(lab.git(&lab.path("long.git"), "rev-parse results").len(), 64);
    assert_eq!(branch(&lab, "long.git", "results").len(), 16);
}

#[test]
fn bytes_stay_whatever_git_is_set_to() {
    let lab = lab();
    let one = lab.path("one");
    run(&lab, "0193");
    fs::write(one.join(".gitattributes"), "* text=auto eol=crlf filter=evil ident\n*.json -text\n").expect("a file");
    let config = [("core.autocrlf", "true"), ("filter.evil.clean", "tr a-z A-Z"), ("core.splitIndex", "true")];
    let more = [("core.sparseCheckout", "true"), ("commit.gpgSign", "true"), ("i18n.commitEncoding", "latin1")];
    for (key, value) in config.into_iter().chain(more).chain([("remote.origin.push", "+refs/heads/*:refs/heads/*")]) {
        lab.git_words(&one, &["config", key, value]);
    }
    let heads = lab.git(&lab.path("remote.git"), "for-each-ref refs/heads/main");
    publish(&lab, "one", "../0193").expect(0, &["published"]);
    assert_eq!(branch(&lab, "remote.git", "results"), on_branch(FOLDER, &files("0193")));
    assert_eq!(lab.git(&lab.path("remote.git"), "for-each-ref refs/heads/main"), heads);
}

#[test]
fn a_place_with_a_colon_and_a_remote_by_its_path() {
    let lab = lab();
    run(&lab, "0193");
    lab.clone("a:b \"c");
    let path = lab.path("remote.git").display().to_string();
    let said = publish(&lab, "one", &format!("../0193 --remote {path} --repo ../a:b\u{a0}"));
    said.expect(2, &["is not a folder"]);
    let mut command = lab.prepared_verb("load publish", "a:b \"c", "../0193", &crate::lab::Plan::default()).0;
    let said = crate::lab::ended(command.args(["--remote", &path]).output().expect("a start"));
    said.expect(0, &["published"]);
    assert_eq!(branch(&lab, "remote.git", "results").len(), 8);
}
