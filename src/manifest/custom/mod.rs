//! Custom resources: the fields that we write, typed, as their definitions name them.
//!
//! The crates that ship whole definitions need another k8s-openapi than ours; these few fields are
//! checked against the published definitions by the tests.

pub(super) mod application_set;
pub(super) mod argo_cd;
pub(super) mod cert_manager;
pub(super) mod traefik;

/// Declares a custom resource: its API version, kind and specification.
macro_rules! custom_resource {
    ($(#[$meta:meta])* $name:ident, $spec:ty, $api_version:literal) => {
        $(#[$meta])*
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(in crate::manifest) struct $name {
            api_version: std::borrow::Cow<'static, str>,
            kind: std::borrow::Cow<'static, str>,
            metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            spec: $spec,
        }

        impl $name {
            pub(in crate::manifest) fn new(metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta, spec: $spec) -> Self {
                Self { api_version: $api_version.into(), kind: stringify!($name).into(), metadata, spec }
            }
        }
    };
}

use custom_resource;
