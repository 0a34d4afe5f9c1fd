//! Amounts of CPU, memory and storage.

use super::case::assert_refused;

const CPU: &str = "services.frontend.resources.requests.cpu: ";
const MEMORY: &str = "services.frontend.resources.limits.memory: ";

#[test]
fn memory() {
    assert_refused(&[
        ("limits: {memory: 64Mi}", "limits: {memory: ▶512m}", &[MEMORY, "`512m`", "thousandths of a byte", "`Mi`"]),
        ("limits: {memory: 64Mi}", "limits: {memory: ▶512MB}", &[MEMORY, "`512MB`", "`512Mi`"]),
        ("limits: {memory: 64Mi}", "limits: {memory: ▶-64Mi}", &[MEMORY, "`-64Mi`"]),
        ("limits: {memory: 64Mi}", "limits: {memory: ▶0.3}", &[MEMORY, "`0.3`"]),
        ("limits: {memory: 64Mi}", "limits: {memory: ▶64 Mi}", &[MEMORY, "`64 Mi`"]),
        ("limits: {memory: 64Mi}", "limits: {memory: ▶20000000000Ti}", &[MEMORY, "`20000000000Ti`"]),
        ("size: 5Gi", "size: ▶5GB", &["postgres.storage.size: ", "`5GB`"]),
        ("size: 5Gi", "size: ▶0", &["postgres.storage.size: "]),
    ]);
}

#[test]
fn cpu() {
    assert_refused(&[
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: {cpu: ▶1.0001, memory: 32Mi}\n      limits: {memory: 64Mi}",
            &[CPU, "`1.0001`"],
        ),
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: {cpu: ▶50 m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            &[CPU, "`50 m`", "`500m`"],
        ),
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: {cpu: ▶50Mi, memory: 32Mi}\n      limits: {memory: 64Mi}",
            &[CPU, "`50Mi`"],
        ),
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: {cpu: ▶99999999, memory: 32Mi}\n      limits: {memory: 64Mi}",
            &[CPU, "more CPU than any node has"],
        ),
    ]);
}

#[test]
fn amounts_that_do_not_fit_each_other() {
    assert_refused(&[
        ("limits: {memory: 64Mi}", "limits: {memory: ▶16Mi}", &[MEMORY, "16Mi", "below the request 32Mi"]),
        (
            "limits: {memory: 64Mi}",
            "limits: {memory: 64Mi, cpu: ▶10m}",
            &["services.frontend.resources.limits.cpu: ", "below the request 50m"],
        ),
        (
            "requests: {cpu: 50m, memory: 32Mi}\n      limits: {memory: 64Mi}",
            "requests: ▷{cpu: 0, memory: 32Mi}\n      limits: {memory: 64Mi}",
            &["services.frontend.resources.requests", "above zero"],
        ),
    ]);
}

#[test]
fn amounts_of_the_other_components_are_checked_alike() {
    assert_refused(&[
        (
            "requests: {cpu: 100m, memory: 32Mi}\n    limits: {memory: 128Mi}",
            "requests: {cpu: 100m, memory: 32Mi}\n    limits: {memory: ▶16Mi}",
            &["pgbouncer.resources.limits.memory: ", "below the request 32Mi"],
        ),
        (
            "requests: {cpu: 100m, memory: 64Mi}\n    limits: {memory: 256Mi}",
            "requests: ▷{cpu: 0, memory: 64Mi}\n    limits: {memory: 256Mi}",
            &["cloudflared.resources.requests", "above zero"],
        ),
    ]);
}
