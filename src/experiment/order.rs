//! The order of the runs, and what it costs.

use super::design::OrderSpec;
use super::random::Random;

/// One trial: indexes of its permutation, endpoint and profile, and which trial it is, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    /// Index of the permutation.
    pub permutation: usize,
    /// Index of the endpoint, in the design.
    pub endpoint: usize,
    /// Index of the profile, in the design.
    pub profile: usize,
    /// Which trial, from 1.
    pub trial: u16,
}

/// What is combined into trials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a> {
    /// Permutations by their ascending levels.
    pub(super) sorted: &'a [usize],
    /// How many endpoints there are.
    pub(super) endpoints: usize,
    /// Trials of each profile.
    pub(super) trials: &'a [u16],
}

/// Every trial once, in the chosen order.
pub(super) fn trials(shape: Shape<'_>, order: OrderSpec) -> Vec<Trial> {
    match order {
        OrderSpec::Written => {
            let mut written: Vec<usize> = shape.sorted.to_vec();
            written.sort_unstable();
            one_after_the_other(shape, &written)
        }
        OrderSpec::Sorted => one_after_the_other(shape, shape.sorted),
        OrderSpec::Interleaved { seed } => interleaved(shape, seed),
    }
}

fn one_after_the_other(shape: Shape<'_>, permutations: &[usize]) -> Vec<Trial> {
    let mut all = Vec::new();
    for &permutation in permutations {
        for endpoint in 0..shape.endpoints {
            for (profile, trials) in shape.trials.iter().enumerate() {
                all.extend((1..=*trials).map(|trial| Trial { permutation, endpoint, profile, trial }));
            }
        }
    }
    all
}

/// A block for each trial: in every block every permutation is deployed once, in an order of its own, and measured
/// with every profile and endpoint, in an order of their own.
fn interleaved(shape: Shape<'_>, seed: u64) -> Vec<Trial> {
    let mut random = Random::new(seed);
    let mut permutations: Vec<usize> = shape.sorted.to_vec();
    permutations.sort_unstable();
    let mut all = Vec::new();
    for trial in 1..=shape.trials.iter().copied().max().unwrap_or_default() {
        random.shuffle(&mut permutations);
        for &permutation in &permutations {
            let profiles = shape.trials.iter().enumerate().filter(|(_, trials)| trial <= **trials);
            let of_profile = |(profile, _): (usize, &u16)| {
                (0..shape.endpoints).map(move |endpoint| Trial { permutation, endpoint, profile, trial })
            };
            let mut own: Vec<Trial> = profiles.flat_map(of_profile).collect();
            random.shuffle(&mut own);
            all.extend(own);
        }
    }
    all
}

/// How many times another permutation is deployed, the first one included.
#[must_use]
pub fn switches(trials: &[Trial]) -> usize {
    let changes = trials.iter().zip(trials.iter().skip(1)).filter(|(one, next)| one.permutation != next.permutation);
    changes.count() + usize::from(!trials.is_empty())
}
