//! Which fields differ between two values of a resource, lists aligned item by item.

use serde_json::Value;

use crate::tree::{FieldPath, Step};

/// How a field moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// It has another value.
    Changes,
    /// It is gone, with everything below it.
    Vanishes,
    /// It is new.
    Appears,
}

/// Keys that name an item of a list.
const NAMES: [&str; 8] = ["name", "mountPath", "key", "containerPort", "host", "path", "namespace", "type"];

/// The fields that differ: paths by keys and indexes of what was, and of what is new.
pub(super) fn differences(before: &Value, after: &Value) -> Vec<(FieldPath, How)> {
    let mut found = Vec::new();
    walk(before, after, &mut Vec::new(), &mut found);
    found
}

fn walk(before: &Value, after: &Value, at: &mut Vec<Step>, found: &mut Vec<(FieldPath, How)>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if !old.is_empty() && !new.is_empty() => {
            for (key, value) in old {
                within(Step::Key(key.clone()), Some(value), new.get(key), at, found);
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                within(Step::Key(key.clone()), None, Some(value), at, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if !old.is_empty() && !new.is_empty() => {
            for (one, other) in pairs(old, new) {
                let Some(index) = one.or(other) else { continue };
                let (old, new) = (one.and_then(|one| old.get(one)), other.and_then(|other| new.get(other)));
                within(Step::Index(index), old, new, at, found);
            }
        }
        _ => found.push((FieldPath(at.clone()), How::Changes)),
    }
}

fn within(
    step: Step,
    before: Option<&Value>,
    after: Option<&Value>,
    at: &mut Vec<Step>,
    found: &mut Vec<(FieldPath, How)>,
) {
    at.push(step);
    match (before, after) {
        (Some(before), Some(after)) => walk(before, after, at, found),
        (Some(_), None) => found.push((FieldPath(at.clone()), How::Vanishes)),
        (None, _) => found.push((FieldPath(at.clone()), How::Appears)),
    }
    at.pop();
}

/// Which item became which: by name where items have one, else in order, equal beginnings and ends apart.
fn pairs(old: &[Value], new: &[Value]) -> Vec<(Option<usize>, Option<usize>)> {
    let shorter = old.len().min(new.len());
    let start = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let end = old.iter().rev().zip(new.iter().rev()).take(shorter - start).take_while(|(one, other)| one == other);
    let end = end.count();
    let (old_rest, new_rest): (Vec<usize>, Vec<usize>) =
        ((start..old.len() - end).collect(), (start..new.len() - end).collect());
    let mut paired = Vec::new();
    let mut free = new_rest;
    let mut alone = Vec::new();
    for one in old_rest {
        let same = |other: &usize| old.get(one).zip(new.get(*other)).is_some_and(|(one, other)| same_name(one, other));
        match free.iter().position(same) {
            Some(at) => paired.push((Some(one), Some(free.remove(at)))),
            None => alone.push(one),
        }
    }
    // Items without a partner of the same name: renamed, in their order; the rest came or went.
    let renamed = alone.len().min(free.len());
    paired.extend(alone.iter().zip(&free).map(|(one, other)| (Some(*one), Some(*other))));
    paired.extend(alone.iter().skip(renamed).map(|one| (Some(*one), None)));
    paired.extend(free.iter().skip(renamed).map(|other| (None, Some(*other))));
    paired
}

fn same_name(one: &Value, other: &Value) -> bool {
    name(one).is_some_and(|found| Some(found) == name(other))
}

/// The key and value by which people know an item of a list.
fn name(item: &Value) -> Option<(&'static str, &Value)> {
    NAMES
        .into_iter()
        .find_map(|key| item.get(key).filter(|value| value.is_string() || value.is_number()).map(|value| (key, value)))
}

/// The path as people read it: items of lists by their name, where only one has it.
#[must_use]
pub fn readable(path: &FieldPath, document: &Value) -> FieldPath {
    let mut here = Some(document);
    let step = |step: &Step| {
        let list = here;
        here = match step {
            Step::Key(key) => here.and_then(|value| value.get(key)),
            Step::Index(index) => here.and_then(|value| value.get(index)),
            Step::Item(_) => None,
        };
        let items = list.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        match (step, here.and_then(name)) {
            (Step::Index(_), Some((key, value)))
                if items.iter().filter(|item| item.get(key) == Some(value)).count() == 1 =>
            {
                Step::Item(vec![(key.to_owned(), value.clone())])
            }
            _ => step.clone(),
        }
    };
    FieldPath(path.0.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn moved(before: &Value, after: &Value) -> Vec<String> {
        let found = differences(before, after);
        let shown = |how: How| if how == How::Appears { after } else { before };
        found.iter().map(|(path, how)| format!("{how:?} {}", readable(path, shown(*how)))).collect()
    }

    #[test]
    fn what_shifts_does_not_move() {
        let before =
            json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]});
        let without = json!({"env": [{"name": "B", "value": "2"}, {"name": "C", "value": "4"}]});
        assert_eq!(moved(&before, &without), ["Changes env[name=C].value", "Vanishes env[name=A]"]);
        let renamed =
            json!({"env": [{"name": "A", "value": "1"}, {"name": "X", "value": "2"}, {"name": "C", "value": "3"}]});
        assert_eq!(moved(&before, &renamed), ["Changes env[name=B].name"]);
        let more = json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "N"}, {"name": "C", "value": "3"}]});
        assert_eq!(moved(&before, &more), ["Appears env[name=N]"]);
    }

    #[test]
    fn lists_of_texts_keep_their_equal_ends() {
        let before = json!({"args": ["a", "b", "c", "d"], "empty": []});
        assert_eq!(moved(&before, &json!({"args": ["a", "c", "d"], "empty": []})), ["Vanishes args[1]"]);
        assert_eq!(moved(&before, &json!({"args": ["a", "x", "c", "d"], "empty": []})), ["Changes args[1]"]);
        assert_eq!(moved(&before, &json!({"args": ["a", "b", "c", "d"], "empty": ["x"]})), ["Changes empty"]);
        assert_eq!(moved(&before, &json!({"args": ["a", "b", "c", "d"]})), ["Vanishes empty"]);
    }
}
