//! The same load from several generators: a `TestRun` of the k6-operator, and the ConfigMap with its script.
//!
//! The operator starts k6 once for each generator, each with its segment of the whole (`--execution-segment` and the
//! same `--execution-segment-sequence` for all). k6 deals iterations and virtual users out among the segments of a
//! sequence one by one, so that the generators together make exactly what one would have made.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Plan, ScriptError, script};
use crate::values::{FlowsheetId, Target};
use crate::yaml::{WriteError, append};

/// The image of the generators, as the k6-operator 1.5 has it for its own.
const IMAGE: &str = "grafana/k6:2.0.0@sha256:a33a0cfdc4d2483d6b7a3a22e726a499ff2831a671a49239104cd34a9937523c";
/// The user that the images run as.
const USER: i64 = 12345;
/// Key of the script in the ConfigMap.
const SCRIPT: &str = "script.js";
/// What the operator appends to the name: the longest of it is a Job's, whose pods carry it as a label.
const LONGEST_SUFFIX: usize = "-initializer".len();
/// Longest label value.
const MAX_LABEL: usize = 63;

/// What is loaded, by how many.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'t> {
    /// Generators, each on a node of its own.
    pub generators: NonZeroU16,
    /// The platform.
    pub target: &'t Target,
    /// The trial's flowsheet, where the request has one.
    pub flowsheet: Option<&'t FlowsheetId>,
}

/// Why there is no `TestRun`.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Generators do not know of each other.
    #[error(
        "`{name}` ends when more than {limit} virtual users are busy, and each of several generators knows only its own: \
         it would end alone, at another rate, while the others go on"
    )]
    Limit {
        /// The plan's name.
        name: String,
        /// The limit.
        limit: u16,
    },
    /// More generators than virtual users.
    #[error("`{name}` has {preallocated} virtual users, too few for {generators} generators: each needs one")]
    Generators {
        /// The plan's name.
        name: String,
        /// The virtual users that are made beforehand.
        preallocated: u32,
        /// How many generators were asked for.
        generators: u16,
    },
    /// The operator appends to it.
    #[error("`{name}` is too long by {excess} characters for the names that the k6-operator makes of it")]
    Name {
        /// The plan's name.
        name: String,
        /// By how much.
        excess: usize,
    },
    /// The request has a flowsheet.
    #[error("`{0}` asks for a flowsheet, and none is named")]
    Flowsheet(
        /// The plan's name.
        String,
    ),
    /// The script cannot be written.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The resources cannot be written.
    #[error(transparent)]
    Yaml(#[from] WriteError),
}

/// The part of one generator, as k6's options have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// From where to where: `1/3:2/3`.
    pub segment: String,
    /// Where all of them meet: `0,1/3,2/3,1`.
    pub sequence: String,
}

/// The segments that the k6-operator gives to so many generators.
#[must_use]
pub fn segments(generators: NonZeroU16) -> Vec<Segment> {
    let all = generators.get();
    let bound = |index: u16| match index {
        0 => "0".to_owned(),
        index if index == all => "1".to_owned(),
        index => format!("{index}/{all}"),
    };
    let sequence = (0..=all).map(bound).collect::<Vec<_>>().join(",");
    let one = |index| Segment { segment: format!("{}:{}", bound(index), bound(index + 1)), sequence: sequence.clone() };
    (0..all).map(one).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestRun {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: TestRunSpec,
}

#[derive(Serialize)]
struct Metadata {
    name: String,
    labels: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct TestRunSpec {
    parallelism: u16,
    /// Each generator on a node of its own: two on one would be one.
    separate: bool,
    script: Script,
    initializer: Pod,
    runner: Pod,
    starter: Pod,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Script {
    config_map: ConfigMapKey,
}

#[derive(Serialize)]
struct ConfigMapKey {
    name: String,
    file: &'static str,
}

/// The operator's words for a pod with one container.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'static str>,
    /// A text in the operator's definition.
    automount_service_account_token: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env: Vec<Variable>,
    security_context: PodSecurity,
    container_security_context: ContainerSecurity,
    resources: Resources,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<Volume>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volume_mounts: Vec<Mount>,
}

#[derive(Clone, Serialize)]
struct Variable {
    name: &'static str,
    value: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSecurity {
    run_as_non_root: bool,
    run_as_user: i64,
    run_as_group: i64,
    seccomp_profile: Seccomp,
}

#[derive(Clone, Serialize)]
struct Seccomp {
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerSecurity {
    allow_privilege_escalation: bool,
    read_only_root_filesystem: bool,
    capabilities: Capabilities,
}

#[derive(Clone, Serialize)]
struct Capabilities {
    drop: [&'static str; 1],
}

#[derive(Clone, Serialize)]
struct Resources {
    requests: BTreeMap<&'static str, &'static str>,
    limits: BTreeMap<&'static str, &'static str>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    name: &'static str,
    empty_dir: EmptyDir,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct EmptyDir {
    size_limit: &'static str,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Mount {
    name: &'static str,
    mount_path: &'static str,
}

/// The ConfigMap and the `TestRun` of a plan, as YAML; their pods fit the Pod Security Standard *restricted*.
///
/// # Errors
/// When the plan cannot be divided, or its name is too long for the operator.
pub fn test_run(plan: &Plan<'_>, trial: &Trial<'_>) -> Result<String, Refused> {
    let name = plan.name();
    refuse(plan, trial, &name)?;
    let labels = BTreeMap::from([
        ("app.kubernetes.io/managed-by", "ahuora".to_owned()),
        ("app.kubernetes.io/name", "load".to_owned()),
    ]);
    let config_map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": Metadata { name: name.clone(), labels: labels.clone() },
        "data": { SCRIPT: script(plan)? },
    });
    let generator = generator(trial);
    let run = TestRun {
        api_version: "k6.io/v1alpha1",
        kind: "TestRun",
        metadata: Metadata { name: name.clone(), labels },
        spec: TestRunSpec {
            parallelism: trial.generators.get(),
            separate: true,
            script: Script { config_map: ConfigMapKey { name, file: SCRIPT } },
            initializer: generator.clone(),
            runner: generator,
            starter: pod("50m", "32Mi", "64Mi"),
        },
    };
    let run = serde_json::to_value(run).unwrap_or(Value::Null);
    let mut text = String::new();
    append(&mut text, &config_map)?;
    text.push_str("---\n");
    append(&mut text, &run)?;
    Ok(text)
}

fn refuse(plan: &Plan<'_>, trial: &Trial<'_>, name: &str) -> Result<(), Refused> {
    let name = name.to_owned();
    let generators = trial.generators.get();
    if let Some(limit) = plan.most_virtual_users.filter(|_| generators > 1) {
        return Err(Refused::Limit { name, limit });
    }
    if u32::from(generators) > plan.pool.preallocated {
        return Err(Refused::Generators { name, preallocated: plan.pool.preallocated, generators });
    }
    if let Some(excess) = (name.len() + LONGEST_SUFFIX).checked_sub(MAX_LABEL).filter(|excess| *excess > 0) {
        return Err(Refused::Name { name, excess });
    }
    if plan.needs_flowsheet() && trial.flowsheet.is_none() {
        return Err(Refused::Flowsheet(name));
    }
    Ok(())
}

/// A pod that makes load, or looks at the script beforehand.
fn generator(trial: &Trial<'_>) -> Pod {
    let variable = |name, value: &str| Variable { name, value: value.to_owned() };
    let mut env = vec![variable("AHUORA_TARGET", trial.target.as_str())];
    env.extend(trial.flowsheet.map(|id| variable("AHUORA_FLOWSHEET", id.as_str())));
    env.push(variable("AHUORA_SUMMARY", "stdout"));
    env.push(variable("K6_NO_USAGE_REPORT", "true"));
    Pod {
        image: Some(IMAGE),
        env,
        volumes: vec![Volume { name: "tmp", empty_dir: EmptyDir { size_limit: "64Mi" } }],
        volume_mounts: vec![Mount { name: "tmp", mount_path: "/tmp" }],
        ..pod("500m", "256Mi", "1Gi")
    }
}

/// A pod without rights, with what it asks for and the most memory that it gets.
fn pod(cpu: &'static str, memory: &'static str, most_memory: &'static str) -> Pod {
    Pod {
        image: None,
        automount_service_account_token: "false",
        env: Vec::new(),
        security_context: PodSecurity {
            run_as_non_root: true,
            run_as_user: USER,
            run_as_group: USER,
            seccomp_profile: Seccomp { kind: "RuntimeDefault" },
        },
        container_security_context: ContainerSecurity {
            allow_privilege_escalation: false,
            read_only_root_filesystem: true,
            capabilities: Capabilities { drop: ["ALL"] },
        },
        resources: Resources {
            requests: BTreeMap::from([("cpu", cpu), ("memory", memory)]),
            limits: BTreeMap::from([("memory", most_memory)]),
        },
        volumes: Vec::new(),
        volume_mounts: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::load::Load;
    use crate::yaml::read_documents;

    const LOAD: &str = include_str!("../../experiments/load/load.yaml");

    fn made(endpoint: &str, profile: &str, generators: u16, flowsheet: Option<&str>) -> Result<String, Refused> {
        let load = Load::read(LOAD).expect("valid load");
        let plan = Plan::of(&load.spec, endpoint, profile, NonZeroU32::MIN).expect("a plan");
        let target = Target::new("https://ahuora.org.nz").expect("a target");
        let flowsheet = flowsheet.map(|id| FlowsheetId::new(id).expect("an id"));
        let generators = NonZeroU16::new(generators).expect("some");
        test_run(&plan, &Trial { generators, target: &target, flowsheet: flowsheet.as_ref() })
    }

    #[test]
    fn a_config_map_with_the_script_and_a_test_run_that_names_it() {
        let text = made("uor", "spike", 3, Some("7")).expect("a TestRun");
        let [config_map, run] = &read_documents(&text).expect("YAML")[..] else { panic!("two documents: {text}") };
        let load = Load::read(LOAD).expect("valid load");
        let plan = Plan::of(&load.spec, "uor", "spike", NonZeroU32::MIN).expect("a plan");
        assert_eq!(config_map["data"][SCRIPT], script(&plan).expect("a script"));
        assert_eq!(run["spec"]["script"]["configMap"]["name"], config_map["metadata"]["name"]);
        assert_eq!(run["spec"]["parallelism"], 3);
        assert_eq!(run["spec"]["runner"], run["spec"]["initializer"]);
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        assert!(matches!(made("uor", "breakpoint", 2, Some("7")), Err(Refused::Limit { limit: 100, .. })));
        assert!(made("uor", "breakpoint", 1, Some("7")).is_ok());
        assert!(matches!(made("fs", "average", 21, Some("7")), Err(Refused::Generators { preallocated: 20, .. })));
        assert!(made("fs", "average", 20, Some("7")).is_ok());
        assert!(matches!(made("fs", "average", 2, None), Err(Refused::Flowsheet(_))));
    }

    #[test]
    fn a_name_that_the_operator_makes_too_long_is_refused() {
        let endpoint = "e".repeat(40);
        let text = LOAD.replace("  uor:\n", &format!("  {endpoint}:\n")).replace("uor:", &format!("{endpoint}:"));
        let load = Load::read(&text).expect("valid load");
        let target = Target::new("https://ahuora.org.nz").expect("a target");
        let flowsheet = FlowsheetId::new("7").expect("an id");
        let trial = Trial { generators: NonZeroU16::MIN, target: &target, flowsheet: Some(&flowsheet) };
        // 40 + 1 + 10 characters fit, and 12 behind them; one more does not.
        let fits = Plan::of(&load.spec, &endpoint, "breakpoint", NonZeroU32::MIN).expect("a plan");
        assert!(test_run(&fits, &trial).is_ok());
        let longer = text.replace("  breakpoint:", "  breakpoints:");
        let longer = Load::read(&longer).expect("valid load");
        let plan = Plan::of(&longer.spec, &endpoint, "breakpoints", NonZeroU32::MIN).expect("a plan");
        assert!(matches!(test_run(&plan, &trial), Err(Refused::Name { excess: 1, .. })));
    }

    proptest! {
        #[test]
        fn segments_are_equal_and_leave_nothing_out(generators in 1..500_u16) {
            let all = segments(NonZeroU16::new(generators).expect("some"));
            let bounds: Vec<&str> = all[0].sequence.split(',').collect();
            prop_assert_eq!(bounds.len(), usize::from(generators) + 1);
            prop_assert_eq!((bounds[0], bounds[bounds.len() - 1]), ("0", "1"));
            for (index, bound) in bounds.iter().enumerate().filter(|(index, _)| (1..usize::from(generators)).contains(index)) {
                prop_assert_eq!(*bound, format!("{index}/{generators}"));
            }
            for (segment, ends) in all.iter().zip(bounds.windows(2)) {
                prop_assert_eq!(&segment.segment, &ends.join(":"));
                prop_assert_eq!(&segment.sequence, &all[0].sequence);
            }
        }
    }
}
