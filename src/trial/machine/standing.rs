//! Where a run stands, by its journal, and what follows.

use std::collections::BTreeMap;

use super::{Event, Place, Ran, State, Step};
use crate::trial::verdict::{Evidence, Grade, worst};
use crate::values::FlowsheetId;

/// What an attempt may have left: an intent is enough.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// A k6 that runs.
    pub load: bool,
    /// Latency on the interface.
    pub latency: bool,
    /// A flowsheet.
    pub fixture: bool,
}

/// One time that a trial was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// How far it came.
    pub reached: State,
    /// Whether k6 was, or was about to be, started.
    pub loaded: bool,
    /// How k6 ran, when it ran to its end.
    pub ran: Option<Ran>,
    /// The id of its flowsheet.
    pub flowsheet: Option<FlowsheetId>,
    /// What it may have left.
    pub left: Left,
    /// The step that could not be done, and why.
    pub broken: Option<(Step, String)>,
    /// Whether the program ended before k6 had.
    pub interrupted: bool,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// Its verdict.
    pub end: Option<(State, Grade)>,
    /// How often a step was refused since the program was started, and what was said last.
    refused: BTreeMap<Step, (u8, String)>,
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Its number, from 1.
    pub number: u16,
    /// Every time that it was made.
    pub attempts: Vec<Attempt>,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub run: String,
    /// Its trials.
    pub trials: Vec<Trial>,
    /// How often a trial is made at most.
    pub attempts: u16,
    /// Whether latency is added.
    pub latency: bool,
    /// Whether nothing is left to do.
    pub finished: bool,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This step.
    Do(Place, Step),
    /// Nothing, for something could not be done that everything else waits for: what was said, with what to type.
    Stop(Vec<String>),
    /// The result.
    Finish,
    /// Nothing: all is done.
    Nothing,
}

impl Attempt {
    fn new(number: u32) -> Self {
        Self {
            number,
            reached: State::Planned,
            loaded: false,
            ran: None,
            flowsheet: None,
            left: Left::default(),
            broken: None,
            interrupted: false,
            evidence: Vec::new(),
            end: None,
            refused: BTreeMap::new(),
        }
    }

    /// Whether it is one of those that a trial may have: one that was interrupted before it loaded anything is not.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.loaded || !self.interrupted
    }

    /// Whether the trial is done with it.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.end.is_some_and(|(state, _)| state == State::Done)
    }

    fn is_over(&self) -> bool {
        self.ran.is_some() || self.broken.is_some() || self.interrupted
    }

    fn tries(&self, step: Step) -> u8 {
        self.refused.get(&step).map_or(0, |(tries, _)| *tries)
    }

    /// What still has to be taken away, in the reverse of the order in which it was made.
    fn to_clean(&self) -> impl Iterator<Item = Step> {
        let Left { load, latency, fixture } = self.left;
        let all = [(load, Step::EndLoad), (latency, Step::LatencyOff), (fixture, Step::RemoveFixture)];
        all.into_iter().filter_map(|(left, step)| left.then_some(step))
    }

    /// The next step of an attempt without a verdict.
    fn next(&self, latency: bool) -> Step {
        if !self.is_over() {
            return match self.reached {
                State::Planned => Step::Settle,
                State::Settled => Step::MakeFixture,
                State::FixtureCreated if latency => Step::LatencyOn,
                _ => Step::Load,
            };
        }
        let clean = self.to_clean().find(|step| self.tries(*step) == 0);
        clean.unwrap_or(match self.reached {
            State::Collected => Step::Judge,
            _ if self.ran.is_some() && self.tries(Step::Collect) == 0 => Step::Collect,
            _ => Step::Judge,
        })
    }

    fn done(&mut self, step: Step, evidence: &[Evidence], ran: Option<Ran>) {
        self.evidence.extend_from_slice(evidence);
        self.refused.remove(&step);
        match step {
            Step::EndLoad => self.left.load = false,
            Step::Load => {
                self.left.load = false;
                self.ran = ran;
            }
            Step::LatencyOff => self.left.latency = false,
            Step::RemoveFixture => self.left.fixture = false,
            Step::Settle | Step::MakeFixture | Step::LatencyOn | Step::Collect | Step::Judge => {}
        }
        let reached = match step {
            Step::Settle => State::Settled,
            Step::MakeFixture => State::FixtureCreated,
            Step::LatencyOn => State::LatencyOn,
            Step::Load | Step::EndLoad => return,
            Step::LatencyOff => State::LatencyOff,
            Step::RemoveFixture => State::FixtureDeleted,
            Step::Collect => State::Collected,
            Step::Judge => State::Judged,
        };
        // An attempt that broke off stays where it came to.
        if self.end.is_none() && (self.ran.is_some() || !step.cleans_up()) {
            self.reached = reached;
        }
    }

    fn intended(&mut self, step: Step) {
        match step {
            Step::MakeFixture => self.left.fixture = true,
            Step::LatencyOn => self.left.latency = true,
            Step::Load => {
                self.left.load = true;
                self.loaded = true;
                self.reached = State::Running;
            }
            _ => {}
        }
    }

    fn was_refused(&mut self, step: Step, why: &str, command: Option<&str>) {
        let hand = command.map(|command| format!("; by hand: {command}")).unwrap_or_default();
        let tries = self.tries(step).saturating_add(1);
        self.refused.insert(step, (tries, format!("could not {step}: {why}{hand}")));
        match step {
            Step::Settle | Step::MakeFixture | Step::LatencyOn | Step::Load => {
                self.broken.get_or_insert((step, why.to_owned()));
            }
            Step::Collect => {
                self.evidence.push(Evidence::new(Grade::Suspect, "collect", format!("could not collect: {why}")));
            }
            Step::EndLoad | Step::LatencyOff | Step::RemoveFixture | Step::Judge => {}
        }
    }
}

impl Trial {
    /// The attempt that counts.
    #[must_use]
    pub fn counted(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.is_done())
    }

    /// How far it can be trusted.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.counted().map_or(Grade::Invalid, |attempt| worst(&attempt.evidence))
    }

    /// Whether it is not made again.
    #[must_use]
    pub fn is_over(&self, attempts: u16) -> bool {
        let ended = self.attempts.iter().all(|attempt| attempt.end.is_some());
        let made = self.attempts.iter().filter(|attempt| attempt.counts()).count();
        ended && (self.counted().is_some() || made >= usize::from(attempts))
    }
}

impl Standing {
    /// Where the run of a journal stands; none when none has begun.
    #[must_use]
    pub fn of(events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let Event::Begun { run, trials, attempts, latency } = first else { return None };
        let trials = trials.iter().map(|number| Trial { number: *number, attempts: Vec::new() });
        let mut standing = Self {
            run: run.clone(),
            trials: trials.collect(),
            attempts: *attempts,
            latency: *latency,
            finished: false,
        };
        for event in rest {
            standing.learn(event);
        }
        Some(standing)
    }

    /// Takes one more event in.
    pub fn learn(&mut self, event: &Event) {
        match event {
            Event::Begun { .. } => {}
            Event::Opened | Event::Interrupted => {
                let is_new = *event == Event::Opened;
                for attempt in self.trials.iter_mut().flat_map(|trial| &mut trial.attempts) {
                    attempt.interrupted |= attempt.end.is_none() && !attempt.is_over();
                    if is_new {
                        attempt.refused.clear();
                    }
                }
            }
            Event::Intent { trial, attempt, step } => self.with(*trial, *attempt, |one| one.intended(*step)),
            Event::Flowsheet { trial, attempt, id } => {
                self.with(*trial, *attempt, |one| one.flowsheet = FlowsheetId::new(id.as_str()).ok());
            }
            Event::Outcome { trial, attempt, step, evidence, ran } => {
                self.with(*trial, *attempt, |one| one.done(*step, evidence, *ran));
            }
            Event::Refused { trial, attempt, step, why, command } => {
                self.with(*trial, *attempt, |one| one.was_refused(*step, why, command.as_deref()));
            }
            Event::Ended { trial, attempt, state, grade, evidence } => self.with(*trial, *attempt, |one| {
                one.end = Some((*state, *grade));
                one.evidence.clone_from(evidence);
            }),
            Event::Finished => self.finished = true,
        }
    }

    fn with(&mut self, trial: u16, attempt: u32, change: impl FnOnce(&mut Attempt)) {
        let Some(trial) = self.trials.iter_mut().find(|one| one.number == trial) else { return };
        if trial.attempts.last().map_or(0, |last| last.number) < attempt {
            trial.attempts.push(Attempt::new(attempt));
        }
        if let Some(found) = trial.attempts.iter_mut().find(|one| one.number == attempt) {
            change(found);
        }
    }

    /// An attempt.
    #[must_use]
    pub fn attempt(&self, at: Place) -> Option<&Attempt> {
        let trial = self.trials.iter().find(|trial| trial.number == at.trial)?;
        trial.attempts.iter().find(|attempt| attempt.number == at.attempt)
    }

    /// What follows from all that is known. What earlier attempts left comes before anything that is new.
    #[must_use]
    pub fn next(&self) -> Next {
        if self.finished {
            return Next::Nothing;
        }
        let mut stuck = Vec::new();
        for (trial, attempt) in self.trials.iter().flat_map(|trial| trial.attempts.iter().map(move |one| (trial, one))) {
            let at = Place { trial: trial.number, attempt: attempt.number };
            if attempt.end.is_none() {
                let step = attempt.next(self.latency);
                match attempt.refused.get(&step).filter(|_| step == Step::Judge) {
                    Some((_, said)) => stuck.push(said.clone()),
                    None => return Next::Do(at, step),
                }
            }
            // What could not be taken away is tried once more, after the platform had time to recover.
            for step in attempt.to_clean() {
                match attempt.refused.get(&step).filter(|(tries, _)| *tries >= 2) {
                    Some((_, said)) => stuck.push(said.clone()),
                    None => return Next::Do(at, step),
                }
            }
        }
        if !stuck.is_empty() {
            return Next::Stop(stuck);
        }
        let Some(trial) = self.trials.iter().find(|trial| !trial.is_over(self.attempts)) else {
            return Next::Finish;
        };
        let attempt = trial.attempts.last().map_or(0, |last| last.number).saturating_add(1);
        Next::Do(Place { trial: trial.number, attempt }, Step::Settle)
    }

    /// What may be left although it was tried to take it away: what was said of each.
    #[must_use]
    pub fn left_behind(&self) -> Vec<String> {
        let attempts = self.trials.iter().flat_map(|trial| &trial.attempts);
        let told = |attempt: &Attempt, step| match attempt.refused.get(&step) {
            Some((_, said)) => said.clone(),
            None => format!("did not {step}"),
        };
        attempts.flat_map(|attempt| attempt.to_clean().map(move |step| told(attempt, step))).collect()
    }

    /// How far the whole run can be trusted.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.trials.iter().map(Trial::grade).max().unwrap_or(Grade::Valid)
    }
}
