//! Traefik: middlewares and certificates.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{ComponentName, HeaderName, Namespace, Seconds};

/// The gateway: Traefik as K3s installs it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GatewaySpec {
    /// Namespace in which Traefik runs.
    #[serde(default = "kube_system")]
    pub namespace: Namespace,
    /// Port on which Traefik's pods listen for HTTPS (its Service offers it as 443).
    #[serde(default = "https_port")]
    pub https_port: u16,
    /// Middlewares by name; exposures name them in their order.
    #[serde(default)]
    pub middlewares: BTreeMap<ComponentName, MiddlewareSpec>,
}

fn kube_system() -> Namespace {
    Namespace::new("kube-system").expect("a valid name")
}

const fn https_port() -> u16 {
    8443
}

/// One middleware.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MiddlewareSpec {
    /// Asks oauth2-proxy whether the request is signed in; 401 when it is not.
    ForwardAuth(ForwardAuthSpec),
    /// Turns a 401 of a later middleware into the sign-in page.
    SignIn(SignInSpec),
    /// Answers CORS preflights and marks answers for the browser.
    Cors(CorsSpec),
}

/// Settings of the question to oauth2-proxy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForwardAuthSpec {
    /// Headers of oauth2-proxy's answer that the service receives.
    #[serde(default)]
    pub response_headers: Vec<HeaderName>,
}

/// Settings of the sign-in page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInSpec {}

/// Cross-origin rules.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorsSpec {
    /// Exposed services whose pages may call.
    pub origins: Vec<ComponentName>,
    /// Methods that they may use.
    pub methods: Vec<String>,
    /// Headers that they may send.
    pub headers: Vec<String>,
    /// Whether they may send cookies.
    #[serde(default)]
    pub credentials: bool,
    /// How long a browser may remember the answer.
    #[serde(default)]
    pub max_age: Seconds,
}
