//! `ahuora release rollback`.

use crate::cli::{Common, RollbackArgs};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(_: &Common, _: &RollbackArgs, _: &Ui) -> Result<Outcome, Failure> {
    Err(Failure::usage("not made yet", "wait"))
}
