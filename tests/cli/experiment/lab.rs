//! A repository with the designs that `ahuora init` writes, everything generated and committed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::env::{Output, TestEnv};

/// Four permutations of one variable.
pub(crate) const UOR: &str = "replica-count-uor";

/// What every design that is written here begins with: four lines.
const HEAD: &str = "question: Which?\nenvironment: production\nendpoints: [uor]\nprofiles: [spike]\n";

/// A repository for experiments.
pub(crate) struct Lab {
    pub(crate) env: TestEnv,
}

impl Lab {
    /// The files alone, without git.
    pub(crate) fn files() -> Self {
        let env = TestEnv::empty();
        env.run(&["init", "."]).expect_code(0);
        Self { env }
    }

    /// With one commit on `main`.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// As [`Lab::new`], with more arguments for `git init`.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let lab = Self::unborn(arguments);
        lab.git(&["add", "."]);
        lab.git(&["commit", "--quiet", "--message=base"]);
        lab
    }

    /// A git repository without a commit.
    pub(crate) fn unborn(arguments: &[&str]) -> Self {
        let lab = Self::files();
        lab.env.run(&["generate"]).expect_code(0);
        lab.git(&[&["init", "--quiet", "--initial-branch=main"], arguments].concat());
        lab
    }

    /// With the four branches of [`UOR`].
    pub(crate) fn branched() -> Self {
        let lab = Self::new();
        lab.run(&["branch", UOR]).expect_code(0);
        lab
    }

    /// `ahuora experiment` in the repository.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.run_in("", args)
    }

    /// `ahuora experiment` in a folder, named from the repository.
    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> Output {
        self.env.run_in(folder, &[&["experiment"], args].concat())
    }

    /// What git prints in the repository; it must succeed.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        self.git_in("", args)
    }

    /// What git prints in a folder, named from the repository; it must succeed.
    pub(crate) fn git_in(&self, folder: &str, args: &[&str]) -> String {
        git(&self.env.path(folder), args)
    }

    /// Names and commits of the branches below `experiment/`, in a folder named from the repository.
    pub(crate) fn branches(&self, folder: &str) -> Vec<String> {
        let format = "--format=%(refname:lstrip=2) %(objectname)";
        self.git_in(folder, &["for-each-ref", format, "refs/heads/experiment/"]).lines().map(str::to_owned).collect()
    }

    /// Fails where git finds something wrong.
    pub(crate) fn fsck(&self, folder: &str) {
        let said = self.git_in(folder, &["fsck", "--strict", "--no-dangling", "--no-progress"]);
        assert_eq!(said, "");
    }

    /// Writes `experiments/test.yaml`, from the line behind its head.
    pub(crate) fn design(&self, rest: &str) {
        self.env.write("experiments/test.yaml", format!("{HEAD}{rest}"));
    }

    /// Changes a file of a branch: by a commit on top, or in the commit that is there.
    pub(crate) fn change(&self, branch: &str, amend: bool, path: &str, change: impl Fn(&str) -> String) {
        self.git(&["worktree", "add", "--quiet", "../changed", branch]);
        let file = format!("../changed/{path}");
        let before = self.env.read(&file);
        let after = change(&before);
        assert_ne!(before, after, "nothing is changed");
        self.env.write(&file, after);
        let how: &[&str] = if amend { &["--amend", "--no-edit"] } else { &["--message=by hand"] };
        self.git_in("../changed", &[&["commit", "--quiet", "--all"], how].concat());
        self.git(&["worktree", "remove", "../changed"]);
    }

    /// A commit on `main` that changes no file.
    pub(crate) fn advance(&self) {
        self.git(&["commit", "--quiet", "--allow-empty", "--message=more"]);
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(args).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{name}_NAME"), "Ada").env(format!("GIT_{name}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{name}_DATE"), "1767225600 +0000");
    }
    let output = command.output().expect("git");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// A text with `(digest)` for every word of twelve hexadecimal digits.
pub(crate) fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit());
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').map(|word| if is_digest(word) { "(digest)" } else { word }).collect();
        words.join(" ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
