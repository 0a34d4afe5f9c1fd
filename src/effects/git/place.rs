//! Where a repository has its parts, and whether they are as this program knows them.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::{fs, no_repository, outside};
use crate::error::Failure;

/// Extensions of a repository's format that change nothing here.
const HARMLESS: &[&str] = &["noop", "worktreeconfig", "preciousobjects"];

/// A repository.
pub(super) struct Place {
    /// The folder for which it was found.
    pub(super) root: PathBuf,
    /// Git's folder that all worktrees share.
    pub(super) common: PathBuf,
    /// Whether it has no working folder of its own.
    pub(super) bare: bool,
    /// Why only git itself may write it, or read it; none when it is as usual.
    pub(super) odd: Option<String>,
}

impl Place {
    /// The repository around a folder.
    pub(super) fn find(root: &Path) -> Result<Self, Failure> {
        let none: [&OsStr; 0] = [];
        let folder = git2::Repository::discover_path(root, none).map_err(|error| no_repository(root, error))?;
        let common = match fs::read_to_string(folder.join("commondir")) {
            Ok(text) => folder.join(text.trim_end()),
            Err(_) => folder,
        };
        let unreadable = |error| outside("cannot read git's config", error);
        let config = git2::Config::open(&common.join("config")).map_err(unreadable)?;
        let odd = oddity(&common, &config).map_err(unreadable)?;
        let bare = config.get_bool("core.bare").unwrap_or_default();
        Ok(Self { root: root.to_owned(), common, bare, odd })
    }

    /// Where packs stand.
    pub(super) fn packs(&self) -> PathBuf {
        self.common.join("objects/pack")
    }

    /// The user's git, at work on this repository and no other that the surroundings name.
    pub(super) fn git(&self, arguments: &[&str]) -> Command {
        const NAMES: [&str; 8] = [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_COMMON_DIR",
            "GIT_INDEX_FILE",
            "GIT_NAMESPACE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_GRAFT_FILE",
        ];
        let mut command = Command::new("git");
        for name in NAMES {
            command.env_remove(name);
        }
        command.env("GIT_NO_REPLACE_OBJECTS", "1").env("LC_ALL", "C");
        command.arg("-C").arg(&self.root).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    /// What git prints.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String, Failure> {
        let output = run(&mut self.git(arguments))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(refused(&format!("git {} failed", arguments.first().unwrap_or(&"")), &output))
    }
}

/// Runs git to its end.
pub(super) fn run(command: &mut Command) -> Result<Output, Failure> {
    command.output().map_err(Failure::outside("cannot run git"))
}

/// What git says when it refuses, without credentials.
pub(super) fn refused(what: &str, output: &Output) -> Failure {
    let said = without_credentials(&String::from_utf8_lossy(&output.stderr));
    let said = said.trim();
    let reason = if said.is_empty() { format!("it ended with {}", output.status) } else { said.to_owned() };
    Failure::outside(what.to_owned())(io::Error::other(reason))
}

/// A text in which addresses name nobody: `https://ada:secret@host/` becomes `https://host/`.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').unwrap_or(part.len());
        let (host, rest) = part.split_at(end);
        clean.push_str("://");
        clean.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        clean.push_str(rest);
    }
    clean
}

/// What of a repository is not as this program knows it.
fn oddity(common: &Path, config: &git2::Config) -> Result<Option<String>, git2::Error> {
    let mut odd = None;
    config.entries(None)?.for_each(|entry| {
        let (name, value) = (entry.name().unwrap_or_default().to_lowercase(), entry.value().unwrap_or_default());
        let usual = match name.split_once('.') {
            Some(("extensions", "objectformat")) => value == "sha1",
            // libgit2 refuses the next one even when it is `files`.
            Some(("extensions", other)) => HARMLESS.contains(&other),
            Some(("core", "sharedrepository")) => matches!(value, "umask" | "false" | "0"),
            Some(("remote", rest)) => !rest.ends_with(".promisor") && !rest.ends_with(".partialclonefilter"),
            _ => true,
        };
        if !usual {
            odd = Some(format!("{name} = {value}"));
        }
    })?;
    let linked = ["packed-refs", "refs", "refs/heads", "objects"].map(|name| common.join(name));
    let link = linked.iter().find(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()));
    let hooks = config.get_path("core.hookspath").unwrap_or_else(|_| common.join("hooks"));
    let hook =
        fs::metadata(hooks.join("reference-transaction")).is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
    Ok(odd
        .or_else(|| link.map(|path| format!("{} is a link", path.display())))
        .or_else(|| hook.then(|| "a hook watches its references".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn addresses_name_nobody() {
        let clean = without_credentials("fatal: https://ada:s3@cret@host/x and ssh://git@host:22/y 'https://t@h' a@b");
        assert_eq!(clean, "fatal: https://host/x and ssh://host:22/y 'https://h' a@b");
    }
}
