//! Files in the making that tell whether their maker lives: it holds a lock on them, which the system takes away
//! from a process that ends in any way. What dead ones left is swept.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// A new file that goes when it is dropped, unless it got a name that stays.
pub(super) struct Held {
    file: tempfile::NamedTempFile,
}

impl Held {
    /// Makes one in a folder, with a name that begins so, and the permissions that the user's mask leaves of a mode.
    pub(super) fn create(folder: &Path, prefix: &str, mode: u32) -> io::Result<Self> {
        loop {
            let permissions = Permissions::from_mode(mode);
            let file = tempfile::Builder::new().prefix(prefix).permissions(permissions).tempfile_in(folder)?;
            match file.as_file().try_lock() {
                Ok(()) | Err(fs::TryLockError::Error(_)) => {}
                // It is being swept: somebody was faster than the lock.
                Err(fs::TryLockError::WouldBlock) => continue,
            }
            if is(file.as_file(), file.path()) {
                return Ok(Self { file });
            }
        }
    }

    /// The file.
    pub(super) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives it the name that stays, in place of what has it.
    pub(super) fn rename(self, to: &Path) -> io::Result<()> {
        self.file.persist(to).map(drop).map_err(|error| error.error)
    }
}

/// Whether a path is still this file.
pub(super) fn is(file: &File, path: &Path) -> bool {
    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (Ok(one), Ok(other)) = (file.metadata(), fs::symlink_metadata(path)) else { return false };
    identity(one) == identity(other)
}

/// The files of a folder whose names begin so.
pub(super) fn named(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)).map(|entry| entry.path()).collect()
}

/// Removes what dead makers left.
pub(super) fn sweep(folder: &Path, prefix: &str) {
    sweep_unless(folder, prefix, Path::new(""));
}

/// Removes what dead makers left, but for a file that has this second name.
pub(super) fn sweep_unless(folder: &Path, prefix: &str, second: &Path) {
    for path in named(folder, prefix) {
        let Ok(file) = File::open(&path) else { continue };
        if !is(&file, second) && file.try_lock().is_ok() && is(&file, &path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Makes the names in a folder last through a loss of power.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
