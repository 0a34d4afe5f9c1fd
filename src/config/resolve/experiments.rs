//! How permutations of experiments are put on the cluster: in which environment, and by what.

use super::operations::unknown_environment;
use crate::config::problem::{Problem, suggestion};
use crate::spec::{Activation, ExperimentsSpec, FileSpec, GitHubCredentialsSpec};
use crate::values::{Commit, EnvironmentName, GitHubRepository, ObjectName, Seconds};

/// What is asked of GitHub must leave room for others: five thousand requests an hour are a token's share.
const SHORTEST_INTERVAL: Seconds = Seconds::from_secs(10);
/// Keys that Argo CD reads of a GitHub App's Secret.
const APP_KEYS: [&str; 3] = ["githubAppID", "githubAppInstallationID", "githubAppPrivateKey"];

/// How permutations of experiments are put on the cluster, one at a time, in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiments {
    /// The environment.
    pub environment: EnvironmentName,
    /// What makes a permutation the active one.
    pub active: Active,
}

/// What makes a permutation the active one.
#[derive(Debug, Clone, PartialEq)]
pub enum Active {
    /// A label on its pull request.
    PullRequest(ByPullRequest),
    /// Its commit, written in the file; none: the branch is followed.
    Revision(Option<Commit>),
}

/// How Argo CD finds the active pull request.
#[derive(Debug, Clone, PartialEq)]
pub struct ByPullRequest {
    /// The repository.
    pub repository: GitHubRepository,
    /// With what Argo CD may ask for pull requests.
    pub credentials: GitHubCredentialsSpec,
    /// How often Argo CD asks.
    pub interval: Seconds,
}

/// What the file says of experiments.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn resolve(file: &FileSpec) -> Result<Option<Experiments>, Vec<Problem>> {
    let Some(spec) = &file.argo_cd.experiments else { return Ok(None) };
    let environment = environment(file, spec);
    let active = match spec.activation {
        Activation::PullRequest => by_pull_request(file, spec),
        Activation::Revision => Ok(Active::Revision(spec.revision.clone())),
    };
    match (environment, active) {
        (Ok(environment), Ok(active)) => Ok(Some(Experiments { environment, active })),
        (environment, active) => {
            let mut problems: Vec<Problem> = environment.err().into_iter().collect();
            problems.extend(active.err().unwrap_or_default());
            Err(problems)
        }
    }
}

fn problem(field: &str, message: impl Into<String>) -> Problem {
    Problem::new(format!("argo-cd.experiments{field}"), message)
}

/// The environment that is named, or the only one.
fn environment(file: &FileSpec, spec: &ExperimentsSpec) -> Result<EnvironmentName, Problem> {
    if let Some(name) = &spec.environment {
        if file.environments.is_empty() {
            return Ok(name.clone());
        }
        let unknown = unknown_environment(file, "argo-cd.experiments.environment".to_owned(), name);
        return unknown.map_or_else(|| Ok(name.clone()), Err);
    }
    let mut names = file.environments.keys();
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(only.clone()),
        _ => Err(problem("", "name the `environment` in which experiments run: there is not just one")),
    }
}

fn by_pull_request(file: &FileSpec, spec: &ExperimentsSpec) -> Result<Active, Vec<Problem>> {
    let mut problems = Vec::new();
    let url = file.argo_cd.repository.as_str();
    let repository = GitHubRepository::of(url);
    if repository.is_none() {
        let message = format!(
            "`{url}` is no repository of GitHub, `https://github.com/OWNER/NAME`: Argo CD cannot ask for its pull \
             requests; write `activation: revision` under `experiments`, or leave `experiments` out"
        );
        problems.push(Problem::new("argo-cd.repository", message));
    }
    if spec.revision.is_some() {
        let message = "is only followed with `activation: revision`; with `pullRequest`, label the pull request";
        problems.push(problem(".revision", message));
    }
    if spec.interval < SHORTEST_INTERVAL {
        let message = format!("is at least {SHORTEST_INTERVAL}: GitHub counts every question");
        problems.push(problem(".interval", message));
    }
    match &spec.credentials {
        Some(credentials) => problems.extend(undeclared(file, credentials)),
        None => {
            let message = "needs `credentials`: `{token: secret/key}` or `{app: secret}`, with which Argo CD may ask \
                           GitHub for pull requests";
            problems.push(problem("", message));
        }
    }
    match (repository, &spec.credentials) {
        (Some(repository), Some(credentials)) if problems.is_empty() => Ok(Active::PullRequest(ByPullRequest {
            repository,
            credentials: credentials.clone(),
            interval: spec.interval,
        })),
        _ => Err(problems),
    }
}

/// The Secret is declared, in Argo CD's namespace and with its keys.
fn undeclared(file: &FileSpec, credentials: &GitHubCredentialsSpec) -> Vec<Problem> {
    let (field, name, keys): (_, &ObjectName, Vec<&str>) = match credentials {
        GitHubCredentialsSpec::Token(token) => (".credentials.token", &token.secret, vec![token.key.as_str()]),
        GitHubCredentialsSpec::App(name) => (".credentials.app", name, APP_KEYS.into()),
    };
    let Some(secret) = file.secrets.get(name) else {
        let known: Vec<&str> = file.secrets.keys().map(ObjectName::as_str).collect();
        let message = format!("`secrets` does not declare `{name}`{}", suggestion(name.as_str(), &known));
        return vec![problem(field, message)];
    };
    let mut problems = Vec::new();
    if secret.namespace.as_ref() != Some(&file.argo_cd.namespace) {
        let message = format!("must be `{}`, where Argo CD runs", file.argo_cd.namespace);
        problems.push(Problem::new(format!("secrets.{name}.namespace"), message));
    }
    for key in keys.into_iter().filter(|key| !secret.keys.iter().any(|declared| declared.as_str() == *key)) {
        problems.push(problem(field, format!("`secrets.{name}.keys` does not declare `{key}`")));
    }
    problems
}
