//! Numbers out of range.

use super::case::assert_refused;

const PORT: &str = "services.frontend.ports.http: ";
const REPLICAS: &str = "services.frontend.scaling.replicas: ";

#[test]
fn ports() {
    assert_refused(&[
        ("{http: 8080}", "{http: ▶70000}", &[PORT, "`70000`", "65535"]),
        ("{http: 8080}", "{http: ▶-1}", &[PORT, "`-1`"]),
        ("{http: 8080}", "{http: ▶0}", &[PORT, "0"]),
        ("{http: 8080}", "{http: ▶80}", &[PORT, "80", "root"]),
        ("{http: 8080}", "{http: 8080, other: ▶8080}", &["services.frontend.ports.other: ", "8080", "`http`"]),
        ("publish: {django-api: 8000}", "publish: {django-api: ▶0}", &["compose.publish.django-api: "]),
    ]);
}

#[test]
fn replicas() {
    assert_refused(&[
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶0}", &[REPLICAS, "0"]),
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶99999999999}", &[REPLICAS, "`99999999999`", "65535"]),
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶1.5}", &[REPLICAS, "whole number", "`1.5`"]),
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶1e3}", &[REPLICAS, "whole number", "`1e3`"]),
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶0x10}", &[REPLICAS, "whole number", "`0x10`"]),
    ]);
}

#[test]
fn a_number_above_zero_is_asked_for_in_plain_words() {
    assert_refused(&[
        ("scaling: {replicas: 2}", "scaling: {replicas: ▶0}", &["expected a whole number from 1 to 65535, found `0`"]),
        ("replicas: 1\n  poolMode", "replicas: ▶0\n  poolMode", &["pgbouncer.replicas: ", "from 1 to 65535"]),
        ("user: 101 ", "user: ▶0 ", &["services.frontend.user: ", "from 1 to"]),
    ]);
}

#[test]
fn autoscalers() {
    assert_refused(&[
        (
            "{minReplicas: 2, maxReplicas: 8,",
            "{minReplicas: 9, maxReplicas: ▶8,",
            &["services.django-api.scaling.autoscaler.maxReplicas: ", "below minReplicas"],
        ),
        ("{minReplicas: 2, maxReplicas: 8,", "{minReplicas: ▶0, maxReplicas: 8,", &["autoscaler.minReplicas: "]),
        (
            "targetUtilization: 75}\n    exposure",
            "targetUtilization: ▶300}\n    exposure",
            &["autoscaler.targetUtilization: ", "`300`", "255"],
        ),
    ]);
}

#[test]
fn spans_of_time() {
    assert_refused(&[
        ("maxAge: 10m", "maxAge: ▶10", &["gateway.middlewares.django-cors.cors.maxAge: ", "`10`", "`10m`"]),
        ("interval: 1m", "interval: ▶-1m", &["monitoring.interval: ", "`-1m`"]),
        ("interval: 1m", "interval: ▶1500ms", &["monitoring.interval: ", "`1500ms`"]),
        (
            "{check: {http: /}, period: 5s}",
            "{check: {http: /}, period: ▷0s}",
            &["services.frontend.probes.readiness", "at least 1 s"],
        ),
    ]);
}
