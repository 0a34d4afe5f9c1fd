//! The arrows of the platform's graph: who calls whom.

use std::collections::BTreeMap;

use super::stack::Stack;
use crate::config::problem::{Problem, suggestion};
use crate::platform::{Links, PGBOUNCER, PGBOUNCER_PORT, POSTGRES, POSTGRES_PORT};
use crate::values::ComponentName;

/// The arrows of every component, by its name.
pub(super) fn resolve(stack: &Stack, problems: &mut Vec<Problem>) -> BTreeMap<String, Links> {
    let mut links: BTreeMap<String, Links> = BTreeMap::new();
    let mut connect = |caller: &str, callee: &str, ports: Vec<u16>| {
        let (Ok(from), Ok(to)) = (ComponentName::new(caller), ComponentName::new(callee)) else {
            return;
        };
        links.entry(caller.to_owned()).or_default().calls.push((to, ports));
        links.entry(callee.to_owned()).or_default().callers.push(from);
    };
    for (name, spec) in &stack.services {
        for (index, caller) in spec.callers.iter().enumerate() {
            if known_caller(stack, caller, &format!("services.{name}.callers[{index}]"), problems) {
                connect(caller.as_str(), name.as_str(), spec.ports.values().copied().collect());
            }
        }
    }
    if let Some(pool) = &stack.pgbouncer {
        for (index, caller) in pool.callers.iter().enumerate() {
            if known_caller(stack, caller, &format!("pgbouncer.callers[{index}]"), problems) {
                connect(caller.as_str(), PGBOUNCER, vec![PGBOUNCER_PORT]);
            }
        }
        if stack.postgres.is_some() {
            connect(PGBOUNCER, POSTGRES, vec![POSTGRES_PORT]);
        }
    }
    for (name, spec) in &stack.services {
        links.entry(name.to_string()).or_default().gateway = spec.exposure.is_some();
    }
    links.entry("oauth2-proxy".to_owned()).or_default().gateway = true;
    links
}

fn known_caller(stack: &Stack, caller: &ComponentName, path: &str, problems: &mut Vec<Problem>) -> bool {
    let known = stack.services.contains_key(caller);
    if !known {
        let names: Vec<&str> = stack.services.keys().map(ComponentName::as_str).collect();
        problems
            .push(Problem::new(path, format!("there is no service `{caller}`{}", suggestion(caller.as_str(), &names))));
    }
    known
}
