//! `ahuora release`: from commits to versions, tags, and images in `platform.yaml`.

mod bump;
mod changelog;
pub mod cut;
mod latest;
mod next;
mod rollback;
mod sources;
mod status;

use crate::cli::{Common, ReleaseCommand};
use crate::error::{Failure, Outcome};
use crate::ui::Ui;

pub(super) fn run(common: &Common, command: &ReleaseCommand, ui: &Ui) -> Result<Outcome, Failure> {
    match command {
        ReleaseCommand::Latest(args) => latest::run(common, args, ui),
        ReleaseCommand::Next(args) => next::run(common, args, ui),
        ReleaseCommand::Cut(args) => cut::run(common, args, ui),
        ReleaseCommand::Changelog(args) => changelog::run(common, args, ui),
        ReleaseCommand::Bump(args) => bump::run(common, args, ui),
        ReleaseCommand::Rollback(args) => rollback::run(common, args, ui),
        ReleaseCommand::Status(args) => status::run(common, args, ui),
    }
}
