//! Where an experiment stands on GitHub: what is seen there, beside what is wanted.

use std::collections::BTreeMap;

use super::client::Client;
use super::closing::branches;
use super::journal::Standing;
use super::lock::{self, Held};
use super::pulls::{ACTIVE, Pull, open_pulls};
use super::trouble::Trouble;
use crate::experiment::campaign::Campaign;

/// What stands on GitHub of an experiment.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Open pull requests, by branch.
    pub pulls: BTreeMap<String, Pull>,
    /// Commits of branches.
    pub branches: BTreeMap<String, String>,
    /// The lock of the environment.
    pub lock: Option<Held>,
}

/// How a branch stands on GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// At the commit that is to be measured.
    Pushed,
    /// At another.
    Moved,
    /// Not there.
    Missing,
}

impl Seen {
    /// Looks.
    ///
    /// # Errors
    /// What GitHub refuses.
    pub fn of(client: &mut Client<'_>, campaign: &Campaign) -> Result<Self, Trouble> {
        Ok(Self {
            pulls: open_pulls(client)?,
            branches: branches(client, campaign)?,
            lock: lock::read(client, &campaign.environment)?,
        })
    }

    /// How the branch of a permutation stands.
    #[must_use]
    pub fn branch(&self, campaign: &Campaign, index: usize) -> Branch {
        let permutation = campaign.permutations.get(index);
        match permutation.and_then(|one| Some((self.branches.get(&one.branch)?, &one.commit))) {
            None => Branch::Missing,
            Some((found, wanted)) if found == wanted => Branch::Pushed,
            Some(_) => Branch::Moved,
        }
    }

    /// The permutations whose pull requests carry the active label; more than one is a mistake that the next
    /// activation mends.
    #[must_use]
    pub fn active(&self, campaign: &Campaign) -> Vec<String> {
        let is_active = |branch: &String| self.pulls.get(branch).is_some_and(|pull| pull.has(ACTIVE));
        let active = campaign.permutations.iter().filter(|one| is_active(&one.branch));
        active.map(|one| one.name.clone()).collect()
    }
}

/// How many seconds of load are left; all of them before a campaign has begun.
#[must_use]
pub fn seconds_left(campaign: &Campaign, standing: Option<&Standing>) -> u64 {
    use super::journal::Progress::Ended;
    let is_left =
        |index: usize| standing.is_none_or(|standing| !matches!(standing.runs.get(index), Some(Ended { .. })));
    campaign.runs.iter().enumerate().filter(|(index, _)| is_left(*index)).map(|(_, run)| run.seconds).sum()
}
