//! Whether the platform is calm, and has been for long enough: measured, not slept through.

use super::{Part, Pod, Sample};
use crate::load::SettledSpec;

/// Looks that lie further apart, in milliseconds, say nothing of the time between them.
pub const LONGEST_BETWEEN: u64 = 30_000;

/// What one look at the platform said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When: milliseconds, by a clock that never jumps.
    pub at: u64,
    /// Why the platform was not calm; calm when there is none.
    pub reasons: Vec<String>,
}

/// What follows from all looks so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settling {
    /// It has been calm for as long as it must.
    Calm,
    /// It must be looked at again: why.
    Waiting {
        /// Every reason.
        reasons: Vec<String>,
    },
    /// It has been waited for as long as it may be: why it is not calm.
    GaveUp {
        /// Every reason.
        reasons: Vec<String>,
    },
}

/// Whether the platform has settled, by all looks at it in their order.
#[must_use]
pub fn settled(history: &[Look], spec: &SettledSpec) -> Settling {
    let (Some(first), Some(last)) = (history.first(), history.last()) else {
        return Settling::Waiting { reasons: vec!["it has not been looked at yet".to_owned()] };
    };
    let (stable, within) = (u64::from(spec.stable.get()) * 1000, u64::from(spec.within.get()) * 1000);
    let mut since = None;
    for look in history.iter().rev().take_while(|look| look.reasons.is_empty()) {
        if since.is_some_and(|later: u64| later.saturating_sub(look.at) > LONGEST_BETWEEN) {
            break;
        }
        since = Some(look.at);
    }
    let calm = since.map(|since| last.at.saturating_sub(since));
    if calm.is_some_and(|calm| calm >= stable) {
        return Settling::Calm;
    }
    let mut reasons = last.reasons.clone();
    if let Some(calm) = calm {
        reasons.push(format!("it has been calm for {} of {} s", calm / 1000, spec.stable.get()));
    }
    if last.at.saturating_sub(first.at) < within {
        return Settling::Waiting { reasons };
    }
    if let Some(look) = history.iter().rev().find(|look| !look.reasons.is_empty()).filter(|_| calm.is_some()) {
        let ago = last.at.saturating_sub(look.at) / 1000;
        reasons.extend(look.reasons.iter().map(|reason| format!("{ago} s before: {reason}")));
    }
    Settling::GaveUp { reasons }
}

/// Why the platform is not calm, by what a sample says of its pods, autoscalers and processors. Whether each rollout has
/// ended is asked elsewhere.
#[must_use]
pub fn restless(sample: &Sample, spec: &SettledSpec) -> Vec<String> {
    let needed = [Part::Pods, Part::Deployments, Part::StatefulSets, Part::Autoscalers];
    let unread = sample.gaps.iter().filter(|gap| needed.contains(&gap.part));
    let mut reasons: Vec<String> =
        unread.map(|gap| format!("{} could not be read: {}", gap.part.told(), gap.why)).collect();
    reasons.extend(sample.pods.iter().filter_map(unready));
    for one in &sample.autoscalers {
        if one.current != one.desired || one.current != one.min {
            reasons.push(format!(
                "HorizontalPodAutoscaler/{}: it counts {} pods and wants {}; at rest there are {}",
                one.name, one.current, one.desired, one.min
            ));
        }
    }
    reasons.extend(busy(sample, spec));
    reasons
}

fn unready(pod: &Pod) -> Option<String> {
    let name = &pod.name;
    match pod.phase.as_str() {
        "Succeeded" => None,
        // What was evicted stays to be seen; its workload has another in its place.
        "Failed" => None,
        "Pending" => {
            let why = pod.unscheduled.as_ref().or(pod.waiting.as_ref());
            Some(format!("pod {name} is Pending{}", why.map(|why| format!(": {why}")).unwrap_or_default()))
        }
        _ if !pod.ready => {
            let why = pod.waiting.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            Some(format!("pod {name} is not ready{why}"))
        }
        _ => None,
    }
}

/// Whether the pods use more of what they request than pods at rest do; where no metrics are, nobody knows.
fn busy(sample: &Sample, spec: &SettledSpec) -> Option<String> {
    let (mut used, mut requested) = (0.0, 0.0);
    let mut busiest = ("", 0.0);
    for pod in &sample.pods {
        let mut usage = sample.usage.iter().filter(|usage| usage.pod == pod.name).map(|usage| usage.cpu).peekable();
        let Some(request) = pod.cpu_request.filter(|_| usage.peek().is_some()) else { continue };
        let cores: f64 = usage.sum();
        (used, requested) = (used + cores, requested + request);
        if cores > busiest.1 {
            busiest = (pod.name.as_str(), cores);
        }
    }
    let share = if requested > 0.0 { 100.0 * used / requested } else { return None };
    (share >= f64::from(spec.cpu)).then(|| {
        format!(
            "the pods use {share:.0} % of the CPU that they request ({used:.2} of {requested:.2} cores), at rest it is \
             less than {} %; most of it {} ({:.2} cores)",
            spec.cpu, busiest.0, busiest.1
        )
    })
}
