//! From valid platforms to resources. Builders never fail: what could fail was checked before.
//!
//! One file a component; each turns its resolved component into resources and reads nothing else but the
//! scope it is given.

mod argo_cd;
mod cloudflared;
pub mod compose;
mod custom;
mod gateway;
mod meta;
mod monitoring;
mod namespace;
mod network_policy;
mod oauth2_proxy;
mod pgbouncer;
mod pod;
mod postgres;
mod service;
mod strict;
mod workload;

use serde::Serialize;
use serde_json::Value;

use crate::config::Configuration;
use crate::platform::{Component, Scope};
use crate::tree::Document;

pub use argo_cd::application_name;
pub use strict::type_errors;

/// Folder of what belongs to no environment.
pub const CLUSTER: &str = "cluster";

/// The resources of one component.
#[must_use]
pub fn component(scope: &Scope, component: &Component) -> Vec<Document> {
    let resources = match component {
        Component::Namespace => namespace::build(scope),
        Component::Gateway(gateway) => gateway::build(scope, gateway),
        Component::Service(service) => service::build(scope, service),
        Component::Postgres(postgres) => postgres::build(scope, postgres),
        Component::PgBouncer(pool) => pgbouncer::build(scope, pool),
        Component::OAuth2Proxy(proxy) => oauth2_proxy::build(scope, proxy),
        Component::Cloudflared(tunnel) => cloudflared::build(scope, tunnel),
    };
    resources.into_iter().map(|value| Document::new(scope.environment.as_str(), component.name(), value)).collect()
}

/// The builder of a component: its file in this folder, without the ending.
#[must_use]
pub const fn builder(component: &Component) -> &'static str {
    match component {
        Component::Namespace => "namespace",
        Component::Gateway(_) => "gateway",
        Component::Service(_) => "service",
        Component::Postgres(_) => "postgres",
        Component::PgBouncer(_) => "pgbouncer",
        Component::OAuth2Proxy(_) => "oauth2_proxy",
        Component::Cloudflared(_) => "cloudflared",
    }
}

/// What belongs to no environment: Argo CD's objects and monitoring. `out` is the folder that Argo CD syncs.
#[must_use]
pub fn cluster(configuration: &Configuration, out: &str) -> Vec<Document> {
    let mut documents: Vec<Document> =
        argo_cd::build(configuration, out).into_iter().map(|value| Document::new(CLUSTER, "argo-cd", value)).collect();
    if let Some(monitoring) = &configuration.operations.monitoring {
        let value = monitoring::build(&configuration.operations, monitoring);
        documents.push(Document::new(CLUSTER, "monitoring", value));
    }
    documents
}

/// A typed object as a JSON value.
fn value_of<T: Serialize>(object: &T) -> Value {
    serde_json::to_value(object).expect("Kubernetes types have text keys only")
}
