//! Runs of the load test: started once, found again by the name that they were given, and watched.

use serde_json::{Value, json};

use super::client::{Client, text};
use super::date;
use super::policy::Kind;
use super::trouble::Trouble;
use super::wire::{Request, escaped};
use crate::experiment::campaign::{Campaign, Run};

/// The workflow that makes a run.
pub const WORKFLOW: &str = "load-test.yml";
/// How much earlier than it was sent a run may seem to have been made, in seconds: clocks of servers differ.
const SLACK: u64 = 120;

/// What became of sending a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is this one.
    Run(u64),
    /// GitHub took it and did not say which it is.
    Accepted,
    /// Nobody knows.
    Unknown,
}

/// What is seen of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing new.
    Same,
    /// It is on its way: the status.
    Going(String),
    /// It is over: the conclusion.
    Over(String),
    /// It is not there.
    Missing,
}

/// Starts a run, once.
///
/// # Errors
/// What GitHub refuses.
pub fn send(client: &mut Client<'_>, campaign: &Campaign, run: &Run, id: &str) -> Result<Sent, Trouble> {
    let sha = campaign.permutations.get(run.permutation).map_or("", |permutation| permutation.commit.as_str());
    let inputs = json!({
        "dispatch_id": id,
        "experiment": campaign.experiment,
        "sha": sha,
        "profile": run.profile,
        "endpoint": run.endpoint,
        "trial": run.trial.to_string(),
        "seed": "",
    });
    let body = json!({"ref": campaign.base, "inputs": inputs, "return_run_details": true});
    let request = Request::post(client.path(&format!("actions/workflows/{WORKFLOW}/dispatches")), body);
    match client.ask(&request, Kind::Once) {
        Ok(answer) => Ok(answer.body.get("workflow_run_id").and_then(Value::as_u64).map_or(Sent::Accepted, Sent::Run)),
        Err(Trouble::Unknown(_)) => Ok(Sent::Unknown),
        Err(Trouble::Missing) => Err(Trouble::Person {
            message: format!("{} has no workflow {WORKFLOW} that the token may start", client.repository()),
            hint: format!(
                "is .github/workflows/{WORKFLOW} on the branch {}, and does the token have actions: write?",
                campaign.base
            ),
        }),
        Err(Trouble::Refused { status, message }) => Err(Trouble::Person {
            message: format!("GitHub does not start {WORKFLOW} ({status}): {message}"),
            hint: format!("does .github/workflows/{WORKFLOW} of the branch {} fit this version?", campaign.base),
        }),
        Err(trouble) => Err(trouble),
    }
}

/// The run that carries an id, when it was made after it was sent (seconds since 1970, by the server's clock). Of two,
/// the older one counts and the other is cancelled.
///
/// # Errors
/// What GitHub refuses.
pub fn find(client: &mut Client<'_>, id: &str, sent: u64) -> Result<Option<u64>, Trouble> {
    let from = escaped(&format!(">={}", date::to_iso(sent.saturating_sub(SLACK))));
    let path = client.path(&format!("actions/workflows/{WORKFLOW}/runs?event=workflow_dispatch&created={from}"));
    let found = client.list(&path, Some("workflow_runs"))?;
    let is_it = |run: &&Value| text(run, "/display_title") == id || text(run, "/name") == id;
    let mut numbers: Vec<u64> = found.iter().filter(is_it).filter_map(|run| run.get("id")?.as_u64()).collect();
    numbers.sort_unstable();
    for double in numbers.iter().skip(1) {
        let path = client.path(&format!("actions/runs/{double}/cancel"));
        let request = Request { body: None, ..Request::post(path, Value::Null) };
        match client.change(&request) {
            Ok(_) => client.say(&format!("the run {double} is a double of {id}: it is cancelled")),
            // It is over already.
            Err(Trouble::Refused { status: 409, .. } | Trouble::Missing) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(numbers.first().copied())
}

/// What is new of a run; `etag` is the mark of what was seen last.
///
/// # Errors
/// What GitHub refuses.
pub fn look(client: &mut Client<'_>, run: u64, etag: &mut Option<String>) -> Result<Seen, Trouble> {
    let mut request = Request::get(client.path(&format!("actions/runs/{run}")));
    request.etag.clone_from(etag);
    let answer = match client.ask(&request, Kind::Read) {
        Err(Trouble::Missing) => return Ok(Seen::Missing),
        answer => answer?,
    };
    if answer.status == 304 {
        return Ok(Seen::Same);
    }
    let (status, conclusion) = (text(&answer.body, "/status").to_owned(), text(&answer.body, "/conclusion"));
    let seen = match (status.as_str(), conclusion) {
        ("completed", "") => Seen::Over("unknown".to_owned()),
        ("completed", conclusion) => Seen::Over(conclusion.to_owned()),
        _ => Seen::Going(status),
    };
    *etag = answer.etag;
    Ok(seen)
}
