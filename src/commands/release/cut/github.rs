//! Tags over GitHub's API.

use std::collections::HashMap;

use super::Asker;
use crate::effects::github::new_id;
use crate::error::Failure;
use crate::github::client::Client;
use crate::github::tags::{self, Compared};
use crate::github::trouble::Trouble;
use crate::release::cut::{Answer, Asked, Listed, New, Place, Released, Side};

/// Tells the commit behind an object of git, when it is known here.
pub type Peel<'a> = Box<dyn FnMut(&str) -> Option<String> + 'a>;

/// A repository on GitHub.
pub struct GitHub<'a, 'w> {
    /// The way there.
    pub client: Client<'w>,
    /// Knows the tags that the clone has, which are most of them.
    pub peel: Peel<'a>,
    /// What the tags begin with.
    pub prefix: &'a str,
    /// The branch on which stable versions are cut.
    pub branch: &'a str,
    /// The commit to release.
    pub target: &'a str,
    /// What the messages of tags begin with.
    pub title: &'a str,
    /// Tells the version.
    pub asker: Asker<'a>,
    /// The commits behind tag objects.
    pub known: HashMap<String, String>,
}

impl GitHub<'_, '_> {
    /// Whether GitHub has the target; nothing can be told about it otherwise.
    ///
    /// # Errors
    /// A usage failure when it has not; what GitHub refuses.
    pub fn assert_target(&mut self) -> Result<(), Failure> {
        let found = tags::has_commit(&mut self.client, self.target).map_err(told("look for the commit"))?;
        if found {
            return Ok(());
        }
        Err(Failure::usage(
            format!(
                "{} on GitHub does not have the commit {}, or the token has no access to it",
                self.client.repository(),
                self.target
            ),
            "push the commit, and check --github OWNER/NAME and what the token may see",
        ))
    }

    /// The commit behind a tag object: an object is always the same, so the clone's answer is as good as GitHub's.
    fn peeled(&mut self, object: &str) -> Result<String, Failure> {
        if let Some(commit) = self.known.get(object) {
            return Ok(commit.clone());
        }
        let commit = match (self.peel)(object) {
            Some(commit) => commit,
            None => tags::commit_of(&mut self.client, object).map_err(told("read a tag"))?,
        };
        self.known.insert(object.to_owned(), commit.clone());
        Ok(commit)
    }

    /// Where the target stands, seen from a commit or branch.
    fn compared(&mut self, from: &str) -> Result<Option<Compared>, Failure> {
        tags::compare(&mut self.client, from, self.target).map_err(told("compare commits"))
    }
}

impl Place for GitHub<'_, '_> {
    type Error = Failure;

    fn list(&mut self) -> Result<Vec<Listed>, Failure> {
        let found = tags::list(&mut self.client, self.prefix).map_err(told("list the tags"))?;
        let mut listed = Vec::with_capacity(found.len());
        for tag in found {
            let commit = if tag.annotated { self.peeled(&tag.object)? } else { tag.object.clone() };
            listed.push(Listed { name: tag.name, object: tag.object, commit });
        }
        Ok(listed)
    }

    fn side(&mut self, tag: &Listed) -> Result<Side, Failure> {
        match self.compared(&tag.commit)? {
            Some(Compared::Identical) => Ok(Side::Same),
            Some(Compared::Ahead) => Ok(Side::Before),
            Some(Compared::Behind) => Ok(Side::After),
            Some(Compared::Diverged) => Ok(Side::Apart),
            None => Err(Failure::usage(
                format!("GitHub cannot compare {} with the commit {} of {}", self.target, tag.commit, tag.name),
                "is the tag at a commit? have whoever made it take it away, and make another",
            )),
        }
    }

    fn is_on_branch(&mut self) -> Result<bool, Failure> {
        let compared = self.compared(self.branch)?;
        Ok(matches!(compared, Some(Compared::Identical | Compared::Behind)))
    }

    fn ask(&mut self, released: &[Released]) -> Result<Asked, Failure> {
        (self.asker)(released)
    }

    fn create(&mut self, new: &New) -> Result<Answer<Failure>, Failure> {
        let what = format!("make the tag {}", new.name);
        let message = format!("{}Release-Id: {}\n", super::message(self.title, new), new_id());
        let object = tags::make_object(&mut self.client, &new.name, &new.commit, &message).map_err(told(&what))?;
        Ok(match tags::make(&mut self.client, &new.name, &object) {
            Ok(found) if found == object => Answer::Made(object),
            Ok(_) => Answer::Taken,
            Err(trouble) => Answer::Refused(object, trouble.failure(&what)),
        })
    }

    fn pause(&mut self, attempt: u32) {
        self.client.pause(attempt);
    }
}

fn told(what: &str) -> impl FnOnce(Trouble) -> Failure {
    let what = what.to_owned();
    move |trouble| trouble.failure(&what)
}
