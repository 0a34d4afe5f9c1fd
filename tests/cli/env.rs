//! A repository in a temporary folder, and the program run in it with an empty environment.
#![allow(clippy::disallowed_methods, reason = "tests write the files they are about")]

mod contents;
mod output;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

pub(crate) use contents::Contents;
pub(crate) use output::Output;

/// This repository, where `platform.yaml` and what was generated from it are committed.
pub(crate) const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The only environment of `platform.yaml`; more can be added behind it.
pub(crate) const PRODUCTION: &str = "    namespace: ahuora\n    domain: ahuora.org.nz\n";

/// A second environment, small enough for the cluster.
pub(crate) const STAGING: &str = "  staging:
    namespace: ahuora-staging
    domain: staging.ahuora.org.nz
    overrides:
      services.django-api.scaling: {replicas: 1}
      services.idaes.scaling: {replicas: 1}
";

/// A temporary folder with a repository `repo`, an empty home, and room beside them.
pub(crate) struct TestEnv {
    folder: TempDir,
}

impl TestEnv {
    /// A repository with a copy of this one's `platform.yaml`.
    pub(crate) fn new() -> Self {
        let env = Self::empty();
        env.write("platform.yaml", platform());
        env
    }

    /// As [`TestEnv::new`], with everything generated.
    pub(crate) fn generated() -> Self {
        let env = Self::new();
        env.run(&["generate"]).expect_code(0);
        env
    }

    /// A folder without any file.
    pub(crate) fn empty() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        fs::create_dir(folder.path().join("repo")).expect("a new folder");
        fs::create_dir(folder.path().join("home")).expect("a new folder");
        Self { folder }
    }

    /// Runs the program in the repository.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_in("", args)
    }

    /// Runs the program in a folder, named from the repository.
    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> Output {
        let output = self.command(folder, args).output().expect("the program starts");
        Output::of(&output, &self.path(""))
    }

    /// Runs the program in the repository with a text as standard input.
    pub(crate) fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.command("", args);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut run = pipes.spawn().expect("the program starts");
        let mut stdin = run.stdin.take().expect("a pipe");
        // A program that does not read its input to the end closes the pipe.
        let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
        drop(stdin);
        Output::of(&run.wait_with_output().expect("a run that ends"), &self.path(""))
    }

    /// Commits everything in the repository to the branch `main`; gives the commit.
    pub(crate) fn commit(&self) -> String {
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main");
        let git = git2::Repository::init_opts(self.path(""), &options).expect("a git repository");
        let mut index = git.index().expect("an index");
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).expect("added files");
        index.write().expect("a written index");
        let tree = git.find_tree(index.write_tree().expect("a tree")).expect("a tree");
        let who = git2::Signature::now("a", "a@example.org").expect("a name");
        let parent = git.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        git.commit(Some("HEAD"), &who, &who, "a commit", &tree, &parents).expect("a commit").to_string()
    }

    /// As [`TestEnv::run_in`], with variables in its environment.
    pub(crate) fn run_with(&self, folder: &str, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(folder, args);
        command.envs(variables.iter().copied());
        Output::of(&command.output().expect("the program starts"), &self.path(""))
    }

    fn command(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahuora"));
        command.args(args).current_dir(self.path(folder)).stdin(Stdio::null());
        command.env_clear().env("HOME", self.path("../home"));
        command
    }

    /// Runs the program in the repository and kills it after a while, where it is not done by then.
    pub(crate) fn run_and_kill(&self, args: &[&str], after: Duration) {
        let mut run = self.command("", args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
        thread::sleep(after);
        run.kill().expect("a run that can be killed");
        run.wait().expect("a run that ends");
    }

    /// A path from the repository.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        let root = self.folder.path().join("repo");
        match relative {
            "" => root,
            _ => root.join(relative),
        }
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("folders");
        fs::write(path, content).expect("a written file");
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether something stands at a path, a broken link included.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// Makes a folder, and those above it.
    pub(crate) fn folder(&self, path: &str) {
        fs::create_dir_all(self.path(path)).expect("a new folder");
    }

    /// Removes a file, or a folder with everything in it.
    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.expect("something that can be removed");
    }

    /// Makes a symbolic link.
    pub(crate) fn link(&self, path: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.path(path)).expect("a new link");
    }

    /// Replaces the one place in `platform.yaml` where a text stands.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        self.write("platform.yaml", replaced(&self.read("platform.yaml"), from, to));
    }

    /// Adds lines to the end of `platform.yaml`.
    pub(crate) fn append(&self, lines: &str) {
        self.write("platform.yaml", self.read("platform.yaml") + lines);
    }

    /// Everything in the repository and beside it.
    pub(crate) fn contents(&self) -> Contents {
        Contents::of(self.folder.path())
    }
}

/// This repository's `platform.yaml`.
pub(crate) fn platform() -> String {
    committed("platform.yaml")
}

/// A file of this repository.
pub(crate) fn committed(path: &str) -> String {
    fs::read_to_string(Path::new(HERE).join(path)).expect("a committed file")
}

/// A text with one place replaced; more or fewer places would test something else than was meant.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "platform.yaml must have `{from}` once");
    text.replacen(from, to, 1)
}
