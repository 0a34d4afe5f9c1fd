//! All branches reach the remote, or none.

use super::lab::{Lab, UOR};

fn with_remote() -> Lab {
    let lab = Lab::branched();
    lab.git(&["init", "--quiet", "--bare", "../origin.git"]);
    lab.git(&["remote", "add", "origin", "../origin.git"]);
    lab
}

#[test]
fn branches_are_pushed_once() {
    let lab = with_remote();
    let before = lab.env.contents();
    let dry = lab.run(&["push", UOR, "--dry-run"]).expect_code(0);
    dry.expect_said(&["dry run, nothing was pushed: 4 that origin does not have"]);
    assert_eq!(before.changes(&lab.env.contents()), [""; 0]);
    let pushed = lab.run(&["push", UOR]).expect_code(0);
    insta::assert_snapshot!(pushed, @r"
    exit code 0
    --- stdout
    new   experiment/replica-count-uor/replicas-1
    new   experiment/replica-count-uor/replicas-2
    new   experiment/replica-count-uor/replicas-4
    new   experiment/replica-count-uor/replicas-8
    --- stderr
    pushed to origin: 4 new, 0 overwritten, 0 as they were
    ");
    assert_eq!(lab.branches("../origin.git"), lab.branches(""));
    lab.run(&["push", UOR]).expect_code(0).expect_said(&["0 new, 0 overwritten, 4 as they were"]);
    let json = lab.run(&["push", UOR, "--format", "json"]).expect_code(0).json();
    assert_eq!(json, serde_json::json!({"new": [], "moved": [], "same": 4, "pushed": true}));
    let dry = lab.run(&["push", UOR, "--dry-run", "--format", "json"]).expect_code(0).json();
    assert_eq!((&dry["same"], &dry["pushed"]), (&4.into(), &false.into()));
    // Nothing but the branches of the experiment.
    assert_eq!(lab.git_in("../origin.git", &["for-each-ref", "refs/heads/main", "refs/tags"]), "");
    lab.run(&["push", UOR, "--remote", "../origin.git"])
        .expect_code(0)
        .expect_said(&["pushed to ../origin.git: 0 new"]);
}

#[test]
fn all_or_none() {
    let lab = with_remote();
    // Somebody else has another commit under one of the names.
    lab.git(&["push", "--quiet", "origin", "main:refs/heads/experiment/replica-count-uor/replicas-4"]);
    lab.change("experiment/replica-count-uor/replicas-4", false, "README.md", |text| format!("{text}more\n"));
    lab.git(&["push", "--quiet", "origin", "experiment/replica-count-uor/replicas-4"]);
    lab.run(&["branch", UOR, "--force"]).expect_code(0);
    let there = lab.branches("../origin.git");
    let refused = lab.run(&["push", UOR]).expect_code(2);
    refused.expect_said(&["origin has other commits on experiment/replica-count-uor/replicas-4: nothing was pushed"]);
    refused.expect_said(&["--force"]);
    assert_eq!((there.len(), lab.branches("../origin.git")), (1, there));
    let forced = lab.run(&["push", UOR, "--force", "--format", "json"]).expect_code(0).json();
    assert_eq!(forced["new"].as_array().unwrap().len(), 3);
    assert_eq!(forced["moved"], serde_json::json!(["experiment/replica-count-uor/replicas-4"]));
    assert_eq!(lab.branches("../origin.git"), lab.branches(""));
}

#[test]
fn a_remote_that_refuses() {
    let lab = with_remote();
    lab.env.write("../origin.git/hooks/update", "#!/bin/sh\ncase $1 in *replicas-8) exit 1;; esac\n");
    let program = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(lab.env.path("../origin.git/hooks/update"), program).unwrap();
    lab.run(&["push", UOR]).expect_code(3).expect_said(&["cannot push to origin", "hook declined"]);
    assert_eq!(lab.branches("../origin.git"), [""; 0]);
    lab.run(&["push", UOR, "--remote", "nowhere"]).expect_code(3).expect_said(&["cannot push to nowhere"]);
    lab.run(&["push", UOR, "--remote=--upload-pack=x"]).expect_code(2).expect_said(&["`--upload-pack=x` is no remote"]);
    let missing = lab.run(&["push", "replica-count-fs"]).expect_code(2);
    missing.expect_said(&["there is no branch experiment/replica-count-fs/django-1-idaes-1 to push"]);
    assert_eq!(lab.branches("../origin.git"), [""; 0]);
}
