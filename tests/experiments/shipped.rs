//! The designs of this repository say what the study asks.

use ahuora::experiment::{Experiment, survey};
use ahuora::load::{Load, ideal_iterations, stages};
use ahuora::values::ShortName;

use crate::setup::{LOAD, base, names, show};

fn shipped(name: &str) -> Experiment {
    let path = format!("{}/experiments/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let load = Load::read(LOAD).expect("valid load");
    Experiment::read(name, &text, &load, 256).unwrap_or_else(|problems| panic!("{name}: {}", show(&problems)))
}

/// Name, permutations, runs, and minutes of load.
const TABLES: [(&str, usize, usize, u64); 5] = [
    ("replica-count-uor", 4, 48, 432),
    ("replica-count-fs", 7, 84, 756),
    ("resource-target", 12, 144, 1080),
    ("minimum-replicas-uor", 3, 18, 135),
    ("minimum-replicas-fs", 3, 18, 135),
];

#[test]
fn the_tables_are_29_permutations_312_trials_and_42_hours() {
    let (mut permutations, mut runs, mut seconds) = (0, 0, 0);
    for (name, own_permutations, own_runs, minutes) in TABLES {
        let one = shipped(name);
        assert_eq!(
            (one.permutations.len(), one.trials.len(), one.load_seconds()),
            (own_permutations, own_runs, minutes * 60),
            "{name}"
        );
        permutations += one.permutations.len();
        runs += one.trials.len();
        seconds += one.load_seconds();
    }
    assert_eq!((permutations, runs, seconds), (29, 312, 42 * 3600 + 18 * 60));
}

#[test]
fn every_permutation_would_work_on_the_cluster() {
    for name in TABLES.map(|(name, ..)| name).into_iter().chain(["scale-up-limit"]) {
        let surveyed = survey(&base(), &shipped(name), |_, _, _| (), |_, ()| {})
            .unwrap_or_else(|problems| panic!("{}", show(&problems)));
        assert!(surveyed.findings.is_empty(), "{name}: {:?}", surveyed.findings);
    }
}

#[test]
fn the_rows_of_table_3_8_are_as_printed() {
    assert_eq!(
        names(&shipped("replica-count-fs")),
        [
            "django-1-idaes-1",
            "django-2-idaes-2",
            "django-4-idaes-4",
            "django-8-idaes-8",
            "django-1-idaes-8",
            "django-2-idaes-8",
            "django-4-idaes-8"
        ]
    );
}

/// Endpoint, profile, seconds and rates of its stages, and the requests that they ask for.
type Expected = (&'static str, &'static str, &'static [(u32, u32)], u64);

const STAGES: &[Expected] = &[
    ("uor", "average", &[(30, 15), (540, 15), (30, 0)], 8_550),
    ("fs", "average", &[(30, 1), (540, 1), (30, 0)], 570),
    ("uor", "stress", &[(30, 30), (540, 30), (30, 0)], 17_100),
    ("fs", "stress", &[(30, 2), (540, 2), (30, 0)], 1_140),
    ("uor", "soak", &[(180, 15), (3_240, 15), (180, 0)], 51_300),
    ("fs", "soak", &[(180, 1), (3_240, 1), (180, 0)], 3_420),
    ("uor", "spike", &[(120, 80), (120, 0)], 9_600),
    ("fs", "spike", &[(120, 8), (120, 0)], 960),
    ("uor", "breakpoint", &[(600, 200)], 60_000),
    ("fs", "breakpoint", &[(600, 32)], 9_600),
];

#[test]
fn profiles_have_the_stages_and_rates_of_the_study() {
    let load = Load::read(LOAD).expect("valid load").spec;
    for (endpoint, profile, expected, iterations) in STAGES {
        let spec = &load.profiles[&ShortName::new(*profile).unwrap()];
        let found = stages(spec, &ShortName::new(*endpoint).unwrap()).expect("a rate");
        let plain: Vec<(u32, u32)> = found.iter().map(|stage| (stage.seconds, stage.target)).collect();
        assert_eq!(plain, *expected, "{endpoint} {profile}");
        assert_eq!(found.iter().map(|stage| stage.seconds).sum::<u32>(), spec.duration.get(), "{endpoint} {profile}");
        assert_eq!(ideal_iterations(&found), *iterations, "{endpoint} {profile}");
    }
}
