//! Notes of what is changed, one file an interface, where they end with the machine's uptime as the change does.
#![allow(clippy::disallowed_methods, reason = "this is where files are read and written")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::trial::latency::{self, CannotDelay, Noted};
use crate::values::InterfaceName;

/// Folders below which the notes may be, in this order.
const RUNTIME: &str = "XDG_RUNTIME_DIR";

/// Where notes are: for root in /run, for others in the folder of their session.
fn folder() -> PathBuf {
    let session = std::env::var_os(RUNTIME).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if is_root() { None } else { session };
    base.unwrap_or_else(|| PathBuf::from("/run")).join("ahuora")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether `tc`, started by this process, may change the network.
pub(super) fn may_change() -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| latency::may_change(&status))
}

/// The network namespace that this process is in; interfaces of the same name in another one are others.
pub(super) fn network() -> u64 {
    fs::metadata("/proc/self/ns/net").map_or(0, |metadata| metadata.ino())
}

/// This process, and when it began.
pub(super) fn this_process() -> (u32, u64) {
    let process = std::process::id();
    (process, began(process).unwrap_or_default())
}

fn began(process: u32) -> Option<u64> {
    latency::started(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// Whether the process that made a note is still there.
pub(super) fn is_running(noted: &Noted) -> bool {
    began(noted.process) == Some(noted.started)
}

/// The notes of other processes that are still there.
pub(super) fn of_others(noted: &[Noted]) -> Vec<Noted> {
    let this = std::process::id();
    noted.iter().filter(|noted| noted.process != this && is_running(noted)).cloned().collect()
}

fn file(interface: &InterfaceName) -> PathBuf {
    folder().join(format!("latency-{}-{interface}.json", network()))
}

fn refused(file: &Path) -> impl Fn(io::Error) -> CannotDelay {
    let file = file.display().to_string();
    move |error| CannotDelay::Note { file: file.clone(), why: error.to_string() }
}

/// Refuses where another run, which still runs, has or adds latency.
pub(super) fn refuse_others(interface: &InterfaceName) -> Result<(), CannotDelay> {
    let other = of_others(&all()?).into_iter().find(|noted| noted.interface == *interface);
    other.map_or(Ok(()), |other| Err(CannotDelay::InUse { interface: interface.to_string(), process: other.process }))
}

/// Writes a note, whole or not at all, where no other run has one; it is on its way to the disk before anything is changed.
pub(super) fn claim(noted: &Noted) -> Result<(), CannotDelay> {
    let file = file(&noted.interface);
    let text = serde_json::to_string(noted).map_err(|error| refused(&file)(error.into()))?;
    let lock = (|| {
        fs::create_dir_all(folder())?;
        let lock = File::create(folder().join("lock"))?;
        lock.lock()?;
        Ok(lock)
    })();
    // Of two runs that begin at once, the second one sees the note of the first. The lock ends with this function.
    let _lock = lock.map_err(refused(&file))?;
    refuse_others(&noted.interface)?;
    let written = (|| {
        let new = file.with_extension("new");
        let mut open = File::create(&new)?;
        open.write_all(text.as_bytes())?;
        open.sync_all()?;
        fs::rename(&new, &file)
    })();
    written.map_err(refused(&file))
}

/// Removes the note of an interface, if there is one.
pub(super) fn remove(interface: &InterfaceName) -> Result<(), CannotDelay> {
    let file = file(interface);
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(&file)(error)),
        _ => Ok(()),
    }
}

/// Every note of this network. One that cannot be read says nothing: what is there is seen without it.
pub(super) fn all() -> Result<Vec<Noted>, CannotDelay> {
    let folder = folder();
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(refused(&folder))?,
    };
    let network = network();
    let paths = entries.flatten().map(|entry| entry.path());
    let paths = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let texts = paths.filter_map(|path| fs::read_to_string(path).ok());
    let noted = texts.filter_map(|text| serde_json::from_str::<Noted>(&text).ok());
    Ok(noted.filter(|noted| noted.network == network).collect())
}
