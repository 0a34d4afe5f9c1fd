//! A configuration with a few values changed, at a fraction of the price of reading it: only changed blocks are
//! decoded again, and only the environments that are asked for are resolved.

use std::collections::BTreeSet;

use super::stack::Stack;
use super::{Configuration, Source, assemble, environment, hosts, operations};
use crate::config::decode::decode;
use crate::config::edit::Edit;
use crate::config::problem::{Problem, join};
use crate::spec::{EnvironmentSpec, FileSpec};
use crate::values::EnvironmentName;
use crate::yaml::Node;

impl Configuration {
    /// The configuration with changes of its file. Environments that are not asked for are as they were, and
    /// text that looks like a credential is not searched: the result is for looking at, not for writing.
    ///
    /// # Errors
    /// Every problem that the changed file has, as [`super::load`] finds them; places are not searched.
    pub fn varied(&self, edits: &[Edit], environments: &[&EnvironmentName]) -> Result<Self, Vec<Problem>> {
        let mut root = self.source.root.clone();
        for edit in edits {
            edit.apply(&mut root).map_err(|message| vec![Problem::new(edit.path().to_string(), message)])?;
        }
        let file = decoded(&self.source.file, &root, edits)?;
        let (mut platforms, mut problems) = (Vec::new(), Vec::new());
        for name in file.environments.keys() {
            let before = self.platforms.iter().find(|platform| platform.scope.environment == *name);
            if !environments.contains(&name) {
                platforms.extend(before.cloned());
                continue;
            }
            match environment::overridden(&file, &root, name, &[]) {
                Ok(mut platform) => {
                    environment::share(&mut platform, before);
                    platforms.push(platform);
                }
                Err(found) => problems.extend(found),
            }
        }
        let mut taken = hosts::Taken::default();
        for platform in &platforms {
            problems.extend(taken.take(platform, &join("environments", platform.scope.environment.as_str())));
        }
        problems.extend(operations::check(&file));
        if problems.is_empty() { Ok(assemble(platforms, Source { root, file })) } else { Err(problems) }
    }
}

/// The file with its changed blocks decoded again.
fn decoded(before: &FileSpec, root: &Node, edits: &[Edit]) -> Result<FileSpec, Vec<Problem>> {
    let blocks: BTreeSet<Vec<&str>> = edits.iter().map(|edit| edit.path().leading_keys(2)).collect();
    let is_renamed = |edit: &Edit| matches!(edit, Edit::Rename(..)) && edit.path().segments().len() <= 2;
    if edits.iter().any(is_renamed) {
        return decode(root, "");
    }
    let mut file = before.clone();
    let mut stack = Stack::base(before);
    for block in &blocks {
        match block.as_slice() {
            ["environments", name] => {
                let key = EnvironmentName::new(*name).map_err(|message| vec![Problem::new("environments", message)])?;
                let node = root.get("environments").and_then(|all| all.get(name));
                match node.map(|node| decode::<EnvironmentSpec>(node, &format!("environments.{name}"))).transpose()? {
                    Some(spec) => file.environments.insert(key, spec),
                    None => file.environments.remove(&key),
                };
            }
            keys => {
                if !stack.again(root, keys)? {
                    return decode(root, "");
                }
            }
        }
    }
    stack.into_file(&mut file);
    Ok(file)
}
