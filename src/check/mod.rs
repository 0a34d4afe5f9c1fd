//! What must hold between resources: checked on the documents as they will be written, patches included.
//!
//! One family of rules a file. A rule returns findings and prints nothing; adding one is a function and a
//! line in `RULES` or, where it looks at the whole cluster, in [`conclude`].

mod capacity;
mod database;
mod hosts;
mod identity;
mod lifecycle;
mod pods;
mod references;
mod scaling;
mod view;

use std::collections::HashSet;

use crate::config::{Configuration, suggestion};
use crate::render::Environment;
use crate::spec::{SecretSpec, Waiver};
use crate::tree::Document;
use crate::values::ObjectName;
use view::View;

pub use capacity::{Fit, PodDemand, fit};

/// Something that would not work on the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, by which it can be waived.
    pub rule: &'static str,
    /// The environment; none for the cluster as a whole.
    pub environment: Option<String>,
    /// The resource: `Deployment/django-api`.
    pub resource: String,
    /// What is wrong and what to do, in one or two sentences.
    pub message: String,
}

impl Finding {
    fn new(rule: &'static str, document: &Document, message: String) -> Self {
        Self { rule, environment: None, resource: document.id.to_string(), message }
    }
}

type Rule = fn(&View<'_>) -> Vec<Finding>;

/// Rules on one environment, with their names.
const RULES: [(&str, Rule); 15] = [
    ("service-selector", references::service_selector),
    ("service-port", references::service_port),
    ("ingress-backend", references::ingress_backend),
    ("ingress-middleware", references::ingress_middleware),
    ("configmap-key", references::config_map_key),
    ("secret-key", references::secret_key),
    ("autoscaler", scaling::autoscaler),
    ("disruption-budget", scaling::disruption_budget),
    ("database-connections", database::connections),
    ("grace-period", lifecycle::grace_period),
    ("startup-window", lifecycle::startup_window),
    ("host-domain", hosts::domain),
    ("host-permitted", hosts::permitted),
    ("cookie-domain", hosts::cookie_domain),
    ("identity-headers", identity::headers),
];

type PodRule = fn(&Document) -> Vec<Finding>;

/// Rules on one workload, whatever stands beside it, with their names.
const POD_RULES: [(&str, PodRule); 2] = [("image-tag", pods::image_tag), ("pod-security", pods::restricted)];

/// Names of all rules, for waivers and documentation.
#[must_use]
pub fn rule_names() -> Vec<&'static str> {
    let single = POD_RULES.iter().map(|(name, _)| *name);
    RULES.iter().map(|(name, _)| *name).chain(single).chain(["capacity", "waiver"]).collect()
}

/// What the rules found in one environment, and what its pods ask of the cluster.
#[derive(Debug, Clone)]
pub struct Checked {
    findings: Vec<Finding>,
    demands: Vec<PodDemand>,
}

/// Runs every rule on one environment.
#[must_use]
pub fn environment(environment: &Environment) -> Checked {
    let view = View::of(environment);
    let name = view.platform.scope.environment.to_string();
    let found = RULES.iter().flat_map(|(_, rule)| rule(&view)).chain(environment.single_findings().cloned());
    let findings = found.map(|finding| Finding { environment: Some(name.clone()), ..finding }).collect();
    Checked { findings, demands: capacity::demands(&view) }
}

/// Runs every rule on single workloads. What it finds depends on nothing but the documents.
#[must_use]
pub fn single(documents: &[Document]) -> Vec<Finding> {
    let workloads = || documents.iter().filter(|document| view::WORKLOADS.contains(&document.id.kind.as_str()));
    POD_RULES.iter().flat_map(|(_, rule)| workloads().flat_map(rule)).collect()
}

/// Adds the rules on the cluster as a whole, and returns what no waiver accepts.
#[must_use]
pub fn conclude(configuration: &Configuration, checked: Vec<Checked>) -> Vec<Finding> {
    let (mut findings, mut demands) = (Vec::new(), Vec::new());
    for one in checked {
        findings.extend(one.findings);
        demands.extend(one.demands);
    }
    findings.extend(capacity::capacity(&configuration.operations.cluster, demands));
    let (accepted, mut findings): (Vec<Finding>, Vec<Finding>) =
        findings.into_iter().partition(|finding| configuration.waivers.iter().any(|waiver| accepts(waiver, finding)));
    findings.extend(configuration.waivers.iter().filter_map(|waiver| idle(waiver, &accepted)));
    findings
}

fn accepts(waiver: &Waiver, finding: &Finding) -> bool {
    waiver.rule == finding.rule
        && waiver.resource == finding.resource
        && waiver.environment.as_ref().is_none_or(|only| finding.environment.as_deref() == Some(only.as_str()))
}

/// A waiver that accepts nothing hides nothing, but the next reader believes it does.
fn idle(waiver: &Waiver, accepted: &[Finding]) -> Option<Finding> {
    if accepted.iter().any(|finding| accepts(waiver, finding)) {
        return None;
    }
    let names = rule_names();
    let message = if names.contains(&waiver.rule.as_str()) {
        format!("the waiver of `{}` on `{}` accepts nothing: remove it", waiver.rule, waiver.resource)
    } else {
        format!("there is no rule `{}`{}", waiver.rule, suggestion(&waiver.rule, &names))
    };
    Some(Finding {
        rule: "waiver",
        environment: waiver.environment.as_ref().map(ToString::to_string),
        resource: waiver.resource.clone(),
        message,
    })
}

/// The Secrets that the cluster must hold: namespace, name, and what is known of them.
#[must_use]
pub fn required_secrets(configuration: &Configuration) -> Vec<(String, ObjectName, SecretSpec)> {
    let (mut required, mut known) = (Vec::new(), HashSet::new());
    for platform in &configuration.platforms {
        for (name, secret) in platform.secrets.iter() {
            let namespace = secret.namespace.as_ref().unwrap_or(&platform.scope.namespace);
            if known.insert((namespace.as_str(), name)) {
                required.push((namespace.to_string(), name.clone(), secret.clone()));
            }
        }
    }
    required
}
