//! From the mirror of the file to valid platforms: references are followed, and everything that blocks
//! say of each other is checked.

mod aliases;
mod environment;
mod experiments;
mod ground;
mod hosts;
mod links;
mod operations;
mod overrider;
mod service;
mod stack;
mod vary;

use std::sync::Arc;

use super::credentials;
use super::decode::decode;
use super::path::{Path, Segment, get, place, set};
use super::problem::{Problem, in_order};
use serde::Deserialize;

use crate::platform::Platform;
use crate::spec::{ArgoCdSpec, ClusterSpec, ComposeSpec, FileSpec, MonitoringSpec, ReleasesSpec, Waiver};
use crate::values::{ComponentName, EnvironmentName};
use crate::yaml::{Aliases, Entry, Node, NodeValue, Position, parse};
pub use overrider::Overrider;
pub use stack::Override;

pub use experiments::{Active, ByPullRequest, Experiments};

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// One platform for each environment, by name.
    pub platforms: Vec<Platform>,
    /// What belongs to no single environment.
    pub operations: Operations,
    /// Accepted findings.
    pub waivers: Arc<Vec<Waiver>>,
    source: Arc<Source>,
}

/// What a configuration was read from; overrides are applied to it.
#[derive(Debug)]
struct Source {
    root: Node,
    file: FileSpec,
}

impl Configuration {
    /// Gives problems that were found after reading their places in the file.
    #[must_use]
    pub fn located(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        locate(&mut problems, &self.source.root);
        problems
    }

    /// The file as it was read, with the place of every value.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.source.root
    }

    /// The platform of an environment, where there is one of that name.
    #[must_use]
    pub fn platform(&self, environment: &str) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.scope.environment.as_str() == environment)
    }

    /// The platform that the Compose benchmark runs, with how it does.
    #[must_use]
    pub fn compose(&self) -> Option<(&ComposeSpec, &Platform)> {
        let spec = self.operations.compose.as_ref()?;
        Some((spec, self.platform(spec.environment.as_str())?))
    }

    /// The platform of an environment with further overrides on top of its own, each typed and checked like the
    /// file itself. Problems have the place of the value that caused them, where one of the values did.
    ///
    /// # Errors
    /// Every problem: a path that the configuration does not have, a value that its type refuses, blocks
    /// that no longer fit each other.
    pub fn overridden(
        &self,
        environment: &EnvironmentName,
        overrides: &[Override<'_>],
    ) -> Result<Platform, Vec<Problem>> {
        self.overrider(environment).platform(overrides)
    }

    /// Makes platforms of an environment with many combinations of overrides.
    #[must_use]
    pub fn overrider<'c, 'o>(&'c self, environment: &'c EnvironmentName) -> Overrider<'c, 'o> {
        Overrider::new(&self.source, environment)
    }
}

/// What belongs to no single environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations {
    /// Name of the platform.
    pub name: ComponentName,
    /// The cluster.
    pub cluster: Arc<ClusterSpec>,
    /// How Argo CD syncs the repository.
    pub argo_cd: ArgoCdSpec,
    /// How permutations of experiments are put on the cluster.
    pub experiments: Option<Experiments>,
    /// Metrics and logs.
    pub monitoring: Option<MonitoringSpec>,
    /// The Compose benchmark.
    pub compose: Option<ComposeSpec>,
    /// How components get their versions.
    pub releases: Option<ReleasesSpec>,
}

/// Reads a configuration.
///
/// # Errors
/// Every problem of the text, each with its place and a sentence, in the order of the file.
pub fn load(text: &str) -> Result<Configuration, Vec<Problem>> {
    load_with(text, None)
}

/// [`load`], with overrides of one environment on top of its own; they stand in another file.
///
/// # Errors
/// As [`load`].
pub fn load_with(text: &str, overrides: Option<(&EnvironmentName, &[Entry])>) -> Result<Configuration, Vec<Problem>> {
    let mut root = read(text)?;
    if let Some((environment, overrides)) = overrides {
        add_overrides(&mut root, environment, overrides);
    }
    let mut problems = credentials::find(&root);
    let file: FileSpec = match decode(&root, "") {
        Ok(file) => file,
        Err(mut found) => {
            // What is said of a credential must not repeat it.
            found.retain(|problem| problems.iter().all(|credential| credential.at != problem.at));
            problems.extend(found);
            return Err(in_order(problems));
        }
    };
    let (platforms, found) = environment::resolve(&file, &root);
    problems.extend(found);
    problems.extend(operations::check(&file));
    if !problems.is_empty() {
        locate(&mut problems, &root);
        return Err(in_order(problems));
    }
    Ok(assemble(platforms, Source { root, file }))
}

/// Puts overrides behind those that an environment has, in the place of those of the same path.
fn add_overrides(root: &mut Node, environment: &EnvironmentName, overrides: &[Entry]) {
    let path = ["environments", environment.as_str(), "overrides"].map(|key| Segment::Key(key.to_owned()));
    let own = get(root, &path).map(Node::entries).unwrap_or_default();
    let kept = own.iter().filter(|own| overrides.iter().all(|new| new.key != own.key));
    let all = kept.chain(overrides).cloned().collect();
    let value = Node { value: NodeValue::Mapping(all), at: place(root, &path) };
    if get(root, &path[..2]).is_some() {
        // The path leads through blocks that exist, so it can be set.
        let _ = set(root, &path, &value);
    }
}

/// A configuration of platforms that were found valid, with what its file says besides them.
fn assemble(platforms: Vec<Platform>, source: Source) -> Configuration {
    let file = &source.file;
    let operations = Operations {
        name: file.name.clone(),
        cluster: Arc::clone(&file.cluster),
        argo_cd: file.argo_cd.clone(),
        experiments: experiments::resolve(file).ok().flatten(),
        monitoring: file.monitoring.clone(),
        compose: file.compose.clone(),
        releases: file.releases.clone(),
    };
    Configuration { platforms, operations, waivers: Arc::clone(&file.waivers), source: Arc::new(source) }
}

/// Reads any other YAML file of ours into its typed mirror, beside the nodes with the places of its values.
///
/// # Errors
/// As [`load`].
pub fn file<T: for<'de> Deserialize<'de>>(text: &str) -> Result<(T, Node), Vec<Problem>> {
    let root = read(text)?;
    let found = credentials::find(&root);
    if !found.is_empty() {
        return Err(found);
    }
    decode(&root, "").map(|file| (file, root))
}

/// What a file says at a path of keys, without looking at anything else in it; none where that is no scalar.
#[must_use]
pub fn scalar(text: &str, keys: &[&str]) -> Option<String> {
    let root = read(text).ok()?;
    match &keys.iter().try_fold(&root, |node, key| node.get(key))?.value {
        NodeValue::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

fn read(text: &str) -> Result<Node, Vec<Problem>> {
    let problem = |at, message: &str| vec![Problem { at, path: String::new(), message: message.to_owned() }];
    let documents = parse(text, Aliases::Refuse).map_err(|error| problem(Some(error.at), &error.message))?;
    let mut documents = documents.into_iter();
    match (documents.next(), documents.next()) {
        (Some(root), None) if !root.is_null() => Ok(root),
        (Some(_), Some(second)) => {
            Err(problem(Some(second.at), "a second document begins here: the configuration is one document"))
        }
        _ => Err(problem(None, "the file is empty: run `ahuora init DIR` for a complete example")),
    }
}

/// Gives each problem without a place that of its field, or of the deepest field on the way to it.
fn locate(problems: &mut [Problem], root: &Node) {
    for problem in problems.iter_mut().filter(|problem| problem.at.is_none()) {
        problem.at = Some(match Path::parse(&problem.path) {
            Ok(path) => place(root, path.segments()),
            Err(_) => Position { line: 1, column: 1 },
        });
    }
}
