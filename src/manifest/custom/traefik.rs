//! `traefik.io/v1alpha1`.

use serde::{Deserialize, Serialize};

super::custom_resource!(
    /// A middleware.
    Middleware, MiddlewareSpec, "traefik.io/v1alpha1"
);

/// What a middleware does: one key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) enum MiddlewareSpec {
    /// Ask another service.
    ForwardAuth(ForwardAuth),
    /// Replace the answer of certain statuses.
    Errors(Errors),
    /// CORS and security headers.
    Headers(Headers),
}

/// Ask another service whether a request may pass.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct ForwardAuth {
    pub(in crate::manifest) address: String,
    pub(in crate::manifest) trust_forward_header: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) auth_response_headers: Vec<String>,
}

/// Replace the body of certain statuses by another service's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct Errors {
    pub(in crate::manifest) status: Vec<String>,
    pub(in crate::manifest) query: String,
    pub(in crate::manifest) service: ErrorsService,
}

/// The service that answers.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct ErrorsService {
    pub(in crate::manifest) name: String,
    pub(in crate::manifest) port: u16,
}

/// CORS and security headers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct Headers {
    pub(in crate::manifest) access_control_allow_credentials: bool,
    pub(in crate::manifest) access_control_allow_headers: Vec<String>,
    pub(in crate::manifest) access_control_allow_methods: Vec<String>,
    pub(in crate::manifest) access_control_allow_origin_list: Vec<String>,
    pub(in crate::manifest) access_control_max_age: u32,
    pub(in crate::manifest) add_vary_header: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) allowed_hosts: Vec<String>,
}
