//! Where two values differ.

use serde_json::Value;

/// The pointers at which two values differ, as deep as they can be told apart. Lists of different lengths differ as
/// a whole.
#[must_use]
pub fn differing(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(before, after, &mut String::new(), &mut found);
    found
}

fn walk(before: &Value, after: &Value, at: &mut String, found: &mut Vec<String>) {
    if before == after {
        return;
    }
    let length = at.len();
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
            for key in keys {
                push(at, key);
                match (old.get(key), new.get(key)) {
                    (Some(old), Some(new)) => walk(old, new, at, found),
                    _ => found.push(at.clone()),
                }
                at.truncate(length);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                push(at, &index.to_string());
                walk(old, new, at, found);
                at.truncate(length);
            }
        }
        _ => found.push(at.clone()),
    }
}

/// Appends one step to a pointer.
fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(c),
        }
    }
}
