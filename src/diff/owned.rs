//! Fields that a server-side apply takes away: the ones that its manager applied and no longer wants. Objects
//! say in `metadata.managedFields` who applied which of their fields.

use serde_json::{Map, Value};

use crate::tree::list;

/// Takes out of an object what the first of the managers that has applied the live one no longer wants.
pub(super) fn drop_unwanted(result: &mut Value, live: &Value, wanted: &Value, managers: &[String]) {
    let entries = list(live, "/metadata/managedFields");
    let is_applied_by = |entry: &Value, manager: &str| {
        entry.get("operation").and_then(Value::as_str) == Some("Apply")
            && entry.get("manager").and_then(Value::as_str) == Some(manager)
    };
    let found = managers.iter().find_map(|manager| entries.iter().position(|entry| is_applied_by(entry, manager)));
    let Some(own) = found else { return };
    let fields = |entry: &'_ Value| entry.get("fieldsV1").cloned();
    let others: Vec<Value> =
        entries.iter().enumerate().filter(|(index, _)| *index != own).filter_map(|(_, entry)| fields(entry)).collect();
    if let Some(own) = entries.get(own).and_then(fields) {
        level(result, &own, &others.iter().collect::<Vec<_>>(), Some(wanted));
    }
}

/// One level of fields; `others` are the same level of other managers.
fn level(value: &mut Value, own: &Value, others: &[&Value], wanted: Option<&Value>) {
    for (key, inside) in own.as_object().into_iter().flatten().filter(|(key, _)| *key != ".") {
        let theirs: Vec<&Value> = others.iter().filter_map(|other| other.get(key)).collect();
        match key.split_once(':') {
            Some(("f", name)) => field(value, name, inside, &theirs, wanted),
            Some(("k", keys)) => item(value, keys, inside, &theirs, wanted),
            Some(("v", text)) => member(value, text, &theirs, wanted),
            _ => {}
        }
    }
}

fn field(value: &mut Value, name: &str, inside: &Value, theirs: &[&Value], wanted: Option<&Value>) {
    let wanted = wanted.and_then(|wanted| wanted.get(name));
    let Some(map) = value.as_object_mut() else { return };
    if wanted.is_none() && theirs.is_empty() {
        map.remove(name);
    } else if let Some(value) = map.get_mut(name) {
        level(value, inside, theirs, wanted);
    }
}

fn item(value: &mut Value, keys: &str, inside: &Value, theirs: &[&Value], wanted: Option<&Value>) {
    let Ok(keys) = serde_json::from_str::<Map<String, Value>>(keys) else { return };
    // A key with a default may be absent from what is wanted.
    let fits = |item: &Value| keys.iter().all(|(key, value)| item.get(key).is_none_or(|found| found == value));
    let wanted = wanted.and_then(Value::as_array).and_then(|items| items.iter().find(|item| fits(item)));
    let Some(items) = value.as_array_mut() else { return };
    let Some(at) = items.iter().position(fits) else { return };
    if wanted.is_none() && theirs.is_empty() {
        items.remove(at);
    } else if let Some(value) = items.get_mut(at) {
        level(value, inside, theirs, wanted);
    }
}

/// A member of a set.
fn member(value: &mut Value, text: &str, theirs: &[&Value], wanted: Option<&Value>) {
    let Ok(member) = serde_json::from_str::<Value>(text) else { return };
    let is_wanted = wanted.and_then(Value::as_array).is_some_and(|items| items.contains(&member));
    if let Some(items) = value.as_array_mut().filter(|_| !is_wanted && theirs.is_empty()) {
        items.retain(|item| *item != member);
    }
}
