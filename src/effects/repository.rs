//! The repository on disk, and performing actions on it.
#![allow(clippy::disallowed_methods, reason = "this is where files are written")]

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::plan::{Action, Change, Verb};

/// Beginning of the names of files that are being written, before the process that writes them.
const TEMPORARY_PREFIX: &str = ".ahuora-tmp-";

/// What the name of a file says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temporary {
    /// It is no file of ours in the making.
    No,
    /// Another run is writing it now.
    Alive,
    /// The run that wrote it was killed.
    LeftOver,
}

/// Whether a file is one that a run is writing, or left over when it was killed.
pub(crate) fn temporary(path: &str) -> Temporary {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some(rest) = name.strip_prefix(TEMPORARY_PREFIX) else { return Temporary::No };
    let process: Option<u32> = rest.split('-').next().and_then(|number| number.parse().ok());
    match process {
        Some(process) if Path::new(&format!("/proc/{process}")).exists() => Temporary::Alive,
        _ => Temporary::LeftOver,
    }
}

/// The root of a repository.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The folder that is named, or the nearest one from the present folder upwards that has the marker.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(named: Option<&Path>, marker: &str) -> Result<Self, Failure> {
        if let Some(root) = named {
            return if root.is_dir() {
                Ok(Self { root: root.to_owned() })
            } else {
                Err(Failure::usage(
                    format!("{} is not a folder", root.display()),
                    "name the repository's folder with --repo",
                ))
            };
        }
        let here = std::env::current_dir().map_err(Failure::outside("cannot tell the present folder"))?;
        let found = here.ancestors().find(|folder| folder.join(marker).exists());
        found.map(|root| Self { root: root.to_owned() }).ok_or_else(|| {
            Failure::usage(
                format!("there is no {marker} in {} or above it", here.display()),
                "run `ahuora init DIR` for a new repository, or name one with --repo",
            )
        })
    }

    /// Files that killed runs left in the root folder itself.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub(crate) fn left_over(&self) -> Result<Vec<String>, Failure> {
        let entries = fs::read_dir(&self.root).map_err(Failure::outside("cannot list the repository"))?;
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        Ok(names.filter(|name| temporary(name) == Temporary::LeftOver).collect())
    }

    /// A path from the root.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The bytes of a file; none when it does not exist.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    pub fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, Failure> {
        match fs::read(self.path(relative)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(Failure::outside(format!("cannot read {relative}"))(error)),
        }
    }
}

/// Everything that would keep changes from being made: folders that are links or files, files that are
/// links or folders. A dry run asks this too, so that it promises nothing that the real run refuses.
///
/// # Errors
/// A usage failure that names them all; an outside one when the disk cannot be asked.
pub fn preflight(repository: &Repository, changes: &[&Change]) -> Result<(), Failure> {
    let mut refused = Vec::new();
    let mut folders = HashMap::from([("", true)]);
    for change in changes {
        let folder = parent(&change.path);
        if stands_inside(repository, folder, &mut folders, &mut refused)? && change.verb != Verb::Remove {
            match fs::symlink_metadata(repository.path(&change.path)) {
                Ok(metadata) if metadata.is_dir() => refused.push(format!("{} is a folder", change.path)),
                Ok(metadata) if metadata.is_symlink() => refused.push(format!("{} is a symbolic link", change.path)),
                _ => {}
            }
        }
    }
    refused.sort();
    refused.dedup();
    if refused.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{}: nothing was written", refused.join("; ")),
        "move that away, or name another folder with --out: what is generated never leaves the repository",
    ))
}

/// The folder of a path of the repository; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether a folder exists and is reached without links; what is in the way is added to `refused`. Each
/// folder is asked for once.
fn stands_inside<'a>(
    repository: &Repository,
    folder: &'a str,
    known: &mut HashMap<&'a str, bool>,
    refused: &mut Vec<String>,
) -> Result<bool, Failure> {
    if let Some(known) = known.get(folder) {
        return Ok(*known);
    }
    let mut stands = stands_inside(repository, parent(folder), known, refused)?;
    if stands {
        stands = match fs::symlink_metadata(repository.path(folder)) {
            Ok(metadata) if metadata.is_symlink() => {
                refused.push(format!("{folder} is a symbolic link"));
                false
            }
            Ok(metadata) if !metadata.is_dir() => {
                refused.push(format!("{folder} is not a folder"));
                false
            }
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Failure::outside(format!("cannot read {folder}"))(error)),
        };
    }
    known.insert(folder, stands);
    Ok(stands)
}

/// Performs actions: every file is written beside its place and moved there, so that it is old or new and
/// never half; emptied folders go.
///
/// # Errors
/// When the disk refuses; what was done before stays done, and running again finishes it.
pub fn apply(repository: &Repository, actions: &[Action]) -> Result<(), Failure> {
    let root = fs::canonicalize(&repository.root).map_err(Failure::outside("cannot find the repository"))?;
    let mut made = PathBuf::new();
    for Action { change, content } in actions {
        let target = root.join(&change.path);
        if change.verb == Verb::Remove {
            remove(&root, &target).map_err(Failure::outside(format!("cannot remove {}", change.path)))?;
            made.clear();
            continue;
        }
        let folder = target.parent().unwrap_or(&root);
        let mut attempt = || {
            if made != folder {
                fs::create_dir_all(folder)?;
                folder.clone_into(&mut made);
            }
            write(folder, &target, content)
        };
        attempt().map_err(Failure::outside(format!("cannot write {}", change.path)))?;
    }
    Ok(())
}

/// Writes a file wherever it is wanted: its old content stands until the new one is whole.
///
/// # Errors
/// When the folder does not exist, or the disk refuses.
pub fn write_text(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    write(folder, path, text).map_err(Failure::outside(format!("cannot write {}", path.display())))
}

fn write(folder: &Path, target: &Path, content: &str) -> io::Result<()> {
    write_by(folder, target, |file| file.write_all(content.as_bytes()))
}

/// Puts a file in the place of another when all of it is written.
pub(super) fn write_by(
    folder: &Path,
    target: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> io::Result<()> {
    let prefix = format!("{TEMPORARY_PREFIX}{}-", std::process::id());
    // A file that stands keeps its permissions: git knows whether it may be run.
    let present =
        fs::symlink_metadata(target).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.permissions());
    let permissions = present.unwrap_or_else(|| Permissions::from_mode(0o644));
    let mut file = tempfile::Builder::new().prefix(&prefix).permissions(permissions).tempfile_in(folder)?;
    content(file.as_file_mut())?;
    file.persist(target).map(drop).map_err(|error| error.error)
}

fn remove(root: &Path, target: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A folder that still holds something refuses to go, which is right.
    for folder in target.ancestors().skip(1).take_while(|folder| *folder != root) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
