//! `ahuora check`: everything that is wrong, and the Secrets that the cluster must hold.

use serde::Serialize;

use super::{Workspace, configuration_failure};
use crate::check::{self, Finding};
use crate::cli::Common;
use crate::error::{Failure, Outcome};
use crate::render;
use crate::ui::{Format, Ui};

pub(super) fn run(common: &Common, ui: &Ui) -> Result<Outcome, Failure> {
    let Workspace { configuration, out, .. } = Workspace::open(common)?;
    let rendered = render::all(&configuration, &out, |environment| environment.documents().count())
        .map_err(|problems| configuration_failure(common, problems))?;
    let resources = rendered.environments.iter().sum::<usize>() + rendered.cluster.len();
    let secrets = check::required_secrets(&configuration);
    if ui.format == Format::Json {
        let secrets = secrets.iter().map(|(namespace, name, secret)| SecretJson {
            namespace,
            name: name.as_str(),
            kind: secret.kind.as_deref().unwrap_or("Opaque"),
            keys: secret.keys.iter().map(|key| key.as_str()).collect(),
            description: &secret.description,
        });
        ui.json(&Report {
            resources,
            findings: json(&rendered.findings),
            secrets: secrets.collect(),
            rules: check::rule_names(),
        })?;
    } else {
        text(&rendered.findings, ui)?;
        ui.data("Secrets that the cluster must hold:\n")?;
        for (namespace, name, secret) in &secrets {
            let keys: Vec<&str> = secret.keys.iter().map(|key| key.as_str()).collect();
            ui.data(&format!("  {namespace}/{name}: {}\n      {}\n", keys.join(", "), secret.description))?;
        }
        ui.status(&format!("{resources} resources, {}", count(rendered.findings.len())));
    }
    Ok(if rendered.findings.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

/// Shows findings in the chosen format.
pub(super) fn report(findings: &[Finding], ui: &Ui) -> Result<(), Failure> {
    match ui.format {
        Format::Json => ui.json(&FindingsJson { findings: json(findings) }),
        Format::Text | Format::Markdown => text(findings, ui),
    }
}

fn text(findings: &[Finding], ui: &Ui) -> Result<(), Failure> {
    for finding in findings {
        let environment = finding.environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        let heading = Ui::heading(&format!("finding {}", finding.rule));
        ui.data(&format!("{heading}: {}{environment}: {}\n", finding.resource, finding.message))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Report<'a> {
    resources: usize,
    findings: Vec<FindingJson<'a>>,
    secrets: Vec<SecretJson<'a>>,
    rules: Vec<&'static str>,
}

#[derive(Serialize)]
struct FindingsJson<'a> {
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    rule: &'a str,
    environment: Option<&'a str>,
    resource: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct SecretJson<'a> {
    namespace: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    keys: Vec<&'a str>,
    description: &'a str,
}

fn json(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings
        .iter()
        .map(|finding| FindingJson {
            rule: finding.rule,
            environment: finding.environment.as_deref(),
            resource: &finding.resource,
            message: &finding.message,
        })
        .collect()
}

fn count(findings: usize) -> String {
    if findings == 1 { "1 finding".to_owned() } else { format!("{findings} findings") }
}
