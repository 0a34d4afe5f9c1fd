//! Performs what follows, step by step: written down before and after, so that it can be killed anywhere.

use super::{Event, Line, Next, Place, Ran, Refused, Site, Standing, Step};
use crate::trial::verdict::{Evidence, Grade};
use crate::values::FlowsheetId;

/// Where events are kept: on the disk before the call is over.
pub trait Keep {
    /// Adds a line.
    ///
    /// # Errors
    /// When the disk refuses.
    fn append(&mut self, line: &str) -> Result<(), String>;
}

/// How the program's part of a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Every trial has its verdict, and this is that of the run.
    Finished(Grade),
    /// Somebody told it to end; all is cleaned up, unless something is told here.
    Interrupted(Vec<String>),
    /// Something could not be cleaned up, or the disk refuses: each with what to do.
    Stopped(Vec<String>),
}

/// Goes on with a run to its end. The journal already says that it has begun.
pub fn drive(site: &mut dyn Site, keep: &mut dyn Keep, standing: &mut Standing) -> End {
    let mut driver = Driver { site, keep, standing, lost: None, told: false };
    driver.note(Event::Opened);
    driver.run()
}

struct Driver<'a> {
    site: &'a mut dyn Site,
    keep: &'a mut dyn Keep,
    standing: &'a mut Standing,
    /// Why the journal cannot be written any more.
    lost: Option<String>,
    /// Whether it is written down that somebody told the program to end.
    told: bool,
}

impl Driver<'_> {
    fn run(&mut self) -> End {
        loop {
            self.ask();
            let ending = self.told || self.lost.is_some();
            match self.standing.next() {
                // The verdict of what was broken off is only a file; without a journal it would be given twice.
                Next::Do(at, step) if !ending || step.cleans_up() || (step == Step::Judge && self.lost.is_none()) => {
                    self.perform(at, step);
                }
                Next::Do(..) => return self.ended(self.standing.left_behind()),
                Next::Stop(said) => return self.ended(said),
                Next::Finish => {
                    self.note(Event::Finished);
                    if let Some(lost) = self.lost.take() {
                        return End::Stopped(vec![lost]);
                    }
                }
                Next::Nothing => return End::Finished(self.standing.grade()),
            }
        }
    }

    /// Whether somebody told the program to end, which is written down once.
    fn ask(&mut self) {
        if !self.told && self.site.cancelled() {
            self.told = true;
            self.note(Event::Interrupted);
        }
    }

    fn ended(&mut self, mut said: Vec<String>) -> End {
        match self.lost.take() {
            Some(lost) => {
                said.insert(0, lost);
                End::Stopped(said)
            }
            None if self.told => End::Interrupted(said),
            None => End::Stopped(said),
        }
    }

    /// Writes an event down; without a journal, all that is left to do is to clean up.
    fn note(&mut self, event: Event) -> bool {
        let line = Line::new(self.site.now(), event);
        if self.lost.is_none()
            && let Err(why) = self.keep.append(&line.text())
        {
            self.lost = Some(why);
            self.standing.learn(&Event::Interrupted);
        }
        // What was not written down before it was to be done is not done; what was done is known all the same.
        let is_known = self.lost.is_none() || !matches!(line.event, Event::Intent { .. } | Event::Finished);
        if is_known {
            self.standing.learn(&line.event);
        }
        self.lost.is_none()
    }

    fn perform(&mut self, at: Place, step: Step) {
        let Place { trial, attempt } = at;
        let noted = self.note(Event::Intent { trial, attempt, step });
        if !noted && !step.cleans_up() {
            return;
        }
        self.site.about(self.standing, at, step);
        if step == Step::Judge {
            return self.judge(at);
        }
        let done = self.attempted(at, step);
        if done.is_err() {
            // What was broken off because somebody asked for it did not fail.
            self.ask();
        }
        match done {
            Ok((evidence, ran)) => self.note(Event::Outcome { trial, attempt, step, evidence, ran }),
            Err(Refused { why, command }) => self.note(Event::Refused { trial, attempt, step, why, command }),
        };
    }

    fn attempted(&mut self, at: Place, step: Step) -> Result<(Vec<Evidence>, Option<Ran>), Refused> {
        let (flowsheet, ran) =
            self.standing.attempt(at).map_or((None, None), |attempt| (attempt.flowsheet.clone(), attempt.ran));
        let found = match step {
            Step::Settle => self.site.settle(at),
            Step::MakeFixture => self.make_fixture(at),
            Step::LatencyOn => self.site.latency_on(at),
            Step::Load => {
                let (ran, found) = self.site.load(at, flowsheet.as_ref())?;
                return Ok((found, Some(ran)));
            }
            Step::EndLoad => self.site.end_load(at),
            Step::LatencyOff => self.site.latency_off(at),
            Step::RemoveFixture => self.site.remove_fixture(at, flowsheet.as_ref()),
            Step::Collect => ran.map_or(Ok(Vec::new()), |ran| self.site.collect(at, &ran)),
            Step::Judge => Ok(Vec::new()),
        };
        Ok((found?, None))
    }

    fn make_fixture(&mut self, at: Place) -> Result<Vec<Evidence>, Refused> {
        let Place { trial, attempt } = at;
        let Self { site, keep, standing, lost, .. } = self;
        let now = site.now();
        let mut made = |id: &FlowsheetId| {
            let event = Event::Flowsheet { trial, attempt, id: id.as_str().to_owned() };
            standing.learn(&event);
            if lost.is_none()
                && let Err(why) = keep.append(&Line::new(now, event).text())
            {
                *lost = Some(why);
                standing.learn(&Event::Interrupted);
            }
        };
        site.make_fixture(at, &mut made)
    }

    fn judge(&mut self, at: Place) {
        let Place { trial, attempt } = at;
        let Some(known) = self.standing.attempt(at).cloned() else { return };
        match self.site.judge(at, &known) {
            Ok(verdict) => {
                let grade = verdict.grade();
                self.note(Event::Ended { trial, attempt, state: verdict.state, grade, evidence: verdict.evidence });
            }
            Err(Refused { why, command }) => {
                self.note(Event::Refused { trial, attempt, step: Step::Judge, why, command });
            }
        }
    }
}
