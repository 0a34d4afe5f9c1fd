//! Checks of what belongs to no single environment.

use std::collections::BTreeSet;

use super::experiments;
use crate::config::problem::{Problem, suggestion};
use crate::spec::{ComposeSpec, FileSpec, MonitoringSpec};
use crate::values::{ComponentName, EnvironmentName};

pub(super) fn check(file: &FileSpec) -> Vec<Problem> {
    let mut problems = nodes(file);
    for (index, waiver) in file.waivers.iter().enumerate() {
        let path = format!("waivers[{index}]");
        problems.extend(without_reason(&path, "waiver", &waiver.reason));
        let environment = waiver.environment.iter();
        problems.extend(environment.filter_map(|name| unknown_environment(file, format!("{path}.environment"), name)));
    }
    for (index, patch) in file.patches.iter().enumerate() {
        let path = format!("patches[{index}]");
        problems.extend(without_reason(&path, "patch", &patch.reason));
        let environment = patch.target.environment.iter();
        let field = format!("{path}.target.environment");
        problems.extend(environment.filter_map(|name| unknown_environment(file, field.clone(), name)));
    }
    problems.extend(file.compose.iter().flat_map(|spec| compose(file, spec)));
    problems.extend(file.monitoring.iter().flat_map(|spec| monitoring_credentials(file, spec)));
    if file.argo_cd.branch.trim().is_empty() {
        problems.push(Problem::new("argo-cd.branch", "name the branch that Argo CD follows, such as `main`"));
    }
    problems.extend(experiments::resolve(file).err().unwrap_or_default());
    problems
}

fn nodes(file: &FileSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (index, node) in file.cluster.nodes.iter().enumerate() {
        if !names.insert(&node.name) {
            let message = format!("there are two nodes `{}`", node.name);
            problems.push(Problem::new(format!("cluster.nodes[{index}].name"), message));
        }
    }
    if file.cluster.nodes.is_empty() {
        problems.push(Problem::new("cluster.nodes", "a cluster needs at least one node"));
    }
    problems
}

fn without_reason(path: &str, what: &str, reason: &str) -> Option<Problem> {
    let is_empty = reason.trim().is_empty();
    is_empty.then(|| Problem::new(format!("{path}.reason"), format!("a {what} needs a reason")))
}

pub(super) fn unknown_environment(file: &FileSpec, path: String, name: &EnvironmentName) -> Option<Problem> {
    let known: Vec<&str> = file.environments.keys().map(EnvironmentName::as_str).collect();
    let message = || format!("there is no environment `{name}`{}", suggestion(name.as_str(), &known));
    (!known.contains(&name.as_str())).then(|| Problem::new(path, message()))
}

fn compose(file: &FileSpec, spec: &ComposeSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(unknown_environment(file, "compose.environment".to_owned(), &spec.environment));
    let known: Vec<&str> = file.services.keys().map(ComponentName::as_str).collect();
    for (index, service) in spec.services.iter().enumerate().filter(|(_, name)| !known.contains(&name.as_str())) {
        let message = format!("there is no service `{service}`{}", suggestion(service.as_str(), &known));
        problems.push(Problem::new(format!("compose.services[{index}]"), message));
    }
    let own: Vec<&str> = spec.services.iter().map(ComponentName::as_str).collect();
    for (service, port) in &spec.publish {
        let path = format!("compose.publish.{service}");
        if !own.contains(&service.as_str()) {
            let message = format!("`compose.services` has no `{service}`{}", suggestion(service.as_str(), &own));
            problems.push(Problem::new(path.clone(), message));
        }
        if *port == 0 {
            problems.push(Problem::new(path, "a port is a whole number from 1 to 65535"));
        }
    }
    problems
}

/// The Secret that monitoring uses is declared, in its namespace and with its keys.
fn monitoring_credentials(file: &FileSpec, monitoring: &MonitoringSpec) -> Vec<Problem> {
    let name = &monitoring.credentials;
    let Some(secret) = file.secrets.get(name) else {
        return vec![Problem::new("monitoring.credentials", format!("`secrets` does not declare `{name}`"))];
    };
    let mut problems = Vec::new();
    if secret.namespace.as_ref() != Some(&monitoring.namespace) {
        let message = format!("must be `{}`, where monitoring runs", monitoring.namespace);
        problems.push(Problem::new(format!("secrets.{name}.namespace"), message));
    }
    let keys = &monitoring.keys;
    let used = [
        ("metricsUrl", &keys.metrics_url),
        ("metricsUsername", &keys.metrics_username),
        ("logsUrl", &keys.logs_url),
        ("logsUsername", &keys.logs_username),
        ("password", &keys.password),
    ];
    for (field, key) in used.into_iter().filter(|(_, key)| !secret.keys.contains(*key)) {
        let message = format!("`secrets.{name}.keys` does not declare `{key}`");
        problems.push(Problem::new(format!("monitoring.keys.{field}"), message));
    }
    problems
}
