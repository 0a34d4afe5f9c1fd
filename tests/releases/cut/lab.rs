//! A remote, clones of it, and a `git` before git that waits, fails and kills where it is told to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Two components whose tags begin alike.
pub(crate) const RELEASES: &str = "components:\n  django: {paths: [django]}\n  django-api: {paths: [api]}\n";

/// Stands before git: counts the calls of the program, and does to one of them what it is told.
const WRAPPER: &str = r#"#!/bin/sh
if [ -n "$LAB_INNER" ] || [ -z "$LAB_CALLS" ]; then exec "$LAB_GIT" "$@"; fi
export LAB_INNER=1
n=1
if [ -f "$LAB_CALLS" ]; then while read -r _; do n=$((n+1)); done < "$LAB_CALLS"; fi
echo call >> "$LAB_CALLS"
i=0
for delay in $LAB_DELAYS; do i=$((i+1)); if [ "$i" = "$n" ]; then sleep "$delay"; fi; done
case "$LAB_HOW:$LAB_AT" in
  before:$n) kill -KILL $PPID; exit 1 ;;
  during:$n) "$LAB_GIT" "$@" & kill -KILL $PPID; wait; echo >> "$LAB_CALLS.done"; exit 1 ;;
esac
case " $* " in
  *" push "*)
    case "$LAB_HOW" in
      # The remote takes it, and the answer is lost; for ever, or the first time.
      lost) "$LAB_GIT" "$@" > /dev/null 2>&1; echo "fatal: the remote end hung up unexpectedly" >&2; exit 128 ;;
      mute) "$LAB_GIT" "$@" > /dev/null 2>&1; exit 1 ;;
      cut) if [ ! -f "$LAB_CALLS.cut" ]; then : > "$LAB_CALLS.cut"
           echo "fatal: the remote end hung up unexpectedly" >&2; exit 128; fi ;;
      gone) echo "fatal: unable to access 'https://ada:secret@host.invalid/': no route" >&2; exit 128 ;;
      race) if [ ! -f "$LAB_CALLS.cut" ]; then : > "$LAB_CALLS.cut"; sh -c "$LAB_RACE" > /dev/null 2>&1; fi ;;
    esac ;;
esac
exec "$LAB_GIT" "$@"
"#;

/// How the program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// A field of the JSON on stdout.
    pub(crate) fn field(&self, name: &str) -> Value {
        let all: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        all[name].clone()
    }
}

/// What is done to the calls of git.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    /// At which call, from 1; for those that have one.
    pub(crate) at: usize,
    pub(crate) how: &'static str,
    /// Seconds before each call.
    pub(crate) delays: String,
    /// What another does in between.
    pub(crate) race: String,
    /// Further variables.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Plan {
    pub(crate) fn how(how: &'static str) -> Self {
        Self { how, ..Self::default() }
    }
}

/// A remote with one commit, and whatever clones it.
pub(crate) struct Lab {
    pub(crate) folder: TempDir,
    runs: AtomicU64,
}

impl Lab {
    /// A remote whose only commit is a fix of each component.
    pub(crate) fn new() -> Self {
        let lab = Self { folder: tempfile::tempdir().expect("a folder"), runs: AtomicU64::new(0) };
        let bin = lab.path("bin");
        fs::create_dir(&bin).expect("a folder");
        fs::create_dir(lab.path("tmp")).expect("a folder");
        fs::write(bin.join("git"), WRAPPER).expect("a file");
        fs::set_permissions(bin.join("git"), fs::Permissions::from_mode(0o755)).expect("a program");
        let identity = "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n[gc]\nauto = 0\n";
        fs::write(lab.path("gitconfig"), identity).expect("a file");
        lab.git(lab.folder.path(), "init --quiet --bare remote.git");
        lab.git(lab.folder.path(), "clone --quiet remote.git one");
        fs::write(lab.path("one/release.yaml"), RELEASES).expect("a file");
        fs::create_dir_all(lab.path("one/django")).expect("a folder");
        fs::write(lab.path("one/django/x"), "x").expect("a file");
        lab.commit("one", "fix: begin");
        lab.git(&lab.path("one"), "push --quiet origin main");
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The real git, in a folder; gives what it prints.
    pub(crate) fn git(&self, folder: &Path, arguments: &str) -> String {
        self.git_words(folder, &arguments.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn git_words(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.try_git(folder, arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    pub(crate) fn try_git(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut git = Command::new("git");
        self.surroundings(&mut git).args(arguments).current_dir(folder).output().expect("git")
    }

    /// What git and the program see of the world.
    fn surroundings<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::var("PATH").expect("PATH");
        command.env_clear().env("PATH", path).env("HOME", self.folder.path()).env("TMPDIR", self.path("tmp"));
        command.env("GIT_CONFIG_GLOBAL", self.path("gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null())
    }

    /// A commit in a clone that changes the API; gives its id.
    pub(crate) fn commit(&self, clone: &str, message: &str) -> String {
        let folder = self.path(clone);
        let number = self.runs.fetch_add(1, Ordering::SeqCst);
        fs::create_dir_all(folder.join("api")).expect("a folder");
        fs::write(folder.join("api/x"), number.to_string()).expect("a file");
        self.git(&folder, "add --all");
        self.git_words(&folder, &["commit", "--quiet", "-m", message]);
        self.git(&folder, "rev-parse HEAD")
    }

    /// A commit that is on the remote's branch too.
    pub(crate) fn pushed(&self, clone: &str, message: &str) -> String {
        let commit = self.commit(clone, message);
        self.git(&self.path(clone), "push --quiet origin HEAD");
        commit
    }

    /// Another clone.
    pub(crate) fn clone(&self, name: &str) {
        self.git_words(self.folder.path(), &["clone", "--quiet", "remote.git", name]);
    }

    /// The program, ready to cut in a clone, and the file of its calls of git.
    pub(crate) fn prepared(&self, clone: &str, arguments: &str, plan: &Plan) -> (Command, PathBuf) {
        self.prepared_verb("release cut", clone, arguments, plan)
    }

    /// The program, ready to run another verb.
    pub(crate) fn prepared_verb(&self, verb: &str, clone: &str, arguments: &str, plan: &Plan) -> (Command, PathBuf) {
        let calls = self.path(&format!("calls-{}", self.runs.fetch_add(1, Ordering::SeqCst)));
        let real = std::env::var("PATH").expect("PATH");
        let real = real.split(':').map(|folder| Path::new(folder).join("git")).find(|git| git.exists());
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").expect("PATH"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ahuora"));
        self.surroundings(&mut command).env("PATH", path).env("LAB_GIT", real.expect("git")).env("LAB_CALLS", &calls);
        command.env("LAB_HOW", plan.how).env("LAB_AT", plan.at.to_string()).env("LAB_DELAYS", &plan.delays);
        command.env("LAB_RACE", &plan.race).envs(plan.variables.iter().map(|(name, value)| (name, value)));
        let words = verb.split_whitespace().chain(arguments.split_whitespace());
        command.args(words).current_dir(self.path(clone));
        (command, calls)
    }

    /// Runs the program.
    pub(crate) fn run(&self, clone: &str, arguments: &str, plan: &Plan) -> (Ended, PathBuf) {
        let (mut command, calls) = self.prepared(clone, arguments, plan);
        (ended(command.output().expect("a program that starts")), calls)
    }

    /// Runs the program where nothing goes wrong.
    pub(crate) fn cut(&self, clone: &str, arguments: &str) -> Ended {
        self.run(clone, arguments, &Plan::default()).0
    }

    /// The tags of a repository with their commits, by version.
    pub(crate) fn tags(&self, repository: &str) -> Vec<(String, String)> {
        let format = "--format=%(refname:short) %(objecttype) %(*objectname)%(objectname)";
        let all =
            self.git_words(&self.path(repository), &["for-each-ref", "--sort=version:refname", format, "refs/tags"]);
        let tag = |line: &str| {
            let parts: Vec<&str> = line.split(' ').collect();
            assert_eq!(parts[1], "tag", "an annotated tag: {line}");
            (parts[0].to_owned(), parts[2][..40].to_owned())
        };
        all.lines().map(tag).collect()
    }

    /// Only the names of the tags of the remote.
    pub(crate) fn names(&self) -> Vec<String> {
        self.tags("remote.git").into_iter().map(|(name, _)| name).collect()
    }

    /// Waits until a call that outlived the program has ended.
    pub(crate) fn wait_for_orphan(&self, calls: &Path) {
        let done = PathBuf::from(format!("{}.done", calls.display()));
        let begun = Instant::now();
        while !done.exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{} does not come", done.display());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A hook of a repository.
    pub(crate) fn hook(&self, repository: &str, name: &str, script: &str) {
        let folder = self.path(repository).join("hooks");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).expect("a program");
    }
}

pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        signal: output.status.signal(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// How often git was called.
pub(crate) fn calls(file: &Path) -> usize {
    fs::read_to_string(file).unwrap_or_default().lines().count()
}

/// Numbers that a seed decides.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Of the seed that `AHUORA_SEED` names, or any; the first of the two is to be printed on failure.
    pub(crate) fn any() -> (u64, Self) {
        let named = std::env::var("AHUORA_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = named.unwrap_or_else(|| {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
            u64::from(now.subsec_nanos()) ^ now.as_secs()
        });
        (seed, Self(seed))
    }

    /// Dice of their own for a part.
    pub(crate) fn of(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.below(2);
        dice
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}
