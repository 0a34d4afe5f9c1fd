//! The repository's own platform, and changes to it.

use std::collections::BTreeSet;

use ahuora::check::Finding;
use ahuora::config::{self, Configuration, Problem};
use ahuora::render;
use ahuora::tree::Document;
use serde_json::{Value, json};

/// The platform that this repository describes.
pub(crate) const PLATFORM: &str = include_str!("../../platform.yaml");

/// What was found: rule and resource, each pair once.
pub(crate) type Found = BTreeSet<(String, String)>;

/// A configuration being changed.
#[derive(Clone)]
pub(crate) struct Setup {
    text: String,
    overrides: serde_json::Map<String, Value>,
    patches: Vec<Value>,
    waivers: Vec<Value>,
}

impl Setup {
    /// The platform as it is.
    pub(crate) fn platform() -> Self {
        Self::text(PLATFORM)
    }

    /// Any other configuration.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), overrides: serde_json::Map::new(), patches: Vec::new(), waivers: Vec::new() }
    }

    /// Replaces a text that the file has exactly once.
    pub(crate) fn edit(mut self, from: &str, to: &str) -> Self {
        assert_eq!(self.text.matches(from).count(), 1, "platform.yaml must have `{from}` once");
        self.text = self.text.replace(from, to);
        self
    }

    /// An override of the environment `production`.
    pub(crate) fn set(mut self, path: &str, value: Value) -> Self {
        self.overrides.insert(path.to_owned(), value);
        self
    }

    /// A merge patch; the target is written `Deployment/idaes`.
    pub(crate) fn merge(self, target: &str, change: Value) -> Self {
        self.patch(target, json!({"merge": change}))
    }

    /// A JSON patch of one operation; no value removes.
    pub(crate) fn json(self, target: &str, path: &str, value: Option<Value>) -> Self {
        let operation = match value {
            Some(value) => json!({"op": "add", "path": path, "value": value}),
            None => json!({"op": "remove", "path": path}),
        };
        self.patch(target, json!({"json": [operation]}))
    }

    fn patch(mut self, target: &str, change: Value) -> Self {
        let (kind, name) = target.split_once('/').expect("KIND/NAME");
        self.patches.push(json!({
            "target": {"kind": kind, "name": name}, "reason": "a test", "change": change,
        }));
        self
    }

    /// An accepted finding.
    pub(crate) fn waive(mut self, rule: &str, resource: &str) -> Self {
        self.waivers.push(json!({"rule": rule, "resource": resource, "reason": "a test"}));
        self
    }

    /// The text of the configuration. JSON is YAML, so the changes are written as JSON.
    pub(crate) fn to_text(&self) -> String {
        let mut text = self.text.clone();
        if !self.overrides.is_empty() {
            let (before, after) = text.split_once("  production:\n").expect("an environment `production`");
            let overrides = Value::Object(self.overrides.clone());
            text = format!("{before}  production:\n    overrides: {overrides}\n{after}");
        }
        for (key, list) in [("patches", &self.patches), ("waivers", &self.waivers)] {
            if !list.is_empty() {
                text += &format!("\n{key}: {}\n", Value::Array(list.clone()));
            }
        }
        text
    }

    /// What `load` says.
    pub(crate) fn try_load(&self) -> Result<Configuration, Vec<Problem>> {
        config::load(&self.to_text())
    }

    /// The configuration, which must be valid.
    pub(crate) fn load(&self) -> Configuration {
        self.try_load().unwrap_or_else(|problems| panic!("not valid: {}", show(&problems)))
    }

    /// All findings, in the order in which they are told.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        render_all(&self.load()).1
    }

    /// The findings as pairs of rule and resource; no finding may be told twice.
    pub(crate) fn found(&self) -> Found {
        let findings = self.findings();
        for (index, finding) in findings.iter().enumerate() {
            assert!(!findings.iter().skip(index + 1).any(|other| other == finding), "told twice: {finding:?}");
        }
        findings.into_iter().map(|finding| (finding.rule.to_owned(), finding.resource)).collect()
    }
}

/// Documents of all environments and of the cluster, and the findings.
pub(crate) fn render_all(configuration: &Configuration) -> (Vec<Document>, Vec<Finding>) {
    let keep = |environment: &render::Environment| environment.documents().cloned().collect();
    let rendered = render::all(configuration, "manifests", keep)
        .unwrap_or_else(|problems| panic!("not rendered: {}", show(&problems)));
    let environments: Vec<Vec<Document>> = rendered.environments;
    let documents = environments.into_iter().flatten().chain(rendered.cluster);
    (documents.collect(), rendered.findings)
}

/// Problems as a developer reads them.
pub(crate) fn show(problems: &[Problem]) -> String {
    let lines = problems.iter().map(|problem| format!("\n  {}: {}", problem.path, problem.message));
    lines.collect()
}
