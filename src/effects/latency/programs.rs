//! The programs that are run for latency: by argument vector, within a time, apart from Ctrl-C.

use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use crate::effects::clock;
use crate::trial::latency::{Argv, CannotDelay};

/// Longer than twenty pings at 0.2 s whose last ones are waited for.
const SECONDS: u64 = 20;
/// More than any of these programs prints.
const MOST_BYTES: u64 = 4 << 20;
/// How often the end is looked for, in milliseconds.
const EVERY: u64 = 5;

/// What a program did.
struct Done {
    status: ExitStatus,
    out: String,
    err: String,
}

/// Runs a command of `tc`.
pub(super) fn run(command: &Argv, interface: &str) -> Result<(), CannotDelay> {
    said(command, interface).map(drop)
}

/// Runs a command; gives what it printed when it succeeded.
pub(super) fn said(command: &Argv, interface: &str) -> Result<String, CannotDelay> {
    let done = execute(command)?;
    if done.status.success() {
        return Ok(done.out);
    }
    Err(CannotDelay::said(&command.join(" "), interface, &done.err))
}

/// Runs a command; gives what it printed, however it ended.
pub(super) fn printed(command: &Argv) -> Result<String, CannotDelay> {
    execute(command).map(|done| done.out)
}

/// Whether the kernel has netem, tried on an interface of a network of its own, which nobody else sees. Where no such
/// network can be made, it is not known before it is used.
pub(super) fn has_netem() -> Result<(), CannotDelay> {
    let words = ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"];
    let command: Argv = words.map(str::to_owned).to_vec();
    match said(&command, "lo") {
        Err(CannotDelay::NoNetem) => Err(CannotDelay::NoNetem),
        _ => Ok(()),
    }
}

fn execute(command: &Argv) -> Result<Done, CannotDelay> {
    let whole = command.join(" ");
    let (program, arguments) = command.split_first().map_or(("", [].as_slice()), |(program, rest)| (program, rest));
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => CannotDelay::NoProgram { program: program.to_owned() },
        _ => CannotDelay::Failed { command: whole.clone(), said: error.to_string() },
    };
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        // Where a user's PATH lacks the folders of root's programs, Debian's own is tried.
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is for us; what removes latency must not be ended by it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let status = wait(&mut child).map_err(failed)?;
    let text =
        |reader: thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned();
    let status = status.ok_or(CannotDelay::TooLong { command: whole.clone(), seconds: SECONDS })?;
    Ok(Done { status, out: text(out), err: text(err) })
}

fn path() -> std::ffi::OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin:/usr/bin:/bin");
    path
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            // What was read until it broke is what there is.
            let _ = pipe.take(MOST_BYTES).read_to_end(&mut bytes);
        }
        bytes
    })
}

/// How it ended; none when it did not within the time, and was ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let until = clock::elapsed() + SECONDS * 1000;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if clock::elapsed() >= until {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        clock::sleep(EVERY);
    }
}
