//! Which levels are combined: rows of indexes into the levels of each variable.

use std::collections::HashMap;

use super::design::{DesignSpec, VariationSpec};
use super::levels::{Variable, label, problem};
use super::random::Random;
use crate::config::{Problem, suggestion};
use crate::yaml::{Node, NodeValue, Position};

/// One level of each variable.
pub type Row = Vec<usize>;

/// A combination that the design leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Its levels.
    pub row: Row,
    /// Why it is left out.
    pub reason: String,
}

/// More combinations than this are not even looked at.
const MOST_LOOKED_AT: u128 = 1_000_000;

/// The rows of a design, those that are left out apart. More than `limit` are refused.
pub(super) fn combine(
    spec: &DesignSpec,
    variables: &[Variable],
    root: &Node,
    limit: usize,
    problems: &mut Vec<Problem>,
) -> (Vec<Row>, Vec<Excluded>) {
    let at = root.get("design").map_or(root.at, |node| node.at);
    let rules = exclusions(variables, root, problems);
    let before = problems.len();
    let all = match &spec.design {
        VariationSpec::Grid => grid(variables, at, limit, problems),
        VariationSpec::Zip => zip(variables, at, problems),
        VariationSpec::Rows(_) => listed(variables, root, problems),
        VariationSpec::OneAtATime(_) => one_at_a_time(variables, root, problems),
        VariationSpec::Fraction(_) => grid(variables, at, 0, problems),
    };
    if problems.len() > before {
        return (Vec::new(), Vec::new());
    }
    let (mut rows, mut excluded, mut used) = (Vec::new(), Vec::new(), vec![false; rules.len()]);
    for row in all {
        match rules.iter().position(|rule| rule.drops(&row)) {
            Some(index) => {
                used.iter_mut().skip(index).take(1).for_each(|used| *used = true);
                let reason = rules.get(index).map(|rule| rule.reason.clone()).unwrap_or_default();
                excluded.push(Excluded { row, reason });
            }
            None => rows.push(row),
        }
    }
    for (rule, _) in rules.iter().zip(&used).filter(|(_, used)| !**used) {
        problems.push(problem(rule.at, "exclude", "leaves nothing out: no combination has these levels"));
    }
    if let VariationSpec::Fraction(fraction) = spec.design {
        rows = some(rows, fraction.rows.get() as usize, fraction.seed, at, problems);
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(problem(
            at,
            "design",
            "every combination is left out by `exclude`: nothing remains to be measured",
        ));
    }
    if rows.len() > limit {
        problems.push(too_many(rows.len() as u128, limit, at));
    }
    (rows, excluded)
}

fn too_many(count: u128, limit: usize, at: Position) -> Problem {
    let message = format!(
        "makes {} permutations, and {limit} are the most that are made unasked; is it a typo? raise it with --limit",
        grouped(count)
    );
    problem(at, "design", message)
}

/// A number with its thousands apart.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn grid(variables: &[Variable], at: Position, limit: usize, problems: &mut Vec<Problem>) -> Vec<Row> {
    let count = variables.iter().fold(1_u128, |count, one| count.saturating_mul(one.levels.len() as u128));
    let most = MOST_LOOKED_AT.max(limit as u128);
    if count > most {
        problems.push(match limit {
            0 => problem(
                at,
                "design",
                format!("is a part of {} combinations, and at most {} can be looked at", grouped(count), grouped(most)),
            ),
            limit => too_many(count, limit, at),
        });
        return Vec::new();
    }
    let mut rows = vec![Row::new()];
    for variable in variables {
        let longer = |row: &Row| {
            (0..variable.levels.len())
                .map(|level| row.iter().copied().chain([level]).collect::<Row>())
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    rows
}

fn zip(variables: &[Variable], at: Position, problems: &mut Vec<Problem>) -> Vec<Row> {
    let lengths: Vec<usize> = variables.iter().map(|variable| variable.levels.len()).collect();
    let count = lengths.iter().copied().max().unwrap_or_default();
    if lengths.iter().any(|length| *length != count) {
        let told: Vec<String> =
            variables.iter().map(|one| format!("`{}` has {}", one.name, one.levels.len())).collect();
        let message = format!("levels are taken side by side, so all variables need equally many: {}", told.join(", "));
        problems.push(problem(at, "design", message));
        return Vec::new();
    }
    (0..count).map(|level| vec![level; variables.len()]).collect()
}

fn listed(variables: &[Variable], root: &Node, problems: &mut Vec<Problem>) -> Vec<Row> {
    let rows = root.get("design").and_then(|design| design.get("rows"));
    let Some(NodeValue::Sequence(rows)) = rows.map(|rows| &rows.value) else { return Vec::new() };
    if rows.is_empty() {
        let at = root.get("design").map_or(root.at, |node| node.at);
        problems.push(problem(at, "design.rows", "is empty: name at least one combination"));
    }
    let (mut found, mut known): (Vec<Row>, HashMap<Row, usize>) = (Vec::new(), HashMap::new());
    for (index, node) in rows.iter().enumerate() {
        let path = format!("design.rows[{index}]");
        let Some(row) = named_row(variables, node, &path, problems) else { continue };
        match known.get(&row) {
            Some(twin) => {
                problems.push(problem(node.at, &path, format!("repeats row {}: one of them is enough", twin + 1)));
            }
            None => drop(known.insert(row.clone(), index)),
        }
        found.push(row);
    }
    found
}

fn one_at_a_time(variables: &[Variable], root: &Node, problems: &mut Vec<Problem>) -> Vec<Row> {
    let centre = root.get("design").and_then(|design| design.get("oneAtATime"));
    let Some(centre) = centre.and_then(|node| named_row(variables, node, "design.oneAtATime", problems)) else {
        return Vec::new();
    };
    let mut rows = vec![centre.clone()];
    for (index, variable) in variables.iter().enumerate() {
        let other = |level: &usize| centre.get(index) != Some(level);
        rows.extend((0..variable.levels.len()).filter(other).map(|level| {
            let replace = |(at, own): (usize, &usize)| if at == index { level } else { *own };
            centre.iter().enumerate().map(replace).collect()
        }));
    }
    rows
}

/// A mapping that names a level of every variable.
fn named_row(variables: &[Variable], node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<Row> {
    let before = problems.len();
    for entry in node.entries() {
        unknown_variable(variables, &entry.key, entry.at, path, problems);
    }
    let mut row = Row::new();
    for variable in variables {
        match node.get(&variable.name) {
            Some(value) => row.extend(level(variable, value, path, problems)),
            None => problems.push(problem(node.at, path, format!("says nothing of the variable `{}`", variable.name))),
        }
    }
    (problems.len() == before).then_some(row)
}

fn unknown_variable(variables: &[Variable], name: &str, at: Position, path: &str, problems: &mut Vec<Problem>) {
    if variables.iter().all(|variable| variable.name != name) {
        let known: Vec<&str> = variables.iter().map(|variable| variable.name.as_str()).collect();
        problems.push(problem(at, path, format!("there is no variable `{name}`{}", suggestion(name, &known))));
    }
}

/// The index of the level that a node names.
fn level(variable: &Variable, node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<usize> {
    let wanted = label(node);
    let found = variable.levels.iter().position(|level| Some(&level.label) == wanted.as_ref());
    if found.is_none() {
        let known: Vec<&str> = variable.levels.iter().map(|level| level.label.as_str()).collect();
        let near = suggestion(wanted.as_deref().unwrap_or_default(), &known);
        let message = format!("{} is no level of `{}`{near}", node.describe(), variable.name);
        problems.push(problem(node.at, path, message));
    }
    found
}

/// One entry of `exclude`: for each variable that it names, the levels that it means.
struct Rule {
    levels: Vec<(usize, Vec<usize>)>,
    reason: String,
    at: Position,
}

impl Rule {
    fn drops(&self, row: &Row) -> bool {
        self.levels.iter().all(|(variable, levels)| row.get(*variable).is_some_and(|level| levels.contains(level)))
    }
}

fn exclusions(variables: &[Variable], root: &Node, problems: &mut Vec<Problem>) -> Vec<Rule> {
    let Some(NodeValue::Sequence(items)) = root.get("exclude").map(|node| &node.value) else { return Vec::new() };
    let mut rules = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = format!("exclude[{index}].where");
        let mut levels = Vec::new();
        let entries = item.get("where").map(Node::entries).unwrap_or_default();
        if entries.is_empty() {
            problems.push(problem(
                item.at,
                &path,
                "is empty, and would leave everything out: name a variable and a level",
            ));
        }
        for entry in entries {
            unknown_variable(variables, &entry.key, entry.at, &path, problems);
            let Some((position, variable)) = variables.iter().enumerate().find(|(_, one)| one.name == entry.key) else {
                continue;
            };
            let wanted = match &entry.value.value {
                NodeValue::Sequence(items) => items.iter().collect(),
                _ => vec![&entry.value],
            };
            levels.push((
                position,
                wanted.into_iter().filter_map(|node| level(variable, node, &path, problems)).collect(),
            ));
        }
        let reason = match item.get("reason").map(|node| &node.value) {
            Some(NodeValue::Scalar { text, .. }) => text.clone(),
            _ => String::new(),
        };
        rules.push(Rule { levels, reason, at: item.at });
    }
    rules
}

/// Some of the rows, chosen by chance, in their order.
fn some(rows: Vec<Row>, count: usize, seed: u64, at: Position, problems: &mut Vec<Problem>) -> Vec<Row> {
    if count > rows.len() {
        let message = format!("asks for {count} rows, and the grid has {}", rows.len());
        problems.push(problem(at, "design.fraction.rows", message));
        return rows;
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    Random::new(seed).shuffle(&mut order);
    order.truncate(count);
    order.sort_unstable();
    order.into_iter().filter_map(|index| rows.get(index).cloned()).collect()
}
