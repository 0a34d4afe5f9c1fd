//! What must hold between an environment's components and the ground they stand on: names, namespaces, nodes.

use super::service;
use super::stack::Stack;
use crate::config::problem::{Problem, join, suggestion};
use crate::platform::{RESERVED_COMPONENTS, Scope};
use crate::spec::FileSpec;
use crate::values::MAX_LABEL;

/// Every problem of one environment's ground.
pub(super) fn check(file: &FileSpec, scope: &Scope, stack: &Stack) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |path: String, message: String| problems.push(Problem::new(path, message));
    for name in stack.services.keys().filter(|name| RESERVED_COMPONENTS.contains(&name.as_str())) {
        let message = format!("`{name}` is the name of another component: choose another");
        problem(join("services", name.as_str()), message);
    }
    let environment = join("environments", scope.environment.as_str());
    let label = format!("{}-{}", scope.platform, scope.environment);
    if label.len() > MAX_LABEL {
        let message =
            format!("with the platform's name, `{label}`, it is no label value: at most {MAX_LABEL} characters");
        problem(environment.clone(), message);
    }
    if let Some(owner) = owner_of_namespace(file, scope) {
        let message = format!("`{}` is {owner}: an environment needs a namespace of its own", scope.namespace);
        problem(format!("{environment}.namespace"), message);
    }
    if let Some(postgres) = &stack.postgres {
        let node = &postgres.storage.node;
        let known: Vec<&str> = file.cluster.nodes.iter().map(|node| node.name.as_str()).collect();
        if !known.contains(&node.as_str()) {
            let message = format!("`{node}` is not a node of the cluster{}", suggestion(node.as_str(), &known));
            problem("postgres.storage.node".to_owned(), message);
        }
        if postgres.storage.size.bytes() == 0 {
            problem("postgres.storage.size".to_owned(), "a volume needs a size above zero".to_owned());
        }
    }
    let amounts = [
        ("postgres", stack.postgres.as_ref().map(|spec| spec.resources)),
        ("pgbouncer", stack.pgbouncer.as_ref().map(|spec| spec.resources)),
        ("oauth2-proxy", stack.oauth2_proxy.as_ref().map(|spec| spec.resources)),
        ("cloudflared", stack.cloudflared.as_ref().map(|spec| spec.resources)),
    ];
    for (name, amounts) in amounts.into_iter().filter_map(|(name, amounts)| Some((name, amounts?))) {
        service::resources(&amounts, |field, message| problem(format!("{name}.{field}"), message));
    }
    if stack.pgbouncer.is_some() && stack.postgres.is_none() {
        problem("pgbouncer".to_owned(), "there is no `postgres` that it could pool connections to".to_owned());
    }
    if calls_internet(stack) && !file.cluster.nodes.iter().any(|node| node.internet) {
        let message = "no node has `internet: true`, but a component calls the internet".to_owned();
        problem("cluster.nodes".to_owned(), message);
    }
    problems
}

/// Whose namespace it is, when it is somebody else's.
fn owner_of_namespace(file: &FileSpec, scope: &Scope) -> Option<&'static str> {
    let namespace = &scope.namespace;
    let is_kubernetes = namespace.as_str() == "default" || namespace.as_str().starts_with("kube-");
    let is_monitoring = file.monitoring.as_ref().is_some_and(|monitoring| monitoring.namespace == *namespace);
    match () {
        () if is_kubernetes => Some("Kubernetes' own"),
        () if *namespace == scope.gateway_namespace => Some("the gateway's"),
        () if *namespace == file.argo_cd.namespace => Some("Argo CD's"),
        () if is_monitoring => Some("that of monitoring"),
        () => None,
    }
}

fn calls_internet(stack: &Stack) -> bool {
    stack.oauth2_proxy.is_some()
        || stack.cloudflared.is_some()
        || stack.services.values().any(|service| service.internet)
}
