//! Repositories that only git itself may write: the same branches come out.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ahuora::effects::git::{Reader, State, Wanted, Writer};

use crate::repo::{Repo, author, content, fsck, git_in, permutations, permutations_of, prepare, succeeded};

/// Whether git knows a way to store references.
fn knows_reftable() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let known = git_in(folder.path(), &["init", "--quiet", "--ref-format=reftable"]).output();
    known.is_ok_and(|output| output.status.success())
}

/// Every kind, with what is said of it.
fn repositories() -> Vec<(Repo, &'static str)> {
    let mut all = vec![(Repo::with(&["--object-format=sha256"]), "extensions.objectformat = sha256")];
    if knows_reftable() {
        all.push((Repo::with(&["--ref-format=reftable"]), "extensions.refstorage = reftable"));
    } else {
        println!("skipped: this git does not know reftable");
    }
    let hooked = Repo::new();
    let hook = hooked.root().join(".git/hooks/reference-transaction");
    fs::create_dir_all(hook.parent().expect("a folder")).expect("a folder");
    fs::write(&hook, "#!/bin/sh\ncat >>\"$GIT_DIR/seen\"\n").expect("written");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    all.push((hooked, "a hook watches its references"));
    all.push((Repo::with(&["--shared=group"]), "core.sharedrepository"));
    all
}

#[test]
fn the_same_branches_come_out() {
    let usual = Repo::new();
    let prepared = usual.prepare(&permutations("x", 12)).expect("prepared");
    let expected: Vec<String> = prepared.branches.iter().map(|branch| branch.commit.clone()).collect();
    prepared.write(false).expect("written");
    let listing = |repo: &Repo| repo.git(&["ls-tree", "-r", "--format=%(objectmode) %(path)", "experiment/x/5"]);
    for (repo, why) in repositories() {
        let writer = Writer::begin(repo.root(), "main", &author()).expect("begun");
        assert!(writer.detour().is_some_and(|detour| detour.contains(why)), "{why}: {:?}", writer.detour());
        drop(writer);
        let before = repo.surroundings();
        let prepared = repo.prepare(&permutations("x", 12)).expect("prepared");
        let commits: Vec<String> = prepared.branches.iter().map(|branch| branch.commit.clone()).collect();
        if !why.contains("sha256") {
            assert_eq!(commits, expected, "{why}");
        }
        prepared.write(false).expect("written");
        assert_eq!(repo.surroundings(), before, "{why}");
        assert_eq!(listing(&repo), listing(&usual), "{why}");
        assert_eq!(repo.git(&["rev-parse", "experiment/x/5"]), commits[5]);
        assert_eq!(repo.git(&["for-each-ref", "refs/ahuora"]), "");
        assert_eq!(repo.heads().len(), 13);
        fsck(repo.root());
        moves_and_refusals(&repo, why);
        reads(&repo, why);
        fsck(repo.root());
    }
}

fn moves_and_refusals(repo: &Repo, why: &str) {
    assert_eq!(repo.write(&permutations("x", 12)).same, 12, "{why}");
    let others = permutations_of("x", 12, "other");
    let prepared = repo.prepare(&others).expect("prepared");
    let State::Moved { lost, more, .. } = &prepared.branches[3].state else { panic!("{why}: it has moved") };
    assert!(lost.len() == 1 && *more == 0 && lost[0].ends_with("Permutation 3 of x"), "{why}: {lost:?}");
    assert_eq!(prepared.write(false).expect_err("refused").code(), 2);
    // Unchanged meanwhile, and checked out.
    repo.git(&["switch", "--quiet", "experiment/x/3"]);
    let failure = repo.prepare(&others).expect("prepared").write(true).expect_err("refused");
    assert!(failure.to_string().contains("experiment/x/3 is checked out"), "{why}: {failure}");
    repo.git(&["switch", "--quiet", "main"]);
    assert_eq!(repo.prepare(&others).expect("prepared").write(true).expect("written").changed, 12);
    let prepared = repo.prepare(&permutations("x", 12)).expect("prepared");
    repo.git(&["branch", "--force", "experiment/x/4", "main"]);
    let failure = prepared.write(true).expect_err("refused");
    assert!(failure.to_string().contains("another process has changed the branch experiment/x/4"), "{why}: {failure}");
    let below = Wanted { name: "experiment/x/4/y".to_owned(), message: "m".to_owned(), changes: Vec::new() };
    let failure = repo.prepare(&[below]).err().expect("refused");
    assert!(failure.to_string().contains("experiment/x/4, which exists"), "{why}: {failure}");
    let failure = prepare(repo.root(), "mian", &[]).err().expect("refused");
    assert!(failure.to_string().contains("did you mean `main`"), "{why}: {failure}");
}

fn reads(repo: &Repo, why: &str) {
    let mut reader = Reader::open(repo.root()).expect("a reader");
    let found = reader.commits_below("experiment/x/").expect("branches");
    assert_eq!(found.len(), 12, "{why}");
    let base = repo.git(&["rev-parse", "main"]);
    let one = found.iter().find(|found| found.name == "experiment/x/5").expect("a branch");
    assert_eq!((one.parents.as_slice(), one.author_seconds), ([base.clone()].as_slice(), 1_767_225_600));
    assert_eq!(
        (one.author.as_str(), one.message.as_str()),
        ("Ada Lovelace <ada@example.org>", "Permutation 5 of x\n\nWith a body.\n")
    );
    let changed = reader.changed_files(&base, &one.commit).expect("files");
    let paths: Vec<&str> = changed.iter().map(|changed| changed.path.as_str()).collect();
    assert_eq!(paths, ["experiments/x/lock.yaml", "manifests/part-0/file-0.yaml", "manifests/part-1/file-1.yaml"]);
    let expected = permutations_of("x", 6, "other").remove(5);
    for changed in &changed {
        let (_, content) = expected.changes.iter().find(|(path, _)| **path == *changed.path).expect("a change");
        assert_eq!(&changed.after, content, "{why}");
    }
}

#[test]
fn folders_and_files_replace_each_other() {
    let set = |name: &str, changes: &[(&str, Option<&str>)]| Wanted {
        name: name.to_owned(),
        message: "m\n".to_owned(),
        changes: changes.iter().map(|(path, text)| ((*path).into(), text.and_then(content))).collect(),
    };
    let wanted = [
        set("e/1", &[("manifests", Some("now a file"))]),
        set("e/2", &[("run/me", Some("now a folder"))]),
        set("e/3", &[("manifests", None), ("manifests/part-0/file-0.yaml", Some("alone")), ("run", Some("runs on"))]),
        set("e/4", &[("manifests", Some("file")), ("manifests/part-0/file-0.yaml", None), ("run/not", None)]),
        set(
            "e/5",
            &[("\"quoted\" \\ näme\t\n", Some("odd")), ("manifests/part-0", None), ("manifests/part-0.a", Some("x"))],
        ),
        set("e/6", &[("manifests", None), ("run", None), ("README.md", None)]),
        set("e/7", &[("run", None), ("run/run", Some("x"))]),
    ];
    let (usual, detour) = (Repo::new(), Repo::with(&["--shared=group"]));
    let commits = |repo: &Repo| {
        let prepared = repo.prepare(&wanted).expect("prepared");
        let commits: Vec<String> = prepared.branches.iter().map(|branch| branch.commit.clone()).collect();
        prepared.write(false).expect("written");
        repo.fsck();
        commits
    };
    assert_eq!(commits(&usual), commits(&detour));
    assert_eq!(usual.git(&["cat-file", "blob", "e/2:run/me"]), "now a folder");
    assert_eq!(usual.git(&["ls-tree", "-r", "--name-only", "e/4", "manifests"]), "manifests");
}

#[test]
fn a_partial_clone() {
    let origin = Repo::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let root = origin.beside("partial");
    let url = format!("file://{}", origin.root().display());
    let arguments = ["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, &root.display().to_string()];
    succeeded(&git_in(origin.root(), &arguments).output().expect("git"));
    let writer = Writer::begin(&root, "main", &author()).expect("begun");
    assert!(writer.detour().is_some());
    drop(writer);
    let prepared = prepare(&root, "main", &permutations("x", 12)).expect("prepared");
    let commits: Vec<String> = prepared.branches.iter().map(|branch| branch.commit.clone()).collect();
    prepared.write(false).expect("written");
    let usual = origin.prepare(&permutations("x", 12)).expect("prepared");
    assert_eq!(commits, usual.branches.iter().map(|branch| branch.commit.clone()).collect::<Vec<_>>());
    fsck(&root);
    let mut reader = Reader::open(&root).expect("a reader");
    let changed = reader.changed_files(&origin.git(&["rev-parse", "main"]), &commits[0]).expect("files");
    assert!(changed.iter().any(|changed| changed.before.is_some()));
}
