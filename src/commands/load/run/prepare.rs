//! What a run is, before anything is touched.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Wish;
use crate::cli::{Common, TrialArgs};
use crate::commands::load::{fixture, plan};
use crate::commands::unwritable;
use crate::effects::results::{self, Standing};
use crate::effects::{self, Repository, github};
use crate::error::Failure;
use crate::experiment::Digest;
use crate::load::{self, Load, Plan};
use crate::trial::fixture::Fixture;
use crate::trial::latency::Latency;
use crate::trial::machine::{Asked, Digests, Mark};

/// Where results go when no folder is named, from the repository.
const FOLDER: &str = "results";
/// Trials, where neither the command nor the profile says how many.
const TRIALS: u16 = 3;
/// Longest id of a run.
const LONGEST_ID: usize = 64;

/// A run, ready to begin.
pub(super) struct Prepared<'l> {
    /// What is loaded, and how.
    pub(super) plan: Plan<'l>,
    /// What is made before and removed after each attempt.
    pub(super) fixture: Fixture,
    /// What was asked for.
    pub(super) asked: Asked,
    /// The k6 script.
    pub(super) script: String,
    /// The folder of results.
    pub(super) folder: PathBuf,
    /// Whether a run stands there that is gone on with.
    pub(super) stands: bool,
}

impl<'l> Prepared<'l> {
    /// Reads everything that a run depends on, and looks at the folder of results.
    pub(super) fn of(common: &Common, load: &'l Load, wish: &Wish<'_>) -> Result<Self, Failure> {
        let args = wish.trial;
        let plan = plan(load, &args.endpoint, &args.profile, args.shorten)?;
        let script = load::script(&plan).map_err(unwritable("the script"))?;
        let fixture = fixture(common)?;
        let repository = Repository::find(common.repo.as_deref(), &common.config)?;
        if let Some(id) = &args.id {
            checked(id)?;
        }
        let folder = match (&common.out, &args.id, args.resume) {
            (Some(out), _, _) => PathBuf::from(out),
            (None, Some(id), _) => repository.path(FOLDER).join(id),
            (None, None, false) => PathBuf::new(),
            (None, None, true) => {
                let hint = "name its folder with --out, or its id with --id";
                return Err(Failure::usage("--resume does not know which run to go on with", hint));
            }
        };
        let standing = if folder.as_os_str().is_empty() { Standing::New } else { results::look(&folder)? };
        let there = read(&folder, &standing)?;
        let id = match (&args.id, &there) {
            (Some(id), _) => id.clone(),
            (None, Some(there)) => there.id.clone(),
            (None, None) => github::new_id(),
        };
        let folder = if folder.as_os_str().is_empty() { repository.path(FOLDER).join(&id) } else { folder };
        let asked = asked(load, &plan, &fixture, wish, id, commit(args, &repository), &script);
        if let Some(there) = &there {
            fits(&folder, there, &asked, args.resume)?;
        }
        Ok(Self { plan, fixture, asked, script, folder, stands: there.is_some() })
    }
}

fn checked(id: &str) -> Result<(), Failure> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let begins = id.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && id.len() <= LONGEST_ID && id.chars().all(legal) {
        return Ok(());
    }
    let message = format!("`{id}` is no id of a run");
    Err(Failure::usage(message, format!("take {LONGEST_ID} letters, digits, `-`, `_` and `.` at most")))
}

fn commit(args: &TrialArgs, repository: &Repository) -> Option<String> {
    let head = || effects::Reader::open(&repository.path("")).and_then(|mut reader| reader.revision("HEAD"));
    args.commit.as_ref().map(ToString::to_string).or_else(|| head().ok().map(|(commit, _)| commit))
}

fn asked(
    load: &Load,
    plan: &Plan<'_>,
    fixture: &Fixture,
    wish: &Wish<'_>,
    id: String,
    commit: Option<String>,
    script: &str,
) -> Asked {
    let args = wish.trial;
    let profile = load.spec.profiles.get(plan.profile);
    let count = args.trials.or_else(|| profile.and_then(|profile| profile.trials)).map_or(TRIALS, Into::into);
    let said = load.said_of(&[plan.endpoint.clone()], &[plan.profile.clone()]);
    Asked {
        version: Asked::VERSION,
        id,
        experiment: args.experiment.clone(),
        commit,
        target: wish.target.to_string(),
        endpoint: plan.endpoint.to_string(),
        profile: plan.profile.to_string(),
        trials: args.trial.map_or_else(|| (1..=count).collect(), |trial| vec![trial.get()]),
        attempts: load.spec.conditions.attempts.get(),
        shortened: plan.shortened.get(),
        milliseconds: plan.course.milliseconds(),
        latency: wish.latency.as_ref().map(Latency::told),
        cluster: wish.has_cluster(),
        marks: marks(plan, wish),
        digests: Digests {
            script: Digest::of_value(&Value::from(script)).to_string(),
            load: Digest::of_value(&said).to_string(),
            fixture: Digest::of_value(fixture.said()).to_string(),
        },
    }
}

/// What everybody who uses the results must know.
fn marks(plan: &Plan<'_>, wish: &Wish<'_>) -> Vec<Mark> {
    let factor = plan.shortened.get();
    let all = [
        (factor > 1, "shortened", format!("tried, not measured: every duration was divided by {factor}")),
        (
            wish.co_located,
            "co-located",
            "the generator and the platform shared one machine: they took each other's processors".to_owned(),
        ),
        (
            wish.latency.is_none(),
            "no-latency",
            "no latency was added: not comparable with results that have it".to_owned(),
        ),
        (
            !wish.has_cluster(),
            "no-cluster",
            "no cluster was asked: neither whether it had settled, nor what it used".to_owned(),
        ),
    ];
    let marks = all.into_iter().filter(|(applies, _, _)| *applies);
    marks.map(|(_, rule, told)| Mark { rule: rule.to_owned(), told }).collect()
}

/// The run that stands in a folder.
fn read(folder: &Path, standing: &Standing) -> Result<Option<Asked>, Failure> {
    let Standing::Run(text) = standing else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| {
        let message = format!("{} is not understood: {error}", folder.join(results::RUN).display());
        Failure::usage(message, "was it written by another version? name another folder with --out, and keep this one")
    })
}

/// Refuses a folder that holds another run, or a run that nobody wants to go on with.
fn fits(folder: &Path, there: &Asked, now: &Asked, resume: bool) -> Result<(), Failure> {
    let differences = there.differences(now);
    if !differences.is_empty() {
        let hint = match resume {
            true => "ask for what stands there, or name another folder with --out",
            false => "name another folder with --out",
        };
        let what = differences.join("; ");
        return Err(Failure::usage(format!("{} holds another run: {what}", folder.display()), hint));
    }
    if !resume {
        let message = format!("{} holds this run already", folder.display());
        return Err(Failure::usage(message, "go on with it by --resume, or name another folder with --out"));
    }
    Ok(())
}
