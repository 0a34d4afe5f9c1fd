//! A service with its references followed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::stack::Stack;
use crate::config::problem::{Problem, suggestion};
use crate::platform::{
    Exposure, Links, OAUTH2_PROXY, OAUTH2_PROXY_PORT, PGBOUNCER, PGBOUNCER_PORT, POSTGRES, POSTGRES_PORT,
    PermittedHosts, ResolvedEnv, Scope, Service,
};
use crate::spec::{EnvSource, EnvValue, ProbeAction, ServiceSpec};
use crate::values::{ComponentName, DataKey, Scaling};

/// What a service's references may lead to.
pub(super) struct Context<'a> {
    pub(super) scope: &'a Scope,
    pub(super) stack: &'a Stack,
    pub(super) exposures: &'a BTreeMap<String, Exposure>,
}

pub(super) fn resolve(
    name: &ComponentName,
    spec: &Arc<ServiceSpec>,
    context: &Context<'_>,
    links: Links,
    problems: &mut Vec<Problem>,
) -> Service {
    let path = format!("services.{name}");
    let exposure = context.exposures.get(name.as_str()).cloned();
    let permitted_hosts = spec.permitted_hosts.as_ref().map(|permitted| {
        let mut hosts: Vec<String> = exposure.iter().map(|exposure| exposure.host.to_string()).collect();
        hosts.extend(permitted.extra.iter().map(ToString::to_string));
        hosts.push(name.to_string());
        hosts.push(format!("{name}.{}.svc", context.scope.namespace));
        PermittedHosts { variable: permitted.variable.to_string(), hosts }
    });
    let mut environment: BTreeMap<String, ResolvedEnv> = BTreeMap::new();
    for (variable, value) in &spec.environment {
        match follow(value, context) {
            Ok(resolved) => drop(environment.insert(variable.to_string(), resolved)),
            Err(message) => problems.push(Problem::new(format!("{path}.environment.{variable}"), message)),
        }
    }
    if let Some(permitted) = &permitted_hosts {
        let value = ResolvedEnv::Text(permitted.hosts.join(","));
        if environment.insert(permitted.variable.clone(), value).is_some() {
            let message = format!("`{}` is set by `permittedHosts` already", permitted.variable);
            problems.push(Problem::new(format!("{path}.environment.{}", permitted.variable), message));
        }
    }
    check(&path, spec, problems);
    Service {
        name: name.clone(),
        spec: Arc::clone(spec),
        environment: environment.into_iter().collect(),
        permitted_hosts,
        exposure,
        links,
    }
}

fn follow(value: &EnvValue, context: &Context<'_>) -> Result<ResolvedEnv, String> {
    let source = match value {
        EnvValue::Text(text) => return Ok(ResolvedEnv::Text(text.clone())),
        EnvValue::From(source) => source,
    };
    Ok(match source {
        EnvSource::Secret(reference) => ResolvedEnv::Secret(reference.clone()),
        EnvSource::Host(component) => {
            port(component, context)?;
            ResolvedEnv::Text(component.to_string())
        }
        EnvSource::Port(component) => ResolvedEnv::Text(port(component, context)?.to_string()),
        EnvSource::Url(component) => ResolvedEnv::Text(format!("http://{component}:{}", port(component, context)?)),
        EnvSource::PublicUrl(component) => match context.exposures.get(component.as_str()) {
            Some(exposure) => ResolvedEnv::Text(format!("https://{}", exposure.host)),
            None => {
                return Err(format!("`{component}` is not exposed: it has no public URL"));
            }
        },
    })
}

/// The port on which a component is called: the one named `http`, else its only or first one.
fn port(component: &ComponentName, context: &Context<'_>) -> Result<u16, String> {
    let stack = context.stack;
    if let Some(service) = stack.services.get(component) {
        let port = service.ports.get("http").or_else(|| service.ports.values().next());
        return port.copied().ok_or_else(|| format!("`{component}` has no port"));
    }
    match component.as_str() {
        POSTGRES if stack.postgres.is_some() => Ok(POSTGRES_PORT),
        PGBOUNCER if stack.pgbouncer.is_some() => Ok(PGBOUNCER_PORT),
        OAUTH2_PROXY if stack.oauth2_proxy.is_some() => Ok(OAUTH2_PROXY_PORT),
        name => {
            let known: Vec<&str> =
                stack.services.keys().map(ComponentName::as_str).chain([POSTGRES, PGBOUNCER, OAUTH2_PROXY]).collect();
            Err(format!("there is no component `{name}`{}", suggestion(name, &known)))
        }
    }
}

/// Most bytes of a ConfigMap's data (Kubernetes: 1 MiB for the whole object).
const MAX_CONFIG_MAP: usize = 1_000_000;

/// What a service's own fields say of each other.
fn check(path: &str, spec: &ServiceSpec, problems: &mut Vec<Problem>) {
    let mut problem = |field: &str, message: String| {
        problems.push(Problem::new(format!("{path}.{field}"), message));
    };
    mounts(spec, &mut problem);
    if spec.ports.is_empty() {
        problem("ports", "a service needs at least one port".to_owned());
    }
    let mut numbers: BTreeMap<u16, &str> = BTreeMap::new();
    for (name, number) in &spec.ports {
        if *number < 1024 {
            problem(
                &format!("ports.{name}"),
                format!("port {number} is for root only; containers here never run as root: use 1024 or more"),
            );
        }
        if let Some(first) = numbers.insert(*number, name.as_str()) {
            problem(&format!("ports.{name}"), format!("port {number} is `{first}` already"));
        }
    }
    let probes =
        [("startup", &spec.probes.startup), ("readiness", &spec.probes.readiness), ("liveness", &spec.probes.liveness)];
    for (name, probe) in probes.into_iter().filter_map(|(name, probe)| Some((name, probe.as_ref()?))) {
        match &probe.check {
            ProbeAction::Tcp(port) if !spec.ports.contains_key(port) => {
                let known: Vec<&str> = spec.ports.keys().map(|name| name.as_str()).collect();
                let message = format!("there is no port `{port}`{}", suggestion(port.as_str(), &known));
                problem(&format!("probes.{name}.check.tcp"), message);
            }
            ProbeAction::Exec(command) if command.is_empty() => {
                problem(&format!("probes.{name}.check.exec"), "the command is empty".to_owned());
            }
            _ => {}
        }
        if probe.period.get() == 0 || probe.timeout.get() == 0 {
            problem(&format!("probes.{name}"), "period and timeout must be at least 1 s".to_owned());
        }
    }
    resources(&spec.resources, |field, message| problem(field, message));
    if let Scaling::Autoscaler(autoscaler) = &spec.scaling {
        scaling(autoscaler, |field, message| problem(field, message));
    }
}

/// Files fit a ConfigMap, each under a key of its own, and nothing is mounted twice at one path.
fn mounts(spec: &ServiceSpec, problem: &mut impl FnMut(&str, String)) {
    let bytes: usize = spec.files.iter().map(|(path, content)| path.as_str().len() + content.len()).sum();
    if bytes > MAX_CONFIG_MAP {
        problem("files", format!("they are {bytes} bytes; a ConfigMap holds {MAX_CONFIG_MAP}"));
    }
    let mut keys: BTreeMap<String, &str> = BTreeMap::new();
    for path in spec.files.keys().map(|path| path.as_str()) {
        let key = path.trim_start_matches('/').replace('/', ".");
        let field = crate::config::problem::join("files", path);
        if path.ends_with('/') || path.contains("//") || DataKey::new(key.as_str()).is_err() {
            let message = format!("`{path}` is not a file's path of letters, digits, `.`, `-` and `_`, at most 253");
            problem(&field, message);
        } else if let Some(first) = keys.insert(key, path) {
            problem(&field, format!("`{path}` and `{first}` would be one key of the ConfigMap: rename one"));
        }
    }
    let mut seen: Vec<&str> = spec.files.keys().map(|path| path.as_str()).collect();
    for (index, path) in spec.writable.iter().enumerate() {
        let path = path.as_str().trim_end_matches('/');
        if seen.contains(&path) || path.is_empty() {
            problem(&format!("writable[{index}]"), format!("`{path}` is mounted already"));
        }
        seen.push(path);
    }
}

/// What requests and limits say of each other.
pub(super) fn resources(resources: &crate::values::Resources, mut problem: impl FnMut(&str, String)) {
    let (requests, limits) = (&resources.requests, &resources.limits);
    if requests.memory > limits.memory {
        problem(
            "resources.limits.memory",
            format!("the limit {} is below the request {}", limits.memory, requests.memory),
        );
    }
    if limits.cpu.is_some_and(|limit| requests.cpu > limit) {
        problem("resources.limits.cpu", format!("the limit is below the request {}", requests.cpu));
    }
    if requests.cpu.millicores() == 0 || requests.memory.bytes() == 0 {
        problem("resources.requests", "requests must be above zero: the scheduler plans with them".to_owned());
    }
}

fn scaling(autoscaler: &crate::values::Autoscaler, mut problem: impl FnMut(&str, String)) {
    if autoscaler.min_replicas > autoscaler.max_replicas {
        problem(
            "scaling.autoscaler.maxReplicas",
            format!("{} is below minReplicas, {}", autoscaler.max_replicas, autoscaler.min_replicas),
        );
    }
    for (name, rules) in [("scaleUp", &autoscaler.scale_up), ("scaleDown", &autoscaler.scale_down)] {
        let field = format!("scaling.autoscaler.{name}");
        if rules.stabilization_window.get() > 3600 {
            problem(&format!("{field}.stabilizationWindow"), "Kubernetes allows at most one hour".to_owned());
        }
        if rules.policies.is_empty() {
            problem(&format!("{field}.policies"), "at least one policy is needed".to_owned());
        }
        for (index, policy) in rules.policies.iter().enumerate() {
            if !(1..=1800).contains(&policy.per.get()) {
                problem(&format!("{field}.policies[{index}].per"), "Kubernetes allows 1 s to 30 min".to_owned());
            }
        }
    }
}
