//! How long a run takes from here on.

use super::{Place, Standing, Step};

/// How long a trial takes beside its load and settling, in seconds: the fixture, the latency's proof, the start of k6.
pub const SECONDS_AROUND: u64 = 15;

/// How many seconds are left, an estimate: each trial that is not over is made once more. `now` is what is under way,
/// with the seconds that it has taken; `settling` and `load` are how long those take, in seconds.
#[must_use]
pub fn seconds_left(standing: &Standing, now: Option<(Place, Step, u64)>, settling: u64, load: u64) -> u64 {
    let whole = settling.saturating_add(load).saturating_add(SECONDS_AROUND);
    let under_way = now.map(|(at, _, _)| at.trial);
    let waiting = standing
        .trials
        .iter()
        .filter(|trial| Some(trial.number) != under_way && !trial.is_over(standing.attempts))
        .count() as u64;
    let rest = now.map_or(0, |(_, step, taken)| match step {
        Step::Settle => whole.saturating_sub(taken.min(settling)),
        Step::MakeFixture | Step::LatencyOn => load.saturating_add(SECONDS_AROUND),
        Step::Load => load.saturating_sub(taken).saturating_add(SECONDS_AROUND / 2),
        _ => SECONDS_AROUND / 2,
    });
    waiting.saturating_mul(whole).saturating_add(rest)
}

/// A span as people say it.
#[must_use]
pub fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
