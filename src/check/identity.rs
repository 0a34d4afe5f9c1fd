//! Headers that say who is signed in: the service believes them, so no client may send them.

use serde_json::Value;

use super::Finding;
use super::view::View;
use crate::tree::{Document, at, list, middlewares};
use crate::values::HeaderName;

/// What asks who is signed in replaces a header that a client sends only under its exact name; before it, all
/// spellings that servers take for the same header are dropped.
pub(super) fn headers(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in view.all("Ingress") {
        let chain: Vec<&Document> =
            middlewares(ingress).iter().filter_map(|reference| view.get("Middleware", reference.name?)).collect();
        for (position, forward) in chain.iter().enumerate() {
            let before = chain.get(..position).unwrap_or_default();
            let passed = list(&forward.value, "/spec/forwardAuth/authResponseHeaders").iter().filter_map(Value::as_str);
            let open: Vec<&str> = passed.filter(|header| !all_dropped(before, header)).collect();
            if !open.is_empty() {
                let message = format!(
                    "a client can send {} itself, with `_` for `-`: before `{}` a middleware must drop those spellings (`customRequestHeaders` with empty values)",
                    open.join(", "),
                    forward.id.name
                );
                findings.push(Finding::new("identity-headers", ingress, message));
            }
        }
    }
    findings
}

fn all_dropped(before: &[&Document], header: &str) -> bool {
    let dropped = |alias: &String| {
        before.iter().any(|middleware| {
            let changed = at(&middleware.value, "/spec/headers/customRequestHeaders").and_then(Value::as_object);
            changed.is_some_and(|changed| {
                changed.iter().any(|(name, value)| name.eq_ignore_ascii_case(alias) && value.as_str() == Some(""))
            })
        })
    };
    HeaderName::new(header).is_ok_and(|header| header.aliases().iter().all(dropped))
}
