//! Patches that miss their target, break its type or an invariant: refused, nothing written.

use crate::env::{Output, TestEnv};

/// Runs `generate` with one patch.
fn generate_with(target: &str, change: &str) -> (TestEnv, Output) {
    let env = TestEnv::new();
    env.append(&format!("\npatches:\n  - target: {target}\n    reason: tested\n    change: {change}\n"));
    let before = env.contents();
    let output = env.run(&["generate"]);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    (env, output)
}

/// Refused with the path of the patch, and the words.
#[track_caller]
fn assert_refused(target: &str, change: &str, words: &[&str]) {
    let (_, output) = generate_with(target, change);
    assert_eq!(output.code, 2, "{output}");
    output.expect_said(&["patches[0]"]);
    output.expect_said(words);
}

const FRONTEND: &str = "{kind: Deployment, name: frontend}";

#[test]
fn every_refusal_points_into_its_patch() {
    for (target, change) in [
        ("{kind: Deployment, name: fronted}", "{merge: {spec: {replicas: 3}}}"),
        (FRONTEND, "{merge: {spec: {replicass: 3}}}"),
        (FRONTEND, "{json: [{op: remove, path: /spec/nothing}]}"),
    ] {
        let (env, output) = generate_with(target, change);
        let text = env.read("platform.yaml");
        let first = text[..text.find("- target:").unwrap()].lines().count();
        let place = |line: usize| format!("error: platform.yaml:{line}:");
        let placed = (first..first + 3).any(|line| output.stderr.contains(&place(line)));
        assert!(placed, "the patch stands in the lines {first} to {}\n{output}", first + 2);
    }
}

#[test]
fn a_target_that_does_not_exist() {
    let change = "{merge: {spec: {replicas: 3}}}";
    assert_refused("{kind: Deployment, name: fronted}", change, &["no Deployment `fronted`"]);
    assert_refused("{kind: DaemonSet, name: frontend}", change, &["no DaemonSet `frontend`"]);
    assert_refused("{kind: Deployment, name: frontend, environment: nope}", change, &["no", "environment `nope`"]);
}

#[test]
fn a_target_that_does_not_exist_is_answered_with_the_one_meant() {
    let change = "{merge: {spec: {replicas: 3}}}";
    assert_refused("{kind: Deployment, name: fronted}", change, &["did you mean `frontend`?"]);
    assert_refused("{kind: Deploymnt, name: frontend}", change, &["did you mean `Deployment`?"]);
}

#[test]
fn fields_that_the_kind_does_not_have() {
    assert_refused(FRONTEND, "{merge: {spec: {replicass: 3}}}", &["Deployment/frontend", "unknown field", "replicass"]);
    assert_refused(
        "{kind: Middleware, name: oauth-signin}",
        "{merge: {spec: {errors: {statuz: []}}}}",
        &["unknown field", "statuz"],
    );
    assert_refused("{kind: ConfigMap, name: pgbouncer}", "{merge: {dat: {a: b}}}", &["unknown field", "dat"]);
}

#[test]
fn values_of_the_wrong_type() {
    assert_refused(FRONTEND, "{merge: {spec: {replicas: many}}}", &["Deployment/frontend", "`spec.replicas`", "many"]);
    let containers = "{merge: {spec: {template: {spec: {containers: none}}}}}";
    assert_refused(FRONTEND, containers, &["`spec.template.spec.containers`", "none"]);
}

#[test]
fn fields_that_the_kind_needs_cannot_be_removed() {
    let (scaler, service) = ("{kind: HorizontalPodAutoscaler, name: idaes}", "{kind: Service, name: idaes}");
    assert_refused(FRONTEND, "{merge: {spec: null}}", &["Deployment/frontend", "spec"]);
    assert_refused(FRONTEND, "{merge: {spec: {selector: null}}}", &["Deployment/frontend", "selector"]);
    assert_refused(scaler, "{merge: {spec: {maxReplicas: null}}}", &["idaes", "maxReplicas"]);
    assert_refused(service, "{json: [{op: remove, path: /spec/ports/0/port}]}", &["Service/idaes", "port"]);
}

#[test]
fn another_name_kind_or_namespace() {
    for change in
        ["{metadata: {name: other}}", "{kind: StatefulSet}", "{metadata: {namespace: other}}", "{metadata: null}"]
    {
        assert_refused(FRONTEND, &format!("{{merge: {change}}}"), &["what the resource is"]);
    }
    assert_refused(FRONTEND, "{merge: {apiVersion: apps/v2}}", &["apps/v2"]);
}

#[test]
fn a_resource_turned_into_something_else() {
    assert_refused(FRONTEND, "{merge: 5}", &["Deployment/frontend"]);
    assert_refused(FRONTEND, "{json: [{op: replace, path: \"\", value: {}}]}", &["Deployment/frontend"]);
}

#[test]
fn json_patches_that_do_not_apply() {
    assert_refused(
        FRONTEND,
        "{json: [{op: test, path: /spec/replicas, value: 5}]}",
        &["Deployment/frontend", "/spec/replicas"],
    );
    assert_refused(FRONTEND, "{json: [{op: remove, path: /spec/nothing}]}", &["/spec/nothing"]);
    assert_refused(FRONTEND, "{json: [{op: replace, path: spec, value: 5}]}", &["`spec`", "JSON pointer"]);
    assert_refused(FRONTEND, "{json: [{op: add, path: /spec/paused}]}", &["/spec/paused", "`value`"]);
    assert_refused(FRONTEND, "{json: [{op: move, path: /spec/paused}]}", &["`move`", "known here"]);
}

#[test]
fn a_patch_needs_a_reason() {
    let env = TestEnv::new();
    env.append("\npatches:\n  - {target: {kind: Service, name: idaes}, reason: \"\", change: {merge: {}}}\n");
    let output = env.run(&["generate"]).expect_code(2);
    output.expect_said(&["patches[0].reason: a patch needs a reason"]);
}

#[test]
fn a_patch_that_breaks_an_invariant_is_a_finding() {
    for (target, change, rule) in [
        (
            "{kind: Service, name: frontend}",
            "{spec: {selector: {app.kubernetes.io/name: other}}}",
            "service-selector: Service/frontend",
        ),
        (
            "{kind: Service, name: frontend}",
            "{spec: {ports: [{name: http, port: 8080, targetPort: web}]}}",
            "service-port: Service/frontend",
        ),
        (FRONTEND, "{spec: {template: {spec: {hostNetwork: true}}}}", "pod-security: Deployment/frontend"),
        ("{kind: Deployment, name: idaes}", "{spec: {replicas: 3}}", "autoscaler: Deployment/idaes"),
        (
            "{kind: PodDisruptionBudget, name: frontend}",
            "{spec: {maxUnavailable: 0}}",
            "disruption-budget: PodDisruptionBudget/frontend",
        ),
    ] {
        let (_, output) = generate_with(target, &format!("{{merge: {change}}}"));
        assert_eq!(output.code, 1, "{output}");
        assert!(output.stdout.contains(&format!("finding {rule} ")), "{output}");
    }
}

#[test]
fn a_patch_that_writes_a_status_is_refused() {
    assert_refused(FRONTEND, "{merge: {status: {replicas: 3}}}", &["status"]);
}
