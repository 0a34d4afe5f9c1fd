//! What the tests share.

use std::sync::LazyLock;

use ahuora::config::{Configuration, Problem, load};
use ahuora::experiment::{Base, Experiment};
use ahuora::load::Load;
use ahuora::values::EnvironmentName;

pub(crate) const PLATFORM: &str = include_str!("../../platform.yaml");
pub(crate) const LOAD: &str = include_str!("../../experiments/load/load.yaml");

pub(crate) static CONFIGURATION: LazyLock<Configuration> = LazyLock::new(|| load(PLATFORM).expect("a valid platform"));
pub(crate) static PRODUCTION: LazyLock<EnvironmentName> =
    LazyLock::new(|| EnvironmentName::new("production").expect("a legal name"));

/// The beginning of every design that is written here.
pub(crate) const HEAD: &str = "question: Which?\nenvironment: production\nendpoints: [uor]\nprofiles: [spike]\n";

/// Reads a design that is written after [`HEAD`].
pub(crate) fn read(rest: &str) -> Result<Experiment, Vec<Problem>> {
    read_whole(&format!("{HEAD}{rest}"), 256)
}

pub(crate) fn read_whole(text: &str, limit: usize) -> Result<Experiment, Vec<Problem>> {
    Experiment::read("test", text, &Load::read(LOAD).expect("valid load"), limit)
}

pub(crate) fn experiment(rest: &str) -> Experiment {
    read(rest).unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

pub(crate) fn base() -> Base<'static> {
    Base::of(&CONFIGURATION, &PRODUCTION, "manifests").expect("a valid platform")
}

pub(crate) fn show(problems: &[Problem]) -> String {
    let line = |problem: &Problem| match problem.at {
        Some(at) => format!("{}:{}: {}: {}", at.line, at.column, problem.path, problem.message),
        None => format!("{}: {}", problem.path, problem.message),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Names of the permutations.
pub(crate) fn names(experiment: &Experiment) -> Vec<&str> {
    experiment.permutations.iter().map(|one| one.name.as_str()).collect()
}
