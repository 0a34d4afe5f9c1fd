//! The rules on one environment: their names, and what each reads.

use super::view::View;
use super::{Finding, database, hosts, identity, lifecycle, references, scaling};

/// A rule on one environment.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// By which it can be waived.
    pub(super) name: &'static str,
    /// What it finds.
    pub(super) run: fn(&View<'_>) -> Vec<Finding>,
    /// What it reads of the resources: a kind, and a path in which `*` stands for every item of a list.
    pub(super) reads: &'static [(&'static str, &'static str)],
    /// Whether it reads what the configuration says of components besides their resources.
    pub(super) reads_components: bool,
}

/// In [`Rule::reads`]: every kind that makes pods.
pub(super) const ANY_WORKLOAD: &str = "workload";

const POD_LABELS: (&str, &str) = (ANY_WORKLOAD, "/spec/template/metadata/labels");
const REPLICAS: (&str, &str) = (ANY_WORKLOAD, "/spec/replicas");
const VOLUMES: (&str, &str) = (ANY_WORKLOAD, "/spec/template/spec/volumes");
const SCALER: (&str, &str) = ("HorizontalPodAutoscaler", "/spec");
const INGRESS_RULES: (&str, &str) = ("Ingress", "/spec/rules");
const INGRESS_CHAIN: (&str, &str) = ("Ingress", "/metadata/annotations");
const MIDDLEWARE: (&str, &str) = ("Middleware", "/spec");

/// A path in a workload's containers.
macro_rules! containers {
    ($path:literal) => {
        (ANY_WORKLOAD, concat!("/spec/template/spec/containers/*", $path))
    };
}
/// A path in the containers that run before a workload's own.
macro_rules! init_containers {
    ($path:literal) => {
        (ANY_WORKLOAD, concat!("/spec/template/spec/initContainers/*", $path))
    };
}

const fn rule(
    name: &'static str,
    run: fn(&View<'_>) -> Vec<Finding>,
    reads: &'static [(&'static str, &'static str)],
) -> Rule {
    Rule { name, run, reads, reads_components: false }
}

const fn with_components(rule: Rule) -> Rule {
    Rule { reads_components: true, ..rule }
}

/// All of them.
pub(super) const RULES: [Rule; 15] = [
    rule("service-selector", references::service_selector, &[("Service", "/spec/selector"), POD_LABELS]),
    rule(
        "service-port",
        references::service_port,
        &[("Service", "/spec/selector"), ("Service", "/spec/ports"), POD_LABELS, containers!("/ports")],
    ),
    rule(
        "ingress-backend",
        references::ingress_backend,
        &[INGRESS_RULES, ("Ingress", "/spec/defaultBackend"), ("Service", "/spec/ports")],
    ),
    rule("ingress-middleware", references::ingress_middleware, &[INGRESS_CHAIN, MIDDLEWARE]),
    rule(
        "configmap-key",
        references::config_map_key,
        &[
            ("ConfigMap", "/data"),
            VOLUMES,
            containers!("/env/*/valueFrom"),
            containers!("/envFrom"),
            containers!("/volumeMounts"),
            init_containers!("/env/*/valueFrom"),
            init_containers!("/envFrom"),
        ],
    ),
    rule(
        "secret-key",
        references::secret_key,
        &[
            VOLUMES,
            (ANY_WORKLOAD, "/spec/template/spec/imagePullSecrets"),
            containers!("/env/*/valueFrom"),
            containers!("/envFrom"),
            init_containers!("/env/*/valueFrom"),
            init_containers!("/envFrom"),
        ],
    ),
    rule(
        "autoscaler",
        scaling::autoscaler,
        &[SCALER, REPLICAS, containers!("/name"), containers!("/resources/requests/cpu")],
    ),
    rule(
        "disruption-budget",
        scaling::disruption_budget,
        &[("PodDisruptionBudget", "/spec"), POD_LABELS, REPLICAS, SCALER],
    ),
    with_components(rule(
        "database-connections",
        database::connections,
        &[("ConfigMap", "/data"), REPLICAS, containers!("/args")],
    )),
    with_components(rule(
        "grace-period",
        lifecycle::grace_period,
        &[(ANY_WORKLOAD, "/spec/template/spec/terminationGracePeriodSeconds"), containers!("/lifecycle")],
    )),
    with_components(rule(
        "startup-window",
        lifecycle::startup_window,
        &[containers!("/startupProbe"), containers!("/livenessProbe")],
    )),
    rule("host-domain", hosts::domain, &[INGRESS_RULES]),
    with_components(rule(
        "host-permitted",
        hosts::permitted,
        &[
            INGRESS_RULES,
            containers!("/env"),
            init_containers!("/env"),
            containers!("/startupProbe"),
            containers!("/readinessProbe"),
            containers!("/livenessProbe"),
        ],
    )),
    rule("cookie-domain", hosts::cookie_domain, &[INGRESS_RULES, INGRESS_CHAIN, MIDDLEWARE, containers!("/args")]),
    rule("identity-headers", identity::headers, &[INGRESS_CHAIN, MIDDLEWARE]),
];
