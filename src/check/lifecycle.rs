//! Pods have the time that they need to start and to stop.

use std::collections::HashMap;

use super::Finding;
use super::view::{View, containers, number};
use crate::platform::Component;
use crate::spec::LifecycleSpec;

/// What the configuration says of the services' starts and stops.
fn lifecycles<'a>(view: &View<'a>) -> HashMap<&'a str, &'a LifecycleSpec> {
    let services = view.platform.components.iter().filter_map(|component| match component.as_ref() {
        Component::Service(service) => Some((service.name.as_str(), &service.spec.lifecycle)),
        _ => None,
    });
    services.collect()
}

/// Time until SIGKILL is longer than the wait before SIGTERM and the drain after it.
pub(super) fn grace_period(view: &View<'_>) -> Vec<Finding> {
    let lifecycles = lifecycles(view);
    let mut findings = Vec::new();
    for workload in view.workloads() {
        let grace = number(&workload.value, "/spec/template/spec/terminationGracePeriodSeconds").unwrap_or(30);
        let drain = lifecycles.get(workload.id.name.as_str()).map_or(0, |lifecycle| u64::from(lifecycle.drain.get()));
        for container in containers(workload) {
            let wait = number(container, "/lifecycle/preStop/sleep/seconds").unwrap_or(0);
            if grace <= wait + drain {
                let message = format!(
                    "a stopping pod is killed after {grace} s, but waits {wait} s before SIGTERM and drains for up to {drain} s: requests would be cut; raise `lifecycle.grace` above {}",
                    wait + drain
                );
                findings.push(Finding::new("grace-period", workload, message));
            }
        }
    }
    findings
}

/// Probes wait longer than the slowest start.
pub(super) fn startup_window(view: &View<'_>) -> Vec<Finding> {
    let lifecycles = lifecycles(view);
    let mut findings = Vec::new();
    for workload in view.workloads() {
        let Some(slowest) =
            lifecycles.get(workload.id.name.as_str()).map(|lifecycle| u64::from(lifecycle.slowest_start.get()))
        else {
            continue;
        };
        for container in containers(workload) {
            let window = |name: &str| {
                let probe = container.get(name)?;
                let field =
                    |field: &str, default| probe.get(field).and_then(serde_json::Value::as_u64).unwrap_or(default);
                Some(field("initialDelaySeconds", 0) + field("failureThreshold", 3) * field("periodSeconds", 10))
            };
            // Without a startup probe the liveness probe may kill a pod that is still starting.
            let (name, window) = match (window("startupProbe"), window("livenessProbe")) {
                (Some(window), _) => ("startup", window),
                (None, Some(window)) => ("liveness", window),
                (None, None) => continue,
            };
            if window < slowest {
                let message = format!(
                    "its {name} probe gives up after {window} s, but the slowest start takes {slowest} s: raise `probes.{name}.failures`"
                );
                findings.push(Finding::new("startup-window", workload, message));
            }
        }
    }
    findings
}
