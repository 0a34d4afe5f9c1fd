//! `ahuora load smoke`: Each endpoint once.

use crate::cli::{Common, SmokeArgs};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::ui::Ui;

pub(super) fn run(_common: &Common, _load: &Load, _args: &SmokeArgs, _ui: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("`load smoke` is being written", "wait"))
}
