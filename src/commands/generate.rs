//! `ahuora generate`: platform.yaml becomes manifests/, compose.yaml and the picture in the README.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{check, configuration_failure, load};
use crate::cli::Common;
use crate::config::Configuration;
use crate::effects::{self, Repository, Scan, TEMPORARY_PREFIX};
use crate::error::{Failure, Outcome};
use crate::graph;
use crate::manifest::compose;
use crate::plan::Action;
use crate::render::{self, Environment};
use crate::tree::{Document, HEADER};
use crate::ui::{Format, Ui};

pub(super) fn run(common: &Common, check_only: bool, ui: &Ui) -> Result<Outcome, Failure> {
    let (repository, configuration) = load(common)?;
    let scan = effects::scan(&repository.path(&common.out), &common.out)?;
    let output = Output {
        repository: &repository,
        common,
    };
    let rendered = render::all(&configuration, |environment| {
        output.compare(
            environment.documents(),
            picture(&configuration, environment),
        )
    })
    .map_err(|problems| configuration_failure(common, problems))?;
    if !rendered.findings.is_empty() {
        check::report(&rendered.findings, ui)?;
        ui.status(
            "nothing was written; mend the findings, or waive one with a reason under `waivers`",
        );
        return Ok(Outcome::Findings);
    }
    let mut compared = Compared::default();
    for part in rendered.environments {
        compared.extend(part?);
    }
    compared.extend(output.compare(rendered.cluster.iter(), Vec::new())?);
    compared.extend(output.compare_compose(&configuration)?);
    if compared.expected.is_empty() {
        return Err(Failure::usage(
            "the configuration yields no resource; an empty platform is not written",
            "name at least one environment",
        ));
    }
    let foreign = output.stale(&scan, &mut compared)?;
    if !check_only && !common.dry_run {
        effects::apply(&repository, &compared.actions)?;
    }
    let mode = if check_only {
        Mode::Check
    } else if common.dry_run {
        Mode::DryRun
    } else {
        Mode::Real
    };
    say(ui, mode, &compared, &foreign)
}

/// The README's picture is drawn from the first environment.
fn picture(configuration: &Configuration, environment: &Environment) -> Vec<(String, Text)> {
    let first = configuration
        .platforms
        .first()
        .map(|platform| &platform.scope.environment);
    if first == Some(&environment.platform.scope.environment) {
        vec![(
            "README.md".to_owned(),
            Text::Picture(graph::mermaid(environment)),
        )]
    } else {
        Vec::new()
    }
}

/// Something besides manifests that is generated.
enum Text {
    /// A whole file.
    File(String),
    /// The block between two markers of a file that people write.
    Picture(String),
}

/// What was compared with the disk.
#[derive(Default)]
struct Compared {
    actions: Vec<Action>,
    expected: BTreeSet<String>,
    unchanged: usize,
}

impl Compared {
    fn extend(&mut self, other: Self) {
        self.actions.extend(other.actions);
        self.expected.extend(other.expected);
        self.unchanged += other.unchanged;
    }
}

struct Output<'a> {
    repository: &'a Repository,
    common: &'a Common,
}

impl Output<'_> {
    /// Compares documents, and other texts, with what stands on the disk.
    fn compare<'d>(
        &self,
        documents: impl Iterator<Item = &'d Document>,
        others: Vec<(String, Text)>,
    ) -> Result<Compared, Failure> {
        let mut compared = Compared::default();
        for document in documents {
            let text = document.text().map_err(|error| {
                Failure::outside(format!("cannot write {}", document.path))(std::io::Error::other(
                    error,
                ))
            })?;
            self.compare_file(
                &mut compared,
                format!("{}/{}", self.common.out, document.path),
                text,
            )?;
        }
        for (path, text) in others {
            match text {
                Text::File(text) => self.compare_file(&mut compared, path, text)?,
                Text::Picture(picture) => self.compare_picture(&mut compared, &path, &picture)?,
            }
        }
        Ok(compared)
    }

    fn compare_file(
        &self,
        compared: &mut Compared,
        path: String,
        content: String,
    ) -> Result<(), Failure> {
        let present = self.repository.read(&path)?;
        match &present {
            Some(bytes) if bytes == content.as_bytes() => compared.unchanged += 1,
            Some(bytes) if !is_ours(bytes) => {
                return Err(Failure::usage(
                    format!("{path} exists and was not generated: it would be lost"),
                    "move it away, or put what it says into platform.yaml",
                ));
            }
            present => compared.actions.push(Action::Write {
                path: path.clone(),
                content,
                replaces: present.is_some(),
            }),
        }
        compared.expected.insert(path);
        Ok(())
    }

    /// The picture stands only where somebody put its markers.
    fn compare_picture(
        &self,
        compared: &mut Compared,
        path: &str,
        picture: &str,
    ) -> Result<(), Failure> {
        let Some(bytes) = self.repository.read(path)? else {
            return Ok(());
        };
        let present = String::from_utf8_lossy(&bytes);
        match graph::replace_block(&present, picture) {
            Some(content) if content == present => compared.unchanged += 1,
            Some(content) => compared.actions.push(Action::Write {
                path: path.to_owned(),
                content,
                replaces: true,
            }),
            None => {}
        }
        Ok(())
    }

    fn compare_compose(&self, configuration: &Configuration) -> Result<Compared, Failure> {
        let Some(spec) = &configuration.operations.compose else {
            return Ok(Compared::default());
        };
        let Some(platform) = configuration
            .platforms
            .iter()
            .find(|platform| platform.scope.environment == spec.environment)
        else {
            return Ok(Compared::default());
        };
        let (text, ini) = compose::build(platform, spec, &self.common.out);
        let mut files = vec![(
            "compose.yaml".to_owned(),
            Text::File(format!("{HEADER}{text}")),
        )];
        files.extend(ini.map(|ini| {
            let header = HEADER.replacen('#', ";", 1);
            (
                format!("{}/{}", self.common.out, compose::INI_FILE),
                Text::File(format!("{header}{ini}")),
            )
        }));
        self.compare(std::iter::empty(), files)
    }

    /// Adds the removal of generated files that are no longer made; returns the files of other people.
    fn stale(&self, scan: &Scan, compared: &mut Compared) -> Result<Vec<String>, Failure> {
        let mut foreign: Vec<String> = scan
            .others
            .iter()
            .map(|path| format!("{}/{path}", self.common.out))
            .collect();
        for file in &scan.files {
            let path = format!("{}/{file}", self.common.out);
            if compared.expected.contains(&path) {
                continue;
            }
            let is_left_over = file
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with(TEMPORARY_PREFIX));
            if is_left_over
                || self
                    .repository
                    .read(&path)?
                    .is_some_and(|bytes| is_ours(&bytes))
            {
                compared.actions.push(Action::Remove { path });
            } else {
                foreign.push(path);
            }
        }
        Ok(foreign)
    }
}

/// Whether a file begins with our header, in YAML's or INI's way of writing a comment.
fn is_ours(bytes: &[u8]) -> bool {
    let mark = HEADER
        .trim_start_matches('#')
        .split('.')
        .next()
        .unwrap_or(HEADER)
        .as_bytes();
    matches!(bytes.first(), Some(b'#' | b';'))
        && bytes.get(1..).is_some_and(|rest| rest.starts_with(mark))
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Real,
    DryRun,
    Check,
}

#[derive(Serialize)]
struct Report<'a> {
    created: Vec<&'a str>,
    updated: Vec<&'a str>,
    removed: Vec<&'a str>,
    unchanged: usize,
    foreign: &'a [String],
    written: bool,
}

fn say(ui: &Ui, mode: Mode, compared: &Compared, foreign: &[String]) -> Result<Outcome, Failure> {
    let with = |verb: &str| {
        compared
            .actions
            .iter()
            .filter(|action| action.verb() == verb)
            .map(Action::path)
            .collect::<Vec<_>>()
    };
    let report = Report {
        created: with("create"),
        updated: with("update"),
        removed: with("remove"),
        unchanged: compared.unchanged,
        foreign,
        written: mode == Mode::Real,
    };
    if ui.format == Format::Json {
        ui.json(&report)?;
    } else {
        let lines: String = compared
            .actions
            .iter()
            .map(|action| format!("{action}\n"))
            .collect();
        ui.data(&lines)?;
        for path in foreign {
            ui.status(&format!("left alone {path}: it was not generated"));
        }
        ui.status(&summary(mode, &report));
    }
    let differs = mode == Mode::Check && !compared.actions.is_empty();
    Ok(if differs {
        Outcome::Findings
    } else {
        Outcome::Fine
    })
}

fn summary(mode: Mode, report: &Report<'_>) -> String {
    let (created, updated, removed) = (
        report.created.len(),
        report.updated.len(),
        report.removed.len(),
    );
    let counts = format!(
        "{created} to create, {updated} to update, {removed} to remove, {} unchanged",
        report.unchanged
    );
    match mode {
        Mode::Real => format!(
            "{created} created, {updated} updated, {removed} removed, {} unchanged",
            report.unchanged
        ),
        Mode::DryRun => format!("dry run, nothing was written: {counts}"),
        Mode::Check if created + updated + removed == 0 => {
            format!("up to date: {} files", report.unchanged)
        }
        Mode::Check => format!("not up to date: {counts}; run `ahuora generate`"),
    }
}
