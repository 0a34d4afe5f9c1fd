//! How many pods a component has, and what each of them asks for.

use std::num::{NonZeroU8, NonZeroU16};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quantity::{Cpu, Memory};
use super::seconds::Seconds;

/// CPU and memory of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// What the scheduler sets aside.
    pub requests: Requests,
    /// What the container may not exceed.
    pub limits: Limits,
}

/// What the scheduler sets aside for a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// CPU; autoscaling measures utilisation against it.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Memory,
}

/// What a container may not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// CPU; without it a pod uses what is idle on its node.
    pub cpu: Option<Cpu>,
    /// Memory; a container that needs more is killed.
    pub memory: Memory,
}

/// The number of pods: fixed, or chosen by an autoscaler.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Scaling {
    /// Always this many.
    Replicas(NonZeroU16),
    /// As many as the load needs, within bounds.
    Autoscaler(Autoscaler),
}

impl Scaling {
    /// The fewest pods there may be.
    #[must_use]
    pub const fn fewest(&self) -> u16 {
        match self {
            Self::Replicas(replicas) => replicas.get(),
            Self::Autoscaler(autoscaler) => autoscaler.min_replicas.get(),
        }
    }

    /// The most pods there may be.
    #[must_use]
    pub const fn most(&self) -> u16 {
        match self {
            Self::Replicas(replicas) => replicas.get(),
            Self::Autoscaler(autoscaler) => autoscaler.max_replicas.get(),
        }
    }
}

/// A HorizontalPodAutoscaler.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Autoscaler {
    /// The fewest pods.
    pub min_replicas: NonZeroU16,
    /// The most pods.
    pub max_replicas: NonZeroU16,
    /// Mean CPU use of all pods to aim at, in percent of the CPU request.
    pub target_utilization: NonZeroU8,
    /// How pods are added.
    #[serde(default = "kubernetes_scale_up")]
    pub scale_up: ScalingRules,
    /// How pods are removed.
    #[serde(default = "kubernetes_scale_down")]
    pub scale_down: ScalingRules,
}

/// The pace of scaling in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScalingRules {
    /// How far back the autoscaler looks, so that it does not follow every wave; at most an hour.
    pub stabilization_window: Seconds,
    /// Which policy counts where several apply.
    #[serde(default)]
    pub select: SelectPolicy,
    /// How many pods may change in how much time.
    pub policies: Vec<ScalingPolicy>,
}

/// Which of several policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SelectPolicy {
    /// The one that allows the largest change.
    #[default]
    Max,
    /// The one that allows the smallest change.
    Min,
    /// No change in this direction.
    Disabled,
}

/// A bound on change within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalingPolicy {
    /// The bound.
    pub allow: Allowance,
    /// The period it holds for; at most half an hour.
    pub per: Seconds,
}

/// How much may change within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Allowance {
    /// This many pods.
    Pods(NonZeroU16),
    /// This share of the present pods.
    Percent(NonZeroU16),
}

/// What Kubernetes does by itself: four pods or a doubling every 15 s, whichever is more, without delay.
fn kubernetes_scale_up() -> ScalingRules {
    let per = Seconds::from_secs(15);
    let policies = vec![
        ScalingPolicy { allow: Allowance::Percent(non_zero(100)), per },
        ScalingPolicy { allow: Allowance::Pods(non_zero(4)), per },
    ];
    ScalingRules { stabilization_window: Seconds::from_secs(0), select: SelectPolicy::Max, policies }
}

/// What Kubernetes does by itself: everything unneeded, after five minutes.
fn kubernetes_scale_down() -> ScalingRules {
    let policies = vec![ScalingPolicy { allow: Allowance::Percent(non_zero(100)), per: Seconds::from_secs(15) }];
    ScalingRules { stabilization_window: Seconds::from_secs(300), select: SelectPolicy::Max, policies }
}

const fn non_zero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a number above zero")
}
