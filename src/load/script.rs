//! The k6 script of a plan: a template, and values that enter it as JSON alone.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value as Shown};
use serde::Serialize;
use serde_json::Value;

use super::Plan;
use crate::values::FLOWSHEET;

const TEMPLATE: &str = include_str!("script.js.jinja");

/// A script that could not be written: a mistake of the template, and of no file of the user.
#[derive(Debug, thiserror::Error)]
#[error("the template of the k6 script does not fit its values: {0}")]
pub struct ScriptError(#[from] Error);

/// What the template is given.
#[derive(Serialize)]
struct Options<'p> {
    name: String,
    endpoint: &'p str,
    profile: &'p str,
    description: &'p str,
    ideal_iterations: u64,
    method: &'static str,
    path: &'p str,
    /// JSON as text, which the script parses: as a literal of JavaScript `__proto__` would not be a key.
    headers: String,
    body: Option<String>,
    needs_flowsheet: bool,
    place: &'static str,
    time_unit: &'static str,
    preallocated: u32,
    most: u32,
    stages: Vec<StageOptions>,
    thresholds: Vec<ThresholdOptions>,
    graceful_stop: String,
    timeout: String,
}

#[derive(Serialize)]
struct StageOptions {
    duration: String,
    target: u32,
}

#[derive(Serialize)]
struct ThresholdOptions {
    metric: &'static str,
    condition: String,
}

impl<'p> Options<'p> {
    fn of(plan: &'p Plan<'_>) -> Self {
        let seconds = |milliseconds: u64| match milliseconds % 1000 {
            0 => format!("{}s", milliseconds / 1000),
            _ => format!("{milliseconds}ms"),
        };
        let stages = plan.course.stages.iter();
        let headers = plan.request.headers.iter();
        let headers: serde_json::Map<String, Value> =
            headers.map(|(name, value)| (name.to_string(), value.as_str().into())).collect();
        Self {
            name: plan.name(),
            endpoint: plan.endpoint.as_str(),
            profile: plan.profile.as_str(),
            description: plan.description,
            ideal_iterations: plan.course.ideal_iterations(),
            method: plan.request.method.as_str(),
            path: plan.request.path.as_str(),
            headers: Value::Object(headers).to_string(),
            body: plan.request.body.as_ref().map(Value::to_string),
            needs_flowsheet: plan.needs_flowsheet(),
            place: FLOWSHEET,
            time_unit: plan.course.unit.k6(),
            preallocated: plan.pool.preallocated,
            most: plan.pool.most,
            stages: stages
                .map(|stage| StageOptions { duration: seconds(stage.milliseconds), target: stage.target })
                .collect(),
            thresholds: plan
                .thresholds()
                .into_iter()
                .map(|(metric, condition)| ThresholdOptions { metric, condition })
                .collect(),
            graceful_stop: format!("{}s", plan.graceful_stop.get()),
            timeout: format!("{}s", plan.request.timeout.get()),
        }
    }
}

/// The k6 script of a plan.
///
/// # Errors
/// When the template does not fit its values, which a test of every plan excludes.
pub fn script(plan: &Plan<'_>) -> Result<String, ScriptError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // Whatever stands between the braces of the template is written here, as JSON.
    environment.set_formatter(|out, _, value: &Shown| out.write_str(&literal(value)?).map_err(Error::from));
    Ok(environment.render_str(TEMPLATE, Serde(Options::of(plan)))? + "\n")
}

/// A value as JSON that is JavaScript too, on one line: two characters end lines for old engines, and those of comments.
fn literal(value: &Shown) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "a value is missing"));
    }
    let json = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, "a value is no JSON").with_source(error))?;
    Ok(json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::load::{Load, Plan};

    const LOAD: &str = include_str!("../../experiments/load/load.yaml");

    fn lines(load: &Load, endpoint: &str, profile: &str) -> Vec<String> {
        let plan = Plan::of(&load.spec, endpoint, profile, NonZeroU32::MIN).expect("a plan");
        script(&plan).expect("a script").lines().map(str::to_owned).collect()
    }

    /// What a line `const NAME = VALUE;` says, as JSON.
    fn constant(lines: &[String], name: &str) -> Value {
        let line = lines.iter().find_map(|line| line.strip_prefix(&format!("const {name} = ")));
        let text = line.expect("the constant").strip_suffix(';').expect("one line");
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn every_plan_has_a_script_with_the_base_options() {
        let load = Load::read(LOAD).expect("valid load");
        let plans = Plan::all(&load.spec, NonZeroU32::MIN);
        for plan in &plans {
            let text = script(plan).expect("a script");
            for option in [
                "insecureSkipTLSVerify: true,",
                "noConnectionReuse: true,",
                "discardResponseBodies: true,",
                "maxRedirects: 0,",
                "executor: 'ramping-arrival-rate',",
                "gracefulStop: \"30s\",",
                "timeout: \"60s\"",
                "http.expectedStatuses({ min: 200, max: 299 })",
            ] {
                assert!(text.contains(option), "{}: {option}", plan.name());
            }
            assert_eq!(text.matches("abortOnFail").count(), plan.thresholds().len(), "{}", plan.name());
            assert!(text.ends_with("}\n") && !text.contains("{{") && !text.contains("{%"), "{}", plan.name());
        }
        assert_eq!(plans.len(), 10);
    }

    #[test]
    fn a_body_is_parsed_and_not_read_as_javascript() {
        let load = Load::read(&LOAD.replace("flowsheet_id:", "__proto__:")).expect("valid load");
        let body = constant(&lines(&load, "fs", "spike"), "BODY");
        assert_eq!(body, Value::String("{\"__proto__\":\"{flowsheet}\"}".to_owned()));
    }

    proptest! {
        #[test]
        fn no_text_of_the_file_breaks_out_of_its_place(
            description in any::<String>(), path in "/[!-\"$-z~\u{80}-\u{2ff}]{0,40}", hard in "[\"'`\\\\$*/<>{}%\u{2028}\u{2029}\n\r]{0,12}",
        ) {
            let mut load = Load::read(LOAD).expect("valid load");
            let before = lines(&load, "uor", "average");
            let description = description + &hard;
            let profile = load.spec.profiles.get_mut("average").expect("a profile");
            profile.description.clone_from(&description);
            let endpoint = load.spec.endpoints.get_mut("uor").expect("an endpoint");
            let Ok(legal) = crate::values::RequestPath::new(path.clone()) else { return Ok(()) };
            endpoint.path = legal;
            let after = lines(&load, "uor", "average");
            prop_assert_eq!(constant(&after, "DESCRIPTION"), Value::String(description));
            prop_assert_eq!(constant(&after, "PATH"), Value::String(path));
            let text = after.join("\n");
            let ends_a_line = text.contains(['\u{2028}', '\u{2029}', '\r']);
            prop_assert!(!ends_a_line);
            let others = |lines: &[String]| -> Vec<String> {
                let changed = ["const DESCRIPTION = ", "const PATH = ", "const NEEDS_FLOWSHEET = "];
                lines.iter().filter(|line| !changed.iter().any(|start| line.starts_with(start))).cloned().collect()
            };
            prop_assert_eq!(others(&before), others(&after));
        }
    }
}
