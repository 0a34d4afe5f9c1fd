//! `ahuora experiment open`: a draft pull request for every permutation.

use serde::Serialize;

use super::remote::{connect, duration};
use crate::cli::{Common, OpenArgs};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Campaign;
use crate::github::client::Client;
use crate::github::pacer::Pacer;
use crate::github::pulls::{known_labels, open_pulls, perform, to_open};
use crate::ui::{Format, Ui};

/// Waits that are shorter are not worth a word, in seconds.
const WORTH_A_WORD: u64 = 60;

#[derive(Serialize)]
struct OpenJson<'a> {
    experiment: &'a str,
    repository: &'a str,
    dry_run: bool,
    actions: Vec<String>,
    pull_requests: Vec<PullJson<'a>>,
}

#[derive(Serialize)]
struct PullJson<'a> {
    permutation: &'a str,
    branch: &'a str,
    number: Option<u64>,
    url: Option<&'a str>,
}

/// Opens what is missing, and brings what is there up to date.
///
/// # Errors
/// What GitHub refuses; what was done stays, and running again does the rest.
pub fn run(common: &Common, args: &OpenArgs, campaign: &Campaign, ui: &Ui) -> Result<Outcome, Failure> {
    let (mut connection, repository) = connect(common, args.remote.repository.as_ref())?;
    let say = |text: &str| ui.status(text);
    let mut client = Client::new(&mut connection, &repository, &say);
    let what = format!("look at the pull requests of {repository}");
    let observed =
        known_labels(&mut client, &campaign.experiment).and_then(|labels| Ok((labels, open_pulls(&mut client)?)));
    let (labels, mut pulls) = observed.map_err(|trouble| trouble.failure(&what))?;
    let actions = to_open(campaign, &labels, &pulls);
    let told: Vec<String> = actions.iter().map(|action| action.told(campaign)).collect();
    let seconds = Pacer::seconds_for(actions.len());
    if seconds >= WORTH_A_WORD {
        let many = actions.len();
        ui.status(&format!(
            "{many} changes take {} or more: GitHub takes one a second, 500 an hour",
            duration(seconds)
        ));
    }
    for (action, told) in actions.iter().zip(&told) {
        if !common.dry_run {
            perform(&mut client, campaign, action, &mut pulls).map_err(|trouble| trouble.failure(told))?;
        }
        if ui.format == Format::Text {
            ui.data(&format!("{told}\n"))?;
        }
    }
    let pull_requests: Vec<PullJson<'_>> = campaign
        .permutations
        .iter()
        .map(|permutation| {
            let pull = pulls.get(&permutation.branch);
            PullJson {
                permutation: &permutation.name,
                branch: &permutation.branch,
                number: pull.map(|pull| pull.number),
                url: pull.map(|pull| pull.url.as_str()),
            }
        })
        .collect();
    if ui.format == Format::Json {
        let (experiment, dry_run, actions) = (campaign.experiment.as_str(), common.dry_run, told);
        ui.json(&OpenJson { experiment, repository: &repository, dry_run, actions, pull_requests })?;
        return Ok(Outcome::Fine);
    }
    let width = campaign.permutations.iter().map(|permutation| permutation.name.len()).max().unwrap_or(0);
    for pull in pull_requests.iter().filter(|pull| pull.number.is_some() && !common.dry_run) {
        let (number, url) = (pull.number.unwrap_or(0), pull.url.unwrap_or(""));
        ui.data(&format!("#{number:<5} {:<width$}  {url}\n", pull.permutation))?;
    }
    ui.status(&match (actions.len(), common.dry_run) {
        (0, _) => "every permutation has its pull request: nothing to do".to_owned(),
        (many, true) => format!("dry run: {many} changes of {repository} would be made"),
        (many, false) => format!("{many} changes of {repository} made"),
    });
    Ok(Outcome::Fine)
}
