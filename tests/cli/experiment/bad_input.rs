//! Designs and load that cannot be meant.

use super::lab::{Lab, UOR};

/// What is written behind the head of four lines, and what is said of it.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpus, levels: [1]}\ndesign: grid\n",
        &[
            "experiments/test.yaml:6:69: services.django-api.resources.requests: unknown key `cpus`; did you mean `cpu`?",
        ],
    ),
    (
        "variables:\n  cpu: {sets: services.jango-api.resources.requests.cpu, levels: [1]}\ndesign: grid\n",
        &["experiments/test.yaml:6:", "jango-api"],
    ),
    (
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [500m, lots]}\ndesign: grid\n",
        &["experiments/test.yaml:6:74: services.django-api.resources.requests.cpu: `lots` is not an amount of CPU"],
    ),
    (
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: []}\ndesign: grid\n",
        &["experiments/test.yaml:6:67: variables.cpu.levels: has no level"],
    ),
    (
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [1, 2]}\ndesign: grid\nexclude: [{where: {cpu: [1, 2]}, reason: no}]\n",
        &["experiments/test.yaml:7:9: design: every combination is left out by `exclude`"],
    ),
    ("variables: {}\ndesign: grid\n", &["experiments/test.yaml:", "nothing varies"]),
    // All problems of one kind are told at once.
    (
        "variables:\n  a: {sets: a..b, levels: [1]}\n  b: {sets: c..d, levels: [1]}\ndesign: grid\n",
        &[
            "experiments/test.yaml:6:13: variables.a.sets: `a..b` is not a path",
            "experiments/test.yaml:7:13: variables.b.sets: `c..d` is not a path",
            "experiments/test.yaml has 2 problems",
        ],
    ),
    (
        "variables:\n  a: {sets: a.b, levels: [1]}\ndesign: grid\nordre: sorted\ntrails: 3\n",
        &["experiments/test.yaml:8:1: unknown key `ordre`; did you mean `order`?", "9:1: unknown key `trails`"],
    ),
];

#[test]
fn designs_are_refused_with_the_place() {
    let lab = Lab::new();
    for (rest, words) in REFUSED {
        lab.design(rest);
        let before = lab.env.contents();
        for verb in ["plan", "branch", "verify", "open"] {
            let output = lab.run(&[verb, "test"]);
            assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{verb} {rest}\n{output}");
            output.expect_said(words);
        }
        assert_eq!(before.changes(&lab.env.contents()), [""; 0]);
    }
}

#[test]
fn more_permutations_than_anybody_means() {
    let lab = Lab::files();
    let levels: Vec<String> = (0..1_000).map(|level| level.to_string()).collect();
    let variable = |name: &str| format!("  {name}: {{sets: {name}.x, levels: [{}]}}\n", levels.join(", "));
    lab.design(&format!("variables:\n{}{}{}design: grid\n", variable("a"), variable("b"), variable("c")));
    let words = ["experiments/test.yaml:9:9: design: makes 1,000,000,000 permutations", "--limit"];
    lab.run(&["plan", "test"]).expect_code(2).expect_said(&words);
    lab.run(&["list"]).expect_code(2).expect_said(&words);
    lab.run(&["plan", UOR]).expect_code(0);
    lab.run(&["plan", UOR, "--limit", "3"]).expect_code(2).expect_said(&["makes 4 permutations, and 3 are the most"]);
    lab.run(&["plan", UOR, "--limit", "4"]).expect_code(0);
}

#[test]
fn files_that_are_no_designs() {
    let lab = Lab::files();
    lab.run(&["plan", "replica-count-uro"]).expect_code(2).expect_said(&["did you mean `replica-count-uor`?"]);
    for name in ["../platform", "load/load", "", "replica-count-uor.yaml"] {
        lab.run(&["plan", name]).expect_code(2).expect_said(&["there is no experiment"]);
    }
    for (content, words) in [
        (vec![0xff, 0xfe, 0, 1, 2], "experiments/test.yaml"),
        (vec![0; 64], "experiments/test.yaml is a binary file"),
        (b"a".repeat(9 << 20), "experiments/test.yaml is larger than 8 MiB"),
        (Vec::new(), "experiments/test.yaml"),
        (b"{".repeat(10_000), "experiments/test.yaml"),
    ] {
        lab.env.write("experiments/test.yaml", content);
        for args in [&["plan", "test"][..], &["plan", "--all"], &["list"]] {
            let output = lab.run(args).expect_code(2);
            output.expect_said(&[words]);
            assert_eq!(output.stdout, "");
        }
    }
    lab.env.remove("experiments/test.yaml");
    lab.env.folder("experiments/test.yaml");
    lab.run(&["plan", "test"]).expect_code(2).expect_said(&["there is no experiment `test`"]);
}

#[test]
fn broken_load() {
    let lab = Lab::new();
    let text = lab.env.read("experiments/load/load.yaml");
    lab.env.write("experiments/load/load.yaml", text.replace("duration: 4m", "duration: forever"));
    for args in [&["list"][..], &["plan", UOR], &["branch", UOR], &["verify", UOR], &["push", UOR]] {
        lab.run(args)
            .expect_code(2)
            .expect_said(&["experiments/load/load.yaml:", "profiles.spike.duration: `forever`"]);
    }
    lab.env.write("experiments/load/load.yaml", text);
    lab.design("variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [1]}\ndesign: grid\n");
    lab.run(&["plan", "test"]).expect_code(0);
    let design = lab.env.read("experiments/test.yaml").replace("[spike]", "[spkie]");
    lab.env.write("experiments/test.yaml", design);
    lab.run(&["plan", "test"]).expect_code(2).expect_said(&["experiments/test.yaml:4:", "spkie", "`spike`"]);
    lab.env.remove("experiments/load/load.yaml");
    lab.run(&["list"]).expect_code(2).expect_said(&["there is no file experiments/load/load.yaml"]);
}

#[test]
fn problems_of_several_designs_are_told_at_once() {
    let lab = Lab::new();
    lab.design("variables: {}\ndesign: grid\n");
    lab.env.write("experiments/another.yaml", "question: Which?\nendpoint: [uor]\n");
    for verb in [["list", "--color=never"], ["plan", "--all"]] {
        let output = lab.run(&verb);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{output}");
        output.expect_said(&[
            "experiments/another.yaml:2:1: unknown key `endpoint`",
            "experiments/test.yaml:",
            "nothing varies",
        ]);
    }
}
