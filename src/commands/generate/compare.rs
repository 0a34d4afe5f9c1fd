//! Comparing what is generated with what stands on the disk, or in a commit: the outcome is a list of actions.

use std::collections::BTreeSet;

use crate::commands::text_of;
use crate::config::Configuration;
use crate::effects::{self, Repository, Scan, Temporary, temporary};
use crate::error::Failure;
use crate::graph;
use crate::manifest::compose;
use crate::plan::Action;
use crate::tree::{Document, HEADER};
use crate::ui::Ui;

/// What was compared.
#[derive(Default)]
pub(super) struct Compared {
    /// What must be done.
    pub(super) actions: Vec<Action>,
    /// Files that are as they should be.
    pub(super) unchanged: usize,
    /// Generated files that stand on the disk already, as paths below the output folder.
    standing: Vec<String>,
    /// Files of other people in the place of generated ones.
    pub(super) in_the_way: Vec<String>,
}

impl Compared {
    pub(super) fn extend(&mut self, other: Self) {
        self.actions.extend(other.actions);
        self.standing.extend(other.standing);
        self.in_the_way.extend(other.in_the_way);
        self.unchanged += other.unchanged;
    }

    /// Without the contents: a large first run would keep every file in memory. The files that must be
    /// written are rendered again when they are.
    pub(super) fn without_contents(mut self) -> Self {
        for action in &mut self.actions {
            action.content = String::new();
        }
        self
    }

    /// Whether nothing at all is generated.
    pub(super) const fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.unchanged == 0 && self.in_the_way.is_empty()
    }
}

/// Where generated files stand.
pub(in crate::commands) trait Standing: Sync {
    /// A file, by its path from the root; none where there is none.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Failure>;
    /// What is in the output folder.
    fn scan(&self) -> &Scan;
    /// Files in the root folder that killed runs left.
    fn left_over(&self) -> Result<Vec<String>, Failure>;
}

/// The working folder.
pub(in crate::commands) struct Disk<'a> {
    repository: &'a Repository,
    scan: Scan,
}

impl<'a> Disk<'a> {
    /// The working folder of a repository; `out` is its output folder.
    pub(in crate::commands) fn of(repository: &'a Repository, out: &str) -> Result<Self, Failure> {
        Ok(Self { repository, scan: effects::scan(&repository.path(out), out)? })
    }
}

impl Standing for Disk<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        self.repository.read(path)
    }

    fn scan(&self) -> &Scan {
        &self.scan
    }

    fn left_over(&self) -> Result<Vec<String>, Failure> {
        self.repository.left_over()
    }
}

/// What is compared with.
pub(super) struct Ground<'a> {
    pub(super) standing: &'a dyn Standing,
    /// The output folder, from the root of the repository.
    pub(super) out: &'a str,
}

impl Ground<'_> {
    /// Compares documents with their files.
    pub(super) fn documents<'d>(&self, documents: impl Iterator<Item = &'d Document>) -> Result<Compared, Failure> {
        let mut compared = Compared::default();
        for document in documents {
            self.manifest(&mut compared, &document.path, text_of(document)?)?;
        }
        Ok(compared)
    }

    /// Compares compose.yaml and the file it mounts.
    pub(super) fn compose(&self, configuration: &Configuration) -> Result<Compared, Failure> {
        let mut compared = Compared::default();
        let Some((spec, platform)) = configuration.compose() else { return Ok(compared) };
        let (text, ini) = compose::build(platform, spec, self.out);
        self.file(&mut compared, COMPOSE.to_owned(), format!("{HEADER}{text}"), None)?;
        if let Some(ini) = ini {
            self.manifest(&mut compared, compose::INI_FILE, format!("{}{ini}", HEADER.replacen('#', ";", 1)))?;
        }
        Ok(compared)
    }

    /// Compares the picture between its markers in the README; without markers there is none.
    pub(super) fn picture(&self, picture: &str, ui: &Ui) -> Result<Compared, Failure> {
        let mut compared = Compared::default();
        let Some(bytes) = self.standing.read(README)? else { return Ok(compared) };
        let Ok(present) = String::from_utf8(bytes) else {
            ui.status(&format!("left alone {README}: it is not UTF-8 text"));
            return Ok(compared);
        };
        match graph::replace_block(&present, picture) {
            Some(content) if content == present => compared.unchanged += 1,
            Some(content) => {
                compared.actions.push(Action::write(README.to_owned(), content, true));
            }
            None => {}
        }
        Ok(compared)
    }

    /// The removal of generated files that are no longer made, and the files of other people.
    pub(super) fn stale(&self, compared: &[&Compared]) -> Result<(Vec<Action>, Vec<String>), Failure> {
        let standing: BTreeSet<&str> =
            compared.iter().flat_map(|compared| &compared.standing).map(String::as_str).collect();
        let mut foreign: Vec<String> = self.standing.scan().others.iter().map(|path| self.below_out(path)).collect();
        let mut removals: Vec<Action> = self.standing.left_over()?.into_iter().map(Action::remove).collect();
        for file in self.standing.scan().files.iter().filter(|file| !standing.contains(file.as_str())) {
            let path = self.below_out(file);
            match temporary(file) {
                Temporary::Alive => {}
                Temporary::LeftOver => removals.push(Action::remove(path)),
                Temporary::No if self.standing.read(&path)?.is_some_and(|bytes| is_ours(&bytes)) => {
                    removals.push(Action::remove(path));
                }
                Temporary::No => foreign.push(path),
            }
        }
        Ok((removals, foreign))
    }

    fn below_out(&self, path: &str) -> String {
        [self.out, "/", path].concat()
    }

    /// Compares a file of the output folder.
    fn manifest(&self, compared: &mut Compared, path: &str, content: String) -> Result<(), Failure> {
        let standing = self.standing.scan().files.contains(path);
        if standing {
            compared.standing.push(path.to_owned());
        }
        self.file(compared, self.below_out(path), content, Some(standing))
    }

    /// Compares a file; `stands` is whether it exists, where that is known.
    fn file(
        &self,
        compared: &mut Compared,
        path: String,
        content: String,
        stands: Option<bool>,
    ) -> Result<(), Failure> {
        let present = if stands == Some(false) { None } else { self.standing.read(&path)? };
        match &present {
            Some(bytes) if bytes == content.as_bytes() => compared.unchanged += 1,
            Some(bytes) if !is_ours(bytes) => compared.in_the_way.push(path),
            present => compared.actions.push(Action::write(path, content, present.is_some())),
        }
        Ok(())
    }
}

/// The file with the picture.
pub(in crate::commands) const README: &str = "README.md";
const COMPOSE: &str = "compose.yaml";
/// What is generated outside the output folder.
pub(in crate::commands) const ROOT_FILES: [&str; 2] = [COMPOSE, README];

/// Whether a file begins with our header, in YAML's or INI's way of writing a comment.
fn is_ours(bytes: &[u8]) -> bool {
    let mark = HEADER.trim_start_matches('#').split('.').next().unwrap_or(HEADER).as_bytes();
    matches!(bytes.first(), Some(b'#' | b';')) && bytes.get(1..).is_some_and(|rest| rest.starts_with(mark))
}
