//! What to do next, from what the journal says and what this process has seen: nothing else decides it.

use super::journal::{Event, Progress, Standing};
use crate::experiment::campaign::Campaign;

/// How long a run that may have been sent and not heard of is looked for before it is sent again, in seconds.
pub const LOOKED_FOR: u64 = 90;
/// How long a run that GitHub took is looked for, in seconds: it is never sent again.
pub const LOOKED_FOR_ACCEPTED: u64 = 900;

/// What this process has done itself; a new process begins with nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// The commit at which the lock points, once it is ours.
    pub lock: Option<String>,
    /// The permutation that was made active.
    pub active: Option<usize>,
    /// Whether that one is live in the cluster.
    pub live: bool,
    /// The run that was looked for until it was late, and is not there.
    pub missed: Option<usize>,
    /// The run that was sent or found here.
    pub begun: Option<usize>,
    /// Whether to stop after what is going on.
    pub stop: bool,
}

/// The next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Take the lock.
    Lock,
    /// Make a permutation the active one.
    Activate(usize),
    /// Wait until the cluster runs a permutation.
    Live(usize),
    /// Send a run, with the id that it had when it was sent before.
    Send(usize, Option<String>),
    /// Look for a run that may have been sent.
    Find(usize),
    /// Wait until a run is over.
    Watch(usize, u64),
    /// Give the lock back.
    Unlock,
    /// Write down that all is done.
    Finish,
    /// There is nothing left to do.
    Stop,
}

/// The next step.
#[must_use]
pub fn next(campaign: &Campaign, standing: &Standing, here: &Here) -> Step {
    if standing.finished {
        return Step::Stop;
    }
    let left = standing.runs.iter().position(|run| !matches!(run, Progress::Ended { .. }));
    // What is sent is brought to its end even when the campaign is to stop.
    let pending = |at: &usize| !matches!(standing.runs.get(*at), Some(Progress::New) | None);
    let Some(run) = left.filter(|at| !here.stop || pending(at)) else {
        return match (left, standing.unlocked, here.lock.is_some()) {
            (Some(_), _, false) => Step::Stop,
            (None, true, _) => Step::Finish,
            // Of a lock that another has by now, nothing is taken.
            (None, false, _) | (Some(_), _, true) => Step::Unlock,
        };
    };
    if here.lock.is_none() {
        return Step::Lock;
    }
    let permutation = campaign.runs.get(run).map_or(0, |run| run.permutation);
    match standing.runs.get(run) {
        Some(Progress::Sent { number, .. }) => Step::Watch(run, *number),
        Some(Progress::Sending { accepted: true, .. }) => Step::Find(run),
        Some(Progress::Sending { .. }) if here.missed != Some(run) => Step::Find(run),
        progress => {
            // The permutation may have been switched away from while nobody looked.
            let id = match progress {
                Some(Progress::Sending { id, .. }) => Some(id.clone()),
                _ => None,
            };
            if here.active != Some(permutation) {
                Step::Activate(permutation)
            } else if !here.live {
                Step::Live(permutation)
            } else {
                Step::Send(run, id)
            }
        }
    }
}

/// What a step does, in words; none when it only waits for what the step before it began.
#[must_use]
pub fn told(step: &Step, campaign: &Campaign, here: &Here) -> Option<String> {
    let name = |index: &usize| campaign.permutations.get(*index).map_or("", |one| one.name.as_str());
    let of = |run: &usize| format!("{} of {}", run + 1, campaign.runs.len());
    match step {
        Step::Lock => Some(format!("lock {}", campaign.environment)),
        Step::Activate(index) => Some(format!("activate {}", name(index))),
        Step::Send(index, id) => {
            let run = campaign.runs.get(*index)?;
            let what = format!("{} {} {}, trial {}", name(&run.permutation), run.endpoint, run.profile, run.trial);
            let again = if id.is_some() { "send again" } else { "run" };
            Some(format!("{again} {}: {what} ({} s)", of(index), run.seconds))
        }
        Step::Find(run) | Step::Watch(run, _) if here.begun == Some(*run) => None,
        Step::Watch(run, number) => Some(format!("watch run {} (GitHub's {number})", of(run))),
        Step::Find(run) => Some(format!("find run {}", of(run))),
        Step::Unlock => Some(format!("unlock {}", campaign.environment)),
        Step::Live(_) | Step::Finish | Step::Stop => None,
    }
}

/// All that is left to do, in words, when nothing goes wrong.
#[must_use]
pub fn plan(campaign: &Campaign, standing: &Standing) -> Vec<String> {
    let (mut standing, mut here, mut steps) = (standing.clone(), Here::default(), Vec::new());
    loop {
        let step = next(campaign, &standing, &here);
        steps.extend(told(&step, campaign, &here));
        match step {
            Step::Lock => here.lock = Some(String::new()),
            Step::Activate(index) => (here.active, here.live) = (Some(index), false),
            Step::Live(_) => here.live = true,
            Step::Send(run, _) | Step::Find(run) => {
                here.begun = Some(run);
                standing.learn(&Event::Sent { run, number: 0 });
            }
            Step::Watch(run, _) => standing.learn(&Event::Ended { run, conclusion: "success".to_owned(), at: 0 }),
            Step::Unlock => {
                here.lock = None;
                standing.learn(&Event::Unlocked);
            }
            Step::Finish => standing.learn(&Event::Finished),
            Step::Stop => return steps,
        }
    }
}
