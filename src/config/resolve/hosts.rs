//! Hosts: from what an exposure says to a domain name, and no two environments on one.

use std::collections::HashMap;

use crate::config::problem::Problem;
use crate::platform::{Component, Platform};
use crate::values::{Domain, EnvironmentName, Namespace};

/// The host that an exposure means: `@` is the domain itself, a label stands before it, anything with a
/// dot is a whole host name.
pub(super) fn resolve(host: &str, domain: &Domain) -> Result<Domain, String> {
    match host {
        "@" => Ok(domain.clone()),
        whole if whole.contains('.') => Domain::new(whole),
        label => Domain::new(format!("{label}.{domain}"))
            .map_err(|_| format!("`{label}` is not a host: write `@`, a label such as `api`, or a whole name")),
    }
}

/// Namespaces and hosts that environments have, and the first that has each.
#[derive(Default)]
pub(super) struct Taken {
    namespaces: HashMap<Namespace, EnvironmentName>,
    hosts: HashMap<Domain, EnvironmentName>,
}

impl Taken {
    /// Takes what an environment needs; returns what an earlier one has already.
    pub(super) fn take(&mut self, platform: &Platform, path: &str) -> Vec<Problem> {
        let own = &platform.scope.environment;
        let mut problems = Vec::new();
        let mut refuse = |field: &str, holder: &EnvironmentName, what: &str| {
            let message = format!("environment `{holder}` has the {what} already");
            problems.push(Problem::new(format!("{path}.{field}"), message));
        };
        let namespace = &platform.scope.namespace;
        match self.namespaces.get(namespace) {
            Some(holder) => refuse("namespace", holder, &format!("namespace `{namespace}`")),
            None => drop(self.namespaces.insert(namespace.clone(), own.clone())),
        }
        for host in exposed(platform) {
            match self.hosts.get(host) {
                Some(holder) if holder != own => refuse("domain", holder, &format!("host `{host}`")),
                Some(_) => {}
                None => drop(self.hosts.insert(host.clone(), own.clone())),
            }
        }
        problems
    }
}

/// Whether two platforms take the same namespace and hosts.
pub(super) fn same(one: &Platform, other: &Platform) -> bool {
    one.scope.namespace == other.scope.namespace && exposed(one).eq(exposed(other))
}

fn exposed(platform: &Platform) -> impl Iterator<Item = &Domain> {
    platform.components.iter().filter_map(|component| match component.as_ref() {
        Component::Service(service) => service.exposure.as_ref().map(|exposure| &exposure.host),
        Component::OAuth2Proxy(proxy) => Some(&proxy.exposure.host),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_the_domain_a_label_or_a_whole_name() {
        let domain = Domain::new("ahuora.org.nz").unwrap();
        assert_eq!(resolve("@", &domain).unwrap().as_str(), "ahuora.org.nz");
        assert_eq!(resolve("api", &domain).unwrap().as_str(), "api.ahuora.org.nz");
        assert_eq!(resolve("api.example.nz", &domain).unwrap().as_str(), "api.example.nz");
        for bad in ["", "A", "a b", "*", "*.ahuora.org.nz", "api."] {
            assert!(resolve(bad, &domain).is_err(), "{bad}");
        }
    }
}
