//! `ahuora experiment list`: the designs of the repository.

use serde::Serialize;

use super::{Designs, hours};
use crate::cli::Common;
use crate::error::{Failure, Outcome};
use crate::ui::{Format, Ui};

/// Designs of more permutations than this are not counted.
const MOST: usize = 100_000;

pub(super) fn run(common: &Common, ui: &Ui) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let experiments = designs.read_all(MOST)?;
    if ui.format == Format::Json {
        let all = experiments.iter().map(|one| ListedJson {
            name: &one.name,
            question: &one.design.question,
            group: one.design.group.as_deref(),
            environment: one.design.environment.as_str(),
            permutations: one.permutations.len(),
            runs: one.trials.len(),
            load_seconds: one.load_seconds(),
        });
        ui.json(&ListJson { experiments: all.collect() })?;
        return Ok(Outcome::Fine);
    }
    let width = experiments.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for one in &experiments {
        ui.data(&format!(
            "{:width$}  {:>3} permutations  {:>4} runs  {:>7}  {}\n",
            one.name,
            one.permutations.len(),
            one.trials.len(),
            hours(one.load_seconds()),
            one.design.question
        ))?;
    }
    if experiments.is_empty() {
        ui.status("there is no design in experiments/: see experiments/README.md");
    }
    Ok(Outcome::Fine)
}

#[derive(Serialize)]
struct ListJson<'a> {
    experiments: Vec<ListedJson<'a>>,
}

#[derive(Serialize)]
struct ListedJson<'a> {
    name: &'a str,
    question: &'a str,
    group: Option<&'a str>,
    environment: &'a str,
    permutations: usize,
    runs: usize,
    load_seconds: u64,
}
