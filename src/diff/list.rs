//! Comparing lists: by keys, as sets, or in order.

use std::collections::HashMap;
use std::ops::Range;

use serde_json::Value;

use super::Op;
use super::defaults::{default_of, is_zero};
use super::path::{PathStep, Sides};
use super::schema::{Keys, Shape};
use super::walk::Walk;

/// Fields by which items of a list in order are taken for the same thing.
const NAMES: [&str; 9] = ["name", "host", "path", "key", "alert", "record", "id", "topologyKey", "type"];
/// Most pairs that are compared to align two lists; longer ones are compared place by place.
const MOST_PAIRS: usize = 60_000;

/// The values of an item's keys.
type ItemKey = Vec<(String, Value)>;

impl Walk {
    pub(super) fn list(&mut self, left: &[Value], right: &[Value], shape: Shape<'_>) {
        match shape {
            Shape::Set => self.set(left, right),
            Shape::Keyed(keys, _) => {
                let item = shape.item();
                match (item_keys(left, keys, item), item_keys(right, keys, item)) {
                    (Some(left_keys), Some(right_keys)) => {
                        self.keyed((left, &left_keys), (right, &right_keys), item);
                    }
                    _ => self.ordered(left, right, item),
                }
            }
            _ => self.ordered(left, right, shape.item()),
        }
    }

    fn set(&mut self, left: &[Value], right: &[Value]) {
        for (index, item) in left.iter().enumerate().filter(|(_, item)| !right.contains(item)) {
            self.step(PathStep::Index(Sides::left(index)), |walk| walk.one_sided(Some(item), None, None));
        }
        for (index, item) in right.iter().enumerate().filter(|(_, item)| !left.contains(item)) {
            self.step(PathStep::Index(Sides::right(index)), |walk| walk.one_sided(None, Some(item), None));
        }
    }

    fn keyed(
        &mut self,
        (left, left_keys): (&[Value], &[ItemKey]),
        (right, right_keys): (&[Value], &[ItemKey]),
        item: Shape<'_>,
    ) {
        let places: HashMap<String, usize> =
            right_keys.iter().enumerate().map(|(at, key)| (text_of(key), at)).collect();
        let mut kept = Vec::new();
        for (index, (value, key)) in left.iter().zip(left_keys).enumerate() {
            let place = places.get(&text_of(key)).copied();
            let at = Sides { left: Some(index), right: place };
            let other = place.and_then(|place| right.get(place));
            kept.extend(place);
            self.step(PathStep::Item { keys: key.clone(), at }, |walk| match other {
                Some(other) => walk.value(value, other, item),
                None => walk.one_sided(Some(value), None, None),
            });
        }
        for (index, (value, key)) in right.iter().zip(right_keys).enumerate().filter(|(at, _)| !kept.contains(at)) {
            let step = PathStep::Item { keys: key.clone(), at: Sides::right(index) };
            self.step(step, |walk| walk.one_sided(None, Some(value), None));
        }
        if !kept.is_sorted() && self.keeps_order() {
            let told = |keys: &[ItemKey]| Value::Array(keys.iter().map(object).collect());
            self.tell(Op::Order, Some(&told(left_keys)), Some(&told(right_keys)), None);
        }
    }

    fn ordered(&mut self, left: &[Value], right: &[Value], item: Shape<'_>) {
        for at in self.aligned(left, right, item) {
            let (l, r) = (at.left.and_then(|at| left.get(at)), at.right.and_then(|at| right.get(at)));
            self.step(PathStep::Index(at), |walk| match (l, r) {
                (Some(l), Some(r)) => walk.value(l, r, item),
                (l, r) => walk.one_sided(l, r, None),
            });
        }
    }

    /// Which items belong to each other, none crossing another; pairs that are the same are left out.
    fn aligned(&self, left: &[Value], right: &[Value], item: Shape<'_>) -> Vec<Sides> {
        let same = |(l, r): (&Value, &Value)| !self.differ(l, r, item);
        let start = left.iter().zip(right).take_while(|pair| same(*pair)).count();
        let rest = left.len().min(right.len()) - start;
        let end = left.iter().rev().zip(right.iter().rev()).take(rest).take_while(|pair| same(*pair)).count();
        let (lefts, rights) = (start..left.len() - end, start..right.len() - end);
        // There may be more than one best way: the same one is taken, whichever list is the left one.
        let words = |list: &[Value], part: &Range<usize>| {
            list.get(part.clone()).unwrap_or_default().iter().map(Value::to_string).collect::<String>()
        };
        if lefts.is_empty() || rights.is_empty() || words(left, &lefts) <= words(right, &rights) {
            return self.middle((left, lefts), (right, rights), item);
        }
        let mut turned = self.middle((right, rights), (left, lefts), item);
        turned.iter_mut().for_each(|at| *at = Sides { left: at.right, right: at.left });
        turned.sort_by_key(|at| (at.told(), at.left.is_none()));
        turned
    }

    /// As [`Walk::aligned`], of the parts of two lists that begin and end with items that differ.
    fn middle(
        &self,
        (left, lefts): (&[Value], Range<usize>),
        (right, rights): (&[Value], Range<usize>),
        item: Shape<'_>,
    ) -> Vec<Sides> {
        let mut aligned = Vec::new();
        if lefts.len() * rights.len() > MOST_PAIRS {
            pair_up(lefts, rights, &mut aligned);
            return aligned;
        }
        let (mut l, mut r) = (lefts.start, rights.start);
        let table = Longest::of(lefts.len(), rights.len(), |i, j| {
            let pair = left.get(lefts.start + i).zip(right.get(rights.start + j));
            pair.is_some_and(|(l, r)| !self.differ(l, r, item))
        });
        for (i, j) in table.pairs().into_iter().chain([(lefts.len(), rights.len())]) {
            self.gap(left, right, (l..lefts.start + i, r..rights.start + j), &mut aligned);
            (l, r) = (lefts.start + i + 1, rights.start + j + 1);
        }
        aligned
    }

    /// Between items that are the same: first those with the same name, then place by place.
    fn gap(
        &self,
        left: &[Value],
        right: &[Value],
        (lefts, rights): (Range<usize>, Range<usize>),
        aligned: &mut Vec<Sides>,
    ) {
        let (mut l, mut r) = (lefts.start, rights.start);
        let named = |list: &[Value], at: usize| list.get(at).and_then(name).cloned();
        for i in lefts.clone().filter(|_| !rights.is_empty()) {
            let Some(wanted) = named(left, i) else { continue };
            let Some(j) = (r..rights.end).find(|&j| named(right, j).as_ref() == Some(&wanted)) else { continue };
            pair_up(l..i, r..j, aligned);
            aligned.push(Sides::both(i, j));
            (l, r) = (i + 1, j + 1);
        }
        pair_up(l.min(lefts.end)..lefts.end, r.min(rights.end)..rights.end, aligned);
    }
}

/// Pairs place by place; what is left over stands on one side only.
fn pair_up(lefts: Range<usize>, rights: Range<usize>, aligned: &mut Vec<Sides>) {
    let common = lefts.len().min(rights.len());
    aligned.extend(lefts.clone().zip(rights.clone()).map(|(l, r)| Sides::both(l, r)));
    aligned.extend(lefts.skip(common).map(Sides::left));
    aligned.extend(rights.skip(common).map(Sides::right));
}

/// What an item is called.
fn name(item: &Value) -> Option<&Value> {
    let map = item.as_object()?;
    let named = NAMES.iter().find_map(|key| map.get(*key));
    named.or_else(|| map.get("metadata").and_then(|metadata| metadata.get("name")))
}

/// The key of every item; none when an item has no key, or two have the same.
fn item_keys(items: &[Value], keys: Keys<'_>, shape: Shape<'_>) -> Option<Vec<ItemKey>> {
    let names = keys.names();
    let mut known = std::collections::HashSet::new();
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let map = item.as_object()?;
        let is_absent = |value: &Value, name: &str| shape.type_name().is_some_and(|of| is_zero(of, name, value));
        let value = |name: &&str| {
            let default = || shape.type_name().and_then(|of| default_of(of, name, map));
            map.get(*name)
                .filter(|value| !is_absent(value, name))
                .cloned()
                .or_else(default)
                .map(|value| ((*name).to_owned(), value))
        };
        let key: ItemKey = names.iter().map(value).collect::<Option<_>>()?;
        if !known.insert(text_of(&key)) {
            return None;
        }
        all.push(key);
    }
    Some(all)
}

fn text_of(key: &ItemKey) -> String {
    let mut text = String::new();
    for (_, value) in key {
        match value {
            Value::String(value) => text.push_str(value),
            other => text.push_str(&other.to_string()),
        }
        text.push('\n');
    }
    text
}

fn object(key: &ItemKey) -> Value {
    Value::Object(key.iter().cloned().collect())
}

/// Longest common subsequence of two short lists.
struct Longest {
    width: usize,
    lengths: Vec<u32>,
    same: Vec<bool>,
}

impl Longest {
    fn of(height: usize, width: usize, same: impl Fn(usize, usize) -> bool) -> Self {
        let mut table = Self { width, lengths: vec![0; (height + 1) * (width + 1)], same: vec![false; height * width] };
        for i in (0..height).rev() {
            for j in (0..width).rev() {
                let is_same = same(i, j);
                let length = if is_same {
                    table.length(i + 1, j + 1) + 1
                } else {
                    table.length(i + 1, j).max(table.length(i, j + 1))
                };
                if let Some(cell) = table.lengths.get_mut(i * (width + 1) + j) {
                    *cell = length;
                }
                if let Some(cell) = table.same.get_mut(i * width + j) {
                    *cell = is_same;
                }
            }
        }
        table
    }

    fn length(&self, i: usize, j: usize) -> u32 {
        self.lengths.get(i * (self.width + 1) + j).copied().unwrap_or_default()
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
        while self.length(i, j) > 0 {
            if self.same.get(i * self.width + j).copied().unwrap_or_default() && j < self.width {
                pairs.push((i, j));
                (i, j) = (i + 1, j + 1);
            } else if self.length(i + 1, j) >= self.length(i, j + 1) {
                i += 1;
            } else {
                j += 1;
            }
        }
        pairs
    }
}
