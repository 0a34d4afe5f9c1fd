//! The designs of this repository say what the study asks.

use ahuora::experiment::{Experiment, survey};
use std::num::NonZeroU32;

use ahuora::load::{Load, Plan, Pool};

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
        let plan = Plan::of(&load, endpoint, profile, NonZeroU32::MIN).expect("a plan");
        let plain: Vec<(u64, u32)> =
            plan.course.stages.iter().map(|stage| (stage.milliseconds, stage.target)).collect();
        let expected: Vec<(u64, u32)> =
            expected.iter().map(|(seconds, target)| (u64::from(*seconds) * 1000, *target)).collect();
        assert_eq!(plain, expected, "{endpoint} {profile}");
        let duration = load.profiles[plan.profile].duration.get();
        assert_eq!(plan.course.milliseconds(), u64::from(duration) * 1000, "{endpoint} {profile}");
        assert_eq!(plan.course.ideal_iterations(), *iterations, "{endpoint} {profile}");
        assert_eq!((plan.course.unit.k6(), plan.graceful_stop.get()), ("1s", 30), "{endpoint} {profile}");
    }
    assert_eq!(Plan::all(&load, NonZeroU32::MIN).len(), STAGES.len());
}

#[test]
fn profiles_have_the_virtual_users_and_thresholds_of_the_study() {
    let load = Load::read(LOAD).expect("valid load").spec;
    // 2 x rate x time of a slow answer (1 s, 5 s), 20 at least; ten times as many, for the spike 1000 at least.
    let expected = [
        ("uor", "average", 30, 300),
        ("fs", "average", 20, 200),
        ("uor", "stress", 60, 600),
        ("fs", "stress", 20, 200),
        ("uor", "soak", 30, 300),
        ("fs", "soak", 20, 200),
        ("uor", "spike", 160, 1600),
        ("fs", "spike", 80, 1000),
        ("uor", "breakpoint", 110, 200),
        ("fs", "breakpoint", 110, 200),
    ];
    for (endpoint, profile, preallocated, most) in expected {
        let plan = Plan::of(&load, endpoint, profile, NonZeroU32::MIN).expect("a plan");
        assert_eq!(plan.pool, Pool { preallocated, most }, "{endpoint} {profile}");
        let limit = (profile == "breakpoint").then(|| ("vus", "value<=100".to_owned()));
        assert_eq!(plan.thresholds(), Vec::from_iter(limit), "{endpoint} {profile}");
        assert_eq!(plan.request.timeout.get(), 60, "{endpoint} {profile}");
    }
}

#[test]
fn a_design_has_another_digest_when_anything_changes_its_load() {
    let digest = |load: &str| {
        let text = include_str!("../../experiments/minimum-replicas-fs.yaml");
        let load = Load::read(load).unwrap_or_else(|problems| panic!("{}", show(&problems)));
        Experiment::read("minimum-replicas-fs", text, &load, 256).expect("a design").digest.to_string()
    };
    let before = digest(LOAD);
    for (from, to) in [
        ("gracefulStop: 30s", "gracefulStop: 20s"),
        ("reserve: 2", "reserve: 3"),
        ("fewest: 20", "fewest: 21"),
        ("headroom: 10", "headroom: 11"),
        ("path: /api/solve/idaes/", "path: /api/solve/"),
        ("body: {flowsheet_id", "body: {debug: true, flowsheet_id"),
        ("Content-Type: application/json", "Content-Type: text/json"),
        ("slowAnswer: 5s", "slowAnswer: 6s"),
        ("fs: 8", "fs: 9"),
        ("mostAtLeast: 1000", "mostAtLeast: 1001"),
        ("preallocated: 110", "preallocated: 111"),
        ("mostVirtualUsers: 100", "mostVirtualUsers: 99"),
    ] {
        assert_eq!(LOAD.matches(from).count(), 1, "{from}");
        assert_ne!(digest(&LOAD.replace(from, to)), before, "{from}");
    }
    // Of the plans alone, of another endpoint, of another profile.
    for (from, to) in [("settling: 3m", "settling: 4m"), ("slowAnswer: 1s", "slowAnswer: 2s"), ("60m", "61m")] {
        assert_eq!(LOAD.matches(from).count(), 1, "{from}");
        assert_eq!(digest(&LOAD.replace(from, to)), before, "{from}");
    }
}
