//! What cannot be done is refused in words, and nothing is lost or left.

use std::fs;
use std::path::Path;
use std::process::Command;

use ahuora::effects::git::{Author, Wanted, Writer};
use ahuora::error::Failure;

use crate::killed::{another_process, said};
use crate::repo::{Repo, author, content, permutations, permutations_of, prepare};

fn told(failure: &Failure, code: u8, parts: &[&str]) {
    let said = failure.to_string();
    assert_eq!(failure.code(), code, "{said}");
    for part in parts {
        assert!(said.contains(part), "`{said}` has no `{part}`");
    }
}

/// The failure of something that may not succeed.
fn failure<T>(result: Result<T, Failure>) -> Failure {
    match result {
        Ok(_) => panic!("it is refused"),
        Err(failure) => failure,
    }
}

fn branch(name: &str) -> Wanted {
    Wanted { name: name.to_owned(), message: "m\n".to_owned(), changes: vec![("new".into(), content(name))] }
}

#[test]
fn a_base_that_does_not_exist() {
    let repo = Repo::new();
    told(&failure(prepare(repo.root(), "mian", &[])), 2, &["no commit `mian`", "did you mean `main`"]);
    told(&failure(prepare(repo.root(), "main:README.md", &[])), 2, &["no commit `main:README.md`"]);
    let unborn = Repo::empty(&[]);
    told(&failure(prepare(unborn.root(), "HEAD", &[])), 2, &["no commit `HEAD`", "has no branch with a commit"]);
    let nowhere = tempfile::tempdir().expect("a folder");
    told(&failure(prepare(nowhere.path(), "main", &[])), 2, &["is in no git repository"]);
}

#[test]
fn names_paths_and_authors_that_git_cannot_have() {
    let repo = Repo::new();
    for name in ["", "a b", "a..b", "-a", "a/", "/a", "a.lock", "a//b", "a~1", "HEAD", "a\nb", ".a", "a/.b"] {
        told(&failure(repo.prepare(&[branch(name)])), 2, &["cannot have a branch named"]);
    }
    for path in
        ["", "/a", "a/", "a//b", "a/../b", ".", ".git/config", "x/.GIT/y", "a\0b", ".git ./x", "a\\.git", "git~1"]
    {
        let mut wanted = branch("e/1");
        wanted.changes = vec![(path.into(), content("x"))];
        told(&failure(repo.prepare(&[wanted])), 2, &["the path `"]);
    }
    for paths in [["a", "a/b"], ["a", "a/b/c"], ["a", "a"]] {
        let mut wanted = branch("e/1");
        wanted.changes = paths.map(|path| (path.into(), content("x"))).to_vec();
        told(&failure(repo.prepare(&[wanted])), 2, &["has both `a` and `"]);
    }
    for (name, email, seconds) in [("", "a@b", 0), ("A <b>", "", 0), ("A", "a>b", 0), ("A\nB", "", 0), ("A", "", -1)] {
        let author = Author { name: name.to_owned(), email: email.to_owned(), seconds };
        told(&failure(Writer::begin(repo.root(), "main", &author)), 2, &["cannot have the author"]);
    }
    assert_eq!(repo.heads().len(), 1);
    assert_eq!(repo.left_over(), Vec::<String>::new());
}

#[test]
fn names_in_each_others_way() {
    for packed in [false, true] {
        let repo = Repo::new();
        repo.git(&["branch", "experiment/a"]);
        repo.git(&["branch", "other/b/c"]);
        if packed {
            repo.git(&["pack-refs", "--all"]);
        }
        for (name, other) in [("experiment/a/b", "experiment/a"), ("other/b", "other/b/c"), ("other", "other/b/c")] {
            let parts = [&format!("branch {name} beside {other}, which exists"), "a folder of the other"];
            told(&failure(repo.prepare(&[branch(name)])), 2, &parts.map(|part: &str| part));
        }
    }
    let repo = Repo::new();
    let both = [branch("e/a/b"), branch("e/a")];
    told(&failure(repo.prepare(&both)), 2, &["e/a", "e/a/b", "which is wanted too"]);
    told(&failure(repo.prepare(&[branch("e/a"), branch("e/a")])), 2, &["two branches would be named e/a"]);
    // One that appears between looking and writing.
    let prepared = repo.prepare(&[branch("e/a/b")]).expect("prepared");
    repo.git(&["branch", "e/a"]);
    told(&failure(prepared.write(false)), 2, &["e/a/b beside e/a, which exists"]);
    repo.git(&["symbolic-ref", "refs/heads/e/s", "refs/heads/main"]);
    told(&failure(repo.prepare(&[branch("e/s")])), 2, &["e/s is another name of a branch"]);
    repo.git(&["symbolic-ref", "--delete", "refs/heads/e/s"]);
    repo.fsck();
}

#[test]
fn branches_that_changed_since_they_were_read() {
    let repo = Repo::new();
    let prepared = repo.prepare(&permutations("x", 3)).expect("prepared");
    repo.git(&["branch", "experiment/x/1"]);
    told(&failure(prepared.write(true)), 2, &["another process has changed the branch experiment/x/1"]);
    assert_eq!(repo.heads().len(), 2);
    // Somebody else wrote the very same.
    repo.git(&["branch", "--delete", "experiment/x/1"]);
    let prepared = repo.prepare(&permutations("x", 3)).expect("prepared");
    repo.write(&permutations("x", 3));
    assert!(prepared.write(false).is_ok());
    let prepared = repo.prepare(&permutations_of("x", 3, "new")).expect("prepared");
    repo.git(&["branch", "--delete", "--force", "experiment/x/0"]);
    told(&failure(prepared.write(true)), 2, &["another process has changed the branch experiment/x/0"]);
}

#[test]
fn branches_that_are_checked_out() {
    let repo = Repo::new();
    repo.write(&permutations("x", 3));
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", &linked.display().to_string(), "experiment/x/1"]);
    let others = permutations_of("x", 3, "new");
    let force = || repo.prepare(&others).and_then(|prepared| prepared.write(true));
    told(&failure(force()), 2, &["experiment/x/1 is checked out in", "linked"]);
    repo.git(&["worktree", "remove", &linked.display().to_string()]);
    repo.git(&["switch", "--quiet", "experiment/x/2"]);
    told(&failure(force()), 2, &["experiment/x/2 is checked out in"]);
    // Those that stay as they are do not matter.
    assert_eq!(repo.write(&permutations("x", 3)).same, 3);
    repo.git(&["switch", "--quiet", "main"]);
    assert!(force().is_ok());
    // A branch that `HEAD` names and that has no commit yet.
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/e/new"]);
    let wanted = [branch("e/new")];
    told(&failure(repo.prepare(&wanted).and_then(|prepared| prepared.write(false))), 2, &["e/new is checked out"]);
}

#[test]
fn references_that_cannot_be_understood() {
    let repo = Repo::new();
    let packed = repo.root().join(".git/packed-refs");
    fs::write(&packed, "<<<<<<< half\n").expect("written");
    told(&failure(repo.prepare(&permutations("x", 1))), 3, &["cannot understand", "packed-refs"]);
    assert_eq!(fs::read_to_string(&packed).expect("there"), "<<<<<<< half\n");
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.starts_with(b"0\n")
}

/// Runs as root; says why nothing was proved when that cannot be.
fn as_root(program: &str, arguments: &[&str]) -> bool {
    let done = is_root() && Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success());
    if !done {
        eprintln!("skipped: `{program} {}` needs root", arguments.join(" "));
    }
    done
}

/// A mounted folder.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_disk_that_is_full() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().display().to_string();
    if !as_root("mount", &["-t", "tmpfs", "-o", "size=600k", "tmpfs", &place]) {
        return;
    }
    let _mounted = Mounted(folder.path());
    let origin = Repo::new();
    let root = folder.path().join("small");
    origin.git(&["clone", "--quiet", "--no-hardlinks", ".", &root.display().to_string()]);
    let small =
        |arguments: &[&str]| crate::repo::succeeded(&crate::repo::git_in(&root, arguments).output().expect("git"));
    let before = small(&["for-each-ref"]);
    // With objects the disk is full, or with references.
    for filling in [0, 1] {
        let free = || {
            let output = Command::new("df").args(["--output=avail", "-k", &place]).output().expect("df");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().last().and_then(|line| line.trim().parse::<usize>().ok()).expect("a number")
        };
        let filler = folder.path().join("filler");
        let count = if filling == 0 { 3000 } else { 40 };
        // Room for a pack of forty branches and its index, not for the references too.
        let room = if filling == 0 { 100 } else { 32 };
        fs::write(&filler, vec![0; free().saturating_sub(room) * 1024]).expect("written");
        let result = prepare(&root, "main", &permutations("x", count)).and_then(|prepared| prepared.write(false));
        fs::remove_file(&filler).expect("removed");
        match result {
            Ok(_) => assert_eq!(filling, 1, "there is no room"),
            Err(failure) => {
                told(&failure, 3, &["cannot write", "No space left"]);
                assert_eq!(small(&["for-each-ref"]), before);
            }
        }
        crate::repo::fsck(&root);
        let mut left = Vec::new();
        for folder in [root.join(".git"), root.join(".git/objects/pack")] {
            let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
            left.extend(names.filter(|name| {
                let name = name.to_string_lossy();
                name.contains("tmp_") || name.contains("ahuora") || name.ends_with(".lock")
            }));
        }
        assert!(left.is_empty(), "{left:?}");
    }
    prepare(&root, "main", &permutations("x", 40))
        .and_then(|prepared| prepared.write(false))
        .expect("there is room now");
}

#[test]
fn a_repository_that_may_only_be_read() {
    let repo = Repo::new();
    repo.write(&permutations("there", 3));
    let place = repo.root().display().to_string();
    if !as_root("mount", &["--bind", &place, &place]) {
        return;
    }
    let _mounted = Mounted(repo.root());
    if !as_root("mount", &["-o", "remount,bind,ro", &place]) {
        return;
    }
    let before = repo.heads();
    // What would happen can still be told.
    let prepared = repo.prepare(&permutations("x", 3)).expect("prepared");
    told(&failure(prepared.write(false)), 3, &["cannot write into", "Read-only file system"]);
    assert_eq!(repo.heads(), before);
    assert_eq!(repo.write(&permutations("there", 3)).same, 3);
}

#[test]
fn a_repository_of_which_only_parts_may_be_written() {
    let repo = Repo::new();
    let (program, root) = (std::env::current_exe().expect("this program"), repo.root().display().to_string());
    let readable = program.ancestors().all(|path| {
        use std::os::unix::fs::PermissionsExt as _;
        path == Path::new("") || fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o005 == 0o005)
    });
    if !readable {
        eprintln!("skipped: others may not run {}", program.display());
        return;
    }
    let parent = repo.root().parent().expect("a folder").display().to_string();
    if !as_root("chmod", &["755", &parent]) || !as_root("chown", &["-R", "nobody", &root]) {
        return;
    }
    // Objects may be written, and references may not; then neither.
    for (folder, says) in [(".git", "cannot write"), (".git/objects/pack", "cannot write into")] {
        assert!(as_root("chmod", &["a-w", &format!("{root}/{folder}")]));
        let other = another_process(repo.root(), "x", 3, "x");
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"])
            .arg(other.get_program())
            .args(other.get_args());
        command.envs(other.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("HOME", "/nonexistent");
        let said = said(command.stdout(std::process::Stdio::piped()).spawn().expect("setpriv"));
        assert!(said.starts_with("failed 3 ") && said.contains(says) && said.contains("Permission denied"), "{said}");
    }
    as_root("chown", &["-R", "root", &root]);
    repo.fsck();
    assert_eq!(repo.heads().len(), 1);
    assert_eq!(repo.left_over(), Vec::<String>::new());
}

#[test]
fn nothing_that_is_dropped_leaves_anything() {
    let repo = Repo::new();
    drop(repo.prepare(&permutations("x", 3)).expect("prepared"));
    let mut writer = Writer::begin(repo.root(), "main", &author()).expect("begun");
    writer.add(&branch("e/1")).expect("added");
    drop(writer);
    assert_eq!(repo.left_over(), Vec::<String>::new());
    assert_eq!(repo.heads().len(), 1);
}
