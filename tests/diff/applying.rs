//! Applying the JSON form of a difference, as its documentation says: a reader that knows nothing else.

use ahuora::diff::Diff;
use ahuora::report::{DiffJson, View};
use serde_json::{Map, Value};

/// The JSON form.
pub(crate) fn json(diff: &Diff) -> Value {
    let view = View { left: "a", right: "b", context: 3, why: &|_, _| Vec::new(), command: "c" };
    serde_json::to_value(DiffJson::of(diff, &view)).expect("JSON")
}

/// The resource with all changes made.
pub(crate) fn apply(resource: &Value, changes: &[Value]) -> Value {
    let mut resource = resource.clone();
    let steps = |change: &Value| change["steps"].as_array().expect("steps").clone();
    // Values that stay change first; then items go, from the end; then items come, from the start.
    let is_item = |change: &Value| steps(change).last().is_some_and(|step| step.get("index").is_some());
    let of = |op: &str, item: bool| {
        let wanted = |change: &&Value| change["op"] == op && is_item(change) == item;
        changes.iter().filter(wanted).cloned().collect::<Vec<_>>()
    };
    for change in [of("set", false), of("set", true), of("add", false), of("remove", false)].concat() {
        put(&mut resource, &steps(&change), change.get("right").filter(|value| !value.is_null()), false);
    }
    let mut gone = of("remove", true);
    gone.sort_by_key(|change| std::cmp::Reverse((steps(change).len(), last(change, "left"))));
    for change in gone {
        put(&mut resource, &steps(&change), None, false);
    }
    let mut new = of("add", true);
    new.sort_by_key(|change| last(change, "right"));
    for change in new {
        put(&mut resource, &steps(&change), Some(&change["right"]), true);
    }
    for change in of("order", false) {
        reorder(&mut resource, &steps(&change), &change["right"]);
    }
    resource
}

fn last(change: &Value, side: &str) -> u64 {
    change["steps"].as_array().and_then(|steps| steps.last()).and_then(|step| step["index"][side].as_u64()).unwrap_or(0)
}

/// The child that a step leads to, by what stands on the left; mappings are made on the way.
fn child<'v>(value: &'v mut Value, step: &Value) -> &'v mut Value {
    if let Some(key) = step.get("key").and_then(Value::as_str) {
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        return value.as_object_mut().expect("a mapping").entry(key).or_insert(Value::Null);
    }
    let index = step["index"]["left"].as_u64().expect("an item that stays") as usize;
    &mut value[index]
}

fn put(value: &mut Value, steps: &[Value], new: Option<&Value>, insert: bool) {
    let Some((first, rest)) = steps.split_first() else {
        if let Some(new) = new {
            *value = new.clone();
        }
        return;
    };
    if !rest.is_empty() {
        return put(child(value, first), rest, new, insert);
    }
    match (first.get("key").and_then(Value::as_str), new) {
        (Some(key), None) => drop(value.as_object_mut().map(|map| map.remove(key))),
        (Some(_), Some(new)) => *child(value, first) = new.clone(),
        (None, None) => {
            value.as_array_mut().expect("a list").remove(first["index"]["left"].as_u64().expect("a place") as usize);
        }
        (None, Some(new)) if insert => {
            let list = value.as_array_mut().expect("a list");
            let at = (first["index"]["right"].as_u64().expect("a place") as usize).min(list.len());
            list.insert(at, new.clone());
        }
        (None, Some(new)) => *child(value, first) = new.clone(),
    }
}

fn reorder(value: &mut Value, steps: &[Value], order: &Value) {
    let mut list = value;
    for step in steps {
        list = child(list, step);
    }
    let items = list.as_array().expect("a list").clone();
    let place = |item: &Value| {
        let fits = |keys: &Value| {
            keys.as_object()
                .expect("keys")
                .iter()
                .all(|(key, wanted)| item.get(key).is_none_or(|value| value == wanted))
        };
        order.as_array().expect("an order").iter().position(fits).unwrap_or(usize::MAX)
    };
    let mut sorted = items;
    sorted.sort_by_key(place);
    *list = Value::Array(sorted);
}
