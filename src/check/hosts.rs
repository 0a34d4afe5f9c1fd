//! Hosts stand under the domain, are permitted by the services behind them, and share the session cookie.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Finding;
use super::view::{View, containers, variables};
use crate::platform::{Component, OAUTH2_PROXY, PermittedHosts};
use crate::tree::{Document, at, list, middlewares, text};

fn is_under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn hosts(ingress: &Document) -> impl Iterator<Item = &str> {
    list(&ingress.value, "/spec/rules").iter().map(|rule| text(rule, "/host"))
}

/// Every host is the environment's domain or stands under it.
pub(super) fn domain(view: &View<'_>) -> Vec<Finding> {
    let domain = view.platform.scope.domain.as_str();
    let mut findings = Vec::new();
    for ingress in view.all("Ingress") {
        for host in hosts(ingress).filter(|host| !is_under(host, domain)) {
            let message = format!("the host `{host}` does not stand under `{domain}`: the tunnel does not forward it");
            findings.push(Finding::new("host-domain", ingress, message));
        }
    }
    findings
}

/// A service that checks host names permits the hosts that lead to it, and the one its probes send.
pub(super) fn permitted(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, permitted) in checking_services(view) {
        let Some(workload) = view.get("Deployment", name) else {
            continue;
        };
        let value = variables(workload)
            .find(|variable| text(variable, "/name") == permitted.variable)
            .map_or("", |variable| text(variable, "/value"));
        let permits = |host: &str| {
            value.split(',').map(str::trim).any(|entry| {
                entry == "*"
                    || entry == host
                    || (entry.starts_with('.') && is_under(host, entry.trim_start_matches('.')))
            })
        };
        for ingress in view.all("Ingress").iter().filter(|ingress| leads_to(ingress, name)) {
            for host in hosts(ingress).filter(|host| !permits(host)) {
                let message = format!(
                    "the host `{host}` leads to it, but `{}` does not permit it: every request would be refused",
                    permitted.variable
                );
                findings.push(Finding::new("host-permitted", workload, message));
            }
        }
        for header in containers(workload).iter().flat_map(probe_hosts).filter(|host| !permits(host)) {
            let message =
                format!("its probes ask for the host `{header}`, which `{}` does not permit", permitted.variable);
            findings.push(Finding::new("host-permitted", workload, message));
        }
    }
    findings
}

fn checking_services<'a>(view: &View<'a>) -> impl Iterator<Item = (&'a str, &'a PermittedHosts)> {
    view.platform.components.iter().filter_map(|component| match component.as_ref() {
        Component::Service(service) => Some((service.name.as_str(), service.permitted_hosts.as_ref()?)),
        _ => None,
    })
}

fn leads_to(ingress: &Document, service: &str) -> bool {
    let paths = list(&ingress.value, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths"));
    paths.into_iter().any(|path| text(path, "/backend/service/name") == service)
}

fn probe_hosts(container: &Value) -> Vec<&str> {
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"].into_iter().filter_map(|name| container.get(name));
    let headers = probes.flat_map(|probe| list(probe, "/httpGet/httpHeaders"));
    let hosts = headers.filter(|header| text(header, "/name") == "Host").map(|header| text(header, "/value"));
    hosts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The session cookie reaches the sign-in host and every host that asks for a session.
pub(super) fn cookie_domain(view: &View<'_>) -> Vec<Finding> {
    let Some(proxy) = view.get("Deployment", OAUTH2_PROXY) else {
        return Vec::new();
    };
    let arguments = containers(proxy).iter().flat_map(|container| list(container, "/args"));
    let domains: Vec<&str> = arguments
        .filter_map(|argument| argument.as_str()?.strip_prefix("--cookie-domain="))
        .map(|domain| domain.trim_start_matches('.'))
        .collect();
    let asks = |ingress: &Document| {
        let named = middlewares(ingress).into_iter().filter_map(|middleware| middleware.name);
        let mut found = named.filter_map(|name| view.get("Middleware", name));
        found.any(|middleware| at(&middleware.value, "/spec/forwardAuth").is_some())
    };
    let needs_session = |ingress: &&&Document| leads_to(ingress, OAUTH2_PROXY) || asks(ingress);
    let mut findings = Vec::new();
    for ingress in view.all("Ingress").iter().filter(needs_session) {
        for host in hosts(ingress).filter(|host| !domains.iter().any(|domain| is_under(host, domain))) {
            let message = format!(
                "the session cookie (domain {}) does not reach the host `{host}`: users could never sign in there",
                domains.join(", ")
            );
            findings.push(Finding::new("cookie-domain", ingress, message));
        }
    }
    findings
}
