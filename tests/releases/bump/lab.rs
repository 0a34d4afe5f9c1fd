//! A repository with the platform that `ahuora init` writes, generated and committed, and a remote of it on the disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a run showed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let run = Self {
            code: output.status.code().expect("not killed"),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        };
        assert!(!run.stderr.contains("panicked"), "{run:?}");
        assert!(!run.stdout.contains("ghp_secret") && !run.stderr.contains("ghp_secret"), "{run:?}");
        run
    }

    /// Itself, when the exit code is as expected.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless stderr has all the words.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in\n{}", self.stderr);
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

/// A folder with `repo`, `remote.git` and an empty home.
pub(crate) struct Lab {
    folder: TempDir,
    /// Variables of every run.
    pub(crate) variables: Vec<(String, String)>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let lab = Self { folder: TempDir::new().expect("a folder"), variables: Vec::new() };
        fs::create_dir(lab.beside("home")).expect("a folder");
        fs::write(lab.beside("home/.gitconfig"), "[user]\nname = Ada\nemail = ada@example.org\n[gc]\nauto = 0\n")
            .expect("a file");
        fs::create_dir(lab.path("")).expect("a folder");
        lab.run(&["init", "."]).code(0);
        lab.run(&["generate"]).code(0);
        lab.git(&["init", "--quiet", "--initial-branch=main"]);
        lab.commit("base");
        lab
    }

    /// With a bare remote that has the branch.
    pub(crate) fn with_remote() -> Self {
        let lab = Self::new();
        lab.git(&["init", "--quiet", "--bare", "--initial-branch=main", "../remote.git"]);
        lab.git(&["remote", "add", "origin", "../remote.git"]);
        lab.git(&["push", "--quiet", "origin", "main"]);
        lab
    }

    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.beside("repo").join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a text")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).expect("a written file");
    }

    /// Replaces the one place in a file where a text stands.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(from).count(), 1, "{path} must have `{from}` once");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// The program, ready to be run in the repository.
    pub(crate) fn prepared(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahuora"));
        command.args(args).current_dir(self.path("")).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.beside("home")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&self.prepared(args).output().expect("the program starts"))
    }

    pub(crate) fn bump(&self, args: &[&str]) -> Run {
        self.run(&[&["release", "bump"], args].concat())
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.path(""), args)
    }

    pub(crate) fn git_in(&self, folder: &Path, args: &[&str]) -> String {
        let output = self.git_command(folder, args).output().expect("git");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    pub(crate) fn git_command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(args).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.beside("home")).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command
    }

    /// Commits everything.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// A hook of the repository.
    pub(crate) fn hook(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(".git/hooks").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a hook");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a hook");
    }

    /// The bytes of every file of the working folder, of the index, and what `HEAD` is.
    pub(crate) fn everything(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        walk(&self.path(""), "", &mut all);
        all.retain(|path, _| !path.starts_with(".git/") || path == ".git/index" || path == ".git/HEAD");
        all.insert("HEAD".to_owned(), self.head().into_bytes());
        all
    }
}

fn walk(folder: &Path, prefix: &str, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            walk(&path, &format!("{name}/"), all);
        } else {
            all.insert(name, fs::read(&path).expect("a file"));
        }
    }
}
