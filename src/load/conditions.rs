//! The typed mirror of what a trial needs to be trusted: `conditions` of `experiments/load/load.yaml`.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{Milliseconds, Seconds, ShortName};

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

/// Latency on the generator's interface, by netem.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencySpec {
    /// Name of the interface, such as `eth0`.
    pub interface: String,
    /// Added to every packet that leaves.
    pub delay: Milliseconds,
}

/// Limits of the generator, in per cent.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientSpec {
    /// Over all processors, as the mean of ten seconds.
    pub cpu: u8,
    /// Of the memory.
    pub memory: u8,
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
