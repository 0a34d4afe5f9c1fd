//! No branch is made where it would not be what it says.

use super::lab::{Lab, UOR};

/// Runs `branch` with more arguments; it is refused in these words, and nothing is written.
#[track_caller]
fn refused(lab: &Lab, arguments: &[&str], words: &[&str]) {
    let before = lab.env.contents();
    let output = lab.run(&[&["branch", UOR], arguments].concat()).expect_code(2);
    output.expect_said(words);
    assert_eq!(output.stdout, "");
    assert_eq!(before.changes(&lab.env.contents()), [""; 0]);
}

#[test]
fn repositories_without_a_base() {
    refused(&Lab::files(), &[], &["is in no git repository"]);
    refused(&Lab::unborn(&[]), &[], &["no commit `main`", "needs its first commit"]);
    let lab = Lab::new();
    refused(&lab, &["--base", "mian"], &["no commit `mian`", "--base"]);
    refused(&lab, &["--base", "main:README.md"], &["no commit `main:README.md`"]);
    refused(&lab, &["--base", "--force"], &["--base"]);
    lab.git(&["clone", "--quiet", "--bare", ".", "../bare.git"]);
    refused(&lab, &["--repo", "../bare.git"], &["there is no file experiments/load/load.yaml"]);
}

#[test]
fn bases_that_are_not_what_their_configuration_says() {
    let lab = Lab::new();
    let deployment = "manifests/production/django-api/deployment.yaml";
    let commit = |branch: &str, path: &str, change: &dyn Fn(&str) -> Option<String>| {
        lab.git(&["checkout", "--quiet", "-b", branch, "main"]);
        let before = if lab.env.has(path) { lab.env.read(path) } else { String::new() };
        match change(&before) {
            Some(after) => lab.env.write(path, after),
            None => lab.env.remove(path),
        }
        lab.git(&["add", "--all"]);
        lab.git(&["commit", "--quiet", "--message=change"]);
        lab.git(&["checkout", "--quiet", "main"]);
    };
    commit("edited", deployment, &|text| Some(text.replace("cpu: 500m", "cpu: 600m")));
    commit("removed", deployment, &|_| None);
    commit("stranger", "manifests/production/idaes/more.yaml", &|_| Some("a: 1\n".to_owned()));
    commit("platform", "platform.yaml", &|text| Some(text.replacen("cpu: 500m", "cpu: 600m", 1)));
    for (base, path) in [
        ("edited", deployment),
        ("removed", deployment),
        ("stranger", "manifests/production/idaes/more.yaml"),
        ("platform", "manifests/production/"),
    ] {
        refused(&lab, &["--base", base], &[path, "is not what its configuration says", "run `ahuora generate`"]);
    }
    commit("nothing", "platform.yaml", &|_| None);
    refused(&lab, &["--base", "nothing"], &["nothing has no file platform.yaml"]);
    commit("broken", "platform.yaml", &|text| Some(text.replacen("cpu: 500m", "cpu: lots", 1)));
    refused(&lab, &["--base", "broken"], &["error: broken:platform.yaml:", "`lots` is not an amount of CPU"]);
}

#[test]
fn a_base_that_is_a_permutation() {
    let lab = Lab::branched();
    let base = "experiment/replica-count-uor/replicas-4";
    refused(&lab, &["--base", base], &[base, "is a permutation itself: it has experiment.lock.yaml"]);
}

#[test]
fn branches_that_git_cannot_have_beside_each_other() {
    for other in ["experiment", "experiment/replica-count-uor", "experiment/replica-count-uor/replicas-2/more"] {
        let lab = Lab::new();
        lab.git(&["branch", other]);
        refused(&lab, &[], &["git cannot have the branch experiment/replica-count-uor/", other, "which exists"]);
        refused(&lab, &["--force"], &["git cannot have the branch"]);
    }
}

#[test]
fn a_checked_out_branch_is_not_overwritten() {
    let lab = Lab::branched();
    let branch = "experiment/replica-count-uor/replicas-2";
    lab.advance();
    lab.git(&["checkout", "--quiet", branch]);
    refused(&lab, &["--force"], &["experiment/replica-count-uor/replicas-2 is checked out in"]);
}
