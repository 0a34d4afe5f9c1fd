//! `ahuora experiment dispatch`: the runs of an experiment, one after the other, and what became of each.

use serde::Serialize;

use super::remote::{connect, duration};
use crate::cli::{Common, DispatchArgs};
use crate::commands::experiment::remote;
use crate::effects::Repository;
use crate::effects::github::{host, new_id};
use crate::effects::journal::{Journal, folder};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Campaign;
use crate::github::client::Client;
use crate::github::dispatch::{Dispatch, Live, Surroundings};
use crate::github::journal::{Event, Progress, Standing};
use crate::github::machine::plan;
use crate::github::standing::seconds_left;
use crate::ui::{Format, Ui};

#[derive(Serialize)]
struct PlanJson<'a> {
    experiment: &'a str,
    dry_run: bool,
    actions: Vec<String>,
    seconds_left: u64,
}

#[derive(Serialize)]
struct DispatchJson<'a> {
    experiment: &'a str,
    campaign: &'a str,
    succeeded: usize,
    failed: usize,
    left: usize,
    runs: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    run: usize,
    permutation: &'a str,
    endpoint: &'a str,
    profile: &'a str,
    trial: u32,
    number: Option<u64>,
    conclusion: Option<&'a str>,
}

/// Makes all runs that are left; `live` waits until the cluster runs a permutation.
///
/// # Errors
/// What stopped it: the journal knows how far it came, and `--resume` goes on.
pub fn run(
    common: &Common,
    args: &DispatchArgs,
    campaign: &Campaign,
    live: Live<'_>,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let root = Repository::find(common.repo.as_deref(), &common.config)?.path("");
    let folder = folder(&root, &campaign.experiment)?;
    if common.dry_run {
        let earlier = earlier(args, campaign, &Journal::peek(&folder)?)?;
        return dry_run(campaign, earlier, ui);
    }
    let (mut connection, repository) = connect(common, args.remote.repository.as_ref())?;
    let (mut journal, events) = Journal::open(&folder)?;
    let earlier = earlier(args, campaign, &events)?;
    let say = |text: &str| ui.status(text);
    let mut client = Client::new(&mut connection, &repository, &say);
    let mut id = new_id;
    let around = Surroundings {
        journal: &mut journal,
        live,
        id: &mut id,
        host: host(),
        poll: args.poll * 1_000,
        stop_on_failure: args.stop_on_failure,
    };
    let dispatch = match earlier {
        Some(standing) => Dispatch::resume(campaign, around, standing),
        None => Dispatch::begin(&mut client, campaign, around)?,
    };
    told(campaign, &dispatch.run(&mut client)?, ui)
}

/// Where an earlier dispatch was left, when it is to be gone on with.
fn earlier(args: &DispatchArgs, campaign: &Campaign, events: &[Event]) -> Result<Option<Standing>, Failure> {
    let name = &campaign.experiment;
    let standing = Standing::of(events);
    match (standing, args.resume) {
        (None, false) => Ok(None),
        (None, true) => Err(Failure::usage(
            format!("this machine has dispatched nothing of {name}: there is nothing to resume"),
            format!("ahuora experiment dispatch {name}"),
        )),
        (Some(standing), false) if standing.finished => Ok(None),
        (Some(standing), false) => Err(Failure::usage(
            format!("an earlier dispatch of {name} was interrupted: {} runs are left", standing.counts().2),
            format!(
                "go on with `ahuora experiment dispatch {name} --resume`, or end it: ahuora experiment close {name}"
            ),
        )),
        (Some(standing), true) if !standing.fits(campaign) => Err(Failure::usage(
            format!("the interrupted dispatch of {name} is of another design or of other commits"),
            format!(
                "go back to the design with digest {:.12}, or end that dispatch: ahuora experiment close {name}",
                standing.design
            ),
        )),
        (standing, true) => Ok(standing),
    }
}

fn dry_run(campaign: &Campaign, earlier: Option<Standing>, ui: &Ui) -> Result<Outcome, Failure> {
    let standing = earlier.unwrap_or_else(|| Standing::begin(campaign, String::new()));
    let (actions, left) = (plan(campaign, &standing), seconds_left(campaign, Some(&standing)));
    if ui.format == Format::Json {
        let experiment = campaign.experiment.as_str();
        ui.json(&PlanJson { experiment, dry_run: true, actions, seconds_left: left })?;
    } else {
        ui.data(&actions.iter().map(|action| format!("{action}\n")).collect::<String>())?;
        ui.status(&format!("dry run: {} of load at least", duration(left)));
    }
    Ok(Outcome::Fine)
}

/// Tells what became of each run.
fn told(campaign: &Campaign, standing: &Standing, ui: &Ui) -> Result<Outcome, Failure> {
    let runs: Vec<RunJson<'_>> = campaign.runs.iter().zip(&standing.runs).enumerate().map(row(campaign)).collect();
    let (succeeded, failed, left) = standing.counts();
    if ui.format == Format::Json {
        let (experiment, campaign) = (campaign.experiment.as_str(), standing.campaign.as_str());
        ui.json(&DispatchJson { experiment, campaign, succeeded, failed, left, runs })?;
    } else {
        let width = |of: fn(&RunJson<'_>) -> usize| runs.iter().map(of).max().unwrap_or(0);
        let widths =
            (width(|run| run.permutation.len()), width(|run| run.endpoint.len()), width(|run| run.profile.len()));
        let line = |run: &RunJson<'_>| {
            let (name, endpoint, profile) = (run.permutation, run.endpoint, run.profile);
            let number = run.number.map_or("-".to_owned(), |number| number.to_string());
            let conclusion = run.conclusion.unwrap_or("left");
            format!(
                "{:>4}  {name:<2$}  {endpoint:<3$}  {profile:<4$}  trial {1}  {conclusion:<9}  {number}\n",
                run.run, run.trial, widths.0, widths.1, widths.2
            )
        };
        ui.data(&runs.iter().map(line).collect::<String>())?;
        let more = seconds_left(campaign, Some(standing));
        let rest = if left == 0 { String::new() } else { format!(", {left} left ({})", remote::duration(more)) };
        ui.status(&format!("{succeeded} runs succeeded, {failed} failed{rest}"));
    }
    Ok(if failed > 0 { Outcome::Findings } else { Outcome::Fine })
}

/// One run as it is told.
fn row<'c>(
    campaign: &'c Campaign,
) -> impl Fn((usize, (&'c crate::experiment::campaign::Run, &'c Progress))) -> RunJson<'c> {
    |(index, (run, progress))| {
        let (number, conclusion) = match progress {
            Progress::Ended { number, conclusion } => (*number, Some(conclusion.as_str())),
            Progress::Sent { number, .. } => (Some(*number), None),
            Progress::New | Progress::Sending { .. } => (None, None),
        };
        RunJson {
            run: index + 1,
            permutation: campaign.permutations.get(run.permutation).map_or("", |one| one.name.as_str()),
            endpoint: &run.endpoint,
            profile: &run.profile,
            trial: run.trial,
            number,
            conclusion,
        }
    }
}
