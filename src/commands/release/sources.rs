//! Where the sources are, how they are released, which versions their branch has, and which tags there are.

use std::path::Path;

use super::super::Workspace;
use crate::cli::{Common, Sources as Args};
use crate::effects::{History, Logged, MAX_CONFIG_BYTES, Span, actions, read_text, shallow};
use crate::error::Failure;
use crate::release::{Commit, Component, FILE, Known, Line, Next, Settings, Tag, Tags, Wish, newest, next};

/// The sources, opened.
pub(super) struct Sources {
    pub(super) settings: Settings,
    pub(super) history: History,
    /// The commit that is looked at, by its whole id.
    pub(super) tip: String,
    /// The branch that counts; none when nobody knows it.
    pub(super) branch: Option<String>,
}

/// The history of the sources' repository, the commit that is looked at, and the branch that counts.
pub(super) fn history(common: &Common, args: &Args) -> Result<(History, String, Option<String>), Failure> {
    let named = args.sources.as_deref().or(common.repo.as_deref());
    let history = History::open(named.unwrap_or_else(|| Path::new(".")))?;
    let tip = history.commit(&args.revision)?;
    let branch = args.branch.clone().or_else(|| history.branch()).or_else(actions::branch);
    Ok((history, tip, branch))
}

/// The tags of a component. Of each line, those from the highest down are looked for in the history, up to the first
/// that stands in it: the others are of no account. `but` is a commit whose tags do not count.
pub(super) fn known(
    history: &mut History,
    tags: &Tags,
    is_ours: impl Fn(&str) -> bool,
    line: &Line,
    (tip, but): (&str, Option<&str>),
) -> Result<Vec<Known>, Failure> {
    let stored = history.tags(tags.prefix())?;
    let read = |name: &str| tags.version(name).filter(|_| is_ours(name));
    let mut all: Vec<_> = stored.into_iter().filter_map(|one| Some((read(&one.name)?, one))).collect();
    all.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    let (mut stable, mut own) = (false, *line == Line::Stable);
    let mut known = Vec::with_capacity(all.len());
    for (version, stored) in all {
        let done = if Line::Stable.has(&version) { &mut stable } else { &mut own };
        let is_wanted = !*done && (Line::Stable.has(&version) || line.has(&version));
        let found = if is_wanted { history.tagged(&stored.target)? } else { None };
        let is_wanted = is_wanted && found.as_deref() != but;
        let is_ancestor = match &found {
            Some(commit) if is_wanted => history.is_behind(commit, tip)?,
            _ => false,
        };
        *done |= is_ancestor;
        let tag = Tag { name: stored.name, version };
        known.push(Known { tag, commit: found.unwrap_or_default(), is_ancestor });
    }
    if history.is_shallow() && !known.iter().any(|known| known.is_ancestor) {
        return Err(shallow());
    }
    Ok(known)
}

impl Sources {
    /// Opens the repository of the sources.
    ///
    /// # Errors
    /// A usage failure when there is none, or nothing says how it is released.
    pub(super) fn open(common: &Common, args: &Args) -> Result<Self, Failure> {
        let (history, tip, branch) = history(common, args)?;
        let root = history.root();
        let file = root.join(FILE);
        let settings = if file.is_file() {
            let text = read_text(&file, FILE, MAX_CONFIG_BYTES)?;
            Settings::read(&text).map_err(|problems| Failure::Configuration { file: FILE.to_owned(), problems })?
        } else {
            let Some(spec) = Workspace::open(common)?.configuration.operations.releases else {
                let message = format!("nothing says how {} is released", root.display());
                let hint = format!("write {FILE}, or the block `releases` of {}", common.config);
                return Err(Failure::usage(message, hint));
            };
            let failed = |problems| Failure::Configuration { file: common.config.clone(), problems };
            Settings::of(&spec, "releases").map_err(failed)?
        };
        Ok(Self { settings, history, tip, branch })
    }

    /// The component of a name.
    ///
    /// # Errors
    /// A usage failure when there is none.
    pub(super) fn component(&self, name: &str) -> Result<Component, Failure> {
        let hint = "`components` of release.yaml, or of the block `releases` of platform.yaml, names them";
        self.settings.component(name).cloned().map_err(|message| Failure::usage(message, hint))
    }

    /// Which versions the branch has: those of the release branch are stable.
    pub(super) fn line(&self, component: &Component) -> Line {
        match &self.branch {
            Some(branch) if *branch == self.settings.branch => Line::Stable,
            _ => Line::Prerelease(component.channel.clone()),
        }
    }

    /// The tags of a component, but for those that stand on a commit.
    ///
    /// # Errors
    /// When history cannot be read, or is shallow.
    pub(super) fn known(
        &mut self,
        component: &Component,
        line: &Line,
        but: Option<&str>,
    ) -> Result<Vec<Known>, Failure> {
        let settings = &self.settings;
        let is_ours = |tag: &str| !settings.is_of_other(component, tag);
        known(&mut self.history, &component.tags, is_ours, line, (&self.tip, but))
    }

    /// The commits that a release does not have, and which of them another one has.
    ///
    /// # Errors
    /// As [`Sources::known`].
    pub(super) fn commits(
        &mut self,
        component: &Component,
        without: Option<&str>,
        marked: Option<&str>,
    ) -> Result<Vec<Commit>, Failure> {
        let paths: Vec<&str> = component.paths.iter().map(|path| path.as_str()).collect();
        let log = self.history.log(Span { tip: &self.tip, without, marked }, &paths)?;
        let commit = |one: Logged| Commit {
            id: one.id,
            parents: one.parents,
            message: one.message,
            touches: one.touches,
            prereleased: one.marked,
        };
        Ok(log.into_iter().map(commit).collect())
    }

    /// The next release of a component.
    ///
    /// # Errors
    /// As [`Sources::known`], and a usage failure when there can be none.
    pub(super) fn next(&mut self, component: &Component, line: &Line, wish: &Wish) -> Result<Next, Failure> {
        let known = self.known(component, line, None)?;
        let commit = |line: &Line| newest(&known, line).map(|known| known.commit.as_str());
        let marked = commit(line).filter(|_| *line != Line::Stable);
        let commits = self.commits(component, commit(&Line::Stable), marked)?;
        next(&self.settings, component, line, wish, &known, (&self.tip, &commits)).map_err(|refusal| {
            let hint = "bring the branch up to date with the last release, or name a version with --set-version";
            Failure::usage(format!("{} has no next version: {refusal}", component.name), hint)
        })
    }
}
