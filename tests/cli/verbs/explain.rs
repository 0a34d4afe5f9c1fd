//! `ahuora explain`: where a value comes from, and what a key moves.

use crate::env::{PRODUCTION, STAGING, TestEnv};

/// Every line after the resource, without the line numbers of `platform.yaml`.
fn told(env: &TestEnv, args: &[&str]) -> Vec<String> {
    let output = env.run(&[&["explain"], args].concat()).expect_code(0);
    let line = |line: &str| match line.trim().split_once("  ") {
        Some((place, rest)) if place.starts_with("platform.yaml:") => rest.to_owned(),
        _ => line.trim().to_owned(),
    };
    output.lines().into_iter().skip(1).map(line).filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_field_is_traced_to_keys_defaults_and_rules() {
    let env = TestEnv::new();
    let cases: [(&str, &str, &[&str]); 11] = [
        (
            "django-api/deployment",
            "spec.template.spec.containers[name=django-api].image",
            &["services.django-api.image: ahuora/django-api:0.0.17"],
        ),
        ("Deployment/frontend", "spec.replicas", &["services.frontend.scaling.replicas: 2"]),
        (
            "production/idaes/deployment",
            "spec.template.spec.containers[0].livenessProbe.timeoutSeconds",
            &["services.idaes.probes.liveness.timeout: 1s (default, not written)"],
        ),
        (
            "idaes/deployment",
            "spec.template.spec.containers[0].imagePullPolicy",
            &["fixed by ahuora: rule `service` (component idaes)"],
        ),
        (
            "django-api/ingress",
            "spec.rules[0].host",
            &["environments.production.domain: ahuora.org.nz", "services.django-api.exposure.host: api"],
        ),
        (
            "manifests/production/idaes/horizontalpodautoscaler.yaml",
            "spec.minReplicas",
            &["services.idaes.scaling.autoscaler.minReplicas: 1"],
        ),
        (
            "postgres/statefulset",
            "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
            &["postgres.storage.size: 5Gi"],
        ),
        (
            "cluster/argo-cd/application-ahuora-production",
            "spec.destination.namespace",
            &["environments.production.namespace: ahuora"],
        ),
        (
            "django-api/deployment",
            "spec.template.spec.containers[name=django-api].resources.requests.cpu",
            &["services.django-api.resources.requests.cpu: 500m"],
        ),
        (
            "django-api/deployment",
            "spec.template.spec.containers[name=django-api].env[name=DJANGO_MODE].value",
            &["services.django-api.environment.DJANGO_MODE: production"],
        ),
        (
            "compose.yaml",
            "services.django-api.image",
            &[
                "services.django-api.image: ahuora/django-api:0.0.17",
                "compose.services[0]: django-api (whether it is there)",
            ],
        ),
    ];
    for (resource, field, expected) in cases {
        let told = told(&env, &[resource, field]);
        assert_eq!(told.get(1..).unwrap_or_default(), expected, "{resource} {field}");
    }
}

#[test]
fn an_override_is_the_source_where_it_stands() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let args = ["--environment", "staging", "django-api/deployment", "spec.replicas"];
    let expected = r#"environments.staging.overrides."services.django-api.scaling".replicas: 1"#;
    assert_eq!(told(&env, &args).last().map(String::as_str), Some(expected));
    env.run(&["explain", "--environment", "stage", "django-api/deployment"])
        .expect_code(2)
        .expect_said(&["there is no environment `stage`", "staging"]);
}

#[test]
fn a_patch_is_a_source() {
    let env = TestEnv::new();
    env.append("\npatches:\n  - target: {kind: Deployment, name: idaes}\n    reason: It waits.\n    change:\n      merge: {spec: {minReadySeconds: 7}}\n");
    let told = told(&env, &["idaes/deployment", "spec.minReadySeconds"]);
    assert_eq!(told.get(1).map(String::as_str), Some("patches[0].change.merge.spec.minReadySeconds: 7"), "{told:?}");
}

#[test]
fn a_key_is_followed_to_all_that_it_moves() {
    let env = TestEnv::new();
    let image = env.run(&["explain", "services.django-api.image", "--format", "json"]).expect_code(0).json();
    let text = image.to_string();
    for moved in ["spec.template.spec.containers[name=django-api].image", "compose.yaml"] {
        assert!(text.contains(moved), "{text}");
    }
    let output = env.run(&["explain", "services.idaes.lifecycle.slowestStart"]).expect_code(0);
    assert!(output.stdout.contains("it is read by checks alone: rule `startup-window`"), "{output}");
}

#[test]
fn names_that_do_not_exist_are_refused_with_what_is_near() {
    let env = TestEnv::new();
    let cases: [(&[&str], &[&str]); 6] = [
        (&["djangoapi/deployment"], &["no resource `djangoapi/deployment`", "did you mean `django-api/deployment`?"]),
        (&["django-api/deployment", "spec.nothing"], &["no field `nothing` in `spec`", "`template`"]),
        (
            &["django-api/deployment", "spec.replicas"],
            &["it would have, with another value of `services.django-api.scaling.autoscaler`"],
        ),
        (&["services.django-api.imag"], &["did you mean `image`?"]),
        (&["django-api/deployment", "a[["], &["is not a path of a field"]),
        (&[], &["required"]),
    ];
    for (args, words) in cases {
        env.run(&[&["explain"], args].concat()).expect_code(2).expect_said(words);
    }
}

#[test]
fn keys_that_no_manifest_depends_on_are_told_with_their_readers() {
    let env = TestEnv::new();
    let output = env.run(&["explain", "--unused"]).expect_code(0);
    for words in
        ["rule `capacity` of `ahuora check`", "cluster.reserved.cpu: 200m", "rule `startup-window` of `ahuora check`"]
    {
        assert!(output.stdout.contains(words), "{output}");
    }
    assert!(!output.stdout.contains("services.django-api.image"), "{output}");
    let json = env.run(&["explain", "--unused", "--format", "json"]).expect_code(0).json();
    assert!(json.to_string().contains("services.idaes.lifecycle.slowestStart"), "{json}");
}
