//! Which places of the manifests a variable governs: those that move when it alone changes.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{File, Place};
use super::plan::Experiment;
use super::rendering::{Base, Part, Variant};
use super::rows::Row;
use crate::config::Problem;
use crate::parallel;
use crate::tree::differing;

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
        // With one variable, every anchor sees the same.
        let last = experiment.permutations.last().filter(|_| experiment.variables.len() > 1);
        for anchor in experiment.permutations.first().into_iter().chain(last) {
            let before = renderer.with(&experiment.overrides(&anchor.row))?;
            for (index, variable) in experiment.variables.iter().enumerate() {
                let levels: Vec<usize> = (0..variable.levels.len()).collect();
                let moves = parallel::map(&levels, |level| {
                    let mut row: Row = anchor.row.clone();
                    row.iter_mut().skip(index).take(1).for_each(|own| *own = *level);
                    renderer.with(&experiment.overrides(&row)).map(|after| places(&before, &after)).ok()
                });
                for moves in moves {
                    match moves {
                        Some(places) => governed.add(places, &[index]),
                        None => alone.iter_mut().skip(index).take(1).for_each(|alone| *alone = false),
                    }
                }
            }
        }
        let together: Vec<usize> = (0..alone.len()).filter(|index| alone.get(*index) == Some(&false)).collect();
        if let (Some(first), false) = (experiment.permutations.first(), together.is_empty()) {
            let before = renderer.with(&experiment.overrides(&first.row))?;
            for permutation in &experiment.permutations {
                let after = renderer.with(&experiment.overrides(&permutation.row))?;
                governed.add(places(&before, &after), &together);
            }
        }
        Ok(governed)
    }

    fn add(&mut self, places: Vec<Place>, variables: &[usize]) {
        for place in places {
            self.by.entry(place).or_default().extend(variables);
        }
    }

    /// The pointers that are governed in a file.
    pub fn pointers<'g>(&'g self, file: &'g str) -> impl Iterator<Item = &'g str> {
        let below = self.by.range(Place { file: file.into(), pointer: String::new() }..);
        below.map(|(place, _)| place).take_while(move |place| *place.file == *file).map(|place| place.pointer.as_str())
    }
}

/// The places at which two variants differ.
fn places(before: &Variant, after: &Variant) -> Vec<Place> {
    let (before, after) = before.unshared(after);
    fn all<'p>(parts: &[&'p Part]) -> Vec<&'p File> {
        parts.iter().flat_map(|part| part.iter()).collect()
    }
    let (before, after) = (all(&before), all(&after));
    let find = |files: &[&File], path: &str| files.iter().position(|file| *file.path == *path);
    let mut found = Vec::new();
    for old in &before {
        match find(&after, &old.path).and_then(|index| after.get(index)) {
            Some(new) if new.digest == old.digest => {}
            Some(new) => found.extend(
                differing(&old.value, &new.value).into_iter().map(|pointer| Place { file: old.path.clone(), pointer }),
            ),
            None => found.push(Place { file: old.path.clone(), pointer: String::new() }),
        }
    }
    let alone = after.iter().filter(|new| find(&before, &new.path).is_none());
    found.extend(alone.map(|new| Place { file: new.path.clone(), pointer: String::new() }));
    found
}
