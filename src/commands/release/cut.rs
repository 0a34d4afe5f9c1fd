//! `ahuora release cut`.

use crate::cli::{Common, CutArgs};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_: &Common, _: &CutArgs, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("not made yet", "wait"))
}
