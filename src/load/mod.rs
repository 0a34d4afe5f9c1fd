//! Load as configuration: endpoints, and profiles of arrival rates, as `experiments/load/load.yaml` has them.

mod stages;

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroU32};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{self, Problem};
use crate::values::{Seconds, ShortName};

pub use stages::{Stage, ideal_iterations, seconds, stages};

/// Where endpoints and profiles stand, from the root of the repository.
pub const FILE: &str = "experiments/load/load.yaml";

/// Endpoints and profiles, as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// The typed mirror of the file.
    pub spec: LoadSpec,
    source: Value,
}

impl Load {
    /// Reads endpoints and profiles.
    ///
    /// # Errors
    /// Every problem of the text, each with its place and a sentence.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let (spec, root) = config::file(text)?;
        Ok(Self { spec, source: root.to_json() })
    }

    /// What the file says of some endpoints and profiles, comments and layout apart.
    #[must_use]
    pub fn said_of(&self, endpoints: &[ShortName], profiles: &[ShortName]) -> Value {
        let some = |key: &str, names: &[ShortName]| -> Value {
            let one = |name: &ShortName| Some((name.to_string(), self.source.get(key)?.get(name.as_str())?.clone()));
            Value::Object(names.iter().filter_map(one).collect())
        };
        json!({
            "gracefulStop": self.source.get("gracefulStop"),
            "endpoints": some("endpoints", endpoints),
            "profiles": some("profiles", profiles),
        })
    }
}

/// JSON Schema of the file, as pretty JSON with a final newline.
#[must_use]
pub fn json_schema() -> String {
    config::pretty_schema::<LoadSpec>()
}

/// `experiments/load/load.yaml`: what is asked of the platform, and how often.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Endpoints and load profiles of ahuora's experiments")]
pub struct LoadSpec {
    /// How long k6 waits at the end for requests that are under way.
    pub graceful_stop: Seconds,
    /// How long it takes from a new commit to a platform that is live and calm: an estimate, for plans alone.
    pub settling: Seconds,
    /// What is asked, by name.
    pub endpoints: BTreeMap<ShortName, EndpointSpec>,
    /// How often, by name.
    pub profiles: BTreeMap<ShortName, ProfileSpec>,
}

/// One request that is repeated.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointSpec {
    /// What it is, in a few words.
    pub description: String,
    /// Its method.
    pub method: Method,
    /// Path and query; `{flowsheet}` stands for the id of the trial's flowsheet.
    pub path: String,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Asks for something.
    Get,
    /// Sends something.
    Post,
}

/// How the arrival rate goes over time.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileSpec {
    /// What it is for, in a few words.
    pub description: String,
    /// How long the load lasts, without the graceful stop.
    pub duration: Seconds,
    /// The course of the rate.
    pub shape: Shape,
    /// The highest rate, in requests a second, by endpoint.
    pub rates: BTreeMap<ShortName, NonZeroU32>,
    /// Trials, where an experiment's own number does not hold for it.
    pub trials: Option<NonZeroU16>,
    /// The trial ends when more virtual users than this are needed to hold the rate.
    pub most_virtual_users: Option<NonZeroU16>,
}

/// The course of an arrival rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Shape {
    /// The rate is held, after a ramp up and before a ramp down of 5 % of the duration each.
    Flat,
    /// The rate is reached after half of the duration, and left in the other half.
    Spike,
    /// The rate rises all the time.
    Ramp,
}
