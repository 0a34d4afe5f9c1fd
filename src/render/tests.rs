//! A variant is judged as if it were alone.

use serde_json::{Value, json};

use super::{Environment, environment};
use crate::check;
use crate::config::load;
use crate::parallel;
use crate::tree::Document;

const PLATFORM: &str = include_str!("../../platform.yaml");

/// Every place of a value, from the outside in.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut below = |key: &str, value: &Value| {
        let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(place.clone());
        places(value, &place, found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| below(&index.to_string(), value)),
        _ => {}
    }
}

/// A value without what stands at a place, and with something else there.
fn changed(value: &Value, place: &str) -> Vec<Value> {
    let (above, last) = place.rsplit_once('/').expect("a place");
    let last = last.replace("~1", "/").replace("~0", "~");
    let mut without = value.clone();
    match without.pointer_mut(above) {
        Some(Value::Object(fields)) => drop(fields.remove(&last)),
        Some(Value::Array(items)) => drop(items.remove(last.parse().expect("an index"))),
        _ => panic!("nothing stands at {place}"),
    }
    let mut all = vec![without];
    let old = value.pointer(place).expect("a value");
    if !old.is_object() && !old.is_array() {
        let mut with = value.clone();
        *with.pointer_mut(place).expect("a value") = if old.is_string() { json!("other") } else { json!(1) };
        all.push(with);
    }
    all
}

#[test]
fn no_rule_reads_what_it_does_not_say() {
    let configuration = load(PLATFORM).expect("a valid platform");
    let base = environment(configuration.platform("production").expect("it")).expect("no patches");
    let checked = check::environment(&base);
    let documents: Vec<&Document> = base.documents().collect();
    let counts = parallel::map(&documents, |document| {
        let (mut all, mut wrong) = (Vec::new(), 0);
        places(&document.value, "", &mut all);
        for place in all {
            for value in changed(&document.value, &place) {
                let variant: Environment = base.with_value(document, &value);
                let alone = check::environment(&variant);
                let again = check::again(&variant, &checked);
                assert_eq!(again, alone, "{}{place} is read by a rule that does not say so", document.path);
                wrong += usize::from(alone != checked);
            }
        }
        wrong
    });
    assert!(counts.into_iter().sum::<usize>() > 100, "changes that matter must be among them");
}
