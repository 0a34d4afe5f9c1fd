//! Pull requests and their labels, and what must be done so that they are as they are wanted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, text};
use super::trouble::Trouble;
use super::wire::{Request, escaped};
use crate::experiment::campaign::{Campaign, Permutation};
use crate::values::ACTIVE_LABEL;

/// Label of every pull request of an experiment.
pub const EXPERIMENT: &str = "experiment";
/// Label of the one pull request that Argo CD follows.
pub const ACTIVE: &str = ACTIVE_LABEL;
/// Most characters of a pull request's text.
pub const MOST_OF_BODY: usize = 65_536;
/// Most characters of a pull request's title.
const MOST_OF_TITLE: usize = 256;
/// Most characters of a label's name.
const MOST_OF_LABEL: usize = 50;

/// An open pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its branch.
    pub branch: String,
    /// The commit at the end of its branch.
    pub commit: String,
    /// The branch into which it would be merged.
    pub base: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// Its page.
    pub url: String,
    /// Its labels.
    pub labels: Vec<String>,
}

impl Pull {
    /// As GitHub tells it.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        let labels = value.get("labels").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            number: value.get("number")?.as_u64()?,
            branch: value.pointer("/head/ref")?.as_str()?.to_owned(),
            commit: text(value, "/head/sha").to_owned(),
            base: text(value, "/base/ref").to_owned(),
            title: text(value, "/title").to_owned(),
            body: text(value, "/body").to_owned(),
            draft: value.get("draft").and_then(Value::as_bool).unwrap_or(false),
            url: text(value, "/html_url").to_owned(),
            labels: labels.map(|label| text(label, "/name").to_owned()).collect(),
        })
    }

    /// Whether it carries a label; GitHub makes no difference between small and large letters.
    #[must_use]
    pub fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own.eq_ignore_ascii_case(label))
    }
}

/// The open pull requests of a repository whose branches are its own, by branch.
///
/// # Errors
/// What GitHub refuses.
pub fn open_pulls(client: &mut Client<'_>) -> Result<BTreeMap<String, Pull>, Trouble> {
    let path = client.path("pulls?state=open");
    let all = client.list(&path, None)?;
    let repository = client.repository().to_owned();
    let own = |value: &&Value| text(value, "/head/repo/full_name").eq_ignore_ascii_case(&repository);
    Ok(all.iter().filter(own).filter_map(Pull::of).map(|pull| (pull.branch.clone(), pull)).collect())
}

/// The open pull request of a branch.
///
/// # Errors
/// What GitHub refuses.
pub fn pull_of(client: &mut Client<'_>, branch: &str) -> Result<Option<Pull>, Trouble> {
    let head = escaped(&format!("{}:{branch}", client.owner()));
    let path = client.path(&format!("pulls?state=open&head={head}"));
    let found = client.list(&path, None)?;
    Ok(found.iter().filter_map(Pull::of).find(|pull| pull.branch == branch))
}

/// The label of one experiment. A long name is cut, for GitHub takes 50 characters.
#[must_use]
pub fn label_of(experiment: &str) -> String {
    format!("experiment:{experiment}").chars().take(MOST_OF_LABEL).collect()
}

/// The title of a permutation's pull request.
#[must_use]
pub fn title_of(permutation: &Permutation) -> String {
    permutation.title.chars().take(MOST_OF_TITLE).collect()
}

/// The text of a permutation's pull request, cut where GitHub would refuse it.
#[must_use]
pub fn body_of(permutation: &Permutation) -> String {
    const NOTE: &str = "\n\n*Cut here: GitHub takes no longer text. `ahuora experiment` tells all of it.*\n";
    const FENCE: &str = "\n```";
    let body = &permutation.body;
    if body.chars().count() <= MOST_OF_BODY {
        return body.clone();
    }
    let kept: String = body.chars().take(MOST_OF_BODY - NOTE.len() - FENCE.len()).collect();
    // A line that is cut says something else than it did.
    let kept = kept.rsplit_once('\n').map_or(kept.as_str(), |(lines, _)| lines);
    let is_open = kept.lines().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1;
    format!("{kept}{}{NOTE}", if is_open { FENCE } else { "" })
}

/// A pull request as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its branch.
    pub branch: String,
    /// The branch into which it is to be merged.
    pub base: String,
    /// Its title; more than GitHub takes is cut off.
    pub title: String,
    /// Its text, at most [`MOST_OF_BODY`] characters.
    pub body: String,
    /// Whether it is a draft.
    pub draft: bool,
}

impl Proposal {
    fn of(permutation: &Permutation, base: &str) -> Self {
        let (title, body) = (title_of(permutation), body_of(permutation));
        Self { branch: permutation.branch.clone(), base: base.to_owned(), title, body, draft: true }
    }

    /// Whether a pull request says the same.
    #[must_use]
    pub fn is(&self, pull: &Pull) -> bool {
        same(&pull.body, &self.body) && pull.title.trim() == self.cut_title().trim() && pull.base == self.base
    }

    fn cut_title(&self) -> String {
        self.title.chars().take(MOST_OF_TITLE).collect()
    }
}

/// Whether two texts are the same to GitHub.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
    plain(one) == plain(other)
}

/// One thing to be done, so that the pull requests are as they are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Makes a label.
    MakeLabel(String),
    /// Opens a draft pull request for the permutation of that index.
    Open(usize),
    /// Gives title, text and base of a permutation to a pull request.
    Update(usize, u64),
    /// Puts labels on the pull request of a permutation.
    Label(usize, Vec<String>),
}

impl Action {
    /// In words.
    #[must_use]
    pub fn told(&self, campaign: &Campaign) -> String {
        let branch = |index: &usize| campaign.permutations.get(*index).map_or("", |one| one.branch.as_str());
        match self {
            Self::MakeLabel(name) => format!("make label {name}"),
            Self::Open(index) => format!("open draft pull request {} -> {}", branch(index), campaign.base),
            Self::Update(index, number) => format!("update pull request #{number} of {}", branch(index)),
            Self::Label(index, labels) => format!("label {} with {}", branch(index), labels.join(", ")),
        }
    }
}

/// What is to be done so that every permutation has its pull request, and nothing when all is as it should be.
#[must_use]
pub fn to_open(campaign: &Campaign, labels: &[String], pulls: &BTreeMap<String, Pull>) -> Vec<Action> {
    let wanted = [EXPERIMENT.to_owned(), label_of(&campaign.experiment)];
    let active = ACTIVE.to_owned();
    let missing = wanted.iter().chain([&active]).filter(|name| !labels.contains(name)).cloned();
    let mut actions: Vec<Action> = missing.map(Action::MakeLabel).collect();
    for (index, permutation) in campaign.permutations.iter().enumerate() {
        let Some(pull) = pulls.get(&permutation.branch) else {
            actions.push(Action::Open(index));
            actions.push(Action::Label(index, wanted.to_vec()));
            continue;
        };
        if !Proposal::of(permutation, &campaign.base).is(pull) {
            actions.push(Action::Update(index, pull.number));
        }
        let labels: Vec<String> = wanted.iter().filter(|label| !pull.has(label)).cloned().collect();
        if !labels.is_empty() {
            actions.push(Action::Label(index, labels));
        }
    }
    actions
}

/// Which labels of an experiment the repository has.
///
/// # Errors
/// What GitHub refuses.
pub fn known_labels(client: &mut Client<'_>, experiment: &str) -> Result<Vec<String>, Trouble> {
    let mut known = Vec::new();
    for name in [EXPERIMENT.to_owned(), label_of(experiment), ACTIVE.to_owned()] {
        let path = client.path(&format!("labels/{}", escaped(&name)));
        if client.find(&path)?.is_some() {
            known.push(name);
        }
    }
    Ok(known)
}

/// Does one thing; `pulls` learns of it.
///
/// # Errors
/// What GitHub refuses.
pub fn perform(
    client: &mut Client<'_>,
    campaign: &Campaign,
    action: &Action,
    pulls: &mut BTreeMap<String, Pull>,
) -> Result<(), Trouble> {
    let permutation = |index: &usize| campaign.permutations.get(*index).ok_or(Trouble::Strange("permutation"));
    match action {
        Action::MakeLabel(name) => make_label(client, name),
        Action::Open(index) => {
            let proposal = Proposal::of(permutation(index)?, &campaign.base);
            let pull = open(client, &proposal)?;
            pulls.insert(proposal.branch, pull);
            Ok(())
        }
        Action::Update(index, number) => update(client, *number, &Proposal::of(permutation(index)?, &campaign.base)),
        Action::Label(index, labels) => {
            let branch = &permutation(index)?.branch;
            let number = pulls.get(branch).ok_or(Trouble::Strange("pull request"))?.number;
            add_labels(client, number, labels)
        }
    }
}

/// Opens a pull request, where its branch has none; gives the one that it has then.
///
/// # Errors
/// What GitHub refuses.
pub fn open(client: &mut Client<'_>, proposal: &Proposal) -> Result<Pull, Trouble> {
    let Proposal { branch, base, body, draft, .. } = proposal;
    let body = json!({"title": proposal.cut_title(), "body": body, "head": branch, "base": base, "draft": draft});
    let request = Request::post(client.path("pulls"), body);
    let made = client.make(&request, &mut |client| pull_of(client, branch), &Pull::of);
    made.map_err(|trouble| match trouble {
        Trouble::Refused { status, message } => Trouble::Person {
            message: format!("GitHub opens no pull request for {branch} ({status}): {message}"),
            hint: format!("is the branch pushed, and does it differ from {base}? git push origin {branch}"),
        },
        other => other,
    })
}

/// Gives title, text and base to a pull request.
///
/// # Errors
/// What GitHub refuses.
pub fn update(client: &mut Client<'_>, number: u64, proposal: &Proposal) -> Result<(), Trouble> {
    let path = client.path(&format!("pulls/{number}"));
    let body = json!({"title": proposal.cut_title(), "body": proposal.body, "base": proposal.base});
    client.change(&Request::patch(path, body)).map(drop)
}

fn make_label(client: &mut Client<'_>, name: &str) -> Result<(), Trouble> {
    let (color, description) = match name {
        ACTIVE => ("d93f0b", "Argo CD follows this permutation"),
        EXPERIMENT => ("5319e7", "A permutation of an experiment; not to be merged"),
        _ => ("c5def5", "The experiment"),
    };
    let body = json!({"name": name, "color": color, "description": description});
    let request = Request::post(client.path("labels"), body);
    let path = client.path(&format!("labels/{}", escaped(name)));
    client.make(&request, &mut |client| client.find(&path), &|made| Some(made.clone())).map(drop)
}

/// Puts labels on a pull request; those that it carries stay.
///
/// # Errors
/// What GitHub refuses.
pub fn add_labels(client: &mut Client<'_>, number: u64, labels: &[String]) -> Result<(), Trouble> {
    let path = client.path(&format!("issues/{number}/labels"));
    client.change(&Request::post(path, json!({"labels": labels}))).map(drop)
}

/// Takes a label off a pull request, where it is on it.
///
/// # Errors
/// What GitHub refuses.
pub fn remove_label(client: &mut Client<'_>, number: u64, label: &str) -> Result<(), Trouble> {
    let path = client.path(&format!("issues/{number}/labels/{}", escaped(label)));
    match client.change(&Request::delete(path)) {
        Ok(_) | Err(Trouble::Missing) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// Closes a pull request without a word.
///
/// # Errors
/// What GitHub refuses.
pub fn close(client: &mut Client<'_>, number: u64) -> Result<(), Trouble> {
    let path = client.path(&format!("pulls/{number}"));
    client.change(&Request::patch(path, json!({"state": "closed"}))).map(drop)
}
