//! `ahuora experiment status`: where an experiment stands.

use std::fmt::Write as _;

use serde::Serialize;

use super::remote::{connect, duration};
use crate::cli::{Common, StatusArgs};
use crate::effects::Repository;
use crate::effects::journal::{Journal, folder};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Campaign;
use crate::github::client::Client;
use crate::github::journal::Standing;
use crate::github::lock::Held;
use crate::github::standing::{Branch, Seen, seconds_left};
use crate::ui::{Format, Ui};

#[derive(Serialize)]
struct StatusJson<'a> {
    experiment: &'a str,
    environment: &'a str,
    repository: &'a str,
    design: &'a str,
    active: Vec<String>,
    lock: Option<LockJson<'a>>,
    permutations: Vec<PermutationJson<'a>>,
    runs: RunsJson,
}

#[derive(Serialize)]
struct LockJson<'a> {
    campaign: Option<&'a str>,
    experiment: Option<&'a str>,
    permutation: Option<&'a str>,
    since: Option<&'a str>,
    host: Option<&'a str>,
    /// Whether it is held by the dispatch of this machine's journal.
    ours: bool,
}

#[derive(Serialize)]
struct PermutationJson<'a> {
    name: &'a str,
    branch: &'a str,
    commit: &'a str,
    branch_on_github: &'static str,
    pull_request: Option<u64>,
    url: Option<&'a str>,
    draft: Option<bool>,
    labels: Vec<&'a str>,
}

#[derive(Serialize)]
struct RunsJson {
    total: usize,
    succeeded: usize,
    failed: usize,
    left: usize,
    seconds_left: u64,
    /// Whether a dispatch of this machine was interrupted or is under way.
    unfinished: bool,
}

/// Tells where an experiment stands.
///
/// # Errors
/// What GitHub refuses.
pub fn run(common: &Common, args: &StatusArgs, campaign: &Campaign, ui: &Ui) -> Result<Outcome, Failure> {
    let root = Repository::find(common.repo.as_deref(), &common.config)?.path("");
    let events = Journal::peek(&folder(&root, &campaign.experiment)?)?;
    let standing = Standing::of(&events).filter(|standing| standing.fits(campaign));
    let (mut connection, repository) = connect(common, args.remote.repository.as_ref())?;
    let say = |text: &str| ui.status(text);
    let mut client = Client::new(&mut connection, &repository, &say);
    let seen = Seen::of(&mut client, campaign);
    let seen = seen.map_err(|trouble| trouble.failure(&format!("look at {repository}")))?;
    let (succeeded, failed, left) = standing.as_ref().map_or((0, 0, campaign.runs.len()), Standing::counts);
    let json = StatusJson {
        experiment: &campaign.experiment,
        environment: &campaign.environment,
        repository: &repository,
        design: &campaign.design,
        active: seen.active(campaign),
        lock: seen.lock.as_ref().map(|held| lock(held, standing.as_ref())),
        permutations: permutations(campaign, &seen),
        runs: RunsJson {
            total: campaign.runs.len(),
            succeeded,
            failed,
            left,
            seconds_left: seconds_left(campaign, standing.as_ref()),
            unfinished: standing.is_some_and(|standing| !standing.finished),
        },
    };
    if ui.format == Format::Json {
        ui.json(&json)?;
    } else {
        ui.data(&text(&json))?;
    }
    Ok(Outcome::Fine)
}

fn lock<'h>(held: &'h Held, standing: Option<&Standing>) -> LockJson<'h> {
    let holder = held.holder.as_ref();
    LockJson {
        campaign: holder.map(|holder| holder.campaign.as_str()),
        experiment: holder.map(|holder| holder.experiment.as_str()),
        permutation: holder.map(|holder| holder.permutation.as_str()),
        since: holder.map(|holder| holder.since.as_str()),
        host: holder.map(|holder| holder.host.as_str()),
        ours: standing.is_some_and(|standing| holder.is_some_and(|holder| holder.campaign == standing.campaign)),
    }
}

fn permutations<'c>(campaign: &'c Campaign, seen: &'c Seen) -> Vec<PermutationJson<'c>> {
    let one = |(index, permutation): (usize, &'c crate::experiment::campaign::Permutation)| {
        let pull = seen.pulls.get(&permutation.branch);
        PermutationJson {
            name: &permutation.name,
            branch: &permutation.branch,
            commit: &permutation.commit,
            branch_on_github: match seen.branch(campaign, index) {
                Branch::Pushed => "pushed",
                Branch::Moved => "moved",
                Branch::Missing => "missing",
            },
            pull_request: pull.map(|pull| pull.number),
            url: pull.map(|pull| pull.url.as_str()),
            draft: pull.map(|pull| pull.draft),
            labels: pull.map(|pull| pull.labels.iter().map(String::as_str).collect()).unwrap_or_default(),
        }
    };
    campaign.permutations.iter().enumerate().map(one).collect()
}

fn text(json: &StatusJson<'_>) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} in {} ({})", json.experiment, json.environment, json.repository);
    let width = json.permutations.iter().map(|one| one.name.len()).max().unwrap_or(0);
    for one in &json.permutations {
        let pull = one.pull_request.map_or("no pull request".to_owned(), |number| format!("#{number}"));
        let draft = if one.draft == Some(false) { ", no draft" } else { "" };
        let active = if json.active.iter().any(|name| name == one.name) { ", active" } else { "" };
        let (name, commit, branch) = (one.name, one.commit, one.branch_on_github);
        let _ = writeln!(text, "  {name:<width$}  {commit:.12} {branch}, {pull}{draft}{active}");
    }
    let _ = match &json.lock {
        None => writeln!(text, "lock: nobody holds {}", json.environment),
        Some(lock) => {
            let whose = if lock.ours { "this machine's dispatch" } else { lock.host.unwrap_or("nobody known") };
            let (experiment, since) = (lock.experiment.unwrap_or("?"), lock.since.unwrap_or("?"));
            let permutation = lock.permutation.unwrap_or("?");
            writeln!(text, "lock: {experiment} holds {}, {permutation} since {since}: {whose}", json.environment)
        }
    };
    let RunsJson { total, succeeded, failed, left, seconds_left, unfinished } = &json.runs;
    let time = duration(*seconds_left);
    let _ = writeln!(text, "runs: {succeeded} succeeded, {failed} failed, {left} left of {total}; {time} of load left");
    if *unfinished {
        let _ = writeln!(text, "unfinished: ahuora experiment dispatch {} --resume", json.experiment);
    }
    text
}
