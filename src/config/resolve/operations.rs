//! Checks of what belongs to no single environment.

use std::collections::BTreeSet;

use crate::config::problem::Problem;
use crate::spec::FileSpec;

pub(super) fn check(file: &FileSpec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (index, node) in file.cluster.nodes.iter().enumerate() {
        if !names.insert(&node.name) {
            problems.push(Problem::new(
                format!("cluster.nodes[{index}].name"),
                format!("there are two nodes `{}`", node.name),
            ));
        }
    }
    if file.cluster.nodes.is_empty() {
        problems.push(Problem::new("cluster.nodes", "a cluster needs at least one node"));
    }
    for (index, waiver) in file.waivers.iter().enumerate() {
        if waiver.reason.trim().is_empty() {
            problems.push(Problem::new(format!("waivers[{index}].reason"), "a waiver needs a reason"));
        }
        if waiver.environment.as_ref().is_some_and(|name| !file.environments.contains_key(name)) {
            problems.push(Problem::new(format!("waivers[{index}].environment"), "there is no such environment"));
        }
    }
    for (index, patch) in file.patches.iter().enumerate() {
        if patch.reason.trim().is_empty() {
            problems.push(Problem::new(format!("patches[{index}].reason"), "a patch needs a reason"));
        }
        if patch.target.environment.as_ref().is_some_and(|name| !file.environments.contains_key(name)) {
            problems.push(Problem::new(format!("patches[{index}].target.environment"), "there is no such environment"));
        }
    }
    if let Some(compose) = &file.compose {
        if !file.environments.contains_key(&compose.environment) {
            problems.push(Problem::new(
                "compose.environment",
                format!("there is no environment `{}`", compose.environment),
            ));
        }
        for (index, service) in compose.services.iter().enumerate() {
            if !file.services.contains_key(service) {
                problems.push(Problem::new(
                    format!("compose.services[{index}]"),
                    format!("there is no service `{service}`"),
                ));
            }
        }
        for service in compose.publish.keys().filter(|service| !compose.services.contains(service)) {
            problems.push(Problem::new(
                format!("compose.publish.{service}"),
                "publishes a service that `compose.services` does not have",
            ));
        }
    }
    if file.argo_cd.branch.trim().is_empty() {
        problems.push(Problem::new("argo-cd.branch", "name the branch that Argo CD follows, such as `main`"));
    }
    problems
}
