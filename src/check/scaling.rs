//! Autoscalers and disruption budgets.

use serde_json::Value;

use super::Finding;
use super::view::{View, containers};
use crate::tree::{at, list, text};

/// An autoscaler's target exists, has a CPU request on every container and leaves its replicas alone.
pub(super) fn autoscaler(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for autoscaler in view.all("HorizontalPodAutoscaler") {
        let (kind, name) = (
            text(&autoscaler.value, "/spec/scaleTargetRef/kind"),
            text(&autoscaler.value, "/spec/scaleTargetRef/name"),
        );
        let Some(target) = view.get(kind, name) else {
            findings.push(Finding::new(
                "autoscaler",
                autoscaler,
                format!("its target, {kind} `{name}`, does not exist"),
            ));
            continue;
        };
        if at(&target.value, "/spec/replicas").is_some() {
            let message =
                "it has `replicas` and an autoscaler: every sync would undo the autoscaler's choice".to_owned();
            findings.push(Finding::new("autoscaler", target, message));
        }
        let by_utilization = list(&autoscaler.value, "/spec/metrics")
            .iter()
            .any(|metric| text(metric, "/resource/target/type") == "Utilization");
        for container in containers(target) {
            if by_utilization && at(container, "/resources/requests/cpu").is_none() {
                let message = format!(
                    "container `{}` has no CPU request: utilisation cannot be computed",
                    text(container, "/name")
                );
                findings.push(Finding::new("autoscaler", target, message));
            }
        }
    }
    findings
}

/// A disruption budget lets at least one pod go, so that a node can be drained.
pub(super) fn disruption_budget(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for budget in view.all("PodDisruptionBudget") {
        let selector = at(&budget.value, "/spec/selector/matchLabels").unwrap_or(&Value::Null);
        let Some(workload) = view.selected(selector).into_iter().next() else {
            findings.push(Finding::new(
                "disruption-budget",
                budget,
                "its selector matches the pods of no workload".to_owned(),
            ));
            continue;
        };
        let fewest = view.fewest_pods(workload);
        let may_go =
            match (amount(&budget.value, "maxUnavailable", fewest), amount(&budget.value, "minAvailable", fewest)) {
                (Some(unavailable), _) => unavailable,
                (None, Some(available)) => fewest.saturating_sub(available),
                (None, None) => 1,
            };
        if may_go == 0 {
            let message = format!(
                "with {fewest} pods of {} it lets none go: draining their nodes would wait for ever",
                workload.id
            );
            findings.push(Finding::new("disruption-budget", budget, message));
        }
    }
    findings
}

/// A number of pods, or a share of them rounded up as Kubernetes does.
fn amount(budget: &Value, field: &str, pods: u64) -> Option<u64> {
    let value = at(budget, "/spec").and_then(|spec| spec.get(field))?;
    match value.as_str().and_then(|text| text.strip_suffix('%')) {
        Some(percent) => percent.parse::<u64>().ok().map(|percent| pods.saturating_mul(percent).div_ceil(100)),
        None => value.as_u64(),
    }
}
