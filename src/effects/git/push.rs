//! Pushing many branches with the user's git: all or none.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use super::place::{Place, refused, run, without_credentials};
use super::refs::{HEADS, Heads};
use crate::error::Failure;

/// Bytes of names that are given as arguments; more go through a file.
const MOST_ARGUMENTS: usize = 100_000;
/// Bytes of leases, which only arguments can give: the system takes two million in all.
const MOST_LEASES: usize = 1_500_000;
/// Branches that a sentence names.
const MOST_NAMED: usize = 5;
/// The name of a remote that exists only in that file.
const NAMELESS: &str = "ahuora-push";

/// The branches of a remote at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// The commit of each, by name without `refs/heads/`.
    pub branches: BTreeMap<String, String>,
}

/// What was pushed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Branches that the remote did not have.
    pub new: Vec<String>,
    /// Branches that the remote had at another commit.
    pub moved: Vec<String>,
    /// Branches that the remote had already.
    pub same: usize,
}

/// The branches of a remote (a name, an address or a folder) whose names begin so.
///
/// # Errors
/// An outside failure with what git says.
pub fn remote_branches(root: &Path, remote: &str, prefix: &str) -> Result<Remote, Failure> {
    let place = Place::find(root)?;
    refuse_option(remote)?;
    let listed = place.ask(&["ls-remote", "--heads", "--", remote])?;
    let branch = |line: &str| {
        let (id, name) = line.split_once('\t')?;
        let name = name.strip_prefix(HEADS).filter(|name| name.starts_with(prefix))?;
        Some((name.to_owned(), id.to_owned()))
    };
    Ok(Remote { branches: listed.lines().filter_map(branch).collect() })
}

/// Pushes branches to branches of the same names, all or none. Branches that would lose commits on the remote are
/// pushed only with `force`: what the remote was seen to have, and only while it still has that.
///
/// # Errors
/// A usage failure when there is no such branch, or the remote has other commits on one; an outside one with what git
/// says, without credentials. In each case nothing was pushed.
pub fn push(root: &Path, remote: &str, names: &[String], force: Option<&Remote>) -> Result<Pushed, Failure> {
    if names.is_empty() {
        return Ok(Pushed::default());
    }
    let place = Place::find(root)?;
    refuse_option(remote)?;
    let heads = Heads::read(&place)?;
    let mut leases = Vec::new();
    for name in names {
        let Some(ours) = heads.commit(name) else {
            return Err(Failure::usage(
                format!("there is no branch {name} to push"),
                "make the branches with `ahuora experiment branch`",
            ));
        };
        let seen = force.and_then(|seen| seen.branches.get(name));
        if let Some(seen) = seen.filter(|seen| *seen != ours) {
            leases.push(format!("--force-with-lease={HEADS}{name}:{seen}"));
        }
    }
    if leases.iter().map(|lease| lease.len() + 9).sum::<usize>() > MOST_LEASES {
        return Err(Failure::usage(
            format!("{} branches are too many to be overwritten in one push", leases.len()),
            "push the branches of one experiment at a time",
        ));
    }
    let references: Vec<String> = names.iter().map(|name| format!("{HEADS}{name}:{HEADS}{name}")).collect();
    let fits = references.iter().map(|reference| reference.len() + 9).sum::<usize>() <= MOST_ARGUMENTS;
    let arguments = ["push", "--atomic", "--porcelain", "--no-follow-tags"];
    let output = if fits {
        run(place.git(&arguments).args(&leases).arg("--").arg(remote).args(&references))?
    } else {
        let (name, text) = settings(&place, remote, &references)?;
        let failed = || Failure::outside("cannot write a temporary file");
        let mut file = tempfile::Builder::new().prefix("ahuora-").tempfile().map_err(failed())?;
        file.write_all(text.as_bytes()).map_err(failed())?;
        let include = format!("include.path={}", file.path().display());
        run(place.git(&["-c", &include]).args(arguments).args(&leases).arg("--").arg(&name))?
    };
    told(remote, &output)
}

pub(super) fn refuse_option(remote: &str) -> Result<(), Failure> {
    if remote.is_empty() || remote.starts_with('-') {
        return Err(Failure::usage(
            format!("`{remote}` is no remote"),
            "name one that `git remote` lists, or an address",
        ));
    }
    Ok(())
}

/// A remote's name, and settings of git by which exactly these references are pushed to it.
fn settings(place: &Place, remote: &str, references: &[String]) -> Result<(String, String), Failure> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let has = |key: &str| -> Result<bool, Failure> {
        Ok(run(&mut place.git(&["config", "--get-all", &format!("remote.{remote}.{key}")]))?.status.success())
    };
    let known = has("url")? || has("pushurl")?;
    // What it is set to push besides would be pushed too.
    let usable = known && !has("push")? && !has("mirror")?;
    let name = if usable { remote } else { NAMELESS };
    let mut text = format!("[remote {}]\n", quoted(name));
    if !usable {
        let urls =
            if known { place.ask(&["remote", "get-url", "--push", "--all", remote])? } else { remote.to_owned() };
        text.extend(urls.lines().map(|url| format!("url = {}\n", quoted(url))));
    }
    text.extend(references.iter().map(|reference| format!("push = {}\n", quoted(reference))));
    Ok((name.to_owned(), text))
}

/// What git's answer means.
fn told(remote: &str, output: &Output) -> Result<Pushed, Failure> {
    let said = String::from_utf8_lossy(&output.stdout);
    let mut pushed = Pushed::default();
    let mut refusals: Vec<(&str, &str)> = Vec::new();
    for line in said.lines() {
        let mut parts = line.split('\t');
        let (Some(flag), Some(names), Some(summary)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let name = names.rsplit(':').next().unwrap_or(names);
        let name = name.strip_prefix(HEADS).unwrap_or(name);
        match flag {
            "*" => pushed.new.push(name.to_owned()),
            "=" => pushed.same += 1,
            "!" => refusals.push((name, summary)),
            _ => pushed.moved.push(name.to_owned()),
        }
    }
    if output.status.success() {
        return Ok(pushed);
    }
    const OTHERS: [&str; 4] = ["non-fast-forward", "fetch first", "stale info", "already exists"];
    let others = refusals.iter().filter(|(_, summary)| OTHERS.iter().any(|other| summary.contains(other)));
    let others: Vec<&str> = others.map(|(name, _)| *name).collect();
    let remote = without_credentials(remote);
    if others.is_empty() {
        return Err(refused(&format!("cannot push to {remote}, which has none of the branches now"), output));
    }
    let more = others.len().saturating_sub(MOST_NAMED);
    let named = others.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    let named = if more > 0 { format!("{named} and {more} more") } else { named };
    Err(Failure::usage(
        format!("{remote} has other commits on {named}: nothing was pushed"),
        "look at what is there, and overwrite it with --force",
    ))
}
