//! The Compose benchmark: services of one environment, their pool and database, on one machine.
//!
//! Images, commands and settings are those of the manifests. Host names inside the platform are short
//! (`pgbouncer`, `idaes`), so they hold in Compose as in the cluster. Credentials come from the
//! environment of `docker compose`, usually a git-ignored `.env` file.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{pgbouncer, postgres};
use crate::platform::{Component, PGBOUNCER, POSTGRES, PgBouncer, Platform, Postgres, ResolvedEnv, Service};
use crate::spec::ComposeSpec;
use crate::values::Resources;
use crate::yaml::to_text;

/// PgBouncer's configuration as a file for Compose, from the root of the repository.
pub const INI_FILE: &str = "compose/pgbouncer.ini";

/// The text of `compose.yaml` without header, and of the file it mounts.
#[must_use]
pub fn build(platform: &Platform, spec: &ComposeSpec, manifests: &str) -> (String, Option<String>) {
    let (compose, ini) = value(platform, spec, manifests);
    (to_text(&compose).expect("text keys only"), ini)
}

/// What `compose.yaml` says, and the text of the file it mounts.
#[must_use]
pub fn value(platform: &Platform, spec: &ComposeSpec, manifests: &str) -> (Value, Option<String>) {
    let mut services: BTreeMap<&str, Container> = BTreeMap::new();
    let mut ini = None;
    for component in &platform.components {
        match component.as_ref() {
            Component::Service(service) if spec.services.contains(&service.name) => {
                services.insert(service.name.as_str(), container_of_service(service, spec, platform));
            }
            Component::Postgres(database) => {
                drop(services.insert(POSTGRES, container_of_postgres(database)));
            }
            Component::PgBouncer(pool) => {
                ini = Some(pgbouncer::ini(pool));
                services.insert(PGBOUNCER, container_of_pgbouncer(pool, manifests));
            }
            _ => {}
        }
    }
    let volumes = BTreeMap::from([("postgres-data", BTreeMap::<&str, &str>::new())]);
    let compose = Compose { name: format!("{}-benchmark", platform.scope.platform), services, volumes };
    (super::value_of(&compose), ini)
}

#[derive(Serialize)]
struct Compose<'a> {
    name: String,
    services: BTreeMap<&'a str, Container>,
    volumes: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
}

#[derive(Default, Serialize)]
struct Container {
    image: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    entrypoint: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<Vec<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tmpfs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<String>,
    user: String,
    read_only: bool,
    cap_drop: Vec<String>,
    security_opt: Vec<String>,
    mem_limit: u64,
    restart: String,
    stop_grace_period: String,
}

/// What every container has, as every pod does.
fn base(image: &crate::values::ImageRef, user: u32, resources: &Resources, grace: u32) -> Container {
    Container {
        image: image.to_string(),
        user: format!("{user}:{user}"),
        read_only: true,
        cap_drop: vec!["ALL".to_owned()],
        security_opt: vec!["no-new-privileges:true".to_owned()],
        mem_limit: resources.limits.memory.bytes(),
        restart: "unless-stopped".to_owned(),
        stop_grace_period: format!("{grace}s"),
        ..Container::default()
    }
}

fn container_of_service(service: &Service, compose: &ComposeSpec, platform: &Platform) -> Container {
    let spec = &service.spec;
    let in_compose = |name: &str| {
        compose.services.iter().any(|service| service.as_str() == name)
            || platform
                .components
                .iter()
                .any(|c| matches!(c.as_ref(), Component::PgBouncer(_) | Component::Postgres(_)) && c.name() == name)
    };
    let calls = service.links.calls.iter().map(|(callee, _)| callee.to_string());
    let publish = compose.publish.get(&service.name).zip(spec.ports.values().next());
    Container {
        entrypoint: non_empty(&spec.command),
        command: non_empty(&spec.args),
        environment: environment(&service.environment),
        depends_on: calls.filter(|name| in_compose(name)).collect(),
        ports: publish.map(|(host, container)| format!("127.0.0.1:{host}:{container}")).into_iter().collect(),
        tmpfs: spec.writable.iter().map(|path| format!("{path}:mode=1777,size=67108864")).collect(),
        ..base(&spec.image, spec.user.get(), &spec.resources, spec.lifecycle.grace.get())
    }
}

fn container_of_postgres(postgres: &Postgres) -> Container {
    let spec = &postgres.spec;
    Container {
        command: Some(postgres::arguments(spec)),
        environment: environment(&postgres::environment(spec)),
        tmpfs: postgres::WRITABLE.iter().map(|path| format!("{path}:mode=1777,size=67108864")).collect(),
        volumes: vec![format!("postgres-data:{}", postgres::DATA_FOLDER)],
        ..base(&spec.image, postgres::USER, &spec.resources, spec.grace.get())
    }
}

fn container_of_pgbouncer(pool: &PgBouncer, manifests: &str) -> Container {
    let spec = &pool.spec;
    Container {
        entrypoint: Some(pgbouncer::start_command().iter().map(|part| escape(part)).collect()),
        environment: environment(&pgbouncer::environment(pool)),
        depends_on: vec![POSTGRES.to_owned()],
        tmpfs: vec![format!("{}:mode=1777,size=67108864", pgbouncer::RUN_FOLDER)],
        volumes: vec![format!("./{manifests}/{INI_FILE}:{}:ro", pgbouncer::INI_PATH)],
        ..base(&spec.image, pgbouncer::USER, &spec.resources, pgbouncer::GRACE.get())
    }
}

fn non_empty(words: &[String]) -> Option<Vec<String>> {
    (!words.is_empty()).then(|| words.iter().map(|word| escape(word)).collect())
}

fn environment(variables: &[(String, ResolvedEnv)]) -> BTreeMap<String, String> {
    let value = |value: &ResolvedEnv| match value {
        ResolvedEnv::Text(text) => escape(text),
        ResolvedEnv::Secret(reference) => {
            let name = variable_of(reference.secret.as_str(), reference.key.as_str());
            format!("${{{name}:?set {name} in .env}}")
        }
    };
    variables.iter().map(|(name, source)| (name.clone(), value(source))).collect()
}

/// The variable that stands for a key of a Secret: `postgres/password` is `POSTGRES_PASSWORD`.
fn variable_of(secret: &str, key: &str) -> String {
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }
    };
    format!("{secret}_{key}").chars().map(legal).collect()
}

/// Compose replaces `$NAME`; `$$` stands for `$`.
fn escape(text: &str) -> String {
    text.replace('$', "$$")
}
