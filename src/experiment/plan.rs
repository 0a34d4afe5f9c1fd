//! An experiment: what a design means, checked as far as the design alone allows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::json;

use super::design::DesignSpec;
use super::files::Digest;
use super::levels::{self, Level, Variable, problem};
use super::order::{self, Shape, Trial};
use super::rows::{self, Excluded, Row};
use super::slug::slugs;
use crate::config::{self, Override, Problem, in_order, suggestion};
use crate::load::{self, Load};
use crate::values::ShortName;
use crate::yaml::{Entry, Node};

/// A design with its permutations and runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Its name: that of its file, without the ending.
    pub name: String,
    /// The design as written.
    pub design: DesignSpec,
    /// What varies.
    pub variables: Vec<Variable>,
    /// What is held, in the order of the file.
    pub hold: Vec<Entry>,
    /// Its permutations.
    pub permutations: Vec<Permutation>,
    /// What is left out.
    pub excluded: Vec<Excluded>,
    /// Its runs, in their order.
    pub trials: Vec<Trial>,
    /// Seconds of load of one trial, by profile.
    pub seconds: Vec<u64>,
    /// SHA-256 of the design and of the load that it names, comments and layout apart.
    pub digest: Digest,
}

/// One combination of levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation {
    /// Its name: `cpu-500m-target-25`.
    pub name: String,
    /// Its level of each variable.
    pub row: Row,
}

impl Experiment {
    /// Reads a design. More than `limit` permutations are refused.
    ///
    /// # Errors
    /// Every problem, with its place in the design.
    pub fn read(name: &str, text: &str, load: &Load, limit: usize) -> Result<Self, Vec<Problem>> {
        let (design, root): (DesignSpec, Node) = config::file(text)?;
        let mut problems = Vec::new();
        if let Err(message) = ShortName::new(name) {
            problems.push(problem(root.at, "", format!("the file's name is the experiment's, and `{name}` {message}")));
        }
        known(&design, load, &root, &mut problems);
        let variables = levels::variables(&design, &root, &mut problems);
        let (rows, excluded) = if problems.is_empty() {
            rows::combine(&design, &variables, &root, limit, &mut problems)
        } else {
            (Vec::new(), Vec::new())
        };
        if !problems.is_empty() {
            return Err(in_order(problems));
        }
        let names = slugs(&rows.iter().map(|row| labels(&variables, row)).collect::<Vec<_>>());
        let permutations: Vec<Permutation> =
            names.into_iter().zip(rows).map(|(name, row)| Permutation { name, row }).collect();
        let profiles = || design.profiles.iter().filter_map(|name| load.spec.profiles.get(name));
        let trials: Vec<u16> = profiles().map(|profile| profile.trials.unwrap_or(design.trials).get()).collect();
        let sorted = ascending(&variables, &permutations);
        let shape = Shape { sorted: &sorted, endpoints: design.endpoints.len(), trials: &trials };
        Ok(Self {
            name: name.to_owned(),
            trials: order::trials(shape, design.order),
            seconds: profiles().map(|profile| load::seconds(&load.spec, profile)).collect(),
            digest: digest(&design, &root, load),
            hold: root.get("hold").map(Node::entries).unwrap_or_default().to_vec(),
            design,
            variables,
            permutations,
            excluded,
        })
    }

    /// The level that a row has of each variable.
    pub fn levels<'e>(&'e self, row: &'e Row) -> impl Iterator<Item = (&'e Variable, &'e Level)> {
        self.variables.iter().zip(row).filter_map(|(variable, level)| Some((variable, variable.levels.get(*level)?)))
    }

    /// Names of a row's variables and levels.
    #[must_use]
    pub fn labels<'e>(&'e self, row: &Row) -> Vec<(&'e str, &'e str)> {
        labels(&self.variables, row)
    }

    /// What a row changes of the platform, after what is held.
    #[must_use]
    pub fn overrides<'e>(&'e self, row: &'e Row) -> Vec<Override<'e>> {
        let held = self.hold.iter().map(|entry| Override { path: &entry.key, value: &entry.value, at: entry.at });
        let varied = self.levels(row).flat_map(|(variable, level)| {
            variable.paths.iter().map(|path| Override { path, value: &level.value, at: level.at })
        });
        // A block stands before what it holds.
        let mut all: Vec<Override<'e>> = held.chain(varied).collect();
        all.sort_by_key(|one| one.path);
        all
    }

    /// Seconds of load of a trial, the graceful stop included.
    #[must_use]
    pub fn seconds_of(&self, trial: &Trial) -> u64 {
        self.seconds.get(trial.profile).copied().unwrap_or_default()
    }

    /// Seconds of load of all trials.
    #[must_use]
    pub fn load_seconds(&self) -> u64 {
        self.trials.iter().map(|trial| self.seconds_of(trial)).sum()
    }
}

fn labels<'e>(variables: &'e [Variable], row: &Row) -> Vec<(&'e str, &'e str)> {
    let level = |(variable, level): (&'e Variable, &usize)| {
        Some((variable.name.as_str(), variable.levels.get(*level)?.label.as_str()))
    };
    variables.iter().zip(row).filter_map(level).collect()
}

/// Endpoints and profiles exist, each once, and each profile has a rate for each endpoint.
fn known(design: &DesignSpec, load: &Load, root: &Node, problems: &mut Vec<Problem>) {
    let place = |key: &str| root.get(key).map_or(root.at, |node| node.at);
    fn list<T>(all: &BTreeMap<ShortName, T>) -> Vec<&str> {
        all.keys().map(ShortName::as_str).collect()
    }
    for (key, given, all) in [
        ("endpoints", &design.endpoints, list(&load.spec.endpoints)),
        ("profiles", &design.profiles, list(&load.spec.profiles)),
    ] {
        if given.is_empty() {
            problems.push(problem(place(key), key, "is empty: nothing would be measured"));
        }
        for (index, name) in given.iter().enumerate() {
            if !all.contains(&name.as_str()) {
                let near = suggestion(name.as_str(), &all);
                problems.push(problem(place(key), key, format!("experiments/load/load.yaml has no `{name}`{near}")));
            }
            if given.iter().take(index).any(|other| other == name) {
                problems.push(problem(place(key), key, format!("names `{name}` twice")));
            }
        }
    }
    for (name, profile) in design.profiles.iter().filter_map(|name| Some((name, load.spec.profiles.get(name)?))) {
        let without = |endpoint: &&ShortName| {
            load.spec.endpoints.contains_key(*endpoint) && !profile.rates.contains_key(*endpoint)
        };
        for endpoint in design.endpoints.iter().filter(without) {
            let message = format!("the profile `{name}` has no rate for the endpoint `{endpoint}`");
            problems.push(problem(place("profiles"), "profiles", message));
        }
    }
}

/// Permutations with their levels ascending, the first variable first.
fn ascending(variables: &[Variable], permutations: &[Permutation]) -> Vec<usize> {
    let compare = |one: &Row, other: &Row| {
        let pairs = variables.iter().zip(one.iter().zip(other));
        let each = pairs.map(|(variable, (one, other))| {
            let label = |level: &usize| variable.levels.get(*level).map_or("", |level| level.label.as_str());
            by_amount(label(one), label(other)).then(one.cmp(other))
        });
        each.fold(Ordering::Equal, Ordering::then)
    };
    let mut sorted: Vec<usize> = (0..permutations.len()).collect();
    sorted.sort_by(|one, other| match (permutations.get(*one), permutations.get(*other)) {
        (Some(one), Some(other)) => compare(&one.row, &other.row),
        _ => Ordering::Equal,
    });
    sorted
}

/// By amount where both are amounts; what is none stands before them.
fn by_amount(one: &str, other: &str) -> Ordering {
    match (amount(one), amount(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

/// A number with one of Kubernetes' suffixes, or `s`, `m`, `h` of time: within one variable they mean one thing.
fn amount(label: &str) -> Option<f64> {
    let digits = label.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(label.len());
    let (number, suffix) = label.split_at(digits);
    let factor = match suffix {
        "" | "s" | "%" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}

/// The digest of the design, and of the load that it names.
fn digest(design: &DesignSpec, root: &Node, load: &Load) -> Digest {
    let load = load.said_of(&design.endpoints, &design.profiles);
    Digest::of_value(&json!({"design": root.to_json(), "load": load}))
}
