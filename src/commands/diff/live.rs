//! A comparison with the cluster: it is asked about each resource that the other side has.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::side::Side;
use super::unreadable;
use crate::cli::{Common, DiffArgs};
use crate::diff::{self, Definitions, Diff, Options, Tier};
use crate::effects::cluster::{self, Answer, DryRun, Live};
use crate::error::Failure;
use crate::tree::{Document, ResourceId, text};

/// Labels by which our resources are known.
const OURS: [&str; 2] = ["app.kubernetes.io/managed-by", "app.kubernetes.io/part-of"];

/// What changes on the cluster, or with the cluster on the right, what it has that the other side does not.
pub(super) fn compared(
    common: &Common,
    arguments: &DiffArgs,
    (left, right): (&Side, &Side),
    options: &Options,
) -> Result<Diff, Failure> {
    let (other, mirrored) = if matches!(left, Side::Cluster) { (right, false) } else { (left, true) };
    let mut notes = Vec::new();
    let sources = other.sources(common, &mut notes)?;
    let read = diff::read(&sources, &[], true).map_err(unreadable)?;
    let wanted: Vec<Document> = read.left.into_iter().filter(|document| options.choose(&document.id)).collect();
    let values: Vec<Value> = wanted.iter().map(|document| Value::clone(&document.value)).collect();
    let ask = ask_options(arguments, &wanted, other);
    let (cluster, answers, extra) = cluster::ask(&values, &ask)?;
    let mut sides = Sides { managers: ask.managers, ..Sides::default() };
    for (document, answer) in wanted.into_iter().zip(answers) {
        sides.add(document, answer, &read.definitions);
    }
    sides.live.extend(extra.into_iter().map(|value| live_document(&cluster.name, value)));
    let Sides { live, wanted, tiers, notes: found, .. } = sides;
    let both = if mirrored { (wanted, live) } else { (live, wanted) };
    let mut diff = diff::compare(both, 0, &read.definitions, options);
    for resource in &mut diff.resources {
        resource.tier = tiers.get(&resource.id).copied();
    }
    let count = |wanted| tiers.values().filter(|tier| **tier == wanted).count();
    let asked = format!(
        "{} with Kubernetes {}: {} resources by a dry run of the API server, {} by laying what is wanted over what is there",
        cluster.name,
        cluster.version,
        count(Tier::DryRun),
        count(Tier::ReadOnly),
    );
    let all = notes.into_iter().chain([asked]).chain(read.notes).chain(found).chain(cluster.notes).chain(diff.notes);
    diff.notes = all.collect();
    Ok(diff)
}

fn ask_options(arguments: &DiffArgs, wanted: &[Document], other: &Side) -> cluster::Options {
    let defaults = cluster::Options::default();
    let label = |key: &str| {
        let labels =
            wanted.iter().filter_map(|document| document.value.pointer("/metadata/labels")?.get(key)?.as_str());
        labels.map(|value| (key.to_owned(), value.to_owned())).next()
    };
    // What others wrote may carry any label: of theirs, nothing is taken for unwanted.
    let is_ours = matches!(other, Side::Platform(_) | Side::Disk(_) | Side::Revision { .. });
    let labels = if is_ours { OURS.iter().filter_map(|key| label(key)).collect() } else { Vec::new() };
    let application = |document: &Document| {
        let (name, path) = match document.id.kind.as_str() {
            "Application" => (document.id.name.as_str(), "/spec/source/path"),
            "ApplicationSet" => {
                (text(&document.value, "/spec/template/metadata/name"), "/spec/template/spec/source/path")
            }
            _ => return None,
        };
        (!text(&document.value, path).is_empty()).then(|| name.to_owned())
    };
    let applications = wanted.iter().filter_map(application);
    cluster::Options {
        context: arguments.kube_context.clone(),
        read_only: arguments.read_only,
        managers: arguments.field_manager.clone().map_or(defaults.managers, |one| vec![one]),
        applications: applications.collect(),
        labels,
    }
}

fn live_document(cluster: &str, value: Value) -> Document {
    Document { path: cluster.to_owned(), id: ResourceId::of(&value), value: value.into() }
}

/// Both sides, as they fill.
#[derive(Default)]
struct Sides {
    /// As whom an apply would be done.
    managers: Vec<String>,
    live: Vec<Document>,
    wanted: Vec<Document>,
    tiers: HashMap<ResourceId, Tier>,
    notes: Vec<String>,
}

impl Sides {
    fn add(&mut self, document: Document, answer: Answer, definitions: &Definitions) {
        let id = document.id.clone();
        let live = match answer.live {
            Live::Found(live) => Some(live),
            Live::Absent => None,
            Live::NoKind => {
                self.notes
                    .push(format!("{id}: the cluster does not know this kind yet: its definition must come first"));
                None
            }
            Live::Unknown(why) => {
                self.notes.push(format!("{id}: not compared, it could not be read: {why}"));
                return;
            }
        };
        let merged = |live: &Option<Value>, wanted: &Value| {
            live.as_ref()
                .map_or_else(|| wanted.clone(), |live| diff::overlay(live, wanted, &self.managers, definitions))
        };
        let (value, tier) = match answer.dry_run {
            // What is new is told as it is wanted, without all that the API server fills in.
            DryRun::Would(would) => {
                (if live.is_some() { would.into() } else { Arc::clone(&document.value) }, Tier::DryRun)
            }
            DryRun::Refused(refusal) => {
                self.notes.push(format!("{id}: the API server refuses it: {}", refusal.message));
                (merged(&live, &document.value).into(), Tier::ReadOnly)
            }
            DryRun::NotPermitted(_) | DryRun::NotPossible(_) => (merged(&live, &document.value).into(), Tier::ReadOnly),
        };
        self.tiers.insert(id, tier);
        self.live.extend(live.map(|live| Document { value: live.into(), ..document.clone() }));
        self.wanted.push(Document { value, ..document });
    }
}
