//! A repository, and the program at work on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// How the repository is released.
const RELEASE: &str = "components: {api: {paths: [api]}, api-admin: {paths: [admin]}}\n";

pub(crate) struct Lab {
    folder: TempDir,
    count: std::cell::Cell<usize>,
}

/// What the program said.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Lab {
    /// A repository on `main` with its `release.yaml`, and one commit.
    pub(crate) fn new() -> Self {
        let lab = Self::empty(&[]);
        fs::write(lab.path().join("release.yaml"), RELEASE).expect("written");
        lab.git(&["add", "."]);
        lab.git(&["commit", "-qm", "chore: begin"]);
        lab
    }

    /// A repository without a commit.
    pub(crate) fn empty(options: &[&str]) -> Self {
        let lab = Self { folder: TempDir::new().expect("a folder"), count: std::cell::Cell::new(0) };
        fs::create_dir(lab.path()).expect("a folder");
        lab.git(&[&["init", "-q", "-b", "main"], options].concat());
        lab
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("sources")
    }

    /// A file beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_at(&self.path(), arguments, &[])
    }

    pub(crate) fn git_at(&self, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "tag.gpgSign=false"];
        let mut command = Command::new("git");
        command.args(identity).args(arguments).current_dir(folder).envs(variables.iter().copied());
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A commit that changes a file of a folder.
    pub(crate) fn commit(&self, folder: &str, message: &str) -> String {
        self.commit_when(folder, message, &[])
    }

    pub(crate) fn commit_when(&self, folder: &str, message: &str, variables: &[(&str, &str)]) -> String {
        self.count.set(self.count.get() + 1);
        let folder = self.path().join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("file"), self.count.get().to_string()).expect("written");
        self.git(&["add", "."]);
        self.git_at(&self.path(), &["commit", "-qm", message], variables);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn tag(&self, name: &str) {
        self.git(&["tag", "-a", "-m", name, name]);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        self.run_at(&self.path(), arguments, &[])
    }

    pub(crate) fn run_at(&self, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Told {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahuora"));
        command.arg("release").args(arguments).current_dir(folder);
        for name in ["GITHUB_OUTPUT", "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "GITHUB_REF_TYPE"] {
            command.env_remove(name);
        }
        let Output { status, stdout, stderr } =
            command.envs(variables.iter().copied()).output().expect("the program runs");
        Told {
            code: status.code().expect("no signal"),
            out: String::from_utf8(stdout).expect("text"),
            err: String::from_utf8(stderr).expect("text"),
        }
    }

    /// What the program prints when all is fine.
    pub(crate) fn out(&self, arguments: &[&str]) -> String {
        let told = self.run(arguments);
        assert_eq!(told.code, 0, "{arguments:?}: {}{}", told.out, told.err);
        told.out.trim_end_matches('\n').to_owned()
    }
}
