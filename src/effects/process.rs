//! Programs that take long: started with an argument vector, watched, and ended with all that they started.
#![allow(clippy::disallowed_methods, reason = "this is where programs are run and /proc is read")]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::clock;
use crate::error::Failure;

/// The variable by which a program is found again after we were killed.
pub const MARKER: &str = "AHUORA_RUN";

/// How often a program is looked at, in milliseconds.
const LOOK: u64 = 25;
/// Largest log of a program; what it says after that is left out.
const MAX_LOG_BYTES: usize = 4 << 20;
/// How long a program that was told to end may take for it, in milliseconds.
const TO_END: u64 = 15_000;
/// How long a killed program may take to be gone, in milliseconds.
const TO_BE_GONE: u64 = 5_000;
/// Most that a short program may say.
const MAX_SAID_BYTES: u64 = 1 << 20;

/// A program to run.
#[derive(Debug)]
pub struct Started<'a> {
    /// The program and its arguments.
    pub argv: &'a [String],
    /// Variables that it gets beside ours.
    pub variables: &'a [(&'a str, OsString)],
    /// Beginnings of the names of variables of ours that it does not get.
    pub without: &'a [&'a str],
    /// The folder in which it runs.
    pub folder: &'a Path,
    /// The file for what it says, from that folder.
    pub log: &'a str,
    /// How long it may take, in milliseconds.
    pub limit: u64,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; that of a signal is below zero.
    pub code: i32,
    /// Whether it was ended for taking too long.
    pub too_long: bool,
    /// Whether it was ended because somebody asked for it.
    pub cancelled: bool,
}

/// Runs a program in a process group of its own. It is told to end when it takes too long or when `cancelled` says so,
/// and killed when it does not; `tick` is called while it runs.
///
/// # Errors
/// When it cannot be started, or its log cannot be written.
pub fn run(
    started: &Started<'_>,
    cancelled: &dyn Fn() -> bool,
    tick: &mut dyn FnMut(),
) -> Result<Exit, Failure> {
    let name = started.argv.first().map(String::as_str).unwrap_or_default();
    let refused = || Failure::outside(format!("cannot run {name}"));
    let log = started.folder.join(started.log);
    let log = File::create(&log).map_err(Failure::outside(format!("cannot write {}", log.display())))?;
    let (reader, writer) = io::pipe().map_err(refused())?;
    let mut command = command(started.argv);
    command.current_dir(started.folder).process_group(0).stdin(Stdio::null());
    command.stdout(writer.try_clone().map_err(refused())?).stderr(writer);
    for (variable, _) in env::vars_os() {
        if started.without.iter().any(|start| variable.as_bytes().starts_with(start.as_bytes())) {
            command.env_remove(variable);
        }
    }
    for (variable, value) in started.variables {
        command.env(variable, value);
    }
    let mut child = command.spawn().map_err(refused())?;
    // The writing end lives in the command, too.
    drop(command);
    let copying = thread::spawn(move || copy(reader, log));
    let ended = wait(&mut child, started.limit, cancelled, tick).map_err(refused())?;
    // What it started itself may hold the pipe open.
    signal_group(&child, Signal::KILL);
    let _ = copying.join();
    Ok(ended)
}

/// A program that dies with us where the system can see to that: what a killed run leaves is found all the same.
fn command(argv: &[String]) -> Command {
    let mut words = argv.iter();
    let program = words.next().map(String::as_str).unwrap_or_default();
    let mut command = match found("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--", program]);
            command
        }
        None => Command::new(program),
    };
    command.args(words);
    command
}

/// The file of a program of PATH.
fn found(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| {
        fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

fn wait(
    child: &mut Child,
    limit: u64,
    cancelled: &dyn Fn() -> bool,
    tick: &mut dyn FnMut(),
) -> io::Result<Exit> {
    let begun = clock::elapsed();
    let (mut told_at, mut too_long, mut was_cancelled) = (None, false, false);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Exit { code: code(status), too_long, cancelled: was_cancelled });
        }
        let now = clock::elapsed();
        match told_at {
            None => {
                too_long = now.saturating_sub(begun) > limit;
                was_cancelled = cancelled();
                if too_long || was_cancelled {
                    signal_group(child, Signal::TERM);
                    told_at = Some(now);
                }
            }
            Some(told_at) if now.saturating_sub(told_at) > TO_END => signal_group(child, Signal::KILL),
            Some(_) => {}
        }
        tick();
        clock::sleep(LOOK);
    }
}

fn signal_group(child: &Child, signal: Signal) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // A group that is gone needs no signal.
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| status.signal().map_or(255, |signal| -signal))
}

/// Copies what a program says, up to a size; the rest is read and left out.
fn copy(mut from: PipeReader, mut to: File) {
    let mut buffer = [0; 8192];
    let mut room = MAX_LOG_BYTES;
    while let Ok(count) = from.read(&mut buffer) {
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else { break };
        let fits = piece.len().min(room);
        let _ = to.write_all(piece.get(..fits).unwrap_or_default());
        if fits < piece.len() && room > 0 {
            let _ = to.write_all(b"\n... more was said and is left out\n");
        }
        room -= fits;
    }
}

/// What a short program printed, when it ended well; else what it said instead.
///
/// # Errors
/// When it cannot be started: the error's kind says whether there is no such program.
pub fn said(argv: &[&str], folder: &Path) -> io::Result<Result<String, String>> {
    let (program, arguments) = argv.split_first().ok_or_else(|| io::Error::other("no program"))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let output = command.output()?;
    let text = |bytes: &[u8]| {
        let mut text = Vec::new();
        let _ = bytes.take(MAX_SAID_BYTES).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    };
    Ok(if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        let said = text(&output.stderr) + &text(&output.stdout);
        Err(format!("it ended with {}: {}", output.status, said.trim()))
    })
}

/// Ends every program that an earlier life of this run left in a folder: it has the run's id in its environment and
/// stands below that folder. Gives how many there were.
///
/// # Errors
/// When one of them is still there.
pub fn end_left_over(run: &str, folder: &Path) -> Result<usize, Failure> {
    let refused = || Failure::outside("cannot look for programs that a killed run left");
    let folder = fs::canonicalize(folder).map_err(refused())?;
    let wanted = format!("{MARKER}={run}");
    let begun = clock::elapsed();
    let mut ended = Vec::new();
    loop {
        let left = left_over(&wanted, &folder).map_err(refused())?;
        if left.is_empty() {
            return Ok(ended.len());
        }
        if clock::elapsed().saturating_sub(begun) > TO_BE_GONE {
            let numbers: Vec<String> = left.iter().map(|pid| pid.as_raw_nonzero().to_string()).collect();
            let error = io::Error::other(format!("still running: {}", numbers.join(" ")));
            return Err(Failure::outside("cannot end what a killed run left")(error));
        }
        for pid in left {
            let _ = kill_process(pid, Signal::KILL);
            if !ended.contains(&pid) {
                ended.push(pid);
            }
        }
        clock::sleep(LOOK);
    }
}

fn left_over(wanted: &str, folder: &Path) -> io::Result<Vec<Pid>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw) else { continue };
        // What belongs to others, or is gone meanwhile, cannot be read and is none of ours.
        let Ok(environment) = fs::read(entry.path().join("environ")) else { continue };
        let is_ours = environment.split(|byte| *byte == 0).any(|one| one == wanted.as_bytes());
        let stands_below = fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        let is_self = name.as_os_str() == OsStr::new(&std::process::id().to_string());
        if is_ours && stands_below && !is_self {
            found.push(pid);
        }
    }
    Ok(found)
}
