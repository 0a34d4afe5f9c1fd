//! `ahuora load compose`: Trials against the Compose benchmark.

use crate::cli::{Common, ComposeArgs};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::ui::Ui;

pub(super) fn run(_common: &Common, _load: &Load, _args: &ComposeArgs, _ui: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("`load compose` is being written", "wait"))
}
