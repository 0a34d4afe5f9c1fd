//! What is written beside the measurements: files with forms of their own, which others read.

use serde::{Deserialize, Serialize};

use super::{Attempt, Place, Ran, Standing, State, Trial, Verdict};
use crate::trial::verdict::{Evidence, Grade};

/// The version of these forms.
const VERSION: u8 = 1;

/// Digests of what a run depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Of the k6 script.
    pub script: String,
    /// Of what the load's configuration says of the endpoint and the profile.
    pub load: String,
    /// Of the fixture.
    pub fixture: String,
}

/// Something that everybody who uses the results must know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which rule says so, such as `shortened`.
    pub rule: String,
    /// A sentence.
    pub told: String,
}

/// `run.json`: what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The version of this form.
    pub version: u8,
    /// The id of the run.
    pub id: String,
    /// The experiment that it belongs to.
    pub experiment: Option<String>,
    /// The commit that is measured.
    pub commit: Option<String>,
    /// The platform.
    pub target: String,
    /// The endpoint.
    pub endpoint: String,
    /// The profile.
    pub profile: String,
    /// The numbers of the trials.
    pub trials: Vec<u16>,
    /// How often each is made at most.
    pub attempts: u16,
    /// By what every duration was divided.
    pub shortened: u32,
    /// How long the load lasts, in milliseconds.
    pub milliseconds: u64,
    /// The latency that is added, such as `5ms on eth0`.
    pub latency: Option<String>,
    /// Whether the cluster is watched.
    pub cluster: bool,
    /// What everybody who uses the results must know.
    pub marks: Vec<Mark>,
    /// Digests of what it depends on.
    pub digests: Digests,
}

impl Asked {
    /// The version of the form.
    pub const VERSION: u8 = VERSION;

    /// In what another run differs so that the two must not share a folder: each with what stands there and what is
    /// asked for now.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let list = |numbers: &[u16]| numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let all = [
            ("id", self.id.clone(), now.id.clone()),
            ("experiment", text(&self.experiment), text(&now.experiment)),
            ("commit", text(&self.commit), text(&now.commit)),
            ("target", self.target.clone(), now.target.clone()),
            ("endpoint", self.endpoint.clone(), now.endpoint.clone()),
            ("profile", self.profile.clone(), now.profile.clone()),
            ("trials", list(&self.trials), list(&now.trials)),
            ("shortened", self.shortened.to_string(), now.shortened.to_string()),
            ("latency", text(&self.latency), text(&now.latency)),
            ("cluster", self.cluster.to_string(), now.cluster.to_string()),
            ("digest of the script", self.digests.script.clone(), now.digests.script.clone()),
            ("digest of the load", self.digests.load.clone(), now.digests.load.clone()),
            ("digest of the fixture", self.digests.fixture.clone(), now.digests.fixture.clone()),
        ];
        let differing = all.into_iter().filter(|(_, there, now)| there != now);
        differing.map(|(what, there, now)| format!("{what} is {there} there, and {now} now")).collect()
    }
}

/// What k6 counted, as files tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Counted {
    ideal: u64,
    started: u64,
    completed: u64,
    dropped: u64,
    interrupted: u64,
    failed: u64,
    failed_signed_out: u64,
    failed_refused: u64,
    failed_broken: u64,
    failed_unanswered: u64,
}

/// `verdict.json` of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerdictRecord {
    version: u8,
    run: String,
    trial: u16,
    attempt: u32,
    state: State,
    grade: Grade,
    evidence: Vec<Evidence>,
    /// How far it came.
    reached: State,
    k6: Option<K6Record>,
    iterations: Option<Counted>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct K6Record {
    code: i32,
    ended: Option<String>,
    too_long: bool,
    /// Milliseconds since 1970.
    began: u64,
    finished: u64,
    lasted_milliseconds: u64,
}

impl VerdictRecord {
    /// The record of an attempt.
    #[must_use]
    pub fn of(run: &str, at: Place, attempt: &Attempt, verdict: &Verdict) -> Self {
        let k6 = |ran: Ran| K6Record {
            code: ran.code,
            ended: verdict.ended.clone(),
            too_long: ran.too_long,
            began: ran.began,
            finished: ran.ended,
            lasted_milliseconds: ran.lasted,
        };
        let counted = |counted: super::Iterations| Counted {
            ideal: counted.ideal,
            started: counted.started,
            completed: counted.completed,
            dropped: counted.dropped,
            interrupted: counted.interrupted,
            failed: counted.failed.all,
            failed_signed_out: counted.failed.signed_out,
            failed_refused: counted.failed.refused,
            failed_broken: counted.failed.broken,
            failed_unanswered: counted.failed.unanswered,
        };
        Self {
            version: VERSION,
            run: run.to_owned(),
            trial: at.trial,
            attempt: at.attempt,
            state: verdict.state,
            grade: verdict.grade(),
            evidence: verdict.evidence.clone(),
            reached: attempt.reached,
            k6: attempt.ran.map(k6),
            iterations: verdict.iterations.map(counted),
        }
    }
}

/// `result.json`: what the whole run is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRecord {
    version: u8,
    run: String,
    endpoint: String,
    profile: String,
    grade: Grade,
    marks: Vec<Mark>,
    trials: Vec<TrialRecord>,
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialRecord {
    /// Its number.
    pub trial: u16,
    /// Done, invalid or failed.
    pub state: State,
    /// How far it can be trusted.
    pub grade: Grade,
    /// The attempt that counts.
    pub attempt: Option<u32>,
    /// Its folder, from that of the run.
    pub folder: Option<String>,
    /// Every attempt.
    pub attempts: Vec<AttemptRecord>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRecord {
    /// Its number.
    pub attempt: u32,
    /// Done, invalid or failed.
    pub state: State,
    /// How far it can be trusted.
    pub grade: Grade,
    /// What was seen.
    pub evidence: Vec<Evidence>,
}

impl RunRecord {
    /// The record of a run that is over.
    #[must_use]
    pub fn of(asked: &Asked, standing: &Standing) -> Self {
        Self {
            version: VERSION,
            run: asked.id.clone(),
            endpoint: asked.endpoint.clone(),
            profile: asked.profile.clone(),
            grade: standing.grade(),
            marks: asked.marks.clone(),
            trials: standing.trials.iter().map(TrialRecord::of).collect(),
        }
    }
}

impl TrialRecord {
    /// The record of a trial.
    #[must_use]
    pub fn of(trial: &Trial) -> Self {
        let counted = trial.counted();
        let state = |attempt: &Attempt| attempt.end.map_or(attempt.reached, |(state, _)| state);
        let attempts = trial.attempts.iter().map(|attempt| AttemptRecord {
            attempt: attempt.number,
            state: state(attempt),
            grade: attempt.end.map_or(Grade::Invalid, |(_, grade)| grade),
            evidence: attempt.evidence.clone(),
        });
        Self {
            trial: trial.number,
            state: counted.or(trial.attempts.last()).map_or(State::Planned, state),
            grade: trial.grade(),
            attempt: counted.map(|attempt| attempt.number),
            folder: counted.map(|attempt| Place { trial: trial.number, attempt: attempt.number }.folder()),
            attempts: attempts.collect(),
        }
    }
}
