//! From the mirror of the file to valid platforms: references are followed, and everything that blocks
//! say of each other is checked.

mod aliases;
mod environment;
mod experiments;
mod ground;
mod hosts;
mod links;
mod operations;
mod service;
mod stack;
mod vary;

use std::sync::Arc;

use super::credentials;
use super::decode::decode;
use super::path::{Path, place};
use super::problem::Problem;
use crate::platform::Platform;
use crate::spec::{ArgoCdSpec, ClusterSpec, ComposeSpec, FileSpec, MonitoringSpec, Waiver};
use crate::values::{ComponentName, EnvironmentName};
use crate::yaml::{Aliases, Node, Position, parse};
use stack::Override;

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

    /// The platform of an environment with further overrides: paths and values as YAML text, each value
    /// typed and checked like the file itself.
    ///
    /// # Errors
    /// Every problem: a path that the configuration does not have, a value that its type refuses, blocks
    /// that no longer fit each other. Places are those of the base.
    pub fn overridden(
        &self,
        environment: &EnvironmentName,
        overrides: &[(&str, &str)],
    ) -> Result<Platform, Vec<Problem>> {
        let mut values = Vec::new();
        for (path, text) in overrides {
            let documents = parse(text, Aliases::Refuse).map_err(|error| vec![Problem::new(*path, error.message)])?;
            if documents.len() > 1 {
                return Err(vec![Problem::new(*path, "the value is one YAML document, not several")]);
            }
            values.push(documents.into_iter().next().unwrap_or_else(Node::null));
        }
        let all = overrides.iter().zip(&values).map(|((path, _), value)| Override { path, value, at: value.at });
        environment::overridden(&self.source.file, &self.source.root, environment, &all.collect::<Vec<_>>())
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
}

/// Reads a configuration.
///
/// # Errors
/// Every problem of the text, each with its place and a sentence, in the order of the file.
pub fn load(text: &str) -> Result<Configuration, Vec<Problem>> {
    let root = read(text)?;
    let mut problems = credentials::find(&root);
    let file: FileSpec = match decode(&root, "") {
        Ok(file) => file,
        Err(mut found) => {
            // What is said of a credential must not repeat it.
            found.retain(|problem| problems.iter().all(|credential| credential.at != problem.at));
            return Err(in_order(problems, found));
        }
    };
    let (platforms, found) = environment::resolve(&file, &root);
    problems.extend(found);
    problems.extend(operations::check(&file));
    if !problems.is_empty() {
        locate(&mut problems, &root);
        return Err(in_order(problems, Vec::new()));
    }
    Ok(assemble(platforms, Source { root, file }))
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
    };
    Configuration { platforms, operations, waivers: Arc::clone(&file.waivers), source: Arc::new(source) }
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

fn in_order(mut problems: Vec<Problem>, more: Vec<Problem>) -> Vec<Problem> {
    problems.extend(more);
    problems.sort_by(|a, b| (a.at, &a.path, &a.message).cmp(&(b.at, &b.path, &b.message)));
    problems.dedup();
    problems
}
