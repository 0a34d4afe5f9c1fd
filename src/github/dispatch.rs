//! Performs what the machine says, step by step: written down before and after, so that it can be killed anywhere.

use serde_json::Value;

use super::client::{Client, text};
use super::date;
use super::journal::{Event, Progress, Standing};
use super::lock::{self, Holder};
use super::machine::{self, Here, LOOKED_FOR, LOOKED_FOR_ACCEPTED, Step};
use super::pulls::{self, ACTIVE, Pull};
use super::runs::{self, Seen, Sent};
use super::trouble::Trouble;
use super::wire::escaped;
use crate::error::Failure;
use crate::experiment::campaign::{Campaign, Permutation};

/// How often a run that GitHub has named may be missing before it counts as deleted.
const MISSING: u32 = 4;
/// How long to wait before a run is looked for again, in milliseconds.
const LOOK_AGAIN: u64 = 10_000;

/// Where events are kept: on the disk before the call is over.
pub trait Keep {
    /// Adds a line.
    ///
    /// # Errors
    /// When the disk refuses.
    fn append(&mut self, line: &str) -> Result<(), Failure>;
}

/// Waits until the cluster runs a permutation.
pub type Live<'l> = &'l mut dyn FnMut(&Permutation) -> Result<(), Failure>;

/// What a campaign needs of its surroundings.
pub struct Surroundings<'d> {
    /// The journal.
    pub journal: &'d mut dyn Keep,
    /// Waits until a permutation is live.
    pub live: Live<'d>,
    /// Makes ids that nobody else makes.
    pub id: &'d mut dyn FnMut() -> String,
    /// Name of this machine.
    pub host: String,
    /// Milliseconds between two questions about a run.
    pub poll: u64,
    /// Whether to stop at the first run that fails.
    pub stop_on_failure: bool,
}

/// A campaign on its way.
pub struct Dispatch<'d, 'c> {
    campaign: &'c Campaign,
    around: Surroundings<'d>,
    standing: Standing,
    here: Here,
}

impl<'d, 'c> Dispatch<'d, 'c> {
    /// Goes on where a campaign stands.
    #[must_use]
    pub fn resume(campaign: &'c Campaign, around: Surroundings<'d>, standing: Standing) -> Self {
        Self { campaign, around, standing, here: Here::default() }
    }

    /// Begins a campaign.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn begin(client: &mut Client<'_>, campaign: &'c Campaign, around: Surroundings<'d>) -> Result<Self, Failure> {
        let standing = Standing::begin(campaign, (around.id)());
        let begun = Event::Begun {
            campaign: standing.campaign.clone(),
            experiment: campaign.experiment.clone(),
            environment: campaign.environment.clone(),
            design: campaign.design.clone(),
            commits: standing.commits.clone(),
            runs: campaign.runs.len(),
            at: client.now() / 1_000,
        };
        around.journal.append(&begun.line())?;
        Ok(Self { campaign, around, standing, here: Here::default() })
    }

    /// Does all that is left; gives where the campaign stands then.
    ///
    /// # Errors
    /// What stopped it; the journal tells how to go on.
    pub fn run(mut self, client: &mut Client<'_>) -> Result<Standing, Failure> {
        loop {
            let step = machine::next(self.campaign, &self.standing, &self.here);
            if let Some(told) = machine::told(&step, self.campaign, &self.here) {
                client.say(&told);
            }
            match step {
                Step::Lock => self.lock(client)?,
                Step::Activate(index) => self.activate(client, index)?,
                Step::Live(index) => {
                    (self.around.live)(permutation(self.campaign, index)?)?;
                    self.here.live = true;
                }
                Step::Send(run, id) => self.send(client, run, id)?,
                Step::Find(run) => self.find(client, run)?,
                Step::Watch(run, number) => self.watch(client, run, number)?,
                Step::Unlock => self.unlock(client)?,
                Step::Finish => self.note(&Event::Finished)?,
                Step::Stop => return Ok(self.standing),
            }
        }
    }

    /// Writes an event down, and learns it.
    fn note(&mut self, event: &Event) -> Result<(), Failure> {
        self.around.journal.append(&event.line())?;
        self.standing.learn(event);
        Ok(())
    }

    fn holder(&self, client: &mut Client<'_>, permutation: &Permutation) -> Holder {
        Holder {
            campaign: self.standing.campaign.clone(),
            experiment: self.campaign.experiment.clone(),
            environment: self.campaign.environment.clone(),
            permutation: permutation.name.clone(),
            since: date::to_iso(client.now() / 1_000),
            host: self.around.host.clone(),
        }
    }

    fn lock(&mut self, client: &mut Client<'_>) -> Result<(), Failure> {
        self.note(&Event::Locking)?;
        let left = self.standing.runs.iter().position(|run| !matches!(run, Progress::Ended { .. }));
        let first = left.and_then(|run| self.campaign.runs.get(run)).map_or(0, |run| run.permutation);
        let first = permutation(self.campaign, first)?;
        let holder = self.holder(client, first);
        let what = format!("lock {}", self.campaign.environment);
        // What would stop it later stops it before anybody else has to wait for it.
        let ready = self.ready(client);
        let taken = ready.and_then(|()| lock::take(client, &holder, &first.commit));
        let commit = taken.map_err(|trouble| trouble.failure(&what))?;
        self.note(&Event::Locked { commit: commit.clone() })?;
        self.here.lock = Some(commit);
        Ok(())
    }

    /// Whether all that is still to be sent can be: every permutation has its pull request, at its commit.
    fn ready(&self, client: &mut Client<'_>) -> Result<(), Trouble> {
        let pulls = pulls::open_pulls(client)?;
        for (run, progress) in self.campaign.runs.iter().zip(&self.standing.runs) {
            let permutation = self.campaign.permutations.get(run.permutation).filter(|_| *progress == Progress::New);
            if let Some(permutation) = permutation {
                number_of(pulls.get(&permutation.branch), permutation, &self.campaign.experiment)?;
            }
        }
        Ok(())
    }

    /// Moves the label: it is taken off all others first, so that it is never on two.
    fn activate(&mut self, client: &mut Client<'_>, index: usize) -> Result<(), Failure> {
        self.note(&Event::Activating { permutation: index })?;
        let permutation = permutation(self.campaign, index)?;
        let holder = self.holder(client, permutation);
        let from = self.here.lock.clone().unwrap_or_default();
        let mut act = || -> Result<String, Trouble> {
            let pull = pulls::pull_of(client, &permutation.branch)?;
            let number = number_of(pull.as_ref(), permutation, &self.campaign.experiment)?;
            let commit = lock::renew(client, &holder, &from)?;
            for other in active(client, &self.campaign.environment)? {
                if other != number {
                    pulls::remove_label(client, other, ACTIVE)?;
                }
            }
            pulls::add_labels(client, number, &[ACTIVE.to_owned()])?;
            Ok(commit)
        };
        let commit = act().map_err(|trouble| trouble.failure(&format!("activate {}", permutation.name)))?;
        self.here.lock = Some(commit);
        self.note(&Event::Activated { permutation: index })?;
        (self.here.active, self.here.live) = (Some(index), false);
        Ok(())
    }

    fn send(&mut self, client: &mut Client<'_>, run: usize, id: Option<String>) -> Result<(), Failure> {
        let id = id.unwrap_or_else(|| (self.around.id)());
        let at = client.now() / 1_000;
        self.note(&Event::Sending { run, id: id.clone(), at })?;
        (self.here.missed, self.here.begun) = (None, Some(run));
        let wanted = self.campaign.runs.get(run).ok_or_else(unknown)?;
        let sent = runs::send(client, self.campaign, wanted, &id);
        match sent.map_err(|trouble| trouble.failure(&format!("start run {}", run + 1)))? {
            Sent::Run(number) => self.note(&Event::Sent { run, number }),
            Sent::Accepted => self.note(&Event::Accepted { run }),
            Sent::Unknown => Ok(()),
        }
    }

    fn find(&mut self, client: &mut Client<'_>, run: usize) -> Result<(), Failure> {
        let Some(Progress::Sending { id, at, first, accepted, .. }) = self.standing.runs.get(run).cloned() else {
            return Err(unknown());
        };
        let now = client.now() / 1_000;
        let found = runs::find(client, &id, first);
        if let Some(number) = found.map_err(|trouble| trouble.failure(&format!("find run {}", run + 1)))? {
            self.here.begun = Some(run);
            return self.note(&Event::Sent { run, number });
        }
        if accepted && now > at + LOOKED_FOR_ACCEPTED {
            return Err(Failure::usage(
                format!("GitHub took run {} ({id}) and does not list it", run + 1),
                "look at the Actions page of the repository; then go on with --resume",
            ));
        }
        if !accepted && now >= at + LOOKED_FOR {
            self.here.missed = Some(run);
        } else {
            client.sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    fn watch(&mut self, client: &mut Client<'_>, run: usize, number: u64) -> Result<(), Failure> {
        let (mut etag, mut missing) = (None, 0);
        let conclusion = loop {
            let seen = runs::look(client, number, &mut etag);
            match seen.map_err(|trouble| trouble.failure(&format!("watch the run {number}")))? {
                Seen::Over(conclusion) => break conclusion,
                Seen::Missing if missing >= MISSING => break "missing".to_owned(),
                Seen::Missing => missing += 1,
                Seen::Going(_) | Seen::Same => missing = 0,
            }
            self.cancel_doubles(client, run)?;
            client.sleep(self.around.poll);
        };
        self.cancel_doubles(client, run)?;
        client.say(&format!("  {conclusion}: run {}, GitHub's {number}", run + 1));
        self.here.stop |= self.around.stop_on_failure && conclusion != "success";
        let at = client.now() / 1_000;
        self.note(&Event::Ended { run, conclusion, at })
    }

    /// A run that was sent twice may be there twice, and the second may show late.
    fn cancel_doubles(&self, client: &mut Client<'_>, run: usize) -> Result<(), Failure> {
        if let Some(Progress::Sent { id, doubled: Some(first), .. }) = self.standing.runs.get(run) {
            let found = runs::find(client, id, *first);
            found.map_err(|trouble| trouble.failure(&format!("look for doubles of run {}", run + 1)))?;
        }
        Ok(())
    }

    fn unlock(&mut self, client: &mut Client<'_>) -> Result<(), Failure> {
        self.note(&Event::Unlocking)?;
        let what = format!("unlock {}", self.campaign.environment);
        let mut act = || -> Result<(), Trouble> {
            let pulls = pulls::open_pulls(client)?;
            for permutation in &self.campaign.permutations {
                if let Some(pull) = pulls.get(&permutation.branch).filter(|pull| pull.has(ACTIVE)) {
                    pulls::remove_label(client, pull.number, ACTIVE)?;
                }
            }
            lock::release(client, &self.campaign.environment, &self.standing.campaign)
        };
        act().map_err(|trouble| trouble.failure(&what))?;
        self.here.lock = None;
        self.note(&Event::Unlocked)
    }
}

fn permutation(campaign: &Campaign, index: usize) -> Result<&Permutation, Failure> {
    campaign.permutations.get(index).ok_or_else(unknown)
}

fn unknown() -> Failure {
    Failure::usage("the campaign names a permutation or run that it does not have", "plan the experiment anew")
}

/// The number of the pull request of a permutation, which must be at the commit that is to be measured.
fn number_of(pull: Option<&Pull>, permutation: &Permutation, experiment: &str) -> Result<u64, Trouble> {
    let Some(pull) = pull else {
        return Err(Trouble::Person {
            message: format!("{} has no open pull request", permutation.branch),
            hint: format!("ahuora experiment open {experiment}"),
        });
    };
    if pull.commit != permutation.commit {
        let (wanted, found) = (&permutation.commit, &pull.commit);
        return Err(Trouble::Person {
            message: format!("{} is at {found} on GitHub, and is to be measured at {wanted}", permutation.branch),
            hint: format!("push the branch; or plan the experiment {experiment} anew"),
        });
    }
    Ok(pull.number)
}

/// The open pull requests that carry the active label, but for those of experiments that hold other environments.
fn active(client: &mut Client<'_>, environment: &str) -> Result<Vec<u64>, Trouble> {
    let path = client.path(&format!("issues?state=open&labels={}", escaped(ACTIVE)));
    let marked = client.list(&path, None)?;
    if marked.is_empty() {
        return Ok(Vec::new());
    }
    let others = lock::read_all(client)?.into_iter().filter(|(of, _)| of != environment);
    let others: Vec<String> = others.filter_map(|(_, held)| Some(pulls::label_of(&held.holder?.experiment))).collect();
    let is_other = |issue: &&Value| {
        let labels = issue.get("labels").and_then(Value::as_array).into_iter().flatten();
        labels.map(|label| text(label, "/name")).any(|label| others.iter().any(|other| other == label))
    };
    let ours = marked.iter().filter(|issue| !is_other(issue));
    Ok(ours.filter_map(|issue| issue.get("number")?.as_u64()).collect())
}
