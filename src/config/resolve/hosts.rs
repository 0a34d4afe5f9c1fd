//! Hosts: from what an exposure says to a domain name, and no two environments on one.

use std::collections::BTreeSet;

use crate::config::problem::Problem;
use crate::platform::{Component, Platform};
use crate::values::Domain;

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

/// What an environment shares with an earlier one but must not.
pub(super) fn distinct(platform: &Platform, earlier: &[Platform], path: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let own: BTreeSet<&Domain> = exposed(platform).collect();
    for other in earlier {
        let name = &other.scope.environment;
        if other.scope.namespace == platform.scope.namespace {
            problems.push(Problem::new(
                format!("{path}.namespace"),
                format!("environment `{name}` has the namespace `{}` already", other.scope.namespace),
            ));
        }
        for host in exposed(other).filter(|host| own.contains(host)) {
            problems.push(Problem::new(
                format!("{path}.domain"),
                format!("environment `{name}` has the host `{host}` already"),
            ));
        }
    }
    problems
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
