//! `cert-manager.io/v1`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

super::custom_resource!(
    /// Something that signs certificates.
    Issuer, IssuerSpec, "cert-manager.io/v1"
);
super::custom_resource!(
    /// A certificate to be kept in a Secret.
    Certificate, CertificateSpec, "cert-manager.io/v1"
);

/// How an issuer signs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct IssuerSpec {
    pub(in crate::manifest) self_signed: SelfSigned,
}

/// Every certificate signs itself.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct SelfSigned {}

/// What a certificate is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::manifest) struct CertificateSpec {
    pub(in crate::manifest) dns_names: Vec<String>,
    pub(in crate::manifest) issuer_ref: IssuerReference,
    pub(in crate::manifest) secret_name: String,
}

/// The issuer of a certificate.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::manifest) struct IssuerReference {
    pub(in crate::manifest) group: Cow<'static, str>,
    pub(in crate::manifest) kind: Cow<'static, str>,
    pub(in crate::manifest) name: Cow<'static, str>,
}
