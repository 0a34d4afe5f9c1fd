//! A configuration with a few values changed, at a fraction of the price of reading it: only changed blocks are
//! decoded again, and only the environments that are asked for are resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::stack::Stack;
use super::{Configuration, Source, assemble, environment, hosts, operations};
use crate::config::decode::decode;
use crate::config::edit::Edit;
use crate::config::problem::{Problem, join};
use crate::platform::Platform;
use crate::spec::{EnvironmentSpec, FileSpec};
use crate::values::EnvironmentName;
use crate::yaml::{Entry, Node, NodeValue};

const ENVIRONMENTS: &str = "environments";

impl Configuration {
    /// The configuration with changes of its file. Environments that are not asked for are as they were, and no
    /// part of its [`Configuration::root`]; text that looks like a credential is not searched. The result is for
    /// looking at, not for writing.
    ///
    /// # Errors
    /// Every problem that the changed file has, as [`super::load`] finds them; places are not searched.
    pub fn varied(&self, edits: &[Edit], environments: &[&EnvironmentName]) -> Result<Self, Vec<Problem>> {
        let mut root = part(&self.source.root, edits, environments);
        for edit in edits {
            edit.apply(&mut root).map_err(|message| vec![Problem::new(edit.path().to_string(), message)])?;
        }
        let file = decoded(&self.source, &root, edits)?;
        let (mut platforms, mut problems, mut moved) = (Vec::new(), Vec::new(), false);
        for name in file.environments.keys() {
            let before = self.platforms.iter().find(|platform| platform.scope.environment == *name);
            if !environments.contains(&name) {
                platforms.extend(before.cloned());
                continue;
            }
            match environment::overridden(&file, &root, name, &[]) {
                Ok(mut platform) => {
                    environment::share(&mut platform, before);
                    moved |= before.is_none_or(|before| !hosts::same(before, &platform));
                    platforms.push(platform);
                }
                Err(found) => problems.extend(found),
            }
        }
        if moved {
            problems.extend(taken(&platforms));
        }
        problems.extend(operations::check(&file));
        if problems.is_empty() { Ok(assemble(platforms, Source { root, file })) } else { Err(problems) }
    }
}

/// What two environments cannot both have.
fn taken(platforms: &[Platform]) -> Vec<Problem> {
    let mut taken = hosts::Taken::default();
    let path = |platform: &Platform| join(ENVIRONMENTS, platform.scope.environment.as_str());
    platforms.iter().flat_map(|platform| taken.take(platform, &path(platform))).collect()
}

/// A copy of the file without the environments that are neither asked for nor changed: there may be hundreds.
fn part(root: &Node, edits: &[Edit], environments: &[&EnvironmentName]) -> Node {
    let changed: Vec<Vec<&str>> = edits.iter().map(|edit| edit.path().leading_keys(2)).collect();
    let stays = |name: &str| {
        environments.iter().any(|one| one.as_str() == name)
            || changed.iter().any(|keys| keys.as_slice() == [ENVIRONMENTS, name] || keys.as_slice() == [ENVIRONMENTS])
    };
    let copy = |entry: &Entry| {
        if entry.key != ENVIRONMENTS {
            return entry.clone();
        }
        let own = entry.value.entries().iter().filter(|one| stays(&one.key)).cloned();
        let value = Node { value: NodeValue::Mapping(own.collect()), at: entry.value.at };
        Entry { key: entry.key.clone(), at: entry.at, value }
    };
    Node { value: NodeValue::Mapping(root.entries().iter().map(copy).collect()), at: root.at }
}

/// The file with its changed blocks decoded again, from the part of it that is at hand.
fn decoded(before: &Source, root: &Node, edits: &[Edit]) -> Result<FileSpec, Vec<Problem>> {
    let blocks: BTreeSet<Vec<&str>> = edits.iter().map(|edit| edit.path().leading_keys(2)).collect();
    let is_renamed = |edit: &Edit| matches!(edit, Edit::Rename(..)) && edit.path().segments().len() <= 2;
    if edits.iter().any(is_renamed) {
        return whole(before, root, edits);
    }
    let mut file = before.file.clone();
    let mut stack = Stack::base(&before.file);
    for block in &blocks {
        let node = block.first().and_then(|key| root.get(key));
        match (block.as_slice(), node) {
            ([ENVIRONMENTS, name], _) => {
                let key = EnvironmentName::new(*name).map_err(|message| vec![Problem::new(ENVIRONMENTS, message)])?;
                let node = node.and_then(|all| all.get(name));
                let all = Arc::make_mut(&mut file.environments);
                match node.map(|node| decode::<EnvironmentSpec>(node, &join(ENVIRONMENTS, name))).transpose()? {
                    Some(spec) => all.insert(key, spec),
                    None => all.remove(&key),
                };
            }
            (["cluster", ..], Some(node)) => file.cluster = Arc::new(decode(node, "cluster")?),
            (["secrets", ..], Some(node)) => file.secrets = Arc::new(decode(node, "secrets")?),
            (keys, _) => {
                if !stack.again(root, keys)? {
                    return whole(before, root, edits);
                }
            }
        }
    }
    stack.into_file(&mut file);
    Ok(file)
}

/// The file decoded from the part of it that is at hand, with the environments that are not at hand as they were.
fn whole(before: &Source, root: &Node, edits: &[Edit]) -> Result<FileSpec, Vec<Problem>> {
    let mut file: FileSpec = decode(root, "")?;
    let known = |name: &EnvironmentName| {
        let is_changed = |edit: &Edit| edit.path().leading_keys(2) == [ENVIRONMENTS, name.as_str()];
        file.environments.contains_key(name) || edits.iter().any(is_changed)
    };
    let absent = before.file.environments.iter().filter(|(name, _)| !known(name));
    let absent: BTreeMap<_, _> = absent.map(|(name, spec)| (name.clone(), spec.clone())).collect();
    if !absent.is_empty() {
        Arc::make_mut(&mut file.environments).extend(absent);
    }
    Ok(file)
}
