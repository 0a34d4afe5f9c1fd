//! The branch of a component's pull request: what is on it, whose it is, and writing it.

use super::ground::AtCommit;
use super::propose::Remote;
use crate::effects::{self, Author, Reader, State, Wanted, Writer};
use crate::error::Failure;
use crate::experiment::LOCK;
use crate::plan::Action;
use crate::release::image::{Image, images};
use crate::values::ImageRef;

/// What the names of these branches begin with.
const FOLDER: &str = "release/";
/// Who writes their commits: the same for everybody, so that the same bump of the same base is the same commit.
const AUTHOR: &str = "ahuora";

/// A branch.
pub(super) struct Branch {
    /// Its name.
    pub(super) name: String,
    component: String,
}

/// What the remote was seen to have.
pub(super) struct Seen {
    remote: effects::Remote,
    /// The commit of the base.
    pub(super) base: String,
    seconds: i64,
    /// What it holds.
    pub(super) at: AtCommit,
    /// The text of its configuration.
    pub(super) text: String,
    /// The commit of the branch.
    pub(super) tip: Option<String>,
    /// The component's image on the branch.
    pub(super) held: Option<ImageRef>,
    /// Whether the branch stands on the base as it is now.
    pub(super) is_fresh: bool,
    /// What the repository here has under the name of the branch.
    local: Option<String>,
}

/// Looks at the base and, where there is one, at the branch.
pub(super) fn look(place: &Remote<'_>, branch: Option<&Branch>) -> Result<Seen, Failure> {
    let Remote { common, root, name, base: base_name, out } = place;
    let remote = effects::remote_branches(root, name, "")?;
    let Some(base) = remote.branches.get(base_name).cloned() else {
        return Err(Failure::usage(
            format!("the remote {} has no branch {base_name}", place.shown()),
            "name the branch that Argo CD follows with --base, or another remote with --remote",
        ));
    };
    let tip = branch.and_then(|branch| remote.branches.get(&branch.name)).cloned();
    let mut wanted = vec![base_name.as_str()];
    wanted.extend(branch.filter(|_| tip.is_some()).map(|branch| branch.name.as_str()));
    effects::fetch(root, name, &wanted)?;
    let mut reader = Reader::open(root)?;
    let (base, seconds) = reader.revision(&base)?;
    let at = AtCommit::read(&mut reader, &base, common, out)?;
    if at.text(LOCK)?.is_some() {
        return Err(Failure::usage(
            format!("{base_name} is the branch of a permutation, which keeps its versions: it has {LOCK}"),
            "name the branch that Argo CD follows with --base",
        ));
    }
    let Some(text) = at.text(&common.config)? else {
        return Err(Failure::usage(
            format!("{base_name} of {} has no file {}", place.shown(), common.config),
            "name another branch with --base, or the file with --config",
        ));
    };
    let (mut held, mut is_fresh, mut local) = (None, false, None);
    if let Some(branch) = branch {
        local = reader.revision(&format!("refs/heads/{}", branch.name)).ok().map(|(commit, _)| commit);
        if let Some(tip) = &tip {
            held = branch.image(reader.file(tip, &common.config)?.as_deref());
            let above = effects::commits_between(root, &base, tip)?;
            is_fresh = above.len() == 1 && effects::commits_between(root, tip, &base)?.is_empty();
        }
    }
    Ok(Seen { remote, base, seconds, at, text, tip, held, is_fresh, local })
}

/// A commit that is ready to be published.
pub(super) struct Prepared {
    prepared: effects::Prepared,
    name: String,
    /// The commit.
    pub(super) commit: String,
}

impl Branch {
    /// The branch of a component.
    pub(super) fn of(component: &str) -> Self {
        Self { name: [FOLDER, component].concat(), component: component.to_owned() }
    }

    /// The component's image in a configuration; none where nothing is understood.
    fn image(&self, text: Option<&[u8]>) -> Option<ImageRef> {
        let text = std::str::from_utf8(text?).ok()?;
        let configuration = crate::config::load(text).ok()?;
        let found = images(configuration.root()).into_iter().find(|one| one.component == self.component);
        found.map(|Image { image, .. }| image)
    }

    /// What the remote has on it now.
    pub(super) fn tip(&self, place: &Remote<'_>) -> Result<Option<String>, Failure> {
        Ok(effects::remote_branches(&place.root, place.name, &self.name)?.branches.remove(&self.name))
    }

    /// Refuses to overwrite commits that others made.
    pub(super) fn refuse_others(&self, place: &Remote<'_>, seen: &Seen) -> Result<(), Failure> {
        let local = seen.local.as_ref().filter(|local| seen.tip.as_ref() != Some(local));
        for (tip, whose) in [(seen.tip.as_ref(), place.shown()), (local, "this repository".to_owned())] {
            let Some(tip) = tip else { continue };
            let commits = effects::commits_between(&place.root, &seen.base, tip)?;
            let ours = format!("{AUTHOR} <>");
            let theirs: Vec<&str> = commits
                .iter()
                .filter(|commit| commit.author != ours || commit.committer != ours)
                .map(|commit| commit.title.as_str())
                .take(5)
                .collect();
            if !theirs.is_empty() {
                return Err(Failure::usage(
                    format!(
                        "the branch {} of {whose} has commits that others made, which would be lost: {}",
                        self.name,
                        theirs.join(", ")
                    ),
                    "merge or close its pull request and remove the branch, or rename it, and try again",
                ));
            }
        }
        Ok(())
    }

    /// Makes the commit, of which nothing can be seen yet; none when the branch here has changed since the look.
    pub(super) fn prepare(
        &self,
        place: &Remote<'_>,
        seen: &Seen,
        message: &str,
        files: &[Action],
    ) -> Result<Option<Prepared>, Failure> {
        let author = Author { name: AUTHOR.to_owned(), email: String::new(), seconds: seen.seconds };
        let mut writer = Writer::begin(&place.root, &seen.base, &author)?;
        let changes = files
            .iter()
            .map(|Action { change, content }| (change.path.as_str().into(), Some(content.as_bytes().into())));
        writer.add(&Wanted { name: self.name.clone(), message: message.to_owned(), changes: changes.collect() })?;
        let prepared = writer.finish()?;
        let commit = prepared.branches.first().map(|branch| branch.commit.clone()).unwrap_or_default();
        let moved = prepared.branches.first().map(|branch| &branch.state);
        if matches!(moved, Some(State::Moved { found, .. }) if seen.local.as_ref() != Some(found)) {
            return Ok(None);
        }
        Ok(Some(Prepared { prepared, name: self.name.clone(), commit }))
    }
}

impl Prepared {
    /// Writes the branch here, and pushes it over what was seen; false when somebody else was faster.
    pub(super) fn publish(self, place: &Remote<'_>, seen: &Seen) -> Result<bool, Failure> {
        let Self { prepared, name, commit } = self;
        let branch = |state: &effects::Remote| state.branches.get(&name).cloned();
        let attempt = prepared.write(true).and_then(|_| {
            if branch(&seen.remote).as_deref() == Some(commit.as_str()) {
                return Ok(());
            }
            effects::push(&place.root, place.name, std::slice::from_ref(&name), Some(&seen.remote)).map(drop)
        });
        let Err(failure) = attempt else { return Ok(true) };
        let now = branch(&effects::remote_branches(&place.root, place.name, &name)?);
        let local = Reader::open(&place.root)?.revision(&format!("refs/heads/{name}")).ok().map(|(commit, _)| commit);
        let is_overtaken =
            now != branch(&seen.remote) || (local != seen.local && local.as_deref() != Some(commit.as_str()));
        if is_overtaken { Ok(false) } else { Err(failure) }
    }
}
