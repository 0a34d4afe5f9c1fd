//! The end of an experiment on GitHub: what must be done so that nothing of it is left.

use std::collections::BTreeMap;

use super::client::{Client, text};
use super::lock::{self, Held};
use super::pulls::{self, ACTIVE, Pull};
use super::trouble::Trouble;
use super::wire::{Request, escaped};
use crate::experiment::campaign::Campaign;

/// One thing to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Takes the active label off a pull request.
    Deactivate(u64),
    /// Removes the lock of an environment.
    Unlock(String),
    /// Closes a pull request.
    Close(u64),
    /// Deletes a branch.
    Delete(String),
}

impl Action {
    /// In words.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Deactivate(number) => format!("take the label {ACTIVE} off #{number}"),
            Self::Unlock(environment) => format!("unlock {environment}"),
            Self::Close(number) => format!("close #{number}"),
            Self::Delete(branch) => format!("delete {branch}"),
        }
    }
}

/// How an experiment is to be closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The campaign of this machine's journal.
    pub campaign: Option<String>,
    /// Whether the lock goes even when another campaign of the experiment holds it.
    pub break_lock: bool,
    /// Whether branches go too.
    pub delete_branches: bool,
}

/// What is to be done.
///
/// # Errors
/// A person's decision when another campaign of the experiment holds the lock.
pub fn to_close(
    campaign: &Campaign,
    wish: &Wish,
    held: Option<&Held>,
    pulls: &BTreeMap<String, Pull>,
    branches: &BTreeMap<String, String>,
) -> Result<Vec<Action>, Trouble> {
    let own: Vec<&Pull> =
        campaign.permutations.iter().filter_map(|permutation| pulls.get(&permutation.branch)).collect();
    let unlock = held.is_some_and(|held| match &held.holder {
        Some(holder) => holder.experiment == campaign.experiment,
        None => wish.break_lock,
    });
    let holder = held.and_then(|held| held.holder.as_ref()).filter(|_| unlock);
    if let Some(holder) = holder.filter(|holder| !wish.break_lock && Some(&holder.campaign) != wish.campaign.as_ref()) {
        return Err(Trouble::Person {
            message: format!(
                "{} is being measured from {} (campaign {}, {} since {})",
                campaign.experiment, holder.host, holder.campaign, holder.permutation, holder.since
            ),
            hint: format!(
                "close it there; when that machine is dead: ahuora experiment close {} --break-lock",
                campaign.experiment
            ),
        });
    }
    let marked = own.iter().filter(|pull| pull.has(ACTIVE)).map(|pull| Action::Deactivate(pull.number));
    let mut actions: Vec<Action> = marked.collect();
    actions.extend(unlock.then(|| Action::Unlock(campaign.environment.clone())));
    actions.extend(own.iter().map(|pull| Action::Close(pull.number)));
    if wish.delete_branches {
        let ours = campaign.permutations.iter().filter(|one| branches.get(&one.branch) == Some(&one.commit));
        actions.extend(ours.map(|one| Action::Delete(one.branch.clone())));
    }
    Ok(actions)
}

/// Does one thing.
///
/// # Errors
/// What GitHub refuses.
pub fn perform(client: &mut Client<'_>, action: &Action) -> Result<(), Trouble> {
    match action {
        Action::Deactivate(number) => pulls::remove_label(client, *number, ACTIVE),
        Action::Unlock(environment) => lock::remove(client, environment),
        Action::Close(number) => pulls::close(client, *number),
        Action::Delete(branch) => {
            let path = client.path(&format!("git/refs/{}", escaped(&format!("heads/{branch}"))));
            match client.change(&Request::delete(path)) {
                // So GitHub says of a reference that is gone.
                Ok(_) | Err(Trouble::Missing | Trouble::Refused { status: 422, .. }) => Ok(()),
                Err(trouble) => Err(trouble),
            }
        }
    }
}

/// The branches of an experiment that GitHub has, with their commits.
///
/// # Errors
/// What GitHub refuses.
pub fn branches(client: &mut Client<'_>, campaign: &Campaign) -> Result<BTreeMap<String, String>, Trouble> {
    let mut names = campaign.permutations.iter().map(|permutation| permutation.branch.as_str());
    let Some(first) = names.next() else { return Ok(BTreeMap::new()) };
    let common = names.fold(first, |common, name| {
        let same = common.char_indices().zip(name.chars()).take_while(|((_, one), other)| one == other);
        let end = same.last().map_or(0, |((at, c), _)| at + c.len_utf8());
        common.get(..end).unwrap_or_default()
    });
    let path = client.path(&format!("git/matching-refs/{}", escaped(&format!("heads/{common}"))));
    let found = client.read(&path)?;
    let branch = |value: &serde_json::Value| {
        let name = text(value, "/ref").strip_prefix("refs/heads/")?;
        Some((name.to_owned(), text(value, "/object/sha").to_owned()))
    };
    Ok(found.as_array().into_iter().flatten().filter_map(branch).collect())
}
