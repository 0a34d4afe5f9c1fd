//! What `load run` says.

use std::path::Path;

use serde::Serialize;

use super::prepare::Prepared;
use super::{Wish, again, k6};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::trial::fixture::PREFIX;
use crate::trial::latency::{CannotDelay, removing};
use crate::trial::machine::{RunRecord, SECONDS_AROUND, Standing, Step, Trial, span};
use crate::trial::verdict::{Evidence, Grade};
use crate::ui::{Format, Ui};

/// What is to be done, by a dry run.
#[derive(Serialize)]
struct StepsJson<'a> {
    dry_run: bool,
    run: &'a crate::trial::machine::Asked,
    folder: String,
    seconds: u64,
    steps: Vec<StepJson>,
}

/// One step, done for each trial.
#[derive(Serialize)]
struct StepJson {
    step: Step,
    told: String,
    /// Programs with their arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commands: Vec<Vec<String>>,
}

fn one(step: Step, told: impl Into<String>, commands: Vec<Vec<String>>) -> StepJson {
    StepJson { step, told: told.into(), commands }
}

/// Tells the steps, and does none of them.
pub(super) fn steps(prepared: &Prepared<'_>, load: &Load, wish: &Wish<'_>, ui: &Ui) -> Result<Outcome, Failure> {
    let (asked, conditions) = (&prepared.asked, &load.spec.conditions);
    let settled = &conditions.settled;
    let name = format!("{PREFIX}{}-TRIAL-ATTEMPT", asked.id);
    let mut steps = vec![
        one(Step::Settle, format!("calm for {}, within {}", settled.stable, settled.within), Vec::new()),
        one(Step::MakeFixture, format!("sweep what crashed runs left; flowsheet {name}"), Vec::new()),
    ];
    if let Some(latency) = &wish.latency {
        // The addresses of the platform are asked for when it is done.
        steps.push(one(Step::LatencyOn, format!("{}, proved by pings", latency.told()), latency.adding(&[])));
    }
    let program = wish.trial.k6.to_string_lossy();
    steps.push(one(
        Step::Load,
        format!("{} requests", prepared.plan.course.ideal_iterations()),
        vec![k6::argv(&program)],
    ));
    if let Some(latency) = &wish.latency {
        steps.push(one(Step::LatencyOff, "whatever happens", vec![removing(&latency.interface)]));
    }
    steps.push(one(Step::RemoveFixture, "whatever happens", Vec::new()));
    steps.push(one(Step::Collect, "what is only known afterwards", Vec::new()));
    steps.push(one(
        Step::Judge,
        format!("an invalid trial is made again, {} times in all at most", asked.attempts),
        Vec::new(),
    ));
    if ui.format == Format::Json {
        let folder = prepared.folder.display().to_string();
        ui.json(&StepsJson { dry_run: true, run: asked, folder, seconds: seconds(prepared, load), steps })?;
        return Ok(Outcome::Fine);
    }
    let mut text = String::new();
    for StepJson { step, told, commands } in &steps {
        text += &format!("{:24}  {told}\n", step.to_string());
        for command in commands {
            text += &format!("{:24}  $ {}\n", "", shown(command));
        }
    }
    ui.data(&text)?;
    ui.status(&format!(
        "dry run, nothing was done: {} against {}, {} trial{} into {}, about {}",
        prepared.plan.name(),
        asked.target,
        asked.trials.len(),
        if asked.trials.len() == 1 { "" } else { "s" },
        prepared.folder.display(),
        span(seconds(prepared, load)),
    ));
    Ok(Outcome::Fine)
}

/// An argument vector as one would type it.
fn shown(argv: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    let words = argv.iter().map(|word| match word.is_empty() || !word.chars().all(plain) {
        true => format!("'{}'", word.replace('\'', "'\\''")),
        false => word.clone(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// How long a run takes, in seconds: an estimate.
fn seconds(prepared: &Prepared<'_>, load: &Load) -> u64 {
    let course = prepared.plan.course.milliseconds() / 1000 + u64::from(prepared.plan.graceful_stop.get());
    (course + u64::from(load.spec.settling.get()) + SECONDS_AROUND) * prepared.asked.trials.len() as u64
}

/// Latency that cannot be added.
pub(super) fn cannot_delay(error: &CannotDelay) -> Failure {
    Failure::Stopped { message: format!("cannot begin: {error}"), hint: error.hint() }
}

/// Says what begins.
pub(super) fn begins(prepared: &Prepared<'_>, ui: &Ui) {
    let asked = &prepared.asked;
    let name = prepared.plan.name();
    ui.status(&format!("run {}: {name} against {}, into {}", asked.id, asked.target, prepared.folder.display()));
    for mark in &asked.marks {
        ui.status(&format!("  {}: {}", mark.rule, mark.told));
    }
}

/// Says what may be left, and what to type.
pub(super) fn left(left: &[String], ui: &Ui) {
    for one in left {
        ui.status(&format!("{}: {one}", Ui::heading("left")));
    }
}

/// A run that is not at its end.
pub(super) fn stopped(how: &str, folder: &Path) -> Failure {
    let shown = folder.display();
    Failure::Stopped { message: format!("{how}: what was measured stays in {shown}"), hint: again(folder) }
}

/// Tells what a run is worth.
pub(super) fn result(record: &RunRecord, standing: &Standing, folder: &Path, ui: &Ui) -> Result<Outcome, Failure> {
    let outcome = if standing.grade() == Grade::Invalid { Outcome::Findings } else { Outcome::Fine };
    if ui.format == Format::Json {
        ui.json(record)?;
        return Ok(outcome);
    }
    let mut text = String::new();
    for trial in &standing.trials {
        text += &lines(trial);
    }
    ui.data(&text)?;
    let counted = standing.trials.iter().filter(|trial| trial.counted().is_some()).count();
    ui.status(&format!("{counted} of {} trials count; all is in {}", standing.trials.len(), folder.display()));
    Ok(outcome)
}

/// A trial: its grade, the attempt that counts, and what was seen.
fn lines(trial: &Trial) -> String {
    // Of what does not count, only what speaks against it is told.
    let told = |evidence: &[Evidence], all: bool| -> String {
        let line = |one: &Evidence| format!("    {:8} {}: {}\n", grade(one.grade), one.rule, one.told);
        evidence.iter().filter(|one| all || one.grade > Grade::Valid).map(line).collect()
    };
    let mut text = match trial.counted() {
        Some(attempt) => format!("trial {}  {}  attempt {}\n", trial.number, grade(trial.grade()), attempt.number),
        None => format!("trial {}  {}  no attempt counts\n", trial.number, grade(trial.grade())),
    };
    for attempt in &trial.attempts {
        if !attempt.is_done() {
            text += &format!("  attempt {} does not count\n", attempt.number);
        }
        text += &told(&attempt.evidence, attempt.is_done());
    }
    text
}

const fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Valid => "valid",
        Grade::Suspect => "suspect",
        Grade::Invalid => "invalid",
    }
}
