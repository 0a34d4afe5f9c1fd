//! `ahuora release latest`.

use crate::cli::{Common, LatestArgs};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_: &Common, _: &LatestArgs, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("not made yet", "wait"))
}
