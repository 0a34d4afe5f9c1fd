//! How two fingerprints differ that ought to be equal.

use serde_json::{Map, Value};

use super::Fingerprint;

/// What differs from moment to moment, or is what two runs are to differ in.
const PASSING: [&str; 8] = [
    "at",
    "clocks",
    "commit",
    "cluster.revision",
    "generator.frequency",
    "generator.temperature",
    "generator.throttled",
    "unknown",
];

/// What differs between two fingerprints, a sentence each; not the commit, nor what changes from moment to moment. What
/// is known of one alone is told as well.
#[must_use]
pub fn differences(a: &Fingerprint, b: &Fingerprint) -> Vec<String> {
    let value = |one: &Fingerprint| serde_json::to_value(one).unwrap_or_default();
    let mut found = Vec::new();
    compare("", &value(a), &value(b), &mut found);
    found
}

fn compare(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    if PASSING.contains(&path) || a == b {
        return;
    }
    let empty = Map::new();
    match (a, b) {
        (Value::Object(_), Value::Object(_) | Value::Null) | (Value::Null, Value::Object(_)) => {
            let (a, b) = (a.as_object().unwrap_or(&empty), b.as_object().unwrap_or(&empty));
            let more = b.keys().filter(|key| !a.contains_key(*key));
            for key in a.keys().chain(more) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        _ => found.push(format!("{path}: {}, then {}", told(a), told(b))),
    }
}

fn told(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(told).collect::<Vec<_>>().join(" and "),
        other => other.to_string(),
    }
}
