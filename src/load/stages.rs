//! The course of an arrival rate, as k6's executor `ramping-arrival-rate` takes it: whole rates at the ends of stages.

use std::num::NonZeroU32;

use super::{LoadSpec, ProfileSpec, Shape, Unit};
use crate::values::ShortName;

/// A straight line from the rate before it to its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// How long it takes, in milliseconds: whole seconds, unless it was shortened.
    pub milliseconds: u64,
    /// The rate at its end, in requests in the course's unit of time.
    pub target: u32,
}

/// The course of an arrival rate, from a rate of zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The time in which the rates are counted.
    pub unit: Unit,
    /// One after the other.
    pub stages: Vec<Stage>,
}

impl Course {
    /// The course of a profile against an endpoint; none where it has no rate for it. Its stages last as long as the
    /// profile.
    #[must_use]
    pub fn of(profile: &ProfileSpec, endpoint: &ShortName) -> Option<Self> {
        let rate = profile.rates.get(endpoint)?;
        let target = rate.amount.get();
        let whole = profile.duration.get();
        let stage = |seconds: u32, target| Stage { milliseconds: u64::from(seconds) * 1000, target };
        let stages = match profile.shape {
            Shape::Flat => {
                let ramp = whole.saturating_add(10) / 20;
                let held = whole.saturating_sub(ramp.saturating_mul(2));
                vec![stage(ramp, target), stage(held, target), stage(ramp, 0)]
            }
            Shape::Spike => {
                let up = whole.div_ceil(2);
                vec![stage(up, target), stage(whole.saturating_sub(up), 0)]
            }
            Shape::Ramp => vec![stage(whole, target)],
        };
        Some(Self { unit: rate.unit, stages })
    }

    /// The same rates in a fraction of the time, for tests. The whole lasts exactly that fraction, in whole
    /// milliseconds; so does each stage, to a millisecond.
    #[must_use]
    pub fn shortened(&self, factor: NonZeroU32) -> Self {
        let factor = u64::from(factor.get());
        let (mut before, mut passed) = (0, 0);
        let stage = |stage: &Stage| {
            before += stage.milliseconds;
            let milliseconds = before / factor - passed;
            passed += milliseconds;
            Stage { milliseconds, target: stage.target }
        };
        Self { unit: self.unit, stages: self.stages.iter().map(stage).collect() }
    }

    /// How long it lasts, in milliseconds.
    #[must_use]
    pub fn milliseconds(&self) -> u64 {
        self.stages.iter().map(|stage| stage.milliseconds).sum()
    }

    /// The highest rate, in requests in the unit of time.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.stages.iter().map(|stage| stage.target).max().unwrap_or_default()
    }

    /// How many whole requests it asks for: the area below the rate.
    #[must_use]
    pub fn ideal_iterations(&self) -> u64 {
        let mut before = 0;
        let twice = self.stages.iter().map(|stage| {
            let both = u128::from(before) + u128::from(stage.target);
            before = stage.target;
            both * u128::from(stage.milliseconds)
        });
        let ideal = twice.sum::<u128>() / (2000 * u128::from(self.unit.seconds()));
        u64::try_from(ideal).unwrap_or(u64::MAX)
    }
}

/// How long one trial of a profile loads the platform in seconds, the graceful stop included.
#[must_use]
pub fn seconds(load: &LoadSpec, profile: &ProfileSpec) -> u64 {
    u64::from(profile.duration.get()) + u64::from(load.graceful_stop.get())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::load::Rate;
    use crate::values::Seconds;

    fn course(seconds: u32, shape: Shape, rate: Rate) -> Course {
        let endpoint = ShortName::new("e").unwrap();
        let profile = ProfileSpec {
            description: String::new(),
            duration: Seconds::from_secs(seconds),
            shape,
            rates: BTreeMap::from([(endpoint.clone(), rate)]),
            trials: None,
            most_virtual_users: None,
            pool: None,
        };
        assert_eq!(Course::of(&profile, &ShortName::new("other").unwrap()), None);
        Course::of(&profile, &endpoint).unwrap()
    }

    fn shapes() -> impl Strategy<Value = Shape> {
        prop_oneof![Just(Shape::Flat), Just(Shape::Spike), Just(Shape::Ramp)]
    }

    fn rates() -> impl Strategy<Value = Rate> {
        (1..1_000_000_u32, prop_oneof![Just("s"), Just("m"), Just("h")])
            .prop_map(|(amount, unit)| Rate::new(&format!("{amount}/{unit}")).unwrap())
    }

    proptest! {
        #[test]
        fn stages_are_whole_seconds_and_last_as_long_as_the_profile(
            seconds in 1..31_622_400_u32, shape in shapes(), rate in rates(),
        ) {
            let course = course(seconds, shape, rate);
            prop_assert_eq!(course.milliseconds(), u64::from(seconds) * 1000);
            prop_assert!(course.stages.iter().all(|stage| stage.milliseconds % 1000 == 0));
            prop_assert_eq!(course.peak(), rate.amount.get());
        }

        #[test]
        fn what_is_shortened_lasts_exactly_its_fraction(
            seconds in 1..31_622_400_u32, shape in shapes(), rate in rates(), factor in 1..10_000_u32,
        ) {
            let whole = course(seconds, shape, rate);
            let short = whole.shortened(NonZeroU32::new(factor).unwrap());
            prop_assert_eq!(short.milliseconds(), u64::from(seconds) * 1000 / u64::from(factor));
            for (short, whole) in short.stages.iter().zip(&whole.stages) {
                prop_assert_eq!(short.target, whole.target);
                prop_assert!(short.milliseconds.abs_diff(whole.milliseconds / u64::from(factor)) <= 1);
            }
        }

        #[test]
        fn ideal_iterations_are_the_mean_rate_times_the_time(
            seconds in 1..100_000_u32, shape in shapes(), rate in rates(),
        ) {
            let course = course(seconds, shape, rate);
            // By hand: a flat profile holds its rate for its duration less one ramp, the others half of it.
            let effective = match shape {
                Shape::Flat => f64::from(seconds - (seconds + 10) / 20),
                Shape::Spike | Shape::Ramp => f64::from(seconds) / 2.0,
            };
            let expected = effective * f64::from(rate.amount.get()) / f64::from(rate.unit.seconds());
            let found = course.ideal_iterations() as f64;
            prop_assert!((expected - found) < 1.0 + 1e-6 && found <= expected + 1e-6, "{} {}", expected, found);
        }
    }

    #[test]
    fn a_fractional_rate_is_counted_in_its_unit() {
        let course = course(600, Shape::Flat, Rate::new("90/m").unwrap());
        assert_eq!((course.ideal_iterations(), course.unit.k6()), (855, "1m"));
    }
}
