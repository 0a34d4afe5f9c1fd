//! `ahuora load publish`: results of a run on the branch of results, where nothing is ever changed or removed.
//!
//! The remote says what holds. A commit is made on top of what was seen there, and taken only while the remote still has
//! that; whoever was overtaken begins again on top of the other's, so however many publish at once, each is there.

mod folder;

use serde::Serialize;

use self::folder::{Folder, LeftOut};
use crate::cli::{Common, PublishArgs};
use crate::effects::results::Results;
use crate::effects::{self, Added, Author, Blob, Growing, Repository};
use crate::error::{Failure, Outcome};
use crate::trial::publication::{self, RESULT, RUN};
use crate::ui::{Format, Ui};

/// How often it is begun again when others publish at the same time.
const ATTEMPTS: u32 = 100;
/// How often a push is tried to which there was no answer.
const UNANSWERED: u32 = 4;
/// Longest pauses in milliseconds: after the first failure, and ever.
const PAUSES: (u64, u64) = (50, 2_000);
/// Who writes the commits: the same for everybody, so that the same run on the same commit is the same commit.
const AUTHOR: &str = "ahuora";
/// Files that a sentence names.
const MOST_NAMED: usize = 5;

pub(super) fn run(common: &Common, args: &PublishArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let root = Repository::find(common.repo.as_deref(), &common.config)?.path("");
    let growing = Growing::open(&root, &args.remote, &args.branch)?;
    let folder = folder::read(&args.results, args.largest, &growing)?;
    if folder.run.grade.is_none() && !args.unfinished {
        return Err(Failure::usage(
            format!("{} has no {RESULT}: the run has not ended", args.results.display()),
            "go on with it by `ahuora load run --resume`, or add it as it is with --unfinished",
        ));
    }
    if folder.run.grade.is_none() {
        // While it goes on, it would be added half.
        Results::open(&args.results)?;
    }
    let place = folder.run.folder.as_str();
    let files = folder.files.iter().map(|file| Blob { path: format!("{place}/{}", file.path), id: file.id.clone() });
    let mut files: Vec<Blob> = files.collect();
    files.sort();
    let wish = Wish { common, args, folder: &folder, growing: &growing, files };
    let mut troubles = Troubles::default();
    for attempt in 0..ATTEMPTS {
        if let Some((commit, state)) = wish.attempt(&mut troubles)? {
            return wish.tell(ui, &commit, state);
        }
        effects::pause((PAUSES.0 << attempt.min(16)).min(PAUSES.1))?;
    }
    Err(Failure::usage(
        format!("{} of {} is changed by others again and again", args.branch, growing.shown()),
        "run the same command again when they have ended",
    ))
}

struct Wish<'a> {
    common: &'a Common,
    args: &'a PublishArgs,
    folder: &'a Folder,
    growing: &'a Growing,
    files: Vec<Blob>,
}

/// What went wrong so far.
#[derive(Default)]
struct Troubles {
    unanswered: u32,
    /// What ends it, unless the run turns out to be there.
    last: Option<Failure>,
}

impl Wish<'_> {
    /// The commit and how it came there; none when it has to be tried again.
    fn attempt(&self, troubles: &mut Troubles) -> Result<Option<(String, &'static str)>, Failure> {
        let tip = self.growing.look()?;
        let found = tip.as_deref().map_or_else(|| Ok(Vec::new()), |tip| self.growing.files(tip))?;
        if let Some(tip) = &tip
            && self.is_there(&found)?
        {
            return Ok(Some((tip.clone(), "same")));
        }
        if let Some(failure) = troubles.last.take() {
            return Err(failure);
        }
        let run = &self.folder.run;
        let author = Author { name: AUTHOR.to_owned(), email: String::new(), seconds: run.seconds };
        let commit = self.growing.add(tip.as_deref(), &self.files, &run.message, &author)?;
        if self.common.dry_run {
            return Ok(Some((commit, "planned")));
        }
        // What was refused or not answered may have been done all the same: it is looked for before it is a failure.
        match self.growing.push(&commit, tip.as_deref())? {
            Added::Made => return Ok(Some((commit, "published"))),
            Added::Overtaken => {}
            Added::Refused(failure) => troubles.last = Some(failure),
            Added::Unsure(failure) => {
                troubles.unanswered += 1;
                troubles.last = (troubles.unanswered > UNANSWERED).then_some(failure);
            }
        }
        Ok(None)
    }

    /// Whether the run is on the branch already, byte by byte.
    fn is_there(&self, found: &[Blob]) -> Result<bool, Failure> {
        let run = &self.folder.run;
        let place = format!("{}/", run.folder);
        let theirs: Vec<&Blob> = found.iter().filter(|blob| blob.path.starts_with(&place)).collect();
        if theirs.is_empty() {
            return self.refuse_others(found).map(|()| false);
        }
        let mut different: Vec<&str> = Vec::new();
        different.extend(theirs.iter().filter(|blob| !self.files.contains(blob)).map(|blob| blob.path.as_str()));
        different.extend(self.files.iter().filter(|blob| !theirs.contains(blob)).map(|blob| blob.path.as_str()));
        different.sort_unstable();
        different.dedup();
        if different.is_empty() {
            return Ok(true);
        }
        let short = |path: &str| path.strip_prefix(&place).unwrap_or(path).to_owned();
        let named: Vec<String> = different.iter().take(MOST_NAMED).map(|path| short(path)).collect();
        let more = different.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Err(self.refused(&format!("has the run {} with other bytes in {}{more}", run.id, named.join(", "))))
    }

    /// Refuses a run whose name another has, and a file where a folder is wanted.
    fn refuse_others(&self, found: &[Blob]) -> Result<(), Failure> {
        let run = &self.folder.run;
        let same_name = |path: &str| {
            let folder = path.strip_suffix(&format!("/{}/{RUN}", run.id))?;
            Some(format!("has another run of the name {} in {folder}", run.id))
        };
        let in_the_way = |path: &str| {
            let rest = run.folder.strip_prefix(path)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("has a file where the folder {path} would be"))
        };
        let told = found.iter().find_map(|blob| same_name(&blob.path).or_else(|| in_the_way(&blob.path)));
        told.map_or(Ok(()), |told| Err(self.refused(&told)))
    }

    fn refused(&self, what: &str) -> Failure {
        Failure::usage(
            format!("{} of {} {what}", self.args.branch, self.growing.shown()),
            "nothing on that branch is ever changed: look at both, and publish to another one with --branch",
        )
    }

    fn tell(&self, ui: &Ui, commit: &str, state: &'static str) -> Result<Outcome, Failure> {
        let Folder { run, files, left_out } = self.folder;
        let bytes = files.iter().map(|file| file.bytes).sum();
        if ui.format == Format::Json {
            ui.json(&PublishedJson {
                state,
                branch: &self.args.branch,
                remote: self.growing.shown(),
                folder: &run.folder,
                commit,
                run: &run.id,
                grade: run.grade.map(publication::name_of),
                files: files.len(),
                bytes,
                left_out,
            })?;
            return Ok(Outcome::Fine);
        }
        for LeftOut { path, bytes, .. } in left_out {
            ui.status(&format!("{path} is left out, for it has {}", megabytes(*bytes)));
        }
        let to = format!("{} of {}", self.args.branch, self.growing.shown());
        let what = format!("{}: {} files, {}", run.folder, files.len(), megabytes(bytes));
        if state == "same" {
            ui.status(&format!("{to} has {} already: nothing to do", run.folder));
            return Ok(Outcome::Fine);
        }
        ui.data(&format!("add {what}\npush {} to {to}\n", commit.get(..12).unwrap_or(commit)))?;
        ui.status(if state == "planned" { "dry run: nothing was pushed" } else { "published" });
        Ok(Outcome::Fine)
    }
}

/// Bytes for people.
fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[derive(Serialize)]
struct PublishedJson<'a> {
    /// `published`, `same`, or of a dry run `planned`.
    state: &'static str,
    branch: &'a str,
    remote: String,
    folder: &'a str,
    commit: &'a str,
    run: &'a str,
    grade: Option<&'static str>,
    files: usize,
    bytes: u64,
    left_out: &'a [LeftOut],
}
