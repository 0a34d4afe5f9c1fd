//! The proof that permutations differ in nothing but their variables, from what their branches hold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::branch;
use super::files::{Digest, File, Place};
use super::governed::Governed;
use super::held::{self, Found, Held};
use super::plan::Experiment;
use super::rendering::Base;
use super::rows::Row;
use crate::config::Problem;
use crate::parallel;

/// What was proved, or what speaks against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// The digest of everything that no variable governs, where it is the same in all branches.
    pub masked: Option<Digest>,
    /// What each permutation was found to be, in the order of the design.
    pub permutations: Vec<Proved>,
    /// What each variable moves, with the values found in the branches.
    pub variables: Vec<Moved>,
    /// Images of all branches that no variable governs.
    pub images: BTreeSet<String>,
    /// What speaks against it.
    pub faults: Vec<Fault>,
}

/// A permutation as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// Its name.
    pub name: String,
    /// The commit of its branch; none where there is no branch.
    pub commit: Option<String>,
    /// The digest of what its manifests say.
    pub manifests: Option<Digest>,
}

/// What a variable moves.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Name of the variable.
    pub variable: String,
    /// Each place, with the values that were found there by level; of a place that several variables govern, all of
    /// them.
    pub places: Vec<(Place, BTreeMap<String, BTreeSet<String>>)>,
}

/// What speaks against the proof.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The permutation; none where it is between several.
    pub permutation: Option<String>,
    /// The file.
    pub file: Option<String>,
    /// JSON pointer into the file; empty for all of it.
    pub pointer: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// Proves, or finds what speaks against it. `base_commit` is where the branches should begin.
///
/// # Errors
/// Every problem of a design that cannot be rendered on this base.
pub fn prove(
    experiment: &Experiment,
    base: &Base<'_>,
    base_commit: &str,
    branches: &[Found],
) -> Result<Proof, Vec<Problem>> {
    let governed = Governed::of(base, experiment)?;
    let (unchanged, renderer) = (base.unchanged(), base.renderer());
    let by_name: HashMap<&str, &Found> = branches.iter().map(|found| (found.branch.as_str(), found)).collect();
    let one = |index: &usize| {
        let permutation = experiment.permutations.get(*index)?;
        let found = by_name.get(branch::name(&experiment.name, &permutation.name).as_str()).copied();
        let expected = renderer.with(&experiment.overrides(&permutation.row));
        Some(expected.map(|expected| {
            let held = found.map(|found| held::read(found, experiment, permutation, &unchanged, &expected));
            Looked::at(permutation.row.clone(), found, held, &governed)
        }))
    };
    let indexes: Vec<usize> = (0..experiment.permutations.len()).collect();
    let looked: Vec<Looked> = parallel::map(&indexes, one).into_iter().flatten().collect::<Result<_, _>>()?;
    let mut faults: Vec<Fault> = Vec::new();
    for (permutation, looked) in experiment.permutations.iter().zip(&looked) {
        faults.extend(looked.faults.iter().cloned());
        faults.extend(looked.beginning(&permutation.name, base_commit));
    }
    faults.extend(strangers(experiment, branches));
    let masked = common(experiment, &looked, &mut faults);
    let images = images(experiment, &looked, &mut faults);
    let variables = moved(experiment, &governed, &looked, &mut faults);
    faults.sort();
    faults.dedup();
    let proved = |(permutation, looked): (&super::plan::Permutation, &Looked)| Proved {
        name: permutation.name.clone(),
        commit: looked.commit.clone(),
        manifests: looked.manifests,
    };
    let permutations = experiment.permutations.iter().zip(&looked).map(proved).collect();
    Ok(Proof { masked, permutations, variables, images, faults })
}

/// What is kept of a branch.
struct Looked {
    row: Row,
    commit: Option<String>,
    parents: Vec<String>,
    manifests: Option<Digest>,
    masked: Option<Digest>,
    images: BTreeSet<String>,
    values: BTreeMap<Place, String>,
    faults: Vec<Fault>,
}

impl Looked {
    fn at(row: Row, found: Option<&Found>, held: Option<Held>, governed: &Governed) -> Self {
        let (Some(found), Some(held)) = (found, held) else {
            return Self {
                row,
                commit: None,
                parents: Vec::new(),
                manifests: None,
                masked: None,
                images: BTreeSet::new(),
                values: BTreeMap::new(),
                faults: Vec::new(),
            };
        };
        let manifests =
            Digest::of_files(held.files.values().map(|file| (&*file.path, file.digest)).collect::<Vec<_>>());
        let masked = held::masked(&held.files, governed);
        let mut faults = held.faults;
        if let Some(lock) = held.lock {
            for (what, own, real) in [("manifests", lock.manifests, manifests), ("masked", lock.masked, masked)] {
                if own != real.to_string() {
                    let message = format!("says {what} {own}, and the branch holds {real}");
                    faults.push(Fault {
                        permutation: Some(found.branch.rsplit('/').next().unwrap_or_default().to_owned()),
                        file: Some(super::lock::LOCK.to_owned()),
                        pointer: Some(format!("/{what}")),
                        message,
                    });
                }
            }
        }
        let value = |place: &Place| {
            let file = held.files.get(&place.file);
            file.and_then(|file| file.value.pointer(&place.pointer)).map_or_else(|| "absent".to_owned(), shown)
        };
        Self {
            row,
            commit: Some(found.commit.clone()),
            parents: found.parents.clone(),
            manifests: Some(manifests),
            masked: Some(masked),
            images: held.files.values().flat_map(|file| images_of(file, governed)).collect(),
            values: governed.by.keys().map(|place| (place.clone(), value(place))).collect(),
            faults,
        }
    }

    /// A missing branch, or one that does not begin at the base.
    fn beginning(&self, name: &str, base: &str) -> Option<Fault> {
        let message = match (&self.commit, self.parents.as_slice()) {
            (None, _) => "has no branch: run `ahuora experiment branch`".to_owned(),
            (_, [only]) if only == base => return None,
            (_, [only]) => format!("begins at {}, and the others at {}", short(only), short(base)),
            (_, parents) => format!("its commit has {} parents, not one", parents.len()),
        };
        Some(Fault { permutation: Some(name.to_owned()), file: None, pointer: None, message })
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// A value in one line; a large block by the beginning of its digest.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => {
            let text = value.to_string();
            let short = || Digest::of_value(value).to_string().chars().take(12).collect::<String>();
            if text.len() <= 80 { text } else { format!("block {}", short()) }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Images of the containers of a workload, those apart that a variable governs.
fn images_of(file: &File, governed: &Governed) -> Vec<String> {
    let mut found = Vec::new();
    for list in ["containers", "initContainers"] {
        let above = format!("/spec/template/spec/{list}");
        let containers = file.value.pointer(&above).and_then(Value::as_array);
        for (index, container) in containers.into_iter().flatten().enumerate() {
            let pointer = format!("{above}/{index}/image");
            let is_governed = governed.pointers(&file.path).any(|own| own == pointer);
            found.extend(container.get("image").and_then(Value::as_str).filter(|_| !is_governed).map(str::to_owned));
        }
    }
    found
}

/// Branches of the experiment that are no permutation of it.
fn strangers(experiment: &Experiment, branches: &[Found]) -> Vec<Fault> {
    let known: BTreeSet<String> =
        experiment.permutations.iter().map(|one| branch::name(&experiment.name, &one.name)).collect();
    let strangers = branches.iter().filter(|found| !known.contains(&found.branch));
    let fault = |found: &Found| Fault {
        permutation: None,
        file: None,
        pointer: None,
        message: format!("{} is no permutation of the design", found.branch),
    };
    strangers.map(fault).collect()
}

/// The masked digest that all branches share.
fn common(experiment: &Experiment, looked: &[Looked], faults: &mut Vec<Fault>) -> Option<Digest> {
    let mut by_digest: BTreeMap<Digest, Vec<&str>> = BTreeMap::new();
    for (permutation, looked) in experiment.permutations.iter().zip(looked) {
        if let Some(digest) = looked.masked {
            by_digest.entry(digest).or_default().push(&permutation.name);
        }
    }
    let most = by_digest.iter().max_by_key(|(_, names)| names.len()).map(|(digest, _)| *digest)?;
    let others: Vec<&&str> =
        by_digest.iter().filter(|(digest, _)| **digest != most).flat_map(|(_, names)| names).collect();
    if others.is_empty() {
        return Some(most);
    }
    for name in others {
        let message = "differs from the others outside of what the variables govern".to_owned();
        faults.push(Fault { permutation: Some((*name).to_owned()), file: None, pointer: None, message });
    }
    None
}

/// The images that all branches have.
fn images(experiment: &Experiment, looked: &[Looked], faults: &mut Vec<Fault>) -> BTreeSet<String> {
    let mut found = experiment.permutations.iter().zip(looked).filter(|(_, looked)| looked.commit.is_some());
    let Some((_, first)) = found.next() else { return BTreeSet::new() };
    for (permutation, looked) in found {
        for image in looked.images.symmetric_difference(&first.images) {
            let message = format!("the image {image} is not in every branch");
            faults.push(Fault { permutation: Some(permutation.name.clone()), file: None, pointer: None, message });
        }
    }
    first.images.clone()
}

/// What each variable moves; equal levels must have equal values, and different levels must differ somewhere.
fn moved(experiment: &Experiment, governed: &Governed, looked: &[Looked], faults: &mut Vec<Fault>) -> Vec<Moved> {
    let mut all: Vec<Moved> =
        experiment.variables.iter().map(|one| Moved { variable: one.name.clone(), places: Vec::new() }).collect();
    let present: Vec<&Looked> = looked.iter().filter(|looked| looked.commit.is_some()).collect();
    for (place, by) in &governed.by {
        let mut by_levels: BTreeMap<Vec<usize>, &str> = BTreeMap::new();
        for looked in &present {
            let levels: Vec<usize> = by.iter().filter_map(|index| looked.row.get(*index).copied()).collect();
            let Some(value) = looked.values.get(place) else { continue };
            let before = *by_levels.entry(levels).or_insert(value);
            if before != value {
                faults.push(Fault {
                    permutation: None,
                    file: Some(place.file.to_string()),
                    pointer: Some(place.pointer.clone()),
                    message: format!("is {before} and {value} in permutations of the same level"),
                });
            }
        }
        for index in by {
            let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for looked in &present {
                let level =
                    looked.row.get(*index).and_then(|level| experiment.variables.get(*index)?.levels.get(*level));
                if let (Some(level), Some(value)) = (level, looked.values.get(place)) {
                    values.entry(level.label.clone()).or_default().insert(value.clone());
                }
            }
            if let Some(moved) = all.get_mut(*index) {
                moved.places.push((place.clone(), values));
            }
        }
    }
    for moved in &all {
        faults.extend(unmoved(moved));
    }
    all
}

/// Levels between which nothing moves.
fn unmoved(moved: &Moved) -> Vec<Fault> {
    let levels: BTreeSet<&String> = moved.places.iter().flat_map(|(_, values)| values.keys()).collect();
    let mut by_values: BTreeMap<Vec<Option<&BTreeSet<String>>>, Vec<&String>> = BTreeMap::new();
    for level in levels {
        let values = moved.places.iter().map(|(_, values)| values.get(level)).collect();
        by_values.entry(values).or_default().push(level);
    }
    let alike = by_values.values().filter(|levels| levels.len() > 1);
    let fault = |levels: &Vec<&String>| Fault {
        permutation: None,
        file: None,
        pointer: None,
        message: format!("nothing moves between the levels {levels:?} of `{}`", moved.variable),
    };
    alike.map(fault).collect()
}
