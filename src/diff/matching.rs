//! Which resources belong to each other: by identity, and where names changed, by likeness.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use serde_json::Value;

use super::mask::Masker;
use super::schema::Definitions;
use super::walk::{self, Found};
use super::{Change, Class, Diff, Op, Options, ResourceDiff, Verb, class, immutable};
use crate::tree::{Document, FieldPath, ResourceId};

/// Least share of common fields that makes a removed and a created resource one that was renamed.
const LIKENESS: f64 = 0.75;
/// Most pairs of removed and created resources of one kind that are compared for likeness.
const MOST_PAIRS: usize = 250_000;

/// Compares two sets of resources; `same` were found equal before they were read.
#[must_use]
pub fn compare(
    (left, right): (Vec<Document>, Vec<Document>),
    same: usize,
    definitions: &Definitions,
    options: &Options,
) -> Diff {
    let mut diff = Diff { same, ..Diff::default() };
    let chosen = |document: &Document| options.choose(&document.id);
    let (left, right): (Vec<_>, Vec<_>) =
        (left.into_iter().filter(chosen).collect(), right.into_iter().filter(chosen).collect());
    let compare = Compare { definitions, options };
    let mut places: HashMap<ResourceId, Vec<&Document>> = HashMap::with_capacity(right.len());
    for document in right.iter().rev() {
        places.entry(compare.identity(&document.id)).or_default().push(document);
    }
    compare.note_duplicates(&mut diff, &left);
    compare.note_duplicates(&mut diff, &right);
    let mut removed = Vec::new();
    for document in &left {
        match places.get_mut(&compare.identity(&document.id)).and_then(Vec::pop) {
            None => removed.push(document),
            Some(other) => match compare.pair(document, other) {
                Some(changed) => diff.resources.push(changed),
                None => diff.same += 1,
            },
        }
    }
    let mut created: Vec<&Document> = right
        .iter()
        .filter(|document| {
            let left_over = places.get(&compare.identity(&document.id));
            left_over.is_some_and(|all| all.iter().any(|other| std::ptr::eq(*other, *document)))
        })
        .collect();
    diff.resources.extend(compare.renamed(&mut removed, &mut created));
    diff.resources.extend(removed.into_iter().map(|document| compare.one_sided(document, Verb::Removed)));
    diff.resources.extend(created.into_iter().map(|document| compare.one_sided(document, Verb::Created)));
    let order = |one: &ResourceDiff| (std::cmp::Reverse(one.class), one.id.clone(), one.verb);
    diff.resources.sort_by_cached_key(order);
    diff
}

struct Compare<'c> {
    definitions: &'c Definitions,
    options: &'c Options,
}

impl Compare<'_> {
    /// The identity with the namespace that the object is in: none for cluster-wide kinds, `default` is the
    /// same as none.
    fn identity(&self, id: &ResourceId) -> ResourceId {
        let namespaced = self.definitions.is_namespaced(id).unwrap_or(true);
        let namespace = id.namespace.clone().filter(|namespace| namespaced && namespace != "default");
        ResourceId { namespace, ..id.clone() }
    }

    fn note_duplicates(&self, diff: &mut Diff, documents: &[Document]) {
        let mut known: HashMap<ResourceId, &str> = HashMap::with_capacity(documents.len());
        for document in documents {
            if let Some(first) = known.insert(self.identity(&document.id), &document.path) {
                diff.notes.push(format!("{} stands twice: in {first} and in {}", document.id, document.path));
            }
        }
    }

    /// Two resources of one identity; none when they say the same.
    fn pair(&self, left: &Document, right: &Document) -> Option<ResourceDiff> {
        let changes = self.changes(left, right, Verb::Changed);
        if changes.is_empty() {
            return None;
        }
        let class = changes.iter().map(|change| change.class).max().unwrap_or(Class::None);
        let refused = changes.iter().any(|change| change.class == Class::Immutable);
        Some(ResourceDiff {
            verb: Verb::Changed,
            id: right.id.clone(),
            was: None,
            left_file: Some(left.path.clone()),
            right_file: Some(right.path.clone()),
            class,
            advice: refused.then(|| immutable::advice(&right.id)),
            changes,
            left: None,
            right: None,
            tier: None,
        })
    }

    fn changes(&self, left: &Document, right: &Document, verb: Verb) -> Vec<Change> {
        let root = self.definitions.root(&right.value);
        let found = walk::resources(&left.value, &right.value, root, self.options.cluster);
        if found.is_empty() {
            return Vec::new();
        }
        let masker = Masker::new(&self.options.key, &right.id.kind);
        let [old, new] = [left, right].map(|document| masker.resource(&walk::with_data(&document.value)));
        found.into_iter().map(|found| judged(found, (left, right), (&old, &new), verb)).collect()
    }

    fn one_sided(&self, document: &Document, verb: Verb) -> ResourceDiff {
        let (class, why) = class::of_resource(&document.id, verb);
        let masked = Masker::new(&self.options.key, &document.id.kind).resource(&document.value);
        let is_left = verb == Verb::Removed;
        ResourceDiff {
            verb,
            id: document.id.clone(),
            was: None,
            left_file: is_left.then(|| document.path.clone()),
            right_file: (!is_left).then(|| document.path.clone()),
            class,
            advice: why.map(str::to_owned),
            changes: Vec::new(),
            left: is_left.then(|| masked.clone()),
            right: (!is_left).then_some(masked),
            tier: None,
        }
    }

    /// Takes pairs that were renamed out of what was removed and created, the most alike first.
    fn renamed(&self, removed: &mut Vec<&Document>, created: &mut Vec<&Document>) -> Vec<ResourceDiff> {
        let created_of = by_kind(created);
        let mut alike = Vec::new();
        for (kind, gone) in by_kind(removed) {
            let new = created_of.get(&kind).map(Vec::as_slice).unwrap_or_default();
            if gone.len() * new.len() > MOST_PAIRS {
                continue;
            }
            let new: Vec<(usize, Marks)> = new.iter().map(|(index, one)| (*index, Marks::of(one))).collect();
            for (gone, one) in gone {
                let own = Marks::of(one);
                alike.extend(new.iter().map(|(index, other)| (own.likeness(other), gone, *index)));
            }
        }
        alike.retain(|(likeness, _, _)| *likeness >= LIKENESS);
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut gone, mut new, mut renamed) = (vec![false; removed.len()], vec![false; created.len()], Vec::new());
        for (_, i, j) in alike {
            let (Some(is_gone), Some(is_new)) = (gone.get_mut(i), new.get_mut(j)) else { continue };
            if !*is_gone && !*is_new {
                (*is_gone, *is_new) = (true, true);
                renamed.extend(removed.get(i).zip(created.get(j)).map(|(left, right)| self.rename(left, right)));
            }
        }
        let (mut gone, mut new) = (gone.into_iter(), new.into_iter());
        removed.retain(|_| gone.next() == Some(false));
        created.retain(|_| new.next() == Some(false));
        renamed
    }

    fn rename(&self, left: &Document, right: &Document) -> ResourceDiff {
        let changes = self.changes(left, right, Verb::Renamed);
        let (own, why) = class::of_resource(&right.id, Verb::Renamed);
        ResourceDiff {
            verb: Verb::Renamed,
            id: right.id.clone(),
            was: Some(left.id.clone()),
            left_file: Some(left.path.clone()),
            right_file: Some(right.path.clone()),
            class: changes.iter().map(|change| change.class).max().unwrap_or(Class::None).max(own),
            advice: Some(why.map_or_else(
                || "the old one is deleted and the new one made".to_owned(),
                |why| format!("the old one is deleted and the new one made: {why}"),
            )),
            changes,
            left: None,
            right: None,
            tier: None,
        }
    }
}

/// A change with its class; its values are those of the masked resources.
fn judged(found: Found, (left, right): (&Document, &Document), (old, new): (&Value, &Value), verb: Verb) -> Change {
    let (class, note) = match class::of_change(&right.id, &found, &left.value, &right.value) {
        // What is made anew may have any value.
        (Class::Immutable, _) if verb == Verb::Renamed => (Class::InPlace, None),
        judged => judged,
    };
    let Found { path, op, left, right, .. } = found;
    let shown = |value: &Option<Value>, at: FieldPath, masked: &Value| match value {
        // The keys of a list stand nowhere as a value, and are never secret.
        Some(keys) if op == Op::Order => Some(keys.clone()),
        Some(_) => at.find(masked).map(|(value, _)| value.clone()),
        None => None,
    };
    let (old, new) = (shown(&left, path.in_left(), old), shown(&right, path.in_right(), new));
    let masked = old != left || new != right;
    Change { path, op, left: old, right: new, masked, class, note }
}

/// Resources with their places, by group and kind.
fn by_kind<'d>(documents: &[&'d Document]) -> HashMap<(&'d str, &'d str), Vec<(usize, &'d Document)>> {
    let mut kinds: HashMap<_, Vec<_>> = HashMap::new();
    for (index, document) in documents.iter().enumerate() {
        let kind = (document.id.group.as_str(), document.id.kind.as_str());
        kinds.entry(kind).or_default().push((index, *document));
    }
    kinds
}

/// What two resources may have in common: a code for every field with its value.
#[derive(Default)]
struct Marks(Vec<u64>);

impl Marks {
    fn of(document: &Document) -> Self {
        let mut marks = Vec::new();
        if let Some(map) = document.value.as_object() {
            for (key, value) in
                map.iter().filter(|(key, _)| !matches!(key.as_str(), "apiVersion" | "kind" | "metadata"))
            {
                mark(value, hash(key), &mut marks);
            }
            let metadata = map.get("metadata").and_then(Value::as_object).into_iter().flatten();
            for (key, value) in metadata.filter(|(key, _)| matches!(key.as_str(), "labels" | "annotations")) {
                mark(value, hash(key), &mut marks);
            }
        }
        marks.sort_unstable();
        Self(marks)
    }

    /// The share of fields in common, from 0 to 1.
    fn likeness(&self, other: &Self) -> f64 {
        let (mut one, mut two) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0_u32;
        while let (Some(a), Some(b)) = (one.peek(), two.peek()) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(one.next()),
                std::cmp::Ordering::Greater => drop(two.next()),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    one.next();
                    two.next();
                }
            }
        }
        let all = u32::try_from(self.0.len().max(other.0.len())).unwrap_or(u32::MAX);
        if all == 0 { 0.0 } else { f64::from(common) / f64::from(all) }
    }
}

fn mark(value: &Value, place: u64, marks: &mut Vec<u64>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| mark(value, hash(&(place, key)), marks)),
        Value::Array(items) => items.iter().for_each(|item| mark(item, hash(&(place, "[]")), marks)),
        scalar => marks.push(hash(&(place, scalar.to_string()))),
    }
}

/// The same for the same input in every run.
fn hash(of: &impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(of)
}
