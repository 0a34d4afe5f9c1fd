//! `ahuora release status`.

use std::fmt::Write as _;

use serde::Serialize;

use super::super::Workspace;
use super::sources::Sources;
use crate::cli::{Common, ReleaseStatusArgs};
use crate::config::Configuration;
use crate::effects::Repository;
use crate::error::{Failure, Outcome};
use crate::release::{Component, Wish};
use crate::ui::{Format, Ui};

/// What is told of a component.
#[derive(Serialize)]
struct Row {
    component: String,
    last_tag: Option<String>,
    deployed: Option<String>,
    unreleased_commits: Option<usize>,
    next: Option<String>,
    problem: Option<String>,
}

pub(super) fn run(common: &Common, args: &ReleaseStatusArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let mut sources = Sources::open(common, &args.sources)?;
    let is_here = Repository::find(common.repo.as_deref(), &common.config)
        .is_ok_and(|repository| repository.path(&common.config).is_file());
    let platform = is_here.then(|| Workspace::open(common)).transpose()?;
    let mut rows = Vec::new();
    for component in sources.settings.components.clone() {
        let deployed = platform.as_ref().and_then(|one| deployed(&one.configuration, component.name.as_str()));
        rows.push(row(&mut sources, &component, deployed)?);
    }
    match ui.format {
        Format::Json => ui.json(&rows)?,
        Format::Text | Format::Markdown => {
            ui.data(&table(&rows))?;
            for row in &rows {
                row.problem.iter().for_each(|problem| ui.status(problem));
            }
        }
    }
    Ok(Outcome::Fine)
}

fn row(sources: &mut Sources, component: &Component, deployed: Option<String>) -> Result<Row, Failure> {
    let line = sources.line(component, None)?;
    let name = component.name.to_string();
    match sources.next(component, &line, &Wish::default()) {
        Ok(next) => Ok(Row {
            component: name,
            last_tag: next.last.map(|last| last.tag.name),
            deployed,
            unreleased_commits: Some(next.because.iter().filter(|effect| effect.counts).count()),
            next: next.tag.map(|tag| tag.version.to_string()),
            problem: None,
        }),
        // One that has no next version does not hide the others.
        Err(Failure::Usage { message, .. }) if !sources.history.is_shallow() => {
            let problem = Some(message);
            Ok(Row { component: name, last_tag: None, deployed, unreleased_commits: None, next: None, problem })
        }
        Err(failure) => Err(failure),
    }
}

/// The version of the image of the service of that name.
fn deployed(configuration: &Configuration, service: &str) -> Option<String> {
    let image = configuration.root().get("services")?.get(service)?.get("image")?.to_json();
    let image = image.as_str()?.split('@').next()?.to_owned();
    let (_, tag) = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    Some(tag.to_owned())
}

fn table(rows: &[Row]) -> String {
    let none = || "-".to_owned();
    let head = ["COMPONENT", "LAST TAG", "PLATFORM", "UNRELEASED", "NEXT"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [
            row.component.clone(),
            row.last_tag.clone().unwrap_or_else(none),
            row.deployed.clone().unwrap_or_else(none),
            row.unreleased_commits.map_or_else(none, |count| count.to_string()),
            row.next.clone().unwrap_or_else(none),
        ]
    });
    let lines: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
    let mut widths = [0_usize; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let mut row = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(row, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}
