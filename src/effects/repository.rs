//! The repository on disk, and performing actions on it.
#![allow(clippy::disallowed_methods, reason = "this is where files are written")]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::plan::Action;

/// Beginning of the names of files that are being written; one that is left over was never finished.
pub(crate) const TEMPORARY_PREFIX: &str = ".ahuora-tmp-";

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

    /// The root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
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

/// Performs the actions: all folders are checked before the first file changes; every file is written
/// beside its place and moved there, so that it is old or new and never half; emptied folders go.
///
/// # Errors
/// When a folder leads out of the repository, or the disk refuses; what was done before stays done, and
/// running again finishes it.
pub fn apply(repository: &Repository, actions: &[Action]) -> Result<(), Failure> {
    let folders: BTreeSet<&Path> = actions.iter().filter_map(|action| Path::new(action.path()).parent()).collect();
    for folder in &folders {
        stays_inside(repository, folder)?;
    }
    for action in actions {
        match action {
            Action::Write { path, content, .. } => write(repository, path, content)?,
            Action::Remove { path } => remove(repository, path)?,
        }
    }
    Ok(())
}

/// Refuses a folder that is reached through a symbolic link: it may lie outside the repository.
fn stays_inside(repository: &Repository, folder: &Path) -> Result<(), Failure> {
    let parts: Vec<&Path> = folder.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    for part in parts.into_iter().rev() {
        match fs::symlink_metadata(repository.root.join(part)) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(Failure::usage(
                    format!("{} is a symbolic link: writing through it could leave the repository", part.display()),
                    "replace the link by a folder, or name another folder with --out",
                ));
            }
            Ok(metadata) if !metadata.is_dir() => {
                return Err(Failure::usage(
                    format!("{} is not a folder", part.display()),
                    "move it away, or name another folder with --out",
                ));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(Failure::outside(format!("cannot read {}", part.display()))(error));
            }
        }
    }
    Ok(())
}

fn write(repository: &Repository, path: &str, content: &str) -> Result<(), Failure> {
    let target = repository.path(path);
    let folder = target.parent().unwrap_or(&repository.root);
    let attempt = || -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(content.as_bytes())?;
        file.persist(&target).map(drop).map_err(|error| error.error)
    };
    attempt().map_err(Failure::outside(format!("cannot write {path}")))
}

fn remove(repository: &Repository, path: &str) -> Result<(), Failure> {
    let target = repository.path(path);
    match fs::remove_file(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::outside(format!("cannot remove {path}"))(error));
        }
        _ => {}
    }
    // A folder that still holds something refuses to go, which is right.
    for folder in target.ancestors().skip(1).take_while(|folder| *folder != repository.root) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}
