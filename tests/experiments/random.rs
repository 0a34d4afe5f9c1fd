//! Whatever a design says, it is refused with reasons or read.

use ahuora::config::Problem;
use ahuora::experiment::Experiment;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::setup::{read_whole, show};

const LIMIT: usize = 64;
const DESIGN: &str = include_str!("../../experiments/replica-count-uor.yaml");
const PIECES: [&str; 12] = ["[", "]", "{", "}", ": ", "\n", " - ", "null", "&a ", "*a", "grid", "99999999999999999999"];

/// What both outcomes promise.
fn said(read: &Result<Experiment, Vec<Problem>>) {
    match read {
        Ok(experiment) => {
            let count = experiment.permutations.len();
            assert!((1..=LIMIT).contains(&count), "{count} permutations");
            assert!(experiment.trials.iter().all(|trial| trial.permutation < count));
        }
        Err(problems) => {
            assert!(!problems.is_empty(), "refused without a reason");
            assert!(problems.iter().all(|problem| !problem.message.is_empty()), "{}", show(problems));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_random_bytes(bytes in vec(any::<u8>(), 0..300)) {
        said(&read_whole(&String::from_utf8_lossy(&bytes), LIMIT));
    }

    #[test]
    fn of_a_design_that_was_damaged(edits in vec((any::<prop::sample::Index>(), 0..40_usize, 0..PIECES.len()), 1..6)) {
        let mut text: Vec<char> = DESIGN.chars().collect();
        for (at, gone, piece) in edits {
            let at = at.index(text.len() + 1);
            let end = (at + gone).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        said(&read_whole(&text.into_iter().collect::<String>(), LIMIT));
    }
}
