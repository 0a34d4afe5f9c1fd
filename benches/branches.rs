//! Time of writing many branches: `cargo bench --bench branches [-- BRANCHES]`.
//!
//! Each branch is one commit on a base of 45 files: it changes a file of 5 KB like no other, a file of 2 KB of which
//! there are a hundred versions, and brings a lock file of 2 KB like no other. Every contender writes the very same
//! commits (ids are compared) into its own copy of the base, side by side in one run. Medians. The slow ones write fewer
//! branches, and their time is told for each. Files stand in `$TMPDIR`, on a real disk where that is one.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time and writes files")]
#![allow(clippy::indexing_slicing, reason = "a benchmark may panic")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahuora::effects::git::{Author, Wanted, Writer};

const SECONDS: i64 = 1_767_225_600;

/// Writes branches into the repository that has the base.
type Contender = fn(&Path, &[Wanted]);

/// Name, the most branches that it is given, runs.
const CONTENDERS: [(&str, usize, usize, Contender); 5] = [
    ("this writer, with fsync", usize::MAX, 7, ours),
    ("git2, loose objects and references", 1_000, 3, loose),
    ("git2, mempack, loose references", 1_000, 3, mempack),
    ("git fast-import of a ready-made stream", 1_000, 3, fast_import),
    ("git switch, add, commit", 30, 3, checkout),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [_, count, root] = arguments.as_slice() {
        return streamed(count.parse().expect("a number"), Path::new(root));
    }
    let sizes = match arguments.first() {
        Some(count) => vec![count.parse().expect("a number of branches")],
        None => vec![1_000, 10_000],
    };
    println!("| contender | branches | median | least to most | a branch | folder .git |");
    println!("|---|---|---|---|---|---|");
    for count in sizes {
        let wanted: Vec<Wanted> = (0..count).map(wanted).collect();
        for (name, most, runs, contender) in CONTENDERS {
            println!("{}", row(name, &wanted[..count.min(most)], runs, contender));
        }
    }
    for count in [1_000, 10_000] {
        println!("\npeak memory of a process that streams {count} branches: {}", peak_memory(count));
    }
}

fn row(name: &str, wanted: &[Wanted], runs: usize, contender: Contender) -> String {
    let mut times = Vec::new();
    let mut size = 0;
    for _ in 0..runs {
        let folder = tempfile::tempdir().expect("a folder");
        base(folder.path());
        git(folder.path(), &["count-objects"]);
        let start = Instant::now();
        contender(folder.path(), wanted);
        times.push(start.elapsed());
        size = walk(&folder.path().join(".git"));
        assert_eq!(checksum(folder.path()), expected(wanted), "{name} wrote the same commits");
    }
    times.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let median = times[times.len() / 2];
    format!(
        "| {name} | {} | {} ms | {} to {} ms | {:.1} us | {:.1} MB |",
        wanted.len(),
        ms(median),
        ms(times[0]),
        ms(times[times.len() - 1]),
        median.as_secs_f64() * 1e6 / wanted.len() as f64,
        size as f64 / 1e6
    )
}

/// What all branches of a repository are, in one text.
fn checksum(root: &Path) -> String {
    git(root, &["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/experiment"])
}

/// What they must be.
fn expected(wanted: &[Wanted]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    base(folder.path());
    ours(folder.path(), wanted);
    checksum(folder.path())
}

fn author() -> Author {
    Author { name: "Ada".to_owned(), email: "ada@example.org".to_owned(), seconds: SECONDS }
}

fn text(bytes: usize, says: &str) -> String {
    let mut text = String::new();
    for line in 0.. {
        if text.len() >= bytes {
            break;
        }
        let _ = writeln!(text, "  field-{line}: value of field {line} of the base");
        if line == bytes / 100 {
            let _ = writeln!(text, "  says: {says}");
        }
    }
    text
}

fn wanted(number: usize) -> Wanted {
    let content = |bytes, says: String| Some(Arc::from(text(bytes, &says).into_bytes()));
    Wanted {
        name: format!("experiment/benchmark/permutation-{number:05}"),
        message: format!("experiment: permutation {number}\n\nWith words.\n"),
        changes: vec![
            ("manifests/part-1/file-1.yaml".into(), content(5_000, format!("own {number}"))),
            ("manifests/part-2/file-2.yaml".into(), content(2_000, format!("one of {}", number % 100))),
            ("experiments/benchmark/lock.yaml".into(), content(2_000, format!("lock {number}"))),
        ],
    }
}

/// A repository with a commit of 45 files in eight folders.
fn base(root: &Path) {
    git(root, &["init", "--quiet", "--initial-branch=main"]);
    for number in 0..45 {
        let path = root.join(format!("manifests/part-{}/file-{number}.yaml", number % 7));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text(if number % 7 == 1 { 5_000 } else { 2_000 }, "0")).expect("a written file");
    }
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "--message=base"]);
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(arguments).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for name in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{name}_NAME"), "Ada").env(format!("GIT_{name}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{name}_DATE"), format!("{SECONDS} +0000"));
    }
    command
}

fn git(root: &Path, arguments: &[&str]) -> String {
    let output = command(root, arguments).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn ours(root: &Path, wanted: &[Wanted]) {
    let mut writer = Writer::begin(root, "main", &author()).expect("begun");
    wanted.iter().for_each(|wanted| writer.add(wanted).expect("added"));
    writer.finish().expect("prepared").write(false).expect("written");
}

/// The commits of all branches, by libgit2.
fn commits(repository: &git2::Repository, wanted: &[Wanted]) -> Vec<git2::Oid> {
    let base = repository.head().expect("a head").peel_to_commit().expect("a commit");
    let who = git2::Signature::new("Ada", "ada@example.org", &git2::Time::new(SECONDS, 0)).expect("a signature");
    let commit = |wanted: &Wanted| {
        let mut update = git2::build::TreeUpdateBuilder::new();
        for (path, content) in &wanted.changes {
            let blob = repository.blob(content.as_deref().unwrap_or_default()).expect("a blob");
            update.upsert(&**path, blob, git2::FileMode::Blob);
        }
        let tree = update.create_updated(repository, &base.tree().expect("a tree")).expect("a tree");
        let tree = repository.find_tree(tree).expect("a tree");
        repository.commit(None, &who, &who, &wanted.message, &tree, &[&base]).expect("a commit")
    };
    wanted.iter().map(commit).collect()
}

fn refer(repository: &git2::Repository, wanted: &[Wanted], commits: &[git2::Oid]) {
    for (wanted, commit) in wanted.iter().zip(commits) {
        repository.reference(&format!("refs/heads/{}", wanted.name), *commit, false, "").expect("a reference");
    }
}

fn loose(root: &Path, wanted: &[Wanted]) {
    let repository = git2::Repository::open(root).expect("a repository");
    let commits = commits(&repository, wanted);
    refer(&repository, wanted, &commits);
}

fn mempack(root: &Path, wanted: &[Wanted]) {
    let repository = git2::Repository::open(root).expect("a repository");
    let odb = repository.odb().expect("objects");
    let commits = {
        let memory = odb.add_new_mempack_backend(1000).expect("memory");
        let commits = commits(&repository, wanted);
        let mut pack = git2::Buf::new();
        memory.dump(&repository, &mut pack).expect("a pack");
        let mut writer = odb.packwriter().expect("a writer");
        writer.write_all(&pack).expect("written");
        writer.commit().expect("written");
        commits
    };
    refer(&repository, wanted, &commits);
}

fn fast_import(root: &Path, wanted: &[Wanted]) {
    // The stream is ready before the clock of the caller would matter: it is a small part of the time.
    let mut stream = Vec::new();
    let who = format!("Ada <ada@example.org> {SECONDS} +0000");
    for Wanted { name, message, changes } in wanted {
        let length = message.len();
        let head = format!("commit refs/heads/{name}\nauthor {who}\ncommitter {who}\ndata {length}\n{message}");
        stream.extend_from_slice(head.as_bytes());
        stream.extend_from_slice(b"from refs/heads/main^0\n");
        for (path, content) in changes {
            let content = content.as_deref().unwrap_or_default();
            stream.extend_from_slice(format!("M 100644 inline {path}\ndata {}\n", content.len()).as_bytes());
            stream.extend_from_slice(content);
            stream.push(b'\n');
        }
    }
    let path = root.join(".git/stream");
    fs::write(&path, stream).expect("written");
    let input = File::open(&path).expect("a file");
    let status = command(root, &["fast-import", "--quiet"]).stdin(Stdio::from(input)).status().expect("git");
    assert!(status.success());
    fs::remove_file(&path).expect("removed");
}

fn checkout(root: &Path, wanted: &[Wanted]) {
    for Wanted { name, message, changes } in wanted {
        git(root, &["switch", "--quiet", "--create", name, "main"]);
        for (path, content) in changes {
            let path = root.join(&**path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content.as_deref().unwrap_or_default()).expect("a written file");
        }
        git(root, &["add", "."]);
        git(root, &["commit", "--quiet", "--cleanup=verbatim", "--message", message]);
    }
}

/// Writes branches that are made one by one, and tells the memory of this process.
fn streamed(count: usize, root: &Path) {
    let mut writer = Writer::begin(root, "main", &author()).expect("begun");
    (0..count).for_each(|number| writer.add(&wanted(number)).expect("added"));
    writer.finish().expect("prepared").write(false).expect("written");
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("not measured");
    println!("{}", peak.trim());
}

fn peak_memory(count: usize) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    base(folder.path());
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let output = command.args(["memory", &count.to_string()]).arg(folder.path()).output().expect("this program");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Bytes of all files.
fn walk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => walk(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}
