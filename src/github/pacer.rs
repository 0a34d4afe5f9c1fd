//! How fast things may be made on GitHub: one a second, 80 a minute, 500 an hour.

use std::collections::VecDeque;

/// How many within how many milliseconds.
const LIMITS: [(usize, u64); 3] = [(1, 1_000), (80, 60_000), (500, 3_600_000)];

/// Remembers when something was made last.
#[derive(Debug, Clone, Default)]
pub struct Pacer {
    times: VecDeque<u64>,
}

impl Pacer {
    /// Milliseconds to wait before the next one.
    #[must_use]
    pub fn wait(&self, now: u64) -> u64 {
        let until = |(many, within): (usize, u64)| {
            let first = self.times.len().checked_sub(many).and_then(|at| self.times.get(at))?;
            // A clock that was set back makes nobody wait longer than the limit asks.
            Some((first + within).saturating_sub(now).min(within))
        };
        LIMITS.into_iter().filter_map(until).max().unwrap_or(0)
    }

    /// Remembers that one is made now.
    pub fn made(&mut self, now: u64) {
        self.times.push_back(now);
        if self.times.len() > LIMITS.iter().map(|(many, _)| *many).max().unwrap_or(0) {
            self.times.pop_front();
        }
    }

    /// About how many seconds it takes to make so many, one after the other.
    #[must_use]
    pub fn seconds_for(many: usize) -> u64 {
        let (mut pacer, mut now) = (Self::default(), 0);
        for _ in 0..many {
            now += pacer.wait(now);
            pacer.made(now);
        }
        now / 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_ever_holds_too_many() {
        let (mut pacer, mut now, mut times) = (Pacer::default(), 1_000_000, Vec::new());
        for made in 0..3_000_u64 {
            now += made % 7 * 100 + pacer.wait(now + made % 7 * 100);
            pacer.made(now);
            times.push(now);
        }
        for (many, within) in LIMITS {
            for window in times.windows(many + 1) {
                assert!(window[many] - window[0] >= within, "{many} within {within} ms");
            }
        }
    }

    #[test]
    fn a_thousand_permutations_take_hours_and_are_not_slower_than_the_limits() {
        assert_eq!(Pacer::seconds_for(1), 0);
        assert_eq!(Pacer::seconds_for(60), 59);
        // 500 an hour: those after the first 500 wait for the second hour.
        assert_eq!(Pacer::seconds_for(1_000), 3_600 + 499);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_it() {
        let mut pacer = Pacer::default();
        pacer.made(10_000_000);
        assert_eq!(pacer.wait(0), 1_000);
    }
}
