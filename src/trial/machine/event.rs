//! What was done, line by line: an intent before anything is touched and an outcome after it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::trial::verdict::{Evidence, Grade};

/// The version of the lines of a journal.
pub const VERSION: u8 = 1;

/// One thing that is done for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Waits until the platform is calm.
    Settle,
    /// Makes the flowsheet.
    MakeFixture,
    /// Adds the latency.
    LatencyOn,
    /// Runs k6, with those who watch.
    Load,
    /// Ends a k6 that an earlier life of the program left running.
    EndLoad,
    /// Takes the latency away.
    LatencyOff,
    /// Removes the flowsheet.
    RemoveFixture,
    /// Gets what is only known afterwards.
    Collect,
    /// Gives the verdict.
    Judge,
}

impl Step {
    /// Every step, in the order of an attempt.
    pub const ALL: [Self; 9] = [
        Self::Settle,
        Self::MakeFixture,
        Self::LatencyOn,
        Self::Load,
        Self::EndLoad,
        Self::LatencyOff,
        Self::RemoveFixture,
        Self::Collect,
        Self::Judge,
    ];

    /// Whether it takes away what another step left: done whatever happens.
    #[must_use]
    pub const fn cleans_up(self) -> bool {
        matches!(self, Self::EndLoad | Self::LatencyOff | Self::RemoveFixture)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settle => "settle",
            Self::MakeFixture => "make the fixture",
            Self::LatencyOn => "add the latency",
            Self::Load => "load",
            Self::EndLoad => "end what is left of k6",
            Self::LatencyOff => "take the latency away",
            Self::RemoveFixture => "remove the fixture",
            Self::Collect => "collect",
            Self::Judge => "judge",
        })
    }
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing was done.
    Planned,
    /// The platform is calm.
    Settled,
    /// The flowsheet is made.
    FixtureCreated,
    /// The latency is added.
    LatencyOn,
    /// k6 runs.
    Running,
    /// The latency is taken away.
    LatencyOff,
    /// The flowsheet is removed.
    FixtureDeleted,
    /// All that was measured is there.
    Collected,
    /// The verdict is given.
    Judged,
    /// It counts.
    Done,
    /// It was made to its end, and what was seen speaks against it.
    Invalid,
    /// It was not made to its end.
    Failed,
}

/// How k6 ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Its exit code; that of a signal is below zero.
    pub code: i32,
    /// Whether it was ended for taking too long.
    #[serde(default)]
    pub too_long: bool,
    /// When it began, in milliseconds since 1970 by the wall clock.
    pub began: u64,
    /// When it ended, by the same clock.
    pub ended: u64,
    /// How long it took, in milliseconds by a clock that never jumps.
    pub lasted: u64,
}

/// What a line says. Trials and attempts count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A run begins.
    Begun {
        /// Its id.
        run: String,
        /// Its trials.
        trials: Vec<u16>,
        /// How often each is made at most.
        attempts: u16,
        /// Whether latency is added.
        latency: bool,
    },
    /// The program was started: whatever was under way before is not.
    Opened,
    /// The program was told to end.
    Interrupted,
    /// A step is about to be done.
    Intent {
        /// Of this trial.
        trial: u16,
        /// Of this attempt.
        attempt: u32,
        /// The step.
        step: Step,
    },
    /// The flowsheet has an id: from here on it stands.
    Flowsheet {
        /// Of this trial.
        trial: u16,
        /// Of this attempt.
        attempt: u32,
        /// The id.
        id: String,
    },
    /// A step is done.
    Outcome {
        /// Of this trial.
        trial: u16,
        /// Of this attempt.
        attempt: u32,
        /// The step.
        step: Step,
        /// What was seen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
        /// Of the load: how k6 ran.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ran: Option<Ran>,
    },
    /// A step could not be done.
    Refused {
        /// Of this trial.
        trial: u16,
        /// Of this attempt.
        attempt: u32,
        /// The step.
        step: Step,
        /// Why.
        why: String,
        /// What takes away by hand what could not be taken away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// An attempt has its verdict, and a file that says so.
    Ended {
        /// Of this trial.
        trial: u16,
        /// This attempt.
        attempt: u32,
        /// Done, invalid or failed.
        state: State,
        /// How far it can be trusted.
        grade: Grade,
        /// Why.
        evidence: Vec<Evidence>,
    },
    /// Nothing is left to do.
    Finished,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The version of its form.
    pub v: u8,
    /// When, in milliseconds since 1970 by the wall clock.
    pub at: u64,
    /// What it says.
    #[serde(flatten)]
    pub event: Event,
}

impl Line {
    /// An event of now.
    #[must_use]
    pub const fn new(at: u64, event: Event) -> Self {
        Self { v: VERSION, at, event }
    }

    /// As text, with its end.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// What a journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its events.
    pub events: Vec<Event>,
    /// How many bytes of it are whole lines: what follows was torn when the program was killed.
    pub whole: usize,
}

/// Reads a journal; a last line without an end was never finished and is left out.
///
/// # Errors
/// The number of a line that is whole and not understood.
pub fn read(text: &[u8]) -> Result<Read, usize> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    let events: Result<Vec<Event>, usize> = lines
        .enumerate()
        .map(|(at, line)| match serde_json::from_slice::<Line>(line) {
            Ok(line) if line.v == VERSION => Ok(line.event),
            _ => Err(at + 1),
        })
        .collect();
    Ok(Read { events: events?, whole })
}
