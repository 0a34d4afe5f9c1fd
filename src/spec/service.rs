//! One service of the platform: django-api, frontend, idaes, and any other.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::secrets::SecretKeyRef;
use crate::values::{
    AbsolutePath, ComponentName, Domain, ImageRef, ObjectName, PortName, Resources, Scaling, Seconds, UrlPath,
    VariableName,
};

/// A stateless service: a Deployment with its Service, and what belongs to them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceSpec {
    /// Container image with its exact version.
    pub image: ImageRef,
    /// Secret with the credentials of a private image registry.
    pub pull_secret: Option<ObjectName>,
    /// Command instead of the image's entry point.
    #[serde(default)]
    pub command: Vec<String>,
    /// Arguments of the command.
    #[serde(default)]
    pub args: Vec<String>,
    /// Ports that the container listens on, by name; the Service offers the same.
    pub ports: BTreeMap<PortName, u16>,
    /// Environment variables.
    #[serde(default)]
    pub environment: BTreeMap<VariableName, EnvValue>,
    /// The variable that lists the host names the service answers to (Django's ALLOWED_HOSTS).
    pub permitted_hosts: Option<PermittedHostsSpec>,
    /// Files by absolute path with their content; they come from a ConfigMap.
    #[serde(default)]
    pub files: BTreeMap<AbsolutePath, String>,
    /// Folders that the container may write to; the rest of its file system is read-only.
    #[serde(default)]
    pub writable: Vec<AbsolutePath>,
    /// Numeric user id of the container's process; never root.
    #[serde(default = "default_user")]
    pub user: std::num::NonZeroU32,
    /// How Kubernetes learns whether a pod has started, is ready and is alive.
    #[serde(default)]
    pub probes: ProbesSpec,
    /// How a pod starts and stops.
    #[serde(default)]
    pub lifecycle: LifecycleSpec,
    /// CPU and memory of one pod.
    pub resources: Resources,
    /// How many pods.
    pub scaling: Scaling,
    /// The host under which users reach the service; without it, only `callers` do.
    pub exposure: Option<ExposureSpec>,
    /// Components that call this one; the network policy admits nobody else.
    #[serde(default)]
    pub callers: Vec<ComponentName>,
    /// Whether the service calls the internet; it then runs on a node that reaches it.
    #[serde(default)]
    pub internet: bool,
}

const fn default_user() -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(1000).expect("1000 is not zero")
}

/// The variable that lists the permitted host names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermittedHostsSpec {
    /// Name of the variable; its value is the service's hosts, separated by commas.
    pub variable: VariableName,
    /// Host names besides the exposed host and the names inside the cluster.
    #[serde(default)]
    pub extra: Vec<Domain>,
}

/// Where the value of an environment variable comes from: text, or a mapping with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// The value itself.
    Text(String),
    /// A reference.
    From(EnvSource),
}

/// A reference to something that the platform knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EnvSource {
    /// A key of a Secret, `secret/key`.
    Secret(SecretKeyRef),
    /// The host name of a component inside the cluster.
    Host(ComponentName),
    /// The port of a component.
    Port(ComponentName),
    /// The URL of a component inside the cluster.
    Url(ComponentName),
    /// The URL under which users reach a component.
    PublicUrl(ComponentName),
}

impl<'de> Deserialize<'de> for EnvValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrSource;
        impl<'de> Visitor<'de> for TextOrSource {
            type Value = EnvValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a mapping with one key")
            }
            fn visit_str<E>(self, text: &str) -> Result<EnvValue, E> {
                Ok(EnvValue::Text(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EnvValue, A::Error> {
                EnvSource::deserialize(MapAccessDeserializer::new(map)).map(EnvValue::From)
            }
        }
        deserializer.deserialize_string(TextOrSource)
    }
}

impl JsonSchema for EnvValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EnvValue".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let source = generator.subschema_for::<EnvSource>();
        schemars::json_schema!({"anyOf": [{"type": ["string", "number", "boolean"]}, source]})
    }
}

/// The three probes of Kubernetes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbesSpec {
    /// Until it succeeds once, the pod gets no traffic and no other probe runs.
    pub startup: Option<ProbeSpec>,
    /// While it fails, the pod gets no traffic.
    pub readiness: Option<ProbeSpec>,
    /// When it fails, the container is restarted.
    pub liveness: Option<ProbeSpec>,
}

/// One probe: what it asks, how often, and how long an answer may take.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbeSpec {
    /// What the probe asks.
    pub check: ProbeAction,
    /// Time from one try to the next.
    #[serde(default = "ten_seconds")]
    pub period: Seconds,
    /// Longest time that an answer may take.
    #[serde(default = "one_second")]
    pub timeout: Seconds,
    /// Failures in a row until the probe counts as failed.
    #[serde(default = "three")]
    pub failures: std::num::NonZeroU16,
}

/// What a probe asks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProbeAction {
    /// GET this path on the service's first port; a status from 200 to 399 is success.
    Http(UrlPath),
    /// Open a connection to this port.
    Tcp(PortName),
    /// Run this command in the container; exit code 0 is success.
    Exec(Vec<String>),
}

const fn ten_seconds() -> Seconds {
    Seconds::from_secs(10)
}

const fn one_second() -> Seconds {
    Seconds::from_secs(1)
}

const fn three() -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(3).expect("3 is not zero")
}

/// How a pod starts and stops.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LifecycleSpec {
    /// Time to wait before SIGTERM, while the router learns that the pod is going.
    pub pre_stop: Seconds,
    /// Longest time that requests in flight take to finish after SIGTERM.
    pub drain: Seconds,
    /// Time from the deletion of a pod to SIGKILL; more than `preStop` and `drain` together.
    pub grace: Seconds,
    /// Longest time from the start of a container to its first successful answer.
    pub slowest_start: Seconds,
}

impl Default for LifecycleSpec {
    fn default() -> Self {
        Self {
            pre_stop: Seconds::from_secs(5),
            drain: Seconds::from_secs(10),
            grace: Seconds::from_secs(30),
            slowest_start: Seconds::from_secs(10),
        }
    }
}

/// How users reach a service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExposureSpec {
    /// The host: `@` for the environment's domain itself, a label before it (`api`), or a whole host name.
    pub host: String,
    /// Middlewares of the gateway, in the order in which a request passes them.
    #[serde(default)]
    pub middlewares: Vec<ComponentName>,
}
