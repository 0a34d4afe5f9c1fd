//! What a design may say, and what is refused, with its place.

use ahuora::experiment::survey;

use crate::setup::{HEAD, base, experiment, names, read, read_whole, show};

const CPU: &str = "services.django-api.resources.requests.cpu";
const TARGET: &str = "services.django-api.scaling.autoscaler.targetUtilization";

fn two_variables(design: &str) -> String {
    format!(
        "variables:\n  cpu: {{sets: {CPU}, levels: [500m, 1000m, 2000m]}}\n  target: {{sets: {TARGET}, levels: [25, 50]}}\n{design}\n"
    )
}

#[test]
fn a_grid_has_every_combination_the_last_variable_fastest() {
    let grid = experiment(&two_variables("design: grid"));
    assert_eq!(
        names(&grid),
        [
            "cpu-500m-target-25",
            "cpu-500m-target-50",
            "cpu-1000m-target-25",
            "cpu-1000m-target-50",
            "cpu-2000m-target-25",
            "cpu-2000m-target-50"
        ]
    );
}

#[test]
fn one_at_a_time_leaves_the_centre_once_for_each_other_level() {
    let around = experiment(&two_variables("design: {oneAtATime: {cpu: 1000m, target: 25}}"));
    assert_eq!(
        names(&around),
        ["cpu-1000m-target-25", "cpu-500m-target-25", "cpu-2000m-target-25", "cpu-1000m-target-50"]
    );
}

#[test]
fn a_fraction_is_chosen_by_its_seed() {
    let chosen = |seed: u64| experiment(&two_variables(&format!("design: {{fraction: {{rows: 3, seed: {seed}}}}}")));
    let first = chosen(1);
    assert_eq!(names(&first).len(), 3);
    assert_eq!(names(&first), names(&chosen(1)));
    let others = (2..12).filter(|seed| names(&chosen(*seed)) != names(&first)).count();
    assert!(others >= 7, "only {others} of 10 seeds choose otherwise");
    // In the order of the grid.
    let grid = experiment(&two_variables("design: grid"));
    let places: Vec<_> = names(&first).iter().map(|name| names(&grid).iter().position(|one| one == name)).collect();
    assert!(places.is_sorted());
}

#[test]
fn zip_takes_levels_side_by_side_and_rows_say_their_own() {
    let zipped = experiment(&format!(
        "variables:\n  cpu: {{sets: {CPU}, levels: [500m, 1000m]}}\n  target: {{sets: {TARGET}, levels: [25, 50]}}\ndesign: zip\n"
    ));
    assert_eq!(names(&zipped), ["cpu-500m-target-25", "cpu-1000m-target-50"]);
    let rows = experiment(&format!(
        "variables:\n  cpu: {{sets: {CPU}}}\n  target: {{sets: {TARGET}}}\ndesign: {{rows: [{{cpu: 500m, target: 50}}, {{cpu: 2000m, target: 25}}]}}\n"
    ));
    assert_eq!(names(&rows), ["cpu-500m-target-50", "cpu-2000m-target-25"]);
}

#[test]
fn combinations_are_left_out_with_a_reason() {
    let some = experiment(&two_variables(
        "design: grid\nexclude:\n  - where: {cpu: [500m, 2000m], target: 25}\n    reason: too slow\n",
    ));
    assert_eq!(
        names(&some),
        ["cpu-500m-target-50", "cpu-1000m-target-25", "cpu-1000m-target-50", "cpu-2000m-target-50"]
    );
    assert_eq!(some.excluded.len(), 2);
    assert!(some.excluded.iter().all(|one| one.reason == "too slow"));
}

#[test]
fn a_whole_block_is_a_level_and_so_is_nothing() {
    let blocks = experiment(
        "variables:\n  scaling:\n    sets: services.django-api.scaling\n    levels:\n      fixed: {replicas: 2}\n      auto: {autoscaler: {minReplicas: 1, maxReplicas: 4, targetUtilization: 50}}\ndesign: grid\n",
    );
    assert_eq!(names(&blocks), ["scaling-fixed", "scaling-auto"]);
    survey(&base(), &blocks, |_, _, _| (), |_, ()| {}).unwrap_or_else(|problems| panic!("{}", show(&problems)));
    let nothing = experiment(
        "variables:\n  probe: {sets: services.django-api.probes.liveness, levels: {without: null, with: {check: {tcp: http}}}}\ndesign: grid\n",
    );
    survey(&base(), &nothing, |_, _, _| (), |_, ()| {}).unwrap_or_else(|problems| panic!("{}", show(&problems)));
}

/// What is written after the head (four lines), and what is said of it.
const REFUSED: &[(&str, &str)] = &[
    ("variables: {}\ndesign: grid\n", "nothing varies"),
    ("variables:\n  cpu: {sets: a.b, levels: []}\ndesign: grid\n", "6:28: variables.cpu.levels: has no level"),
    ("variables:\n  cpu: {sets: a.b}\ndesign: grid\n", "has no `levels`"),
    ("variables:\n  cpu: {sets: a..b, levels: [1]}\ndesign: grid\n", "6:15: variables.cpu.sets: `a..b` is not a path"),
    ("variables:\n  cpu: {sets: [], levels: [1]}\ndesign: grid\n", "write the path that varies"),
    ("variables:\n  cpu: {sets: [a.b, a.b.c], levels: [1]}\ndesign: grid\n", "twice"),
    ("variables:\n  a: {sets: x.y, levels: [1]}\n  b: {sets: x.y.z, levels: [1]}\ndesign: grid\n", "only one can"),
    ("hold: {x.y.z: 1}\nvariables:\n  a: {sets: x.y, levels: [1]}\ndesign: grid\n", "held and varied"),
    (
        "variables:\n  a: {sets: x, levels: [1, 2, \"1\"]}\ndesign: grid\n",
        "6:31: variables.a.levels: the level `1` is named twice",
    ),
    ("variables:\n  a: {sets: x, levels: [{b: 1}]}\ndesign: grid\n", "needs a name"),
    ("variables:\n  a: {sets: x, levels: [1, 2]}\n  b: {sets: y, levels: [1]}\ndesign: zip\n", "`a` has 2, `b` has 1"),
    ("variables:\n  a: {sets: x}\ndesign: {rows: [{a: 1}, {a: 1}]}\n", "7:25: design.rows[1]: repeats row 1"),
    ("variables:\n  a: {sets: x}\ndesign: {rows: [{a: 1}, {}]}\n", "says nothing of the variable `a`"),
    (
        "variables:\n  ab: {sets: x}\ndesign: {rows: [{ab: 1, abc: 2}]}\n",
        "there is no variable `abc`; did you mean `ab`?",
    ),
    ("variables:\n  a: {sets: x, levels: [1]}\ndesign: {oneAtATime: {a: 3}}\n", "`3` is no level of `a`"),
    (
        "variables:\n  a: {sets: x, levels: [1, 2]}\ndesign: {fraction: {rows: 3, seed: 1}}\n",
        "asks for 3 rows, and the grid has 2",
    ),
    (
        "variables:\n  a: {sets: x, levels: [1, 2]}\ndesign: grid\nexclude: [{where: {a: [1, 2]}, reason: no}]\n",
        "every combination is left out",
    ),
    ("variables:\n  a: {sets: x, levels: [1, 2]}\ndesign: grid\nexclude: [{where: {}, reason: no}]\n", "is empty"),
    (
        "variables:\n  a: {sets: x}\n  b: {sets: y}\ndesign: {rows: [{a: 1, b: 2}, {a: 2, b: 1}]}\nexclude: [{where: {a: 1, b: 1}, reason: no}]\n",
        "leaves nothing out",
    ),
    ("variables:\n  a: {sets: x, levels: [1]}\ndesign: gird\n", "gird"),
    ("variables:\n  a: {sets: x, levels: [1]}\ndesign: grid\nordre: sorted\n", "did you mean `order`?"),
    ("trials: 0\nvariables:\n  a: {sets: x, levels: [1]}\ndesign: grid\n", "trials"),
];

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    for (rest, told) in REFUSED {
        let problems = read(rest).err().unwrap_or_else(|| panic!("accepted: {rest}"));
        let text = show(&problems);
        assert!(text.contains(told), "{rest}\n`{told}` is not in:\n{text}");
        assert!(problems.iter().all(|problem| problem.at.is_some()), "without a place: {text}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "question: Which?\nenvironment: production\nendpoints: [uro]\nprofiles: [spike, spike, peak]\nvariables:\n  a: {sets: x..y, levels: [1, 1]}\ndesign: grid\n";
    let told = show(&read_whole(text, 256).unwrap_err());
    for part in ["no `uro`; did you mean `uor`?", "names `spike` twice", "no `peak`", "not a path", "named twice"] {
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
}

/// A typo is not a wish.
#[test]
fn too_many_permutations_are_refused_at_once() {
    let levels: Vec<String> = (1..=1000).map(|level| level.to_string()).collect();
    let levels = levels.join(", ");
    let billion = format!(
        "{HEAD}variables:\n  a: {{sets: x, levels: [{levels}]}}\n  b: {{sets: y, levels: [{levels}]}}\n  c: {{sets: z, levels: [{levels}]}}\ndesign: grid\n"
    );
    let told = show(&read_whole(&billion, 256).unwrap_err());
    assert!(told.contains("makes 1,000,000,000 permutations, and 256 are the most"), "{told}");
    assert!(told.contains("--limit"), "{told}");
    let thousand = format!("{HEAD}variables:\n  a: {{sets: x, levels: [{levels}]}}\ndesign: grid\n");
    assert!(show(&read_whole(&thousand, 256).unwrap_err()).contains("makes 1,000 permutations"));
    assert_eq!(read_whole(&thousand, 1000).map(|one| one.permutations.len()), Ok(1000));
    let fraction = billion.replace("design: grid", "design: {fraction: {rows: 5, seed: 1}}");
    assert!(show(&read_whole(&fraction, 256).unwrap_err()).contains("at most 1,000,000 can be looked at"));
}

/// A level that the platform cannot have, and where that is told.
const IMPOSSIBLE: &[(&str, &str)] = &[
    (
        "variables:\n  cpu:\n    sets: services.django-api.resources.requests.cpu\n    levels:\n      - 500m\n      - much\ndesign: grid\n",
        "10:9: services.django-api.resources.requests.cpu: ",
    ),
    (
        "variables:\n  cpu: {sets: services.django-apo.resources.requests.cpu, levels: [500m]}\ndesign: grid\n",
        "there is no service `django-apo`; did you mean `django-api`?",
    ),
    (
        "variables:\n  cpu: {sets: services.django-api.resources.request.cpu, levels: [500m]}\ndesign: grid\n",
        "did you mean `requests`?",
    ),
    (
        "variables:\n  least: {sets: services.django-api.scaling.autoscaler.minReplicas, levels: [1, 9]}\ndesign: grid\n",
        "6:81: services.django-api.scaling.autoscaler",
    ),
    (
        "hold: {cluster.maxPods: 3}\nvariables:\n  a: {sets: postgres.maxConnections, levels: [100]}\ndesign: grid\n",
        "5:8: cluster.maxPods: an environment cannot override `cluster`",
    ),
];

#[test]
fn a_level_that_the_platform_cannot_have_is_refused_where_it_stands() {
    for (rest, told) in IMPOSSIBLE {
        let problems = survey(&base(), &experiment(rest), |_, _, _| (), |_, ()| {}).err();
        let text = show(&problems.unwrap_or_else(|| panic!("accepted: {rest}")));
        assert!(text.contains(told), "{rest}\n`{told}` is not in:\n{text}");
    }
}

#[test]
fn permutations_of_the_same_manifests_are_refused_with_the_twin() {
    let twins = experiment(
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [\"1\", 1000m, 1500m]}\ndesign: grid\n",
    );
    let told = show(&survey(&base(), &twins, |_, _, _| (), |_, ()| {}).unwrap_err());
    assert_eq!(
        told,
        "6:73: design: `cpu-1` and `cpu-1000m` lead to the same manifests, so they are one permutation measured twice: take one away"
    );
}

#[test]
fn pods_without_a_node_are_findings() {
    let large = experiment(
        "variables:\n  cpu: {sets: services.idaes.resources.requests.cpu, levels: [1000m, 3500m]}\ndesign: grid\n",
    );
    let surveyed = survey(&base(), &large, |_, _, _| (), |_, ()| {}).unwrap();
    assert!(!surveyed.findings.is_empty());
    assert!(surveyed.findings.iter().all(|(index, finding)| *index == 1 && finding.rule == "capacity"), "{surveyed:?}");
}
