//! Unknown keys: named with the key that was meant.

use super::case::{assert_mentioned, assert_refused};

#[test]
fn unknown_keys_at_every_level() {
    assert_refused(&[
        ("name: ahuora\n\n", "name: ahuora\n▶patchs: []\n\n", &["`patchs`", "did you mean `patches`?"]),
        (
            "  architecture: arm64",
            "  architecture: arm64\n  ▶demons: []",
            &["cluster: ", "`demons`", "did you mean `daemons`?"],
        ),
        (
            "cpu: 4, memory: 8Gi, internet: true}",
            "cpu: 4, memory: 8Gi, ▶internett: true}",
            &["cluster.nodes[0]: ", "did you mean `internet`?"],
        ),
        (
            "    domain: ahuora.org.nz",
            "    domain: ahuora.org.nz\n    ▶override: {}",
            &["environments.production: ", "did you mean `overrides`?"],
        ),
        ("    command: [granian]", "    ▶comand: [granian]", &["services.django-api: ", "did you mean `command`?"]),
        (
            "{minReplicas: 1, maxReplicas: 8,",
            "{minReplicas: 1, ▶scaleup: {}, maxReplicas: 8,",
            &["services.idaes.scaling.autoscaler: ", "did you mean `scaleUp`?"],
        ),
        (
            "limits: {memory: 64Mi}",
            "limits: {memory: 64Mi, ▶cpus: 1}",
            &["services.frontend.resources.limits: ", "did you mean `cpu`?"],
        ),
        (
            "liveness: {check: {tcp: http}}",
            "liveness: {check: {tcp: http}, ▶timeouts: 1s}",
            &["services.frontend.probes.liveness: ", "did you mean `timeout`?"],
        ),
        (
            "  poolMode: transaction",
            "  poolMode: transaction\n  ▶poolsize: 3",
            &["pgbouncer: ", "did you mean `poolSize`?"],
        ),
        (
            "    metricsUrl: metrics-url",
            "    metricsUrl: metrics-url\n    ▶passwort: x",
            &["monitoring.keys: ", "did you mean `password`?"],
        ),
        ("  branch: main", "  branch: main\n  ▶brunch: main", &["argo-cd: ", "did you mean `branch`?"]),
    ]);
}

#[test]
fn unknown_keys_in_sums() {
    assert_refused(&[
        (
            "scaling: {replicas: 2}",
            "scaling: ▷{replica: 2}",
            &["services.frontend.scaling", "`replica`", "did you mean `replicas`?"],
        ),
        (
            "IDAES_URL: {url: idaes}",
            "IDAES_URL: ▷{uri: idaes}",
            &["services.django-api.environment.IDAES_URL", "did you mean `url`?"],
        ),
        (
            "readiness: {check: {http: /}, period: 5s}",
            "readiness: {check: ▷{https: /}, period: 5s}",
            &["services.frontend.probes.readiness.check", "did you mean `http`?"],
        ),
        (
            "      forwardAuth: {",
            "      ▶forwardAuths: {",
            &["gateway.middlewares.oauth-forwarder", "did you mean `forwardAuth`?"],
        ),
    ]);
}

#[test]
fn a_word_that_is_like_none_gets_the_list_of_those_known() {
    assert_refused(&[
        ("  branch: main", "  branch: main\n  ▶zzz: 1", &["`zzz`", "known here: `namespace`, `repository`, `branch`"]),
        ("architecture: arm64", "architecture: ▶z80", &["cluster.architecture: ", "`arm64`, `amd64`"]),
    ]);
}

#[test]
fn a_misspelt_key_that_is_needed() {
    assert_mentioned(&[
        ("  replicas: 1\n  poolMode", "  ▶replica: 1\n  poolMode", &["pgbouncer: ", "did you mean `replicas`?"]),
        ("    image: ahuora/frontend", "    ▶imag: ahuora/frontend", &["services.frontend: ", "did you mean `image`?"]),
    ]);
}

#[test]
fn keys_that_are_needed() {
    assert_refused(&[
        ("name: ahuora\n\n", "\n", &["`name` is missing"]),
        ("    image: ahuora/frontend:0.0.9\n", "", &["services.frontend: ", "`image` is missing"]),
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: ▶{cpu: 50m}\n      limits: {memory: 64Mi}",
            &["services.frontend.resources.requests: ", "`memory` is missing"],
        ),
    ]);
}

#[test]
fn two_alternatives_at_once() {
    assert_refused(&[
        (
            "scaling: {replicas: 2}",
            "scaling: ▷{replicas: 2, autoscaler: {minReplicas: 1, maxReplicas: 2, targetUtilization: 75}}",
            &["services.frontend.scaling", "one"],
        ),
        ("scaling: {replicas: 2}", "scaling: ▶{}", &["services.frontend.scaling", "replicas", "autoscaler"]),
    ]);
}
