//! A waiver accepts one rule on one resource, with a reason, and nothing else.

use serde_json::Value;

use crate::env::{PRODUCTION, STAGING, TestEnv};

const LIFECYCLE: &str = "lifecycle: {preStop: 5s, drain: 5s, grace: 30s, slowestStart: 5s}";
const SHORT: &str = "lifecycle: {preStop: 5s, drain: 5s, grace: 10s, slowestStart: 5s}";

/// The service `frontend` breaks the rule `grace-period`.
fn with_finding() -> TestEnv {
    let env = TestEnv::new();
    env.edit(LIFECYCLE, SHORT);
    let output = env.run(&["check"]).expect_code(1);
    assert_eq!(rules(&env), ["grace-period"], "{output}");
    env
}

fn rules(env: &TestEnv) -> Vec<String> {
    let json = env.run(&["check", "--format", "json"]).json();
    let findings = json.pointer("/findings").and_then(Value::as_array).expect("findings").iter();
    findings.map(|finding| finding.get("rule").and_then(Value::as_str).expect("a rule").to_owned()).collect()
}

fn waive(env: &TestEnv, waiver: &str) {
    env.append(&format!("\nwaivers:\n  - {waiver}\n"));
}

#[test]
fn a_waiver_accepts_its_finding() {
    let env = with_finding();
    waive(&env, "{rule: grace-period, resource: Deployment/frontend, reason: static files only}");
    env.run(&["check"]).expect_code(0);
    env.run(&["generate"]).expect_code(0);
}

#[test]
fn a_waiver_leaves_the_same_rule_on_other_resources() {
    let env = with_finding();
    env.edit("lifecycle: {preStop: 5s, drain: 20s, grace: 30s,", "lifecycle: {preStop: 5s, drain: 20s, grace: 20s,");
    waive(&env, "{rule: grace-period, resource: Deployment/frontend, reason: static files only}");
    let output = env.run(&["check"]).expect_code(1);
    assert!(output.stdout.contains("finding grace-period: Deployment/django-api"), "{output}");
    assert!(!output.stdout.contains("Deployment/frontend"), "{output}");
}

#[test]
fn a_waiver_leaves_other_rules_on_its_resource() {
    let env = with_finding();
    env.edit(SHORT, &SHORT.replace("slowestStart: 5s", "slowestStart: 10m"));
    waive(&env, "{rule: grace-period, resource: Deployment/frontend, reason: static files only}");
    assert_eq!(rules(&env), ["startup-window"]);
}

#[test]
fn a_waiver_of_one_environment_leaves_the_others() {
    let env = with_finding();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    waive(&env, "{rule: grace-period, resource: Deployment/frontend, environment: staging, reason: nobody cares}");
    let output = env.run(&["check"]).expect_code(1);
    assert!(output.stdout.contains("finding grace-period: Deployment/frontend in production: "), "{output}");
    assert!(!output.stdout.contains(" in staging: "), "{output}");
}

#[test]
fn a_waiver_that_accepts_nothing_is_a_finding() {
    let env = TestEnv::new();
    waive(&env, "{rule: grace-period, resource: Deployment/frontend, reason: once needed}");
    let output = env.run(&["check"]).expect_code(1);
    insta::assert_snapshot!(output.lines()[0], @r"
    finding waiver: Deployment/frontend: the waiver of `grace-period` on `Deployment/frontend` accepts nothing: remove it
    ");
    env.run(&["generate"]).expect_code(1);
    assert!(!env.has("manifests"));
}

#[test]
fn a_rule_that_does_not_exist_is_named_with_the_one_meant() {
    let env = with_finding();
    waive(&env, "{rule: grace-periods, resource: Deployment/frontend, reason: static files only}");
    let output = env.run(&["check"]).expect_code(1);
    assert!(output.stdout.contains("there is no rule `grace-periods`; did you mean `grace-period`?"), "{output}");
}

#[test]
fn a_waiver_needs_a_reason() {
    for (waiver, words) in [
        ("{rule: grace-period, resource: Deployment/frontend}", "waivers[0]: `reason` is missing"),
        (
            "{rule: grace-period, resource: Deployment/frontend, reason: \" \"}",
            "waivers[0].reason: a waiver needs a reason",
        ),
        (
            "{rule: grace-period, resource: Deployment/frontend, reason: x, environment: nope}",
            "waivers[0].environment: there is no environment `nope`",
        ),
    ] {
        let env = with_finding();
        waive(&env, waiver);
        let output = env.run(&["generate"]).expect_code(2);
        output.expect_said(&["error: platform.yaml:", words]);
        assert!(!env.has("manifests"));
    }
}

#[test]
fn an_idle_waiver_cannot_be_waived() {
    let env = TestEnv::new();
    waive(&env, "{rule: waiver, resource: Deployment/frontend, reason: x}");
    env.run(&["check"]).expect_code(1);
}
