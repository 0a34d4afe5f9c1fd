//! How long the verbs take that read releases: `cargo bench --bench releases`.
//!
//! Whole processes, medians, the start of the program included; beside git itself on the very same repositories. One
//! has 100,000 tags on a thousand commits, half of them annotated, packed into one file; the other 10,000 commits of
//! 400 files in twelve folders, of which every third or so is a merge, and one release at their very beginning. Files
//! stand in `$TMPDIR`.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time and writes files")]
#![allow(clippy::indexing_slicing, reason = "a benchmark may panic")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 21;
const TAGS: usize = 100_000;
const COMMITS: usize = 10_000;
const WHO: &str = "Ada <ada@example.org>";
const OURS: &str = env!("CARGO_BIN_EXE_ahuora");

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tags, commits) = (folder.path().join("tags"), folder.path().join("commits"));
    make(&tags, &many_tags(), "tag: '{component}-v{version}'\ncomponents: {api: {paths: [api]}}\n");
    make(&commits, &many_commits(), "components: {part-0: {paths: [part-0]}, part-1: {paths: [part-1]}}\n");
    println!("| command | median | least to most |\n|---|---|---|");
    row(&tags, &[OURS, "release", "latest", "api"]);
    row(&tags, &[OURS, "release", "latest", "--tag-prefix", "api-v", "--release-branch", "main"]);
    row(&tags, &[OURS, "release", "latest", "api", "--channel", "rc"]);
    row(&tags, &["git", "tag", "--list", "--merged", "HEAD", "--sort=-v:refname", "api-v*"]);
    row(&tags, &["git", "describe", "--tags", "--abbrev=0", "--match", "api-v*"]);
    row(&commits, &[OURS, "release", "next", "part-0"]);
    row(&commits, &[OURS, "release", "next", "part-0", "--explain"]);
    row(&commits, &[OURS, "release", "next", "part-0", "--branch", "topic"]);
    row(&commits, &[OURS, "release", "changelog", "part-0"]);
    row(&commits, &["git", "rev-list", "HEAD", "--", "part-0"]);
    row(&commits, &["git", "log", "--format=%H %P %B", "HEAD"]);
    row(&commits, &[OURS, "--version"]);
}

fn row(root: &Path, words: &[&str]) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let output = command(root, words[0]).args(&words[1..]).output().expect("it runs");
            let time = start.elapsed();
            assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(!output.stdout.is_empty(), "{words:?} says something");
            time
        })
        .collect();
    times.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let said = words.join(" ").replace(OURS, "ahuora");
    println!("| `{said}` | {} ms | {} to {} ms |", ms(times[RUNS / 2]), ms(times[0]), ms(times[RUNS - 1]));
}

fn command(root: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["GITHUB_OUTPUT", "GITHUB_HEAD_REF", "GITHUB_REF_NAME"] {
        command.env_remove(name);
    }
    command
}

/// A repository of a stream, packed, and how it is released.
fn make(root: &Path, stream: &str, releases: &str) {
    fs::create_dir(root).expect("a folder");
    let git = |arguments: &[&str]| {
        assert!(command(root, "git").args(arguments).status().expect("git").success(), "{arguments:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    let mut import = command(root, "git").args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().expect("git");
    import.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("written");
    assert!(import.wait().expect("git").success());
    git(&["repack", "-a", "-d", "--quiet"]);
    git(&["pack-refs", "--all"]);
    git(&["reset", "--quiet", "--hard"]);
    fs::write(root.join("release.yaml"), releases).expect("written");
}

fn many_tags() -> String {
    let mut stream = String::new();
    for number in 1..=1_000 {
        commit(&mut stream, "main", number, "fix: x\n", [(number > 1).then_some(number - 1), None]);
        file(&mut stream, &format!("api/file-{}", number % 50), number);
    }
    for number in 0..TAGS {
        let prerelease = if number % 3 == 0 { "-rc.1" } else { "" };
        let name = format!("api-v{}.{}.{}{prerelease}", number / 10_000, number / 100 % 100, number % 100);
        let at = number * 1_000 / TAGS + 1;
        let _ = match number % 2 {
            0 => writeln!(stream, "reset refs/tags/{name}\nfrom :{at}\n"),
            _ => writeln!(stream, "tag {name}\nfrom :{at}\ntagger {WHO} 1767225600 +0000\ndata 2\nx\n"),
        };
    }
    stream
}

/// Topics of one to five commits, merged one after the other into a branch that has commits of its own.
fn many_commits() -> String {
    let kinds = ["feat", "fix", "chore", "docs", "refactor", "perf", "did", "test"];
    let mut chance = Chance(1);
    let mut stream = String::new();
    commit(&mut stream, "main", 1, "feat: begin\n", [None, None]);
    (0..400).for_each(|at| file(&mut stream, &path(at), 0));
    stream.push_str("reset refs/tags/part-0-0.1.0\nfrom :1\n\n");
    let (mut main, mut number) = (1, 1);
    while number < COMMITS {
        let (mut tip, mut changed) = (main, Vec::new());
        for _ in 0..=chance.below(5) {
            number += 1;
            let kind = kinds[chance.below(kinds.len())];
            let message = format!("{kind}(x): change {number}\n\nBecause of this,\nand of that.\n\nRefs: #{number}\n");
            commit(&mut stream, "topic", number, &message, [Some(tip), None]);
            for _ in 0..=chance.below(3) {
                let at = chance.below(400);
                file(&mut stream, &path(at), number);
                changed.push((at, number));
            }
            tip = number;
        }
        if chance.below(2) == 0 {
            number += 1;
            commit(&mut stream, "main", number, &format!("fix: at once {number}\n"), [Some(main), None]);
            file(&mut stream, &path(chance.below(400)), number);
            main = number;
        }
        number += 1;
        let message = format!("Merge pull request #{number} from ada/topic\n");
        commit(&mut stream, "main", number, &message, [Some(main), Some(tip)]);
        changed.into_iter().for_each(|(at, content)| file(&mut stream, &path(at), content));
        main = number;
    }
    stream
}

fn path(at: usize) -> String {
    format!("part-{}/src/{}/file-{at}.rs", at % 12, at / 12 % 4)
}

fn commit(stream: &mut String, branch: &str, number: usize, message: &str, parents: [Option<usize>; 2]) {
    let seconds = 1_767_225_600 + number * 60;
    let length = message.len();
    let _ = writeln!(stream, "commit refs/heads/{branch}\nmark :{number}\ncommitter {WHO} {seconds} +0000");
    let _ = writeln!(stream, "data {length}\n{message}");
    for (word, parent) in ["from", "merge"].iter().zip(parents) {
        let _ = parent.map(|parent| writeln!(stream, "{word} :{parent}"));
    }
}

fn file(stream: &mut String, path: &str, content: usize) {
    let content = format!("{}{content}\n", "a line of a file\n".repeat(40));
    let _ = writeln!(stream, "M 100644 inline {path}\ndata {}\n{content}", content.len());
}

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        // A linear congruential generator, of whose state the upper half is good enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
