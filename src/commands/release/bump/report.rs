//! Saying what is done, or would be: line by line for people, in the end for programs.

use serde::Serialize;

use crate::error::Failure;
use crate::plan::Action;
use crate::release::image::Planned;
use crate::ui::{Format, Ui};

/// What was done, or would be.
#[derive(Serialize)]
pub(super) struct Report {
    /// Versions that change.
    changes: Vec<ChangeJson>,
    /// Components that have theirs already.
    same: Vec<SameJson>,
    /// Files that change, each once.
    files: Vec<String>,
    /// Everything that is done, in words and in order.
    actions: Vec<String>,
    /// The commit in the working folder.
    pub(super) commit: Option<String>,
    /// Pull requests.
    pub(super) pull_requests: Vec<PullJson>,
    /// What the person should know.
    warnings: Vec<String>,
    /// Whether nothing was done.
    dry_run: bool,
    /// Titles of what was told.
    #[serde(skip)]
    told: Vec<String>,
}

#[derive(Serialize)]
struct ChangeJson {
    component: String,
    path: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct SameJson {
    component: String,
    image: String,
}

/// A pull request.
#[derive(Serialize)]
pub(super) struct PullJson {
    /// The component.
    pub(super) component: String,
    /// Its branch.
    pub(super) branch: String,
    /// The branch's commit.
    pub(super) commit: String,
    /// The branch that it would change.
    pub(super) base: String,
    /// Its number; none when it was not opened.
    pub(super) number: Option<u64>,
    /// Its page.
    pub(super) url: Option<String>,
    /// What became of it: `opened`, `updated`, `same`.
    pub(super) state: &'static str,
}

impl Report {
    pub(super) const fn new(dry_run: bool) -> Self {
        Self {
            changes: Vec::new(),
            same: Vec::new(),
            files: Vec::new(),
            actions: Vec::new(),
            commit: None,
            pull_requests: Vec::new(),
            warnings: Vec::new(),
            dry_run,
            told: Vec::new(),
        }
    }

    /// Whether something is told for the first time: what is begun again is told once.
    pub(super) fn tell_once(&mut self, title: &str) -> bool {
        let is_first = !self.told.iter().any(|known| known == title);
        self.told.push(title.to_owned());
        is_first
    }

    /// Tells a step.
    pub(super) fn step(&mut self, ui: &Ui, step: String) -> Result<(), Failure> {
        if ui.format == Format::Text {
            ui.data(&format!("{step}\n"))?;
        }
        self.actions.push(step);
        Ok(())
    }

    /// Tells what the person should know; once, however often it is found.
    pub(super) fn warn(&mut self, ui: &Ui, warning: &str) {
        if !self.warnings.iter().any(|known| known == warning) {
            ui.status(&format!("warning: {warning}"));
            self.warnings.push(warning.to_owned());
        }
    }

    /// Tells of components that have their versions.
    pub(super) fn same(&mut self, ui: &Ui, planned: &Planned, place: &str) {
        for (component, image) in &planned.same {
            ui.status(&format!("{component} is at {}{place}: nothing to do", image.tag()));
            self.same.push(SameJson { component: component.clone(), image: image.to_string() });
        }
    }

    /// Tells the versions and the files that change.
    pub(super) fn plan(&mut self, ui: &Ui, planned: &Planned, files: &[Action]) -> Result<(), Failure> {
        for one in &planned.moves {
            let (path, from, to) = (one.path.to_string(), one.from.to_string(), one.to.to_string());
            self.changes.push(ChangeJson { component: one.component.clone(), path, from, to });
            self.step(ui, one.told())?;
        }
        for Action { change, .. } in files {
            self.step(ui, change.to_string())?;
            if !self.files.contains(&change.path) {
                self.files.push(change.path.clone());
            }
        }
        Ok(())
    }

    /// Tells how it ended.
    pub(super) fn end(&self, ui: &Ui, done: &str) -> Result<(), Failure> {
        if ui.format == Format::Json {
            return ui.json(self);
        }
        ui.status(if self.dry_run { "dry run: nothing was done" } else { done });
        Ok(())
    }
}
