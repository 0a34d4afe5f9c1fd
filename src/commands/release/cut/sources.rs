//! Where the sources are, how they are released, and which versions their branch has.

use std::path::PathBuf;

use crate::cli::{Common, CutArgs};
use crate::commands::Workspace;
use crate::effects::{History, MAX_CONFIG_BYTES, actions, read_text, shallow};
use crate::error::Failure;
use crate::release::{Component, FILE, Line, Settings};

/// The sources, opened.
pub(super) struct Sources {
    pub(super) root: PathBuf,
    pub(super) settings: Settings,
    pub(super) history: History,
}

impl Sources {
    /// Opens the repository of the sources.
    ///
    /// # Errors
    /// A usage failure when there is none, it is shallow, or nothing says how it is released.
    pub(super) fn open(common: &Common, args: &CutArgs) -> Result<Self, Failure> {
        let named = args.version.sources.sources.clone().or_else(|| common.repo.clone());
        let history = History::open(&named.unwrap_or_else(|| ".".into()))?;
        if history.is_shallow() {
            return Err(shallow());
        }
        let root = history.root();
        let file = root.join(FILE);
        let settings = if file.is_file() {
            let text = read_text(&file, FILE, MAX_CONFIG_BYTES)?;
            Settings::read(&text).map_err(|problems| Failure::Configuration { file: FILE.to_owned(), problems })?
        } else {
            let Some(spec) = Workspace::open(common)?.configuration.operations.releases else {
                let message = format!("nothing says how {} is released", root.display());
                return Err(Failure::usage(
                    message,
                    format!("write {FILE}, or the block `releases` of {}", common.config),
                ));
            };
            let failed = |problems| Failure::Configuration { file: common.config.clone(), problems };
            Settings::of(&spec, "releases").map_err(failed)?
        };
        Ok(Self { root, settings, history })
    }

    /// The component of a name.
    ///
    /// # Errors
    /// A usage failure when there is none.
    pub(super) fn component(&self, name: &str) -> Result<&Component, Failure> {
        self.settings.component(name).map_err(|message| {
            Failure::usage(
                message,
                "`components` of the block `releases` of platform.yaml, or of release.yaml, names them",
            )
        })
    }

    /// Which versions the branch has: those of the release branch are stable.
    ///
    /// # Errors
    /// A usage failure when nobody knows the branch.
    pub(super) fn line(&self, args: &CutArgs, component: &Component) -> Result<Line, Failure> {
        if let Some(channel) = &args.version.channel {
            return Ok(Line::Prerelease(channel.clone()));
        }
        let named = args.version.sources.branch.clone();
        let branch = named.or_else(|| self.history.branch()).or_else(actions::branch).ok_or_else(|| {
            let hint = format!("name it: --branch {}", self.settings.branch);
            Failure::usage("no branch is checked out, so nobody knows whether the version is to be stable", hint)
        })?;
        let is_stable = branch == self.settings.branch;
        Ok(if is_stable { Line::Stable } else { Line::Prerelease(component.channel.clone()) })
    }
}
