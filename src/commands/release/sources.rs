//! Where the sources are, how they are released, which versions their branch has, and which tags there are.

use std::collections::BinaryHeap;
use std::path::Path;

use super::super::Workspace;
use crate::cli::{Common, Sources as Args, VersionArgs};
use crate::effects::{History, Logged, MAX_CONFIG_BYTES, Span, StoredTag, actions, read_text, shallow};
use crate::error::Failure;
use crate::release::cut::{Listed, Released};
use crate::release::{Commit, Component, FILE, Known, Line, Next, Ranked, Settings, Tag, Tags, Wish, newest, next};
use crate::values::Channel;

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

/// Tags, and where they stand, which `find` tells with their names. Of each line, those from the highest down are
/// looked for in the history, up to the first that stands in it. What is below both is of no account, and left out:
/// every next version is above the highest stable one. `but` is a commit whose tags do not count.
///
/// # Errors
/// When history cannot be read, or what is missing of a shallow clone would tell.
pub(super) fn known<T>(
    history: &mut History,
    mut tags: BinaryHeap<Ranked<T>>,
    mut find: impl FnMut(&mut History, &T, bool) -> Result<(String, Option<String>), Failure>,
    line: &Line,
    (tip, but): (&str, Option<&str>),
) -> Result<Vec<Known>, Failure> {
    let (mut stable, mut own) = (false, *line == Line::Stable);
    let mut known = Vec::new();
    while !(stable && own)
        && let Some(Ranked { version, tag }) = tags.pop()
    {
        let is_stable = Line::Stable.has(&version);
        let done = if is_stable { &mut stable } else { &mut own };
        let is_wanted = !*done && (is_stable || line.has(&version));
        let (name, found) = find(history, &tag, is_wanted)?;
        let is_ancestor = match &found {
            Some(commit) if found.as_deref() != but => history.is_behind(commit, tip)?,
            _ => false,
        };
        *done |= is_ancestor;
        known.push(Known { tag: Tag { name, version }, commit: found.unwrap_or_default(), is_ancestor });
    }
    if history.is_shallow() && !known.iter().any(|known| known.is_ancestor) {
        return Err(shallow());
    }
    Ok(known)
}

/// As [`known`], of the tags that the clone has.
pub(super) fn stored(
    history: &mut History,
    tags: &Tags,
    is_ours: impl Fn(&str) -> bool,
    line: &Line,
    at: (&str, Option<&str>),
) -> Result<Vec<Known>, Failure> {
    let stored = history.tags(tags.prefix())?;
    let mut releases = Vec::new();
    stored.each(|tag| {
        let version = tags.version(tag.name).filter(|_| is_ours(tag.name));
        releases.extend(version.map(|version| Ranked { version, tag }));
    })?;
    let find = |history: &mut History, tag: &StoredTag<'_>, is_wanted: bool| {
        let found = if is_wanted { history.tagged(tag.target)? } else { None };
        Ok((tag.name.to_owned(), found))
    };
    known(history, releases.into(), find, line, at)
}

impl Sources {
    /// Opens the repository of the sources.
    ///
    /// # Errors
    /// A usage failure when there is none, or nothing says how it is released.
    pub(super) fn open(common: &Common, args: &Args) -> Result<Self, Failure> {
        let (mut history, tip, branch) = history(common, args)?;
        let text = match history.folder().map(|folder| folder.join(FILE)) {
            Some(file) if file.is_file() => Some(read_text(&file, FILE, MAX_CONFIG_BYTES)?),
            Some(_) => None,
            None => history.text(&tip, FILE, MAX_CONFIG_BYTES)?,
        };
        let settings = if let Some(text) = text {
            Settings::read(&text).map_err(|problems| Failure::Configuration { file: FILE.to_owned(), problems })?
        } else {
            let Some(spec) = Workspace::open(common)?.configuration.operations.releases else {
                let message = format!("nothing says how {} is released", history.root().display());
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
        let hint = "`components` of release.yaml, or of the block `releases` of platform.yaml, names them; \
                    --sources DIR names the repository whose components are meant";
        self.settings.component(name).cloned().map_err(|message| Failure::usage(message, hint))
    }

    /// Which versions are meant: those of a channel that is named, else those that the branch has, stable ones on the
    /// release branch.
    ///
    /// # Errors
    /// A usage failure when nobody knows the branch.
    pub(super) fn line(&self, component: &Component, channel: Option<&Channel>) -> Result<Line, Failure> {
        if channel.is_none() && self.branch.is_none() {
            let message = "no branch is checked out, so nobody knows whether the version is to be stable";
            return Err(Failure::usage(message, format!("name it: --branch {}", self.settings.branch)));
        }
        Ok(self.line_or_channel(component, channel))
    }

    /// As [`Sources::line`]; what nobody knows is any other branch.
    pub(super) fn line_or_channel(&self, component: &Component, channel: Option<&Channel>) -> Line {
        match (channel, &self.branch) {
            (Some(channel), _) => Line::Prerelease(channel.clone()),
            (None, Some(branch)) if *branch == self.settings.branch => Line::Stable,
            (None, _) => Line::Prerelease(component.channel.clone()),
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
        stored(&mut self.history, &component.tags, is_ours, line, (&self.tip, but))
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
        self.after(component, line, wish, &known)
    }

    /// The next release of a component, of which there are these, on commits that are known.
    ///
    /// # Errors
    /// As [`Sources::next`].
    pub(super) fn next_of(
        &mut self,
        component: &Component,
        line: &Line,
        wish: &Wish,
        released: &[Released],
    ) -> Result<Next, Failure> {
        let tags = released.iter().map(|one| Ranked { version: one.version.clone(), tag: &one.tag }).collect();
        let find = |_: &mut History, tag: &&Listed, is_wanted: bool| {
            Ok((tag.name.clone(), is_wanted.then(|| tag.commit.clone())))
        };
        let known = known(&mut self.history, tags, find, line, (&self.tip, None))?;
        self.after(component, line, wish, &known)
    }

    fn after(&mut self, component: &Component, line: &Line, wish: &Wish, known: &[Known]) -> Result<Next, Failure> {
        let commit = |line: &Line| newest(known, line).map(|known| known.commit.as_str());
        let marked = commit(line).filter(|_| *line != Line::Stable);
        let commits = self.commits(component, commit(&Line::Stable), marked)?;
        next(&self.settings, component, line, wish, known, (&self.tip, &commits)).map_err(|refusal| {
            let hint = "bring the branch up to date with the last release, or name a version with --set-version";
            Failure::usage(format!("{} has no next version: {refusal}", component.name), hint)
        })
    }
}

impl From<&VersionArgs> for Wish {
    fn from(args: &VersionArgs) -> Self {
        Self { latest_commit: args.latest_commit, version: args.set_version }
    }
}
