//! Comparing two texts, and telling the outcome in a line for each change.

use ahuora::diff::{Change, Diff, Key, Op, Options, Read, Selector, Source, Verb, compare, read};
use serde_json::Value;

/// How the two sides are compared.
pub(crate) fn options(cluster: bool, only: &[&str]) -> Options {
    let only = only.iter().map(|text| Selector::parse(text).expect("a selector")).collect();
    Options { cluster, key: Key::new("a key of this test"), only }
}

/// The difference of two texts, as committed manifests are compared.
pub(crate) fn diff(left: &str, right: &str) -> Diff {
    diff_with(left, right, &options(false, &[]))
}

/// As [`diff`], the way it is asked.
pub(crate) fn diff_with(left: &str, right: &str, options: &Options) -> Diff {
    let source = |path: &str, text: &str| vec![Source { path: path.to_owned(), text: text.to_owned() }];
    let read = read(&source("left.yaml", left), &source("right.yaml", right), true).expect("readable manifests");
    let Read { left, right, same, definitions, notes } = read;
    let mut diff = compare((left, right), same, &definitions, options);
    diff.notes.extend(notes);
    diff
}

/// Each change of the one resource that differs: `~ path: left -> right (class)`.
pub(crate) fn told(left: &str, right: &str) -> Vec<String> {
    tell(&diff(left, right))
}

/// As [`told`], compared with what a cluster holds.
pub(crate) fn told_of_cluster(left: &str, right: &str) -> Vec<String> {
    tell(&diff_with(left, right, &options(true, &[])))
}

/// The changes of all resources; a created, removed or renamed one is a line of its own.
pub(crate) fn tell(diff: &Diff) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &diff.resources {
        let class = resource.class.id();
        match (resource.verb, &resource.was) {
            (Verb::Created, _) => lines.push(format!("created {} ({class})", resource.id)),
            (Verb::Removed, _) => lines.push(format!("removed {} ({class})", resource.id)),
            (Verb::Renamed, Some(was)) => lines.push(format!("renamed {was} -> {} ({class})", resource.id)),
            _ => {}
        }
        lines.extend(resource.changes.iter().map(tell_change));
    }
    lines
}

fn tell_change(change: &Change) -> String {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
    let (left, right) = (text(&change.left), text(&change.right));
    let what = match change.op {
        Op::Set => format!("~ {}: {left} -> {right}", change.path),
        Op::Add => format!("+ {}: {right}", change.path),
        Op::Remove => format!("- {}: {left}", change.path),
        Op::Order => format!("order {}: {left} -> {right}", change.path),
    };
    format!("{what} ({})", change.class.id())
}

/// A Deployment whose only container is given, with more of its pod.
pub(crate) fn deployment(container: &str, pod: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: api}}, spec: {{template: {{spec: {{\
         containers: [{{name: api, {container}}}], {pod}}}}}}}}}"
    )
}

/// A resource with a `spec`.
pub(crate) fn resource(version: &str, kind: &str, spec: &str) -> String {
    format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a, namespace: ns}}, spec: {spec}}}")
}
