//! Branches are made, and nothing else.

use super::lab::{Lab, UOR, without_digests};

/// Paths that a run changed which git keeps for the working copy.
fn touched(changes: &[String]) -> Vec<&String> {
    let is_ours = |path: &str| {
        let objects = path == "repo/.git/" || path.starts_with("repo/.git/objects/");
        let references = path == "repo/.git/packed-refs" || path.starts_with("repo/.git/refs/");
        objects || references || path.starts_with("repo/.git/logs/refs/heads/experiment/")
    };
    changes.iter().filter(|change| !is_ours(&change[2..])).collect()
}

#[test]
fn branches_are_made_once_and_nothing_else_is_touched() {
    let lab = Lab::new();
    // Uncommitted work of every kind, while no branch is checked out.
    lab.git(&["checkout", "--quiet", "--detach"]);
    lab.env.write("README.md", "staged\n");
    lab.git(&["add", "README.md"]);
    lab.env.write("README.md", "not staged\n");
    lab.env.write("untracked.txt", "mine\n");
    lab.env.remove("renovate.json");
    let (status, before) = (lab.git(&["status", "--porcelain"]), lab.env.contents());
    let dry = lab.run(&["branch", UOR, "--dry-run"]).expect_code(0);
    dry.expect_said(&["dry run, nothing was written: 4 to make, 0 to overwrite, 0 as they are"]);
    assert_eq!(before.changes(&lab.env.contents()), [""; 0]);

    let first = lab.run(&["branch", UOR]).expect_code(0);
    assert_eq!(first.stdout, dry.stdout);
    insta::assert_snapshot!(without_digests(&first.stdout), @r"
    new   (digest) experiment/replica-count-uor/replicas-1
    new   (digest) experiment/replica-count-uor/replicas-2
    new   (digest) experiment/replica-count-uor/replicas-4
    new   (digest) experiment/replica-count-uor/replicas-8
    ");
    first.expect_said(&["4 made, 0 overwritten, 0 as they were, on "]);
    let made = lab.env.contents();
    let changes = before.changes(&made);
    assert!(!changes.is_empty());
    assert_eq!(touched(&changes), [""; 0]);
    assert_eq!(lab.git(&["status", "--porcelain"]), status);
    assert_eq!(lab.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "HEAD");
    lab.fsck("");

    let (branches, made) = (lab.branches(""), lab.env.contents());
    let again = lab.run(&["branch", UOR, "--format", "json"]).expect_code(0).json();
    let states: Vec<_> = again["branches"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["same"; 4]);
    assert_eq!(again["written"], true);
    let named: Vec<String> = again["branches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", one["name"].as_str().unwrap(), one["commit"].as_str().unwrap()))
        .collect();
    assert_eq!(named, branches);
    assert_eq!(again["base"].as_str().unwrap(), lab.git(&["rev-parse", "main"]));
    assert_eq!(made.changes(&lab.env.contents()), [""; 0]);
}

#[test]
fn what_a_branch_holds() {
    let lab = Lab::branched();
    let branch = "experiment/replica-count-uor/replicas-4";
    insta::assert_snapshot!(lab.git(&["diff", "--name-status", "main", branch]).replace('\t', " "), @r"
    A experiment.lock.yaml
    M manifests/production/django-api/deployment.yaml
    D manifests/production/django-api/horizontalpodautoscaler.yaml
    M manifests/production/idaes/deployment.yaml
    D manifests/production/idaes/horizontalpodautoscaler.yaml
    ");
    assert_eq!(lab.git(&["rev-list", "--count", &format!("main..{branch}")]), "1");
    let subject = lab.git(&["log", "-1", "--format=%s|%an|%cn|%at", branch]);
    assert_eq!(subject, "experiment: replica-count-uor/replicas-4|ahuora|ahuora|1767225600");
    let trailers = lab.git(&["log", "-1", "--format=%(trailers:key=Factors)", branch]);
    assert_eq!(trailers, "Factors: replicas=4");

    lab.git(&["checkout", "--quiet", branch]);
    let says = "experiment.lock.yaml: with the overrides of replica-count-uor/replicas-4";
    lab.env.run(&["generate", "--check"]).expect_code(0).expect_said(&[says]);
    lab.env.run(&["check"]).expect_code(0).expect_said(&["0 findings"]);
    lab.env.run(&["generate"]).expect_code(0).expect_said(&[says, "0 created, 0 updated, 0 removed"]);
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
    // From here the experiment is what it is from `main`.
    lab.run(&["verify", UOR]).expect_code(0);
    lab.run(&["branch", UOR]).expect_code(0).expect_said(&["4 as they were"]);
    // Without its lock it is the base again.
    lab.env.remove("experiment.lock.yaml");
    lab.env.run(&["generate", "--check"]).expect_code(1);
    lab.env.run(&["generate"]).expect_code(0);
    lab.git(&["add", "--all"]);
    assert_eq!(lab.git(&["diff", "--cached", "--name-only", "main"]), "");
}

#[test]
fn another_base() {
    let lab = Lab::new();
    let first = lab.git(&["rev-parse", "HEAD"]);
    lab.advance();
    for base in [&first, "main~1"] {
        let made = lab.run(&["branch", UOR, "--base", base, "--format", "json"]).expect_code(0).json();
        assert_eq!(made["base"], first.as_str());
    }
    let parents = |name: &str| lab.git(&["rev-parse", &format!("experiment/replica-count-uor/{name}^")]);
    assert_eq!((parents("replicas-1"), parents("replicas-8")), (first.clone(), first));
    // They begin where they begin, whatever `main` is now.
    lab.run(&["verify", UOR]).expect_code(0).expect_said(&["proved: 4 branches"]);
    lab.run(&["verify", UOR, "--base", "main"]).expect_code(1);
}

#[test]
fn a_branch_that_somebody_moved() {
    let lab = Lab::branched();
    let made = lab.branches("");
    lab.change("experiment/replica-count-uor/replicas-2", false, "README.md", |text| format!("{text}more\n"));
    let moved = lab.branches("");
    assert_ne!(made, moved);
    let refused = lab.run(&["branch", UOR]).expect_code(2);
    refused.expect_said(&["experiment/replica-count-uor/replicas-2 (would lose ", " by hand", "--force"]);
    assert_eq!((refused.stdout.as_str(), lab.branches("")), ("", moved.clone()));
    let refused = lab.run(&["branch", UOR, "--format", "json"]).expect_code(2).json();
    assert!(refused["error"].as_str().unwrap().contains("replicas-2 (would lose "), "{refused}");
    assert_eq!((&refused["exit_code"], lab.branches("")), (&2.into(), moved.clone()));
    lab.run(&["branch", UOR, "--dry-run"]).expect_code(0).expect_said(&["1 to overwrite, 3 as they are"]);
    assert_eq!(lab.branches(""), moved);
    lab.run(&["branch", UOR, "--force"]).expect_code(0).expect_said(&["0 made, 1 overwritten, 3 as they were"]);
    assert_eq!(lab.branches(""), made);
    lab.fsck("");
}

#[test]
fn two_at_once() {
    let lab = Lab::new();
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| lab.run(&["branch", UOR]).code)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 2, 3].contains(code)), "{codes:?}");
    lab.run(&["branch", UOR]).expect_code(0).expect_said(&["0 made, 0 overwritten, 4 as they were"]);
    lab.run(&["verify", UOR]).expect_code(0);
    lab.fsck("");
}
