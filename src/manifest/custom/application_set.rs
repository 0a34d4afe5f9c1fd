//! `ApplicationSet` of `argoproj.io/v1alpha1`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::argo_cd::ApplicationSpec;

super::custom_resource!(
    /// Applications that generators describe.
    ApplicationSet, ApplicationSetSpec, "argoproj.io/v1alpha1"
);

type Text = Cow<'static, str>;

/// Which Applications there are, and what is done with them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct ApplicationSetSpec {
    pub(in crate::manifest) go_template: bool,
    pub(in crate::manifest) go_template_options: Vec<Text>,
    pub(in crate::manifest) generators: Vec<Generator>,
    pub(in crate::manifest) sync_policy: SetPolicy,
    pub(in crate::manifest) template: Template,
}

/// What describes Applications.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) enum Generator {
    /// The parameters of the first generator, with those of the others where the keys are the same.
    Merge(Merge),
}

/// Generators, the first of which says what there is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Merge {
    pub(in crate::manifest) merge_keys: Vec<Text>,
    pub(in crate::manifest) generators: Vec<Merged>,
}

/// A generator that is merged.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) enum Merged {
    /// Parameters as they are written.
    List(List),
    /// The open pull requests of a repository.
    PullRequest(PullRequests),
}

/// Parameters as they are written.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct List {
    pub(in crate::manifest) elements: Vec<BTreeMap<Text, String>>,
}

/// The open pull requests of a repository.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct PullRequests {
    pub(in crate::manifest) github: GitHub,
    pub(in crate::manifest) filters: Vec<Filter>,
    pub(in crate::manifest) requeue_after_seconds: u32,
}

/// A repository of GitHub, the labels that count, and with what it may be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct GitHub {
    pub(in crate::manifest) owner: String,
    pub(in crate::manifest) repo: String,
    pub(in crate::manifest) labels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) token_ref: Option<TokenRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) app_secret_name: Option<String>,
}

/// A key of a Secret.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct TokenRef {
    pub(in crate::manifest) secret_name: String,
    pub(in crate::manifest) key: String,
}

/// Which pull requests count: all of these patterns fit.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Filter {
    pub(in crate::manifest) branch_match: Text,
    pub(in crate::manifest) target_branch_match: Text,
}

/// What is done with Applications.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct SetPolicy {
    pub(in crate::manifest) applications_sync: Text,
    pub(in crate::manifest) preserve_resources_on_deletion: bool,
}

/// An Application, with parameters between double braces.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Template {
    pub(in crate::manifest) metadata: TemplateMetadata,
    pub(in crate::manifest) spec: ApplicationSpec,
}

/// Metadata of the Application.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct TemplateMetadata {
    pub(in crate::manifest) name: String,
    pub(in crate::manifest) labels: BTreeMap<String, String>,
}
