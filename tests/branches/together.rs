//! Several processes at once.

use crate::killed::{another_process, said};
use crate::repo::{Repo, permutations};

#[test]
fn equal_work_is_done_once_or_twice_and_both_are_content() {
    for _ in 0..4 {
        let repo = Repo::new();
        let start = |_| another_process(repo.root(), "x", 150, "x").spawn().expect("a process");
        let children: Vec<_> = (0..4).map(start).collect();
        for child in children {
            let said = said(child);
            assert!(said.starts_with("changed "), "{said}");
        }
        assert_eq!(repo.heads().len(), 151);
        assert_eq!(repo.write(&permutations("x", 150)).same, 150);
        assert_eq!(repo.left_over(), Vec::<String>::new());
        repo.fsck();
    }
}

#[test]
fn different_branches_are_all_made() {
    let repo = Repo::new();
    let start =
        |number: usize| another_process(repo.root(), &format!("set-{number}"), 100, "x").spawn().expect("a process");
    let children: Vec<_> = (0..4).map(start).collect();
    for child in children {
        assert_eq!(said(child), "changed 100");
    }
    assert_eq!(repo.heads().len(), 401);
    repo.fsck();
}

#[test]
fn of_two_that_want_other_content_one_wins() {
    for _ in 0..4 {
        let repo = Repo::new();
        let start = |says| another_process(repo.root(), "x", 100, says).spawn().expect("a process");
        let children = ["one", "other"].map(start);
        let said = children.map(said);
        let failed: Vec<_> = said.iter().filter(|said| said.starts_with("failed")).collect();
        assert!(failed.len() < 2, "{said:?}");
        for failed in failed {
            assert!(failed.starts_with("failed 2 another process has changed the branch experiment/x/"), "{failed}");
        }
        let trees: std::collections::BTreeSet<_> = (0..100)
            .map(|number| {
                repo.git(&["show", &format!("experiment/x/{number}:experiments/x/lock.yaml")]).contains("one is")
            })
            .collect();
        assert_eq!(trees.len(), 1, "all of one");
        repo.fsck();
    }
}

#[test]
fn beside_git_itself() {
    let repo = Repo::new();
    let child = another_process(repo.root(), "x", 300, "x").spawn().expect("a process");
    for number in 0..20 {
        repo.git(&["branch", &format!("by-git/{number}")]);
        repo.git(&["pack-refs", "--all"]);
    }
    let said = said(child);
    if said.starts_with("failed") {
        assert!(said.contains("packed-refs.lock exists"), "{said}");
        repo.write(&permutations("x", 300));
    }
    assert_eq!(repo.heads().len(), 321);
    repo.fsck();
}
