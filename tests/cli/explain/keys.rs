//! From a key to the fields that move with it.

use crate::env::{PRODUCTION, STAGING, TestEnv};

#[test]
fn a_key_lists_the_fields_that_it_moves() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "services.django-api.image"]).expect_code(0).stdout, @r#"
    platform.yaml:63:12  services.django-api.image: ahuora/django-api:0.0.17

    Deployment/django-api  manifests/production/django-api/deployment.yaml
        metadata.labels."app.kubernetes.io/version": 0.0.17
        spec.template.metadata.labels."app.kubernetes.io/version": 0.0.17
        spec.template.spec.containers[name=django-api].image: ahuora/django-api:0.0.17

    compose.yaml
        services.django-api.image: ahuora/django-api:0.0.17
    "#);
}

#[test]
fn a_default_moves_what_would_appear() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "services.idaes.internet"]).expect_code(0).stdout, @r"
    platform.yaml:113:3  services.idaes.internet: false (default, not written)

    Deployment/idaes  manifests/production/idaes/deployment.yaml
        spec.template.spec.affinity (would appear)
        spec.template.spec.priorityClassName (would appear)

    NetworkPolicy/idaes  manifests/production/idaes/networkpolicy.yaml
        spec.egress (would appear)
    ");
}

#[test]
fn a_block_moves_what_its_leaves_move() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "argo-cd"]).expect_code(0).stdout, @r"
    platform.yaml:202:14  argo-cd.namespace: argocd
    platform.yaml:203:15  argo-cd.repository: https://github.com/waikato-ahuora-smart-energy-systems/ahuora-cluster
    platform.yaml:204:11  argo-cd.branch: main
    platform.yaml:206:3  argo-cd.experiments.interval: 60s (default, not written)
    platform.yaml:207:17  argo-cd.experiments.activation: pullRequest
    platform.yaml:208:18  argo-cd.experiments.environment: production
    platform.yaml:209:19  argo-cd.experiments.credentials.token (this choice)
    platform.yaml:209:26  argo-cd.experiments.credentials.token: argocd-github/token

    argo-cd.experiments.credentials.token: no other value is valid: secrets.docker-hub.namespace: must be `argocd`, where Argo CD runs

    AppProject/ahuora  manifests/cluster/argo-cd/appproject-ahuora.yaml
        metadata.namespace: argocd
        spec.sourceRepos[0]: https://github.com/waikato-ahuora-smart-energy-systems/ahuora-cluster

    Application/ahuora-bootstrap  manifests/cluster/argo-cd/application-ahuora-bootstrap.yaml
        metadata.namespace: argocd
        spec.destination.namespace: argocd
        spec.source.repoURL: https://github.com/waikato-ahuora-smart-energy-systems/ahuora-cluster
        spec.source.targetRevision: main
        spec.syncPolicy.syncOptions[3]: PrunePropagationPolicy=orphan (whether it is there)

    ApplicationSet/ahuora-production  manifests/cluster/argo-cd/applicationset-ahuora-production.yaml
        metadata.namespace: argocd
        spec.generators[0].merge.generators[1].pullRequest.github.repo: ahuora-cluster
        spec.template.spec.source.repoURL: https://github.com/waikato-ahuora-smart-energy-systems/ahuora-cluster
        spec.generators[0].merge.generators[0].list.elements[0].head_sha: main
        spec.generators[0].merge.generators[0].list.elements[0].target_branch: main
        spec.generators[0].merge.generators[1].pullRequest.filters[0].targetBranchMatch: ^main$
        spec.generators[0].merge.generators[1].pullRequest.requeueAfterSeconds: 60
        the whole resource (whether it is there)
        spec.generators[0].merge.generators[1].pullRequest.github.tokenRef.secretName: argocd-github

    Application/monitoring  manifests/cluster/monitoring/application.yaml
        metadata.namespace: argocd

    Application/ahuora-production  manifests/cluster/argo-cd/application-ahuora-production.yaml
        the whole resource (would appear)
    ");
}

#[test]
fn a_key_that_only_checks_read_says_so() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "services.idaes.lifecycle.drain"]).expect_code(0).stdout, @r"
    platform.yaml:123:37  services.idaes.lifecycle.drain: 60s

    no manifest of production depends on it
    it is read by checks alone: rule `grace-period` of `ahuora check`
    ");
}

#[test]
fn a_key_without_another_valid_value_says_why() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "compose.environment"]).expect_code(0).stdout, @r"
    platform.yaml:212:16  compose.environment: production

    compose.environment: no other value is valid: compose.environment: there is no environment `production-x`; did you mean `production`?
    ");
}

#[test]
fn an_override_moves_its_environment_and_its_base_the_others() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let key = r#"environments.staging.overrides."services.idaes.scaling""#;
    let output = env.run(&["explain", key]).expect_code(0).stdout;
    assert!(output.contains("manifests/staging/idaes/deployment.yaml\n    spec.replicas: 1\n"), "{output}");
    assert!(!output.contains("manifests/production"), "{output}");
    let base = "services.idaes.scaling.autoscaler.minReplicas";
    let production = env.run(&["explain", base]).expect_code(0).stdout;
    assert!(production.contains("manifests/production/idaes/horizontalpodautoscaler.yaml"), "{production}");
    let staging = env.run(&["explain", base, "--environment", "staging"]).expect_code(0).stdout;
    assert!(staging.contains("no manifest of staging depends on it"), "{staging}");
}

#[test]
fn json_tells_how_each_field_moves() {
    let env = TestEnv::new();
    let json = env.run(&["explain", "services.idaes.internet", "--format", "json"]).expect_code(0).json();
    assert_eq!(json["environment"], "production");
    assert_eq!(json["leaves"][0]["origin"], "default");
    assert_eq!(json["moves"][0]["file"], "manifests/production/idaes/deployment.yaml");
    assert_eq!(json["moves"][0]["fields"][0]["how"], "appears");
    assert_eq!(json["moves"][0]["fields"][0]["value"], serde_json::Value::Null);
}
