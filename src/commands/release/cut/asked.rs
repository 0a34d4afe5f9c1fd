//! Which version follows, from the tags that count and the commits of the clone.

use crate::cli::VersionArgs;
use crate::effects::{History, Logged, Span};
use crate::error::Failure;
use crate::release::cut::{Asked, Released, Wish};
use crate::release::{Commit, Known, Line, Tag, Wish as Version, newest, next};

/// The version that the commits behind the target ask for.
pub(super) fn asked(
    history: &mut History,
    wish: &Wish<'_>,
    args: &VersionArgs,
    released: &[Released],
) -> Result<Asked, Failure> {
    let known = known(history, wish, released)?;
    let last = newest(&known, &Line::Stable).map(|known| known.commit.as_str());
    let marked = newest(&known, wish.line).filter(|_| *wish.line != Line::Stable).map(|known| known.commit.as_str());
    let paths: Vec<&str> = wish.component.paths.iter().map(|path| path.as_str()).collect();
    let log = history.log(Span { tip: wish.target, without: last, marked }, &paths)?;
    let commits: Vec<Commit> = log
        .into_iter()
        .map(|Logged { id, parents, message, touches, marked: prereleased }| Commit {
            id,
            parents,
            message,
            touches,
            prereleased,
        })
        .collect();
    let version = Version { latest_commit: args.latest_commit, version: args.set_version };
    let found = next(wish.settings, wish.component, wish.line, &version, &known, (wish.target, &commits));
    let found = found.map_err(|refusal| {
        let hint = format!(
            "`ahuora release next {} --explain` lists the commits; --set-version names one",
            wish.component.name
        );
        Failure::usage(refusal.to_string(), hint)
    })?;
    Ok(found.tag.map_or(Asked::Nothing, |tag| Asked::Version(tag.version)))
}

/// The tags, of which only the newest behind the target are looked for: those below them are not asked.
fn known(history: &mut History, wish: &Wish<'_>, released: &[Released]) -> Result<Vec<Known>, Failure> {
    let (mut stable, mut own) = (false, false);
    let mut known = Vec::with_capacity(released.len());
    for one in released.iter().rev() {
        let is_stable = Line::Stable.has(&one.version);
        let done = if is_stable { &mut stable } else { &mut own };
        let wanted = !*done && (is_stable || wish.line.has(&one.version));
        let is_ancestor = wanted && history.is_behind(&one.tag.commit, wish.target)?;
        *done |= is_ancestor;
        let tag = Tag { name: one.tag.name.clone(), version: one.version.clone() };
        known.push(Known { tag, commit: one.tag.commit.clone(), is_ancestor });
    }
    Ok(known)
}
