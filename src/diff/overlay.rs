//! What an object would be after an apply, as far as that can be told without asking the API server to try.

use serde_json::{Map, Value};

use super::owned;
use super::schema::{Definitions, Shape};

/// Where `kubectl apply` and Argo CD keep what they applied last.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A live object with what is wanted laid over it: what one of the managers applied before and is no longer
/// wanted goes, what the cluster and others added stays.
#[must_use]
pub fn overlay(live: &Value, wanted: &Value, managers: &[String], definitions: &Definitions) -> Value {
    let root = definitions.root(wanted);
    let annotation =
        live.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED)).and_then(Value::as_str);
    let before: Value = annotation.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
    let (Some(map), Some(fields)) = (live.as_object(), wanted.as_object()) else { return wanted.clone() };
    let mut result = map.clone();
    for (key, value) in fields {
        let shape = root.field(key).or_guess(key, fields);
        put(&mut result, key, value, before.get(key), shape);
    }
    let mut result = Value::Object(result);
    owned::drop_unwanted(&mut result, live, wanted, managers);
    result
}

fn put(result: &mut Map<String, Value>, key: &str, wanted: &Value, before: Option<&Value>, shape: Shape<'_>) {
    if wanted.is_null() {
        result.remove(key);
        return;
    }
    let merged = match result.get(key) {
        Some(live) => merge(live, wanted, before.unwrap_or(&Value::Null), shape),
        None => wanted.clone(),
    };
    result.insert(key.to_owned(), merged);
}

fn merge(live: &Value, wanted: &Value, before: &Value, shape: Shape<'_>) -> Value {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            let mut result = live.clone();
            let dropped = before.as_object().into_iter().flatten().filter(|(key, _)| !wanted.contains_key(*key));
            for (key, _) in dropped {
                result.remove(key);
            }
            for (key, value) in wanted {
                put(&mut result, key, value, before.get(key), shape.field(key).or_guess(key, wanted));
            }
            Value::Object(result)
        }
        (Value::Array(live), Value::Array(wanted)) => match shape {
            Shape::Keyed(keys, _) => Value::Array(by_keys(live, wanted, before, &keys.names(), shape.item())),
            Shape::Set => {
                let more = wanted.iter().filter(|item| !live.contains(item));
                Value::Array(live.iter().chain(more).cloned().collect())
            }
            _ => in_order(live, wanted, shape),
        },
        _ => wanted.clone(),
    }
}

/// A list in order is replaced as a whole. What the API server fills into the items of Kubernetes' own kinds is
/// known; into those of custom kinds it is not, so there it is kept in items that stand at the same place.
fn in_order(live: &[Value], wanted: &[Value], shape: Shape<'_>) -> Value {
    if matches!(shape, Shape::Ordered(_)) || live.len() != wanted.len() {
        return Value::Array(wanted.to_vec());
    }
    let item = |(live, wanted)| merge(live, wanted, &Value::Null, shape.item());
    Value::Array(live.iter().zip(wanted).map(item).collect())
}

fn by_keys(live: &[Value], wanted: &[Value], before: &Value, keys: &[&str], item: Shape<'_>) -> Vec<Value> {
    let same = |one: &Value, two: &Value| {
        keys.iter().all(|key| one.get(*key) == two.get(*key) || one.get(*key).is_none() || two.get(*key).is_none())
    };
    let applied = before.as_array().map(Vec::as_slice).unwrap_or_default();
    let merged = wanted.iter().map(|wanted| match live.iter().find(|live| same(live, wanted)) {
        Some(live) => {
            let before = applied.iter().find(|before| same(before, wanted)).unwrap_or(&Value::Null);
            merge(live, wanted, before, item)
        }
        None => wanted.clone(),
    });
    let was_applied = |one: &&Value| applied.iter().any(|before| same(before, one));
    let others = live.iter().filter(|live| !wanted.iter().any(|wanted| same(live, wanted)));
    merged.chain(others.filter(|live| !was_applied(live)).cloned()).collect()
}
