//! Which places of the manifests a variable governs: those that move when it alone changes.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{File, Place, differences};
use super::plan::Experiment;
use super::rendering::{Base, Part, Variant};
use super::rows::Row;
use crate::config::Problem;

/// The places that the variables of an experiment govern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Governed {
    /// For each place, the variables that move it, by index. One that moves only when several change together has
    /// them all.
    pub by: BTreeMap<Place, BTreeSet<usize>>,
}

impl Governed {
    /// Changes one variable after the other and looks at what moves, from the first permutation and from the last.
    /// Variables that cannot change alone (a minimum above its maximum, say) are changed together, as the design does.
    ///
    /// # Errors
    /// Every problem of a permutation.
    pub fn of(base: &Base<'_>, experiment: &Experiment) -> Result<Self, Vec<Problem>> {
        let renderer = base.renderer();
        let mut governed = Self::default();
        let mut alone = vec![true; experiment.variables.len()];
        let anchors = [experiment.permutations.first(), experiment.permutations.last()];
        for anchor in anchors.into_iter().flatten() {
            let before = renderer.with(&experiment.overrides(&anchor.row))?;
            for (index, variable) in experiment.variables.iter().enumerate() {
                for level in 0..variable.levels.len() {
                    let mut row: Row = anchor.row.clone();
                    row.iter_mut().skip(index).take(1).for_each(|own| *own = level);
                    match renderer.with(&experiment.overrides(&row)) {
                        Ok(after) => governed.add(&before, &after, &[index]),
                        Err(_) => alone.iter_mut().skip(index).take(1).for_each(|alone| *alone = false),
                    }
                }
            }
        }
        let together: Vec<usize> = (0..alone.len()).filter(|index| alone.get(*index) == Some(&false)).collect();
        if let (Some(first), false) = (experiment.permutations.first(), together.is_empty()) {
            let before = renderer.with(&experiment.overrides(&first.row))?;
            for permutation in &experiment.permutations {
                let after = renderer.with(&experiment.overrides(&permutation.row))?;
                governed.add(&before, &after, &together);
            }
        }
        Ok(governed)
    }

    fn add(&mut self, before: &Variant, after: &Variant, variables: &[usize]) {
        let (old, new) = before.unshared(after);
        let all = |parts: &[&'_ Part]| parts.iter().flat_map(|part| part.iter().cloned()).collect::<Vec<_>>();
        for place in places(&all(&old), &all(&new)) {
            self.by.entry(place).or_default().extend(variables);
        }
    }

    /// The pointers that are governed in a file.
    pub fn pointers<'g>(&'g self, file: &'g str) -> impl Iterator<Item = &'g str> {
        let below = self.by.range(Place { file: file.into(), pointer: String::new() }..);
        below.map(|(place, _)| place).take_while(move |place| *place.file == *file).map(|place| place.pointer.as_str())
    }
}

/// The places at which two lists of files differ.
fn places(before: &[File], after: &[File]) -> Vec<Place> {
    let find = |files: &[File], path: &str| files.iter().position(|file| *file.path == *path);
    let mut found = Vec::new();
    for old in before {
        match find(after, &old.path).and_then(|index| after.get(index)) {
            Some(new) if new.digest == old.digest => {}
            Some(new) => found.extend(
                differences(&old.value, &new.value)
                    .into_iter()
                    .map(|pointer| Place { file: old.path.clone(), pointer }),
            ),
            None => found.push(Place { file: old.path.clone(), pointer: String::new() }),
        }
    }
    let alone = after.iter().filter(|new| find(before, &new.path).is_none());
    found.extend(alone.map(|new| Place { file: new.path.clone(), pointer: String::new() }));
    found
}
