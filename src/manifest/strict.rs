//! Strict reading of a resource as its type: unknown fields and wrong types are errors.
//!
//! What builders make is right by its type; this is for resources that a patch changed.

use k8s_openapi::api;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_ignored::Path;
use serde_json::Value;

use super::custom::{application_set, argo_cd, cert_manager, traefik};
use super::value_of;

/// What the type of a resource refuses in it; empty when it fits.
#[must_use]
pub fn type_errors(value: &Value) -> Vec<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let read: fn(&Value) -> Vec<String> = match (text("apiVersion"), text("kind")) {
        ("v1", "Namespace") => read::<api::core::v1::Namespace>,
        ("v1", "Service") => read::<api::core::v1::Service>,
        ("v1", "ServiceAccount") => read::<api::core::v1::ServiceAccount>,
        ("v1", "ConfigMap") => read::<api::core::v1::ConfigMap>,
        ("v1", "PersistentVolume") => read::<api::core::v1::PersistentVolume>,
        ("apps/v1", "Deployment") => read::<api::apps::v1::Deployment>,
        ("apps/v1", "StatefulSet") => read::<api::apps::v1::StatefulSet>,
        ("autoscaling/v2", "HorizontalPodAutoscaler") => read::<api::autoscaling::v2::HorizontalPodAutoscaler>,
        ("policy/v1", "PodDisruptionBudget") => read::<api::policy::v1::PodDisruptionBudget>,
        ("networking.k8s.io/v1", "Ingress") => read::<api::networking::v1::Ingress>,
        ("networking.k8s.io/v1", "NetworkPolicy") => read::<api::networking::v1::NetworkPolicy>,
        ("scheduling.k8s.io/v1", "PriorityClass") => read::<api::scheduling::v1::PriorityClass>,
        ("storage.k8s.io/v1", "StorageClass") => read::<api::storage::v1::StorageClass>,
        ("traefik.io/v1alpha1", "Middleware") => read::<traefik::Middleware>,
        ("cert-manager.io/v1", "Issuer") => read::<cert_manager::Issuer>,
        ("cert-manager.io/v1", "Certificate") => read::<cert_manager::Certificate>,
        ("argoproj.io/v1alpha1", "AppProject") => read::<argo_cd::AppProject>,
        ("argoproj.io/v1alpha1", "Application") => read::<argo_cd::Application>,
        ("argoproj.io/v1alpha1", "ApplicationSet") => read::<application_set::ApplicationSet>,
        (version, kind) => {
            return vec![format!(
                "`{version}` `{kind}` is not a kind that is generated: a patch cannot change what a resource is"
            )];
        }
    };
    read(value)
}

fn read<T: DeserializeOwned + Serialize>(value: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unknown = |path: Path<'_>| {
        problems.push(format!("unknown field `{}`", path.to_string().replace(".?", "")));
    };
    // One closure type for all kinds: each would otherwise compile the whole of its deserializers again.
    let unknown: &mut dyn FnMut(Path<'_>) = &mut unknown;
    let mut track = serde_path_to_error::Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(value, &mut track);
    let result: Result<T, _> = serde_ignored::deserialize(deserializer, unknown);
    match result {
        Ok(object) => missing(&value_of(&object), value, "", &mut problems),
        Err(error) => problems.push(format!("`{}`: {error}", track.path())),
    }
    problems
}

/// Fields that the type filled in because they are required and were not there.
fn missing(typed: &Value, given: &Value, path: &str, problems: &mut Vec<String>) {
    match (typed, given) {
        (Value::Object(typed), Value::Object(given)) => {
            for (key, value) in typed {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match given.get(key) {
                    Some(given) => missing(value, given, &path, problems),
                    None => problems.push(format!("`{path}` is missing")),
                }
            }
        }
        (Value::Array(typed), Value::Array(given)) => {
            for (index, (value, given)) in typed.iter().zip(given).enumerate() {
                missing(value, given, &format!("{path}[{index}]"), problems);
            }
        }
        (_, Value::Null) => problems.push(format!("`{path}` is empty")),
        _ => {}
    }
}
