//! Varying one leaf and looking at what moves.

use std::collections::HashSet;

use super::align::{How, differences, readable};
use super::candidates::{self, Candidate};
use super::documents::Documents;
use super::leaves::{Leaf, Leaves, Origin};
use super::schema::Schema;
use crate::config::path::{Path, Segment, get};
use crate::config::{Edit, Problem};
use crate::tree::{Document, FieldPath, ResourceId};
use crate::values::EnvironmentName;
use crate::yaml::{Node, NodeValue, Position};

/// How many valid other values a leaf is tried with.
fn enough(leaf: &Leaf, leaves: &Leaves) -> usize {
    match (leaf.origin, leaves.schema_of(leaf).and_then(Schema::name)) {
        // A name is used as it is, or not at all.
        (Origin::Name, _) | (_, Some("Namespace" | "Domain" | "EnvironmentName")) => 1,
        // One alone may be rounded away, stay on the same side of a bound, or lead to the same thing.
        _ => 3,
    }
}

/// How many rounds of references may follow a changed name.
const MOST_ROUNDS: usize = 3;

/// A field that moves when a leaf does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Move {
    /// The file of the resource, from the root of the repository.
    pub file: String,
    /// The resource; of one that appears, as it would be.
    pub resource: ResourceId,
    /// The field: keys and indexes in the resource as it is, or, of one that appears, a readable path in the
    /// resource as it would be.
    pub field: FieldPath,
    /// What happens to it.
    pub how: How,
}

/// What a leaf's other values do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// These fields move; none at all where no manifest depends on the leaf.
    Moves(Vec<Move>),
    /// No other value is valid, so nothing can be said; why the first one is refused.
    Undecided(String),
}

impl Effect {
    /// The fields that move.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        match self {
            Self::Moves(moves) => moves,
            Self::Undecided(_) => &[],
        }
    }
}

/// What a leaf moves in the documents of one environment, and in those of none.
pub(super) fn effect(documents: &Documents<'_>, leaves: &Leaves, leaf: &Leaf) -> Effect {
    let varied = Varied { documents, leaves, leaf, follows: false };
    let root = documents.configuration.root();
    let own = candidates::own(leaf, leaves, root);
    let (mut found, mut refused) = varied.some(&own, enough(leaf, leaves));
    if found.is_none() {
        found = own.iter().find_map(|candidate| varied.followed(&candidate.edit));
    }
    if found.is_none() {
        let (last, why) = varied.some(&candidates::last(leaf, leaves, root), 1);
        (found, refused) = (last, refused.or(why));
    }
    match found {
        Some(moves) => Effect::Moves(each_once(moves)),
        None => Effect::Undecided(refused.unwrap_or_else(|| "no other value of its type is known".to_owned())),
    }
}

fn each_once(moves: Vec<Move>) -> Vec<Move> {
    let mut known = HashSet::new();
    moves.into_iter().filter(|moved| known.insert(moved.clone())).collect()
}

fn first(problems: &[Problem]) -> String {
    problems.first().map(|problem| format!("{}: {}", problem.path, problem.message)).unwrap_or_default()
}

struct Varied<'v> {
    documents: &'v Documents<'v>,
    leaves: &'v Leaves,
    leaf: &'v Leaf,
    /// It only follows another leaf: those that would have to follow it are not looked for among its like.
    follows: bool,
}

impl Varied<'_> {
    /// What moves with a few valid values; nothing where none is valid, and why not.
    fn some(&self, candidates: &[Candidate], enough: usize) -> (Option<Vec<Move>>, Option<String>) {
        let (mut moves, mut valid, mut refused) = (Vec::new(), 0, None);
        for Candidate { edit, helpers } in candidates {
            let edits: Vec<Edit> = helpers.iter().chain([edit]).cloned().collect();
            match self.moves(&edits) {
                Ok(mut found) => {
                    if !helpers.is_empty() {
                        let theirs = self.moves(helpers).unwrap_or_default();
                        found.retain(|moved| !theirs.contains(moved));
                    }
                    moves.extend(found);
                    valid += 1;
                    if valid == enough {
                        break;
                    }
                }
                Err(problems) => drop(refused.get_or_insert_with(|| first(&problems))),
            }
        }
        ((valid > 0).then_some(moves), refused)
    }

    fn moves(&self, edits: &[Edit]) -> Result<Vec<Move>, Vec<Problem>> {
        let renamed = match edits.first() {
            Some(Edit::Rename(path, name))
                if path.leading_keys(1) == ["environments"] && path.segments().len() == 2 =>
            {
                EnvironmentName::new(name.as_str()).ok()
            }
            _ => None,
        };
        self.documents.moves(edits, self.leaf.environment(), renamed)
    }

    /// A change with the references that must follow it, found by what is refused; what they move by themselves is
    /// not the leaf's, except that a name is what its references say.
    fn followed(&self, edit: &Edit) -> Option<Vec<Move>> {
        let (Edit::Set(_, Node { value: NodeValue::Scalar { text: new, .. }, .. }) | Edit::Rename(_, new)) = edit
        else {
            return None;
        };
        let mut edits = vec![edit.clone()];
        for _ in 0..MOST_ROUNDS {
            match self.moves(&edits) {
                Ok(mut moves) => {
                    let followers = edits.iter().skip(1).filter(|_| self.leaf.origin != Origin::Name);
                    for theirs in followers.map(|follower| self.of_follower(follower.path())) {
                        moves.retain(|moved| !theirs.contains(moved));
                    }
                    return Some(moves);
                }
                Err(problems) => {
                    let more = self.references(&edits, &problems, new);
                    if more.is_empty() {
                        return None;
                    }
                    edits.extend(more);
                }
            }
        }
        None
    }

    /// What moves with the leaf at a path.
    fn of_follower(&self, path: &Path) -> Vec<Move> {
        let theirs = self.leaves.all.iter().find(|leaf| leaf.path == *path && leaf.origin == Origin::Written);
        let Some(leaf) = theirs.filter(|_| !self.follows) else { return Vec::new() };
        let candidates = candidates::own(leaf, self.leaves, self.documents.configuration.root());
        let varied = Varied { leaf, follows: true, ..*self };
        let alone = varied.some(&candidates, enough(leaf, self.leaves)).0;
        alone.or_else(|| candidates.iter().find_map(|one| varied.followed(&one.edit))).unwrap_or_default()
    }

    /// Changes of what problems point at, where it says the leaf's present value; of everything of the leaf's type
    /// that says it, where the leaf itself is refused.
    fn references(&self, edits: &[Edit], problems: &[Problem], new: &str) -> Vec<Edit> {
        let mut root = self.documents.configuration.root().clone();
        if edits.iter().any(|edit| edit.apply(&mut root).is_err()) {
            return Vec::new();
        }
        let old = self.leaf.value.as_str();
        let mut found: Vec<Edit> = Vec::new();
        let mut add = |edit: Edit| {
            if !found.contains(&edit) && !edits.contains(&edit) {
                found.push(edit);
            }
        };
        for path in problems.iter().filter_map(|problem| Path::parse(&problem.path).ok()) {
            if path == self.leaf.path {
                self.alike().for_each(|leaf| add(Edit::Set(leaf.path.clone(), text(new, leaf.at))));
                continue;
            }
            let is_key = matches!(path.segments().last(), Some(Segment::Key(key)) if key == old);
            match get(&root, path.segments()).map(|node| (reference(node, old), node.at)) {
                Some((Some(None), at)) => add(Edit::Set(path, text(new, at))),
                Some((Some(Some(key)), at)) => add(Edit::Set(path.join(Segment::Key(key)), text(new, at))),
                Some((None, _)) if is_key => add(Edit::Rename(path, new.to_owned())),
                _ => {}
            }
        }
        found
    }

    /// Other leaves of the same type with the same value.
    fn alike(&self) -> impl Iterator<Item = &Leaf> {
        let kind = |leaf: &Leaf| self.leaves.schema_of(leaf).and_then(Schema::name);
        let (own, follows) = (kind(self.leaf), self.follows || self.leaf.origin != Origin::Written);
        let all = self.leaves.all.iter().filter(move |_| own.is_some() && !follows);
        all.filter(move |leaf| {
            leaf.origin == Origin::Written
                && leaf.value == self.leaf.value
                && leaf.path != self.leaf.path
                && kind(leaf) == own
        })
    }
}

/// Whether a node says a text: itself, or under one of its keys.
fn reference(node: &Node, old: &str) -> Option<Option<String>> {
    let says = |node: &Node| matches!(&node.value, NodeValue::Scalar { text, .. } if text == old);
    if says(node) {
        return Some(None);
    }
    node.entries().iter().find(|entry| says(&entry.value)).map(|entry| Some(entry.key.clone()))
}

fn text(new: &str, at: Position) -> Node {
    Node { value: NodeValue::Scalar { text: new.to_owned(), plain: false }, at }
}

/// Collects the fields that differ between two lists of documents.
pub(super) fn compare(
    before: &[&Document],
    after: &[&Document],
    file: impl Fn(&Document) -> String,
    moves: &mut Vec<Move>,
) {
    for (old, new) in pairs(before, after) {
        let Some(document) = old.or(new) else { continue };
        let one = |field, how| Move { file: file(document), resource: document.id.clone(), field, how };
        match (old, new) {
            (Some(old), Some(new)) => {
                for (path, how) in differences(&old.value, &new.value) {
                    let field = if how == How::Appears { readable(&path, &new.value) } else { path };
                    moves.push(one(field, how));
                }
            }
            (Some(_), None) => moves.push(one(FieldPath::default(), How::Vanishes)),
            (None, _) => moves.push(one(FieldPath::default(), How::Appears)),
        }
    }
}

/// Which document became which: in the same file, else with the same identity, else of one kind in order.
fn pairs<'d>(before: &[&'d Document], after: &[&'d Document]) -> Vec<(Option<&'d Document>, Option<&'d Document>)> {
    let rules: [fn(&Document, &Document) -> bool; 3] = [
        |old, new| old.path == new.path,
        |old, new| old.id == new.id,
        |old, new| old.id.kind == new.id.kind && old.id.group == new.id.group,
    ];
    let (mut left, mut right): (Vec<&Document>, Vec<&Document>) = (before.to_vec(), after.to_vec());
    let mut paired = Vec::new();
    for same in rules {
        let mut alone = Vec::new();
        for old in left {
            match right.iter().position(|new| same(old, new)) {
                Some(at) => paired.push((Some(old), Some(right.remove(at)))),
                None => alone.push(old),
            }
        }
        left = alone;
    }
    paired.extend(left.into_iter().map(|old| (Some(old), None)));
    paired.extend(right.into_iter().map(|new| (None, Some(new))));
    paired
}
