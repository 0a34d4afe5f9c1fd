//! Branches by the user's own git, for repositories that are not as this program knows them: slower, and the same.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write as _};
use std::process::{Child, ChildStdin, Stdio};

use super::branches::Wanted;
use super::place::{Place, refused, run};
use super::{fs, no_such_commit};
use crate::error::Failure;
use crate::pack;

/// Writes branches through `git fast-import`.
pub(super) struct Plain {
    base: String,
    author: String,
    programs: HashSet<String>,
    /// None when it was waited for.
    import: Option<(Child, BufWriter<ChildStdin>)>,
    marks: tempfile::NamedTempFile,
    /// Under what name commits are made; it is gone in the end.
    reference: String,
    count: usize,
}

impl Plain {
    /// Ready to write on top of a revision.
    pub(super) fn begin(place: &Place, revision: &str, author: &str) -> Result<Self, Failure> {
        let peeled = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled];
        let base = run(&mut place.git(&arguments))?;
        if !base.status.success() {
            let names = place.ask(&["for-each-ref", "--format=%(refname:short)"])?;
            return Err(no_such_commit(revision, &names.lines().collect::<Vec<_>>()));
        }
        let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
        let files = place.ask(&["ls-tree", "-r", "-z", &base])?;
        let programs = files.split('\0').filter_map(|line| line.strip_prefix("100755 ")?.split_once('\t'));
        let programs = programs.map(|(_, path)| path.to_owned()).collect();
        let marks = tempfile::Builder::new().prefix("ahuora-").tempfile();
        let marks = marks.map_err(Failure::outside("cannot make a temporary file"))?;
        let name = marks.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let export = format!("--export-marks={}", marks.path().display());
        let mut command = place.git(&["fast-import", "--quiet", "--force", "--done", &export]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Failure::outside("cannot run git"))?;
        let input =
            child.stdin.take().ok_or_else(|| Failure::outside("cannot run git")(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self {
            base,
            author: author.to_owned(),
            programs,
            import: Some((child, BufWriter::with_capacity(1 << 16, input))),
            marks,
            reference: format!("refs/ahuora/{}", name.replace('.', "")),
            count: 0,
        })
    }

    /// The commit on which branches stand.
    pub(super) fn base(&self) -> String {
        self.base.clone()
    }

    /// Begins a branch's commit; its id is known in the end.
    pub(super) fn add(&mut self, wanted: &Wanted) -> Result<(), Failure> {
        self.count += 1;
        let mut changes: Vec<_> = wanted.changes.iter().collect();
        changes.sort_by(|(one, _), (other, _)| pack::order(one, other));
        let Some((_, input)) = &mut self.import else { return Ok(()) };
        let mut attempt = || -> io::Result<()> {
            let (reference, count, author) = (&self.reference, self.count, &self.author);
            write!(input, "commit {reference}\nmark :{count}\nauthor {author}\ncommitter {author}\n")?;
            write!(input, "data {}\n{}\nfrom {}\n", wanted.message.len(), wanted.message, self.base)?;
            // A folder that is removed takes with it what was known of its files.
            let is_removed = |path: &str| changes.iter().any(|(other, content)| content.is_none() && **other == *path);
            let removed = |path: &str| path.match_indices('/').any(|(end, _)| path.get(..end).is_some_and(is_removed));
            for (path, content) in &changes {
                match content {
                    Some(content) => {
                        let mode = if self.programs.contains(&**path) && !removed(path) { "100755" } else { "100644" };
                        write!(input, "M {mode} inline {}\ndata {}\n", quoted(path), content.len())?;
                        input.write_all(content)?;
                        input.write_all(b"\n")?;
                    }
                    None => writeln!(input, "D {}", quoted(path))?,
                }
            }
            Ok(())
        };
        match attempt() {
            Ok(()) => Ok(()),
            Err(error) => Err(self.ended(error)),
        }
    }

    /// Why git does not listen any more.
    fn ended(&mut self, error: io::Error) -> Failure {
        let output = self.import.take().and_then(|(child, input)| {
            let _ = input.into_parts();
            child.wait_with_output().ok()
        });
        match output {
            Some(output) => refused("git did not take the commits", &output),
            None => Failure::outside("git did not take the commits")(error),
        }
    }

    /// The commits, in the order in which they were added.
    pub(super) fn finish(&mut self, place: &Place) -> Result<Vec<String>, Failure> {
        let none = "0".repeat(self.base.len());
        let Some((_, input)) = &mut self.import else { return Ok(Vec::new()) };
        let end = format!("reset {}\nfrom {none}\n\ndone\n", self.reference);
        if let Err(error) = input.write_all(end.as_bytes()).and_then(|()| input.flush()) {
            return Err(self.ended(error));
        }
        let Some((child, input)) = self.import.take() else { return Ok(Vec::new()) };
        drop(input);
        let output = child.wait_with_output().map_err(Failure::outside("cannot run git"))?;
        if !output.status.success() {
            return Err(refused("git did not take the commits", &output));
        }
        // Git leaves the folder of the name that is gone.
        let _ = fs::remove_dir(place.common.join("refs/ahuora"));
        let marks = fs::read_to_string(self.marks.path()).map_err(Failure::outside("cannot read git's answer"))?;
        let mark = |line: &str| {
            let (mark, id) = line.strip_prefix(':')?.split_once(' ')?;
            Some((mark.parse::<usize>().ok()?, id.to_owned()))
        };
        let mut ids: HashMap<usize, String> = marks.lines().filter_map(mark).collect();
        let all: Option<Vec<String>> = (1..=self.count).map(|mark| ids.remove(&mark)).collect();
        all.ok_or_else(|| Failure::outside("cannot read git's answer")(io::ErrorKind::UnexpectedEof.into()))
    }

    /// As the one of the fast way.
    pub(super) fn lost(&self, place: &Place, found: &str, ours: &str, most: usize) -> (Vec<String>, usize) {
        let limits = ["--not", &self.base, ours];
        let number = format!("-{most}");
        let log = place.ask(&[&["log", "--format=%h %s", &number, found][..], &limits].concat());
        let lines: Vec<String> = log.unwrap_or_default().lines().map(str::to_owned).collect();
        let count = place.ask(&[&["rev-list", "--count", found][..], &limits].concat());
        let count = count.ok().and_then(|count| count.trim().parse().ok()).unwrap_or(lines.len());
        let more = count.saturating_sub(lines.len());
        (lines, more)
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.import.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A path as fast-import reads it.
fn quoted(path: &str) -> String {
    let mut quoted = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\0'..=' ' | '\x7f' => drop(write!(quoted, "\\{:03o}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
