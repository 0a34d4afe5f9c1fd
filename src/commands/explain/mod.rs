//! `ahuora explain`: from a field of a manifest to the keys of platform.yaml that decide it, and back.

mod fields;
mod key;
mod resource;
mod unused;

use serde::Serialize;

use super::{Workspace, configuration_failure, platform};
use crate::cli::Common;
use crate::config::Configuration;
use crate::error::{Failure, Outcome};
use crate::platform::Platform;
use crate::provenance::{COMPOSE, Leaf, Leaves, Origin};
use crate::ui::Ui;

/// What is asked.
pub(super) struct Asked<'a> {
    /// A resource or a key.
    pub(super) what: Option<&'a str>,
    /// A field of the resource.
    pub(super) field: Option<&'a str>,
    /// The keys that no manifest depends on.
    pub(super) unused: bool,
}

/// What every answer needs.
struct Question<'a> {
    common: &'a Common,
    configuration: &'a Configuration,
    leaves: &'a Leaves,
    out: &'a str,
    /// The environment, where one was named.
    environment: Option<&'a Platform>,
    ui: &'a Ui,
}

pub(super) fn run(common: &Common, asked: &Asked<'_>, environment: Option<&str>, ui: &Ui) -> Result<Outcome, Failure> {
    let Workspace { configuration, out, .. } = Workspace::open(common)?;
    let environment = environment.map(|name| platform(&configuration, name)).transpose()?;
    let leaves = Leaves::of(&configuration);
    let question = Question { common, configuration: &configuration, leaves: &leaves, out: &out, environment, ui };
    match asked.what {
        _ if asked.unused => unused::answer(&question),
        Some(what) if is_resource(what) => resource::answer(&question, what, asked.field),
        Some(what) => key::answer(&question, what, asked.field),
        None => Err(Failure::usage("name a resource or a key", "try `ahuora explain django-api/deployment`")),
    }
}

/// A resource has a slash before anything else; keys have none there.
fn is_resource(what: &str) -> bool {
    what == COMPOSE || what.split(['.', '[']).next().is_some_and(|first| first.contains('/'))
}

impl<'a> Question<'a> {
    /// The environments to look at: the one that was named, else all by name.
    fn platforms(&self) -> Vec<&'a Platform> {
        self.environment.map_or_else(|| self.configuration.platforms.iter().collect(), |one| vec![one])
    }

    fn failure(&self, problems: Vec<crate::config::Problem>) -> Failure {
        configuration_failure(self.common, self.configuration.located(problems))
    }
}

/// A leaf of the configuration, for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct LeafJson<'a> {
    path: String,
    file: &'a str,
    line: usize,
    column: usize,
    value: &'a str,
    origin: &'static str,
}

impl<'a> LeafJson<'a> {
    fn of(leaf: &'a Leaf, question: &Question<'a>) -> Self {
        let origin = match leaf.origin {
            Origin::Written => "written",
            Origin::Default => "default",
            Origin::Name => "name",
            Origin::Choice => "choice",
        };
        let file = question.common.config.as_str();
        Self {
            path: leaf.path.to_string(),
            file,
            line: leaf.at.line,
            column: leaf.at.column,
            value: &leaf.value,
            origin,
        }
    }

    /// `platform.yaml:86:20  services.a.image: b:1`
    fn line(&self) -> String {
        let Self { path, file, line, column, .. } = self;
        let says = match self.origin {
            "name" => " (its name)".to_owned(),
            "choice" => " (this choice)".to_owned(),
            "default" => format!(": {} (default, not written)", one_line(self.value)),
            _ => format!(": {}", one_line(self.value)),
        };
        format!("{file}:{line}:{column}  {path}{says}")
    }
}

/// At most 100 characters of a text, without line breaks.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 100;
    let line: String = text.trim_end().replace('\n', "\\n").chars().take(LONGEST + 1).collect();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned() + "...",
        None => line,
    }
}
