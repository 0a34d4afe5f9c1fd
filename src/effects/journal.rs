//! Journals: lines that are on the disk before anything else happens, and one writer at a time.
#![allow(clippy::disallowed_methods, reason = "this is where files are written")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::github::dispatch::Keep;
use crate::github::journal::{Event, Read, read};

/// The file of a journal, in a folder of its own.
pub(super) const NAME: &str = "journal.jsonl";

/// Lines that are on the disk before anything else happens, in a file that nobody else writes.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    path: PathBuf,
}

impl Lines {
    /// Opens the file for writing, makes it when there is none, and reads it; `busy` is said when another process has
    /// it. What is torn at its end is cut off with [`Self::cut`].
    ///
    /// # Errors
    /// A usage failure when another process writes it; an outside one when the disk refuses.
    pub(super) fn open(folder: &Path, busy: impl FnOnce(&Path) -> Failure) -> Result<(Self, Vec<u8>), Failure> {
        let path = folder.join(NAME);
        let refused = || Failure::outside(format!("cannot open the journal {}", path.display()));
        fs::create_dir_all(folder).map_err(refused())?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(refused())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(&path)),
            Err(TryLockError::Error(error)) => return Err(refused()(error)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(refused())?;
        Ok((Self { file, path }, text))
    }

    /// Cuts off what follows so many bytes, and makes sure that the rest and the file's name survive.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn cut(&mut self, whole: usize) -> Result<(), Failure> {
        let mut cut = || {
            self.file.set_len(whole as u64)?;
            self.file.seek(SeekFrom::End(0))?;
            self.file.sync_all()?;
            // The file's name, too, has to survive.
            File::open(self.path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
        };
        cut().map_err(Failure::outside(format!("cannot open the journal {}", self.path.display())))
    }

    /// Adds a line, which is on the disk when the call is over.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn append(&mut self, line: &str) -> Result<(), Failure> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(Failure::outside(format!("cannot write the journal {}", self.path.display())))
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// A journal that is open for writing, and that nobody else writes.
#[derive(Debug)]
pub struct Journal {
    lines: Lines,
}

impl Journal {
    /// Opens the journal of an experiment, which is made when there is none, and reads it. A last line that was torn
    /// when the program was killed is cut off.
    ///
    /// # Errors
    /// A usage failure when another process writes it or it is broken; an outside one when the disk refuses.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Event>), Failure> {
        let (mut lines, text) = Lines::open(folder, |path| {
            Failure::usage(
                format!("another process on this machine dispatches this experiment ({})", path.display()),
                "wait for it, or end it and go on with --resume",
            )
        })?;
        let Read { events, whole } = parsed(lines.path(), &text)?;
        lines.cut(whole)?;
        Ok((Self { lines }, events))
    }

    /// What a journal says, without opening it for writing; nothing when there is none.
    ///
    /// # Errors
    /// A usage failure when it is broken; an outside one when the disk refuses.
    pub fn peek(folder: &Path) -> Result<Vec<Event>, Failure> {
        let path = folder.join(NAME);
        match fs::read(&path) {
            Ok(text) => Ok(parsed(&path, &text)?.events),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(Failure::outside(format!("cannot read the journal {}", path.display()))(error)),
        }
    }
}

impl Keep for Journal {
    fn append(&mut self, line: &str) -> Result<(), Failure> {
        self.lines.append(line)
    }
}

fn parsed(path: &Path, text: &[u8]) -> Result<Read, Failure> {
    read(text).map_err(|line| {
        Failure::usage(
            format!("line {line} of the journal {} is not understood", path.display()),
            "was it written by a newer version? When it is of no use any more, move it away",
        )
    })
}

/// Where the journal of an experiment stands: beside git's own files, so that the working copy stays clean.
///
/// # Errors
/// A usage failure when there is no git repository.
pub fn folder(root: &Path, experiment: &str) -> Result<PathBuf, Failure> {
    let found = git2::Repository::discover(root);
    let repository = found.map_err(|_| {
        Failure::usage(
            format!("{} is in no git repository", root.display()),
            "run it in the clone of the repository that has the experiment's branches",
        )
    })?;
    Ok(repository.commondir().join("ahuora").join(experiment))
}
