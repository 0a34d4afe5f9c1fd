//! How far a run is, with the time that is left: one line that is written over for a person, plain lines for a log.

use crate::effects::clock;
use crate::trial::machine::{Place, Standing, Step, seconds_left, span};
use crate::ui::Ui;

/// How often a log is told that something goes on, in milliseconds.
const IN_A_LOG: u64 = 30_000;
/// How often the line on a terminal is written, in milliseconds.
const ON_A_TERMINAL: u64 = 500;

/// Tells how far a run is.
pub(super) struct Progress<'u> {
    ui: &'u Ui,
    /// How long settling takes, in seconds: an estimate.
    settling: u64,
    /// How long the load takes, in seconds.
    load: u64,
    /// How many trials there are.
    trials: usize,
    now: Option<Now>,
}

/// What is under way.
struct Now {
    at: Place,
    step: Step,
    begun: u64,
    told: u64,
    /// Seconds that were left when it began.
    left: u64,
}

impl<'u> Progress<'u> {
    pub(super) const fn new(ui: &'u Ui, settling: u64, load: u64) -> Self {
        Self { ui, settling, load, trials: 0, now: None }
    }

    /// A step begins.
    pub(super) fn begin(&mut self, standing: &Standing, at: Place, step: Step) {
        let begun = clock::elapsed();
        let left = seconds_left(standing, Some((at, step, 0)), self.settling, self.load);
        self.trials = standing.trials.len();
        self.now = Some(Now { at, step, begun, told: begun, left });
        match self.ui.is_watched() {
            true => self.tick(true),
            false => self.ui.status(&self.line(begun)),
        }
    }

    /// Why it takes longer, which a log is told at once.
    pub(super) fn because(&mut self, reasons: &[String]) {
        if !reasons.is_empty() {
            self.ui.status(&format!("not calm: {}", reasons.join("; ")));
        }
    }

    /// Time goes on.
    pub(super) fn tick(&mut self, at_once: bool) {
        let time = clock::elapsed();
        let watched = self.ui.is_watched();
        let every = if watched { ON_A_TERMINAL } else { IN_A_LOG };
        let Some(now) = &mut self.now else { return };
        if !at_once && time.saturating_sub(now.told) < every {
            return;
        }
        now.told = time;
        let line = self.line(time);
        if watched { self.ui.progress(&line) } else { self.ui.status(&line) }
    }

    fn line(&self, time: u64) -> String {
        let Some(Now { at, step, begun, left, .. }) = &self.now else { return String::new() };
        let taken = time.saturating_sub(*begun) / 1000;
        let most = match step {
            Step::Settle => self.settling,
            Step::Load => self.load,
            _ => 0,
        };
        let attempt = if at.attempt > 1 { format!(", attempt {}", at.attempt) } else { String::new() };
        let of = if self.trials > 1 { format!(" of {}", self.trials) } else { String::new() };
        let goes = if taken > 0 { format!(" for {}", span(taken)) } else { String::new() };
        let left = span(left.saturating_sub(taken.min(most)));
        format!("trial {}{of}{attempt}: {step}{goes}; about {left} left", at.trial)
    }
}
