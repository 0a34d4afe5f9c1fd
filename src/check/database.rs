//! The connection pool fits the database.

use super::Finding;
use super::view::{View, containers, number};
use crate::platform::{Component, PGBOUNCER, POSTGRES};
use crate::tree::{Document, at, list};

/// Server connections of all PgBouncer pods, a rollout's extra pods included, fit `max_connections`.
pub(super) fn connections(view: &View<'_>) -> Vec<Finding> {
    let (Some(database), Some(pool), Some(settings)) =
        (view.get("StatefulSet", POSTGRES), view.get("Deployment", PGBOUNCER), view.get("ConfigMap", PGBOUNCER))
    else {
        return Vec::new();
    };
    let reserved = view.platform.components.iter().find_map(|component| match component.as_ref() {
        Component::Postgres(postgres) => Some(u64::from(postgres.spec.reserved_connections)),
        _ => None,
    });
    let (reserved, limit) = (reserved.unwrap_or(0), max_connections(database));
    // To PgBouncer, 0 means as many as it likes.
    let Some(each) = ini_number(settings, "max_db_connections").filter(|&each| each > 0) else {
        return vec![Finding::new(
            "database-connections",
            settings,
            "pgbouncer.ini does not limit `max_db_connections`".to_owned(),
        )];
    };
    let pods = number(&pool.value, "/spec/replicas").unwrap_or(1);
    // While a rollout replaces pods, a quarter more of them run (at least one).
    let most_pods = pods.saturating_add(pods.div_ceil(4));
    let needed = each.saturating_mul(most_pods).saturating_add(reserved);
    if needed <= limit {
        return Vec::new();
    }
    let message = format!(
        "each of its pods opens up to {each} connections, and during a rollout there are {most_pods} of them; with {reserved} kept for administration that is {needed}, but Postgres takes {limit}: \
         lower `pgbouncer.poolSize` or raise `postgres.maxConnections`"
    );
    vec![Finding::new("database-connections", pool, message)]
}

/// What Postgres was told at start-up; 100 is its default.
fn max_connections(database: &Document) -> u64 {
    let arguments = containers(database).iter().flat_map(|container| list(container, "/args"));
    let mut set = arguments.filter_map(|argument| argument.as_str()?.strip_prefix("max_connections=")?.parse().ok());
    set.next_back().unwrap_or(100)
}

fn ini_number(settings: &Document, key: &str) -> Option<u64> {
    let data = at(&settings.value, "/data")?.as_object()?;
    let ini = data.iter().find(|(name, _)| name.ends_with(".ini"))?.1.as_str()?;
    ini.lines()
        .filter_map(|line| line.split_once('='))
        .find(|(name, _)| name.trim() == key)
        .and_then(|(_, value)| value.trim().parse().ok())
}
