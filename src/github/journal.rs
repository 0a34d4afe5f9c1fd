//! What was done, line by line: enough to go on after the program was killed anywhere.

use serde::{Deserialize, Serialize};

use crate::experiment::campaign::Campaign;

/// One line. Times are seconds since 1970 by the server's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A campaign begins.
    Begun {
        /// Its id.
        campaign: String,
        /// Its experiment.
        experiment: String,
        /// Its environment.
        environment: String,
        /// Digest of its design.
        design: String,
        /// The commits of its permutations.
        commits: Vec<String>,
        /// How many runs it has.
        runs: usize,
        /// When.
        at: u64,
    },
    /// The lock is about to be taken.
    Locking,
    /// The lock is taken: the commit at which it points.
    Locked {
        /// That commit.
        commit: String,
    },
    /// A permutation is about to be made active.
    Activating {
        /// Its index.
        permutation: usize,
    },
    /// It is active.
    Activated {
        /// Its index.
        permutation: usize,
    },
    /// A run is about to be sent.
    Sending {
        /// Its index.
        run: usize,
        /// The id that it is given.
        id: String,
        /// When.
        at: u64,
    },
    /// GitHub took it, without saying which it is.
    Accepted {
        /// Its index.
        run: usize,
    },
    /// It is known which it is.
    Sent {
        /// Its index.
        run: usize,
        /// Its number on GitHub.
        number: u64,
    },
    /// It is over.
    Ended {
        /// Its index.
        run: usize,
        /// As GitHub concludes: `success`, `failure`, `cancelled`.
        conclusion: String,
        /// When.
        at: u64,
    },
    /// The lock is about to be given back.
    Unlocking,
    /// It is given back.
    Unlocked,
    /// All is done.
    Finished,
    /// The experiment was closed before all was done.
    Closed,
}

impl Event {
    /// As a line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// What a journal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Its events.
    pub events: Vec<Event>,
    /// How many bytes of it are whole lines: what follows was torn when the program was killed.
    pub whole: usize,
}

/// Reads a journal; a last line without an end was never finished and is left out.
///
/// # Errors
/// The number of a line that is whole and not understood.
pub fn read(text: &[u8]) -> Result<Read, usize> {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n');
    let events: Result<Vec<Event>, usize> =
        lines.enumerate().map(|(at, line)| serde_json::from_slice(line).map_err(|_| at + 1)).collect();
    Ok(Read { events: events?, whole })
}

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was done.
    #[default]
    New,
    /// It was, or was about to be, sent.
    Sending {
        /// The id that it was given.
        id: String,
        /// When it was sent last.
        at: u64,
        /// When it was sent first.
        first: u64,
        /// Whether it was sent more than once.
        again: bool,
        /// Whether GitHub took it.
        accepted: bool,
    },
    /// It is on GitHub.
    Sent {
        /// The id that it was given.
        id: String,
        /// Its number.
        number: u64,
        /// When it was sent first, if it was sent more than once: then there may be a double.
        doubled: Option<u64>,
    },
    /// It is over.
    Ended {
        /// Its number, when it ever had one.
        number: Option<u64>,
        /// How it ended.
        conclusion: String,
    },
}

/// Where a campaign stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub campaign: String,
    /// Digest of its design.
    pub design: String,
    /// The commits of its permutations.
    pub commits: Vec<String>,
    /// Each run.
    pub runs: Vec<Progress>,
    /// Whether the lock was given back after all was done.
    pub unlocked: bool,
    /// Whether there is nothing left to do.
    pub finished: bool,
}

impl Standing {
    /// Where a campaign stands when it begins.
    #[must_use]
    pub fn begin(campaign: &Campaign, id: String) -> Self {
        Self {
            campaign: id,
            design: campaign.design.clone(),
            commits: campaign.permutations.iter().map(|permutation| permutation.commit.clone()).collect(),
            runs: vec![Progress::New; campaign.runs.len()],
            unlocked: false,
            finished: false,
        }
    }

    /// Where the last campaign of a journal stands; none when none has begun.
    #[must_use]
    pub fn of(events: &[Event]) -> Option<Self> {
        let mut standing = None;
        for event in events {
            match (event, &mut standing) {
                (Event::Begun { campaign, design, commits, runs, .. }, standing) => {
                    *standing = Some(Self {
                        campaign: campaign.clone(),
                        design: design.clone(),
                        commits: commits.clone(),
                        runs: vec![Progress::New; *runs],
                        unlocked: false,
                        finished: false,
                    });
                }
                (event, Some(standing)) => standing.learn(event),
                (_, None) => {}
            }
        }
        standing
    }

    /// Takes one more event in.
    pub fn learn(&mut self, event: &Event) {
        match event {
            Event::Sending { run, id, at } => {
                let (first, again) = match self.runs.get(*run) {
                    Some(Progress::Sending { first, .. }) => (*first, true),
                    _ => (*at, false),
                };
                self.put(*run, Progress::Sending { id: id.clone(), at: *at, first, again, accepted: false });
            }
            Event::Accepted { run } => {
                if let Some(Progress::Sending { accepted, .. }) = self.runs.get_mut(*run) {
                    *accepted = true;
                }
            }
            Event::Sent { run, number } => {
                let (id, doubled) = match self.runs.get(*run) {
                    Some(Progress::Sending { id, first, again, .. }) => (id.clone(), again.then_some(*first)),
                    _ => (String::new(), None),
                };
                self.put(*run, Progress::Sent { id, number: *number, doubled });
            }
            Event::Ended { run, conclusion, .. } => {
                let number = match self.runs.get(*run) {
                    Some(Progress::Sent { number, .. }) => Some(*number),
                    _ => None,
                };
                self.put(*run, Progress::Ended { number, conclusion: conclusion.clone() });
            }
            Event::Locked { .. } => self.unlocked = false,
            Event::Unlocked => self.unlocked = true,
            Event::Finished | Event::Closed => self.finished = true,
            Event::Begun { .. }
            | Event::Locking
            | Event::Activating { .. }
            | Event::Activated { .. }
            | Event::Unlocking => {}
        }
    }

    fn put(&mut self, run: usize, progress: Progress) {
        if let Some(place) = self.runs.get_mut(run) {
            *place = progress;
        }
    }

    /// Whether it is the same campaign: the same design, branches and number of runs.
    #[must_use]
    pub fn fits(&self, campaign: &Campaign) -> bool {
        let commits = campaign.permutations.iter().map(|permutation| &permutation.commit);
        self.design == campaign.design && self.commits.iter().eq(commits) && self.runs.len() == campaign.runs.len()
    }

    /// How many runs succeeded, failed, and are left.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let (mut done, mut failed) = (0, 0);
        for progress in &self.runs {
            match progress {
                Progress::Ended { conclusion, .. } if conclusion == "success" => done += 1,
                Progress::Ended { .. } => failed += 1,
                _ => {}
            }
        }
        (done, failed, self.runs.len() - done - failed)
    }
}
