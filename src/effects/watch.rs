//! The watch on this machine while it makes load: a sample each second, kept in a file as it is taken.
#![allow(clippy::disallowed_methods, reason = "this is where files are read and written")]

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::clock;
use crate::error::Failure;
use crate::trial::client::{Sample, Texts, Watched};
use crate::values::InterfaceName;

/// Milliseconds between samples.
const EVERY: u64 = 1000;
/// So many samples are kept in memory: a day of them.
const MOST_SAMPLES: usize = 86_400;
/// So many bytes wait for a disk that is full.
const MOST_WAITING: usize = 32 << 20;

/// A watch that is under way.
#[derive(Debug)]
pub struct Watch {
    /// Nothing is ever sent: that it is gone ends the watch.
    end: Sender<()>,
    thread: JoinHandle<Watched>,
}

impl Watch {
    /// Begins to watch: the processors, memory and sockets, and the interface by which the load leaves. Samples are
    /// appended to the file, one a line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn start(file: &Path, interface: Option<&InterfaceName>) -> Result<Self, Failure> {
        let refused = || Failure::outside(format!("cannot write {}", file.display()));
        let log = Log::open(file).map_err(refused())?;
        Self::with(Some(log), interface).map_err(refused())
    }

    /// Begins to watch, and keeps the samples in memory alone.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn unkept(interface: Option<&InterfaceName>) -> Result<Self, Failure> {
        Self::with(None, interface).map_err(Failure::outside("cannot watch this machine"))
    }

    fn with(mut log: Option<Log>, interface: Option<&InterfaceName>) -> io::Result<Self> {
        let (end, ended) = mpsc::channel::<()>();
        let interface = interface.map(|name| name.as_str().to_owned());
        let thread = thread::Builder::new().name("watch".to_owned());
        let thread = thread.spawn(move || {
            let start = clock::elapsed();
            let mut watched = Watched::default();
            loop {
                let one = look_at(interface.as_deref());
                if let Some(log) = &mut log {
                    log.append(&one);
                }
                if watched.samples.len() < MOST_SAMPLES {
                    watched.samples.push(one);
                }
                // Where samples were missed, the next full second is the next one.
                let passed = clock::elapsed().saturating_sub(start);
                let wait = EVERY - passed % EVERY;
                if ended.recv_timeout(Duration::from_millis(wait)) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            let last = look_at(interface.as_deref());
            if let Some(mut log) = log {
                log.append(&last);
                watched.unwritten = log.close();
            }
            watched.samples.push(last);
            watched
        });
        Ok(Self { end, thread: thread? })
    }

    /// Ends the watch, with a last sample.
    #[must_use]
    pub fn stop(self) -> Watched {
        drop(self.end);
        let gone = || Watched { unwritten: Some("the watch ended by itself".to_owned()), ..Watched::default() };
        self.thread.join().unwrap_or_else(|_| gone())
    }
}

/// How many files a process may have open; none where there is no limit.
#[must_use]
pub fn open_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum
}

/// What this machine is doing now.
#[must_use]
pub fn look(interface: Option<&InterfaceName>) -> Sample {
    look_at(interface.map(InterfaceName::as_str))
}

fn look_at(interface: Option<&str>) -> Sample {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let texts = Texts {
        stat: text("/proc/stat"),
        meminfo: text("/proc/meminfo"),
        dev: text("/proc/net/dev"),
        sockstat: text("/proc/net/sockstat"),
        sockstat6: text("/proc/net/sockstat6"),
        snmp: text("/proc/net/snmp"),
        netstat: text("/proc/net/netstat"),
        softnet: text("/proc/net/softnet_stat"),
        ports: text("/proc/sys/net/ipv4/ip_local_port_range"),
        speed: interface.map(|name| text(&format!("/sys/class/net/{name}/speed"))).unwrap_or_default(),
    };
    Sample::of(clock::now(), clock::elapsed(), interface, &texts)
}

/// A file of lines. What a full disk refuses waits, and is written when there is room.
struct Log {
    file: File,
    path: PathBuf,
    /// Bytes of the file that are whole lines.
    whole: u64,
    waiting: Vec<u8>,
    refused: Option<String>,
    /// Samples for which there was no room in memory either.
    dropped: usize,
}

impl Log {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let whole = file.metadata()?.len();
        let mut last = [b'\n'];
        if let Some(before) = whole.checked_sub(1) {
            file.read_exact_at(&mut last, before)?;
        }
        // A line that was torn when a run was killed is closed, not continued.
        let waiting = if last == *b"\n" { Vec::new() } else { b"\n".to_vec() };
        Ok(Self { file, path: path.to_owned(), whole, waiting, refused: None, dropped: 0 })
    }

    fn append(&mut self, sample: &Sample) {
        match serde_json::to_vec(sample) {
            Ok(line) if self.waiting.len() < MOST_WAITING => {
                self.waiting.extend(line);
                self.waiting.push(b'\n');
            }
            Ok(_) => self.dropped += 1,
            Err(error) => {
                self.refused = Some(error.to_string());
                self.dropped += 1;
            }
        }
        self.flush();
    }

    /// Writes what waits behind the last whole line; what was torn there is overwritten.
    fn flush(&mut self) {
        match self.file.write_all_at(&self.waiting, self.whole) {
            Ok(()) => {
                self.whole += self.waiting.len() as u64;
                self.waiting.clear();
            }
            Err(error) => self.refused = Some(error.to_string()),
        }
    }

    /// Why lines are missing in the file, if some are.
    fn close(mut self) -> Option<String> {
        self.flush();
        let synced = self.file.set_len(self.whole).and_then(|()| self.file.sync_all());
        let lost = self.dropped + self.waiting.iter().filter(|byte| **byte == b'\n').count();
        let why = match synced {
            Err(error) => error.to_string(),
            Ok(()) if lost == 0 => return None,
            Ok(()) => self.refused.unwrap_or_default(),
        };
        Some(format!("{lost} samples of the generator are missing in {}: {why}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::client::read;

    #[test]
    fn samples_are_in_the_file_as_they_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.jsonl");
        let watch = Watch::start(&file, Some(&InterfaceName::new("lo").unwrap())).unwrap();
        while read(&fs::read_to_string(&file).unwrap()).is_empty() {
            thread::yield_now();
        }
        let watched = watch.stop();
        assert!(watched.samples.len() >= 2 && watched.unwritten.is_none(), "{watched:?}");
        assert_eq!(read(&fs::read_to_string(&file).unwrap()), watched.samples);
        let first = &watched.samples[0];
        assert!(first.cpu.is_some_and(|ticks| ticks.busy > 0) && !first.cores.is_empty(), "{first:?}");
        assert!(first.memory.is_some() && first.link.is_some() && first.sockets.ports.is_some(), "{first:?}");
    }

    #[test]
    fn a_line_that_was_torn_is_not_continued() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.jsonl");
        fs::write(&file, "{\"at\":1,\"elapsed\":2}\n{\"at\":").unwrap();
        let samples = Watch::start(&file, None).unwrap().stop().samples;
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(read(&text).len(), 1 + samples.len(), "{text}");
    }

    #[test]
    fn a_full_disk_loses_no_sample() {
        let watched = Watch::start(Path::new("/dev/full"), None).unwrap().stop();
        assert_eq!(watched.samples.len(), 2);
        let why = watched.unwritten.unwrap();
        assert!(why.starts_with("2 samples of the generator are missing in /dev/full: "), "{why}");
        assert!(Watch::start(Path::new("/dev/full/x"), None).is_err());
    }

    #[test]
    fn what_waited_is_written_when_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.jsonl");
        let mut log = Log::open(Path::new("/dev/full")).unwrap();
        log.append(&Sample::default());
        log.append(&Sample { at: 1, ..Sample::default() });
        log.file = Log::open(&file).unwrap().file;
        assert_eq!(log.close(), None);
        assert_eq!(read(&fs::read_to_string(&file).unwrap()).len(), 2);
    }
}
