//! `ahuora release rollback`: a bump downwards. Tags stay: what was released was released.

use super::bump::{Request, Wishes, deliver};
use crate::cli::{Common, RollbackArgs};
use crate::error::{Failure, Outcome};
use crate::release::image::{Direction, Wish};
use crate::ui::Ui;

pub(super) fn run(common: &Common, args: &RollbackArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let wish = Wish { component: args.component.clone(), version: args.to.clone() };
    let request = Request { wishes: Wishes::Named(wish), direction: Direction::Older, changelog: None };
    deliver(common, &request, &args.delivery, ui)
}
