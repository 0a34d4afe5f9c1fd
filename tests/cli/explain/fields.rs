//! From a field to the keys that decide it.

use crate::env::{PRODUCTION, STAGING, TestEnv};

#[test]
fn a_resource_lists_all_its_fields() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "frontend/poddisruptionbudget"]).expect_code(0).stdout, @r#"
    PodDisruptionBudget/frontend  manifests/production/frontend/poddisruptionbudget.yaml

    the whole resource
        platform.yaml:108:25  services.frontend.scaling.replicas: 2 (whether it is there)

    metadata.labels."app.kubernetes.io/instance": ahuora-production
        platform.yaml:6:7  name: ahuora
        platform.yaml:30:3  environments.production (its name)

    metadata.labels."app.kubernetes.io/name": frontend
    metadata.name: frontend
    spec.selector.matchLabels."app.kubernetes.io/name": frontend
        platform.yaml:95:3  services.frontend (its name)

    metadata.labels."app.kubernetes.io/part-of": ahuora
        platform.yaml:6:7  name: ahuora

    metadata.namespace: ahuora
        platform.yaml:31:16  environments.production.namespace: ahuora

    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata.labels."app.kubernetes.io/component": service
    metadata.labels."app.kubernetes.io/managed-by": ahuora
    spec.maxUnavailable: 1
        fixed by ahuora: rule `service` (component frontend)
    "#);
}

#[test]
fn a_block_lists_what_is_below_it() {
    let output =
        TestEnv::new().run(&["explain", "frontend/deployment", "spec.template.spec.containers[0].livenessProbe"]);
    insta::assert_snapshot!(output.expect_code(0).stdout, @r"
    Deployment/frontend  manifests/production/frontend/deployment.yaml

    spec.template.spec.containers[name=frontend].livenessProbe.failureThreshold: 3
        platform.yaml:103:7  services.frontend.probes.liveness.failures: 3 (default, not written)

    spec.template.spec.containers[name=frontend].livenessProbe.periodSeconds: 10
        platform.yaml:103:7  services.frontend.probes.liveness.period: 10s (default, not written)

    spec.template.spec.containers[name=frontend].livenessProbe.tcpSocket.port: http
        platform.yaml:98:13  services.frontend.ports.http (its name)
        platform.yaml:103:31  services.frontend.probes.liveness.check.tcp: http

    spec.template.spec.containers[name=frontend].livenessProbe.timeoutSeconds: 1
        platform.yaml:103:7  services.frontend.probes.liveness.timeout: 1s (default, not written)
    ");
}

#[test]
fn what_no_key_moves_names_the_builder() {
    let output = TestEnv::new().run(&["explain", "postgres/statefulset", "spec.template.spec.enableServiceLinks"]);
    insta::assert_snapshot!(output.expect_code(0).stdout, @r"
    StatefulSet/postgres  manifests/production/postgres/statefulset.yaml

    spec.template.spec.enableServiceLinks: false
        fixed by ahuora: rule `postgres` (component postgres)
    ");
}

#[test]
fn a_resource_has_many_names() {
    let env = TestEnv::new();
    let answer = env.run(&["explain", "django-api/deployment"]).expect_code(0).stdout;
    for name in ["manifests/production/django-api/deployment.yaml", "Deployment/django-api"] {
        assert_eq!(env.run(&["explain", name]).expect_code(0).stdout, answer, "{name}");
    }
}

#[test]
fn environments_are_told_apart() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let replicas = |args: &[&str]| {
        let output = env.run(&[&["explain"], args, &["spec.replicas"]].concat()).expect_code(0);
        output.lines().last().expect("a line").trim_start().to_owned()
    };
    let source = r#"platform.yaml:38:42  environments.staging.overrides."services.idaes.scaling".replicas: 1"#;
    assert_eq!(replicas(&["staging/idaes/deployment"]), source);
    assert_eq!(replicas(&["--environment", "staging", "Deployment/idaes"]), source);
}

#[test]
fn json_has_sources_and_rules() {
    let env = TestEnv::new();
    let output = env.run(&["explain", "idaes/horizontalpodautoscaler", "spec.minReplicas", "--format", "json"]);
    insta::assert_snapshot!(output.expect_code(0).stdout, @r#"
    {
      "environment": "production",
      "resource": {
        "kind": "HorizontalPodAutoscaler",
        "name": "idaes",
        "namespace": "ahuora",
        "file": "manifests/production/idaes/horizontalpodautoscaler.yaml"
      },
      "field": "spec.minReplicas",
      "fields": [
        {
          "path": "spec.minReplicas",
          "value": 1,
          "sources": [
            {
              "path": "services.idaes.scaling.autoscaler.minReplicas",
              "file": "platform.yaml",
              "line": 128,
              "column": 33,
              "value": "1",
              "origin": "written",
              "decides": "value",
              "of": null
            }
          ],
          "rule": null
        }
      ],
      "undecided": [
        {
          "path": "cluster.nodes[0].internet",
          "file": "platform.yaml",
          "line": 12,
          "column": 76,
          "value": "true",
          "origin": "written",
          "reason": "cluster.nodes: no node has `internet: true`, but a component calls the internet"
        },
        {
          "path": "secrets.argocd-github.keys[0]",
          "file": "platform.yaml",
          "line": 59,
          "column": 12,
          "value": "token",
          "origin": "written",
          "reason": "argo-cd.experiments.credentials.token: `secrets.argocd-github.keys` does not declare `token`"
        },
        {
          "path": "compose.environment",
          "file": "platform.yaml",
          "line": 212,
          "column": 16,
          "value": "production",
          "origin": "written",
          "reason": "compose.environment: there is no environment `production-x`; did you mean `production`?"
        }
      ]
    }
    "#);
    let fixed = env.run(&["explain", "idaes/deployment", "kind", "--format", "json"]).expect_code(0).json();
    assert_eq!(fixed["fields"][0]["rule"], serde_json::json!({"component": "idaes", "builder": "service"}));
    assert_eq!(fixed["fields"][0]["sources"], serde_json::json!([]));
}
