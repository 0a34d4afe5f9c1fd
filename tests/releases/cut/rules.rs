//! Which commit may be released, and what is said.

use std::fs;

use super::lab::{Lab, Plan};

#[test]
fn a_commit_is_released_once_and_said_so() {
    let lab = Lab::new();
    let commit = lab.git(&lab.path("one"), "rev-parse HEAD");
    let first = lab.cut("one", "django --push");
    assert_eq!((first.code, first.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{first:?}");
    assert_eq!(first.stderr, format!("created django-0.0.1 at {} in origin\n", &commit[..7]));
    let again = lab.cut("one", "django --push");
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{again:?}");
    assert_eq!(again.stderr, format!("{} is django-0.0.1 already: nothing was made\n", &commit[..7]));
    let message = lab.git(&lab.path("remote.git"), "tag -l --format=%(contents) django-0.0.1");
    assert!(message.starts_with("django 0.0.1\n\nRelease-Id: "), "{message}");
    lab.clone("other");
    lab.git(&lab.path("other"), "tag -d django-0.0.1");
    assert_eq!(lab.cut("other", "django --push").stdout, "django-0.0.1\n");
    assert_eq!(lab.tags("other"), lab.tags("remote.git"), "the clone gets it");
}

#[test]
fn the_clone_alone_says_that_it_must_be_pushed() {
    let lab = Lab::new();
    let ended = lab.cut("one", "django");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{ended:?}");
    assert!(ended.stderr.contains("git push origin refs/tags/django-0.0.1"), "{ended:?}");
    assert!(ended.stderr.contains("only --push is safe"), "{ended:?}");
    assert_eq!((lab.names(), lab.tags("one").len()), (Vec::new(), 1));
}

#[test]
fn outputs_for_workflows_and_programs() {
    let lab = Lab::new();
    let commit = lab.git(&lab.path("one"), "rev-parse HEAD");
    let output = lab.path("output");
    fs::write(&output, "before=1\n").expect("a file");
    let plan = Plan { variables: vec![("GITHUB_OUTPUT", output.display().to_string())], ..Plan::default() };
    let (dry, _) = lab.run("one", "django --push --dry-run --format json", &plan);
    assert_eq!((dry.code, dry.field("created")), (Some(0), false.into()), "{dry:?}");
    assert_eq!(dry.stderr, format!("would create django-0.0.1 at {} in origin\n", &commit[..7]));
    assert_eq!((lab.names(), lab.tags("one")), (Vec::new(), Vec::new()), "a dry run makes nothing");
    assert_eq!(fs::read_to_string(&output).expect("a file"), "before=1\n");
    let (ended, _) = lab.run("one", "django --push --format json", &plan);
    let wanted = serde_json::json!({
        "component": "django", "version": "0.0.1", "tag": "django-0.0.1", "commit": commit, "created": true,
        "attempts": 1, "problems": [],
    });
    assert_eq!(serde_json::from_str::<serde_json::Value>(&ended.stdout).expect("JSON"), wanted);
    let text = fs::read_to_string(&output).expect("a file");
    assert_eq!(text, "before=1\ntag=django-0.0.1\nversion=0.0.1\ncreated=true\n");
    lab.run("one", "django --push", &plan);
    let text = fs::read_to_string(&output).expect("a file");
    assert!(text.ends_with("tag=django-0.0.1\nversion=0.0.1\ncreated=false\n"), "{text}");
}

#[test]
fn nothing_to_release_is_exit_code_1() {
    let lab = Lab::new();
    assert_eq!(lab.cut("one", "django-api --push").stdout, "django-api-0.0.1\n");
    lab.pushed("one", "chore: nothing that is released");
    let ended = lab.cut("one", "django-api --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains("nothing to release: no commit asks for it"), "{ended:?}");
    let output = lab.path("output");
    let plan = Plan { variables: vec![("GITHUB_OUTPUT", output.display().to_string())], ..Plan::default() };
    let (ended, _) = lab.run("one", "django-api --push --format json", &plan);
    assert_eq!((ended.code, ended.field("tag")), (Some(1), serde_json::Value::Null), "{ended:?}");
    assert_eq!(fs::read_to_string(&output).expect("a file"), "tag=\nversion=\ncreated=false\n");
}

#[test]
fn components_whose_tags_begin_alike_do_not_mix() {
    let lab = Lab::new();
    lab.pushed("one", "fix: of the API");
    assert_eq!(lab.cut("one", "django-api --push --set-version 3.0.0").stdout, "django-api-3.0.0\n");
    assert_eq!(lab.cut("one", "django --push").stdout, "django-0.0.1\n");
    lab.pushed("one", "fix: of the API");
    assert_eq!(lab.cut("one", "django-api --push").stdout, "django-api-3.0.1\n");
    assert_eq!(lab.names(), ["django-0.0.1", "django-api-3.0.0", "django-api-3.0.1"]);
}

#[test]
fn what_is_behind_the_last_release_is_nothing_to_release() {
    let lab = Lab::new();
    lab.pushed("one", "fix: newer");
    assert_eq!(lab.cut("one", "django-api --push").stdout, "django-api-0.0.1\n");
    // Whether the clone knows the newer commit or not.
    lab.git_words(lab.folder.path(), &["clone", "--quiet", "--no-tags", "remote.git", "old"]);
    let newer = lab.pushed("one", "fix: newest");
    assert_eq!(lab.cut("one", "django-api --push").stdout, "django-api-0.0.2\n");
    for clone in ["old", "one"] {
        lab.git(&lab.path(clone), "reset --quiet --hard HEAD^");
        let ended = lab.cut(clone, "django-api --push --revision HEAD");
        let wanted = if clone == "old" { Some(1) } else { Some(0) };
        assert_eq!(ended.code, wanted, "{clone}: {ended:?}");
        if clone == "old" {
            assert!(ended.stderr.contains("is part of django-api-0.0.2 already"), "{ended:?}");
        }
    }
    let ended = lab.cut("old", "django-api --push --set-version 0.3.0");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("git switch main && git pull"), "{ended:?}");
    assert_eq!(lab.names().len(), 2);
    assert!(lab.try_git(&lab.path("old"), &["cat-file", "-e", &newer]).status.success(), "it was fetched to compare");
    let references = lab.git(&lab.path("old"), "for-each-ref --format=%(refname) refs/tags");
    assert_eq!(references, "", "and nothing else was");
}

#[test]
fn what_has_parted_from_the_last_release_is_refused() {
    let lab = Lab::new();
    lab.clone("other");
    lab.pushed("one", "fix: released");
    assert_eq!(lab.cut("one", "django-api --push").stdout, "django-api-0.0.1\n");
    lab.commit("other", "fix: of another history");
    let ended = lab.cut("other", "django-api --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.contains("does not have what was released as django-api-0.0.1"), "{ended:?}");
    assert_eq!(lab.names(), ["django-api-0.0.1"]);
}

#[test]
fn what_the_remote_does_not_have_on_its_branch_is_refused() {
    let lab = Lab::new();
    lab.commit("one", "fix: not pushed");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.stderr.contains("is not on main of origin, where stable versions are cut"), "{ended:?}");
    assert!(ended.stderr.contains("git push origin HEAD:main"), "{ended:?}");
    assert_eq!(lab.names(), Vec::<String>::new());
}

#[test]
fn other_branches_get_prereleases_numbered_over_all_of_the_remote() {
    let lab = Lab::new();
    assert_eq!(lab.cut("one", "django --push").stdout, "django-0.0.1\n");
    lab.clone("two");
    for (number, clone) in ["one", "two", "one"].into_iter().enumerate() {
        let folder = lab.path(clone);
        if number < 2 {
            lab.git(&folder, &format!("switch --quiet --create feature-{clone}"));
        }
        fs::write(folder.join("django/x"), number.to_string()).expect("a file");
        lab.commit(clone, "fix: on a branch");
        let ended = lab.cut(clone, "django --push");
        assert_eq!(ended.stdout, format!("django-0.0.2-prerelease.{}\n", number + 1), "{ended:?}");
        assert_eq!(lab.cut(clone, "django --push").stdout, ended.stdout, "once");
    }
    let ended = lab.cut("two", "django --push --channel beta");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "django-0.0.2-beta.1\n"), "{ended:?}");
    assert_eq!(lab.names().len(), 5);
}

#[test]
fn named_versions() {
    let lab = Lab::new();
    assert_eq!(lab.cut("one", "django --push --set-version 1.4.0").stdout, "django-1.4.0\n");
    assert_eq!(lab.cut("one", "django --push --set-version 1.4.0").code, Some(0), "the same again");
    let other = lab.cut("one", "django --push --set-version 1.5.0");
    assert_eq!(other.code, Some(2), "{other:?}");
    assert!(other.stderr.contains("is django-1.4.0 already, and a commit has one version"), "{other:?}");
    lab.pushed("one", "fix: more");
    let below = lab.cut("one", "django --push --set-version 1.4.0");
    assert_eq!(below.code, Some(2), "{below:?}");
    assert!(below.stderr.contains("not above django-1.4.0"), "{below:?}");
    assert_eq!(lab.names(), ["django-1.4.0"]);
}

#[test]
fn an_order_that_another_breaks_is_said_loudly() {
    let lab = Lab::new();
    let second = lab.pushed("one", "fix: more");
    // While ours is on its way, a version above ours is made at the same commit.
    let race = format!(
        "cd {} && $LAB_GIT tag -a -m other django-api-0.5.0 {second} && $LAB_GIT push origin django-api-0.5.0",
        lab.path("one").display()
    );
    let (ended, _) = lab.run("one", "django-api --push", &Plan { race, ..Plan::how("race") });
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), "django-api-0.0.1\n"), "{ended:?}");
    assert!(
        ended.stderr.contains(&format!("WARNING: django-api-0.0.1 and django-api-0.5.0 are both at {second}")),
        "{ended:?}"
    );
}

#[test]
fn what_is_at_no_commit_stops_it() {
    let lab = Lab::new();
    let one = lab.path("one");
    lab.git(&one, "tag -a -m tree django-0.0.7 HEAD^{tree}");
    lab.git(&one, "push --quiet origin django-0.0.7");
    let ended = lab.cut("one", "django --push");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("refs/tags/django-0.0.7 is at") && ended.stderr.contains("no commit"), "{ended:?}");
}
