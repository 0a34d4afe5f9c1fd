//! `ahuora experiment live`: whether a commit is what runs in an environment.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use crate::cli::{Common, LiveArgs};
use crate::commands::{Workspace, platform};
use crate::effects;
use crate::effects::cluster::{self, LiveState};
use crate::error::{Failure, Outcome};
use crate::experiment::live::{Verdict, judge};
use crate::manifest;
use crate::ui::{Format, Ui};

/// An environment on a cluster.
pub(in crate::commands) struct Target {
    /// Context of the kubeconfig; its current one when there is none.
    pub(in crate::commands) context: Option<String>,
    /// Name of the environment.
    pub(in crate::commands) environment: String,
    /// Its namespace.
    pub(in crate::commands) namespace: String,
    /// Argo CD's namespace.
    pub(in crate::commands) argo_cd: String,
    /// Name of its Application.
    pub(in crate::commands) application: String,
    /// Root of the repository.
    root: PathBuf,
    /// Folder of its manifests, from there.
    folder: String,
}

impl Target {
    /// The environment of that name; without one, the one in which experiments run, else the first.
    ///
    /// # Errors
    /// When there is no such environment.
    pub(in crate::commands) fn new(
        workspace: &Workspace,
        environment: Option<&str>,
        context: Option<String>,
    ) -> Result<Self, Failure> {
        let configuration = &workspace.configuration;
        let experiments = configuration.operations.experiments.as_ref();
        let default = experiments.map(|experiments| experiments.environment.as_str());
        let first = configuration.platforms.first().map(|platform| platform.scope.environment.as_str());
        let platform = platform(configuration, environment.or(default).or(first).unwrap_or_default())?;
        let environment = platform.scope.environment.to_string();
        Ok(Self {
            context,
            namespace: platform.scope.namespace.to_string(),
            argo_cd: configuration.operations.argo_cd.namespace.to_string(),
            application: manifest::application_name(&configuration.operations, platform),
            root: workspace.repository.path(""),
            folder: format!("{}/{environment}", workspace.out),
            environment,
        })
    }

    /// What is said of a commit now, and by which cluster.
    fn ask(&self, commit: &str) -> Result<(Verdict, String), Failure> {
        let asked = cluster::live_state(self.context.as_deref(), &self.argo_cd, &self.application, &self.namespace);
        let LiveState { cluster, application, workloads } = asked?;
        Ok((self.judged(commit, application.as_ref(), &workloads), cluster))
    }

    /// Whether a commit is what runs, by what the cluster told.
    pub(in crate::commands) fn judged(
        &self,
        commit: &str,
        application: Option<&Value>,
        workloads: &[Value],
    ) -> Verdict {
        let is_same = |other: &str| effects::is_same_folder(&self.root, &self.folder, commit, other);
        judge(commit, application, workloads, &is_same)
    }
}

/// Asks until a commit is live or has failed, for `wait` seconds, every `interval` seconds; says what is missing
/// whenever that changes. Gives the last verdict, and the cluster that was asked.
///
/// # Errors
/// When the cluster cannot be asked at first, or at last; what fails between is tried again.
pub(super) fn wait(
    target: &Target,
    commit: &str,
    (wait, interval): (u32, u32),
    ui: &Ui,
) -> Result<(Verdict, String), Failure> {
    let mut last = target.ask(commit)?;
    let (mut told, mut waited) = (Vec::new(), 0);
    loop {
        let Verdict::NotYet(reasons) = &last.0 else { return Ok(last) };
        if waited >= wait {
            return Ok(last);
        }
        if *reasons != told {
            ui.status(&format!("not live yet: {}", reasons.join("; ")));
            told.clone_from(reasons);
        }
        let pause = interval.clamp(1, wait - waited);
        cluster::pause(pause)?;
        waited += pause;
        match target.ask(commit) {
            Ok(asked) => last = asked,
            Err(failure) if waited >= wait => return Err(failure),
            Err(failure) => ui.status(&format!("asking again: {failure}")),
        }
    }
}

pub(super) fn run(common: &Common, arguments: &LiveArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let workspace = Workspace::open(common)?;
    let target = Target::new(&workspace, arguments.environment.as_deref(), arguments.kube_context.clone())?;
    let commit = arguments.commit.as_str();
    let (verdict, cluster) = wait(&target, commit, (arguments.wait.get(), arguments.interval.get()), ui)?;
    let (word, reasons) = match &verdict {
        Verdict::Live => ("live", Vec::new()),
        Verdict::NotYet(reasons) => ("notYet", reasons.iter().map(String::as_str).collect()),
        Verdict::Failed(why) => ("failed", vec![why.as_str()]),
    };
    match ui.format {
        Format::Json => ui.json(&Report {
            commit,
            environment: &target.environment,
            application: &target.application,
            cluster: &cluster,
            verdict: word,
            reasons,
        })?,
        Format::Text | Format::Markdown => ui.data(&told(&target, commit, &verdict))?,
    }
    Ok(if verdict == Verdict::Live { Outcome::Fine } else { Outcome::Findings })
}

fn told(target: &Target, commit: &str, verdict: &Verdict) -> String {
    let environment = &target.environment;
    match verdict {
        Verdict::Live => format!("{commit} is live in {environment}\n"),
        Verdict::NotYet(reasons) => {
            let lines: String = reasons.iter().map(|reason| format!("  {reason}\n")).collect();
            format!("{commit} is not live in {environment}:\n{lines}")
        }
        Verdict::Failed(why) => format!("{commit} cannot become live in {environment}:\n  {why}\n"),
    }
}

#[derive(Serialize)]
struct Report<'a> {
    commit: &'a str,
    environment: &'a str,
    application: &'a str,
    cluster: &'a str,
    verdict: &'a str,
    reasons: Vec<&'a str>,
}
