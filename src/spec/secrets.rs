//! Secrets by name and key. There is no place for a value.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{DataKey, Namespace, ObjectName};

/// A Secret that somebody creates in the cluster before the platform starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// What it is for and where its values come from.
    pub description: String,
    /// The keys it must have.
    pub keys: BTreeSet<DataKey>,
    /// Its namespace, when that is not the environment's.
    pub namespace: Option<Namespace>,
    /// Its type, when that is not `Opaque`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A key of a Secret, written `secret/key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretKeyRef {
    /// The Secret.
    pub secret: ObjectName,
    /// The key in it.
    pub key: DataKey,
}

impl TryFrom<String> for SecretKeyRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (secret, key) = text.split_once('/').ok_or_else(|| format!("`{text}` is not `secret/key`"))?;
        Ok(Self { secret: ObjectName::new(secret)?, key: DataKey::new(key)? })
    }
}

crate::values::text_schema!(SecretKeyRef, "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?/[-._a-zA-Z0-9]+$");
