//! `ahuora experiment`: from a design to branches, a proof, and runs.

mod live;

use crate::cli::{Common, ExperimentCommand};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(common: &Common, command: &ExperimentCommand, ui: &Ui) -> Result<Outcome, Failure> {
    match command {
        ExperimentCommand::List => Ok(Outcome::Fine),
        ExperimentCommand::Live(arguments) => live::run(common, arguments, ui),
    }
}
