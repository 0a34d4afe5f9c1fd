//! Whatever a design says, it is refused with reasons or read.
#![no_main]

use std::sync::LazyLock;

use ahuora::experiment::Experiment;
use ahuora::load::Load;

const LIMIT: usize = 256;
static LOAD: LazyLock<Load> =
    LazyLock::new(|| Load::read(include_str!("../../experiments/load/load.yaml")).expect("valid load"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Experiment::read("fuzzed", text, &LOAD, LIMIT) {
        Ok(experiment) => assert!((1..=LIMIT).contains(&experiment.permutations.len())),
        Err(problems) => {
            let told = problems.iter().all(|problem| !problem.message.is_empty());
            assert!(told && !problems.is_empty(), "refused without a reason");
        }
    }
});
