//! `ahuora experiment verify`: the one-variable proof, from what the branches hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::base::OnBase;
use super::{Designs, refused};
use crate::cli::{BaseArgs, Common};
use crate::effects;
use crate::error::{Failure, Outcome};
use crate::experiment::{Experiment, Fault, Found, Proof, prove};
use crate::ui::{Format, Ui};

pub(super) fn run(
    common: &Common,
    name: &str,
    base: &BaseArgs,
    file: Option<&Path>,
    limit: usize,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let experiment = designs.read(name, limit)?;
    let (mut on_base, branches) = OnBase::of_branches(common, &designs, &experiment, base)?;
    let proof = proof(common, &experiment, &mut on_base, &branches)?;
    let json = ProofJson::of(&experiment, &on_base.ground.commit, &proof);
    if let Some(file) = file {
        let text =
            serde_json::to_string_pretty(&json).map_err(|error| Failure::outside("cannot write JSON")(error.into()))?;
        effects::write_text(file, &(text + "\n"))?;
    }
    if ui.format == Format::Json {
        ui.json(&json)?;
    } else {
        ui.data(&text(&experiment, &proof))?;
        ui.status(&conclusion(&experiment, &proof));
    }
    Ok(if proof.faults.is_empty() { Outcome::Fine } else { Outcome::Findings })
}

/// Proves an experiment from its branches.
pub(super) fn proof(
    common: &Common,
    experiment: &Experiment,
    on_base: &mut OnBase,
    branches: &[Found],
) -> Result<Proof, Failure> {
    let OnBase { reader, ground } = on_base;
    let base = ground.platform(common, experiment)?;
    ground.refuse_stale(reader, experiment, &base.unchanged())?;
    prove(experiment, &base, &ground.commit, branches).map_err(refused(experiment))
}

/// The proof as a table for people.
fn text(experiment: &Experiment, proof: &Proof) -> String {
    let mut text = String::new();
    let width = proof.permutations.iter().map(|one| one.name.len()).max().unwrap_or_default();
    for one in &proof.permutations {
        let short = |text: Option<String>| text.map_or_else(|| "-".repeat(12), |text| text.chars().take(12).collect());
        let manifests = short(one.manifests.map(|digest| digest.to_string()));
        let _ = writeln!(text, "{:width$}  commit {}  manifests {manifests}", one.name, short(one.commit.clone()));
    }
    for moved in &proof.variables {
        let paths = experiment.variables.iter().find(|one| one.name == moved.variable).map(|one| one.paths.join(", "));
        let _ = writeln!(text, "\n{} ({}) moves", moved.variable, paths.unwrap_or_default());
        for (place, values) in &moved.places {
            let _ = writeln!(text, "  {place}\n      {}", told(values));
        }
    }
    if let Some(masked) = proof.masked {
        let _ = writeln!(text, "\neverything else is equal in all branches: sha256:{masked}");
    }
    for fault in &proof.faults {
        let _ = writeln!(text, "{}: {}", Ui::heading("fault"), line(fault));
    }
    text
}

/// `1: 500m, 2: 1000m`; a place that other variables govern too has several values.
fn told(values: &BTreeMap<String, BTreeSet<String>>) -> String {
    let one = |(level, values): (&String, &BTreeSet<String>)| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        format!("{level}: {}", values.join(" or "))
    };
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(super) fn line(fault: &Fault) -> String {
    let place = match (&fault.file, &fault.pointer) {
        (Some(file), Some(pointer)) if !pointer.is_empty() => format!("{file}#{pointer} "),
        (Some(file), _) => format!("{file} "),
        _ => String::new(),
    };
    let who = fault.permutation.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{who}{place}{}", fault.message)
}

/// In one sentence.
pub(super) fn conclusion(experiment: &Experiment, proof: &Proof) -> String {
    let names: Vec<&str> = experiment.variables.iter().map(|variable| variable.name.as_str()).collect();
    match proof.faults.len() {
        0 => format!(
            "proved: {} branches of {} differ in nothing but {}",
            proof.permutations.len(),
            experiment.name,
            names.join(", ")
        ),
        1 => "not proved: 1 fault".to_owned(),
        count => format!("not proved: {count} faults"),
    }
}

#[derive(Serialize)]
struct ProofJson<'a> {
    experiment: &'a str,
    base: &'a str,
    design: String,
    holds: bool,
    masked: Option<String>,
    permutations: Vec<PermutationJson<'a>>,
    variables: Vec<VariableJson<'a>>,
    images: &'a BTreeSet<String>,
    faults: Vec<FaultJson<'a>>,
}

#[derive(Serialize)]
struct PermutationJson<'a> {
    name: &'a str,
    levels: BTreeMap<&'a str, &'a str>,
    commit: Option<&'a str>,
    manifests: Option<String>,
}

#[derive(Serialize)]
struct VariableJson<'a> {
    name: &'a str,
    paths: &'a [String],
    places: Vec<PlaceJson<'a>>,
}

#[derive(Serialize)]
struct PlaceJson<'a> {
    file: &'a str,
    pointer: &'a str,
    values: &'a BTreeMap<String, BTreeSet<String>>,
}

#[derive(Serialize)]
struct FaultJson<'a> {
    permutation: Option<&'a str>,
    file: Option<&'a str>,
    pointer: Option<&'a str>,
    message: &'a str,
}

impl<'a> ProofJson<'a> {
    fn of(experiment: &'a Experiment, base: &'a str, proof: &'a Proof) -> Self {
        let permutations = proof.permutations.iter().zip(&experiment.permutations);
        let permutations = permutations.map(|(proved, permutation)| PermutationJson {
            name: &proved.name,
            levels: experiment.labels(&permutation.row).into_iter().collect(),
            commit: proved.commit.as_deref(),
            manifests: proved.manifests.map(|digest| digest.to_string()),
        });
        let variables = proof.variables.iter().zip(&experiment.variables).map(|(moved, variable)| VariableJson {
            name: &moved.variable,
            paths: &variable.paths,
            places: moved
                .places
                .iter()
                .map(|(place, values)| PlaceJson { file: &place.file, pointer: &place.pointer, values })
                .collect(),
        });
        let faults = proof.faults.iter().map(|fault| FaultJson {
            permutation: fault.permutation.as_deref(),
            file: fault.file.as_deref(),
            pointer: fault.pointer.as_deref(),
            message: &fault.message,
        });
        Self {
            experiment: &experiment.name,
            base,
            design: experiment.digest.to_string(),
            holds: proof.faults.is_empty(),
            masked: proof.masked.map(|digest| digest.to_string()),
            permutations: permutations.collect(),
            variables: variables.collect(),
            images: &proof.images,
            faults: faults.collect(),
        }
    }
}
