//! Repositories for tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use ahuora::effects::git::{Author, Prepared, Wanted, Writer, Written};
use ahuora::error::Failure;
use tempfile::TempDir;

/// A repository in a folder of its own.
pub(crate) struct Repo {
    folder: TempDir,
    root: PathBuf,
}

pub(crate) fn author() -> Author {
    Author { name: "Ada Lovelace".to_owned(), email: "ada@example.org".to_owned(), seconds: 1_767_225_600 }
}

/// Git, with settings of nobody.
pub(crate) fn git_in(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{name}_NAME"), "Bob").env(format!("GIT_{name}_EMAIL"), "bob@example.org");
        command.env(format!("GIT_{name}_DATE"), "1700000000 +0000");
    }
    command
}

pub(crate) fn succeeded(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
    String::from_utf8(output.stdout.clone()).expect("text")
}

impl Repo {
    /// Without a commit.
    pub(crate) fn empty(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("repo");
        fs::create_dir(&root).expect("a folder");
        let arguments = [&["init", "--quiet", "--initial-branch=main"], arguments].concat();
        succeeded(&git_in(&root, &arguments).output().expect("git"));
        Self { folder, root }
    }

    /// With a commit of a few files on `main`, which is checked out.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// As [`Self::new`], initialised with more arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let repo = Self::empty(arguments);
        for (path, content) in base_files() {
            repo.put(&path, &content);
        }
        let program = fs::Permissions::from_mode(0o755);
        fs::set_permissions(repo.root.join("run"), program).expect("set permissions");
        repo.git(&["add", "."]);
        repo.git(&["commit", "--quiet", "--message=base"]);
        repo
    }

    /// Another place of the same kind, such as that of a clone.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn put(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a written file");
    }

    /// What git prints, which must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        succeeded(&git_in(&self.root, arguments).output().expect("git")).trim_end().to_owned()
    }

    pub(crate) fn fsck(&self) {
        fsck(&self.root);
    }

    /// Names and commits of all branches.
    pub(crate) fn heads(&self) -> Vec<String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"]);
        listed.lines().map(str::to_owned).collect()
    }

    pub(crate) fn prepare(&self, wanted: &[Wanted]) -> Result<Prepared, Failure> {
        prepare(&self.root, "main", wanted)
    }

    pub(crate) fn write(&self, wanted: &[Wanted]) -> Written {
        self.prepare(wanted).and_then(|prepared| prepared.write(false)).expect("written branches")
    }

    /// Everything but the branches that tests make: the working folder, the index, `HEAD`, and `main`.
    pub(crate) fn surroundings(&self) -> String {
        let index = fs::read(self.root.join(".git/index")).map(|index| index.len()).unwrap_or_default();
        let status = self.git(&["status", "--porcelain", "--branch"]);
        let head = fs::read_to_string(self.root.join(".git/HEAD")).unwrap_or_default();
        format!("{status} {index} {head} {}", self.git(&["rev-parse", "main"]))
    }

    /// Files that are no part of a repository at rest.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(&self.root, &mut found);
        let is_left = |path: &String| path.ends_with(".lock") || path.contains("tmp_") || path.contains("ahuora-");
        found.retain(is_left);
        found
    }
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&entry.path(), found);
        }
        found.push(entry.path().display().to_string());
    }
}

pub(crate) fn fsck(root: &Path) {
    let output = git_in(root, &["fsck", "--strict", "--full"]).output().expect("git");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let bad = said.lines().find(|line| !line.starts_with("dangling") && !line.starts_with("notice"));
    assert!(output.status.success() && bad.is_none(), "{said}");
}

pub(crate) fn prepare(root: &Path, base: &str, wanted: &[Wanted]) -> Result<Prepared, Failure> {
    let mut writer = Writer::begin(root, base, &author())?;
    wanted.iter().try_for_each(|wanted| writer.add(wanted))?;
    writer.finish()
}

/// A file of many lines, of which one says something.
pub(crate) fn manifest(name: &str, says: &str) -> String {
    let lines = (0..60).map(|line| format!("  line-{line}: the same in every version\n"));
    let mut lines: Vec<String> = lines.collect();
    lines.insert(20, format!("  name: {name}\n  says: {says}\n"));
    lines.concat()
}

pub(crate) fn base_files() -> Vec<(String, String)> {
    let file = |number: usize| (format!("manifests/part-{}/file-{number}.yaml", number % 3), manifest("base", "0"));
    let mut files: Vec<_> = (0..12).map(file).collect();
    files.push(("run".to_owned(), "#!/bin/sh\n".to_owned()));
    files.push(("README.md".to_owned(), "About.\n".to_owned()));
    files
}

pub(crate) fn content(text: impl AsRef<[u8]>) -> Option<Arc<[u8]>> {
    Some(text.as_ref().into())
}

/// Branches `experiment/SET/NUMBER`: each changes two files and brings a new one.
pub(crate) fn permutations(set: &str, count: usize) -> Vec<Wanted> {
    permutations_of(set, count, set)
}

/// As [`permutations`], with other content for each `says`.
pub(crate) fn permutations_of(set: &str, count: usize, says: &str) -> Vec<Wanted> {
    let shared: Vec<_> = (0..10).map(|version| content(manifest("shared", &format!("{says} {version}")))).collect();
    let wanted = |number: usize| Wanted {
        name: format!("experiment/{set}/{number}"),
        message: format!("Permutation {number} of {set}\n\nWith a body.\n"),
        changes: vec![
            ("manifests/part-0/file-0.yaml".into(), shared[number % shared.len()].clone()),
            ("manifests/part-1/file-1.yaml".into(), content(manifest("own", &format!("{says} {number}")))),
            (format!("experiments/{set}/lock.yaml").into(), content(manifest("lock", &format!("{says} is {number}")))),
        ],
    };
    (0..count).map(wanted).collect()
}
