//! Components with builders of their own: database, pool, sign-in, tunnel.

use schemars::JsonSchema;
use serde::Deserialize;

use super::secrets::SecretKeyRef;
use crate::values::{AbsolutePath, ComponentName, Domain, HttpsUrl, ImageRef, Memory, ObjectName, Resources, Seconds};

/// Postgres: a StatefulSet with one pod, its storage tied to one node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PostgresSpec {
    /// Container image with its exact version.
    pub image: ImageRef,
    /// Name of the database.
    pub database: ComponentName,
    /// Secret with the keys `username` and `password`.
    pub credentials: ObjectName,
    /// Most connections at a time (`max_connections`).
    pub max_connections: u16,
    /// Connections kept for administration (`superuser_reserved_connections` and psql).
    #[serde(default = "reserved_connections")]
    pub reserved_connections: u16,
    /// The disk.
    pub storage: StorageSpec,
    /// CPU and memory of the pod.
    pub resources: Resources,
    /// Time for a clean shutdown.
    #[serde(default = "two_minutes")]
    pub grace: Seconds,
}

const fn reserved_connections() -> u16 {
    5
}

const fn two_minutes() -> Seconds {
    Seconds::from_secs(120)
}

/// A folder on one node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StorageSpec {
    /// Size of the volume.
    pub size: Memory,
    /// The node that holds the data.
    pub node: ObjectName,
    /// Folder on the node; it must exist there.
    pub path: AbsolutePath,
}

/// PgBouncer: many client connections over few server connections.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PgBouncerSpec {
    /// Container image with its exact version.
    pub image: ImageRef,
    /// How many pods; each has its own pool.
    pub replicas: std::num::NonZeroU16,
    /// When a server connection is given back to the pool.
    pub pool_mode: PoolMode,
    /// Server connections of one pod.
    pub pool_size: std::num::NonZeroU16,
    /// Server connections that one pod may add when clients wait.
    #[serde(default)]
    pub reserve_pool_size: u16,
    /// Client connections of one pod; more are refused, fewer wait for a server connection.
    pub max_clients: std::num::NonZeroU16,
    /// Longest time that a client waits for a server connection.
    #[serde(default = "two_minutes")]
    pub query_wait: Seconds,
    /// Components that call it.
    pub callers: Vec<ComponentName>,
    /// CPU and memory of one pod.
    pub resources: Resources,
}

/// When PgBouncer gives a server connection back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PoolMode {
    /// When the client disconnects.
    Session,
    /// When the transaction ends.
    Transaction,
    /// After every statement.
    Statement,
}

impl PoolMode {
    /// PgBouncer's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
            Self::Statement => "statement",
        }
    }
}

/// oauth2-proxy: signs users in and answers for Traefik whether a request is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OAuth2ProxySpec {
    /// Container image with its exact version.
    pub image: ImageRef,
    /// Who knows the users.
    pub provider: Provider,
    /// Secret with the keys `client-id`, `client-secret` and `cookie-secret`.
    pub credentials: ObjectName,
    /// The permitted e-mail addresses.
    pub emails: EmailsSpec,
    /// The host of the sign-in service: a label before the environment's domain, or a whole host name.
    pub host: String,
    /// Domain of the session cookie; it must cover every protected host. Default: the environment's domain.
    pub cookie_domain: Option<Domain>,
    /// How long a session lasts.
    #[serde(default = "a_week")]
    pub session: Seconds,
    /// How many pods.
    pub replicas: std::num::NonZeroU16,
    /// CPU and memory of one pod.
    pub resources: Resources,
}

const fn a_week() -> Seconds {
    Seconds::from_secs(7 * 86_400)
}

/// An identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Provider {
    /// Google accounts.
    Google,
    /// Any OpenID Connect provider, by the URL of its issuer.
    Oidc(HttpsUrl),
}

/// Where the permitted e-mail addresses stand.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EmailsSpec {
    /// In a Secret, one address a line; they stay out of git.
    Secret(SecretKeyRef),
    /// Here; everyone who reads the repository reads them.
    List(Vec<String>),
}

/// cloudflared: the tunnel through which users reach the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloudflaredSpec {
    /// Container image with its exact version.
    pub image: ImageRef,
    /// Name or id of the tunnel.
    pub tunnel: ComponentName,
    /// Key of a Secret with the tunnel's credentials file.
    pub credentials: SecretKeyRef,
    /// How many pods; each keeps its own connections to Cloudflare.
    pub replicas: std::num::NonZeroU16,
    /// CPU and memory of one pod.
    pub resources: Resources,
}
