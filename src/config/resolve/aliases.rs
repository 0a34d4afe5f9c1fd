//! Headers that say who is signed in come from oauth2-proxy alone.
//!
//! Traefik replaces a header that a client sends by oauth2-proxy's answer, but only under its exact name: with `_`
//! for `-` it passes, and WSGI servers read both as one. So a middleware of its own drops those spellings before
//! the question is asked.

use std::collections::BTreeMap;

use crate::config::problem::Problem;
use crate::platform::Middleware;
use crate::spec::{ForwardAuthSpec, MiddlewareSpec};
use crate::values::ComponentName;

type Middlewares = BTreeMap<ComponentName, MiddlewareSpec>;

/// The chain of an exposure, with what drops aliases before each middleware that passes headers on.
pub(super) fn with_droppers(known: &Middlewares, chain: Vec<ComponentName>) -> Vec<ComponentName> {
    let before = |name: &ComponentName| passes_headers(known.get(name)?).and_then(|_| dropper_name(name).ok());
    chain.into_iter().flat_map(|name| [before(&name), Some(name)]).flatten().collect()
}

/// The middleware that drops aliases, where one is needed before the middleware of that name.
pub(super) fn dropper(
    known: &Middlewares,
    name: &ComponentName,
) -> Result<Option<(ComponentName, Middleware)>, Problem> {
    let Some(spec) = known.get(name).and_then(passes_headers) else { return Ok(None) };
    let problem = |why: String| Problem::new(format!("gateway.middlewares.{name}"), why);
    let own = dropper_name(name).map_err(|why| problem(format!("needs a second middleware, whose name {why}")))?;
    if known.contains_key(&own) {
        return Err(problem(format!("needs a second middleware `{own}`, which is taken: give yours another name")));
    }
    let names = spec.response_headers.iter().flat_map(|header| header.aliases()).collect();
    Ok(Some((own, Middleware::DropHeaders { names })))
}

fn passes_headers(spec: &MiddlewareSpec) -> Option<&ForwardAuthSpec> {
    match spec {
        MiddlewareSpec::ForwardAuth(spec) if !spec.response_headers.is_empty() => Some(spec),
        _ => None,
    }
}

fn dropper_name(name: &ComponentName) -> Result<ComponentName, String> {
    ComponentName::new(format!("{name}-aliases"))
}
