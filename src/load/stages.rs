//! Stages of a profile, as k6's executor `ramping-arrival-rate` takes them: whole seconds, whole rates.

use super::{LoadSpec, ProfileSpec, Shape};
use crate::values::ShortName;

/// A straight line from the rate before it to its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// How long it takes, in seconds.
    pub seconds: u32,
    /// The rate at its end, in requests a second.
    pub target: u32,
}

/// The stages of a profile against an endpoint, from a rate of zero; none where it has no rate for it. Their sum
/// is the profile's duration.
#[must_use]
pub fn stages(profile: &ProfileSpec, endpoint: &ShortName) -> Option<Vec<Stage>> {
    let target = profile.rates.get(endpoint)?.get();
    let whole = profile.duration.get();
    Some(match profile.shape {
        Shape::Flat => {
            let ramp = whole.saturating_add(10) / 20;
            let held = whole.saturating_sub(ramp.saturating_mul(2));
            let stage = |seconds, target| Stage { seconds, target };
            vec![stage(ramp, target), stage(held, target), stage(ramp, 0)]
        }
        Shape::Spike => {
            let up = whole.div_ceil(2);
            vec![Stage { seconds: up, target }, Stage { seconds: whole - up, target: 0 }]
        }
        Shape::Ramp => vec![Stage { seconds: whole, target }],
    })
}

/// How many requests the stages ask for: the area below the rate.
#[must_use]
pub fn ideal_iterations(stages: &[Stage]) -> u64 {
    let mut before = 0;
    let twice = stages.iter().map(|stage| {
        let both = u64::from(before) + u64::from(stage.target);
        before = stage.target;
        both * u64::from(stage.seconds)
    });
    twice.sum::<u64>() / 2
}

/// How long one trial of a profile loads the platform, the graceful stop included.
#[must_use]
pub fn seconds(load: &LoadSpec, profile: &ProfileSpec) -> u64 {
    u64::from(profile.duration.get()) + u64::from(load.graceful_stop.get())
}
