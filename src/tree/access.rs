//! Reading values and resources by path; what is not there is empty.

use serde_json::Value;

use super::Document;

/// The value at a path of keys and indexes, `/spec/ports/0/name`; unlike a JSON pointer it knows no escapes,
/// and allocates nothing.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut value = value;
    let mut rest = path.strip_prefix('/');
    while let Some(steps) = rest {
        // Steps are a few letters long: looking for the end by hand is faster than a searcher.
        let end = steps.bytes().position(|byte| byte == b'/');
        let (step, after) = end.map_or((steps, None), |end| (steps.get(..end).unwrap_or(steps), steps.get(end + 1..)));
        value = match value {
            Value::Object(map) => map.get(step)?,
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
        rest = after;
    }
    Some(value)
}

/// The text at a path; empty when there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// The list at a path; empty when there is none.
#[must_use]
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A middleware that an Ingress names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MiddlewareRef<'a> {
    /// As written: `namespace-name@kubernetescrd`.
    pub reference: &'a str,
    /// The Middleware's name, where the reference leads to the Ingress's own namespace.
    pub name: Option<&'a str>,
}

/// The middlewares of an Ingress, in the order in which a request passes them.
#[must_use]
pub fn middlewares(ingress: &Document) -> Vec<MiddlewareRef<'_>> {
    let chain = at(&ingress.value, "/metadata/annotations")
        .and_then(|all| all.get("traefik.ingress.kubernetes.io/router.middlewares"))
        .and_then(Value::as_str);
    let prefix = format!("{}-", ingress.id.namespace.as_deref().unwrap_or_default());
    let references = chain.into_iter().flat_map(|chain| chain.split(',')).map(str::trim);
    references
        .map(|reference| MiddlewareRef {
            reference,
            name: reference.strip_suffix("@kubernetescrd").and_then(|name| name.strip_prefix(&prefix)),
        })
        .collect()
}
