//! `ahuora load run`: trials, from a calm platform to a verdict.

mod around;
mod k6;
mod prepare;
mod progress;
mod site;
mod told;

use std::path::Path;

use self::around::Around;
use self::prepare::Prepared;
use self::progress::Progress;
use self::site::Place;
use crate::cli::{ClusterArgs, Common, RunArgs, TrialArgs};
use crate::effects::results::{RESULT, RUN, Results, RunJournal, SCRIPT};
use crate::effects::signals::Signals;
use crate::effects::http::{Http, headers_from_environment};
use crate::effects::{clock, latency as netem, results};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::trial::latency::Latency;
use crate::trial::machine::{End, Event, Keep as _, Line, RunRecord, Standing, drive};
use crate::ui::Ui;
use crate::values::Target;

/// What is wanted of trials, by `run` or by `compose`.
pub(super) struct Wish<'a> {
    /// What is loaded, and how.
    pub(super) trial: &'a TrialArgs,
    /// The platform.
    pub(super) target: &'a Target,
    /// The latency that is added.
    pub(super) latency: Option<Latency>,
    /// What is known of the cluster; none where there is none.
    pub(super) cluster: Option<&'a ClusterArgs>,
    /// Whether the platform is on this machine.
    pub(super) co_located: bool,
}

impl Wish<'_> {
    fn has_cluster(&self) -> bool {
        self.cluster.is_some_and(|cluster| !cluster.no_cluster)
    }
}

/// What surrounded the run.
const FINGERPRINT: &str = "fingerprint.json";

pub(super) fn run(common: &Common, load: &Load, args: &RunArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let latency = (!args.no_latency).then(|| Latency::of(&load.spec.conditions.latency, args.interface.as_ref()));
    let wish = Wish { trial: &args.trial, target: &args.target, latency, cluster: Some(&args.cluster), co_located: false };
    trials(common, load, &wish, ui)
}

/// Whether trials could begin, without touching anything.
pub(super) fn ready(common: &Common, load: &Load, wish: &Wish<'_>) -> Result<(), Failure> {
    Prepared::of(common, load, wish)?;
    k6::found(&wish.trial.k6)?;
    headers_from_environment().map(drop)
}

/// Makes the trials that are wanted.
pub(super) fn trials(common: &Common, load: &Load, wish: &Wish<'_>, ui: &Ui) -> Result<Outcome, Failure> {
    let prepared = Prepared::of(common, load, wish)?;
    if common.dry_run {
        return told::steps(&prepared, load, wish, ui);
    }
    let program = k6::found(&wish.trial.k6)?;
    let headers = headers_from_environment()?;
    if let Some(latency) = &wish.latency {
        netem::check(latency, wish.target.host()).map_err(|error| told::cannot_delay(&error))?;
    }
    let around = Around::open(common, load, wish)?;
    let signals = Signals::watch()?;
    let (folder, mut journal, events) = Results::open(&prepared.folder)?;
    let mut standing = begun(&prepared, &folder, &mut journal, &events)?;
    if standing.finished {
        ui.status(&format!("{}: this run is finished", prepared.folder.display()));
        return conclude(&prepared, &folder, &standing, ui);
    }
    told::begins(&prepared, ui);
    let seconds = prepared.plan.course.milliseconds() / 1000 + u64::from(prepared.plan.graceful_stop.get());
    let progress = Progress::new(ui, load.spec.settling.get().into(), seconds);
    folder.write_json(FINGERPRINT, &around.fingerprint(&prepared, &program, wish))?;
    let api = Http::new(wish.target, &headers);
    let mut place =
        Place { load, wish, prepared: &prepared, folder: &folder, program: &program, around, api, signals, progress };
    match drive(&mut place, &mut journal, &mut standing) {
        End::Finished(_) => conclude(&prepared, &folder, &standing, ui),
        End::Interrupted(left) => {
            told::left(&left, ui);
            Err(told::stopped("interrupted", &prepared.folder))
        }
        End::Stopped(why) => {
            told::left(&why, ui);
            Err(told::stopped("the run stopped", &prepared.folder))
        }
    }
}

/// Where the run stands by its journal; what a new one is made of is written first.
fn begun(
    prepared: &Prepared<'_>,
    folder: &Results,
    journal: &mut RunJournal,
    events: &[Event],
) -> Result<Standing, Failure> {
    let asked = &prepared.asked;
    // Somebody else may have begun a run here while we looked.
    if !prepared.stands && results::text(&folder.path(RUN))?.is_some() {
        let message = format!("another process began a run in {} just now", prepared.folder.display());
        return Err(Failure::usage(message, "name another folder with --out"));
    }
    folder.write(SCRIPT, &prepared.script)?;
    if !prepared.stands {
        folder.write_json(RUN, asked)?;
    }
    if let Some(standing) = Standing::of(events) {
        return Ok(standing);
    }
    let event = Event::Begun {
        run: asked.id.clone(),
        trials: asked.trials.clone(),
        attempts: asked.attempts,
        latency: asked.latency.is_some(),
    };
    let line = Line::new(clock::now(), event.clone()).text();
    journal.append(&line).map_err(|why| Failure::outside("cannot begin")(std::io::Error::other(why)))?;
    Standing::of(&[event]).ok_or_else(|| Failure::usage("the run has no beginning", "name another folder with --out"))
}

/// Writes and tells what the run is worth.
fn conclude(prepared: &Prepared<'_>, folder: &Results, standing: &Standing, ui: &Ui) -> Result<Outcome, Failure> {
    let record = RunRecord::of(&prepared.asked, standing);
    folder.write_json(RESULT, &record)?;
    told::result(&record, standing, &prepared.folder, ui)
}

/// How a command goes on with a run.
fn again(folder: &Path) -> String {
    format!("go on with the same command and `--resume --out {}`", folder.display())
}
