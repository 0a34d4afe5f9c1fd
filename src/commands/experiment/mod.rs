//! `ahuora experiment`: from a design to branches, a proof, and runs.

use crate::cli::{Common, ExperimentCommand};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_common: &Common, command: &ExperimentCommand, _ui: &Ui) -> Result<Outcome, Failure> {
    match command {
        ExperimentCommand::List => Ok(Outcome::Fine),
    }
}
