//! What a permutation costs before git sees it: `cargo bench --bench experiments`.
//!
//! The platform with a grid of two variables in two components (each level of one is built once), and with one
//! variable whose every level is new. Medians of whole passes in one process; then what each permutation takes.

#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use ahuora::config::load;
use ahuora::experiment::{Base, Experiment, survey};
use ahuora::load::Load;
use ahuora::values::EnvironmentName;

const PLATFORM: &str = include_str!("../platform.yaml");
const LOAD: &str = include_str!("../experiments/load/load.yaml");
const RUNS: usize = 5;

fn main() {
    println!("| design | permutations | rendered, checked and hashed | each |");
    println!("|---|---|---|---|");
    for (name, design) in
        [("two components", grid(100, 100)), ("one component", grid(10_000, 1)), ("shipped size", grid(4, 3))]
    {
        let load = Load::read(LOAD).expect("valid load");
        let experiment = Experiment::read("bench", &design, &load, 100_000).expect("a valid design");
        let configuration = self::load(PLATFORM).expect("a valid platform");
        let environment = EnvironmentName::new("production").expect("a legal name");
        let base = Base::of(&configuration, &environment, "manifests").expect("a valid platform");
        let count = experiment.permutations.len();
        let time = median(|| {
            let surveyed =
                survey(&base, &experiment, |_, _, _| (), |_, ()| {}).expect("permutations that can be rendered");
            assert_eq!(surveyed.manifests.len(), count);
        });
        println!(
            "| {name} | {count} | {:.1} ms | {:.1} us |",
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() * 1e6 / count as f64
        );
    }
}

/// Requests of memory of two services, none of them that of the platform.
fn grid(django: usize, idaes: usize) -> String {
    let levels = |count: usize| {
        let mut text = String::new();
        for level in 0..count {
            let _ = write!(text, "{}Ki, ", 300_000 + level);
        }
        text
    };
    format!(
        "question: How fast?\nenvironment: production\nendpoints: [uor]\nprofiles: [spike]\nvariables:\n  django: {{sets: services.django-api.resources.requests.memory, levels: [{}]}}\n  idaes: {{sets: services.idaes.resources.requests.memory, levels: [{}]}}\ndesign: grid\n",
        levels(django),
        levels(idaes)
    )
}

fn median(mut measure: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            measure();
            start.elapsed()
        })
        .collect();
    times.sort();
    times.get(RUNS / 2).copied().unwrap_or_default()
}
