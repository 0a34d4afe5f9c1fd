//! The typed mirror of what a trial needs to be trusted: `conditions` of `experiments/load/load.yaml`.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{InterfaceName, LinkRate, Microseconds, Percent, Seconds, ShortName};

/// What a trial needs to be trusted.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionsSpec {
    /// How often a trial that is not valid is made again, the first time counted.
    pub attempts: NonZeroU16,
    /// What is added on the way to the platform.
    pub latency: LatencySpec,
    /// What the generator may use, or it is the client that limits.
    pub client: ClientSpec,
    /// When the platform is calm enough for a trial to begin.
    pub settled: SettledSpec,
    /// How often the cluster is asked what it uses, during a trial: from a second to a minute.
    pub samples: Seconds,
    /// What a Prometheus-compatible endpoint is asked after a trial.
    #[serde(default)]
    pub prometheus: PrometheusSpec,
}

/// What netem does to packets that leave the generator by an interface, as `tc` adds it before a trial and removes it after.
/// It is added to what leaves, not to what comes: once a round trip, so a new TLS 1.3 connection with one request waits
/// three times.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencySpec {
    /// The interface by which packets go to the platform, such as `eth0`. A run refuses another.
    pub interface: InterfaceName,
    /// How much later a packet leaves.
    pub delay: Microseconds,
    /// The delay varies by so much, up and down, from packet to packet, so that some overtake others.
    pub jitter: Option<Microseconds>,
    /// The share of packets that are lost, in per cent.
    pub loss: Option<Percent>,
    /// Packets leave no faster than this.
    pub rate: Option<LinkRate>,
    /// Which packets it is done to.
    #[serde(default)]
    pub scope: LatencyScope,
    /// How far the rise of the median round trip, as `ping` measures it, may be from the delay; beyond that the trial
    /// is invalid. The jitter, if there is one, widens it.
    #[serde(default = "tolerance")]
    pub tolerance: Microseconds,
}

impl LatencySpec {
    /// How far the rise of the median may be from the delay, in microseconds. Of twenty round trips with a jitter that is
    /// spread evenly, the median is more than three quarters of it away from the middle in one of 2000 cases.
    #[must_use]
    pub fn allowance(&self) -> u32 {
        let jitter = self.jitter.map_or(0, |jitter| jitter.get());
        self.tolerance.get().saturating_add(jitter / 4 * 3)
    }
}

const fn tolerance() -> Microseconds {
    Microseconds::HALF_A_MILLISECOND
}

/// Which packets are delayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LatencyScope {
    /// All that leave by the interface, also those of name look-ups, time servers and whatever else the generator does.
    #[default]
    All,
    /// Only those to the platform's addresses.
    Target,
}

/// Limits of the generator, in per cent. Above those of processors and memory a trial is invalid; above the others, or
/// when packets were dropped, it is suspect.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientSpec {
    /// Of all processors together, as the mean of the time in `over`.
    #[schemars(range(min = 1, max = 100))]
    pub cpu: u8,
    /// So many of the samples, one each second, may be above `cpu`.
    #[serde(default = "one")]
    #[schemars(range(max = 100))]
    pub cpu_samples: u8,
    /// Of each processor alone, as the mean of the time in `over`.
    #[serde(default = "core")]
    #[schemars(range(min = 1, max = 100))]
    pub core: u8,
    /// How long the means are taken.
    #[serde(default = "ten_seconds")]
    pub over: Seconds,
    /// Of the memory, what is not available.
    #[schemars(range(min = 1, max = 100))]
    pub memory: u8,
    /// Of the interface's speed, in each direction, as the mean of the time in `over`.
    #[serde(default = "eighty")]
    #[schemars(range(min = 1, max = 100))]
    pub link: u8,
    /// Of the ports that connections leave from, those that wait after their end (TIME_WAIT).
    #[serde(default = "eighty")]
    #[schemars(range(min = 1, max = 100))]
    pub ports: u8,
}

const fn one() -> u8 {
    1
}

const fn core() -> u8 {
    99
}

const fn eighty() -> u8 {
    80
}

const fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}

/// When a platform is calm: every rollout has ended, every pod is ready, every autoscaler is at its fewest pods, and the
/// pods use little.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SettledSpec {
    /// It must have been calm for so long, without interruption.
    pub stable: Seconds,
    /// It is waited for so long.
    pub within: Seconds,
    /// The pods of the namespace together use less than this share of the CPU that they request, in per cent, where the
    /// cluster has metrics.
    #[serde(default = "calm_cpu")]
    pub cpu: u8,
}

const fn calm_cpu() -> u8 {
    10
}

/// What a Prometheus-compatible endpoint, such as Grafana Cloud, is asked after a trial.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrometheusSpec {
    /// Queries in PromQL by name; `{namespace}` stands for the environment's namespace, quotes included. Instead of these,
    /// without any: CPU, memory, throttling and restarts by container, CPU and memory by node, replicas, and clients that
    /// wait for PgBouncer.
    #[serde(default)]
    pub queries: BTreeMap<ShortName, String>,
}
