//! `ahuora graph`: the platform as a Mermaid flowchart.

use super::{Workspace, configuration_failure, platform};
use crate::cli::Common;
use crate::error::{Failure, Outcome};
use crate::graph;
use crate::render;
use crate::ui::{Format, Ui};

pub(super) fn run(common: &Common, environment: Option<&str>, ui: &Ui) -> Result<Outcome, Failure> {
    let Workspace { configuration, .. } = Workspace::open(common)?;
    let first = configuration.platforms.first().map(|platform| platform.scope.environment.as_str());
    let wanted = environment.or(first).unwrap_or_default();
    let platform = platform(&configuration, wanted)?;
    let environment = render::environment(platform).map_err(|problems| configuration_failure(common, problems))?;
    let picture = graph::mermaid(&environment);
    match ui.format {
        Format::Text | Format::Markdown => ui.data(&picture)?,
        Format::Json => ui.json(&serde_json::json!({"environment": wanted, "mermaid": picture}))?,
    }
    Ok(Outcome::Fine)
}
