//! What must hold between resources: checked on the documents as they will be written, patches included.
//!
//! One family of rules a file. A rule returns findings and prints nothing; adding one is a function and an entry in
//! `rules` that says what it reads or, where it looks at the whole cluster, a line in [`conclude`].

mod alone;
mod capacity;
mod database;
mod hosts;
mod identity;
mod lifecycle;
mod pods;
mod references;
mod rules;
mod scaling;
mod touched;
mod view;

use std::collections::HashSet;

use crate::config::{Configuration, suggestion};
use crate::render::Environment;
use crate::spec::{SecretSpec, Waiver};
use crate::tree::Document;
use crate::values::ObjectName;
use alone::POD_RULES;
use rules::RULES;
use view::View;

pub use alone::Alone;
pub use capacity::{Fit, PodDemand, fit};
pub use touched::{Touched, touched};

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

/// Names of all rules, for waivers and documentation.
#[must_use]
pub fn rule_names() -> Vec<&'static str> {
    let single = POD_RULES.iter().map(|(name, _)| *name);
    RULES.iter().map(|rule| rule.name).chain(single).chain(["capacity", "waiver"]).collect()
}

/// What the rules found in one environment, and what its pods ask of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    findings: Vec<Finding>,
    demands: Vec<PodDemand>,
}

/// Runs every rule on one environment.
#[must_use]
pub fn environment(environment: &Environment) -> Checked {
    asked(environment, Touched::ALL, &[])
}

/// [`environment`], of a variant ([`Environment::again`]) of one that was checked: rules that read nothing in which the
/// two differ found the same.
#[must_use]
pub fn again(environment: &Environment, before: &Checked) -> Checked {
    asked(environment, environment.touched(), &before.findings)
}

fn asked(environment: &Environment, touched: Touched, before: &[Finding]) -> Checked {
    let name = environment.platform.scope.environment.as_str();
    let named = |finding: Finding| Finding { environment: Some(name.to_owned()), ..finding };
    // Most variants touch nothing that a rule reads.
    let view = (touched != Touched::NONE).then(|| View::of(environment));
    let mut findings = Vec::new();
    for (index, rule) in RULES.iter().enumerate() {
        match &view {
            Some(view) if touched.has(index) => findings.extend((rule.run)(view).into_iter().map(named)),
            _ => findings.extend(before.iter().filter(|finding| finding.rule == rule.name).cloned()),
        }
    }
    findings.extend(environment.alone().flat_map(|one| &one.findings).cloned().map(named));
    Checked { findings, demands: capacity::demands(environment) }
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
