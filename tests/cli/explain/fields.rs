//! From a field to the keys that decide it.

use crate::env::{PRODUCTION, STAGING, TestEnv};

/// Resource, field, and the lines that tell its sources.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "django-api/horizontalpodautoscaler",
        "spec.minReplicas",
        &["platform.yaml:86:33  services.django-api.scaling.autoscaler.minReplicas: 2"],
    ),
    ("frontend/deployment", "spec.replicas", &["platform.yaml:104:25  services.frontend.scaling.replicas: 2"]),
    (
        "django-api/deployment",
        "spec.template.spec.containers[name=django-api].image",
        &["platform.yaml:59:12  services.django-api.image: ahuora/django-api:0.0.17"],
    ),
    (
        "django-api/deployment",
        "spec.template.spec.containers[0].env[name=IDAES_URL].value",
        &[
            "platform.yaml:72:24  services.django-api.environment.IDAES_URL.url: idaes",
            "platform.yaml:109:3  services.idaes (its name)",
            "platform.yaml:112:19  services.idaes.ports.http: 8001",
        ],
    ),
    (
        "django-api/deployment",
        "spec.template.spec.containers[0].env[name=ALLOWED_HOSTS].value",
        &[
            "platform.yaml:31:16  environments.production.namespace: ahuora",
            "platform.yaml:32:13  environments.production.domain: ahuora.org.nz",
            "platform.yaml:58:3  services.django-api (its name)",
            "platform.yaml:88:13  services.django-api.exposure.host: api",
        ],
    ),
    (
        "idaes/deployment",
        "spec.template.spec.containers[0].livenessProbe.tcpSocket.port",
        &[
            "platform.yaml:112:13  services.idaes.ports.http (its name)",
            "platform.yaml:118:31  services.idaes.probes.liveness.check.tcp: http",
        ],
    ),
    (
        "postgres/persistentvolume-ahuora-postgres",
        "spec.local.path",
        &[
            "platform.yaml:30:3  environments.production (its name)",
            "platform.yaml:131:52  postgres.storage.path: /var/lib/ahuora/postgres",
        ],
    ),
    (
        "pgbouncer/configmap",
        "data.\"etc.pgbouncer.pgbouncer.ini\"",
        &[
            "platform.yaml:128:13  postgres.database: ahuora",
            "platform.yaml:136:1  pgbouncer.queryWait: 120s (default, not written)",
            "platform.yaml:139:13  pgbouncer.poolMode: transaction",
            "platform.yaml:140:13  pgbouncer.poolSize: 30",
            "platform.yaml:141:20  pgbouncer.reservePoolSize: 10",
            "platform.yaml:142:15  pgbouncer.maxClients: 2000",
        ],
    ),
    (
        "django-api/deployment",
        "spec.template.spec.securityContext.runAsUser",
        &["platform.yaml:58:3  services.django-api.user: 1000 (default, not written)"],
    ),
    (
        "postgres/statefulset",
        "spec.template.spec.terminationGracePeriodSeconds",
        &["platform.yaml:126:1  postgres.grace: 120s (default, not written)"],
    ),
    (
        "frontend/ingress-frontend-oauth2",
        "spec.ingressClassName",
        &[
            "platform.yaml:107:21  services.frontend.exposure.middlewares[0]: oauth-signin (whether it is there)",
            "platform.yaml:170:20  gateway.middlewares.oauth-signin.signIn (this choice) (whether it is there)",
            "fixed by ahuora: rule `service` (component frontend)",
        ],
    ),
    ("Application/ahuora-production", "spec.source.targetRevision", &["platform.yaml:200:11  argo-cd.branch: main"]),
    (
        "cluster/monitoring/application",
        "spec.source.targetRevision",
        &["platform.yaml:184:12  monitoring.version: 4.4.0"],
    ),
    (
        "compose.yaml",
        "services.django-api.ports[0]",
        &[
            "platform.yaml:63:19  services.django-api.ports.http: 8000",
            "platform.yaml:205:25  compose.publish.django-api: 8000",
            "platform.yaml:204:14  compose.services[0]: django-api (whether it is there)",
        ],
    ),
];

#[test]
fn fields_of_the_platform_and_their_sources() {
    let env = TestEnv::new();
    for (resource, field, sources) in CASES {
        let output = env.run(&["explain", resource, field]).expect_code(0);
        let told: Vec<&str> = output.lines().into_iter().skip(3).map(str::trim_start).collect();
        assert_eq!(told, *sources, "{output}");
    }
}

#[test]
fn a_resource_lists_all_its_fields() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "frontend/poddisruptionbudget"]).expect_code(0).stdout, @r#"
    PodDisruptionBudget/frontend  manifests/production/frontend/poddisruptionbudget.yaml

    the whole resource
        platform.yaml:104:25  services.frontend.scaling.replicas: 2 (whether it is there)

    metadata.labels."app.kubernetes.io/instance": ahuora-production
        platform.yaml:6:7  name: ahuora
        platform.yaml:30:3  environments.production (its name)

    metadata.labels."app.kubernetes.io/name": frontend
    metadata.name: frontend
    spec.selector.matchLabels."app.kubernetes.io/name": frontend
        platform.yaml:91:3  services.frontend (its name)

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
        platform.yaml:99:7  services.frontend.probes.liveness.failures: 3 (default, not written)

    spec.template.spec.containers[name=frontend].livenessProbe.periodSeconds: 10
        platform.yaml:99:7  services.frontend.probes.liveness.period: 10s (default, not written)

    spec.template.spec.containers[name=frontend].livenessProbe.tcpSocket.port: http
        platform.yaml:94:13  services.frontend.ports.http (its name)
        platform.yaml:99:31  services.frontend.probes.liveness.check.tcp: http

    spec.template.spec.containers[name=frontend].livenessProbe.timeoutSeconds: 1
        platform.yaml:99:7  services.frontend.probes.liveness.timeout: 1s (default, not written)
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
    for name in [
        "django-api/deployment.yaml",
        "production/django-api/deployment",
        "manifests/production/django-api/deployment.yaml",
        "Deployment/django-api",
    ] {
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
    // Only staging has the field, but production comes first by name.
    env.run(&["explain", "idaes/deployment", "spec.replicas"]).expect_code(2);
}

#[test]
fn patches_are_sources() {
    let env = TestEnv::new();
    env.append(
        "\npatches:\n  - target: {kind: Deployment, name: idaes}\n    reason: tested\n    change: {merge: {spec: {revisionHistoryLimit: 7}}}\n",
    );
    insta::assert_snapshot!(env.run(&["explain", "idaes/deployment", "spec.revisionHistoryLimit"]).expect_code(0).stdout, @r"
    Deployment/idaes  manifests/production/idaes/deployment.yaml

    spec.revisionHistoryLimit: 7
        platform.yaml:109:3  services.idaes (its name)
        platform.yaml:208:20  patches[0].target.kind: Deployment
        platform.yaml:208:38  patches[0].target.name: idaes
        platform.yaml:210:51  patches[0].change.merge.spec.revisionHistoryLimit: 7
    ");
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
              "line": 124,
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
          "path": "services.django-api.environment.DJANGO_SECRET_KEY.secret",
          "file": "platform.yaml",
          "line": 66,
          "column": 27,
          "value": "secret",
          "origin": "choice",
          "reason": "services.django-api.environment.DJANGO_SECRET_KEY: there is no component `ahuora`; known here: `django-api`, `frontend`, `idaes`, `postgres`, `pgbouncer`, `oauth2-proxy`"
        },
        {
          "path": "services.django-api.environment.DATABASE_USER.secret",
          "file": "platform.yaml",
          "line": 70,
          "column": 23,
          "value": "secret",
          "origin": "choice",
          "reason": "services.django-api.environment.DATABASE_USER: there is no component `ahuora`; known here: `django-api`, `frontend`, `idaes`, `postgres`, `pgbouncer`, `oauth2-proxy`"
        },
        {
          "path": "services.django-api.environment.DATABASE_PASSWORD.secret",
          "file": "platform.yaml",
          "line": 71,
          "column": 27,
          "value": "secret",
          "origin": "choice",
          "reason": "services.django-api.environment.DATABASE_PASSWORD: there is no component `ahuora`; known here: `django-api`, `frontend`, `idaes`, `postgres`, `pgbouncer`, `oauth2-proxy`"
        },
        {
          "path": "compose.environment",
          "file": "platform.yaml",
          "line": 203,
          "column": 16,
          "value": "production",
          "origin": "written",
          "reason": "compose.environment: there is no environment `production-x`; did you mean `production`?"
        },
        {
          "path": "compose.publish.django-api",
          "file": "platform.yaml",
          "line": 205,
          "column": 13,
          "value": "django-api",
          "origin": "name",
          "reason": "compose.publish.django-api-x: `compose.services` has no `django-api-x`; did you mean `django-api`?"
        }
      ]
    }
    "#);
    let fixed = env.run(&["explain", "idaes/deployment", "kind", "--format", "json"]).expect_code(0).json();
    assert_eq!(fixed["fields"][0]["rule"], serde_json::json!({"component": "idaes", "builder": "service"}));
    assert_eq!(fixed["fields"][0]["sources"], serde_json::json!([]));
}
