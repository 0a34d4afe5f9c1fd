//! The typed mirror of `experiments/load/load.yaml`.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ConditionsSpec, Rate};
use crate::values::{HeaderName, HeaderValue, Milliseconds, RequestPath, Seconds, ShortName};

/// `experiments/load/load.yaml`: what is asked of the platform, and how often.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Endpoints and load profiles of ahuora's experiments")]
pub struct LoadSpec {
    /// How long k6 waits at the end for requests that are under way.
    pub graceful_stop: Seconds,
    /// How long it takes from a new commit to a platform that is live and calm: an estimate, for plans alone.
    pub settling: Seconds,
    /// How many virtual users k6 has, so that the arrival rate does not depend on the platform's answers.
    pub virtual_users: VirtualUsersSpec,
    /// What a trial needs to be trusted.
    pub conditions: ConditionsSpec,
    /// What is asked, by name.
    pub endpoints: BTreeMap<ShortName, EndpointSpec>,
    /// How often, by name.
    pub profiles: BTreeMap<ShortName, ProfileSpec>,
}

/// Virtual users from rates: by Little's law a rate times the time of an answer are busy at once.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VirtualUsersSpec {
    /// Made beforehand: this many times those that the highest rate keeps busy when every answer is slow
    /// (`slowAnswer`). One that is missing costs a request: k6 makes another only after it has left the request out.
    pub reserve: NonZeroU16,
    /// Made beforehand: at least so many.
    pub fewest: NonZeroU16,
    /// There may be this many times those that are made beforehand.
    pub headroom: NonZeroU16,
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
    pub path: RequestPath,
    /// Its headers.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, HeaderValue>,
    /// What is sent, as JSON; the text `{flowsheet}` stands for the id of the trial's flowsheet, which is a number where
    /// it has digits alone.
    pub body: Option<Value>,
    /// A request that takes longer has failed.
    pub timeout: Seconds,
    /// How long a slow answer takes under load: the 99th percentile that is expected.
    pub slow_answer: Milliseconds,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Asks for something.
    Get,
    /// Sends something.
    Post,
    /// Sets something.
    Put,
    /// Sets a part of something.
    Patch,
    /// Removes something.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a request with it has a body.
    #[must_use]
    pub const fn sends_a_body(self) -> bool {
        !matches!(self, Self::Get | Self::Delete)
    }
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
    /// The highest rate, by endpoint: requests a second, or in a minute (`90/m`) or an hour (`100/h`).
    pub rates: BTreeMap<ShortName, Rate>,
    /// Trials, where an experiment's own number does not hold for it.
    pub trials: Option<NonZeroU16>,
    /// The trial ends when more virtual users than this are needed to hold the rate.
    pub most_virtual_users: Option<NonZeroU16>,
    /// Virtual users, where the numbers for all profiles do not hold for it.
    pub pool: Option<PoolSpec>,
}

/// Virtual users of one profile.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PoolSpec {
    /// So many are made beforehand, whatever the rate.
    pub preallocated: Option<NonZeroU16>,
    /// So many there may be, whatever the rate.
    pub most: Option<NonZeroU16>,
    /// So many there may be at least.
    pub most_at_least: Option<NonZeroU16>,
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
