//! The folder of results of one run: made or gone on with, written by one process, never half.
#![allow(clippy::disallowed_methods, reason = "this is where files are read and written")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::journal::{Lines, NAME};
use super::repository::{Temporary, temporary, write_by, write_text};
use crate::error::Failure;
use crate::trial::machine::{Event, Keep, Read, read};

/// What was asked for, written first.
pub const RUN: &str = "run.json";
/// What the run is worth, written last.
pub const RESULT: &str = "result.json";
/// The k6 script.
pub const SCRIPT: &str = "script.js";

/// Largest of the small files that are read.
const MAX_BYTES: u64 = 16 << 20;

/// What stands in a folder that is to hold a run.
#[derive(Debug)]
pub enum Standing {
    /// Nothing.
    New,
    /// A run, and the text of its `run.json`.
    Run(String),
}

/// What stands in a folder, without touching it.
///
/// # Errors
/// A usage failure when something stands there that is no run; an outside one when the disk refuses.
pub fn look(folder: &Path) -> Result<Standing, Failure> {
    let refused = || Failure::outside(format!("cannot read {}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Standing::New),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(Failure::usage(format!("{} is not a folder", folder.display()), "name another with --out"));
        }
        Err(error) => return Err(refused()(error)),
    };
    let mut first = None;
    for entry in entries {
        let name = entry.map_err(refused())?.file_name().to_string_lossy().into_owned();
        if name == RUN {
            return Ok(Standing::Run(text(&folder.join(RUN))?.unwrap_or_default()));
        }
        // A run that was killed at its very beginning has these.
        if name != NAME && temporary(&name) == Temporary::No {
            first = Some(name);
        }
    }
    match first {
        None => Ok(Standing::New),
        Some(name) => Err(Failure::usage(
            format!("{} is not empty and holds no run (it has {name}): nothing was written", folder.display()),
            "name another folder with --out",
        )),
    }
}

/// The text of a small file; none where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn text(path: &Path) -> Result<Option<String>, Failure> {
    let refused = || Failure::outside(format!("cannot read {}", path.display()));
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused()(error)),
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            return Err(refused()(io::Error::other("it is too large")));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(refused())?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A folder of results that nobody else writes.
#[derive(Debug)]
pub struct Results {
    folder: PathBuf,
}

/// The journal of a folder of results; while it is open, the folder is locked.
#[derive(Debug)]
pub struct RunJournal {
    lines: Lines,
}

impl Results {
    /// Makes the folder where there is none, locks it, and reads its journal. A last line that was torn when the
    /// program was killed is cut off.
    ///
    /// # Errors
    /// A usage failure when another process has it or its journal is broken; an outside one when the disk refuses.
    pub fn open(folder: &Path) -> Result<(Self, RunJournal, Vec<Event>), Failure> {
        let (mut lines, text) = Lines::open(folder, |_| {
            Failure::usage(
                format!("another process on this machine makes the run in {}", folder.display()),
                "wait for it, or name another folder with --out",
            )
        })?;
        let Read { events, whole } = read(&text).map_err(|line| {
            Failure::usage(
                format!("line {line} of the journal {} is not understood", lines.path().display()),
                "was it written by another version? name another folder with --out, and keep this one",
            )
        })?;
        lines.cut(whole)?;
        let folder = fs::canonicalize(folder).map_err(Failure::outside(format!("cannot find {}", folder.display())))?;
        Ok((Self { folder }, RunJournal { lines }, events))
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn make(&self, relative: &str) -> Result<PathBuf, Failure> {
        let path = self.path(relative);
        fs::create_dir_all(&path).map_err(Failure::outside(format!("cannot make {}", path.display())))?;
        Ok(path)
    }

    /// Writes a small file: it is old or new, and never half.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, relative: &str, text: &str) -> Result<(), Failure> {
        write_text(&self.path(relative), text)
    }

    /// Writes a value as JSON, in the same way.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_json(&self, relative: &str, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::outside(format!("cannot write {relative}"))(error.into()))?;
        self.write(relative, &(text + "\n"))
    }

    /// Puts a compressed file, `.gz`, in the place of one; nothing where there is none.
    ///
    /// # Errors
    /// When the disk refuses; the file stays then.
    pub fn compress(&self, relative: &str) -> Result<(), Failure> {
        let path = self.path(relative);
        let compressed = || -> io::Result<()> {
            let mut plain = match fs::File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                opened => opened?,
            };
            let folder = path.parent().unwrap_or(&self.folder);
            write_by(folder, &self.path(&format!("{relative}.gz")), |file| {
                let mut gzip = GzEncoder::new(file, Compression::default());
                io::copy(&mut plain, &mut gzip)?;
                gzip.finish()?.sync_all()
            })?;
            fs::remove_file(&path)
        };
        compressed().map_err(Failure::outside(format!("cannot compress {}", path.display())))
    }
}

impl Keep for RunJournal {
    fn append(&mut self, line: &str) -> Result<(), String> {
        self.lines.append(line).map_err(|failure| failure.to_string())
    }
}
