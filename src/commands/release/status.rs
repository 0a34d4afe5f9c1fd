//! `ahuora release status`.

use crate::cli::{Common, ReleaseStatusArgs};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_: &Common, _: &ReleaseStatusArgs, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("not made yet", "wait"))
}
