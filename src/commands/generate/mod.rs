//! `ahuora generate`: platform.yaml becomes manifests/, compose.yaml and the picture in the README.

mod compare;
mod report;

use super::{check, configuration_failure, load};
use crate::cli::Common;
use crate::effects;
use crate::error::{Failure, Outcome};
use crate::graph;
use crate::render;
use crate::ui::Ui;
use compare::{Compared, Disk};
use report::{Mode, say};

pub(super) fn run(common: &Common, check_only: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let (repository, configuration) = load(common)?;
    let scan = effects::scan(&repository.path(&common.out), &common.out)?;
    let disk = Disk { repository: &repository, common, scan: &scan };
    let first = configuration.platforms.first().map(|platform| &platform.scope.environment);
    let rendered = render::all(&configuration, |environment| {
        let is_first = first == Some(&environment.platform.scope.environment);
        (disk.documents(environment.documents()), is_first.then(|| graph::mermaid(environment)))
    })
    .map_err(|problems| configuration_failure(common, problems))?;
    if !rendered.findings.is_empty() {
        check::report(&rendered.findings, ui)?;
        ui.status("nothing was written; mend the findings, or waive one with a reason under `waivers`");
        return Ok(Outcome::Findings);
    }
    let mut compared = Compared::default();
    for (documents, picture) in rendered.environments {
        compared.extend(documents?);
        if let Some(picture) = picture {
            compared.extend(disk.picture(&picture)?);
        }
    }
    compared.extend(disk.documents(rendered.cluster.iter())?);
    compared.extend(disk.compose(&configuration)?);
    if compared.is_empty() {
        return Err(Failure::usage("the configuration yields no resource: nothing is written", "name an environment"));
    }
    let foreign = disk.stale(&mut compared)?;
    let mode = Mode::of(check_only, common.dry_run);
    if mode == Mode::Real {
        effects::apply(&repository, &compared.actions)?;
    }
    say(ui, mode, &compared, &foreign)
}
