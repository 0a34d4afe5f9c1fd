//! Whole-process time and memory of `ahuora generate`: `cargo bench --bench generate`.
//!
//! Three sizes: the platform as it is, and configurations of many environments that yield about 1,500 and
//! 15,000 resources. Four situations: nothing but `check`; into memory (a dry run into an empty folder);
//! to files (first run); and again, when every file is up to date. Medians of whole processes, side by side
//! in one run; files stand on tmpfs where there is one.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time and writes files")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ahuora");
const PLATFORM: &str = include_str!("../platform.yaml");
/// Environments, and runs of each situation.
const SIZES: [(usize, usize); 3] = [(1, 31), (31, 15), (306, 7)];

fn main() {
    println!(
        "| environments | resources | check | into memory | to files, first | to files, up to date | peak memory |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (environments, runs) in SIZES {
        // In memory where that is possible: the program is measured, not the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
        fs::write(folder.path().join("platform.yaml"), configuration(environments)).expect("a written file");
        println!("{}", row(folder.path(), environments, runs));
    }
}

/// The platform with more environments, on nodes that hold them all.
fn configuration(environments: usize) -> String {
    if environments == 1 {
        return PLATFORM.to_owned();
    }
    let mut more = String::new();
    for number in 2..=environments {
        let _ = writeln!(
            more,
            "  tenant-{number:03}: {{namespace: ahuora-{number:03}, domain: t{number:03}.ahuora.org.nz}}"
        );
    }
    PLATFORM
        .replace("cpu: 4, memory: 8Gi", "cpu: 900, memory: 4000Gi")
        .replace("  nodes:\n", "  maxPods: 20000\n  nodes:\n")
        .replace("\n# Secrets that somebody", &format!("{more}\n# Secrets that somebody"))
}

fn row(folder: &Path, environments: usize, runs: usize) -> String {
    let again = |arguments: &[&str]| median(runs, || run(folder, arguments));
    let check = again(&["check"]);
    let memory = again(&["generate", "--dry-run", "--out", "nowhere"]);
    let first = median(runs, || {
        let _ = fs::remove_dir_all(folder.join("manifests"));
        run(folder, &["generate"])
    });
    let up_to_date = again(&["generate"]);
    let resources = walk(&folder.join("manifests"));
    let peak = peak_memory(folder);
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    format!(
        "| {environments} | {resources} | {} | {} | {} | {} | {peak} |",
        ms(check),
        ms(memory),
        ms(first),
        ms(up_to_date)
    )
}

/// Runs the program and returns its wall time from start to exit.
fn run(folder: &Path, arguments: &[&str]) -> Duration {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--repo").arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().expect("the program runs");
    let time = start.elapsed();
    assert!(status.success(), "{arguments:?} failed: {status}");
    time
}

fn median(runs: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    measure();
    let mut times: Vec<Duration> = (0..runs).map(|_| measure()).collect();
    times.sort();
    times.get(runs / 2).copied().unwrap_or_default()
}

/// Peak resident memory of a first run to disk, as GNU time reports it.
fn peak_memory(folder: &Path) -> String {
    let _ = fs::remove_dir_all(folder.join("manifests"));
    let mut command = Command::new("/usr/bin/time");
    command.args(["-f", "%M", PROGRAM, "generate", "--repo"]).arg(folder).stdout(Stdio::null());
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let kilobytes = text.lines().last().and_then(|line| line.trim().parse::<f64>().ok());
            kilobytes.map_or_else(|| "?".to_owned(), |kb| format!("{:.1} MB", kb / 1024.0))
        }
        Err(_) => "not measured (no /usr/bin/time)".to_owned(),
    }
}

fn walk(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { 1 }).sum()
}
