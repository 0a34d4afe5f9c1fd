//! `ahuora init`: a new repository from the embedded default.

use std::path::Path;

use crate::cli::Common;
use crate::config;
use crate::effects::{self, Repository};
use crate::error::{Failure, Outcome};
use crate::experiment;
use crate::load;
use crate::plan::Action;
use crate::release;
use crate::trial::fixture;
use crate::ui::{Format, Ui};

/// Files of a new repository, as they stand in this one or under `src/default`.
const FILES: [(&str, &str); 21] = [
    ("platform.yaml", include_str!("../../platform.yaml")),
    ("README.md", include_str!("../default/README.md")),
    ("renovate.json", include_str!("../../renovate.json")),
    (".gitignore", include_str!("../default/gitignore")),
    (".gitattributes", include_str!("../default/gitattributes")),
    (".checkov.yaml", include_str!("../../.checkov.yaml")),
    (".github/actions/ahuora/action.yml", include_str!("../default/ahuora-action.yml")),
    (".github/workflows/manifests.yml", include_str!("../default/manifests.yml")),
    (".github/workflows/manifest-diff.yml", include_str!("../default/manifest-diff.yml")),
    (".github/workflows/renovate-generate.yml", include_str!("../../.github/workflows/renovate-generate.yml")),
    (".github/workflows/bump.yml", include_str!("../../.github/workflows/bump.yml")),
    (".github/workflows/load-test.yml", include_str!("../../.github/workflows/load-test.yml")),
    ("experiments/README.md", include_str!("../../experiments/README.md")),
    ("experiments/load/fixture.yaml", include_str!("../../experiments/load/fixture.yaml")),
    ("experiments/load/load.yaml", include_str!("../../experiments/load/load.yaml")),
    ("experiments/minimum-replicas-fs.yaml", include_str!("../../experiments/minimum-replicas-fs.yaml")),
    ("experiments/minimum-replicas-uor.yaml", include_str!("../../experiments/minimum-replicas-uor.yaml")),
    ("experiments/replica-count-fs.yaml", include_str!("../../experiments/replica-count-fs.yaml")),
    ("experiments/replica-count-uor.yaml", include_str!("../../experiments/replica-count-uor.yaml")),
    ("experiments/resource-target.yaml", include_str!("../../experiments/resource-target.yaml")),
    ("experiments/scale-up-limit.yaml", include_str!("../../experiments/scale-up-limit.yaml")),
];

pub(super) fn run(common: &Common, dir: &Path, ui: &Ui) -> Result<Outcome, Failure> {
    let shown = dir.display().to_string();
    let scan = effects::scan(dir, &shown)?;
    if let Some(first) = scan.files.iter().chain(&scan.others).find(|path| !path.starts_with(".git/")) {
        return Err(Failure::usage(
            format!("{shown} is not empty (it has {first}): nothing was written"),
            "name a folder that does not exist yet",
        ));
    }
    let schemas = [
        ("platform.schema.json", config::json_schema()),
        ("experiment.schema.json", experiment::json_schema()),
        ("load.schema.json", load::json_schema()),
        ("fixture.schema.json", fixture::json_schema()),
        ("release.schema.json", release::json_schema()),
    ];
    let files = FILES.iter().map(|(path, content)| (*path, (*content).to_owned())).chain(schemas);
    let actions: Vec<Action> = files.map(|(path, content)| Action::write(path.to_owned(), content, false)).collect();
    if !common.dry_run {
        effects::make_folder(dir)?;
        effects::apply(&Repository::find(Some(dir), "platform.yaml")?, &actions)?;
    }
    match ui.format {
        Format::Json => ui.json(&serde_json::json!({"created": actions.iter().map(|action| &action.change.path).collect::<Vec<_>>(), "written": !common.dry_run}))?,
        Format::Text | Format::Markdown => {
            let lines: String = actions.iter().map(|action| format!("{}\n", action.change)).collect();
            ui.data(&lines)?;
            ui.status(&if common.dry_run {
                format!("dry run, nothing was written: {} files to create", actions.len())
            } else {
                format!("edit {shown}/platform.yaml, then run: ahuora generate --repo {shown}")
            });
        }
    }
    Ok(Outcome::Fine)
}
