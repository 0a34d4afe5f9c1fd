//! One platform for each environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::stack::{Override, Stack};
use super::{aliases, ground, hosts, links, service};
use crate::config::path::{Path, place};
use crate::config::problem::{Problem, join, suggestion};
use crate::platform::{
    CLOUDFLARED, Cloudflared, Component, Exposure, Gateway, Middleware, OAUTH2_PROXY, OAuth2Proxy, PGBOUNCER, POSTGRES,
    PgBouncer, Platform, Postgres, Scope,
};
use crate::spec::{EnvironmentSpec, ExposureSpec, FileSpec, MiddlewareSpec};
use crate::values::{ComponentName, EnvironmentName};
use crate::yaml::{Node, NodeValue, Position};

/// All platforms, and all problems; with problems, the platforms are incomplete.
pub(super) fn resolve(file: &FileSpec, root: &Node) -> (Vec<Platform>, Vec<Problem>) {
    let base = Stack::base(file);
    let mut problems = Vec::new();
    let mut platforms = Vec::new();
    let mut taken = hosts::Taken::default();
    if file.environments.is_empty() {
        problems.push(Problem::new("environments", "there is no environment: name at least one, such as `production`"));
    }
    let mut found: Vec<(Option<&EnvironmentName>, Problem)> = Vec::new();
    for (name, spec) in file.environments.iter() {
        let path = join("environments", name.as_str());
        let overrides = overrides_of(root, name);
        let (platform, own) = match base.with_overrides(root, &overrides) {
            Ok(stack) => one(file, name, spec, &stack),
            Err(own) => (None, own),
        };
        let own = own.into_iter().map(|problem| at_override(problem, &overrides));
        found.extend(own.map(|problem| ((!overrides.is_empty()).then_some(name), problem)));
        if let Some(mut platform) = platform {
            share(&mut platform, platforms.first());
            problems.extend(taken.take(&platform, &path));
            platforms.push(platform);
        }
    }
    problems.extend(told_once(&found));
    (platforms, problems)
}

/// Keeps one copy of what an environment has in common with another.
pub(super) fn share(platform: &mut Platform, other: Option<&Platform>) {
    let known = other.map(|other| other.components.as_slice()).unwrap_or_default();
    for component in &mut platform.components {
        if let Some(same) = known.iter().find(|same| same.name() == component.name() && *same == component) {
            *component = Arc::clone(same);
        }
    }
}

/// A problem of the base is told once, and not once for each environment; a problem that one environment's
/// overrides cause says which.
fn told_once(found: &[(Option<&EnvironmentName>, Problem)]) -> Vec<Problem> {
    let mut told = Vec::new();
    for (environment, problem) in found {
        let same = |other: &&(Option<&EnvironmentName>, Problem)| other.1 == *problem;
        let is_of_base = found.iter().filter(same).count() > 1 || environment.is_none();
        let message = match environment {
            Some(name) if !is_of_base => format!("{} (in environment `{name}`)", problem.message),
            _ => problem.message.clone(),
        };
        let problem = Problem { message, ..problem.clone() };
        if !told.contains(&problem) {
            told.push(problem);
        }
    }
    told
}

/// A problem in a block that an override changed stands at the override, not at the base's line.
fn at_override(problem: Problem, overrides: &[Override<'_>]) -> Problem {
    let Ok(path) = Path::parse(&problem.path) else { return problem };
    let inside = |one: &&Override<'_>| {
        problem.at.is_some_and(|at| one.at.line <= at.line && at.line <= last_line(one.value).max(one.at.line))
    };
    if overrides.iter().any(|one| inside(&one)) {
        return problem;
    }
    match held_by(&path, overrides) {
        Some(at) => Problem { at: Some(at), ..problem },
        None => problem,
    }
}

/// A problem with the place of the value that caused it; with none where no override did.
pub(super) fn at_value(problem: Problem, overrides: &[Override<'_>]) -> Problem {
    let at = Path::parse(&problem.path).ok().and_then(|path| held_by(&path, overrides));
    Problem { at, ..problem }
}

/// The place in an override of what a path names: that of the override with the longest path that holds it, else of
/// one that stands inside the block.
fn held_by(path: &Path, overrides: &[Override<'_>]) -> Option<Position> {
    let parsed = |one: &'_ Override<'_>| Path::parse(one.path).ok().filter(|own| own.touches(path));
    let touching = overrides.iter().filter_map(|one| parsed(one).map(|own| (one, own)));
    let (one, own) = touching.max_by_key(|(_, own)| (path.starts_with(own), own.segments().len()))?;
    let rest = path.segments().get(own.segments().len()..).unwrap_or_default();
    Some(if one.value.is_null() || rest.is_empty() { one.at } else { place(one.value, rest) })
}

fn last_line(node: &Node) -> usize {
    match &node.value {
        NodeValue::Sequence(items) => items.iter().map(last_line).max().unwrap_or(node.at.line),
        NodeValue::Mapping(entries) => {
            entries.iter().map(|entry| last_line(&entry.value)).max().unwrap_or(node.at.line)
        }
        NodeValue::Scalar { .. } | NodeValue::Removed => node.at.line,
    }
}

/// The platform of one environment with more overrides on top of its own.
pub(super) fn overridden(
    file: &FileSpec,
    root: &Node,
    name: &EnvironmentName,
    more: &[Override<'_>],
) -> Result<Platform, Vec<Problem>> {
    let overrides: Vec<Override<'_>> = overrides_of(root, name).into_iter().chain(more.iter().copied()).collect();
    of_stack(file, name, &Stack::base(file).with_overrides(root, &overrides)?)
}

/// The platform of an environment whose blocks are at hand.
pub(super) fn of_stack(file: &FileSpec, name: &EnvironmentName, stack: &Stack) -> Result<Platform, Vec<Problem>> {
    let Some(spec) = file.environments.get(name) else {
        return Err(vec![Problem::new("environments", format!("there is no environment `{name}`"))]);
    };
    match one(file, name, spec, stack) {
        (Some(platform), _) => Ok(platform),
        (None, problems) => Err(problems),
    }
}

pub(super) fn overrides_of<'a>(root: &'a Node, name: &EnvironmentName) -> Vec<Override<'a>> {
    let overrides =
        root.get("environments").and_then(|all| all.get(name.as_str())).and_then(|one| one.get("overrides"));
    overrides
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .map(|entry| Override { path: &entry.key, value: &entry.value, at: entry.at })
        .collect()
}

fn one(
    file: &FileSpec,
    name: &EnvironmentName,
    spec: &EnvironmentSpec,
    stack: &Stack,
) -> (Option<Platform>, Vec<Problem>) {
    let scope = Arc::new(Scope {
        platform: file.name.clone(),
        environment: name.clone(),
        namespace: spec.namespace.clone(),
        domain: spec.domain.clone(),
        kubernetes: file.cluster.kubernetes.clone(),
        architecture: file.cluster.architecture,
        internet_nodes: file.cluster.nodes.iter().filter(|node| node.internet).map(|node| node.name.clone()).collect(),
        gateway_namespace: stack.gateway.namespace.clone(),
        gateway_https_port: stack.gateway.https_port,
    });
    let mut problems = ground::check(file, &scope, stack);
    let components = components(&scope, stack, &mut problems).into_iter().map(Arc::new).collect();
    let platform =
        Platform { scope, components, patches: Arc::clone(&file.patches), secrets: Arc::clone(&file.secrets) };
    (problems.is_empty().then_some(platform), problems)
}

/// Every component with its references followed.
fn components(scope: &Scope, stack: &Stack, problems: &mut Vec<Problem>) -> Vec<Component> {
    let exposures = exposures(stack, scope, problems);
    let links = links::resolve(stack, problems);
    let linked = |name: &str| links.get(name).cloned().unwrap_or_default();
    let mut components = vec![Component::Namespace, Component::Gateway(gateway(stack, &exposures, problems))];
    for (name, spec) in &stack.services {
        let context = service::Context { scope, stack, exposures: &exposures };
        components.push(Component::Service(service::resolve(name, spec, &context, linked(name.as_str()), problems)));
    }
    if let Some(spec) = &stack.postgres {
        components.push(Component::Postgres(Postgres { spec: Arc::clone(spec), links: linked(POSTGRES) }));
    }
    if let (Some(spec), Some(postgres)) = (&stack.pgbouncer, &stack.postgres) {
        components.push(Component::PgBouncer(PgBouncer {
            spec: Arc::clone(spec),
            database: postgres.database.clone(),
            credentials: postgres.credentials.clone(),
            links: linked(PGBOUNCER),
        }));
    }
    if let (Some(spec), Some(exposure)) = (&stack.oauth2_proxy, exposures.get(OAUTH2_PROXY)) {
        components.push(Component::OAuth2Proxy(OAuth2Proxy {
            spec: Arc::clone(spec),
            exposure: exposure.clone(),
            cookie_domain: spec.cookie_domain.clone().unwrap_or_else(|| scope.domain.clone()),
            links: linked(OAUTH2_PROXY),
        }));
    }
    if let Some(spec) = &stack.cloudflared {
        components.push(Component::Cloudflared(Cloudflared { spec: Arc::clone(spec), links: linked(CLOUDFLARED) }));
    }
    components
}

/// Every exposed component with its host.
fn exposures(stack: &Stack, scope: &Scope, problems: &mut Vec<Problem>) -> BTreeMap<String, Exposure> {
    let mut exposures: BTreeMap<String, Exposure> = BTreeMap::new();
    let services = stack.services.iter().filter_map(|(name, spec)| {
        Some((name.to_string(), format!("services.{name}.exposure"), spec.exposure.clone()?))
    });
    let sign_in = stack.oauth2_proxy.iter().map(|spec| {
        let exposure = ExposureSpec { host: spec.host.clone(), middlewares: Vec::new() };
        ("oauth2-proxy".to_owned(), "oauth2-proxy".to_owned(), exposure)
    });
    for (name, path, spec) in services.chain(sign_in) {
        match hosts::resolve(&spec.host, &scope.domain) {
            Ok(host) => {
                let is_sign_in = |name: &ComponentName| {
                    matches!(stack.gateway.middlewares.get(name), Some(MiddlewareSpec::SignIn(_)))
                };
                for (index, middleware) in spec.middlewares.iter().enumerate() {
                    if !stack.gateway.middlewares.contains_key(middleware) {
                        let known: Vec<&str> = stack.gateway.middlewares.keys().map(ComponentName::as_str).collect();
                        let message =
                            format!("there is no middleware `{middleware}`{}", suggestion(middleware.as_str(), &known));
                        problems.push(Problem::new(format!("{path}.middlewares[{index}]"), message));
                    }
                }
                if let Some((other, _)) = exposures.iter().find(|(_, exposure)| exposure.host == host) {
                    problems
                        .push(Problem::new(format!("{path}.host"), format!("`{other}` has the host `{host}` already")));
                }
                let signs_in = spec.middlewares.iter().any(is_sign_in);
                let middlewares = aliases::with_droppers(&stack.gateway.middlewares, spec.middlewares);
                exposures.insert(name, Exposure { host, middlewares, signs_in });
            }
            Err(message) => problems.push(Problem::new(format!("{path}.host"), message)),
        }
    }
    exposures
}

fn gateway(stack: &Stack, exposures: &BTreeMap<String, Exposure>, problems: &mut Vec<Problem>) -> Gateway {
    let mut middlewares = Vec::new();
    for (name, spec) in &stack.gateway.middlewares {
        let path = format!("gateway.middlewares.{name}");
        match aliases::dropper(&stack.gateway.middlewares, name) {
            Ok(dropper) => middlewares.extend(dropper),
            Err(problem) => problems.push(problem),
        }
        let resolved = match spec {
            MiddlewareSpec::ForwardAuth(spec) => {
                Middleware::ForwardAuth { response_headers: spec.response_headers.clone() }
            }
            MiddlewareSpec::SignIn(_) => Middleware::SignIn,
            MiddlewareSpec::Cors(spec) => {
                let mut origins = Vec::new();
                for (index, origin) in spec.origins.iter().enumerate() {
                    // A service whose host is wrong was told already.
                    let is_exposed = stack.services.get(origin).is_some_and(|service| service.exposure.is_some());
                    match exposures.get(origin.as_str()) {
                        Some(exposure) => origins.push(format!("https://{}", exposure.host)),
                        None if is_exposed => {}
                        None => {
                            let known: Vec<&str> = exposures.keys().map(String::as_str).collect();
                            let near = suggestion(origin.as_str(), &known);
                            let message = format!("`{origin}` is not an exposed service{near}");
                            problems.push(Problem::new(format!("{path}.cors.origins[{index}]"), message));
                        }
                    }
                }
                let used = exposures.values().filter(|exposure| exposure.middlewares.contains(name));
                Middleware::Cors {
                    spec: spec.clone(),
                    origins,
                    hosts: used.map(|exposure| exposure.host.to_string()).collect(),
                }
            }
        };
        let needs_proxy = matches!(resolved, Middleware::ForwardAuth { .. } | Middleware::SignIn);
        if needs_proxy && stack.oauth2_proxy.is_none() {
            problems
                .push(Problem::new(path, "needs the component `oauth2-proxy`, which this environment does not have"));
        }
        middlewares.push((name.clone(), resolved));
    }
    Gateway { middlewares }
}
