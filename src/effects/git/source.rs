//! Where git's objects are read: in libgit2, or, where it cannot read a repository, by git itself.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use git2::{ObjectType, Oid, Repository};

use super::open;
use super::place::Place;
use crate::error::Failure;

/// Where objects are read.
pub(super) enum Source {
    Library(Repository),
    Program { child: Child, input: ChildStdin, output: BufReader<ChildStdout> },
}

impl Source {
    /// The objects of a repository.
    pub(super) fn open(place: &Place) -> Result<Self, Failure> {
        // Many thousand objects are read, and git itself does not compute their ids again either: damage is found where
        // they are unpacked, by a checksum.
        git2::opts::strict_hash_verification(false);
        if place.odd.is_none() { open(&place.root).map(Self::Library) } else { program(place) }
    }

    /// The content of an object, which is named by its whole id.
    pub(super) fn object(&mut self, name: &str) -> Result<Vec<u8>, Failure> {
        self.typed(name)?.map(|(_, content)| content).ok_or_else(|| unreadable(name, io::ErrorKind::NotFound.into()))
    }

    /// The kind and the content of an object; none where there is none.
    pub(super) fn typed(&mut self, name: &str) -> Result<Option<(ObjectType, Vec<u8>)>, Failure> {
        match self {
            Self::Library(repository) => {
                let read = || -> Result<_, git2::Error> {
                    let odb = repository.odb()?;
                    let object = odb.read(Oid::from_str(name)?)?;
                    Ok((object.kind(), object.data().to_vec()))
                };
                match read() {
                    Ok(object) => Ok(Some(object)),
                    Err(error) if error.code() == git2::ErrorCode::NotFound => Ok(None),
                    Err(error) => Err(unreadable(name, io::Error::other(error))),
                }
            }
            Self::Program { input, output, .. } => {
                let mut ask = || -> io::Result<Option<(ObjectType, Vec<u8>)>> {
                    writeln!(input, "{name}")?;
                    let mut line = String::new();
                    output.read_line(&mut line)?;
                    // `ID blob 12`, or `ID missing`.
                    let mut words = line.split_whitespace().skip(1);
                    let (kind, length) = (words.next().unwrap_or_default(), words.next());
                    if kind == "missing" {
                        return Ok(None);
                    }
                    let strange = || io::Error::from(io::ErrorKind::InvalidData);
                    let kind = ObjectType::from_str(kind).ok_or_else(strange)?;
                    let length: usize = length.and_then(|length| length.parse().ok()).ok_or_else(strange)?;
                    let mut content = vec![0; length + 1];
                    output.read_exact(&mut content)?;
                    content.pop();
                    Ok(Some((kind, content)))
                };
                ask().map_err(|error| unreadable(name, error))
            }
        }
    }

    /// The whole id of the commit of a revision.
    pub(super) fn commit(&self, place: &Place, revision: &str) -> Option<String> {
        match self {
            Self::Library(repository) => {
                let found = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
                Some(found.ok()?.id().to_string())
            }
            Self::Program { .. } => {
                let wanted = format!("{revision}^{{commit}}");
                let found = place.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]);
                Some(found.ok()?.trim().to_owned())
            }
        }
    }

    /// The branch that is checked out, without `refs/heads/`; none when there is none.
    pub(super) fn branch(&self, place: &Place) -> Option<String> {
        let whole = match self {
            Self::Library(repository) => repository.find_reference("HEAD").ok()?.symbolic_target().ok()??.to_owned(),
            Self::Program { .. } => place.ask(&["symbolic-ref", "--quiet", "HEAD"]).ok()?.trim().to_owned(),
        };
        whole.strip_prefix(super::refs::HEADS).map(str::to_owned)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        if let Self::Program { child, .. } = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Git itself, asked for one object after the other.
fn program(place: &Place) -> Result<Source, Failure> {
    let mut command = place.git(&["cat-file", "--batch"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(Failure::outside("cannot run git"))?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Ok(Source::Program { child, input, output: BufReader::new(output) }),
        _ => Err(Failure::outside("cannot run git")(io::ErrorKind::BrokenPipe.into())),
    }
}

/// A failure to read an object.
pub(super) fn unreadable(name: &str, error: io::Error) -> Failure {
    Failure::outside(format!("cannot read the git object {name}"))(error)
}
