//! Variables with their levels, as a design writes them.

use std::collections::HashSet;

use super::design::DesignSpec;
use crate::config::Problem;
use crate::config::path::Path;
use crate::values::ShortName;
use crate::yaml::{Node, NodeValue, Position};

/// Something that varies.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The paths in platform.yaml that all get the level's value.
    pub paths: Vec<String>,
    /// Its levels, in the order of the design.
    pub levels: Vec<Level>,
}

/// One value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// What it is called: the value itself, or the name that the design gives it.
    pub label: String,
    /// The value.
    pub value: Node,
    /// Where it stands in the design.
    pub at: Position,
}

/// The variables of a design, in the order of the file.
pub(super) fn variables(spec: &DesignSpec, root: &Node, problems: &mut Vec<Problem>) -> Vec<Variable> {
    let entries = root.get("variables").map(Node::entries).unwrap_or_default();
    if entries.is_empty() {
        problems.push(problem(root.at, "variables", "nothing varies: name at least one variable with its levels"));
    }
    let mut variables = Vec::new();
    for entry in entries {
        let path = format!("variables.{}", entry.key);
        let known = ShortName::new(&entry.key).is_ok_and(|name| spec.variables.contains_key(&name));
        let paths = entry.value.get("sets").map(|node| paths(node, &path, problems)).unwrap_or_default();
        let levels = match entry.value.get("levels").filter(|node| !node.is_null()) {
            Some(node) => levels(node, &format!("{path}.levels"), problems),
            None => levels_of_rows(root, &entry.key, &path, entry.at, problems),
        };
        if known {
            variables.push(Variable { name: entry.key.clone(), paths, levels });
        }
    }
    clashes(&variables, root, problems);
    variables
}

fn paths(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let texts: Vec<(String, Position)> = match &node.value {
        NodeValue::Scalar { text, .. } if !node.is_null() => vec![(text.clone(), node.at)],
        NodeValue::Sequence(items) if !items.is_empty() => items
            .iter()
            .map(|item| match &item.value {
                NodeValue::Scalar { text, .. } => (text.clone(), item.at),
                _ => (String::new(), item.at),
            })
            .collect(),
        _ => {
            let message = format!("is {}: write the path that varies, or a list of paths", node.describe());
            problems.push(problem(node.at, &format!("{path}.sets"), message));
            Vec::new()
        }
    };
    for (text, at) in &texts {
        if let Err(message) = Path::parse(text) {
            problems.push(problem(*at, &format!("{path}.sets"), message));
        }
    }
    texts.into_iter().map(|(text, _)| text).collect()
}

fn levels(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Vec<Level> {
    let mut found: Vec<Level> = Vec::new();
    match &node.value {
        NodeValue::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                match label(item) {
                    Some(label) => found.push(Level { label, value: item.clone(), at: item.at }),
                    None => problems.push(problem(
                        item.at,
                        &format!("{path}[{index}]"),
                        "is a whole block, so it needs a name: write the levels as `name: value`",
                    )),
                }
            }
        }
        NodeValue::Mapping(entries) => found.extend(entries.iter().map(|entry| Level {
            label: entry.key.clone(),
            value: entry.value.clone(),
            at: entry.at,
        })),
        _ => problems.push(problem(node.at, path, format!("is {}: write a list of values", node.describe()))),
    }
    let mut known = HashSet::new();
    for level in &found {
        if !known.insert(&level.label) {
            problems.push(problem(level.at, path, format!("the level `{}` is named twice", level.label)));
        }
    }
    if found.is_empty() && problems.is_empty() {
        problems.push(problem(node.at, path, "has no level: an empty grid has no permutation"));
    }
    found
}

/// The levels that the rows of a design say, each once.
fn levels_of_rows(root: &Node, variable: &str, path: &str, at: Position, problems: &mut Vec<Problem>) -> Vec<Level> {
    let rows = root.get("design").and_then(|design| design.get("rows"));
    let Some(NodeValue::Sequence(rows)) = rows.map(|rows| &rows.value) else {
        problems.push(problem(at, path, "has no `levels`; only a design of `rows` can do without"));
        return Vec::new();
    };
    let (mut found, mut known): (Vec<Level>, HashSet<String>) = (Vec::new(), HashSet::new());
    for value in rows.iter().filter_map(|row| row.get(variable)) {
        match label(value) {
            Some(label) if known.insert(label.clone()) => {
                found.push(Level { label, value: value.clone(), at: value.at });
            }
            Some(_) => {}
            None => problems.push(problem(
                value.at,
                path,
                "a row names a whole block: give it a name under `levels`, and name that in the row",
            )),
        }
    }
    found
}

/// What a scalar is called.
pub(super) fn label(node: &Node) -> Option<String> {
    match &node.value {
        _ if node.is_null() => Some("none".to_owned()),
        NodeValue::Scalar { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// Values that two variables, or a variable and what is held, would both say.
fn clashes(variables: &[Variable], root: &Node, problems: &mut Vec<Problem>) {
    let place = |name: &str| {
        let variable = root.get("variables").and_then(|all| all.get(name));
        variable.and_then(|variable| variable.get("sets")).map_or(root.at, |sets| sets.at)
    };
    let parsed: Vec<(&str, &str, Path)> = variables
        .iter()
        .flat_map(|variable| variable.paths.iter().map(move |path| (variable.name.as_str(), path.as_str())))
        .filter_map(|(name, text)| Path::parse(text).ok().map(|path| (name, text, path)))
        .collect();
    for (index, (name, text, path)) in parsed.iter().enumerate() {
        let mut before = parsed.iter().take(index);
        if let Some((other, ..)) = before.find(|(_, _, other)| path.touches(other)) {
            let message = if other == name {
                format!("sets `{text}` twice")
            } else {
                format!("sets `{text}`, which the variable `{other}` sets too: only one can")
            };
            problems.push(problem(place(name), &format!("variables.{name}.sets"), message));
        }
    }
    for entry in root.get("hold").map(Node::entries).unwrap_or_default() {
        let Ok(held) = Path::parse(&entry.key) else { continue };
        if let Some((name, ..)) = parsed.iter().find(|(_, _, path)| held.starts_with(path)) {
            let message = format!("is held and varied by `{name}` at once: take one of them away");
            problems.push(problem(entry.at, &format!("hold.{}", entry.key), message));
        }
    }
}

pub(super) fn problem(at: Position, path: &str, message: impl Into<String>) -> Problem {
    Problem { at: Some(at), path: path.to_owned(), message: message.into() }
}
