//! `ahuora load publish`: Results of a run on the branch of results.

use crate::cli::{Common, PublishArgs};
use crate::error::{Failure, Outcome};

use crate::ui::Ui;

pub(super) fn run(_common: &Common, _args: &PublishArgs, _ui: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("`load publish` is being written", "wait"))
}
