//! `ahuora release latest`.

use std::fs;

use super::lab::Lab;

const V: [&str; 5] = ["latest", "--tag-prefix", "v", "--release-branch", "main"];

#[test]
fn no_tag_yet_is_an_empty_answer() {
    let lab = Lab::empty(&[]);
    lab.commit("x", "begin");
    let file = lab.beside("output");
    fs::write(&file, "before=1").expect("written");
    let told = lab.run_at(&lab.path(), &V, &[("GITHUB_OUTPUT", &file.display().to_string())]);
    assert_eq!((told.code, told.out.as_str()), (0, "\n"));
    assert!(told.err.contains("no release yet"), "{}", told.err);
    assert_eq!(fs::read_to_string(&file).expect("text"), "before=1\nlatest_tag=\n");
    assert_eq!(lab.run(&[&V[..], &["--github-output"]].concat()).code, 2);
}

#[test]
fn it_answers_as_the_tag_checker_where_that_is_right() {
    let lab = Lab::empty(&[]);
    lab.commit("x", "begin");
    let tags = ["v1.9.0", "v1.10.0", "v2.0.0-beta.2", "v2.0.0-beta.10", "v1.2", "w9.0.0", "v01.20.0", "v3.0.0-rc.1"];
    tags.iter().for_each(|tag| lab.tag(tag));
    assert_eq!(lab.out(&V), "v1.10.0");
    lab.git(&["checkout", "-q", "-b", "topic"]);
    assert_eq!(lab.out(&[&V[..], &["--prerelease-suffix", "beta"]].concat()), "v2.0.0-beta.10");
    assert_eq!(lab.out(&[&V[..], &["--branch", "main"]].concat()), "v1.10.0");
    lab.tag("v2.0.0");
    assert_eq!(lab.out(&[&V[..], &["--prerelease-suffix", "beta"]].concat()), "v2.0.0", "never below what is stable");
    assert_eq!(lab.out(&[&V[..], &["--channel", "beta"]].concat()), "v2.0.0-beta.10");
    lab.git(&["checkout", "-q", "--detach"]);
    let pushed = [("GITHUB_REF_NAME", "main"), ("GITHUB_REF_TYPE", "branch")];
    assert_eq!(lab.run_at(&lab.path(), &V, &pushed).out, "v2.0.0\n");
}

#[test]
fn only_what_stands_behind_the_commit_counts() {
    let lab = Lab::empty(&[]);
    lab.commit("x", "begin");
    lab.tag("v1.0.0");
    lab.git(&["checkout", "-q", "-b", "other"]);
    lab.commit("x", "elsewhere");
    lab.tag("v9.0.0");
    lab.git(&["checkout", "-q", "main"]);
    lab.commit("x", "on");
    assert_eq!(lab.out(&V), "v1.0.0");
    lab.git(&["merge", "-q", "-s", "ours", "-m", "merge", "other"]);
    assert_eq!(lab.out(&V), "v9.0.0");
    lab.git(&["pack-refs", "--all"]);
    assert_eq!(lab.out(&V), "v9.0.0", "packed");
}

#[test]
fn prefixes_are_text_and_strange_tags_are_none() {
    let lab = Lab::empty(&[]);
    lab.commit("x", "begin");
    lab.tag("a.b+(1.0.0");
    lab.tag("axbb(2.0.0");
    let tree = lab.git(&["rev-parse", "HEAD^{tree}"]);
    lab.git(&["tag", "a.b+(3.0.0", &tree]);
    lab.git(&["tag", "-a", "-m", "x", "a.b+(4.0.0", &tree]);
    fs::write(lab.path().join(".git/refs/tags/a.b+(5.0.0"), "nonsense\n").expect("written");
    let asked = ["latest", "--tag-prefix", "a.b+(", "--release-branch", "main"];
    assert_eq!(lab.out(&asked), "a.b+(1.0.0");
}

#[test]
fn the_longest_prefix_wins() {
    let lab = Lab::new();
    ["api-0.0.9", "api-0.0.10", "api-admin-1.0.0"].iter().for_each(|tag| lab.tag(tag));
    assert_eq!(lab.out(&["latest", "api"]), "api-0.0.10");
    assert_eq!(lab.out(&["latest", "api-admin"]), "api-admin-1.0.0");
    let told = lab.run(&["latest", "apii"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("did you mean `api`"), "{}", told.err);
}

#[test]
fn a_repository_of_longer_ids_is_read_by_git() {
    let lab = Lab::empty(&["--object-format=sha256"]);
    lab.commit("x", "begin");
    lab.tag("v1.0.0");
    lab.commit("x", "on");
    assert_eq!(lab.out(&V), "v1.0.0");
}
