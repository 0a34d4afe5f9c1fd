//! Argo CD: a project, an Application for each environment, and the one that syncs them all.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::custom::application_set::{
    ApplicationSet, ApplicationSetSpec, Filter, Generator, GitHub, List, Merge, Merged, PullRequests, SetPolicy,
    Template, TemplateMetadata, TokenRef,
};
use super::custom::argo_cd::{
    AppProject, AppProjectSpec, Application, ApplicationSpec, Automated, Backoff, Destination, Directory, GroupKind,
    Info, Retry, Source, SyncPolicy,
};
use super::meta::NAME_LABEL;
use super::{CLUSTER, value_of};
use crate::config::{Active, ByPullRequest, Configuration, Operations};
use crate::platform::Platform;
use crate::spec::GitHubCredentialsSpec;
use crate::values::{ACTIVE_LABEL, EXPERIMENT_BRANCHES};

/// The cluster that Argo CD itself runs in.
pub(super) const THIS_CLUSTER: &str = "https://kubernetes.default.svc";

/// Parameters of the pull-request generator, as Argo CD names them.
const COMMIT: &str = "head_sha";
const NUMBER: &str = "number";

pub(super) fn build(configuration: &Configuration, out: &str) -> Vec<Value> {
    let operations = &configuration.operations;
    let mut resources = vec![value_of(&project(configuration)), value_of(&bootstrap(operations, out))];
    resources.extend(configuration.platforms.iter().map(|platform| of_environment(operations, platform, out)));
    resources
}

/// Metadata of an Argo CD object.
pub(super) fn metadata(operations: &Operations, name: String) -> ObjectMeta {
    let labels = [
        (NAME_LABEL, name.clone()),
        ("app.kubernetes.io/part-of", operations.name.to_string()),
        ("app.kubernetes.io/managed-by", "ahuora".to_owned()),
    ];
    ObjectMeta {
        name: Some(name),
        namespace: Some(operations.argo_cd.namespace.to_string()),
        labels: Some(labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>()),
        ..ObjectMeta::default()
    }
}

/// The project of the environments: this repository, their namespaces, and four cluster-wide kinds.
fn project(configuration: &Configuration) -> AppProject {
    let operations = &configuration.operations;
    let kinds = [
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
    ];
    let destinations = configuration
        .platforms
        .iter()
        .map(|platform| Destination { server: THIS_CLUSTER.into(), namespace: platform.scope.namespace.to_string() });
    let spec = AppProjectSpec {
        description: format!("Environments of {}", operations.name),
        source_repos: vec![operations.argo_cd.repository.to_string()],
        destinations: destinations.collect(),
        cluster_resource_whitelist: kinds
            .map(|(group, kind)| GroupKind { group: group.into(), kind: kind.into() })
            .into(),
    };
    AppProject::new(metadata(operations, operations.name.to_string()), spec)
}

/// What makes the Application of one environment: it stands here itself, or, where labels of pull requests decide which
/// commit it follows, an `ApplicationSet` makes it. There is never more than one: two would fight for the same resources.
fn of_environment(operations: &Operations, platform: &Platform, out: &str) -> Value {
    let metadata = metadata(operations, application_name(operations, platform));
    let experiments = operations.experiments.as_ref();
    let here = experiments.filter(|experiments| experiments.environment == platform.scope.environment);
    let revision = match here.map(|experiments| &experiments.active) {
        Some(Active::PullRequest(by)) => {
            return value_of(&ApplicationSet::new(metadata, set(operations, platform, out, by)));
        }
        Some(Active::Revision(Some(commit))) => commit.to_string(),
        Some(Active::Revision(None)) | None => operations.argo_cd.branch.clone(),
    };
    value_of(&Application::new(metadata, application(operations, platform, out, revision)))
}

/// Name of the Application of an environment.
#[must_use]
pub fn application_name(operations: &Operations, platform: &Platform) -> String {
    format!("{}-{}", operations.name, platform.scope.environment)
}

/// The Application of one environment.
fn application(operations: &Operations, platform: &Platform, out: &str, revision: String) -> ApplicationSpec {
    let scope = &platform.scope;
    ApplicationSpec {
        project: operations.name.to_string(),
        source: Source { target_revision: revision, ..folder(operations, out, scope.environment.as_str()) },
        destination: Destination { server: THIS_CLUSTER.into(), namespace: scope.namespace.to_string() },
        sync_policy: sync_policy(),
        info: Vec::new(),
    }
}

/// The Application of one environment, following the commit of the one pull request that is labelled, else the branch.
///
/// The list says which Application there is, so a generator that finds nothing leaves it as it is without experiments.
/// Two labelled pull requests have the same key, which the merge refuses: nothing changes until one label is gone.
/// Of a pull request only its commit and its number are used, for its branch and title are anybody's words.
fn set(operations: &Operations, platform: &Platform, out: &str, by: &ByPullRequest) -> ApplicationSetSpec {
    let branch = operations.argo_cd.branch.as_str();
    let unlabelled = [("target_branch", branch), (COMMIT, branch), (NUMBER, "none")];
    let spec = application(operations, platform, out, format!("{{{{ .{COMMIT} }}}}"));
    let info = vec![Info { name: "pull request".into(), value: format!("{{{{ .{NUMBER} }}}}").into() }];
    let metadata = metadata(operations, application_name(operations, platform));
    ApplicationSetSpec {
        go_template: true,
        go_template_options: vec!["missingkey=error".into()],
        generators: vec![Generator::Merge(Merge {
            merge_keys: vec!["target_branch".into()],
            generators: vec![
                Merged::List(List { elements: vec![unlabelled.map(|(key, value)| (key.into(), value.into())).into()] }),
                Merged::PullRequest(pull_requests(branch, by)),
            ],
        })],
        sync_policy: SetPolicy { applications_sync: "create-update".into(), preserve_resources_on_deletion: true },
        template: Template {
            metadata: TemplateMetadata {
                name: metadata.name.unwrap_or_default(),
                labels: metadata.labels.unwrap_or_default(),
            },
            spec: ApplicationSpec { info, ..spec },
        },
    }
}

/// The labelled pull requests of experiments' branches into the followed branch.
fn pull_requests(branch: &str, by: &ByPullRequest) -> PullRequests {
    let (token_ref, app_secret_name) = match &by.credentials {
        GitHubCredentialsSpec::Token(token) => {
            (Some(TokenRef { secret_name: token.secret.to_string(), key: token.key.to_string() }), None)
        }
        GitHubCredentialsSpec::App(name) => (None, Some(name.to_string())),
    };
    PullRequests {
        github: GitHub {
            owner: by.repository.owner.clone(),
            repo: by.repository.name.clone(),
            labels: vec![ACTIVE_LABEL.to_owned()],
            token_ref,
            app_secret_name,
        },
        filters: vec![Filter {
            branch_match: format!("^{EXPERIMENT_BRANCHES}").into(),
            target_branch_match: format!("^{}$", literal(branch)).into(),
        }],
        requeue_after_seconds: by.interval.get(),
    }
}

/// A text as a regular expression that fits it alone.
fn literal(text: &str) -> String {
    let escaped = |c: char| if c.is_alphanumeric() || "-_/".contains(c) { vec![c] } else { vec!['\\', c] };
    text.chars().flat_map(escaped).collect()
}

/// The Application of this folder: applied once by hand, it brings everything else, itself included.
fn bootstrap(operations: &Operations, out: &str) -> Application {
    let mut sync_policy = sync_policy();
    let active = operations.experiments.as_ref().map(|experiments| &experiments.active);
    if matches!(active, Some(Active::PullRequest(_))) {
        // The Application outlives the ApplicationSet that made it, should that go.
        sync_policy.sync_options.push("PrunePropagationPolicy=orphan".into());
    }
    let spec = ApplicationSpec {
        project: "default".to_owned(),
        source: folder(operations, out, CLUSTER),
        destination: Destination { server: THIS_CLUSTER.into(), namespace: operations.argo_cd.namespace.to_string() },
        sync_policy,
        info: Vec::new(),
    };
    Application::new(metadata(operations, format!("{}-bootstrap", operations.name)), spec)
}

fn folder(operations: &Operations, out: &str, name: &str) -> Source {
    Source {
        repo_url: operations.argo_cd.repository.to_string(),
        target_revision: operations.argo_cd.branch.clone(),
        path: Some(format!("{out}/{name}")),
        directory: Some(Directory { recurse: true }),
        chart: None,
        helm: None,
    }
}

/// What git says is so, and stays so: changes made by hand are reverted, removed resources go.
pub(super) fn sync_policy() -> SyncPolicy {
    SyncPolicy {
        automated: Automated { prune: true, self_heal: true },
        sync_options: vec!["ApplyOutOfSyncOnly=true".into(), "PruneLast=true".into(), "ServerSideApply=true".into()],
        managed_namespace_metadata: None,
        retry: Retry { limit: 5, backoff: Backoff { duration: "10s".into(), factor: 2, max_duration: "3m".into() } },
    }
}
