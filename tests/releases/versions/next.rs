//! `ahuora release next`, `changelog` and `status`.

use super::lab::Lab;

#[test]
fn commits_since_the_last_tag_decide() {
    let lab = Lab::new();
    assert_eq!(lab.run(&["next", "api"]).code, 1);
    lab.commit("api", "feat: first");
    assert_eq!(lab.out(&["next", "api"]), "0.0.1");
    assert_eq!(lab.run(&["next", "api-admin"]).code, 1, "it touches the other one alone");
    lab.tag("api-0.1.0");
    let told = lab.run(&["next", "api"]);
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    assert!(told.err.contains("released already, as api-0.1.0"), "{}", told.err);
    lab.commit("admin", "feat: elsewhere");
    lab.commit("admin", "fix(api): named");
    assert_eq!(lab.out(&["next", "api"]), "0.1.1");
    let feature = lab.commit("api", "feat: more");
    assert_eq!(lab.out(&["next", "api"]), "0.2.0");
    assert_eq!(lab.out(&["next", "api", "--branch", "topic"]), "0.2.0-prerelease.1");
    lab.git(&["revert", "--no-edit", &feature]);
    assert_eq!(lab.out(&["next", "api"]), "0.1.1", "taken back");
    let told = lab.out(&["next", "api", "--explain"]);
    assert!(told.contains("feat: more: is reverted by "), "{told}");
    assert!(told.contains("feat: elsewhere: changes nothing of api"), "{told}");
}

#[test]
fn no_clock_and_no_bytes_change_the_answer() {
    let lab = Lab::new();
    lab.commit_when("api", "feat: old", &[("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z")]);
    lab.tag("api-0.1.0");
    lab.commit_when(
        "api",
        "fix: new",
        &[("GIT_COMMITTER_DATE", "1971-01-01T00:00:00Z"), ("GIT_AUTHOR_DATE", "1971-01-01T00:00:00Z")],
    );
    assert_eq!(lab.out(&["next", "api"]), "0.1.1");
    assert_eq!(lab.out(&["latest", "api"]), "api-0.1.0");
    let tree = lab.git(&["rev-parse", "HEAD^{tree}"]);
    let parent = lab.git(&["rev-parse", "HEAD"]);
    let file = lab.beside("message");
    std::fs::write(&file, b"feat(api): caf\xe9 \xff\n").expect("written");
    let commit = lab.git(&["commit-tree", &tree, "-p", &parent, "-F", &file.display().to_string()]);
    lab.git(&["reset", "-q", "--hard", &commit]);
    assert_eq!(lab.out(&["next", "api"]), "0.2.0");
}

#[test]
fn a_commit_that_the_last_release_does_not_stand_behind_is_refused() {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.tag("api-0.1.0");
    lab.git(&["checkout", "-q", "-b", "topic"]);
    lab.commit("api", "fix: other");
    lab.git(&["checkout", "-q", "main"]);
    lab.commit("api", "fix: two");
    lab.tag("api-0.1.1");
    let told = lab.run(&["next", "api", "--branch", "main", "--revision", "topic"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("not ahead of the last release: api-0.1.1"), "{}", told.err);
    assert_eq!(lab.out(&["next", "api", "--branch", "topic", "--revision", "topic"]), "0.1.2-prerelease.1");
}

#[test]
fn shallow_clones_are_refused_where_it_matters() {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.tag("api-0.1.0");
    lab.commit("api", "fix: two");
    let url = format!("file://{}", lab.path().display());
    let clone = lab.beside("clone");
    lab.git(&["clone", "-q", "--depth", "1", &url, &clone.display().to_string()]);
    for verb in ["latest", "next"] {
        let told = lab.run_at(&clone, &[verb, "api"], &[]);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{verb}");
        assert!(told.err.contains("git fetch --unshallow --tags"), "{}", told.err);
        assert!(told.err.contains("fetch-depth: 0"), "{}", told.err);
    }
    lab.git_at(&clone, &["fetch", "-q", "--unshallow", "--tags"], &[]);
    assert_eq!(lab.run_at(&clone, &["next", "api"], &[]).out, "0.1.1\n");
}

#[test]
fn changelog_and_status_tell_the_same() {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.tag("api-0.1.0");
    let fix = lab.commit("api", "fix(db): thank @ada, closes #1");
    let expected =
        format!("## api since api-0.1.0\n\n### Fixes\n\n- **db:** thank @&#8203;ada, closes #&#8203;1 ({})", &fix[..7]);
    assert_eq!(lab.out(&["changelog", "api"]), expected);
    lab.tag("api-0.1.1");
    assert_eq!(lab.out(&["changelog", "api"]), expected, "the release of the commit itself");
    lab.commit("api", "fix: two");
    assert!(!lab.out(&["changelog", "api"]).contains("ada"));
    assert!(lab.out(&["changelog", "api", "--since", "api-0.1.0"]).contains("ada"));
    assert_eq!(lab.run(&["changelog", "api", "--since", "api-7"]).code, 2);
    let told = lab.out(&["status"]);
    let line = told.lines().nth(1).expect("a row").split_whitespace().collect::<Vec<_>>();
    assert_eq!(line, ["api", "api-0.1.1", "-", "1", "0.1.2"]);
}

#[test]
fn a_branch_that_nobody_knows_is_refused_and_not_guessed() {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.git(&["checkout", "-q", "--detach"]);
    for arguments in [&["next", "api"][..], &["cut", "api", "--dry-run"], &["status"]] {
        let told = lab.run(arguments);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{arguments:?}: {}", told.err);
        assert!(told.err.contains("--branch main"), "{}", told.err);
    }
    assert_eq!(lab.out(&["next", "api", "--branch", "main"]), "0.0.1");
    assert_eq!(lab.out(&["next", "api", "--branch", "topic"]), "0.0.1-prerelease.1");
    assert_eq!(lab.out(&["next", "api", "--channel", "rc"]), "0.0.1-rc.1");
    assert_eq!(lab.run_at(&lab.path(), &["next", "api"], &[("GITHUB_REF_NAME", "main")]).out, "0.0.1\n");
    lab.tag("api-0.0.1");
    lab.tag("api-0.0.2-prerelease.1");
    assert_eq!(lab.out(&["latest", "api"]), "api-0.0.2-prerelease.1", "as on any other branch");
}

#[test]
fn a_bare_repository_is_released_as_its_commit_says() {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.tag("api-0.1.0");
    lab.commit("api", "fix: two");
    let bare = lab.beside("bare.git");
    lab.git(&["clone", "-q", "--bare", ".", &bare.display().to_string()]);
    assert_eq!(lab.run_at(&bare, &["next", "api"], &[]).out, "0.1.1\n");
    assert_eq!(lab.run_at(&bare, &["latest", "api"], &[]).out, "api-0.1.0\n");
    std::fs::remove_file(lab.path().join("release.yaml")).expect("removed");
    lab.git(&["commit", "-qam", "chore: no longer"]);
    lab.git(&["push", "-q", &bare.display().to_string(), "main"]);
    let told = lab.run_at(&bare, &["next", "api"], &[]);
    assert_eq!(told.code, 2, "{}", told.err);
    assert_eq!(lab.run_at(&bare, &["next", "api", "--revision", "HEAD~1"], &[]).out, "0.1.1\n", "of that commit");
}
