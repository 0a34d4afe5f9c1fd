//! What containers used over a row of samples.

use std::collections::BTreeMap;

use super::{Counters, Sample};

/// What one container used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Used {
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
    /// Mean over all samples, in cores: by its kubelet's counters, else by the metrics API.
    pub mean_cpu: Option<f64>,
    /// The highest mean between two samples, in cores.
    pub most_cpu: Option<f64>,
    /// The largest working set, in bytes.
    pub most_memory: Option<f64>,
    /// In how many of its periods it was stopped at its limit of CPU, as a share of 1.
    pub throttled: Option<f64>,
}

/// What the metrics API told of a container: all CPU together, the most of it, how often, and the most memory.
#[derive(Default)]
struct Told {
    cpu: f64,
    most_cpu: f64,
    times: f64,
    memory: f64,
}

/// What each container used, by pod and name.
#[must_use]
pub fn used(samples: &[Sample]) -> Vec<Used> {
    let mut told: BTreeMap<(&str, &str), Told> = BTreeMap::new();
    let mut counted: BTreeMap<(&str, &str), Vec<(u64, &Counters)>> = BTreeMap::new();
    for sample in samples {
        for usage in &sample.usage {
            let one = told.entry((&usage.pod, &usage.container)).or_default();
            one.cpu += usage.cpu;
            one.times += 1.0;
            one.most_cpu = one.most_cpu.max(usage.cpu);
            one.memory = one.memory.max(usage.memory);
        }
        for counters in sample.counters.iter().filter(|counters| !counters.pod.is_empty()) {
            let at = counters.counted.unwrap_or(sample.at);
            counted.entry((&counters.pod, &counters.container)).or_default().push((at, counters));
        }
    }
    let mut keys: Vec<(&str, &str)> = told.keys().chain(counted.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    let used = keys.into_iter().map(|key| {
        let told = told.get(&key);
        let counted = counted.get(&key).map(Vec::as_slice).unwrap_or_default();
        let rates = rates(counted);
        let memory = counted.iter().filter_map(|(_, one)| one.memory).chain(told.map(|one| one.memory));
        Used {
            pod: key.0.to_owned(),
            container: key.1.to_owned(),
            mean_cpu: mean(&rates).or_else(|| told.map(|one| one.cpu / one.times)),
            most_cpu: rates.iter().map(|(_, rate)| *rate).reduce(f64::max).or_else(|| told.map(|one| one.most_cpu)),
            most_memory: memory.reduce(f64::max),
            throttled: throttled(counted),
        }
    });
    used.collect()
}

/// Seconds and cores between each two counts that differ in time; a counter that began anew says nothing.
fn rates(counted: &[(u64, &Counters)]) -> Vec<(f64, f64)> {
    let mut rates = Vec::new();
    let mut before: Option<(u64, f64)> = None;
    for (at, cpu) in counted.iter().filter_map(|(at, one)| Some((*at, one.cpu_seconds?))) {
        if let Some((then, less)) = before {
            // A kubelet counts every 10 s or so, and tells the same until then.
            if at <= then {
                continue;
            }
            let seconds = (at - then) as f64 / 1000.0;
            if cpu >= less {
                rates.push((seconds, (cpu - less) / seconds));
            }
        }
        before = Some((at, cpu));
    }
    rates
}

fn mean(rates: &[(f64, f64)]) -> Option<f64> {
    let seconds: f64 = rates.iter().map(|(seconds, _)| seconds).sum();
    let cores: f64 = rates.iter().map(|(seconds, rate)| seconds * rate).sum();
    (seconds > 0.0).then(|| cores / seconds)
}

/// The share of periods in which a container was stopped, from its first count to its last.
fn throttled(counted: &[(u64, &Counters)]) -> Option<f64> {
    let ((_, first), (_, last)) = (counted.first()?, counted.last()?);
    let more = |of: fn(&Counters) -> Option<f64>| Some(of(last)? - of(first)?);
    let (throttled, periods) = (more(|one| one.throttled_periods)?, more(|one| one.periods)?);
    // A container that began anew counts from nothing.
    (throttled >= 0.0 && periods > 0.0 && throttled <= periods).then(|| throttled / periods)
}
