//! One experiment at a time in an environment: a reference that only one can make. It points at a commit whose
//! message says who holds it, and moves only forward from what the holder has seen, so that nobody who has lost the
//! lock can change it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::{Client, text};
use super::trouble::Trouble;
use super::wire::{Request, escaped};

/// Folder of the references.
const FOLDER: &str = "ahuora/experiment-lock/";

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its campaign: one `dispatch` and all that resume it.
    pub campaign: String,
    /// Its experiment.
    pub experiment: String,
    /// The environment that it has.
    pub environment: String,
    /// The permutation that is active.
    pub permutation: String,
    /// Since when that is so.
    pub since: String,
    /// The machine from which it is held.
    pub host: String,
}

impl Holder {
    /// The message of its commit.
    #[must_use]
    pub fn message(&self) -> String {
        let data = serde_json::to_string(self).unwrap_or_default();
        format!("experiment lock: {} holds {}\n\n{data}\n", self.experiment, self.environment)
    }

    /// Out of the message of a commit.
    #[must_use]
    pub fn of(message: &str) -> Option<Self> {
        message.lines().find(|line| line.starts_with('{')).and_then(|line| serde_json::from_str(line).ok())
    }
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The commit at which it points.
    pub commit: String,
    /// Who holds it; none when its commit says nothing that is understood.
    pub holder: Option<Holder>,
}

/// Name of a lock's reference.
#[must_use]
pub fn reference(environment: &str) -> String {
    format!("refs/{FOLDER}{environment}")
}

/// The lock of an environment, when somebody holds it.
///
/// # Errors
/// What GitHub refuses.
pub fn read(client: &mut Client<'_>, environment: &str) -> Result<Option<Held>, Trouble> {
    let path = client.path(&format!("git/ref/{}", escaped(&format!("{FOLDER}{environment}"))));
    let Some(found) = client.find(&path)? else { return Ok(None) };
    held(client, &found).map(Some)
}

/// All locks of the repository, with the environments that they are of.
///
/// # Errors
/// What GitHub refuses.
pub fn read_all(client: &mut Client<'_>) -> Result<Vec<(String, Held)>, Trouble> {
    let path = client.path(&format!("git/matching-refs/{}", escaped(FOLDER)));
    let found = client.read(&path)?;
    let mut locks = Vec::new();
    for value in found.as_array().into_iter().flatten() {
        if let Some(environment) = text(value, "/ref").strip_prefix(&format!("refs/{FOLDER}")) {
            locks.push((environment.to_owned(), held(client, value)?));
        }
    }
    Ok(locks)
}

fn held(client: &mut Client<'_>, reference: &Value) -> Result<Held, Trouble> {
    let commit = text(reference, "/object/sha").to_owned();
    let path = client.path(&format!("git/commits/{commit}"));
    let holder = client.find(&path)?.and_then(|commit| Holder::of(text(&commit, "/message")));
    Ok(Held { commit, holder })
}

/// Takes the lock, or goes on to hold it; `like` is any commit that GitHub has. Gives the commit at which it points.
///
/// # Errors
/// A person's decision when another holds it; what GitHub refuses.
pub fn take(client: &mut Client<'_>, holder: &Holder, like: &str) -> Result<String, Trouble> {
    let environment = &holder.environment;
    let ours = |client: &mut Client<'_>| match read(client, environment)? {
        Some(held) if held.holder.as_ref().is_some_and(|found| found.campaign == holder.campaign) => {
            Ok(Some(held.commit))
        }
        Some(held) => Err(refused(environment, held.holder.as_ref())),
        None => Ok(None),
    };
    if let Some(commit) = ours(client)? {
        return Ok(commit);
    }
    let commit = make_commit(client, holder, like, &[])?;
    client.make_reference(&reference(environment), &commit, &mut |client| ours(client))
}

/// Says in the lock that another permutation is active; `from` is the commit at which it points. Gives the new one.
///
/// # Errors
/// A person's decision when the lock is no longer ours; what GitHub refuses.
pub fn renew(client: &mut Client<'_>, holder: &Holder, from: &str) -> Result<String, Trouble> {
    let commit = make_commit(client, holder, from, &[from])?;
    let name = escaped(&format!("{FOLDER}{}", holder.environment));
    let path = client.path(&format!("git/refs/{name}"));
    // Without force it only moves from what we have seen.
    match client.change(&Request::patch(path, json!({"sha": commit, "force": false}))) {
        Ok(_) => Ok(commit),
        Err(Trouble::Missing | Trouble::Refused { status: 409 | 422, .. }) => {
            let held = read(client, &holder.environment)?;
            match held {
                Some(held) if held.commit == commit => Ok(commit),
                Some(held) => Err(lost(&holder.environment, held.holder.as_ref())),
                None => Err(lost(&holder.environment, None)),
            }
        }
        Err(trouble) => Err(trouble),
    }
}

/// Gives the lock of an environment back, when a campaign holds it; what another holds stays.
///
/// # Errors
/// What GitHub refuses.
pub fn release(client: &mut Client<'_>, environment: &str, campaign: &str) -> Result<(), Trouble> {
    let held = read(client, environment)?;
    let is_ours = held.and_then(|held| held.holder).is_some_and(|holder| holder.campaign == campaign);
    if is_ours { remove(client, environment) } else { Ok(()) }
}

/// Removes the lock of an environment, whoever holds it.
///
/// # Errors
/// What GitHub refuses.
pub fn remove(client: &mut Client<'_>, environment: &str) -> Result<(), Trouble> {
    let path = client.path(&format!("git/refs/{}", escaped(&format!("{FOLDER}{environment}"))));
    match client.change(&Request::delete(path)) {
        Ok(_) | Err(Trouble::Missing) => Ok(()),
        // So GitHub says of a reference that is gone.
        Err(Trouble::Refused { status: 422, .. }) if read(client, environment)?.is_none() => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// A commit with the files of another and the holder as its message.
fn make_commit(client: &mut Client<'_>, holder: &Holder, like: &str, parents: &[&str]) -> Result<String, Trouble> {
    let path = client.path(&format!("git/commits/{like}"));
    let Some(found) = client.find(&path)? else {
        return Err(Trouble::Person {
            message: format!("GitHub does not have the commit {like} of {}", holder.permutation),
            hint: "push the branches of the experiment first".to_owned(),
        });
    };
    let tree = text(&found, "/tree/sha");
    let body = json!({"message": holder.message(), "tree": tree, "parents": parents});
    let made = client.change(&Request::post(client.path("git/commits"), body))?;
    let commit = text(&made, "/sha");
    if commit.is_empty() { Err(Trouble::Strange("sha")) } else { Ok(commit.to_owned()) }
}

/// Who stands in the way, and how to go on.
fn refused(environment: &str, holder: Option<&Holder>) -> Trouble {
    let Some(holder) = holder else {
        return Trouble::Person {
            message: format!("{environment} is locked by {}, which names no holder", reference(environment)),
            hint: "when nobody measures there: ahuora experiment close NAME --break-lock".to_owned(),
        };
    };
    let Holder { campaign, experiment, permutation, since, host, .. } = holder;
    Trouble::Person {
        message: format!(
            "{environment} is held by the experiment {experiment} ({permutation} since {since}, from {host}, campaign \
             {campaign})"
        ),
        hint: format!(
            "wait until it is done, or resume it there with --resume; when it is dead: ahuora experiment close \
             {experiment} --break-lock"
        ),
    }
}

fn lost(environment: &str, holder: Option<&Holder>) -> Trouble {
    let by = holder.map_or("nobody".to_owned(), |holder| format!("{} from {}", holder.experiment, holder.host));
    Trouble::Person {
        message: format!("the lock of {environment} was broken, and is held by {by} now"),
        hint: "ask who broke it; then go on with --resume".to_owned(),
    }
}
