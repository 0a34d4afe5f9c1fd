//! Tags over the user's own git: those of a remote, or without one those of the clone.

use super::Asker;
use crate::effects::{FoundTag, History, PushedTag, Tagger, pause};
use crate::error::Failure;
use crate::release::cut::{Answer, Asked, Listed, New, Place, Released, Side};
use crate::ui::Ui;

/// Longest pause before the second attempt, in milliseconds; twice as long before each further one.
const PAUSE: u64 = 50;
/// Longest pause at all.
const LONGEST: u64 = 5_000;

/// A remote of git, or the clone.
pub(super) struct Git<'a> {
    pub(super) tagger: &'a Tagger,
    pub(super) history: History,
    /// None: the clone itself.
    pub(super) remote: Option<&'a str>,
    pub(super) prefix: &'a str,
    /// The branch on which stable versions are cut.
    pub(super) branch: &'a str,
    pub(super) target: &'a str,
    /// What the messages of tags begin with.
    pub(super) title: &'a str,
    pub(super) sign: bool,
    pub(super) asker: Asker<'a>,
    pub(super) ui: &'a Ui,
    /// The commit of that branch, as it was listed last.
    pub(super) head: Option<String>,
}

impl Git<'_> {
    /// Where a commit stands, seen from the target; it is fetched when the clone does not have it.
    fn stands(&mut self, commit: &str, reference: &str) -> Result<Side, Failure> {
        if commit == self.target {
            return Ok(Side::Same);
        }
        if self.tagger.peeled(commit)?.is_none() {
            if let Some(remote) = self.remote {
                self.tagger.fetch(remote, reference)?;
            }
            if self.tagger.peeled(commit)?.is_none() {
                return Err(Failure::usage(
                    format!("{reference} is at {commit}, which is no commit"),
                    "nothing is released on top of it: have whoever made it take it away",
                ));
            }
        }
        if self.history.is_behind(commit, self.target)? {
            Ok(Side::Before)
        } else if self.history.is_behind(self.target, commit)? {
            Ok(Side::After)
        } else {
            Ok(Side::Apart)
        }
    }
}

impl Place for Git<'_> {
    type Error = Failure;

    fn list(&mut self) -> Result<Vec<Listed>, Failure> {
        let tags = match self.remote {
            Some(remote) => {
                let found = self.tagger.remote(remote, self.prefix, self.branch)?;
                self.head = found.branch;
                found.tags
            }
            None => self.tagger.local(self.prefix)?,
        };
        Ok(tags.into_iter().map(|FoundTag { name, object, commit }| Listed { name, object, commit }).collect())
    }

    fn side(&mut self, tag: &Listed) -> Result<Side, Failure> {
        self.stands(&tag.commit, &format!("refs/tags/{}", tag.name))
    }

    fn is_on_branch(&mut self) -> Result<bool, Failure> {
        // Of a branch that was not pushed yet, the clone's word is all there is.
        if self.remote.is_none() {
            return Ok(true);
        }
        let Some(head) = self.head.clone() else { return Ok(false) };
        let side = self.stands(&head, &format!("refs/heads/{}", self.branch))?;
        Ok(matches!(side, Side::Same | Side::After))
    }

    fn ask(&mut self, released: &[Released]) -> Result<Asked, Failure> {
        (self.asker)(released)
    }

    fn create(&mut self, new: &New) -> Result<Answer<Failure>, Failure> {
        let object = self.tagger.object(&new.name, &new.commit, &super::message(self.title, new), self.sign)?;
        let Some(remote) = self.remote else {
            let found = self.tagger.keep(&new.name, &object)?;
            return Ok(if found == object { Answer::Made(object) } else { Answer::Taken });
        };
        Ok(match self.tagger.push(remote, &new.name, &object)? {
            PushedTag::Made => Answer::Made(object),
            PushedTag::Taken => Answer::Taken,
            PushedTag::Unsure(why) => Answer::Unsure(object, why),
            PushedTag::Refused(failure) => Answer::Refused(object, failure),
        })
    }

    fn pause(&mut self, attempt: u32) {
        if let Err(failure) = pause((PAUSE << attempt.min(10)).min(LONGEST)) {
            self.ui.status(&format!("not waiting before the next attempt: {failure}"));
        }
    }
}
