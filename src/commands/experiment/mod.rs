//! `ahuora experiment`: from a design to branches, a proof, and runs.

pub mod close;
pub mod dispatch;
pub mod open;
mod remote;
pub mod status;

use crate::cli::{Common, ExperimentCommand};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Campaign;
use crate::ui::Ui;

pub(super) fn run(common: &Common, command: &ExperimentCommand, ui: &Ui) -> Result<Outcome, Failure> {
    match command {
        ExperimentCommand::List => Ok(Outcome::Fine),
        ExperimentCommand::Open(args) => open::run(common, args, &campaign(common, &args.remote.name)?, ui),
        ExperimentCommand::Dispatch(args) => {
            let campaign = campaign(common, &args.remote.name)?;
            dispatch::run(common, args, &campaign, &mut |_| Ok(()), ui)
        }
        ExperimentCommand::Status(args) => status::run(common, args, &campaign(common, &args.remote.name)?, ui),
        ExperimentCommand::Close(args) => close::run(common, args, &campaign(common, &args.remote.name)?, ui),
    }
}

/// An experiment whose branches exist.
fn campaign(_common: &Common, name: &str) -> Result<Campaign, Failure> {
    Err(Failure::usage(
        format!("there is no experiment `{name}` with branches"),
        "`ahuora experiment list` tells the experiments of the repository",
    ))
}
