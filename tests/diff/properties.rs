//! What holds of every pair of resources.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::applying::{apply, json as form};
use crate::told::{diff, tell};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-c]{1,2}".prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(json!("one\ntwo\n")),
    ]
}

/// Anything, as under a custom kind.
fn anything() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..5).prop_map(Value::from),
            prop::collection::btree_map("[a-d]", inner, 1..4).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

fn named(values: Vec<(String, Value)>, key: &str) -> Value {
    let mut known = std::collections::BTreeSet::new();
    let items = values.into_iter().filter(|(name, _)| known.insert(name.clone()));
    Value::Array(items.map(|(name, value)| json!({key: name, "value": value.to_string()})).collect())
}

/// Variables, arguments and CPU of a container.
type Container = (Vec<(String, Value)>, Vec<String>, Option<&'static str>);

/// A Deployment of two containers with lists of every sort.
fn workload() -> impl Strategy<Value = Value> {
    let names = || prop::collection::vec(("[A-D]", scalar()), 0..4);
    let args = || prop::collection::vec("[a-c]", 0..5);
    let container = (names(), args(), prop::option::of(prop_oneof![Just("500m"), Just("0.5"), Just("1")]));
    let labels = prop::collection::btree_map("[a-c]", "[x-z]", 0..3);
    let ports = prop::collection::vec(1..4_u16, 0..3);
    (prop::collection::vec(container, 1..3), labels, ports, 0..3_u8).prop_map(
        |(containers, labels, mut ports, replicas)| {
            ports.sort_unstable();
            ports.dedup();
            let container = |(index, (env, args, cpu)): (usize, Container)| {
                json!({
                    "name": format!("c{index}"),
                    "env": named(env, "name"),
                    "args": args,
                    "ports": ports.iter().map(|port| json!({"containerPort": port})).collect::<Vec<_>>(),
                    "resources": cpu.map_or(json!({}), |cpu| json!({"requests": {"cpu": cpu}})),
                })
            };
            let containers: Vec<Value> = containers.into_iter().enumerate().map(container).collect();
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "labels": labels},
                "spec": {"replicas": replicas, "template": {"spec": {"containers": containers}}},
            })
        },
    )
}

fn custom() -> impl Strategy<Value = Value> {
    anything().prop_map(|spec| json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"of": spec}}))
}

fn resource() -> impl Strategy<Value = Value> {
    prop_oneof![workload(), custom()]
}

/// Two of one kind.
fn pair() -> impl Strategy<Value = (Value, Value)> {
    prop_oneof![(workload(), workload()), (custom(), custom())]
}

/// Every list of mappings that have a name, or a port, in another order.
fn shuffled(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (key.clone(), shuffled(value))).collect()),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(shuffled).collect();
            if items.iter().all(|item| item.get("name").is_some() || item.get("containerPort").is_some()) {
                items.reverse();
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn a_resource_does_not_differ_from_itself(one in resource()) {
        let (pretty, compact) = (serde_json::to_string_pretty(&one).unwrap(), one.to_string());
        prop_assert_eq!(tell(&diff(&pretty, &compact)), Vec::<String>::new());
    }

    #[test]
    fn applying_the_changes_to_the_left_gives_the_right((left, right) in pair()) {
        let found = form(&diff(&left.to_string(), &right.to_string()));
        let changes = found["resources"].as_array().unwrap().first().map(|one| one["changes"].as_array().unwrap().clone());
        let applied = apply(&left, &changes.unwrap_or_default());
        let rest = tell(&diff(&applied.to_string(), &right.to_string()));
        prop_assert!(rest.is_empty(), "{}\n{}\n{}\n{:?}", left, right, found, rest);
    }

    #[test]
    fn the_other_way_round_is_the_mirror((left, right) in pair()) {
        let (forth, back) = (diff(&left.to_string(), &right.to_string()), diff(&right.to_string(), &left.to_string()));
        let values = |diff: &ahuora::diff::Diff, swap: bool| {
            let changes = diff.resources.iter().flat_map(|resource| &resource.changes);
            let mut all: Vec<String> = changes
                .map(|change| if swap { (&change.right, &change.left) } else { (&change.left, &change.right) })
                .map(|(left, right)| format!("{left:?} {right:?}"))
                .collect();
            all.sort();
            all
        };
        prop_assert_eq!(forth.resources.is_empty(), back.resources.is_empty());
        prop_assert_eq!(values(&forth, false), values(&back, true), "{} {}", left, right);
    }

    #[test]
    fn another_order_of_lists_with_keys_changes_no_field(one in workload()) {
        let found = tell(&diff(&one.to_string(), &shuffled(&one).to_string()));
        prop_assert!(found.iter().all(|change| change.starts_with("order ")), "{found:?}");
    }
}
