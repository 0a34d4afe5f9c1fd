//! PgBouncer: many client connections over few server connections.

use serde_json::Value;

use super::meta::Owner;
use super::network_policy::Arrows;
use super::pod::{Mount, Pod, Probes};
use super::postgres::credential;
use super::workload::{self, Workload};
use crate::platform::{PGBOUNCER, PGBOUNCER_PORT, POSTGRES, POSTGRES_PORT, PgBouncer, ResolvedEnv, Scope};
use crate::spec::{ProbeAction, ProbeSpec};
use crate::values::{PortName, Scaling, Seconds};

/// Where the configuration is mounted.
pub(super) const INI_PATH: &str = "/etc/pgbouncer/pgbouncer.ini";
/// The folder of the user list, in memory of the pod.
pub(super) const RUN_FOLDER: &str = "/run/pgbouncer";
/// User id of `postgres` in Alpine images.
pub(super) const USER: u32 = 70;
/// Time for clients to finish.
pub(super) const GRACE: Seconds = Seconds::from_secs(60);

/// Writes the user list from the database's own Secret, so that the password has one source, and becomes
/// PgBouncer. A quote in a name or password is doubled, as the list asks for.
const START: &str = r#"umask 077
quote() { printf '%s' "$1" | sed 's/"/""/g'; }
printf '"%s" "%s"\n' "$(quote "$DATABASE_USER")" "$(quote "$DATABASE_PASSWORD")" > /run/pgbouncer/userlist.txt
exec pgbouncer /etc/pgbouncer/pgbouncer.ini
"#;

pub(super) fn build(scope: &Scope, pool: &PgBouncer) -> Vec<Value> {
    let spec = &pool.spec;
    let probe = |failures: u16| ProbeSpec {
        check: ProbeAction::Tcp(PortName::new(PGBOUNCER).expect("a legal name")),
        period: Seconds::from_secs(2),
        timeout: Seconds::from_secs(1),
        failures: failures.try_into().expect("above zero"),
    };
    let (startup, readiness, liveness) = (probe(30), probe(2), probe(10));
    let pod = Pod {
        owner: Owner { component: PGBOUNCER, role: "connection-pool" },
        image: &spec.image,
        pull_secret: None,
        command: start_command(),
        args: Vec::new(),
        ports: vec![(PGBOUNCER.to_owned(), PGBOUNCER_PORT)],
        environment: environment(pool),
        mounts: vec![
            Mount::File { path: INI_PATH.to_owned(), content: ini(pool) },
            Mount::Writable { path: RUN_FOLDER.to_owned() },
        ],
        user: USER,
        probes: Probes { startup: Some(&startup), readiness: Some(&readiness), liveness: Some(&liveness), host: None },
        // Clients learn that the pod is going before it stops taking connections.
        pre_stop: Seconds::from_secs(5),
        grace: GRACE,
        resources: &spec.resources,
        nodes: None,
    };
    let arrows = Arrows { links: &pool.links, ports: vec![PGBOUNCER_PORT], internet: Vec::new(), calls_gateway: false };
    workload::build(scope, &Workload { pod, scaling: Scaling::Replicas(spec.replicas), arrows })
}

/// The container's command.
pub(super) fn start_command() -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-ec".to_owned(), START.to_owned()]
}

/// The container's environment.
pub(super) fn environment(pool: &PgBouncer) -> Vec<(String, ResolvedEnv)> {
    vec![
        ("DATABASE_PASSWORD".to_owned(), credential(&pool.credentials, "password")),
        ("DATABASE_USER".to_owned(), credential(&pool.credentials, "username")),
    ]
}

/// `pgbouncer.ini`. Server connections never exceed `max_db_connections`, whatever the number of pools.
pub(super) fn ini(pool: &PgBouncer) -> String {
    let spec = &pool.spec;
    let database = &pool.database;
    let server_connections = spec.pool_size.get().saturating_add(spec.reserve_pool_size);
    let lines = [
        "[databases]".to_owned(),
        format!("{database} = host={POSTGRES} port={POSTGRES_PORT} dbname={database}"),
        String::new(),
        "[pgbouncer]".to_owned(),
        "listen_addr = 0.0.0.0".to_owned(),
        format!("listen_port = {PGBOUNCER_PORT}"),
        "unix_socket_dir =".to_owned(),
        "auth_type = scram-sha-256".to_owned(),
        format!("auth_file = {RUN_FOLDER}/userlist.txt"),
        format!("pool_mode = {}", spec.pool_mode.as_str()),
        format!("default_pool_size = {}", spec.pool_size),
        format!("reserve_pool_size = {}", spec.reserve_pool_size),
        format!("max_db_connections = {server_connections}"),
        format!("max_client_conn = {}", spec.max_clients),
        format!("query_wait_timeout = {}", spec.query_wait.get()),
        "max_prepared_statements = 200".to_owned(),
        "ignore_startup_parameters = extra_float_digits".to_owned(),
        "server_reset_query = DISCARD ALL".to_owned(),
    ];
    lines.join("\n") + "\n"
}
