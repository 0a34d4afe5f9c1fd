//! Whether a commit is what runs: Argo CD has synced it, all is healthy, and every pod is of it.
//!
//! "Synced" alone says little: a status may be of the commit before, healthy may be what is about to be replaced, and a
//! sync ends before the pods have followed. Only all of it together is taken for live.

use serde_json::Value;

use crate::tree::{at, list, text};

/// What is said of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is what runs.
    Live,
    /// It is not what runs, or not all of it yet: every reason.
    NotYet(Vec<String>),
    /// Argo CD tried to sync it and gave up: why.
    Failed(String),
}

/// Judges whether a commit is what runs.
///
/// `application` is the environment's Application, where there is one; `workloads` are the Deployments, `StatefulSets` and
/// autoscalers of its namespace. `is_same` tells whether another commit has the same manifests of the environment: Argo CD
/// syncs nothing when it comes from such a commit, so that the sync of that one counts for both.
#[must_use]
pub fn judge(
    commit: &str,
    application: Option<&Value>,
    workloads: &[Value],
    is_same: &dyn Fn(&str) -> bool,
) -> Verdict {
    let Some(application) = application else {
        return Verdict::NotYet(vec![
            "there is no such Application: is Argo CD there, and its ApplicationSet?".to_owned(),
        ]);
    };
    if let Some(why) = failure(commit, application) {
        return Verdict::Failed(why);
    }
    let mut reasons = following(commit, application);
    reasons.extend(operation(commit, application, is_same));
    reasons.extend(health(application));
    reasons.extend(conditions(application));
    reasons.extend(unfinished(workloads));
    if reasons.is_empty() { Verdict::Live } else { Verdict::NotYet(reasons) }
}

/// Why the rollouts of a namespace have not ended, of its Deployments, `StatefulSets` and autoscalers; they have when there
/// is no reason.
#[must_use]
pub fn unfinished(workloads: &[Value]) -> Vec<String> {
    let mut reasons = Vec::new();
    if !workloads.iter().any(|workload| matches!(text(workload, "/kind"), "Deployment" | "StatefulSet")) {
        reasons.push("the namespace has neither a Deployment nor a StatefulSet".to_owned());
    }
    for workload in workloads {
        let name = format!("{}/{}", text(workload, "/kind"), text(workload, "/metadata/name"));
        let found = match text(workload, "/kind") {
            "Deployment" => deployment(workload),
            "StatefulSet" => stateful_set(workload),
            "HorizontalPodAutoscaler" => autoscaler(workload),
            _ => Vec::new(),
        };
        reasons.extend(found.into_iter().map(|reason| format!("{name}: {reason}")));
    }
    reasons
}

/// The commit of the last sync, if any.
fn synced(application: &Value) -> &str {
    match text(application, "/status/operationState/syncResult/revision") {
        "" => text(application, "/status/operationState/operation/sync/revision"),
        revision => revision,
    }
}

/// Why Argo CD has given up on the commit.
fn failure(commit: &str, application: &Value) -> Option<String> {
    let state = at(application, "/status/operationState")?;
    let has_failed = matches!(text(state, "/phase"), "Failed" | "Error") && at(application, "/operation").is_none();
    let why = || match text(state, "/message") {
        "" => "it does not say why".to_owned(),
        message => message.to_owned(),
    };
    (has_failed && synced(application) == commit)
        .then(|| format!("Argo CD could not sync {}: {}", short(commit), why()))
}

/// Whether the Application follows the commit, and what Argo CD compared with the cluster is that.
fn following(commit: &str, application: &Value) -> Vec<String> {
    let mut reasons = Vec::new();
    if at(application, "/metadata/deletionTimestamp").is_some() {
        reasons.push("the Application is being deleted".to_owned());
    }
    let followed = text(application, "/spec/source/targetRevision");
    let compared = text(application, "/status/sync/comparedTo/source/targetRevision");
    if is_commit(followed) && followed != commit {
        reasons.push(format!("the Application follows {}, not {}", short(followed), short(commit)));
    }
    if compared != followed {
        let what = if compared.is_empty() { "nothing" } else { short(compared) };
        reasons.push(format!("what is told is of {what}, not yet of {}, which is followed now", short(followed)));
    }
    match (text(application, "/status/sync/status"), text(application, "/status/sync/revision")) {
        ("Synced", revision) if revision == commit => {}
        ("Synced", revision) => reasons.push(format!("synced is {}, not {}", short(revision), short(commit))),
        ("", _) => reasons.push("Argo CD has not compared anything yet".to_owned()),
        (status, revision) => reasons.push(format!("sync status of {}: {status}", short(revision))),
    }
    reasons
}

/// Whether the last sync was of the commit, has ended, and was followed by another look at the cluster.
fn operation(commit: &str, application: &Value, is_same: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut reasons = Vec::new();
    if at(application, "/operation").is_some() {
        reasons.push("a sync has been asked for and not begun".to_owned());
    }
    let Some(state) = at(application, "/status/operationState") else {
        reasons.push("there has been no sync yet".to_owned());
        return reasons;
    };
    let (phase, of) = (text(state, "/phase"), synced(application));
    if phase != "Succeeded" {
        let message = text(state, "/message");
        let colon = if message.is_empty() { "" } else { ": " };
        reasons.push(format!("the sync of {} is {phase}{colon}{message}", short(of)));
    }
    if of != commit && !is_same(of) {
        let known = "whose manifests are others, or not known here";
        reasons.push(format!("the last sync was of {}, {known}, not of {}", short(of), short(commit)));
    }
    let (ended, looked) = (text(state, "/finishedAt"), text(application, "/status/reconciledAt"));
    // Times of Kubernetes are of one zone and one form, so their order is that of their texts.
    if phase == "Succeeded" && looked < ended {
        reasons.push("Argo CD has not looked at the cluster since the sync ended".to_owned());
    }
    reasons
}

fn health(application: &Value) -> Option<String> {
    match text(application, "/status/health/status") {
        "Healthy" => None,
        "" => Some("its health is not known".to_owned()),
        health => Some(format!("its health is {health}")),
    }
}

/// What Argo CD complains of.
fn conditions(application: &Value) -> Vec<String> {
    let conditions = list(application, "/status/conditions").iter();
    let errors = conditions.filter(|condition| text(condition, "/type").ends_with("Error"));
    errors.map(|error| format!("{}: {}", text(error, "/type"), text(error, "/message"))).collect()
}

fn number(object: &Value, path: &str) -> i64 {
    at(object, path).and_then(Value::as_i64).unwrap_or_default()
}

/// What is told is of an earlier specification.
fn unobserved(workload: &Value) -> Option<String> {
    let (wanted, seen) = (number(workload, "/metadata/generation"), number(workload, "/status/observedGeneration"));
    (seen < wanted).then(|| format!("its controller has seen version {seen} of it, not yet {wanted}"))
}

/// Counts of the status that are not the wanted number of pods.
fn counted(workload: &Value, counts: &[(&str, &str)]) -> Vec<String> {
    let wanted = at(workload, "/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let counts = counts.iter().map(|(path, what)| (number(workload, path), what));
    counts
        .filter(|(count, _)| *count != wanted)
        .map(|(count, what)| format!("{count} of {wanted} pods {what}"))
        .collect()
}

fn deployment(workload: &Value) -> Vec<String> {
    let mut reasons: Vec<String> = unobserved(workload).into_iter().collect();
    if at(workload, "/spec/paused") == Some(&Value::Bool(true)) {
        reasons.push("its rollout is paused".to_owned());
    }
    let counts = [
        ("/status/replicas", "are there"),
        ("/status/updatedReplicas", "are of the new version"),
        ("/status/availableReplicas", "are available"),
    ];
    reasons.extend(counted(workload, &counts));
    match number(workload, "/status/unavailableReplicas") {
        0 => {}
        count => reasons.push(format!("{count} pods are unavailable")),
    }
    let late = list(workload, "/status/conditions")
        .iter()
        .any(|condition| text(condition, "/reason") == "ProgressDeadlineExceeded");
    if late {
        reasons.push("its rollout takes longer than it may".to_owned());
    }
    reasons
}

fn stateful_set(workload: &Value) -> Vec<String> {
    let mut reasons: Vec<String> = unobserved(workload).into_iter().collect();
    let counts = [
        ("/status/replicas", "are there"),
        ("/status/readyReplicas", "are ready"),
        ("/status/availableReplicas", "are available"),
    ];
    reasons.extend(counted(workload, &counts));
    let (current, update) = (text(workload, "/status/currentRevision"), text(workload, "/status/updateRevision"));
    if current != update {
        reasons.push(format!("its pods go from {current} to {update}"));
    }
    reasons
}

fn autoscaler(workload: &Value) -> Vec<String> {
    let least = at(workload, "/spec/minReplicas").and_then(Value::as_i64).unwrap_or(1);
    let (most, current) = (number(workload, "/spec/maxReplicas"), number(workload, "/status/currentReplicas"));
    let is_within = (least..=most).contains(&current);
    let reason = format!("it counts {current} pods, not yet between {least} and {most}");
    if is_within { Vec::new() } else { vec![reason] }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Enough of a commit for people; anything else as it is.
fn short(revision: &str) -> &str {
    match revision {
        "" => "nothing",
        revision if is_commit(revision) => revision.get(..12).unwrap_or(revision),
        revision => revision,
    }
}

#[cfg(test)]
mod tests;
