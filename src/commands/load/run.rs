//! `ahuora load run`: Trials.

use crate::cli::{Common, RunArgs};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::ui::Ui;

pub(super) fn run(_common: &Common, _load: &Load, _args: &RunArgs, _ui: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("`load run` is being written", "wait"))
}
