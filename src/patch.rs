//! The escape hatch: patches on generated resources, refused when they miss or break their target.

use std::collections::BTreeSet;
use std::sync::Arc;

use json_patch::{
    AddOperation, Patch, PatchOperation as JsonOperation, RemoveOperation, ReplaceOperation, TestOperation,
};
use serde_json::Value;

use crate::config::{Configuration, Problem, suggestion};
use crate::manifest::type_errors;
use crate::spec::{JsonPatchSpec, PatchChange, PatchOperation, PatchSpec};
use crate::tree::{Document, ResourceId};
use crate::values::EnvironmentName;

/// Applies the patches meant for an environment, or those meant for none for what belongs to none, in their
/// order; returns the indexes of those that found their target.
pub(crate) fn apply(
    environment: Option<&EnvironmentName>,
    documents: &mut [Document],
    patches: &[PatchSpec],
) -> Result<BTreeSet<usize>, Vec<Problem>> {
    let (mut found, mut problems) = (BTreeSet::new(), Vec::new());
    for (index, patch) in patches.iter().enumerate().filter(|(_, patch)| is_for(patch, environment)) {
        for document in documents.iter_mut().filter(|document| is_target(patch, document)) {
            found.insert(index);
            if let Err(why) = change(Arc::make_mut(&mut document.value), &patch.change, &document.id) {
                let place = environment.map(|name| format!(" of environment `{name}`")).unwrap_or_default();
                let message = format!("cannot patch {}{place}: {why}", document.id);
                problems.push(Problem::new(format!("patches[{index}].change"), message));
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// Patches that no environment had a target for; `known` is every resource that is generated.
pub(crate) fn without_target(
    configuration: &Configuration,
    found: &BTreeSet<usize>,
    known: &BTreeSet<ResourceId>,
) -> Vec<Problem> {
    let patches = configuration.platforms.first().map(|platform| platform.patches.as_slice()).unwrap_or_default();
    let missed = patches.iter().enumerate().filter(|(index, _)| !found.contains(index));
    let problem = |(index, patch): (usize, &PatchSpec)| {
        let (kind, name) = (patch.target.kind.as_str(), patch.target.name.as_str());
        let kinds: BTreeSet<&str> = known.iter().map(|id| id.kind.as_str()).collect();
        // With a kind that exists the name is wrong, else the kind.
        let near = if kinds.contains(kind) {
            let names: Vec<&str> = known.iter().filter(|id| id.kind == kind).map(|id| id.name.as_str()).collect();
            suggestion(name, &names)
        } else {
            suggestion(kind, &kinds.into_iter().collect::<Vec<_>>())
        };
        let message = format!("no {kind} `{name}` is generated for the environments it is meant for{near}");
        Problem::new(format!("patches[{index}].target"), message)
    };
    missed.map(problem).collect()
}

fn is_for(patch: &PatchSpec, environment: Option<&EnvironmentName>) -> bool {
    patch.target.environment.as_ref().is_none_or(|only| Some(only) == environment)
}

fn is_target(patch: &PatchSpec, document: &Document) -> bool {
    patch.target.kind == document.id.kind && patch.target.name.as_str() == document.id.name
}

fn change(value: &mut Value, change: &PatchChange, id: &ResourceId) -> Result<(), String> {
    let blocks: Vec<String> = value.as_object().into_iter().flat_map(|map| map.keys().cloned()).collect();
    match change {
        PatchChange::Merge(patch) => json_patch::merge(value, patch),
        PatchChange::Json(operations) => {
            let operations: Result<Vec<_>, String> = operations.iter().map(operation).collect();
            json_patch::patch(value, &Patch(operations?)).map_err(|error| error.to_string())?;
        }
    }
    if ResourceId::of(value) != *id {
        return Err("it changes what the resource is (kind, name or namespace)".to_owned());
    }
    if value.get("status").is_some() {
        return Err("`status` is the cluster's to write".to_owned());
    }
    if let Some(gone) = blocks.iter().find(|block| value.get(block.as_str()).is_none()) {
        return Err(format!("the result is no {}: `{gone}` is missing", id.kind));
    }
    match type_errors(value).as_slice() {
        [] => Ok(()),
        errors => Err(format!("the result is no {}: {}", id.kind, errors.join("; "))),
    }
}

fn operation(spec: &JsonPatchSpec) -> Result<JsonOperation, String> {
    let path = json_patch::jsonptr::PointerBuf::parse(spec.path.clone())
        .map_err(|_| format!("`{}` is not a JSON pointer", spec.path))?;
    let value = || spec.value.clone().ok_or_else(|| format!("the operation on `{}` needs a `value`", spec.path));
    Ok(match spec.op {
        PatchOperation::Add => JsonOperation::Add(AddOperation { path, value: value()? }),
        PatchOperation::Remove => JsonOperation::Remove(RemoveOperation { path }),
        PatchOperation::Replace => JsonOperation::Replace(ReplaceOperation { path, value: value()? }),
        PatchOperation::Test => JsonOperation::Test(TestOperation { path, value: value()? }),
    })
}
