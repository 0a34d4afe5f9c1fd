//! What surrounds a run: programs, images, nodes, clocks, and digests of what is run; and how two of them differ.

mod cluster;
mod differences;
mod machine;
mod throttled;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::cluster::Offset;
use super::verdict::{Evidence, Grade};

pub use cluster::{images, nodes, revision};
pub use differences::differences;
pub use machine::{chrony, cpu_model, degrees, memory, os, timedatectl};
pub use throttled::{Throttled, throttled};

/// A clock that is further from ours, in milliseconds, makes what was measured here and there hard to compare.
const MOST_OFFSET: i64 = 1000;

/// What surrounds a run. What is not known is absent, and `unknown` has its reason by the path of the field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// When it was taken: milliseconds since 1970, by our wall clock.
    pub at: u64,
    /// Version of ahuora.
    pub ahuora: String,
    /// Version of k6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k6: Option<String>,
    /// The commit that is measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The machine that makes the load.
    pub generator: Generator,
    /// The cluster that is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// Clocks.
    pub clocks: Clocks,
    /// SHA-256 of what is run, by what it is.
    #[serde(default)]
    pub digests: BTreeMap<String, String>,
    /// Why something is not known, by its path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
}

/// The machine that makes the load.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// Release of its kernel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Its architecture, as Rust names it.
    pub architecture: String,
    /// Its operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Model of its processor or board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<String>,
    /// How many processors may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cores: Option<usize>,
    /// Memory in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// What chooses the frequency of its processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governor: Option<String>,
    /// The frequency of the first one in kHz, at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<u64>,
    /// The highest frequency that it may have, in kHz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest_frequency: Option<u64>,
    /// Temperature of its processors in degrees Celsius, at that moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Whether it has held itself back: of a Raspberry Pi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<Throttled>,
}

/// The cluster that is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Context and address of its server.
    pub name: String,
    /// Version of Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What Argo CD has synced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Its nodes, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<BTreeMap<String, Node>>,
    /// Images of the namespace's running pods: each container with what it runs, mostly one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<BTreeMap<String, Vec<String>>>,
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Release of its kernel.
    pub kernel: String,
    /// Its architecture, as Kubernetes names it.
    pub architecture: String,
    /// Its operating system.
    pub os: String,
    /// Version of its kubelet.
    pub kubelet: String,
    /// Its container runtime with its version.
    pub runtime: String,
    /// What pods may use of it, by resource.
    pub allocatable: BTreeMap<String, String>,
}

/// Clocks, as far ahead of ours as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// That of the cluster's server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Offset>,
    /// That of the platform that is loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Offset>,
    /// How ours is kept right, as the service for it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

impl Fingerprint {
    /// What it says of trials.
    #[must_use]
    pub fn judge(&self) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for (whose, offset) in [("the cluster", self.clocks.cluster), ("the platform", self.clocks.target)] {
            let Some(Offset { milliseconds, uncertainty }) = offset else { continue };
            // Only what cannot be the resolution of the header is one.
            if milliseconds.saturating_abs().saturating_sub(uncertainty) > MOST_OFFSET {
                let side = if milliseconds > 0 { "ahead of" } else { "behind" };
                let seconds = milliseconds.unsigned_abs() as f64 / 1000.0;
                let told = format!(
                    "the clock of {whose} is {seconds:.1} s {side} this machine's (to {:.1} s); more than {} s are not trusted",
                    uncertainty as f64 / 1000.0,
                    MOST_OFFSET / 1000
                );
                evidence.push(Evidence::new(Grade::Suspect, "clock-offset", told));
            }
        }
        let throttled = self.generator.throttled.as_ref();
        if let Some(now) = throttled.map(|throttled| &throttled.now).filter(|now| !now.is_empty()) {
            let told = format!("the generator, a Raspberry Pi, holds itself back: {}", now.join(", "));
            evidence.push(Evidence::new(Grade::Suspect, "generator-throttled", told));
        }
        if let Some(since) = throttled.map(|throttled| &throttled.since_start).filter(|since| !since.is_empty()) {
            let told = format!("since it was started, the generator has held itself back: {}", since.join(", "));
            evidence.push(Evidence::new(Grade::Valid, "generator-throttled", told));
        }
        evidence
    }
}

/// SHA-256 of bytes, in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
