//! A bump in the working folder: files that are checked before one of them is written, and one commit of them.
//!
//! What is wanted follows from the commit that is checked out, and from nothing else. A run that was killed has left
//! files that are either old or wanted, so the same command finishes it.

use super::ground::{AtCommit, Place, changes, load};
use super::report::Report;
use super::{Request, campaigns, planned, warnings};
use crate::cli::Common;
use crate::commands::generate::{Disk, README, ROOT_FILES, Standing as _};
use crate::commands::{output_folder, read_lock};
use crate::effects::{self, Reader, Repository, Temporary, Turn, Uncommitted, temporary};
use crate::error::{Failure, Outcome};
use crate::experiment::LOCK;
use crate::plan::{Action, Change};
use crate::release::image::{Planned, commit_message, subject};
use crate::ui::Ui;

pub(super) fn run(common: &Common, request: &Request, ui: &Ui) -> Result<Outcome, Failure> {
    let out = output_folder(common.manifests())?;
    let repository = Repository::find(common.repo.as_deref(), &common.config)?;
    if let Some(lock) = read_lock(&repository)? {
        return Err(Failure::usage(
            format!(
                "{LOCK}: this is the branch of {}/{}, which keeps its versions",
                lock.spec.experiment, lock.spec.permutation
            ),
            "check out the branch that Argo CD follows, or add --pull-request",
        ));
    }
    let root = repository.path("");
    effects::refuse_below(&root)?;
    // A dry run changes nothing, so it need not wait for anybody.
    let turn = if common.dry_run { None } else { Some(Turn::take(&root)?) };
    let standing = Standing::look(common, repository, out)?;
    let mut report = Report::new(common.dry_run);
    let before = load(&standing.text, &common.config)?;
    let wishes = request.wishes(&before, &mut |said| ui.status(&said));
    let mut planned = planned((&standing.text, &before, &common.config), &wishes, request.direction)?;
    report.same(ui, &planned, "");
    if planned.moves.is_empty() {
        report.end(ui, "nothing was changed")?;
        return Ok(Outcome::Fine);
    }
    standing.keep_line_ends(common, &mut planned)?;
    let disk = Disk::of(&standing.repository, &standing.out)?;
    let place = match &standing.interrupted {
        Some(head) => Place { standing: head, out: &standing.out, called: "HEAD:".to_owned() },
        None => Place { standing: &disk, out: &standing.out, called: String::new() },
    };
    let Some(files) = changes(common, &place, (&before, &planned.text), ui)? else {
        return Ok(Outcome::Findings);
    };
    standing.refuse_dirty(&files)?;
    effects::preflight(&standing.repository, &files.iter().map(|action| &action.change).collect::<Vec<&Change>>())?;
    for warning in warnings(&planned, &common.config).iter().chain(&under_way(&campaigns(&root))) {
        report.warn(ui, warning);
    }
    report.plan(ui, &planned, &files)?;
    report.step(ui, format!("commit {}", subject(&planned.moves)))?;
    if let Some(turn) = turn {
        effects::apply(&standing.repository, &left_over(&disk, &standing.out)?)?;
        let commit = write(&standing, &files, &turn, &commit_message(&planned.moves, &common.config))?;
        report.commit = Some(commit);
    }
    let done =
        format!("committed {}", report.commit.as_deref().and_then(|commit| commit.get(..12)).unwrap_or_default());
    report.end(ui, &done)?;
    Ok(Outcome::Fine)
}

/// What stands in the working folder.
struct Standing {
    repository: Repository,
    out: String,
    /// The text of the configuration from which is bumped.
    text: String,
    /// Tracked files of ours that differ from the commit.
    dirty: Vec<Uncommitted>,
    /// The commit that is checked out, when another run of ours may have been interrupted on it.
    interrupted: Option<AtCommit>,
}

impl Standing {
    fn look(common: &Common, repository: Repository, out: String) -> Result<Self, Failure> {
        let root = repository.path("");
        let mut reader = Reader::open(&root)?;
        let (head, _) = reader.revision("HEAD")?;
        if reader.file(&head, &common.config)?.is_none() {
            return Err(Failure::usage(
                format!("{} is not committed, so a bump cannot be a commit of its version alone", common.config),
                "commit it first, with what `ahuora generate` makes of it",
            ));
        }
        let watched: Vec<&str> = ROOT_FILES.into_iter().chain([common.config.as_str(), &out]).collect();
        let dirty = effects::uncommitted(&root, &watched)?;
        let interrupted = (!dirty.is_empty()).then(|| AtCommit::read(&mut reader, &head, common, &out)).transpose()?;
        let text = match &interrupted {
            Some(at) if is_among(&dirty, &common.config) => at.text(&common.config)?.unwrap_or_default(),
            _ => effects::read_text(&repository.path(&common.config), &common.config, effects::MAX_CONFIG_BYTES)?,
        };
        Ok(Self { repository, out, text, dirty, interrupted })
    }

    /// Where git changes the ends of lines, an interrupted run has left them as they stand on the disk.
    fn keep_line_ends(&self, common: &Common, planned: &mut Planned) -> Result<(), Failure> {
        if self.interrupted.is_some() {
            let present =
                self.repository.read(&common.config)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            if let Some(present) = present.filter(|present| same_lines(present, &planned.text)) {
                planned.text = present;
            }
        }
        Ok(())
    }

    /// Refuses work of somebody else in the files that are committed, and in what they are generated from: whatever is
    /// neither as it was committed nor as it is wanted.
    fn refuse_dirty(&self, wanted: &[Action]) -> Result<(), Failure> {
        let mut theirs = Vec::new();
        for Uncommitted { path, staged } in &self.dirty {
            let wanted = wanted.iter().find(|action| action.change.path == *path);
            if wanted.is_none() && is_readme(path) {
                continue;
            }
            let present = self.repository.read(path)?;
            let is_wanted = wanted.zip(present).is_some_and(|(wanted, present)| {
                self.interrupted.is_some() && same_lines(&String::from_utf8_lossy(&present), &wanted.content)
            });
            if *staged || !is_wanted {
                theirs.push(path.as_str());
            }
        }
        if theirs.is_empty() {
            return Ok(());
        }
        let verb = if theirs.len() == 1 { "has" } else { "have" };
        Err(Failure::usage(
            format!("{} {verb} uncommitted changes: nothing was changed", theirs.join(", ")),
            format!("commit them, or put them aside with `git stash push -- {}`, and try again", theirs.join(" ")),
        ))
    }
}

fn is_readme(path: &str) -> bool {
    path == README
}

fn is_among(dirty: &[Uncommitted], path: &str) -> bool {
    dirty.iter().any(|one| one.path == path)
}

/// Whether two texts are the same but for the ends of their lines.
fn same_lines(one: &str, other: &str) -> bool {
    one == other || one.replace("\r\n", "\n") == other.replace("\r\n", "\n")
}

/// Writes the files and commits them; gives the commit. When git or a hook refuses, the files get their bytes back.
fn write(standing: &Standing, files: &[Action], turn: &Turn, message: &str) -> Result<String, Failure> {
    let Standing { repository, interrupted, dirty, .. } = standing;
    let mut old = Vec::with_capacity(files.len());
    for Action { change, .. } in files {
        let bytes = match interrupted {
            Some(head) if is_among(dirty, &change.path) => head.text(&change.path)?,
            _ => repository.read(&change.path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        };
        old.push(Action::write(change.path.clone(), bytes.unwrap_or_default(), true));
    }
    effects::apply(repository, files)?;
    let paths: Vec<&str> = files.iter().map(|action| action.change.path.as_str()).collect();
    effects::commit(&repository.path(""), turn, message, &paths).map_err(|failure| {
        match (failure, effects::apply(repository, &old)) {
            (Failure::Outside { what, source }, Ok(())) => {
                Failure::Outside { what: format!("{what}, and every file is as it was"), source }
            }
            (failure, _) => failure,
        }
    })
}

/// The removal of what killed runs were writing.
fn left_over(disk: &Disk<'_>, out: &str) -> Result<Vec<Action>, Failure> {
    let below = disk.scan().files.iter().filter(|file| temporary(file) == Temporary::LeftOver);
    let below = below.map(|file| format!("{out}/{file}"));
    Ok(below.chain(disk.left_over()?).map(Action::remove).collect())
}

/// What is told of experiments that are not finished.
fn under_way(experiments: &[String]) -> Vec<String> {
    let each = |name: &String| {
        format!(
            "the experiment {name} was dispatched from here and is not finished: its branches keep their versions, and what they are compared with moves"
        )
    };
    experiments.iter().map(each).collect()
}
