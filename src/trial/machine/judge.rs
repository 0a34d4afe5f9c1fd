//! The verdict of an attempt, from all that was seen.

use serde_json::Value;

use super::{Attempt, Ran, State, Step};
use crate::load::{self, Ended};
use crate::trial::client::limited;
use crate::trial::verdict::{Evidence, Grade, worst};

/// How far the wall clock may part from the steady one during a trial, in milliseconds.
const CLOCK_JUMP: u64 = 1000;

/// What a trial was to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether the profile ends when a limit of virtual users is passed.
    pub has_limit: bool,
    /// So many virtual users there may be, or end it.
    pub most: u64,
}

/// What k6 counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Iterations {
    /// Requests that the profile asks for.
    pub ideal: u64,
    /// Those that were sent.
    pub started: u64,
    /// Those that were answered, or given up.
    pub completed: u64,
    /// Those for which no virtual user was free.
    pub dropped: u64,
    /// Those that the end cut off.
    pub interrupted: u64,
    /// Those that were completed without success.
    pub failed: Failed,
    /// The most virtual users that were busy at once, where k6 says so.
    pub busiest: Option<u64>,
}

/// Requests without success, by what was answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failed {
    /// All of them.
    pub all: u64,
    /// A redirect, or a page: the way to the sign-in page.
    pub signed_out: u64,
    /// A status from 400 to 499.
    pub refused: u64,
    /// A status from 500.
    pub broken: u64,
    /// No answer, or none in time.
    pub unanswered: u64,
}

/// What an attempt is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Done, invalid or failed.
    pub state: State,
    /// All that was seen.
    pub evidence: Vec<Evidence>,
    /// How k6 ended, as a sentence.
    pub ended: Option<String>,
    /// What k6 counted.
    pub iterations: Option<Iterations>,
}

impl Verdict {
    /// How far the attempt can be trusted.
    #[must_use]
    pub fn grade(&self) -> Grade {
        worst(&self.evidence)
    }
}

/// The verdict of an attempt with k6's summary, where there is one.
#[must_use]
pub fn verdict(attempt: &Attempt, summary: Option<&str>, rules: Rules) -> Verdict {
    let mut evidence = attempt.evidence.clone();
    let counted = summary.and_then(|text| iterations(text).ok());
    let Some(ran) = attempt.ran else {
        evidence.push(not_made(attempt));
        return Verdict { state: State::Failed, evidence, ended: None, iterations: counted };
    };
    let ended = load::ended(ran.code, rules.has_limit);
    evidence.extend(of_end(ended, &ran));
    match (summary.map(iterations), &counted) {
        (Some(Ok(_)), Some(counted)) => {
            evidence.extend(of_iterations(counted, ended, rules));
            let limited = counted.busiest.and_then(|busiest| limited(busiest, rules.most, &evidence));
            evidence.extend(limited);
        }
        (Some(Err(why)), _) => evidence.push(Evidence::new(
            Grade::Invalid,
            "summary",
            format!("summary.json is not what the script writes ({why}): it was torn, or written by something else"),
        )),
        _ => evidence.push(Evidence::new(
            Grade::Invalid,
            "summary",
            "there is no summary.json: k6 ended before it could write it; what it measured until then is kept",
        )),
    }
    evidence.extend(of_clocks(&ran));
    let state = if worst(&evidence) == Grade::Invalid { State::Invalid } else { State::Done };
    Verdict { state, evidence, ended: Some(ended.to_string()), iterations: counted }
}

/// Why an attempt was not made to its end.
fn not_made(attempt: &Attempt) -> Evidence {
    match &attempt.broken {
        Some((step, why)) if !attempt.interrupted => {
            let rule = match step {
                Step::Settle => "settled",
                Step::MakeFixture => "fixture",
                Step::LatencyOn => "latency",
                _ => "k6",
            };
            Evidence::new(Grade::Invalid, rule, format!("could not {step}: {why}"))
        }
        _ => {
            let what = if attempt.loaded { "while k6 ran" } else { "before k6 was started" };
            Evidence::new(Grade::Invalid, "interrupted", format!("the program ended {what}"))
        }
    }
}

/// What k6's end says against a trial.
fn of_end(ended: Ended, ran: &Ran) -> Option<Evidence> {
    if ran.too_long {
        let told = format!("k6 did not end in its time and was ended after {} s", ran.lasted / 1000);
        return Some(Evidence::new(Grade::Invalid, "k6-hung", told));
    }
    (!ended.is_whole())
        .then(|| Evidence::new(Grade::Invalid, "k6-end", format!("{ended} (exit code {}); see k6.log", ran.code)))
}

/// What both clocks say against a trial.
fn of_clocks(ran: &Ran) -> Option<Evidence> {
    let wall = i128::from(ran.ended) - i128::from(ran.began);
    let apart = wall - i128::from(ran.lasted);
    (apart.unsigned_abs() > u128::from(CLOCK_JUMP)).then(|| {
        let told = format!(
            "the wall clock jumped by {apart} ms during the trial, {CLOCK_JUMP} ms at most are usual: times of samples \
             before and after do not fit together"
        );
        Evidence::new(Grade::Suspect, "clock", told)
    })
}

/// What k6 counted, from the summary that the script writes.
fn iterations(text: &str) -> Result<Iterations, String> {
    let summary: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let count = |block: &str, name: &str| {
        let found = summary.get(block).and_then(|block| block.get(name)).and_then(Value::as_u64);
        found.ok_or_else(|| format!("{block}.{name} is no number"))
    };
    let failed = |name: &str| count("failed", name);
    Ok(Iterations {
        ideal: count("iterations", "ideal")?,
        started: count("iterations", "started")?,
        completed: count("iterations", "completed")?,
        dropped: count("iterations", "dropped")?,
        interrupted: count("iterations", "interrupted")?,
        failed: Failed {
            all: failed("all")?,
            signed_out: failed("signed_out")?,
            refused: failed("refused")?,
            broken: failed("broken")?,
            unanswered: failed("unanswered")?,
        },
        busiest: busiest(&summary),
    })
}

/// The most virtual users at once, in whichever form k6 has its summary.
fn busiest(summary: &Value) -> Option<u64> {
    let whole = summary.get("summary")?;
    let metric = match whole.pointer("/results/metrics").and_then(Value::as_array) {
        Some(listed) => listed.iter().find(|one| one.get("name").is_some_and(|name| name == "vus"))?,
        None => whole.pointer("/metrics/vus")?,
    };
    // Numbers of k6 are JavaScript's, so that whole ones may be written as fractions.
    metric.pointer("/values/max").and_then(Value::as_f64).filter(|most| (0.0..1e9).contains(most)).map(|most| most as u64)
}

/// What the counts say of a trial. Errors of a platform that was there are a result, and speak against nothing.
fn of_iterations(counted: &Iterations, ended: Ended, rules: Rules) -> Vec<Evidence> {
    let Iterations { ideal, started, completed, dropped, interrupted, failed, .. } = *counted;
    let mut found = Vec::new();
    let mut add = |grade, rule: &str, told: String| found.push(Evidence::new(grade, rule, told));
    let offered = started.saturating_add(dropped);
    let tolerance = (ideal / 100).max(1);
    let ends_early = rules.has_limit && ended == Ended::Breakpoint;
    if started == 0 {
        add(Grade::Invalid, "offered", "k6 sent no request".to_owned());
    } else if ended.is_whole() && !ends_early && offered.abs_diff(ideal) > tolerance {
        let told = format!("{offered} requests were offered, the profile asks for {ideal}, give or take {tolerance}");
        add(Grade::Invalid, "offered", format!("offered load not met: {told}"));
    }
    if dropped > 0 {
        let told = format!("{dropped} of {offered} requests were left out, for no virtual user was free");
        add(Grade::Suspect, "dropped", told);
    }
    if interrupted > 0 {
        let told = format!("{interrupted} of {started} requests were cut off by the end: the slowest are missing");
        match ends_early {
            true => add(Grade::Valid, "tail-censored", format!("{told}, as they are when a limit ends the trial")),
            false => add(Grade::Suspect, "tail-censored", format!("tail censored: {told}")),
        }
    }
    if completed > 0 && failed.all >= completed {
        add(Grade::Invalid, "all-failed", all_failed(counted));
    } else if failed.all > 0 {
        let told = format!("{} of {completed} requests failed: {}", failed.all, kinds(&failed));
        add(Grade::Valid, "errors", told);
        if failed.signed_out > 0 {
            let told = format!("{} requests were sent to a page: did the session end?", failed.signed_out);
            add(Grade::Suspect, "signed-out", told);
        }
    }
    found
}

/// What it means that nothing succeeded.
fn all_failed(counted: &Iterations) -> String {
    let Iterations { completed, failed, .. } = counted;
    let most = failed.all.div_ceil(2);
    let why = match failed {
        failed if failed.signed_out >= most => {
            "not signed in: the platform answered with redirects or pages; AHUORA_HEADERS holds the session's cookie"
        }
        failed if failed.unanswered >= most => "the platform was not there: there was no answer, or none in time",
        failed if failed.refused >= most => "the platform refused them: not signed in, or the fixture is not there",
        _ => "the platform was not there: it answered with errors from the first request on",
    };
    format!("all {completed} requests failed ({}): {why}", kinds(failed))
}

fn kinds(failed: &Failed) -> String {
    let Failed { all, signed_out, refused, broken, unanswered } = *failed;
    let known = signed_out.saturating_add(refused).saturating_add(broken).saturating_add(unanswered);
    let kinds = [
        (signed_out, "redirects or pages"),
        (refused, "refused (4xx)"),
        (broken, "errors (5xx)"),
        (unanswered, "without an answer in time"),
        (all.saturating_sub(known), "others"),
    ];
    let told = kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
    told.collect::<Vec<_>>().join(", ")
}
