//! What is written is what was asked for, byte by byte, and nothing else is touched.

use std::fs;
use std::process::Stdio;

use ahuora::effects::git::{State, Wanted, Writer};

use crate::repo::{Repo, author, content, fsck, git_in, manifest, permutations, permutations_of, prepare, succeeded};

#[test]
fn branches_hold_what_was_asked_for() {
    let repo = Repo::new();
    let before = repo.surroundings();
    let wanted = permutations("x", 50);
    assert_eq!(repo.write(&wanted).changed, 50);
    repo.fsck();
    assert_eq!(repo.surroundings(), before);
    assert_eq!(repo.left_over(), Vec::<String>::new());
    for Wanted { name, message, changes } in &wanted {
        for (path, content) in changes {
            let found = git_in(repo.root(), &["cat-file", "blob", &format!("{name}:{path}")]).output().expect("git");
            assert_eq!(Some(found.stdout.as_slice()), content.as_deref(), "{name}:{path}");
        }
        let raw = git_in(repo.root(), &["cat-file", "commit", name]).output().expect("git");
        let signed = "Ada Lovelace <ada@example.org> 1767225600 +0000";
        let tree = repo.git(&["rev-parse", &format!("{name}^{{tree}}")]);
        let main = repo.git(&["rev-parse", "main"]);
        let expected = format!("tree {tree}\nparent {main}\nauthor {signed}\ncommitter {signed}\n\n{message}");
        assert_eq!(succeeded(&raw), expected);
    }
    let changed = repo.git(&["diff", "--stat", "--name-only", "main", "experiment/x/7"]);
    assert_eq!(changed, "experiments/x/lock.yaml\nmanifests/part-0/file-0.yaml\nmanifests/part-1/file-1.yaml");
    assert_eq!(repo.git(&["log", "--oneline", "--format=%s", "main..experiment/x/7"]), "Permutation 7 of x");
    // And git works on: it makes branches, packs and cleans.
    repo.git(&["branch", "other", "experiment/x/3"]);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    repo.fsck();
    assert_eq!(repo.heads().len(), 52);
}

#[test]
fn the_pack_is_one_that_git_takes() {
    let repo = Repo::new();
    repo.write(&permutations("x", 300));
    let folder = repo.root().join(".git/objects/pack");
    let names = || fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let pack = names().find(|path| path.extension().is_some_and(|end| end == "pack")).expect("a pack");
    let verified = repo.git(&["verify-pack", "--verbose", &pack.display().to_string()]);
    let chain = verified.lines().filter(|line| line.starts_with("chain length")).count();
    assert!(chain >= 1, "there are differences: {verified}");
    assert!(fs::metadata(&pack).expect("a file").len() < 300_000, "differences are small");
    let other = Repo::empty(&["--bare"]);
    let mut indexed = git_in(other.root(), &["index-pack", "--strict", "--stdin"]);
    // Whole by itself: only parents and what the base has besides are elsewhere.
    indexed.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", repo.root().join(".git/objects"));
    let output = indexed.stdin(Stdio::from(fs::File::open(&pack).expect("a file"))).output().expect("git");
    succeeded(&output);
    let index = |path: &std::path::Path| fs::read(path.with_extension("idx")).expect("an index");
    let made = other.root().join("objects/pack").join(pack.file_name().expect("a name"));
    assert!(index(&pack) == index(&made), "git makes the same index");
}

#[test]
fn libgit2_reads_it_too() {
    let repo = Repo::new();
    let wanted = permutations("x", 20);
    let prepared = repo.prepare(&wanted).expect("prepared");
    let branches = prepared.branches.clone();
    prepared.write(false).expect("written");
    let library = git2::Repository::open(repo.root()).expect("a repository");
    for (branch, wanted) in branches.iter().zip(&wanted) {
        let found = library.find_branch(&branch.name, git2::BranchType::Local).expect("a branch");
        let commit = found.get().peel_to_commit().expect("a commit");
        assert_eq!(commit.id().to_string(), branch.commit);
        for (path, content) in &wanted.changes {
            let entry = commit.tree().expect("a tree").get_path(std::path::Path::new(&**path)).expect("a file");
            let blob = library.find_blob(entry.id()).expect("a blob");
            assert_eq!(Some(blob.content()), content.as_deref());
        }
    }
}

#[test]
fn the_same_input_has_the_same_ids_everywhere() {
    let ids = || {
        let repo = Repo::new();
        let prepared = repo.prepare(&permutations("x", 30)).expect("prepared");
        prepared.branches.iter().map(|branch| branch.commit.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ids());
    let repo = Repo::new();
    // The id that git itself gives.
    let wanted = permutations("x", 1);
    repo.git(&["switch", "--quiet", "--create", "by-hand"]);
    for (path, content) in &wanted[0].changes {
        repo.put(path, std::str::from_utf8(content.as_ref().expect("content")).expect("text"));
    }
    repo.git(&["add", "."]);
    let mut commit = git_in(repo.root(), &["commit", "--quiet", "--cleanup=verbatim", "--message", &wanted[0].message]);
    for name in ["AUTHOR", "COMMITTER"] {
        commit.env(format!("GIT_{name}_NAME"), "Ada Lovelace").env(format!("GIT_{name}_EMAIL"), "ada@example.org");
        commit.env(format!("GIT_{name}_DATE"), "1767225600 +0000");
    }
    succeeded(&commit.output().expect("git"));
    let tree = |name: &str| repo.git(&["rev-parse", &format!("{name}^{{tree}}")]);
    repo.write(&wanted);
    assert_eq!(tree("by-hand"), tree("experiment/x/0"));
    assert_eq!(repo.git(&["rev-parse", "by-hand"]), ids()[0]);
}

#[test]
fn writing_again_changes_nothing() {
    let repo = Repo::new();
    let wanted = permutations("x", 20);
    repo.write(&wanted);
    let count = || repo.git(&["count-objects", "--verbose"]);
    let (heads, objects) = (repo.heads(), count());
    let prepared = repo.prepare(&wanted).expect("prepared");
    assert!(prepared.branches.iter().all(|branch| branch.state == State::Same));
    let written = prepared.write(false).expect("written");
    assert_eq!((written.changed, written.same), (0, 20));
    assert_eq!((repo.heads(), count()), (heads, objects));
    // Some more: only what is new is written.
    let written = repo.write(&permutations("x", 22));
    assert_eq!((written.changed, written.same), (2, 20));
    repo.fsck();
}

#[test]
fn other_commits_are_kept_unless_forced() {
    let repo = Repo::new();
    repo.write(&permutations("x", 5));
    // Somebody works on one of them: that one is loose now.
    repo.git(&["switch", "--quiet", "experiment/x/2"]);
    repo.git(&["commit", "--quiet", "--allow-empty", "--message=by hand"]);
    repo.git(&["switch", "--quiet", "main"]);
    let others = permutations_of("x", 5, "other");
    for wanted in [&others[..], &permutations("x", 5)[..]] {
        let prepared = repo.prepare(wanted).expect("prepared");
        let State::Moved { lost, more, .. } = &prepared.branches[2].state else { panic!("it has moved") };
        assert_eq!(*more, 0);
        assert!(lost[0].ends_with(" by hand") && lost[0].len() == 7 + " by hand".len(), "{lost:?}");
        let heads = repo.heads();
        let failure = prepared.write(false).expect_err("refused");
        assert_eq!(failure.code(), 2);
        assert!(failure.to_string().contains("experiment/x/2 (would lose "), "{failure}");
        assert_eq!(repo.heads(), heads);
    }
    let written = repo.prepare(&others).expect("prepared").write(true).expect("written");
    assert_eq!(written.changed, 5);
    let prepared = repo.prepare(&others).expect("prepared");
    assert!(prepared.branches.iter().all(|branch| branch.state == State::Same));
    repo.fsck();
    // All are packed now, or loose: both ways are taken.
    repo.git(&["pack-refs", "--all"]);
    repo.prepare(&permutations("x", 5)).expect("prepared").write(true).expect("written");
    repo.fsck();
}

#[test]
fn tags_and_other_references_stay() {
    let repo = Repo::new();
    repo.git(&["tag", "--annotate", "--message=a tag", "v1"]);
    repo.git(&["branch", "zebra"]);
    repo.git(&["branch", "alpha"]);
    repo.git(&["pack-refs", "--all"]);
    let before = repo.git(&["show-ref", "--dereference"]);
    repo.write(&permutations("x", 3));
    let after = repo.git(&["show-ref", "--dereference"]);
    let others: Vec<&str> = after.lines().filter(|line| !line.contains("experiment/")).collect();
    assert_eq!(others, before.lines().collect::<Vec<_>>());
    let packed = fs::read_to_string(repo.root().join(".git/packed-refs")).expect("a file");
    let mut sorted: Vec<&str> =
        packed.lines().filter_map(|line| line.split_once(" refs/")).map(|(_, name)| name).collect();
    sorted.sort_unstable();
    let names: Vec<&str> = packed.lines().filter_map(|line| line.split_once(" refs/")).map(|(_, name)| name).collect();
    assert_eq!(names, sorted);
    repo.fsck();
}

#[test]
fn every_kind_of_repository_works() {
    let origin = Repo::new();
    origin.git(&["commit", "--quiet", "--allow-empty", "--message=second"]);
    let url = format!("file://{}", origin.root().display());
    let clone = |name: &str, arguments: &[&str]| {
        let folder = origin.beside(name);
        let place = folder.display().to_string();
        let arguments = [&["clone", "--quiet"], arguments, &[&url, &place]].concat();
        succeeded(&git_in(origin.root(), &arguments).output().expect("git"));
        folder
    };
    let bare = clone("bare", &["--bare"]);
    let shallow = clone("shallow", &["--depth=1"]);
    let shared = clone("shared", &["--shared"]);
    let linked = origin.beside("linked");
    origin.git(&["worktree", "add", "--quiet", "--detach", &linked.display().to_string()]);
    let mut ids = Vec::new();
    for root in [&bare, &shallow, &shared, &linked, &linked.join("manifests")] {
        let base = if *root == linked { "HEAD" } else { "main" };
        let prepared = prepare(root, base, &permutations("x", 10)).expect("prepared");
        ids.push(prepared.branches.iter().map(|branch| branch.commit.clone()).collect::<Vec<_>>());
        prepared.write(false).expect("written");
        fsck(root);
        let found = succeeded(&git_in(root, &["rev-parse", "experiment/x/9"]).output().expect("git"));
        assert_eq!(found.trim_end(), ids[0][9]);
    }
    assert!(ids.iter().all(|other| *other == ids[0]));
    assert!(!linked.join(".git/packed-refs").exists());
}

#[test]
fn much_that_differs_needs_little_memory_and_goes_to_the_disk() {
    // Unlike each other in every byte: nothing is saved by differences.
    let noise = |seed: usize, length: usize| {
        let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut byte = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        };
        content((0..length).map(|_| byte()).collect::<Vec<_>>())
    };
    let repo = Repo::new();
    let mut writer = Writer::begin(repo.root(), "main", &author()).expect("begun");
    for number in 0..600 {
        let changes = vec![
            ("manifests/part-0/file-0.yaml".into(), noise(number, 20_000)),
            (format!("new/{number}/file").into(), content(manifest("new", &number.to_string()))),
        ];
        writer.add(&Wanted { name: format!("e/{number}"), message: "m\n".to_owned(), changes }).expect("added");
    }
    writer.finish().expect("prepared").write(false).expect("written");
    repo.fsck();
    assert_eq!(repo.heads().len(), 601);
    assert_eq!(repo.left_over(), Vec::<String>::new());
}

#[test]
fn a_large_file_and_an_empty_one() {
    let repo = Repo::new();
    let large = "0123456789abcdef".repeat(20_000);
    let wanted = |name: &str, changes: Vec<(&str, String)>| Wanted {
        name: name.to_owned(),
        message: String::new(),
        changes: changes.into_iter().map(|(path, text)| (path.into(), content(text))).collect(),
    };
    repo.write(&[
        wanted("e/1", vec![("large", large.clone()), ("empty", String::new()), ("run", "#!/bin/bash\n".to_owned())]),
        wanted("e/2", vec![("large", format!("{large}more")), ("README.md", String::new())]),
        wanted("e/3", vec![]),
    ]);
    repo.fsck();
    assert_eq!(repo.git(&["cat-file", "-s", "e/2:large"]), "320004");
    assert_eq!(repo.git(&["ls-tree", "--format=%(objectmode)", "e/1", "run"]), "100755");
    assert_eq!(repo.git(&["diff", "--name-only", "main", "e/3"]), "");
    let nothing = |path: &str| (path.into(), None);
    let changes = ["manifests", "run", "README.md", "not/there", "run/not"].map(nothing).to_vec();
    repo.write(&[Wanted { name: "e/none".to_owned(), message: "m".to_owned(), changes }]);
    assert_eq!(repo.git(&["rev-parse", "e/none^{tree}"]), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    repo.fsck();
}
