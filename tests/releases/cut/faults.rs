//! What remotes, hooks, networks and clocks do.

use std::fs;

use super::lab::{Lab, Plan};

#[test]
fn a_push_whose_answer_is_lost_is_one_release() {
    for how in ["lost", "mute"] {
        let lab = Lab::new();
        let commit = lab.git(&lab.path("one"), "rev-parse HEAD");
        let (ended, _) = lab.run("one", "django --push --format json", &Plan::how(how));
        assert_eq!(ended.code, Some(0), "{how}: {ended:?}");
        assert_eq!(ended.field("created"), true, "{how}: it was ours");
        assert_eq!(lab.tags("remote.git"), [("django-0.0.1".to_owned(), commit.clone())], "{how}");
        assert_eq!(lab.tags("one"), lab.tags("remote.git"), "{how}");
        let again = lab.cut("one", "django --push --format json");
        assert_eq!(
            (again.code, again.field("created"), again.field("tag")),
            (Some(0), false.into(), "django-0.0.1".into())
        );
    }
}

#[test]
fn a_connection_that_is_cut_before_anything_is_done_is_tried_again() {
    let lab = Lab::new();
    let (ended, _) = lab.run("one", "django --push --format json", &Plan::how("cut"));
    assert_eq!((ended.code, ended.field("attempts")), (Some(0), 2.into()), "{ended:?}");
    assert_eq!(lab.names(), ["django-0.0.1"]);
}

#[test]
fn no_network_is_said_without_credentials() {
    let lab = Lab::new();
    let (ended, _) = lab.run("one", "django --push", &Plan::how("gone"));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("https://host.invalid/") && !ended.stderr.contains("secret"), "{ended:?}");
    assert!(ended.stderr.contains("cannot make django-0.0.1 in origin, where it does not arrive"), "{ended:?}");
    assert_eq!((lab.names(), lab.tags("one")), (Vec::new(), Vec::new()));
    lab.git(&lab.path("one"), "remote set-url origin https://ada:secret@127.0.0.1:1/x");
    let ended = lab.cut("one", "django --push");
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("cannot list the tags of origin") && !ended.stderr.contains("secret"), "{ended:?}");
}

#[test]
fn a_remote_that_refuses_is_told_in_its_words() {
    let lab = Lab::new();
    lab.hook("remote.git", "pre-receive", "echo tags are protected here >&2; exit 1");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("cannot push django-0.0.1 to origin"), "{ended:?}");
    assert!(ended.stderr.contains("tags are protected here"), "{ended:?}");
    assert_eq!((lab.names(), lab.tags("one")), (Vec::new(), Vec::new()), "nothing is left behind");
    fs::remove_file(lab.path("remote.git/hooks/pre-receive")).expect("a hook");
    assert_eq!(lab.cut("one", "django --push").stdout, "django-0.0.1\n", "later it is made");
}

#[test]
fn a_remote_that_takes_the_tag_and_then_dies_has_it() {
    let lab = Lab::new();
    lab.hook("remote.git", "post-receive", "kill -KILL $PPID");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{ended:?}");
    assert_eq!(lab.names(), ["django-0.0.1"]);
}

#[test]
fn a_hook_of_the_clone_that_refuses_is_told_in_its_words() {
    let lab = Lab::new();
    lab.hook("one/.git", "pre-push", "echo not on Sundays >&2; echo >> \"$0.calls\"; exit 1");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("not on Sundays"), "{ended:?}");
    let asked = fs::read_to_string(lab.path("one/.git/hooks/pre-push.calls")).expect("a hook that ran");
    assert_eq!(asked.lines().count(), 1, "it is asked once");
    assert_eq!((lab.names(), lab.tags("one")), (Vec::new(), Vec::new()));
}

#[test]
fn a_hook_that_watches_references_stops_the_tag_of_the_clone_alone() {
    let lab = Lab::new();
    lab.hook("one/.git", "reference-transaction", "exit 1");
    let ended = lab.cut("one", "django");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("cannot make the tag django-0.0.1"), "{ended:?}");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{ended:?}");
    assert!(ended.stderr.contains("the clone does not have django-0.0.1 yet"), "{ended:?}");
    assert_eq!(lab.names(), ["django-0.0.1"]);
}

#[test]
fn tags_of_the_clone_that_the_remote_does_not_have_count_for_nothing() {
    let lab = Lab::new();
    let one = lab.path("one");
    lab.git(&one, "tag -a -m stale django-0.0.1");
    lab.git(&one, "tag -a -m stale django-7.0.0");
    let commit = lab.git(&one, "rev-parse HEAD");
    let ended = lab.cut("one", "django --push");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "django-0.0.1\n"), "{ended:?}");
    assert!(ended.stderr.contains("the django-0.0.1 of this clone is another one"), "{ended:?}");
    assert_eq!(lab.tags("remote.git"), [("django-0.0.1".to_owned(), commit)]);
    assert_eq!(lab.git(&one, "tag -l --format=%(contents:subject) django-0.0.1"), "stale", "it is not touched");
}

#[test]
fn a_tag_that_another_makes_in_between_is_respected() {
    // The other one releases a commit that we have: ours is the next.
    let lab = Lab::new();
    let first = lab.git(&lab.path("one"), "rev-parse HEAD");
    let second = lab.pushed("one", "fix: more\n\nof django");
    fs::write(lab.path("one/django/x"), "y").expect("a file");
    let third = lab.pushed("one", "fix: still more");
    let race = format!(
        "cd {} && $LAB_GIT tag -a -m other django-0.0.1 {second} && $LAB_GIT push origin django-0.0.1",
        lab.path("one").display()
    );
    let (ended, _) = lab.run("one", "django --push --format json", &Plan { race, ..Plan::how("race") });
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!((ended.field("tag"), ended.field("attempts")), ("django-0.0.2".into(), 2.into()), "{ended:?}");
    assert_eq!(
        lab.tags("remote.git"),
        [("django-0.0.1".to_owned(), second), ("django-0.0.2".to_owned(), third)],
        "{first}"
    );
}

#[test]
fn clocks_that_go_backwards_change_nothing() {
    let lab = Lab::new();
    for (number, year) in [(1, "2030"), (2, "2020"), (3, "2010")] {
        let date = format!("{year}-01-01T00:00:00Z");
        fs::write(lab.path("one/django/x"), year).expect("a file");
        lab.git(&lab.path("one"), "add --all");
        lab.git_words(&lab.path("one"), &["commit", "--quiet", "-m", "fix: x", "--date", &date]);
        let plan = Plan { variables: vec![("GIT_COMMITTER_DATE", date)], ..Plan::default() };
        lab.git(&lab.path("one"), "push --quiet origin main");
        let (ended, _) = lab.run("one", "django --push", &plan);
        assert_eq!(ended.stdout, format!("django-0.0.{number}\n"), "{ended:?}");
    }
    assert_eq!(lab.names().len(), 3);
}

#[test]
fn a_shallow_clone_is_told_to_fetch() {
    let lab = Lab::new();
    lab.pushed("one", "fix: more");
    let url = format!("file://{}", lab.path("remote.git").display());
    lab.git_words(lab.folder.path(), &["clone", "--quiet", "--depth", "1", &url, "shallow"]);
    let ended = lab.cut("shallow", "django --push");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("git fetch --unshallow --tags"), "{ended:?}");
    assert_eq!(lab.names(), Vec::<String>::new());
}

#[test]
fn tags_are_signed_as_git_is_set() {
    let lab = Lab::new();
    let (one, key) = (lab.path("one"), lab.path("key"));
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ada@example.org", "-f"])
        .arg(&key)
        .status();
    assert!(made.expect("ssh-keygen").success());
    let public = fs::read_to_string(lab.path("key.pub")).expect("a key");
    fs::write(lab.path("allowed"), format!("ada@example.org {public}")).expect("a file");
    lab.git(&one, "config gpg.format ssh");
    lab.git(&one, &format!("config user.signingkey {}", key.display()));
    lab.git(&one, &format!("config gpg.ssh.allowedSignersFile {}", lab.path("allowed").display()));
    assert_eq!(lab.cut("one", "django --push --sign").stdout, "django-0.0.1\n");
    lab.git(&one, "tag --verify django-0.0.1");
    let object = lab.git(&lab.path("remote.git"), "cat-file tag refs/tags/django-0.0.1");
    assert!(object.contains("-----BEGIN SSH SIGNATURE-----"), "{object}");
    fs::remove_file(&key).expect("a key");
    lab.pushed("one", "fix: more\n\nRelease-As: 0.1.0");
    let ended = lab.cut("one", "django --push --sign --set-version 0.2.0");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    assert!(ended.stderr.contains("cannot sign the tag django-0.2.0"), "{ended:?}");
    assert_eq!((lab.names().len(), lab.tags("one").len()), (1, 1));
}

#[test]
fn who_has_no_name_is_told_and_a_name_by_folder_counts() {
    let lab = Lab::new();
    fs::write(lab.path("gitconfig"), "[user]\nuseConfigOnly = true\n").expect("a file");
    let ended = lab.cut("one", "django --push");
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains("Please tell me who you are"), "{ended:?}");
    fs::write(lab.path("work"), "[user]\nname = Work\nemail = work@example.org\n").expect("a file");
    let include = format!("[includeIf \"gitdir:{}/\"]\npath = work\n", lab.path("one").display());
    fs::write(lab.path("gitconfig"), include).expect("a file");
    assert_eq!(lab.cut("one", "django --push").stdout, "django-0.0.1\n");
    let tagger = lab.git(&lab.path("remote.git"), "tag -l --format=%(taggername)%(taggeremail)");
    assert_eq!(tagger, "Work<work@example.org>");
}
