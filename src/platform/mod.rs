//! The resolved platform of one environment: every reference followed, every default filled in.
//!
//! A component holds all that its builder reads. Two equal components in equal scopes therefore have
//! equal manifests, and rendering after an override need not touch components that stayed equal.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::spec::{
    Architecture, CloudflaredSpec, CorsSpec, OAuth2ProxySpec, PatchSpec, PgBouncerSpec, PostgresSpec, SecretKeyRef,
    SecretSpec, ServiceSpec,
};
use crate::values::{ComponentName, Domain, EnvironmentName, HeaderName, MinorVersion, Namespace, ObjectName};

/// The platform in one environment.
#[derive(Debug, Clone)]
pub struct Platform {
    /// What all components share.
    pub scope: Arc<Scope>,
    /// The components, each with all that its builder reads.
    pub components: Vec<Arc<Component>>,
    /// Changes to single resources, applied after building.
    pub patches: Arc<Vec<PatchSpec>>,
    /// The Secrets that the cluster must hold.
    pub secrets: Arc<BTreeMap<ObjectName, SecretSpec>>,
}

/// What all components of an environment share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Name of the platform.
    pub platform: ComponentName,
    /// Name of the environment.
    pub environment: EnvironmentName,
    /// Its namespace.
    pub namespace: Namespace,
    /// Its domain.
    pub domain: Domain,
    /// Kubernetes version of the cluster.
    pub kubernetes: MinorVersion,
    /// Processor architecture of its nodes.
    pub architecture: Architecture,
    /// Its nodes that reach the internet; of the others, nothing is built.
    pub internet_nodes: Vec<ObjectName>,
    /// Namespace in which Traefik runs.
    pub gateway_namespace: Namespace,
    /// Port on which Traefik's pods listen for HTTPS.
    pub gateway_https_port: u16,
}

/// One component of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Component {
    /// The namespace itself, with its default policy.
    Namespace,
    /// Middlewares and the certificate issuer.
    Gateway(Gateway),
    /// A service of the platform.
    Service(Service),
    /// The database.
    Postgres(Postgres),
    /// The connection pool.
    PgBouncer(PgBouncer),
    /// The sign-in service.
    OAuth2Proxy(OAuth2Proxy),
    /// The tunnel.
    Cloudflared(Cloudflared),
}

/// Who calls a component and whom it calls: the arrows of the platform's graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Components that call it.
    pub callers: Vec<ComponentName>,
    /// Whether the gateway forwards requests to it.
    pub gateway: bool,
    /// Components that it calls, with the ports it calls them on.
    pub calls: Vec<(ComponentName, Vec<u16>)>,
}

/// A service with its references followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: ComponentName,
    /// What the configuration says of it.
    pub spec: Arc<ServiceSpec>,
    /// Environment variables in the order in which they are written.
    pub environment: Vec<(String, ResolvedEnv)>,
    /// Host names that it answers to, where it asks for them.
    pub permitted_hosts: Option<PermittedHosts>,
    /// How users reach it.
    pub exposure: Option<Exposure>,
    /// Its arrows.
    pub links: Links,
}

/// The host names that a service answers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermittedHosts {
    /// The variable that lists them.
    pub variable: String,
    /// The names.
    pub hosts: Vec<String>,
}

/// The value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedEnv {
    /// Known here.
    Text(String),
    /// In a Secret.
    Secret(SecretKeyRef),
}

/// A host of the gateway that leads to a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The host.
    pub host: Domain,
    /// Middlewares in the order in which a request passes them.
    pub middlewares: Vec<ComponentName>,
    /// Whether one of them shows the sign-in page, so that this host must also serve `/oauth2/`.
    pub signs_in: bool,
}

/// Traefik's middlewares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// By name.
    pub middlewares: Vec<(ComponentName, Middleware)>,
}

/// One middleware with its references followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Middleware {
    /// Asks oauth2-proxy.
    ForwardAuth {
        /// Headers that the service receives.
        response_headers: Vec<HeaderName>,
    },
    /// Removes headers of requests.
    DropHeaders {
        /// Their names.
        names: Vec<String>,
    },
    /// Shows the sign-in page.
    SignIn,
    /// Cross-origin rules.
    Cors {
        /// What the configuration says.
        spec: CorsSpec,
        /// `https://` origins of the services that may call.
        origins: Vec<String>,
        /// Hosts that use the middleware.
        hosts: Vec<String>,
    },
}

/// The database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postgres {
    /// What the configuration says of it.
    pub spec: Arc<PostgresSpec>,
    /// Its arrows.
    pub links: Links,
}

/// The connection pool with what it must know of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PgBouncer {
    /// What the configuration says of it.
    pub spec: Arc<PgBouncerSpec>,
    /// Name of the database.
    pub database: ComponentName,
    /// Secret with the database's user and password.
    pub credentials: ObjectName,
    /// Its arrows.
    pub links: Links,
}

/// The sign-in service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth2Proxy {
    /// What the configuration says of it.
    pub spec: Arc<OAuth2ProxySpec>,
    /// How users reach it.
    pub exposure: Exposure,
    /// Domain of the session cookie.
    pub cookie_domain: Domain,
    /// Its arrows.
    pub links: Links,
}

/// The tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloudflared {
    /// What the configuration says of it.
    pub spec: Arc<CloudflaredSpec>,
    /// Its arrows.
    pub links: Links,
}

impl Component {
    /// Its name: its folder under the environment, and the name of its objects.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Namespace => "namespace",
            Self::Gateway(_) => "gateway",
            Self::Service(service) => service.name.as_str(),
            Self::Postgres(_) => POSTGRES,
            Self::PgBouncer(_) => PGBOUNCER,
            Self::OAuth2Proxy(_) => OAUTH2_PROXY,
            Self::Cloudflared(_) => CLOUDFLARED,
        }
    }

    /// Where what the configuration says of it stands in memory, where that is a block of its own: components that
    /// share it differ at most in what they are linked to.
    #[must_use]
    pub fn address(&self) -> Option<usize> {
        match self {
            Self::Namespace | Self::Gateway(_) => None,
            Self::Service(service) => Some(Arc::as_ptr(&service.spec).addr()),
            Self::Postgres(postgres) => Some(Arc::as_ptr(&postgres.spec).addr()),
            Self::PgBouncer(pool) => Some(Arc::as_ptr(&pool.spec).addr()),
            Self::OAuth2Proxy(proxy) => Some(Arc::as_ptr(&proxy.spec).addr()),
            Self::Cloudflared(tunnel) => Some(Arc::as_ptr(&tunnel.spec).addr()),
        }
    }
}

/// Name of the database component.
pub const POSTGRES: &str = "postgres";
/// Name of the connection pool.
pub const PGBOUNCER: &str = "pgbouncer";
/// Name of the sign-in service.
pub const OAUTH2_PROXY: &str = "oauth2-proxy";
/// Name of the tunnel.
pub const CLOUDFLARED: &str = "cloudflared";
/// Names that no service may take.
pub const RESERVED_COMPONENTS: [&str; 6] = ["namespace", "gateway", POSTGRES, PGBOUNCER, OAUTH2_PROXY, CLOUDFLARED];

/// Port of Postgres.
pub const POSTGRES_PORT: u16 = 5432;
/// Port of PgBouncer.
pub const PGBOUNCER_PORT: u16 = 6432;
/// Port of oauth2-proxy.
pub const OAUTH2_PROXY_PORT: u16 = 4180;
