//! A branch of a remote that only grows: folders are added to it, and nothing of it is ever changed or removed.
//!
//! It is fetched, added to and pushed in a repository of its own that is removed afterwards and has the clone's settings.
//! So of the clone only the settings are read: it gets no object, no reference and no remote-tracking branch, and it may
//! be shallow.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::branches::Author;
use super::place::{Place, refused, run, without_credentials};
use super::push::refuse_option;
use super::refs::HEADS;
use super::tagger::{PushedTag, told};
use crate::error::Failure;

/// The mode of a file that is no program.
const MODE: &str = "100644";
/// Settings by which an index is written as it always was, and every file stands in it.
const PLAIN_INDEX: [&str; 6] =
    ["-c", "core.fsmonitor=false", "-c", "core.sparseCheckout=false", "-c", "index.sparse=false"];

/// How often it is looked again when the branch was replaced meanwhile.
const LOOKS: usize = 5;

/// What became of a push that adds.
#[derive(Debug)]
pub enum Added {
    /// The remote has taken it.
    Made,
    /// Another was faster.
    Overtaken,
    /// There was no answer, or none that is understood: what git says.
    Unsure(Failure),
    /// The remote or a hook refuses, as git says.
    Refused(Failure),
}

/// A file of a commit, or one that is to be added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blob {
    /// Its path from the root.
    pub path: String,
    /// The id of its content.
    pub id: String,
}

/// A branch of a remote, and a repository to add to it in.
pub struct Growing {
    place: Place,
    scratch: tempfile::TempDir,
    remote: String,
    reference: String,
}

impl Growing {
    /// A branch of a remote (a name, an address or a folder) of the repository around a folder.
    ///
    /// # Errors
    /// A usage failure when there is no repository, or git can have no branch of that name; an outside one when the disk
    /// refuses.
    pub fn open(root: &Path, remote: &str, branch: &str) -> Result<Self, Failure> {
        let place = Place::find(root)?;
        refuse_option(remote)?;
        if !git2::Branch::name_is_valid(branch).unwrap_or_default() {
            return Err(Failure::usage(format!("git can have no branch `{branch}`"), "name another with --branch"));
        }
        let scratch = scratch(&place)?;
        Ok(Self { place, scratch, remote: remote.to_owned(), reference: [HEADS, branch].concat() })
    }

    /// What the remote is called, without credentials.
    #[must_use]
    pub fn shown(&self) -> String {
        without_credentials(&self.remote)
    }

    /// Git, in the repository of its own.
    fn git(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.git(arguments);
        command.env("GIT_DIR", self.scratch.path());
        command
    }

    /// What git prints, given something to read.
    fn ask(&self, arguments: &[&str], input: &[u8], what: &str) -> Result<String, Failure> {
        let output = fed(&mut self.git(arguments), input)?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned());
        }
        Err(refused(what, &output))
    }

    /// Keeps the content of a file, byte by byte; gives its id.
    ///
    /// # Errors
    /// An outside failure when git or the disk refuses.
    pub fn keep(&self, content: &[u8]) -> Result<String, Failure> {
        self.ask(&["hash-object", "-w", "--no-filters", "--stdin"], content, "cannot keep a file")
    }

    /// The commit of the branch, brought here without the contents of its files where the remote can do that; none when
    /// the remote has no such branch.
    ///
    /// # Errors
    /// An outside failure with what git says.
    pub fn look(&self) -> Result<Option<String>, Failure> {
        for _ in 0..LOOKS {
            let listed = run(self.git(&["ls-remote", "--heads", "--"]).args([&self.remote, &self.reference]))?;
            if !listed.status.success() {
                return Err(refused(&format!("cannot list the branches of {}", self.shown()), &listed));
            }
            let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
            let mut lines = listed.lines().filter_map(|line| line.split_once('\t'));
            let Some((tip, _)) = lines.find(|(_, name)| *name == self.reference) else { return Ok(None) };
            self.fetch()?;
            // Somebody may have put another branch in its place in between.
            if run(&mut self.git(&["cat-file", "-e", &format!("{tip}^{{tree}}")]))?.status.success() {
                return Ok(Some(tip.to_owned()));
            }
        }
        Err(Failure::usage(
            format!("{} of {} is replaced by others again and again", self.reference, self.shown()),
            "run the same command again when they have ended",
        ))
    }

    fn fetch(&self) -> Result<(), Failure> {
        let arguments = ["fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-write-fetch-head"];
        let more = ["--no-auto-maintenance", "--no-recurse-submodules", "--refmap=", "--"];
        let output = run(self.git(&arguments).args(more).args([&self.remote, &self.reference]))?;
        if output.status.success() {
            return Ok(());
        }
        Err(refused(&format!("cannot fetch from {}", self.shown()), &output))
    }

    /// Every file of a commit, by path.
    ///
    /// # Errors
    /// An outside failure with what git says.
    pub fn files(&self, commit: &str) -> Result<Vec<Blob>, Failure> {
        let said = self.ask(&["ls-tree", "-r", "-z", "--full-tree", commit], b"", "cannot read the branch")?;
        let blob = |entry: &str| {
            let (kind, path) = entry.split_once('\t')?;
            Some(Blob { path: path.to_owned(), id: kind.rsplit(' ').next()?.to_owned() })
        };
        Ok(said.split('\0').filter_map(blob).collect())
    }

    /// Makes a commit on top of another, or the first of a branch, that adds these files; nothing refers to it yet.
    ///
    /// # Errors
    /// An outside failure with what git says, also when more than that would be changed.
    pub fn add(&self, tip: Option<&str>, files: &[Blob], message: &str, author: &Author) -> Result<String, Failure> {
        const FAILED: &str = "cannot make a commit";
        let git = |arguments: &[&str], input: &[u8]| self.ask(&[&PLAIN_INDEX, arguments].concat(), input, FAILED);
        git(&["read-tree", tip.unwrap_or("--empty")], b"")?;
        let lines: String = files.iter().map(|file| format!("{MODE} {}\t{}\0", file.id, file.path)).collect();
        git(&["update-index", "-z", "--index-info"], lines.as_bytes())?;
        // The contents of the other files need not be here.
        let tree = git(&["write-tree", "--missing-ok"], b"")?;
        if let Some(tip) = tip {
            let changed =
                git(&["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=a", "--name-only", tip, &tree], b"")?;
            if let Some(path) = changed.split('\0').find(|path| !path.is_empty()) {
                let reason = format!("{path} of the branch would not stay as it is");
                return Err(Failure::outside(FAILED)(io::Error::other(reason)));
            }
        }
        let mut arguments = vec!["-c", "i18n.commitEncoding=UTF-8", "commit-tree", &tree, "-F", "-"];
        arguments.extend(tip.iter().flat_map(|tip| ["-p", tip]));
        let mut command = self.git(&arguments);
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), &author.name).env(format!("GIT_{who}_EMAIL"), &author.email);
            command.env(format!("GIT_{who}_DATE"), format!("@{} +0000", author.seconds));
        }
        let output = fed(&mut command, message.as_bytes())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(refused(FAILED, &output))
    }

    /// Pushes a commit that stands on what was seen, while the remote still has exactly that.
    ///
    /// # Errors
    /// An outside failure when git cannot be run.
    pub fn push(&self, commit: &str, seen: Option<&str>) -> Result<Added, Failure> {
        let lease = format!("--force-with-lease={}:{}", self.reference, seen.unwrap_or_default());
        let arguments = ["push", "--porcelain", "--no-follow-tags", "--no-recurse-submodules", &lease];
        let what = format!("cannot push to {}", self.shown());
        let output = run(self.git(&arguments).args(["--", &self.remote, &format!("{commit}:{}", self.reference)]))?;
        if output.status.success() {
            return Ok(Added::Made);
        }
        Ok(match told(&what, &output) {
            PushedTag::Made | PushedTag::Taken => Added::Overtaken,
            PushedTag::Refused(failure) => Added::Refused(failure),
            PushedTag::Unsure(said) => Added::Unsure(Failure::outside(what)(io::Error::other(said))),
        })
    }
}

/// A repository of the same kind of ids that is set up as the other, its hooks included.
fn scratch(place: &Place) -> Result<tempfile::TempDir, Failure> {
    let failed = || Failure::outside("cannot make a temporary repository");
    let folder = tempfile::Builder::new().prefix("ahuora-").tempdir().map_err(failed())?;
    let format = place.ask(&["rev-parse", "--show-object-format"])?;
    let format = format!("--object-format={}", format.trim());
    let path = folder.path().display().to_string();
    place.ask(&["init", "--quiet", "--bare", "--template=", &format, &path])?;
    let quoted = |name: &str| {
        let path = place.common.join(name).display().to_string();
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let text = format!("[core]\n\thooksPath = {}\n[include]\n\tpath = {}\n", quoted("hooks"), quoted("config"));
    let mut config = super::fs::OpenOptions::new().append(true).open(folder.path().join("config")).map_err(failed())?;
    config.write_all(text.as_bytes()).map_err(failed())?;
    Ok(folder)
}

/// Runs git to its end, with something to read.
fn fed(command: &mut Command, input: &[u8]) -> Result<Output, Failure> {
    let failed = || Failure::outside("cannot run git");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed())?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let output = child.wait_with_output().map_err(failed())?;
    // Who ends without reading has told why.
    match written {
        Err(error) if output.status.success() => Err(failed()(error)),
        _ => Ok(output),
    }
}
