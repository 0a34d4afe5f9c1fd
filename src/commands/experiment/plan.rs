//! `ahuora experiment plan`: what an experiment would do.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Designs, hours, refused, tell_findings, varied};
use crate::cli::{Common, Limit};
use crate::commands::Workspace;
use crate::error::{Failure, Outcome};
use crate::experiment::{Digest, Experiment, OrderSpec, Surveyed, survey, switches};
use crate::ui::{Format, Ui};

/// Plans one experiment.
pub(super) fn one(common: &Common, name: &str, runs: bool, limit: Limit, ui: &Ui) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let experiment = designs.read(name, limit.limit)?;
    let workspace = Workspace::open(common)?;
    let surveyed = surveyed(common, &workspace, &experiment)?;
    let settling = u64::from(designs.load.spec.settling.get());
    if ui.format == Format::Json {
        ui.json(&json(&experiment, &surveyed, settling))?;
    } else {
        ui.data(&text(&experiment, &surveyed, settling))?;
        if runs {
            ui.data(&listed(&experiment))?;
        }
        tell_findings(&experiment, &surveyed.findings, ui)?;
    }
    Ok(if surveyed.findings.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

/// Plans all experiments, and tells where they meet.
pub(super) fn all(common: &Common, limit: Limit, ui: &Ui) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let workspace = Workspace::open(common)?;
    let settling = u64::from(designs.load.spec.settling.get());
    let mut planned = Vec::new();
    for experiment in designs.read_all(limit.limit)? {
        let surveyed = surveyed(common, &workspace, &experiment)?;
        planned.push((experiment, surveyed));
    }
    let meetings = meetings(&planned);
    if ui.format == Format::Json {
        let experiments = planned.iter().map(|(experiment, surveyed)| json(experiment, surveyed, settling)).collect();
        let meetings = meetings
            .iter()
            .map(|(digest, who)| MeetingJson { manifests: digest.to_string(), permutations: who.clone() });
        let groups = sums(&planned, settling);
        let groups = groups.into_iter().map(|(name, sum)| GroupJson { name, sum }).collect();
        ui.json(&AllJson { experiments, groups, meetings: meetings.collect() })?;
    } else {
        ui.data(&summary(&planned, settling))?;
        for who in meetings.values() {
            ui.data(&format!("one deployment can serve: {}\n", who.join(", ")))?;
        }
        for (experiment, surveyed) in &planned {
            tell_findings(experiment, &surveyed.findings, ui)?;
        }
    }
    let fine = planned.iter().all(|(_, surveyed)| surveyed.findings.is_empty());
    Ok(if fine { Outcome::Fine } else { Outcome::Findings })
}

/// Renders every permutation of the platform as it stands on the disk.
fn surveyed(common: &Common, workspace: &Workspace, experiment: &Experiment) -> Result<Surveyed, Failure> {
    let base = varied(common, &workspace.configuration, &workspace.out, experiment)?;
    survey(&base, experiment, |_, _, _| (), |_, ()| {}).map_err(refused(experiment))
}

/// Manifests to which permutations of several experiments lead.
fn meetings(planned: &[(Experiment, Surveyed)]) -> BTreeMap<Digest, Vec<String>> {
    let mut who: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for (experiment, surveyed) in planned {
        for (permutation, digest) in experiment.permutations.iter().zip(&surveyed.manifests) {
            who.entry(*digest).or_default().push(format!("{}/{}", experiment.name, permutation.name));
        }
    }
    who.retain(|_, permutations| permutations.len() > 1);
    who
}

fn sums(planned: &[(Experiment, Surveyed)], settling: u64) -> BTreeMap<String, SumJson> {
    let mut groups: BTreeMap<String, SumJson> = BTreeMap::new();
    for (experiment, _) in planned {
        let name = experiment.design.group.clone().unwrap_or_else(|| "others".to_owned());
        groups.entry(name).or_default().add(&SumJson::of(experiment, settling));
    }
    groups
}

fn summary(planned: &[(Experiment, Surveyed)], settling: u64) -> String {
    let groups = sums(planned, settling);
    let names = planned.iter().map(|(experiment, _)| experiment.name.as_str()).chain(groups.keys().map(String::as_str));
    let width = names.map(|name| name.len() + 2).max().unwrap_or_default();
    let mut text = format!(
        "{:width$}  {:>12}  {:>5}  {:>8}  {:>11}  {:>8}\n",
        "", "permutations", "runs", "load", "deployments", "with them"
    );
    let line = |text: &mut String, name: &str, sum: &SumJson| {
        let (load, whole) = (hours(sum.load_seconds), hours(sum.load_seconds + sum.settling_seconds));
        let _ = writeln!(
            text,
            "{name:width$}  {:>12}  {:>5}  {load:>8}  {:>11}  {whole:>9}",
            sum.permutations, sum.runs, sum.deployments
        );
    };
    for (group, sum) in &groups {
        let of_group = |experiment: &Experiment| experiment.design.group.as_deref().unwrap_or("others") == group;
        for (experiment, _) in planned.iter().filter(|(experiment, _)| of_group(experiment)) {
            line(&mut text, &format!("  {}", experiment.name), &SumJson::of(experiment, settling));
        }
        line(&mut text, group, sum);
    }
    text
}

fn text(experiment: &Experiment, surveyed: &Surveyed, settling: u64) -> String {
    let design = &experiment.design;
    let mut text = format!("{}: {}\n\n", experiment.name, design.question);
    let width = experiment.permutations.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for (permutation, digest) in experiment.permutations.iter().zip(&surveyed.manifests) {
        let levels: Vec<String> =
            experiment.labels(&permutation.row).iter().map(|(name, level)| format!("{name}={level}")).collect();
        let digest = digest.to_string();
        let short = digest.get(..12).unwrap_or_default();
        let _ = writeln!(text, "  {:width$}  {short}  {}", permutation.name, levels.join("  "));
    }
    for excluded in &experiment.excluded {
        let levels: Vec<String> =
            experiment.labels(&excluded.row).iter().map(|(name, level)| format!("{name}={level}")).collect();
        let _ = writeln!(text, "  left out: {}: {}", levels.join("  "), excluded.reason);
    }
    let sum = SumJson::of(experiment, settling);
    let _ = writeln!(
        text,
        "\n  {} permutations; endpoints {}; profiles {}; {} trials\n  {} runs, {} of load\n  order {}: {} deployments, {} with {} s to settle after each",
        sum.permutations,
        joined(&design.endpoints),
        joined(&design.profiles),
        design.trials,
        sum.runs,
        hours(sum.load_seconds),
        order(design.order),
        sum.deployments,
        hours(sum.load_seconds + sum.settling_seconds),
        settling
    );
    text
}

fn joined<T: ToString>(names: &[T]) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn nth<T: ToString>(names: &[T], index: usize) -> String {
    names.get(index).map(ToString::to_string).unwrap_or_default()
}

fn order(order: OrderSpec) -> String {
    match order {
        OrderSpec::Written => "as written".to_owned(),
        OrderSpec::Sorted => "sorted".to_owned(),
        OrderSpec::Interleaved { seed } => format!("interleaved (seed {seed})"),
    }
}

/// Every run, in its order.
fn listed(experiment: &Experiment) -> String {
    let mut text = String::from("\n");
    let width = experiment.permutations.iter().map(|one| one.name.len()).max().unwrap_or_default();
    let mut before = None;
    for (number, trial) in experiment.trials.iter().enumerate() {
        let name = experiment.permutations.get(trial.permutation).map_or("", |one| one.name.as_str());
        let mark = if before == Some(trial.permutation) { ' ' } else { '*' };
        before = Some(trial.permutation);
        let _ = writeln!(
            text,
            "  {:>4} {mark} {name:width$}  {} {} trial {}  {} s",
            number + 1,
            nth(&experiment.design.endpoints, trial.endpoint),
            nth(&experiment.design.profiles, trial.profile),
            trial.trial,
            experiment.seconds_of(trial)
        );
    }
    text.push_str("  * another permutation is deployed\n");
    text
}

/// What an experiment costs.
#[derive(Debug, Default, Serialize)]
struct SumJson {
    permutations: usize,
    runs: usize,
    load_seconds: u64,
    deployments: usize,
    settling_seconds: u64,
}

impl SumJson {
    fn of(experiment: &Experiment, settling: u64) -> Self {
        let deployments = switches(&experiment.trials);
        Self {
            permutations: experiment.permutations.len(),
            runs: experiment.trials.len(),
            load_seconds: experiment.load_seconds(),
            deployments,
            settling_seconds: settling * deployments as u64,
        }
    }

    const fn add(&mut self, other: &Self) {
        self.permutations += other.permutations;
        self.runs += other.runs;
        self.load_seconds += other.load_seconds;
        self.deployments += other.deployments;
        self.settling_seconds += other.settling_seconds;
    }
}

fn json<'e>(experiment: &'e Experiment, surveyed: &'e Surveyed, settling: u64) -> PlanJson<'e> {
    let levels = |row| experiment.labels(row).into_iter().collect();
    let permutations = experiment.permutations.iter().zip(&surveyed.manifests).map(|(permutation, digest)| {
        PermutationJson { name: &permutation.name, levels: levels(&permutation.row), manifests: digest.to_string() }
    });
    let excluded = experiment.excluded.iter();
    let name = |index: usize| experiment.permutations.get(index).map_or("", |one| one.name.as_str());
    let runs = experiment.trials.iter().map(|trial| RunJson {
        permutation: name(trial.permutation),
        endpoint: experiment.design.endpoints.get(trial.endpoint).map_or("", |name| name.as_str()),
        profile: experiment.design.profiles.get(trial.profile).map_or("", |name| name.as_str()),
        trial: trial.trial,
        seconds: experiment.seconds_of(trial),
    });
    let findings = surveyed.findings.iter().map(|(index, finding)| FindingJson {
        permutation: name(*index),
        rule: finding.rule,
        resource: &finding.resource,
        message: &finding.message,
    });
    PlanJson {
        experiment: &experiment.name,
        question: &experiment.design.question,
        design: experiment.digest.to_string(),
        sum: SumJson::of(experiment, settling),
        order: order(experiment.design.order),
        permutations: permutations.collect(),
        excluded: excluded.map(|one| ExcludedJson { levels: levels(&one.row), reason: &one.reason }).collect(),
        runs: runs.collect(),
        findings: findings.collect(),
    }
}

#[derive(Serialize)]
struct AllJson<'a> {
    experiments: Vec<PlanJson<'a>>,
    groups: Vec<GroupJson>,
    meetings: Vec<MeetingJson>,
}

#[derive(Serialize)]
struct GroupJson {
    name: String,
    sum: SumJson,
}

#[derive(Serialize)]
struct MeetingJson {
    manifests: String,
    permutations: Vec<String>,
}

#[derive(Serialize)]
struct PlanJson<'a> {
    experiment: &'a str,
    question: &'a str,
    design: String,
    sum: SumJson,
    order: String,
    permutations: Vec<PermutationJson<'a>>,
    excluded: Vec<ExcludedJson<'a>>,
    runs: Vec<RunJson<'a>>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct PermutationJson<'a> {
    name: &'a str,
    levels: BTreeMap<&'a str, &'a str>,
    manifests: String,
}

#[derive(Serialize)]
struct ExcludedJson<'a> {
    levels: BTreeMap<&'a str, &'a str>,
    reason: &'a str,
}

#[derive(Serialize)]
struct RunJson<'a> {
    permutation: &'a str,
    endpoint: &'a str,
    profile: &'a str,
    trial: u16,
    seconds: u64,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    permutation: &'a str,
    rule: &'a str,
    resource: &'a str,
    message: &'a str,
}
