//! `--why`: the keys of the configuration that the new value of each change comes from.

use std::collections::{BTreeMap, HashMap};

use super::side::Side;
use crate::cli::Common;
use crate::commands::{Workspace, configuration_failure, output_folder};
use crate::config::{self, Configuration};
use crate::diff::{Change, Diff, Op, ResourceDiff};
use crate::effects;
use crate::error::Failure;
use crate::provenance::{Documents, How, Leaf, Leaves, Map, Origin, Parts};
use crate::report::Reason;
use crate::tree::ResourceId;

/// Most keys that are told for one change.
const MOST_REASONS: usize = 5;

/// Reasons by resource and path.
pub(super) type Reasons = HashMap<(ResourceId, String), Vec<Reason>>;

/// What the leaves of a configuration said, by path.
type Before = HashMap<String, String>;

/// The reasons of every change. The right side must be made from a configuration; where the left is too, keys
/// that say the same on both sides are no reason.
pub(super) fn reasons(common: &Common, (left, right): (&Side, &Side), diff: &Diff) -> Result<Reasons, Failure> {
    let (file, configuration, out) = configuration(common, right)?;
    let before = before(common, left);
    let failure = |problems| configuration_failure(common, configuration.located(problems));
    let leaves = Leaves::of(&configuration);
    let mut reasons = Reasons::new();
    let mut open: BTreeMap<&ResourceId, &ResourceDiff> = BTreeMap::new();
    open.extend(diff.resources.iter().filter(|one| !one.changes.is_empty()).map(|one| (&one.id, one)));
    let environment = Parts { environment: true, cluster: false, compose: false };
    let cluster = Parts { environment: false, cluster: true, compose: false };
    let all = configuration.platforms.iter().map(|platform| (platform, environment));
    for (platform, parts) in all.chain(configuration.platforms.first().map(|platform| (platform, cluster))) {
        if open.is_empty() {
            break;
        }
        let documents = Documents::of(&configuration, &out, platform, parts).map_err(failure)?;
        let here: Vec<_> = documents.iter().filter_map(|one| Some((one, open.remove(&one.id)?))).collect();
        if here.is_empty() {
            continue;
        }
        let name = &platform.scope.environment;
        let which: Vec<&Leaf> =
            if parts.cluster { leaves.all.iter().collect() } else { leaves.of_environment(name).collect() };
        let map = Map::of(&documents, &leaves, which.into_iter());
        for (document, resource) in here {
            for change in &resource.changes {
                let found = changed(leaves_of(&map, document, change), before.as_ref());
                let told = found.iter().take(MOST_REASONS).map(|leaf| reason(leaf, &file, before.as_ref()));
                reasons.insert((resource.id.clone(), change.path.to_string()), told.collect());
            }
        }
    }
    Ok(reasons)
}

/// The configuration of a side: its file's name, what it says, and the folder of its manifests.
fn configuration(common: &Common, side: &Side) -> Result<(String, Configuration, String), Failure> {
    match side {
        Side::Platform(file) => {
            let Workspace { configuration, out, .. } = Workspace::open(common)?;
            Ok((file.clone(), configuration, out))
        }
        Side::Revision { name, .. } => {
            let file = format!("{name}:{}", common.config);
            let text = effects::text_at(&super::side::root(common), name, &common.config)?;
            let configuration =
                config::load(&text).map_err(|problems| Failure::Configuration { file: file.clone(), problems })?;
            Ok((file, configuration, output_folder(common.manifests())?))
        }
        _ => Err(Failure::usage(
            format!("--why needs a right side that is made from {0}, and {side} is not", common.config),
            format!("compare with `{}` or with a revision", common.config),
        )),
    }
}

/// What the left side's configuration said; none where it has none, or one of another time's format.
fn before(common: &Common, left: &Side) -> Option<Before> {
    let (_, configuration, _) = match left {
        Side::Revision { .. } => configuration(common, left).ok()?,
        _ => return None,
    };
    let leaves = Leaves::of(&configuration);
    Some(leaves.all.into_iter().map(|leaf| (leaf.path.to_string(), leaf.value)).collect())
}

/// Of the leaves that decide a value, those that say something else than before; all, where none does.
fn changed<'m>(leaves: Vec<&'m Leaf>, before: Option<&Before>) -> Vec<&'m Leaf> {
    let Some(before) = before else { return leaves };
    let is_changed = |leaf: &&&Leaf| before.get(&leaf.path.to_string()) != Some(&leaf.value);
    let found: Vec<&Leaf> = leaves.iter().filter(is_changed).copied().collect();
    if found.is_empty() { leaves } else { found }
}

/// The leaves that decide the new value of a change; of a field that goes, those that would bring it back.
fn leaves_of<'m>(map: &'m Map<'_>, document: &crate::tree::Document, change: &Change) -> Vec<&'m Leaf> {
    let is_told = |leaf: &Leaf| matches!(leaf.origin, Origin::Written | Origin::Default);
    let mut found: Vec<&Leaf> = Vec::new();
    if change.op == Op::Remove {
        let path = change.path.to_string();
        let brings = |how, field: &crate::tree::FieldPath| how == How::Appears && field.to_string() == path;
        let all = map.effects.iter().filter(|(_, effect)| {
            effect.moves().iter().any(|one| one.resource == document.id && brings(one.how, &one.field))
        });
        found.extend(all.map(|(leaf, _)| *leaf));
        return found;
    }
    let Some((value, path)) = change.path.in_right().find(&document.value) else { return found };
    // Manifests that somebody changed by hand come from no key.
    if !change.masked && change.op != Op::Order && change.right.as_ref() != Some(value) {
        return found;
    }
    let sources = map.sources(&document.id, &path);
    for wanted in [How::Changes, How::Vanishes] {
        for source in sources.iter().filter(|source| source.how == wanted && is_told(source.leaf)) {
            if !found.contains(&source.leaf) {
                found.push(source.leaf);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn reason(leaf: &Leaf, file: &str, before: Option<&Before>) -> Reason {
    let default = if leaf.origin == Origin::Default { " (default)" } else { "" };
    let was = before.and_then(|before| before.get(&leaf.path.to_string())).filter(|was| **was != leaf.value);
    Reason {
        key: leaf.path.to_string(),
        value: format!("{}{default}", leaf.value),
        was: was.cloned(),
        place: format!("{file}:{}:{}", leaf.at.line, leaf.at.column),
    }
}
