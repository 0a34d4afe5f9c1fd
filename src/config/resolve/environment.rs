//! One platform for each environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::stack::{Override, Stack};
use super::{hosts, links, service};
use crate::config::problem::{Problem, join};
use crate::platform::{
    Cloudflared, Component, Exposure, Gateway, Middleware, OAuth2Proxy, PgBouncer, Platform, Postgres,
    RESERVED_COMPONENTS, Scope,
};
use crate::spec::{EnvironmentSpec, ExposureSpec, FileSpec, MiddlewareSpec};
use crate::values::{ComponentName, EnvironmentName};
use crate::yaml::Node;

/// All platforms, and all problems; with problems, the platforms are incomplete.
pub(super) fn resolve(file: &FileSpec, root: &Node) -> (Vec<Platform>, Vec<Problem>) {
    let base = Stack::base(file);
    let mut problems = Vec::new();
    let mut platforms = Vec::new();
    if file.environments.is_empty() {
        problems.push(Problem::new("environments", "there is no environment: name at least one, such as `production`"));
    }
    for (name, spec) in &file.environments {
        let path = join("environments", name.as_str());
        let overrides = overrides_of(root, name);
        let (platform, found) = match base.with_overrides(root, &overrides) {
            Ok(stack) => one(file, name, spec, &stack),
            Err(found) => (None, found),
        };
        // A problem of the base is told once, not once for each environment.
        problems.extend(found.into_iter().map(|mut problem| {
            if !overrides.is_empty() {
                problem.message = format!("{} (in environment `{name}`)", problem.message);
            }
            problem
        }));
        if let Some(platform) = platform {
            problems.extend(hosts::distinct(&platform, &platforms, &path));
            platforms.push(platform);
        }
    }
    (platforms, problems)
}

/// The platform of one environment with more overrides on top of its own.
pub(super) fn overridden(
    file: &FileSpec,
    root: &Node,
    name: &EnvironmentName,
    more: &[Override<'_>],
) -> Result<Platform, Vec<Problem>> {
    let Some(spec) = file.environments.get(name) else {
        return Err(vec![Problem::new("environments", format!("there is no environment `{name}`"))]);
    };
    let overrides: Vec<Override<'_>> = overrides_of(root, name).into_iter().chain(more.iter().copied()).collect();
    let stack = Stack::base(file).with_overrides(root, &overrides)?;
    match one(file, name, spec, &stack) {
        (Some(platform), _) => Ok(platform),
        (None, problems) => Err(problems),
    }
}

fn overrides_of<'a>(root: &'a Node, name: &EnvironmentName) -> Vec<Override<'a>> {
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
        cluster: Arc::clone(&file.cluster),
        gateway_namespace: stack.gateway.namespace.clone(),
        gateway_https_port: stack.gateway.https_port,
    });
    let mut problems = Vec::new();
    for reserved in stack.services.keys().filter(|name| RESERVED_COMPONENTS.contains(&name.as_str())) {
        problems.push(Problem::new(
            join("services", reserved.as_str()),
            format!("`{reserved}` is the name of another component: choose another"),
        ));
    }
    let exposures = exposures(stack, &scope, &mut problems);
    let links = links::resolve(stack, &mut problems);
    let mut components =
        vec![Arc::new(Component::Namespace), Arc::new(Component::Gateway(gateway(stack, &exposures, &mut problems)))];
    let linked = |name: &str| links.get(name).cloned().unwrap_or_default();

    for (name, spec) in &stack.services {
        let context = service::Context { scope: &scope, stack, exposures: &exposures };
        let component = service::resolve(name, spec, &context, linked(name.as_str()), &mut problems);
        components.push(Arc::new(Component::Service(component)));
    }
    if let Some(spec) = &stack.postgres {
        if !file.cluster.nodes.iter().any(|node| node.name == spec.storage.node) {
            let message = format!("`{}` is not a node of the cluster", spec.storage.node);
            problems.push(Problem::new("postgres.storage.node", message));
        }
        components.push(Arc::new(Component::Postgres(Postgres { spec: Arc::clone(spec), links: linked("postgres") })));
    }
    match (&stack.pgbouncer, &stack.postgres) {
        (Some(spec), Some(postgres)) => {
            components.push(Arc::new(Component::PgBouncer(PgBouncer {
                spec: Arc::clone(spec),
                database: postgres.database.clone(),
                credentials: postgres.credentials.clone(),
                links: linked("pgbouncer"),
            })));
        }
        (Some(_), None) => {
            problems.push(Problem::new("pgbouncer", "there is no `postgres` that it could pool connections to"))
        }
        (None, _) => {}
    }
    if let (Some(spec), Some(exposure)) = (&stack.oauth2_proxy, exposures.get("oauth2-proxy")) {
        let cookie_domain = spec.cookie_domain.clone().unwrap_or_else(|| scope.domain.clone());
        let component = OAuth2Proxy {
            spec: Arc::clone(spec),
            exposure: exposure.clone(),
            cookie_domain,
            links: linked("oauth2-proxy"),
        };
        components.push(Arc::new(Component::OAuth2Proxy(component)));
    }
    if let Some(spec) = &stack.cloudflared {
        components.push(Arc::new(Component::Cloudflared(Cloudflared {
            spec: Arc::clone(spec),
            links: linked("cloudflared"),
        })));
    }
    let needs_internet = stack.oauth2_proxy.is_some()
        || stack.cloudflared.is_some()
        || stack.services.values().any(|service| service.internet);
    if needs_internet && !file.cluster.nodes.iter().any(|node| node.internet) {
        problems
            .push(Problem::new("cluster.nodes", "no node has `internet: true`, but a component calls the internet"));
    }
    let platform =
        Platform { scope, components, patches: Arc::clone(&file.patches), secrets: Arc::clone(&file.secrets) };
    (problems.is_empty().then_some(platform), problems)
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
                        let message = format!(
                            "there is no middleware `{middleware}`{}",
                            crate::config::problem::suggestion(middleware.as_str(), &known)
                        );
                        problems.push(Problem::new(format!("{path}.middlewares[{index}]"), message));
                    }
                }
                if let Some((other, _)) = exposures.iter().find(|(_, exposure)| exposure.host == host) {
                    problems
                        .push(Problem::new(format!("{path}.host"), format!("`{other}` has the host `{host}` already")));
                }
                let signs_in = spec.middlewares.iter().any(is_sign_in);
                exposures.insert(name, Exposure { host, middlewares: spec.middlewares, signs_in });
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
        let resolved = match spec {
            MiddlewareSpec::ForwardAuth(spec) => {
                Middleware::ForwardAuth { response_headers: spec.response_headers.clone() }
            }
            MiddlewareSpec::SignIn(_) => Middleware::SignIn,
            MiddlewareSpec::Cors(spec) => {
                let mut origins = Vec::new();
                for (index, origin) in spec.origins.iter().enumerate() {
                    match exposures.get(origin.as_str()) {
                        Some(exposure) => origins.push(format!("https://{}", exposure.host)),
                        None => problems.push(Problem::new(
                            format!("{path}.cors.origins[{index}]"),
                            format!("`{origin}` is not an exposed service"),
                        )),
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
