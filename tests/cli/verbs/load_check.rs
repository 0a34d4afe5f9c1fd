//! `ahuora load check`, with a program in place of `tc`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::env::{Output, TestEnv, committed};

const TARGET: [&str; 4] = ["load", "check", "--target", "http://127.0.0.1:1"];

/// Runs it where `tc` prints this, and ends so.
fn check(printed: &str, status: u8, args: &[&str]) -> Output {
    let env = TestEnv::new();
    env.write("experiments/load/load.yaml", committed("experiments/load/load.yaml"));
    env.write("bin/tc", format!("#!/bin/sh\nprintf %s '{printed}'\nexit {status}\n"));
    fs::set_permissions(env.path("bin/tc"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = env.path("bin").display().to_string();
    env.run_with(".", &[&TARGET, args].concat(), &[("PATH", &path)])
}

#[test]
fn latency_that_is_left_over_is_told_with_what_removes_it() {
    let listed = r#"[{"kind":"netem","handle":"a40a:","dev":"x0","root":true,"options":{}},{"kind":"netem","handle":"8001:","dev":"x1","root":true,"options":{}}]"#;
    let output = check(listed, 0, &["--no-latency"]).expect_code(1);
    let told: Vec<&str> = output.stdout.lines().filter(|line| !line.starts_with("fine ")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    finding leftover: a run that did not end left latency on x0: netem a40a:
      `ahuora load run` removes its own; or type: tc qdisc del dev x0 root
    finding leftover: x1 has latency that nobody noted: netem 8001:; when nobody needs it, remove it: tc qdisc del dev x1 root
    ");
    assert_eq!(output.stderr, "2 findings\n");
}

#[test]
fn a_tc_that_fails_or_is_not_understood_is_a_finding() {
    for (printed, status, word) in
        [("nonsense", 0, "is not understood"), ("", 2, "it said nothing"), ("[{}, 1]", 0, "understood")]
    {
        let output = check(printed, status, &["--no-latency", "--format", "json"]).expect_code(1);
        let json = output.json();
        let told = json["checks"][0]["told"].as_str().unwrap();
        assert!(told.contains(word) && told.contains("`tc -s -j qdisc show`"), "{told}");
        assert_eq!(json["ready"], false);
    }
}

#[test]
fn a_machine_with_nothing_left_over_is_watched() {
    let output = check("[]", 0, &["--no-latency", "--watch", "1s", "--format", "json"]);
    let json = output.json();
    let rules: Vec<&str> = json["checks"].as_array().unwrap().iter().filter_map(|one| one["rule"].as_str()).collect();
    assert!(rules.contains(&"ports") && rules.contains(&"open-files") && rules.contains(&"client"), "{output}");
    assert!(!rules.contains(&"leftover") && !rules.contains(&"latency"), "{output}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    check("[]", 0, &["--interface", "a/b"])
        .expect_code(2)
        .expect_said(&["`a/b` is not the name of a network interface"]);
    check("[]", 0, &["--prove", "--no-latency"]).expect_code(2);
    check("[]", 0, &["--samples", "x"]).expect_code(2).expect_said(&["--watch"]);
}
