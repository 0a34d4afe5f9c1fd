//! Pushing: all or none, and nothing is overwritten that was not seen.

use std::path::PathBuf;

use ahuora::effects::git::{Remote, Wanted, push, remote_branches};

use crate::repo::{Repo, fsck, git_in, permutations, permutations_of, succeeded};

/// A repository and a bare one to which it pushes as `origin`.
fn pair() -> (Repo, PathBuf) {
    let repo = Repo::new();
    let bare = repo.beside("bare");
    succeeded(&git_in(repo.root(), &["init", "--quiet", "--bare", &bare.display().to_string()]).output().expect("git"));
    repo.git(&["remote", "add", "origin", &bare.display().to_string()]);
    repo.git(&["push", "--quiet", "origin", "main"]);
    (repo, bare)
}

fn names(wanted: &[Wanted]) -> Vec<String> {
    wanted.iter().map(|wanted| wanted.name.clone()).collect()
}

#[test]
fn few_and_many() {
    let (repo, bare) = pair();
    // So many long names are not given as arguments.
    let set = "long-".repeat(30) + "name";
    for count in [5, 400] {
        let wanted = permutations(&set, count);
        repo.write(&wanted);
        let pushed = push(repo.root(), "origin", &names(&wanted), None).expect("pushed");
        assert!(pushed.new.len() + pushed.same == count && pushed.moved.is_empty());
        let seen = remote_branches(repo.root(), "origin", &format!("experiment/{set}/")).expect("branches");
        assert_eq!(seen.branches.len(), count);
        let third = format!("experiment/{set}/3");
        assert_eq!(seen.branches[&third], repo.git(&["rev-parse", &third]));
    }
    fsck(&bare);
    assert_eq!(remote_branches(repo.root(), "origin", "main").expect("branches").branches.len(), 1);
    assert!(repo.git(&["config", "--list"]).lines().all(|line| !line.contains("push")));
}

#[test]
fn a_remote_that_is_set_to_push_something_else() {
    let (repo, _) = pair();
    repo.git(&["branch", "private"]);
    repo.git(&["config", "remote.origin.push", "refs/heads/private"]);
    let wanted = permutations(&"y".repeat(150), 400);
    repo.write(&wanted);
    push(repo.root(), "origin", &names(&wanted), None).expect("pushed");
    let all = remote_branches(repo.root(), "origin", "").expect("branches").branches;
    assert_eq!(all.len(), 401);
    assert!(!all.contains_key("private"));
}

#[test]
fn nothing_is_overwritten_that_was_not_seen() {
    let (repo, bare) = pair();
    let wanted = permutations("x", 4);
    let names = names(&wanted);
    let push_with = |force: Option<&Remote>| push(repo.root(), "origin", &names, force);
    repo.write(&wanted);
    push_with(None).expect("pushed");
    let seen = remote_branches(repo.root(), "origin", "experiment/").expect("branches");
    let others = permutations_of("x", 4, "other");
    repo.prepare(&others).expect("prepared").write(true).expect("written");
    let failure = push_with(None).expect_err("refused");
    assert_eq!(failure.code(), 2);
    assert!(failure.to_string().contains("origin has other commits on experiment/x/0, experiment/x/1"), "{failure}");
    // Somebody pushes to one of them after they were seen.
    let set = |name: &str| git_in(&bare, &["update-ref", &format!("refs/heads/{name}"), "main"]).output().expect("git");
    succeeded(&set("experiment/x/2"));
    let before = remote_branches(repo.root(), "origin", "").expect("branches");
    let failure = push_with(Some(&seen)).expect_err("refused");
    assert!(failure.to_string().contains("other commits on experiment/x/2: nothing was pushed"), "{failure}");
    assert_eq!(remote_branches(repo.root(), "origin", "").expect("branches"), before);
    let pushed = push_with(Some(&before)).expect("pushed");
    assert_eq!((pushed.moved.len(), pushed.new.len()), (4, 0));
    assert_eq!(push_with(None).expect("pushed").same, 4);
}

#[test]
fn refusals_say_why_and_name_no_credentials() {
    let (repo, _) = pair();
    repo.write(&permutations("x", 1));
    let name = ["experiment/x/0".to_owned()];
    let failure = push(repo.root(), "https://ada:s3cret@127.0.0.1:1/x.git", &name, None).expect_err("refused");
    assert_eq!(failure.code(), 3);
    assert!(!format!("{failure}").contains("s3cret") && failure.to_string().contains("127.0.0.1"), "{failure}");
    let failure = push(repo.root(), "origin", &["none".to_owned()], None).expect_err("refused");
    assert!(failure.to_string().contains("no branch none"), "{failure}");
    let failure = push(repo.root(), "--mirror", &name, None).expect_err("refused");
    assert_eq!(failure.code(), 2);
    let failure = remote_branches(repo.root(), "nowhere", "").expect_err("refused");
    assert!(failure.code() == 3 && failure.to_string().contains("nowhere"), "{failure}");
}
