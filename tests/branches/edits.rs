//! Trees with changes are the trees that git makes of the same files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use ahuora::effects::git::Wanted;
use proptest::prelude::*;

use crate::repo::{Repo, content, git_in, prepare, succeeded};

static CASES: AtomicUsize = AtomicUsize::new(0);

/// Files by path: whether they can be run, and what they hold.
type Files = BTreeMap<String, (bool, String)>;

/// Few names, so that they meet; and such as sort around `/`.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "a.b", "a-b", "a b", "a0", "A", "ä", "本", "b", "a+", "\"", "a\\"])
        .prop_map(str::to_owned)
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"))
}

/// A file takes the place of what is in its way.
fn put(files: &mut Files, path: &str, content: &str) {
    let program = files.get(path).is_some_and(|(program, _)| *program);
    remove(files, path);
    for (end, _) in path.match_indices('/') {
        files.remove(&path[..end]);
    }
    files.insert(path.to_owned(), (program, content.to_owned()));
}

fn remove(files: &mut Files, path: &str) {
    let below = format!("{path}/");
    files.retain(|other, _| other != path && !other.starts_with(&below));
}

fn repo() -> &'static Mutex<Repo> {
    static REPO: OnceLock<Mutex<Repo>> = OnceLock::new();
    REPO.get_or_init(|| Mutex::new(Repo::empty(&[])))
}

/// The tree that git makes.
fn tree(repo: &Repo, files: &Files) -> String {
    let index = repo.beside("index");
    let _ = std::fs::remove_file(&index);
    let library = git2::Repository::open(repo.root()).expect("a repository");
    let mut rows = String::new();
    for (path, (program, content)) in files {
        let blob = library.blob(content.as_bytes()).expect("a blob");
        rows.push_str(&format!("{} {blob}\t{path}\0", if *program { "100755" } else { "100644" }));
    }
    let mut command = git_in(repo.root(), &["update-index", "-z", "--index-info"]);
    let mut child = command.env("GIT_INDEX_FILE", &index).stdin(Stdio::piped()).spawn().expect("git");
    child.stdin.take().expect("input").write_all(rows.as_bytes()).expect("written");
    assert!(child.wait().expect("git").success());
    let mut command = git_in(repo.root(), &["write-tree"]);
    succeeded(&command.env("GIT_INDEX_FILE", &index).output().expect("git")).trim_end().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, ..ProptestConfig::default() })]

    #[test]
    fn trees_are_those_of_git(
        base in prop::collection::vec((path(), any::<bool>(), "[a-c\n]{0,20}"), 0..12),
        sets in prop::collection::vec(prop::collection::btree_map(path(), prop::option::of("[a-c\n]{0,20}"), 0..6), 1..4),
    ) {
        let repo = repo().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut files = Files::new();
        for (path, program, content) in &base {
            put(&mut files, path, content);
            files.insert(path.clone(), (*program, content.clone()));
        }
        let library = git2::Repository::open(repo.root()).expect("a repository");
        let commit = {
            let tree = library.find_tree(tree(&repo, &files).parse().expect("an id")).expect("a tree");
            let who = git2::Signature::new("Bob", "bob@example.org", &git2::Time::new(0, 0)).expect("a signature");
            library.commit(None, &who, &who, "base", &tree, &[]).expect("a commit").to_string()
        };
        // Equal bases have equal commits.
        let case = CASES.fetch_add(1, Ordering::Relaxed);
        let mut wanted = Vec::new();
        let mut expected = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            // A file below a file is refused, which another test proves.
            let is_file = |path: &str| set.get(path).is_some_and(Option::is_some);
            let below_file = |path: &String| path.match_indices('/').any(|(end, _)| is_file(&path[..end]));
            let set: BTreeMap<_, _> = set.iter().filter(|(path, text)| text.is_none() || !below_file(path)).collect();
            let mut files = files.clone();
            let removed = set.iter().filter(|(_, text)| text.is_none());
            // A file keeps its mode unless it was removed in between, which nobody can ask for.
            removed.for_each(|(path, _)| remove(&mut files, path));
            for (path, text) in set.iter().filter_map(|(path, text)| Some((path, text.as_ref()?))) {
                put(&mut files, path, text);
            }
            expected.push(tree(&repo, &files));
            wanted.push(Wanted {
                name: format!("e/{case}/{number}"),
                message: "m\n".to_owned(),
                changes: set.iter().map(|(path, text)| (path.as_str().into(), text.as_ref().and_then(content))).collect(),
            });
        }
        let prepared = prepare(repo.root(), &commit, &wanted).expect("prepared");
        let commits: Vec<String> = prepared.branches.iter().map(|branch| branch.commit.clone()).collect();
        prepared.write(false).expect("written");
        let found: Vec<String> = commits.iter().map(|commit| {
            let library = git2::Repository::open(repo.root()).expect("a repository");
            library.find_commit(commit.parse().expect("an id")).expect("a commit").tree_id().to_string()
        }).collect();
        prop_assert_eq!(found, expected);
        if case % 20 == 19 {
            repo.fsck();
        }
    }
}
