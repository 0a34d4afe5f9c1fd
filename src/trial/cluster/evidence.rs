//! What the samples of a trial say of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Gap, Part, Pod, Sample, used};
use crate::trial::verdict::{Evidence, Grade};

/// More of the samples may not be missing, in per cent.
const MOST_MISSING: usize = 10;
/// Reasons to wait that say that something is wrong, not that a pod is being made.
const WRONG: [&str; 8] = [
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
];

/// What was not to be had in a row of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What, with the node of a kubelet.
    pub what: String,
    /// Why: the first reason that was given.
    pub why: String,
    /// In how many samples.
    pub samples: usize,
}

/// What was not to be had, each thing once, in the order in which it was missed first.
#[must_use]
pub fn missing(samples: &[Sample]) -> Vec<Missing> {
    let mut found: Vec<Missing> = Vec::new();
    let mut places: BTreeMap<(Part, Option<&str>), usize> = BTreeMap::new();
    for gap in samples.iter().flat_map(|sample| &sample.gaps) {
        let place = *places.entry((gap.part, gap.node.as_deref())).or_insert(found.len());
        if place == found.len() {
            found.push(Missing { what: what(gap), why: gap.why.clone(), samples: 0 });
        }
        if let Some(one) = found.get_mut(place) {
            one.samples += 1;
        }
    }
    found
}

fn what(gap: &Gap) -> String {
    let of = gap.node.as_ref().map(|node| format!(" of {node}")).unwrap_or_default();
    format!("{}{of}", gap.part.told())
}

/// Judges a trial by its samples, which were to be taken every so many milliseconds.
#[must_use]
pub fn judge(samples: &[Sample], every: u64) -> Vec<Evidence> {
    let mut evidence = gaps(samples, every);
    evidence.extend(restarts(samples));
    evidence.extend(stuck(samples));
    evidence.extend(evicted(samples));
    evidence.extend(throttled(samples));
    evidence
}

fn gaps(samples: &[Sample], every: u64) -> Vec<Evidence> {
    let suspect = |told: String| Evidence::new(Grade::Suspect, "cluster-gaps", told);
    if samples.is_empty() {
        return vec![suspect("the cluster gave no sample".to_owned())];
    }
    // A sample that takes long delays the next one: what counts is how many the time had room for.
    let spans = samples.iter().zip(samples.iter().skip(1));
    let lost: u64 =
        spans.map(|(one, next)| ((next.at.saturating_sub(one.at) + every / 2) / every.max(1)).saturating_sub(1)).sum();
    let lost = usize::try_from(lost).unwrap_or(usize::MAX);
    let due = samples.len().saturating_add(lost);
    let mut evidence = Vec::new();
    if lost.saturating_mul(100) > due.saturating_mul(MOST_MISSING) {
        evidence.push(suspect(format!("{lost} of {due} samples of the cluster were not taken")));
    }
    for Missing { what, why, samples: count } in missing(samples) {
        let told = format!("{what}: missing in {count} of {} samples: {why}", samples.len());
        let is_much = count.saturating_mul(100) > samples.len().saturating_mul(MOST_MISSING);
        evidence.push(if is_much { suspect(told) } else { Evidence::new(Grade::Valid, "cluster-gaps", told) });
    }
    evidence
}

/// Containers that were started again; a pod that appears meanwhile begins with none.
fn restarts(samples: &[Sample]) -> Vec<Evidence> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    let mut last: BTreeMap<&str, &Pod> = BTreeMap::new();
    let mut begun = false;
    for sample in samples.iter().filter(|sample| is_read(sample, Part::Pods)) {
        for pod in &sample.pods {
            first.entry(&pod.name).or_insert(if begun { 0 } else { pod.restarts });
            last.insert(&pod.name, pod);
        }
        begun = true;
    }
    let told = last.into_iter().filter_map(|(name, pod)| {
        let before = first.get(name).copied().unwrap_or_default();
        let count = pod.restarts.checked_sub(before).filter(|&count| count > 0)?;
        let why = pod.ended.as_ref().map(|why| format!(" (last: {why})")).unwrap_or_default();
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        Some(Evidence::new(
            Grade::Suspect,
            "cluster-restarts",
            format!("containers of the pod {name} were started again {times} during the trial{why}"),
        ))
    });
    told.collect()
}

fn is_read(sample: &Sample, part: Part) -> bool {
    !sample.gaps.iter().any(|gap| gap.part == part)
}

/// Pods that found no node or could not be started. One that is being started is no more than told: that is what an
/// autoscaler does.
fn stuck(samples: &[Sample]) -> Vec<Evidence> {
    let mut stuck: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut starting: BTreeSet<&str> = BTreeSet::new();
    for pod in samples.iter().flat_map(|sample| &sample.pods) {
        let wrong = pod.waiting.as_deref().filter(|why| WRONG.contains(why));
        let nowhere = pod.unscheduled.as_deref().filter(|_| pod.phase == "Pending");
        if let Some(why) = wrong.or(nowhere) {
            let entry = stuck.entry(&pod.name).or_insert((0, why));
            entry.0 += 1;
        } else if pod.phase == "Pending" {
            starting.insert(&pod.name);
        }
    }
    let count = samples.len();
    let mut evidence: Vec<Evidence> = stuck
        .into_iter()
        .map(|(name, (times, why))| {
            let told = format!("the pod {name} could not run in {times} of {count} samples: {why}");
            Evidence::new(Grade::Suspect, "cluster-pending", told)
        })
        .collect();
    if !starting.is_empty() {
        let names: Vec<&str> = starting.into_iter().collect();
        let told = format!("pods were started during the trial: {}", names.join(", "));
        evidence.push(Evidence::new(Grade::Valid, "cluster-pending", told));
    }
    evidence
}

/// Pods that were taken from their node during the trial, not those that had been before.
fn evicted(samples: &[Sample]) -> Vec<Evidence> {
    let is_evicted = |pod: &&Pod| pod.phase == "Failed" || pod.reason.as_deref() == Some("Evicted");
    let mut read = samples.iter().filter(|sample| is_read(sample, Part::Pods));
    let before: BTreeSet<&str> =
        read.next().iter().flat_map(|sample| &sample.pods).filter(is_evicted).map(|pod| pod.name.as_str()).collect();
    let pods = read.flat_map(|sample| &sample.pods).filter(is_evicted);
    let new: BTreeMap<&str, &Pod> =
        pods.map(|pod| (pod.name.as_str(), pod)).filter(|(name, _)| !before.contains(name)).collect();
    let told = |(name, pod): (&str, &Pod)| {
        let why = pod.reason.as_deref().unwrap_or("it failed");
        Evidence::new(Grade::Suspect, "cluster-evicted", format!("the pod {name} ended during the trial: {why}"))
    };
    new.into_iter().map(told).collect()
}

/// Containers that were stopped at their limit of CPU: told, for that may be what is measured.
fn throttled(samples: &[Sample]) -> Vec<Evidence> {
    let mut told: Vec<(f64, String)> = Vec::new();
    for one in used(samples) {
        if let Some(share) = one.throttled.filter(|share| *share > 0.0) {
            told.push((share, format!("{}/{} in {:.0} % of its periods", one.pod, one.container, 100.0 * share)));
        }
    }
    told.sort_by(|one, other| other.0.total_cmp(&one.0));
    if told.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = told.into_iter().map(|(_, told)| told).collect();
    let told = format!("stopped at their limit of CPU: {}", names.join("; "));
    vec![Evidence::new(Grade::Valid, "cluster-throttled", told)]
}
