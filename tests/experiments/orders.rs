//! The order of the runs.

use std::collections::BTreeSet;

use ahuora::experiment::{Experiment, Trial, switches};
use proptest::prelude::*;

use crate::setup::read_whole;

fn with_order(order: &str, profiles: &str) -> Experiment {
    let text = format!(
        "question: Which?\nenvironment: production\nendpoints: [uor, fs]\nprofiles: [{profiles}]\ntrials: 3\norder: {order}\nvariables:\n  cpu: {{sets: x, levels: [1000m, 500m, \"2\"]}}\ndesign: grid\n"
    );
    read_whole(&text, 256).unwrap()
}

fn permutations(experiment: &Experiment) -> Vec<usize> {
    let mut order: Vec<usize> = experiment.trials.iter().map(|trial| trial.permutation).collect();
    order.dedup();
    order
}

#[test]
fn written_is_as_combined_and_sorted_is_ascending() {
    assert_eq!(permutations(&with_order("written", "spike")), [0, 1, 2]);
    assert_eq!(permutations(&with_order("sorted", "spike")), [1, 0, 2]);
    assert_eq!(switches(&with_order("sorted", "spike").trials), 3);
}

#[test]
fn a_profile_may_have_trials_of_its_own() {
    let soak = with_order("written", "soak, spike");
    let of = |profile: usize| soak.trials.iter().filter(|trial| trial.profile == profile).count();
    assert_eq!((of(0), of(1)), (3 * 2, 3 * 2 * 3));
}

proptest! {
    #[test]
    fn interleaved_runs_are_blocks_of_every_run_once(seed: u64) {
        let experiment = with_order(&format!("{{interleaved: {{seed: {seed}}}}}"), "spike, soak, breakpoint");
        let again = with_order(&format!("{{interleaved: {{seed: {seed}}}}}"), "spike, soak, breakpoint");
        prop_assert_eq!(&experiment.trials, &again.trials);
        let all: BTreeSet<Trial> = experiment.trials.iter().copied().collect();
        prop_assert_eq!(all.len(), experiment.trials.len());
        // Blocks are trials, and no permutation is torn apart within one.
        prop_assert!(experiment.trials.is_sorted_by_key(|trial| trial.trial));
        for block in experiment.trials.chunk_by(|one, other| one.trial == other.trial) {
            let mut order: Vec<usize> = block.iter().map(|trial| trial.permutation).collect();
            order.dedup();
            prop_assert_eq!(order.len(), 3);
        }
    }
}

#[test]
fn every_block_may_begin_with_any_permutation() {
    let first = |seed: u64| with_order(&format!("{{interleaved: {{seed: {seed}}}}}"), "spike").trials[0].permutation;
    let found: BTreeSet<usize> = (0..40).map(first).collect();
    assert_eq!(found.len(), 3);
}
