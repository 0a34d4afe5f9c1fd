//! Overrides of an environment, and environments that stand in each other's way.

use super::case::{Case, assert_mentioned, assert_refused};
use crate::env::{PRODUCTION, STAGING, platform, replaced};

/// Refused when each line stands under `overrides` of the only environment; `▷` marks the line.
#[track_caller]
fn assert_override_refused(cases: &[(&str, &[&str])]) {
    let texts: Vec<String> =
        cases.iter().map(|(line, _)| format!("{PRODUCTION}    overrides:\n      ▷{line}\n")).collect();
    let cases: Vec<Case<'_>> =
        cases.iter().zip(&texts).map(|((_, words), text)| (PRODUCTION, text.as_str(), *words)).collect();
    assert_refused(&cases);
}

#[test]
fn paths_that_do_not_exist() {
    assert_override_refused(&[
        ("services.frontend.scalng: {replicas: 3}", &["`scalng`", "did you mean `scaling`?"]),
        ("service.frontend.scaling: {replicas: 3}", &["`service`", "did you mean `services`?"]),
        ("services.fronted.scaling: {replicas: 3}", &["`fronted`", "did you mean `frontend`?"]),
        ("services.frontend.scaling.replica: 3", &["services.frontend.scaling", "`replicas`"]),
        ("services.frontend.writable[9]: /x", &["services.frontend.writable[9]", "3 items"]),
        ("services.frontend.image.tag: x", &["services.frontend.image.tag", "no mapping", "`tag`"]),
        ("postgre.image: postgres:17.0", &["`postgre`", "did you mean `postgres`?"]),
    ]);
}

#[test]
fn paths_that_are_no_paths() {
    assert_override_refused(&[
        ("services..scaling: {replicas: 3}", &["`services..scaling`", "not a path"]),
        ("\"\": 3", &["not a path"]),
        ("services: {}", &["services.NAME"]),
        ("\"services.frontend.writable[x]\": /x", &["not a path"]),
    ]);
}

#[test]
fn what_belongs_to_no_environment() {
    assert_override_refused(&[
        ("cluster.architecture: amd64", &["cannot override `cluster`"]),
        ("name: other", &["cannot override `name`"]),
        ("argo-cd.branch: other", &["cannot override `argo-cd`"]),
        ("environments.production.domain: x.nz", &["cannot override `environments`"]),
    ]);
}

#[test]
fn values_of_the_wrong_type() {
    assert_override_refused(&[
        (
            "services.frontend.scaling.replicas: many",
            &["services.frontend.scaling.replicas: ", "whole number", "`many`"],
        ),
        ("services.frontend.ports.http: 70000", &["services.frontend.ports.http: ", "65535"]),
        ("services.frontend.scaling: 3", &["services.frontend.scaling: ", "`3`", "`replicas`"]),
        ("services.frontend.image: nginx", &["services.frontend.image: ", "has no tag"]),
        ("services.frontend.image: null", &["`image` is missing"]),
        ("gateway: null", &["gateway"]),
    ]);
}

#[test]
fn values_that_do_not_fit_the_rest() {
    assert_override_refused(&[
        (
            "services.frontend.exposure.middlewares: [oauth-sign]",
            &["`oauth-sign`", "did you mean `oauth-signin`?", "`production`"],
        ),
        ("services.frontend.resources.limits.memory: 1Mi", &["below the request", "`production`"]),
        ("services.idaes.callers: [django-ap]", &["did you mean `django-api`?", "`production`"]),
        ("postgres.storage.node: nowhere", &["`nowhere`", "not a node", "`production`"]),
    ]);
}

#[test]
fn removing_what_others_need() {
    let text = format!("{PRODUCTION}    overrides:\n      services.idaes: null\n");
    assert_mentioned(&[(PRODUCTION, &text, &["`idaes`", "(in environment `production`)"])]);
}

#[test]
fn environments_that_share_what_they_must_not() {
    let staging = |from: &str, to: &str| format!("{PRODUCTION}{}", replaced(STAGING, from, to));
    let namespace = staging("namespace: ahuora-staging", "namespace: ▷ahuora");
    let host = staging("domain: staging.ahuora.org.nz", "domain: ▷ahuora.org.nz");
    assert_refused(&[(PRODUCTION, &namespace, &["environments.staging.namespace: ", "`ahuora`", "`production`"])]);
    assert_mentioned(&[(PRODUCTION, &host, &["environments.staging.domain: ", "`api.ahuora.org.nz`", "`production`"])]);
}

#[test]
fn a_problem_of_the_base_is_told_once() {
    let base = replaced(&platform(), PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let text = replaced(&base, "liveness: {check: {tcp: http}}", "liveness: {check: {tcp: ▶https}}");
    assert_eq!(super::case::complaint(&text, &["services.frontend.probes.liveness.check.tcp: "], Some(1)), None);
}

#[test]
fn no_environment_at_all() {
    let compose =
        "compose:\n  environment: production\n  services: [django-api, idaes]\n  publish: {django-api: 8000}\n";
    let text = replaced(&platform(), compose, "");
    let text = replaced(&text, &format!("environments:\n  production:\n{PRODUCTION}"), "environments: ▷{}\n");
    assert_eq!(super::case::complaint(&text, &["environments: ", "at least one"], Some(1)), None);
}
