//! `traefik.io/v1alpha1`.

use std::collections::BTreeMap;

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
    /// Headers of requests that are changed, and CORS.
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

/// Headers of requests that are changed, and CORS.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::manifest) struct Headers {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::manifest) access_control_allow_credentials: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) access_control_allow_headers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) access_control_allow_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) access_control_allow_origin_list: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::manifest) access_control_max_age: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::manifest) add_vary_header: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::manifest) allowed_hosts: Vec<String>,
    /// An empty text removes the header.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::manifest) custom_request_headers: BTreeMap<String, String>,
}
