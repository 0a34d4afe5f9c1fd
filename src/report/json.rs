//! A difference for programs. These structs are the format; they only ever grow.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::View;
use crate::diff::{Change, Class, Diff, Op, Path, PathStep, ResourceDiff, Sides, Tier, Verb};
use crate::tree::ResourceId;

/// A whole difference.
#[derive(Debug, Serialize)]
pub struct DiffJson<'d> {
    left: &'d str,
    right: &'d str,
    summary: Summary,
    notes: &'d [String],
    resources: Vec<Resource<'d>>,
}

#[derive(Debug, Serialize)]
struct Summary {
    same: usize,
    created: usize,
    removed: usize,
    changed: usize,
    renamed: usize,
    /// How many resources have each class as their worst.
    classes: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Serialize)]
struct Resource<'d> {
    verb: &'static str,
    #[serde(flatten)]
    id: Id<'d>,
    /// The identity that a renamed resource had.
    was: Option<Id<'d>>,
    files: Files<'d>,
    class: &'static str,
    advice: Option<&'d str>,
    /// How a cluster was asked: `dry-run` or `read-only`.
    tier: Option<&'static str>,
    /// A removed resource.
    left: Option<&'d Value>,
    /// A created resource.
    right: Option<&'d Value>,
    changes: Vec<ChangeJson<'d>>,
}

#[derive(Debug, Serialize)]
struct Id<'d> {
    group: &'d str,
    kind: &'d str,
    namespace: Option<&'d str>,
    name: &'d str,
}

#[derive(Debug, Serialize)]
struct Files<'d> {
    left: Option<&'d str>,
    right: Option<&'d str>,
}

#[derive(Debug, Serialize)]
struct ChangeJson<'d> {
    /// For people.
    path: String,
    /// For programs.
    steps: Vec<StepJson<'d>>,
    op: &'static str,
    left: Option<&'d Value>,
    right: Option<&'d Value>,
    /// Whether something in the values is `{"masked": "fingerprint"}`, or a line of them `(masked fingerprint)`.
    masked: bool,
    class: &'static str,
    note: Option<&'static str>,
    /// Keys of the configuration that the new value comes from.
    why: Vec<ReasonJson>,
}

/// One step: `{"key": "spec"}`, `{"item": {"name": "api"}, "index": {..}}` or `{"index": {"left": 0, "right": 1}}`.
#[derive(Debug, Serialize)]
struct StepJson<'d> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<BTreeMap<&'d str, &'d Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<SidesJson>,
}

#[derive(Debug, Serialize)]
struct SidesJson {
    left: Option<usize>,
    right: Option<usize>,
}

#[derive(Debug, Serialize)]
struct ReasonJson {
    key: String,
    value: String,
    was: Option<String>,
    place: String,
}

impl<'d> DiffJson<'d> {
    /// The form of a difference.
    #[must_use]
    pub fn of(diff: &'d Diff, view: &View<'d>) -> Self {
        let summary = Summary {
            same: diff.same,
            created: diff.count(Verb::Created),
            removed: diff.count(Verb::Removed),
            changed: diff.count(Verb::Changed),
            renamed: diff.count(Verb::Renamed),
            classes: Class::ALL.map(|class| (class.id(), diff.of_class(class).count())).into(),
        };
        let resources = diff.resources.iter().map(|resource| Resource::of(resource, view)).collect();
        Self { left: view.left, right: view.right, summary, notes: &diff.notes, resources }
    }
}

impl<'d> Resource<'d> {
    fn of(resource: &'d ResourceDiff, view: &View<'d>) -> Self {
        Self {
            verb: resource.verb.name(),
            id: Id::of(&resource.id),
            was: resource.was.as_ref().map(Id::of),
            files: Files { left: resource.left_file.as_deref(), right: resource.right_file.as_deref() },
            class: resource.class.id(),
            advice: resource.advice.as_deref(),
            tier: resource.tier.map(Tier::id),
            left: resource.left.as_ref(),
            right: resource.right.as_ref(),
            changes: resource.changes.iter().map(|change| ChangeJson::of(change, resource, view)).collect(),
        }
    }
}

impl<'d> Id<'d> {
    fn of(id: &'d ResourceId) -> Self {
        Self { group: &id.group, kind: &id.kind, namespace: id.namespace.as_deref(), name: &id.name }
    }
}

impl<'d> ChangeJson<'d> {
    fn of(change: &'d Change, resource: &ResourceDiff, view: &View<'_>) -> Self {
        let why = (view.why)(resource, change);
        Self {
            path: change.path.to_string(),
            steps: steps(&change.path),
            op: match change.op {
                Op::Set => "set",
                Op::Add => "add",
                Op::Remove => "remove",
                Op::Order => "order",
            },
            left: change.left.as_ref(),
            right: change.right.as_ref(),
            masked: change.masked,
            class: change.class.id(),
            note: change.note,
            why: why
                .into_iter()
                .map(|reason| ReasonJson { key: reason.key, value: reason.value, was: reason.was, place: reason.place })
                .collect(),
        }
    }
}

fn steps(path: &Path) -> Vec<StepJson<'_>> {
    path.0.iter().map(StepJson::of).collect()
}

impl<'d> StepJson<'d> {
    fn of(step: &'d PathStep) -> Self {
        let sides = |at: &Sides| Some(SidesJson { left: at.left, right: at.right });
        match step {
            PathStep::Key(key) => Self { key: Some(key), item: None, index: None },
            PathStep::Item { keys, at } => {
                let item = keys.iter().map(|(key, value)| (key.as_str(), value)).collect();
                Self { key: None, item: Some(item), index: sides(at) }
            }
            PathStep::Index(at) => Self { key: None, item: None, index: sides(at) },
        }
    }
}
