//! Tags of a remote, and new ones, with the user's own git. Nothing is ever moved or deleted.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use super::place::{Place, refused, run, without_credentials};
use super::push::refuse_option;
use crate::effects::github::new_id;
use crate::error::Failure;

/// Where tags are.
const TAGS: &str = "refs/tags/";
/// Where branches are.
const HEADS: &str = "refs/heads/";
/// What git writes behind the name of a tag for the commit to which it leads.
const PEELED: &str = "^{}";
/// Settings of git that say who makes a tag, and how it is signed.
const IDENTITY: &str = r"^(user|author|committer|gpg|tag|i18n)\.";

/// A tag of a remote, or of the clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What it points at.
    pub object: String,
    /// The commit behind that.
    pub commit: String,
}

/// What a remote has at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteTags {
    /// Its tags.
    pub tags: Vec<FoundTag>,
    /// The commit of the branch that was asked for.
    pub branch: Option<String>,
}

/// What became of a push.
#[derive(Debug)]
pub enum PushedTag {
    /// The remote has taken it.
    Made,
    /// The remote has one of that name, or another came in between.
    Taken,
    /// There was no answer, or none that is understood: what git says.
    Unsure(String),
    /// The remote or a hook refuses, as git says.
    Refused(Failure),
}

/// A repository whose tags are read and made.
pub struct Tagger {
    place: Place,
}

impl Tagger {
    /// The repository around a folder.
    ///
    /// # Errors
    /// A usage failure when there is none; an outside one when it cannot be read.
    pub fn open(root: &Path) -> Result<Self, Failure> {
        Ok(Self { place: Place::find(root)? })
    }

    /// The folder for which it was opened.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.place.root
    }

    /// The tags of a remote that begin so, and the commit of one of its branches.
    ///
    /// # Errors
    /// An outside failure with what git says.
    pub fn remote(&self, remote: &str, prefix: &str, branch: &str) -> Result<RemoteTags, Failure> {
        refuse_option(remote)?;
        let (tags, branch) = (format!("{TAGS}{prefix}*"), format!("{HEADS}{branch}"));
        let listed = run(&mut self.place.git(&["ls-remote", "--tags", "--heads", "--", remote, &tags, &branch]))?;
        if !listed.status.success() {
            return Err(refused(&format!("cannot list the tags of {}", without_credentials(remote)), &listed));
        }
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let lines = listed.lines().filter_map(|line| line.split_once('\t'));
        let found = lines.clone().find(|(_, name)| *name == branch).map(|(id, _)| id.to_owned());
        Ok(RemoteTags { tags: paired(lines, prefix), branch: found })
    }

    /// The tags of the clone that begin so.
    ///
    /// # Errors
    /// An outside failure with what git says.
    pub fn local(&self, prefix: &str) -> Result<Vec<FoundTag>, Failure> {
        let format = "--format=%(objectname)\t%(refname)\n%(*objectname)\t%(refname)^{}";
        let listed = self.place.ask(&["for-each-ref", format, TAGS])?;
        let lines = listed.lines().filter_map(|line| line.split_once('\t'));
        Ok(paired(lines.filter(|(id, _)| !id.is_empty()), prefix))
    }

    /// The commit behind an object or a revision, when the clone has it.
    ///
    /// # Errors
    /// An outside failure when git cannot be run.
    pub fn peeled(&self, object: &str) -> Result<Option<String>, Failure> {
        let peeled = format!("{object}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled];
        let output = run(&mut self.place.git(&arguments))?;
        let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(output.status.success().then_some(found))
    }

    /// Brings the objects behind a reference of a remote into the clone, and nothing else: no reference is made.
    ///
    /// # Errors
    /// An outside failure with what git says.
    pub fn fetch(&self, remote: &str, reference: &str) -> Result<(), Failure> {
        refuse_option(remote)?;
        let arguments = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-prune"];
        let more = ["--no-recurse-submodules", "--refmap=", "--", remote, reference];
        let output = run(self.place.git(&arguments).args(more))?;
        if output.status.success() {
            return Ok(());
        }
        Err(refused(&format!("cannot fetch {reference} from {}", without_credentials(remote)), &output))
    }

    /// Brings the object of a tag of a remote into the clone.
    ///
    /// # Errors
    /// As [`Tagger::fetch`].
    pub fn fetch_tag(&self, remote: &str, name: &str) -> Result<(), Failure> {
        self.fetch(remote, &format!("{TAGS}{name}"))
    }

    /// Makes an annotated tag as an object that nothing refers to yet. A trailer is added to the message, so that no two
    /// are equal: it is known later whose tag stands somewhere.
    ///
    /// # Errors
    /// An outside failure when git refuses, such as for want of a name or a key.
    pub fn object(&self, name: &str, commit: &str, message: &str, sign: bool) -> Result<String, Failure> {
        let failed = || Failure::outside("cannot prepare a tag in a temporary folder");
        // A repository of its own takes the reference that `git tag` makes; the object goes to ours.
        let folder = tempfile::Builder::new().prefix("ahuora-").tempdir().map_err(failed())?;
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("refs")).map_err(failed())?;
        fs::create_dir(path("objects")).map_err(failed())?;
        fs::write(path("HEAD"), "ref: refs/heads/none\n").map_err(failed())?;
        let mut file = tempfile::NamedTempFile::new_in(folder.path()).map_err(failed())?;
        writeln!(file, "{message}Release-Id: {}", new_id()).map_err(failed())?;
        let settings = self.settings()?;
        let mut arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting]).collect();
        arguments.extend(["-c", "core.hooksPath=/dev/null", "tag", "--annotate", "--cleanup=verbatim", "--file"]);
        let mut git = self.place.git(&arguments);
        git.arg(file.path()).args(sign.then_some("--sign")).args(["--", name, commit]);
        git.env("GIT_DIR", folder.path()).env("GIT_OBJECT_DIRECTORY", self.place.common.join("objects"));
        let output = run(&mut git)?;
        if !output.status.success() {
            return Err(refused(&format!("cannot make the tag {name}"), &output));
        }
        let id = fs::read_to_string(path(&format!("{TAGS}{name}"))).map_err(failed())?;
        let id = id.trim().to_owned();
        // Git 2.39 makes a tag without a signature when ssh-keygen finds no key, and calls that success.
        if sign && !self.place.ask(&["cat-file", "tag", &id])?.contains("\n-----BEGIN ") {
            return Err(refused(&format!("cannot sign the tag {name}"), &output));
        }
        Ok(id)
    }

    /// What the user's git is set to as to names and signatures, as `key=value`; what depends on the place of the
    /// repository is resolved here.
    fn settings(&self) -> Result<Vec<String>, Failure> {
        // Exit code 1 says that there is nothing.
        let output = run(&mut self.place.git(&["config", "--null", "--get-regexp", IDENTITY]))?;
        let all = String::from_utf8_lossy(&output.stdout).into_owned();
        let setting = |entry: &str| match entry.split_once('\n') {
            Some((key, value)) => format!("{key}={value}"),
            None => entry.to_owned(),
        };
        Ok(all.split('\0').filter(|entry| !entry.is_empty()).map(setting).collect())
    }

    /// Pushes an object as a tag that the remote does not have.
    ///
    /// # Errors
    /// An outside failure when git cannot be run.
    pub fn push(&self, remote: &str, name: &str, object: &str) -> Result<PushedTag, Failure> {
        refuse_option(remote)?;
        let lease = format!("--force-with-lease={TAGS}{name}:");
        let arguments = ["push", "--atomic", "--porcelain", "--no-follow-tags", &lease, "--", remote];
        let output = run(self.place.git(&arguments).arg(format!("{object}:{TAGS}{name}")))?;
        if output.status.success() {
            return Ok(PushedTag::Made);
        }
        Ok(told(&format!("cannot push {name} to {}", without_credentials(remote)), &output))
    }

    /// Makes a tag in the clone, where none of that name stands; gives the object at which it points then.
    ///
    /// # Errors
    /// An outside failure when git refuses, such as by a hook.
    pub fn keep(&self, name: &str, object: &str) -> Result<String, Failure> {
        let reference = format!("{TAGS}{name}");
        let nothing = "0".repeat(object.len());
        let output = run(&mut self.place.git(&["update-ref", "--no-deref", &reference, object, &nothing]))?;
        if output.status.success() {
            return Ok(object.to_owned());
        }
        let found = run(&mut self.place.git(&["rev-parse", "--verify", "--quiet", &reference]))?;
        if found.status.success() {
            return Ok(String::from_utf8_lossy(&found.stdout).trim().to_owned());
        }
        Err(refused(&format!("cannot make the tag {name}"), &output))
    }
}

/// Tags with the commits behind them, from lines of ids and names.
fn paired<'l>(lines: impl Iterator<Item = (&'l str, &'l str)>, prefix: &str) -> Vec<FoundTag> {
    let mut tags: Vec<FoundTag> = Vec::new();
    for (id, name) in lines {
        let Some(name) = name.strip_prefix(TAGS).filter(|name| name.starts_with(prefix)) else { continue };
        match (name.strip_suffix(PEELED), tags.last_mut()) {
            // It follows the tag that it is of.
            (Some(name), Some(last)) if last.name == name => id.clone_into(&mut last.commit),
            (Some(_), _) => {}
            (None, _) => {
                let id = id.to_owned();
                tags.push(FoundTag { name: name.to_owned(), object: id.clone(), commit: id });
            }
        }
    }
    tags
}

/// What git's answer to a push of one reference that failed means.
pub(super) fn told(what: &str, output: &Output) -> PushedTag {
    /// How servers tell that another was there at the same moment.
    const RACES: [&str; 9] = [
        "already exists",
        "cannot lock ref",
        "failed to lock",
        "failed to update ref",
        "fetch first",
        "incorrect old value",
        "non-fast-forward",
        "stale info",
        "transaction",
    ];
    /// How they tell that they will not have it.
    const REFUSALS: [&str; 4] = ["declined", "denied", "prohibited", "protected"];
    let has = |summary: &str, words: &[&str]| words.iter().any(|word| summary.contains(word));
    let said = String::from_utf8_lossy(&output.stdout);
    let summary = said.lines().find_map(|line| line.strip_prefix("!\t")?.split_once('\t').map(|(_, summary)| summary));
    match summary {
        Some(summary) if has(summary, &REFUSALS) => PushedTag::Refused(refused(what, output)),
        Some(summary) if has(summary, &RACES) => PushedTag::Taken,
        // Nothing was said of the remote: a hook of the clone has refused.
        None if output.status.code() == Some(1) => PushedTag::Refused(refused(what, output)),
        _ => {
            let said = without_credentials(String::from_utf8_lossy(&output.stderr).trim());
            let bare = || summary.map_or_else(|| format!("git push ended with {}", output.status), str::to_owned);
            PushedTag::Unsure(if said.is_empty() { bare() } else { said })
        }
    }
}
