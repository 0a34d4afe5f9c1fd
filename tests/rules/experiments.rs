//! What `argo-cd.experiments` makes of an environment's Application, and what is refused.

use serde_json::{Value, json};

use crate::setup::{Setup, render_all};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const STAGING: (&str, &str) = (
    "environments:\n",
    "environments:\n  staging:\n    namespace: ahuora-staging\n    domain: staging.ahuora.org.nz\n",
);
const BLOCK: &str = "  experiments:
    activation: pullRequest
    environment: production
    credentials: {token: argocd-github/token}
";

/// The documents of Argo CD for an environment: kind, followed revision, whole.
fn of_environment(setup: &Setup, environment: &str) -> Vec<(String, String, Value)> {
    let name = format!("ahuora-{environment}");
    let named = render_all(&setup.load())
        .0
        .into_iter()
        .filter(|document| document.id.name == name && document.id.kind.starts_with("Application"));
    let described = named.map(|document| {
        let spec = match document.id.kind.as_str() {
            "ApplicationSet" => &document.value["spec"]["template"]["spec"],
            _ => &document.value["spec"],
        };
        (
            document.id.kind.clone(),
            spec["source"]["targetRevision"].as_str().unwrap_or_default().to_owned(),
            Value::clone(&document.value),
        )
    });
    described.collect()
}

fn one(setup: &Setup, environment: &str) -> (String, String, Value) {
    let mut found = of_environment(setup, environment);
    assert_eq!(found.len(), 1, "{environment} has more than one owner: {found:?}");
    found.remove(0)
}

fn with(block: &str) -> Setup {
    Setup::platform().edit(BLOCK, block)
}

#[test]
fn there_is_always_one_owner_and_only_one_environment_has_experiments() {
    let setup = Setup::platform().edit(STAGING.0, STAGING.1);
    let (kind, revision, _) = one(&setup, "production");
    assert_eq!((kind.as_str(), revision.as_str()), ("ApplicationSet", "{{ .head_sha }}"));
    let (kind, revision, _) = one(&setup, "staging");
    assert_eq!((kind.as_str(), revision.as_str()), ("Application", "main"));
}

#[test]
fn without_the_block_all_is_as_if_there_were_no_experiments() {
    let (kind, revision, application) = one(&with(""), "production");
    assert_eq!((kind.as_str(), revision.as_str()), ("Application", "main"));
    let (_, _, set) = one(&Setup::platform(), "production");
    let mut template = set["spec"]["template"].clone();
    assert_eq!(template["metadata"]["name"], application["metadata"]["name"]);
    assert_eq!(template["metadata"]["labels"], application["metadata"]["labels"]);
    template["spec"].as_object_mut().unwrap().remove("info");
    template["spec"]["source"]["targetRevision"] = json!("main");
    assert_eq!(template["spec"], application["spec"]);
}

#[test]
fn a_set_never_removes_and_takes_nothing_from_a_pull_request_but_commit_and_number() {
    let (_, _, set) = one(&Setup::platform(), "production");
    let policy = json!({"applicationsSync": "create-update", "preserveResourcesOnDeletion": true});
    assert_eq!(set["spec"]["syncPolicy"], policy);
    assert_eq!(set["spec"]["goTemplateOptions"], json!(["missingkey=error"]));
    let text = set.to_string();
    let used: Vec<&str> = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()).map(str::trim).collect();
    assert_eq!(used, [".number", ".head_sha"]);
    let generators = &set["spec"]["generators"][0]["merge"]["generators"];
    let element = json!({"target_branch": "main", "head_sha": "main", "number": "none"});
    assert_eq!(generators[0]["list"]["elements"], json!([element]));
    let requests = &generators[1]["pullRequest"];
    assert_eq!(requests["github"]["owner"], "waikato-ahuora-smart-energy-systems");
    assert_eq!(requests["github"]["repo"], "ahuora-cluster");
    assert_eq!(requests["github"]["tokenRef"], json!({"secretName": "argocd-github", "key": "token"}));
    assert_eq!(requests["requeueAfterSeconds"], 60);
}

#[test]
fn a_branch_is_matched_as_it_is_written() {
    let setup = Setup::platform().edit("  branch: main", "  branch: release-1.x+y");
    let (_, _, set) = one(&setup, "production");
    let filter = &set["spec"]["generators"][0]["merge"]["generators"][1]["pullRequest"]["filters"][0];
    assert_eq!(filter["targetBranchMatch"], r"^release-1\.x\+y$");
}

#[test]
fn a_github_app_may_ask_too() {
    let keys = "keys: [githubAppID, githubAppInstallationID, githubAppPrivateKey]";
    let setup =
        Setup::platform().edit("{token: argocd-github/token}", "{app: argocd-github}").edit("keys: [token]", keys);
    let (_, _, set) = one(&setup, "production");
    let github = &set["spec"]["generators"][0]["merge"]["generators"][1]["pullRequest"]["github"];
    assert_eq!(github["appSecretName"], "argocd-github");
    assert_eq!(github.get("tokenRef"), None);
}

#[test]
fn a_revision_is_followed_in_one_environment() {
    let block = format!("  experiments: {{activation: revision, environment: production, revision: {COMMIT}}}\n");
    let setup = with(&block).edit(STAGING.0, STAGING.1);
    let (kind, revision, _) = one(&setup, "production");
    assert_eq!((kind.as_str(), revision.as_str()), ("Application", COMMIT));
    assert_eq!(one(&setup, "staging").1, "main");
    assert_eq!(one(&with("  experiments: {activation: revision}\n"), "production").1, "main");
}

#[test]
fn what_cannot_be_followed_is_refused_where_it_stands() {
    let block = |more: &str| format!("  experiments: {{environment: production{more}}}\n");
    let token = ", credentials: {token: argocd-github/token}";
    let cases: Vec<(Setup, &str, &str)> = vec![
        (with(&block("")), "argo-cd.experiments", "needs `credentials`"),
        (
            with(&block(", credentials: {token: argocd-gitbub/token}")),
            "argo-cd.experiments.credentials.token",
            "does not declare `argocd-gitbub`; did you mean `argocd-github`?",
        ),
        (
            with(&block(", credentials: {token: argocd-github/password}")),
            "argo-cd.experiments.credentials.token",
            "does not declare `password`",
        ),
        (
            with(&block(", credentials: {app: argocd-github}")),
            "argo-cd.experiments.credentials.app",
            "does not declare `githubAppID`",
        ),
        (
            Setup::platform().edit("    namespace: argocd\n    keys: [token]", "    keys: [token]"),
            "secrets.argocd-github.namespace",
            "must be `argocd`",
        ),
        (
            Setup::platform().edit("https://github.com/waikato-ahuora", "https://gitlab.com/waikato-ahuora"),
            "argo-cd.repository",
            "is no repository of GitHub",
        ),
        (
            with(&block(&format!("{token}, revision: {COMMIT}"))),
            "argo-cd.experiments.revision",
            "`activation: revision`",
        ),
        (with(&block(&format!("{token}, interval: 1s"))), "argo-cd.experiments.interval", "at least 10 s"),
        (
            with("  experiments: {activation: revision, revision: main}\n"),
            "argo-cd.experiments.revision",
            "branches, tags and short SHAs may lead to another commit",
        ),
        (
            with("  experiments: {activation: revision, environment: produktion}\n"),
            "argo-cd.experiments.environment",
            "did you mean `production`?",
        ),
        (
            with("  experiments: {activation: revision}\n").edit(STAGING.0, STAGING.1),
            "argo-cd.experiments",
            "name the `environment`",
        ),
    ];
    for (setup, path, message) in cases {
        let problems = setup.try_load().expect_err(path);
        let found = problems.iter().any(|problem| problem.path == path && problem.message.contains(message));
        assert!(found, "{path}: {message}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.at.is_some()), "{problems:?}");
    }
}
