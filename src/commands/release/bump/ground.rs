//! A commit as the ground on which is generated, and what stands on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cli::Common;
use crate::commands::generate::{ROOT_FILES, Standing, actions};
use crate::commands::{check, configuration_failure};
use crate::config::{self, Configuration};
use crate::effects::{Reader, Scan, Temporary, temporary};
use crate::error::Failure;
use crate::experiment::LOCK;
use crate::plan::{Action, Verb};
use crate::ui::Ui;

/// The files of a commit that matter here.
pub(super) struct AtCommit {
    files: BTreeMap<String, Arc<[u8]>>,
    scan: Scan,
}

impl AtCommit {
    /// Reads the generated files of a commit, and the configuration.
    pub(super) fn read(reader: &mut Reader, commit: &str, common: &Common, out: &str) -> Result<Self, Failure> {
        let below = reader.files_below(commit, out)?;
        let scan = Scan { files: below.keys().cloned().collect(), ..Scan::default() };
        let mut files: BTreeMap<String, Arc<[u8]>> =
            below.into_iter().map(|(path, content)| (format!("{out}/{path}"), content)).collect();
        for path in ROOT_FILES.into_iter().chain([common.config.as_str(), LOCK]) {
            if let Some(content) = reader.file(commit, path)? {
                files.insert(path.to_owned(), content);
            }
        }
        Ok(Self { files, scan })
    }

    /// The text of a file; none where there is none.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        let Some(content) = self.files.get(path) else { return Ok(None) };
        let text = std::str::from_utf8(content).map_err(|_| {
            Failure::usage(format!("the committed {path} is not UTF-8 text"), "save it as UTF-8, and commit it")
        })?;
        Ok(Some(text.to_owned()))
    }
}

impl Standing for AtCommit {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.files.get(path).map(|content| content.to_vec()))
    }

    fn scan(&self) -> &Scan {
        &self.scan
    }

    fn left_over(&self) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }
}

/// The configuration in a text.
pub(super) fn load(text: &str, file: &str) -> Result<Configuration, Failure> {
    config::load(text).map_err(|problems| Failure::Configuration { file: file.to_owned(), problems })
}

/// Where is generated.
pub(super) struct Place<'p> {
    /// What stands there.
    pub(super) standing: &'p dyn Standing,
    /// The output folder.
    pub(super) out: &'p str,
    /// What it is called: nothing for the working folder.
    pub(super) called: String,
}

/// What another text of the configuration changes, the configuration itself first; none when something is found wrong
/// with it, which was told. What killed runs left is not looked at.
pub(super) fn changes(
    common: &Common,
    place: &Place<'_>,
    (before, after): (&Configuration, &str),
    ui: &Ui,
) -> Result<Option<Vec<Action>>, Failure> {
    let Place { standing, out, called } = place;
    let is_left_over =
        |action: &Action| action.change.verb == Verb::Remove && temporary(&action.change.path) == Temporary::LeftOver;
    let quiet = |configuration: &Configuration| actions(common, configuration, (*standing, out), ui);
    let told = |findings: &[crate::check::Finding]| {
        check::report(findings, ui)?;
        ui.status("nothing was changed; mend the findings, or waive one with a reason under `waivers`");
        Ok(None)
    };
    let stale = match quiet(before)? {
        Ok(stale) => stale,
        Err(findings) => return told(&findings),
    };
    let stale: Vec<Action> = stale.into_iter().filter(|action| !is_left_over(action)).collect();
    if let Some(first) = stale.first() {
        let more = if stale.len() > 1 { format!(" (and {} more)", stale.len() - 1) } else { String::new() };
        return Err(Failure::usage(
            format!("{called}{}{more} is not what {} says: nothing was changed", first.change.path, common.config),
            "run `ahuora generate`, look at what changes, commit it, and try again",
        ));
    }
    let new = config::load(after).map_err(|problems| configuration_failure(common, problems))?;
    let generated = match quiet(&new)? {
        Ok(generated) => generated.into_iter().filter(|action| !is_left_over(action)),
        Err(findings) => return told(&findings),
    };
    let configuration = Action::write(common.config.clone(), after.to_owned(), true);
    let all: Vec<Action> = std::iter::once(configuration).chain(generated).collect();
    if let Some(other) = all.iter().find(|action| action.change.verb != Verb::Update) {
        return Err(Failure::usage(
            format!("with that version there is more to do than to update files: {}", other.change),
            format!("change {} by hand, run `ahuora generate`, and commit", common.config),
        ));
    }
    Ok(Some(all))
}
