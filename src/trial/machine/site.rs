//! The place where trials happen: what the machine asks of the world.

use super::{Attempt, Ran, Standing, Step, Verdict};
use crate::trial::fixture;
use crate::trial::verdict::Evidence;
use crate::values::FlowsheetId;

/// Which attempt of which trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The trial, from 1.
    pub trial: u16,
    /// The attempt, from 1.
    pub attempt: u32,
}

impl Place {
    /// The folder of its files, from the folder of the run.
    #[must_use]
    pub fn folder(self) -> String {
        format!("trial-{}/attempt-{}", self.trial, self.attempt)
    }

    /// The name of its flowsheet.
    #[must_use]
    pub fn flowsheet(self, run: &str) -> String {
        fixture::name(run, self.trial.into(), self.attempt)
    }
}

/// Why a step was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why, as a sentence.
    pub why: String,
    /// What a person types to take away what is left.
    pub command: Option<String>,
}

impl Refused {
    /// For this reason.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), command: None }
    }

    /// For this reason, with what a person can type instead.
    #[must_use]
    pub fn with_command(why: impl Into<String>, command: impl Into<String>) -> Self {
        Self { why: why.into(), command: Some(command.into()) }
    }
}

/// What was seen during a step.
pub type Found = Vec<Evidence>;

/// The place where trials happen. A step that is asked for a second time must do no harm: it may have been done before
/// the program was killed.
pub trait Site {
    /// Milliseconds since 1970.
    fn now(&mut self) -> u64;

    /// Whether somebody told the program to end.
    fn cancelled(&mut self) -> bool;

    /// Is told what is done next, and where the run stands.
    fn about(&mut self, standing: &Standing, at: Place, step: Step);

    /// Waits until the platform is calm.
    ///
    /// # Errors
    /// When it does not become calm in its time.
    fn settle(&mut self, at: Place) -> Result<Found, Refused>;

    /// Makes the flowsheet; `made` is told its id the moment it is known.
    ///
    /// # Errors
    /// When the platform refuses one of the requests.
    fn make_fixture(&mut self, at: Place, made: &mut dyn FnMut(&FlowsheetId)) -> Result<Found, Refused>;

    /// Adds the latency, and measures that it is there.
    ///
    /// # Errors
    /// When it is not there.
    fn latency_on(&mut self, at: Place) -> Result<Found, Refused>;

    /// Runs k6 to its end, and those who watch meanwhile; nothing of them runs afterwards.
    ///
    /// # Errors
    /// When it could not be started, or somebody told the program to end.
    fn load(&mut self, at: Place, flowsheet: Option<&FlowsheetId>) -> Result<(Ran, Found), Refused>;

    /// Ends what is left of k6, if anything is.
    ///
    /// # Errors
    /// When it does not end.
    fn end_load(&mut self, at: Place) -> Result<Found, Refused>;

    /// Takes the latency away, if it is there.
    ///
    /// # Errors
    /// When it is still there.
    fn latency_off(&mut self, at: Place) -> Result<Found, Refused>;

    /// Removes the flowsheet by its id, or what stands under its name where no id is known.
    ///
    /// # Errors
    /// When it may still stand.
    fn remove_fixture(&mut self, at: Place, flowsheet: Option<&FlowsheetId>) -> Result<Found, Refused>;

    /// Gets what is only known afterwards.
    ///
    /// # Errors
    /// When that cannot be had; the trial counts without it.
    fn collect(&mut self, at: Place, ran: &Ran) -> Result<Found, Refused>;

    /// Gives the verdict, and writes its file.
    ///
    /// # Errors
    /// When the disk refuses: nothing goes on then.
    fn judge(&mut self, at: Place, attempt: &Attempt) -> Result<Verdict, Refused>;
}
