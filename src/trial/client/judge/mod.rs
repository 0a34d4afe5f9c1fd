//! What the samples say of a trial: whether it was the generator that limited.

use super::{Sample, Ticks};
use crate::load::ClientSpec;
use crate::trial::verdict::{Evidence, Grade};

/// A time between two moments of the clock that never jumps, in milliseconds: the part of a trial that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its beginning.
    pub from: u64,
    /// Its end.
    pub until: u64,
}

/// A sample is taken each second; one that is two seconds late says that the generator had no time for it.
const GAP: u64 = 3000;
/// Samples that are closer say little of the time between them: processors count hundredths of a second.
const SHORTEST: u64 = 500;
/// A mean over a time is also taken of samples that are so much too close.
const SLACK: u64 = 500;
/// How much the two clocks may differ over one sample, before the wall clock has jumped.
const JUMP: u64 = 500;

/// What was measured against a limit.
struct Limit {
    rule: &'static str,
    grade: Grade,
    what: &'static str,
    most: u8,
}

/// Something that was highest at one moment.
#[derive(Clone, Copy)]
struct Peak {
    percent: f64,
    /// Milliseconds of the steady clock at which it began.
    at: u64,
}

/// Every rule over the samples of a window, or over all: each limit that was passed, and one line that sums up.
#[must_use]
pub fn judge(samples: &[Sample], spec: &ClientSpec, window: Option<Window>) -> Vec<Evidence> {
    let in_window = |sample: &&Sample| window.is_none_or(|w| (w.from..=w.until).contains(&sample.elapsed));
    let samples: Vec<&Sample> = samples.iter().filter(in_window).collect();
    let (Some(first), true) = (samples.first(), samples.len() > 1) else {
        let told = format!("the generator was not watched: {} samples", samples.len());
        return vec![Evidence::new(Grade::Suspect, "client-watched", told)];
    };
    let seen = Seen::of(&samples, u64::from(spec.over.get()) * 1000);
    let mut evidence = gaps(&samples, window);
    evidence.extend(seen.limits(spec, window.map_or(first.elapsed, |window| window.from)));
    evidence.extend(often(&samples, spec));
    evidence.extend(dropped(&samples));
    evidence.extend(jumped(&samples));
    evidence.push(Evidence::new(Grade::Valid, "client", seen.told(samples.len(), spec)));
    evidence
}

/// The highest of everything.
struct Seen {
    cpu: Option<Peak>,
    core: Option<Peak>,
    memory: Option<Peak>,
    link: Option<Peak>,
    ports: Option<Peak>,
}

impl Seen {
    fn of(samples: &[&Sample], over: u64) -> Self {
        let now = |share: &dyn Fn(&Sample) -> Option<(u64, u64)>| {
            highest(samples.iter().filter_map(|one| {
                let (part, whole) = share(one)?;
                Some(Peak { percent: percent(part, whole)?, at: one.elapsed })
            }))
        };
        Self {
            cpu: mean(samples, over, |first, last| share(first.cpu?, last.cpu?)),
            core: mean(samples, over, |first, last| {
                let both = first.cores.iter().filter_map(|(core, ticks)| share(*ticks, *last.cores.get(core)?));
                both.max_by(f64::total_cmp)
            }),
            memory: now(&|one| one.memory.map(|memory| (memory.total.saturating_sub(memory.available), memory.total))),
            link: mean(samples, over, busy_link),
            ports: now(&|one| one.sockets.ports.map(|ports| (one.sockets.time_wait, ports))),
        }
    }

    fn limits(&self, spec: &ClientSpec, start: u64) -> Vec<Evidence> {
        let limit = |rule, grade, what, most| Limit { rule, grade, what, most };
        let all = [
            (self.cpu, limit("client-cpu", Grade::Invalid, "all processors together", spec.cpu)),
            (self.memory, limit("client-memory", Grade::Invalid, "the memory", spec.memory)),
            (self.link, limit("client-link", Grade::Suspect, "the interface", spec.link)),
            (self.ports, limit("client-ports", Grade::Suspect, "the ports for connections", spec.ports)),
        ];
        let passed = |(peak, limit): (Option<Peak>, Limit)| {
            let peak = peak.filter(|peak| peak.percent > f64::from(limit.most))?;
            Some(told(&limit, peak, start, "more than"))
        };
        let mut evidence: Vec<Evidence> = all.into_iter().filter_map(passed).collect();
        // A processor that is never idle is at its limit, not above it.
        let core = self.core.filter(|peak| peak.percent >= f64::from(spec.core));
        let limit = limit("client-core", Grade::Suspect, "one processor", spec.core);
        evidence.extend(core.map(|peak| told(&limit, peak, start, "not less than")));
        evidence
    }

    fn told(&self, samples: usize, spec: &ClientSpec) -> String {
        let number =
            |peak: Option<Peak>| peak.map_or_else(|| "unknown".to_owned(), |peak| format!("{:.1} %", peak.percent));
        format!(
            "of the generator were busy at most {} of the processors and {} of one of them (means of {}), {} of the memory, {} of \
             the link, {} of the ports; {samples} samples",
            number(self.cpu),
            number(self.core),
            spec.over,
            number(self.memory),
            number(self.link),
            number(self.ports),
        )
    }
}

fn told(limit: &Limit, peak: Peak, start: u64, than: &str) -> Evidence {
    let second = peak.at.saturating_sub(start) / 1000;
    let sentence = format!(
        "{:.1} % of {} of the generator were busy from second {second} on, {than} {} %: it may be what limited",
        peak.percent, limit.what, limit.most
    );
    Evidence::new(limit.grade, limit.rule, sentence)
}

/// The highest mean over a time; over all samples, where they are of a shorter one.
fn mean(samples: &[&Sample], over: u64, of: impl Fn(&Sample, &Sample) -> Option<f64>) -> Option<Peak> {
    let peak = |first: &Sample, last: &Sample| Some(Peak { percent: of(first, last)?, at: first.elapsed });
    let (first, last) = (samples.first()?, samples.last()?);
    let long = over.saturating_sub(SLACK);
    if last.elapsed.saturating_sub(first.elapsed) < long {
        return peak(first, last);
    }
    let mut end = 0;
    let mut means = Vec::new();
    for (index, first) in samples.iter().enumerate() {
        end = end.max(index + 1);
        while samples.get(end).is_some_and(|last| last.elapsed.saturating_sub(first.elapsed) < long) {
            end += 1;
        }
        let Some(last) = samples.get(end) else { break };
        means.extend(peak(first, last));
    }
    highest(means)
}

/// The highest, and of several the first.
fn highest(peaks: impl IntoIterator<Item = Peak>) -> Option<Peak> {
    peaks.into_iter().reduce(|highest, other| if other.percent > highest.percent { other } else { highest })
}

/// How busy a processor was between two moments; none where its counters went back, as when it was off.
fn share(first: Ticks, last: Ticks) -> Option<f64> {
    let total = last.total.checked_sub(first.total)?;
    percent(last.busy.saturating_sub(first.busy).min(total), total)
}

/// How busy the link was, in the direction that was busier.
fn busy_link(first: &Sample, last: &Sample) -> Option<f64> {
    let (before, after) = (first.link.as_ref()?, last.link.as_ref()?);
    let bytes = |before: u64, after: u64| after.checked_sub(before);
    let busier = bytes(before.received, after.received)?.max(bytes(before.sent, after.sent)?);
    // A megabit a second is 125 bytes a millisecond.
    let room = after.mbit?.checked_mul(125)?.checked_mul(last.elapsed.checked_sub(first.elapsed)?)?;
    percent(busier, room)
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "a share is rounded anyway")]
    (whole > 0).then(|| part as f64 / whole as f64 * 100.0)
}

/// Whether the processors were above their limit in too many samples, also where no mean is.
fn often(samples: &[&Sample], spec: &ClientSpec) -> Option<Evidence> {
    let long = pairs(samples).filter(|(first, last)| last.elapsed.saturating_sub(first.elapsed) >= SHORTEST);
    let shares: Vec<f64> = long.filter_map(|(first, last)| share(first.cpu?, last.cpu?)).collect();
    let above = shares.iter().filter(|share| **share > f64::from(spec.cpu)).count();
    if above * 100 <= usize::from(spec.cpu_samples) * shares.len() {
        return None;
    }
    let told = format!(
        "in {above} of {} samples more than {} % of all processors of the generator were busy; {} % of the samples may be: it \
         may be what limited",
        shares.len(),
        spec.cpu,
        spec.cpu_samples
    );
    Some(Evidence::new(Grade::Invalid, "client-cpu-samples", told))
}

fn pairs<'s>(samples: &'s [&'s Sample]) -> impl Iterator<Item = (&'s Sample, &'s Sample)> {
    samples.windows(2).filter_map(|pair| match pair {
        [first, last] => Some((*first, *last)),
        _ => None,
    })
}

/// Times that nobody watched, also at the ends of the window.
fn gaps(samples: &[&Sample], window: Option<Window>) -> Vec<Evidence> {
    let mut times: Vec<u64> = samples.iter().map(|sample| sample.elapsed).collect();
    if let Some(window) = window {
        times.insert(0, window.from);
        times.push(window.until);
    }
    let gaps = times.windows(2).filter_map(|pair| match pair {
        [first, last] => last.checked_sub(*first).filter(|gap| *gap > GAP),
        _ => None,
    });
    let gaps: Vec<u64> = gaps.collect();
    let Some(longest) = gaps.iter().max() else { return Vec::new() };
    let told = format!(
        "the generator was not watched all the time: {} gaps, the longest of {:.1} s; it may have had no time for it",
        gaps.len(),
        core::time::Duration::from_millis(*longest).as_secs_f64()
    );
    vec![Evidence::new(Grade::Suspect, "client-watched", told)]
}

/// What was dropped on the machine between samples. A counter that went back began anew, and says nothing.
fn dropped(samples: &[&Sample]) -> Option<Evidence> {
    let sum = |of: fn(&Sample) -> u64| {
        pairs(samples).fold(0_u64, |sum, (first, last)| sum.saturating_add(of(last).saturating_sub(of(first))))
    };
    let all = [
        ("packets (softnet)", sum(|one| one.drops.softnet)),
        ("datagrams (UDP)", sum(|one| one.drops.udp)),
        ("segments or connections (TCP)", sum(|one| one.drops.tcp)),
    ];
    let some: Vec<String> =
        all.into_iter().filter(|(_, number)| *number > 0).map(|(what, number)| format!("{number} {what}")).collect();
    (!some.is_empty()).then(|| {
        let told = format!("the generator dropped {}", some.join(", "));
        Evidence::new(Grade::Suspect, "client-drops", told)
    })
}

/// Whether the wall clock jumped, by which the results are told apart.
fn jumped(samples: &[&Sample]) -> Option<Evidence> {
    let jumps = pairs(samples).filter_map(|(first, last)| {
        let steady = i128::from(last.elapsed) - i128::from(first.elapsed);
        let jump = i128::from(last.at) - i128::from(first.at) - steady;
        (jump.unsigned_abs() > u128::from(JUMP)).then_some(jump)
    });
    let worst = jumps.max_by_key(|jump| jump.unsigned_abs())?;
    let told =
        format!("the generator's clock was set by {worst} ms during the trial: times before and after do not fit");
    Some(Evidence::new(Grade::Suspect, "client-clock", told))
}

/// Rules that say that the generator was hot.
const HOT: [&str; 7] =
    ["client-cpu", "client-cpu-samples", "client-memory", "client-core", "client-link", "client-ports", "client-drops"];

/// What it means that all virtual users that there may be were used: nothing, where they were not.
#[must_use]
pub fn limited(most_used: u64, most: u64, client: &[Evidence]) -> Option<Evidence> {
    if most_used < most {
        return None;
    }
    let hot = client.iter().filter(|one| one.grade > Grade::Valid && HOT.contains(&one.rule.as_str()));
    let watched = client.iter().any(|one| one.rule == "client");
    Some(match (hot.map(|one| one.grade).max(), watched) {
        (Some(grade), _) => {
            let told = format!("all {most} virtual users were used while the generator was at its own limits");
            Evidence::new(grade, "client-limited", told)
        }
        (None, true) => {
            let told = format!("all {most} virtual users were used while the generator had room: the platform limits");
            Evidence::new(Grade::Valid, "system-limited", told)
        }
        (None, false) => {
            let told = format!("all {most} virtual users were used, and nobody watched whether the generator had room");
            Evidence::new(Grade::Suspect, "limit-unknown", told)
        }
    })
}

#[cfg(test)]
mod tests;
