//! Load as configuration: endpoints and profiles of arrival rates, as `experiments/load/load.yaml` has them; what k6 is
//! given of them, and what its end means.

mod conditions;
mod ended;
mod observed;
mod plan;
mod rate;
mod script;
mod spec;
mod stages;
mod test_run;
mod validate;
mod version;

use serde_json::{Value, json};

use crate::config::{self, Problem};
use crate::values::ShortName;

pub use conditions::{ClientSpec, ConditionsSpec, LatencyScope, LatencySpec, PrometheusSpec, SettledSpec};
pub use ended::{Ended, ended};
pub use plan::{Plan, Pool, Unknown};
pub use rate::{Rate, Unit};
pub use script::{ScriptError, script};
pub use spec::{EndpointSpec, LoadSpec, Method, PoolSpec, ProfileSpec, Shape, VirtualUsersSpec};
pub use stages::{Course, Stage, seconds};
pub use test_run::{Refused, Segment, Trial, segments, test_run};
pub use version::{NEWEST, OLDEST, Version, VersionError, version};

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
        let place = |path: &[&str]| {
            let mut node = &root;
            for key in path {
                node = node.get(key).unwrap_or(node);
            }
            node.at
        };
        let problems = validate::problems(&spec).into_iter().map(|(path, message)| Problem {
            at: Some(place(&path)),
            path: path.join("."),
            message,
        });
        let problems = config::in_order(problems.collect());
        if problems.is_empty() { Ok(Self { spec, source: root.to_json() }) } else { Err(problems) }
    }

    /// What the file says a trial needs to be trusted, comments and layout apart.
    #[must_use]
    pub fn conditions(&self) -> Value {
        self.source.get("conditions").cloned().unwrap_or_default()
    }

    /// What the file says of some endpoints and profiles, comments and layout apart: all that the load depends on.
    #[must_use]
    pub fn said_of(&self, endpoints: &[ShortName], profiles: &[ShortName]) -> Value {
        let some = |key: &str, names: &[ShortName]| -> Value {
            let one = |name: &ShortName| Some((name.to_string(), self.source.get(key)?.get(name.as_str())?.clone()));
            Value::Object(names.iter().filter_map(one).collect())
        };
        json!({
            "gracefulStop": self.source.get("gracefulStop"),
            "virtualUsers": self.source.get("virtualUsers"),
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
