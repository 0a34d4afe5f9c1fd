//! `ahuora experiment close`: nothing of an experiment is left on GitHub but its branches.

use serde::Serialize;

use super::remote::connect;
use crate::cli::{CloseArgs, Common};
use crate::effects::Repository;
use crate::effects::journal::{Journal, folder};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Campaign;
use crate::github::client::Client;
use crate::github::closing::{Wish, perform, to_close};
use crate::github::dispatch::Keep as _;
use crate::github::journal::{Event, Standing};
use crate::github::standing::Seen;
use crate::ui::{Format, Ui};

#[derive(Serialize)]
struct CloseJson<'a> {
    experiment: &'a str,
    repository: &'a str,
    dry_run: bool,
    actions: Vec<String>,
}

/// Takes the active label off, gives the lock back, closes the pull requests.
///
/// # Errors
/// When it is being measured, or what GitHub refuses; what was done stays, and running again does the rest.
pub fn run(common: &Common, args: &CloseArgs, campaign: &Campaign, ui: &Ui) -> Result<Outcome, Failure> {
    let root = Repository::find(common.repo.as_deref(), &common.config)?.path("");
    let folder = folder(&root, &campaign.experiment)?;
    // Whoever dispatches it now has the journal open; a dry run changes nothing, not even this.
    let (mut journal, events) = if common.dry_run {
        (None, Journal::peek(&folder)?)
    } else {
        let (journal, events) = Journal::open(&folder)?;
        (Some(journal), events)
    };
    let standing = Standing::of(&events);
    let (mut connection, repository) = connect(common, args.remote.repository.as_ref())?;
    let say = |text: &str| ui.status(text);
    let mut client = Client::new(&mut connection, &repository, &say);
    let look = |trouble: crate::github::trouble::Trouble| trouble.failure(&format!("look at {repository}"));
    let seen = Seen::of(&mut client, campaign).map_err(look)?;
    let wish = Wish {
        campaign: standing.as_ref().map(|standing| standing.campaign.clone()),
        break_lock: args.break_lock,
        delete_branches: args.delete_branches,
    };
    let actions = to_close(campaign, &wish, seen.lock.as_ref(), &seen.pulls, &seen.branches).map_err(look)?;
    let told: Vec<String> = actions.iter().map(|action| action.told()).collect();
    for (action, told) in actions.iter().zip(&told) {
        if !common.dry_run {
            perform(&mut client, action).map_err(|trouble| trouble.failure(told))?;
        }
        if ui.format == Format::Text {
            ui.data(&format!("{told}\n"))?;
        }
    }
    if let Some(journal) = journal.as_mut().filter(|_| standing.is_some_and(|standing| !standing.finished)) {
        journal.append(&Event::Closed.line())?;
    }
    if ui.format == Format::Json {
        let (experiment, repository, dry_run) = (campaign.experiment.as_str(), repository.as_str(), common.dry_run);
        ui.json(&CloseJson { experiment, repository, dry_run, actions: told })?;
        return Ok(Outcome::Fine);
    }
    ui.status(&match (actions.len(), common.dry_run) {
        (0, _) => format!("nothing of {} is open", campaign.experiment),
        (many, true) => format!("dry run: {many} changes of {repository} would be made"),
        (many, false) => format!("{many} changes of {repository} made"),
    });
    Ok(Outcome::Fine)
}
