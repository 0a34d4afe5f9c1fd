//! `ahuora release bump`.

use crate::cli::{BumpArgs, Common};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_: &Common, _: &BumpArgs, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("not made yet", "wait"))
}
