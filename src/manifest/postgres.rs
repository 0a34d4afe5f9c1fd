//! Postgres: a StatefulSet of one pod whose data stays on one node.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{
    LocalVolumeSource, ObjectReference, PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec,
    PersistentVolumeSpec, VolumeNodeAffinity, VolumeResourceRequirements,
};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::meta::{Owner, cluster_metadata, metadata, selector, versioned_labels};
use super::network_policy::{self, Arrows};
use super::pod::{self, Mount, Pod, Probes};
use super::value_of;
use super::workload::{service, service_account};
use crate::platform::{POSTGRES, POSTGRES_PORT, Postgres, ResolvedEnv, Scope};
use crate::spec::{PostgresSpec, ProbeAction, ProbeSpec, SecretKeyRef};
use crate::values::{DataKey, ObjectName, Seconds};

/// Name of the volume claim in the pod.
const DATA: &str = "data";
/// User id of `postgres` in the official image (Debian).
pub(super) const USER: u32 = 999;
/// Folders that Postgres writes to besides its data.
pub(super) const WRITABLE: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// Where the image keeps its data: a folder below the mount, which may hold `lost+found`.
pub(super) const DATA_FOLDER: &str = "/var/lib/postgresql/data";

pub(super) fn build(scope: &Scope, postgres: &Postgres) -> Vec<Value> {
    let spec = &postgres.spec;
    let owner = Owner { component: POSTGRES, role: "database" };
    let probes =
        [probe(60, spec.database.as_str()), probe(3, spec.database.as_str()), probe(6, spec.database.as_str())];
    let [startup, readiness, liveness] = &probes;
    let pod = Pod {
        owner,
        image: &spec.image,
        pull_secret: None,
        command: Vec::new(),
        args: arguments(spec),
        ports: vec![(POSTGRES.to_owned(), POSTGRES_PORT)],
        environment: environment(spec),
        mounts: std::iter::once(Mount::Claim { path: DATA_FOLDER.to_owned(), name: DATA })
            .chain(WRITABLE.map(|path| Mount::Writable { path: path.to_owned() }))
            .collect(),
        user: USER,
        probes: Probes { startup: Some(startup), readiness: Some(readiness), liveness: Some(liveness), host: None },
        pre_stop: Seconds::from_secs(0),
        grace: spec.grace,
        resources: &spec.resources,
        nodes: Some(vec![spec.storage.node.to_string()]),
    };
    let arrows =
        Arrows { links: &postgres.links, ports: vec![POSTGRES_PORT], internet: Vec::new(), calls_gateway: false };
    vec![
        service_account(scope, owner),
        value_of(&storage_class(scope, owner)),
        value_of(&persistent_volume(scope, owner, postgres)),
        value_of(&service(scope, &pod, Some("None"))),
        value_of(&stateful_set(scope, postgres, &pod)),
        network_policy::build(scope, owner, &arrows),
    ]
}

/// The server's settings.
pub(super) fn arguments(spec: &PostgresSpec) -> Vec<String> {
    vec!["-c".to_owned(), format!("max_connections={}", spec.max_connections)]
}

/// Variables of the image: the database is made at the first start.
pub(super) fn environment(spec: &PostgresSpec) -> Vec<(String, ResolvedEnv)> {
    vec![
        ("PGDATA".to_owned(), ResolvedEnv::Text(format!("{DATA_FOLDER}/pgdata"))),
        ("POSTGRES_DB".to_owned(), ResolvedEnv::Text(spec.database.to_string())),
        (
            "POSTGRES_INITDB_ARGS".to_owned(),
            ResolvedEnv::Text("--auth-host=scram-sha-256 --auth-local=trust".to_owned()),
        ),
        ("POSTGRES_PASSWORD".to_owned(), credential(&spec.credentials, "password")),
        ("POSTGRES_USER".to_owned(), credential(&spec.credentials, "username")),
    ]
}

/// A key of the database's Secret.
pub(super) fn credential(secret: &ObjectName, key: &str) -> ResolvedEnv {
    ResolvedEnv::Secret(SecretKeyRef { secret: secret.clone(), key: DataKey::new(key).expect("a legal key") })
}

fn probe(failures: u16, database: &str) -> ProbeSpec {
    let command =
        ["pg_isready", "--quiet", "--host=127.0.0.1", &format!("--dbname={database}")].map(str::to_owned).to_vec();
    ProbeSpec {
        check: ProbeAction::Exec(command),
        period: Seconds::from_secs(5),
        timeout: Seconds::from_secs(3),
        failures: failures.try_into().expect("above zero"),
    }
}

/// Name of an environment's cluster-wide objects.
fn cluster_name(scope: &Scope) -> String {
    format!("{}-{POSTGRES}", scope.namespace)
}

fn storage_class(scope: &Scope, owner: Owner<'_>) -> StorageClass {
    StorageClass {
        metadata: cluster_metadata(scope, owner, &cluster_name(scope)),
        provisioner: "kubernetes.io/no-provisioner".to_owned(),
        reclaim_policy: Some("Retain".to_owned()),
        volume_binding_mode: Some("WaitForFirstConsumer".to_owned()),
        ..StorageClass::default()
    }
}

/// A folder on one node, promised to the one claim that may have it.
fn persistent_volume(scope: &Scope, owner: Owner<'_>, postgres: &Postgres) -> PersistentVolume {
    let storage = &postgres.spec.storage;
    let claim = ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("PersistentVolumeClaim".to_owned()),
        namespace: Some(scope.namespace.to_string()),
        name: Some(format!("{DATA}-{POSTGRES}-0")),
        ..ObjectReference::default()
    };
    PersistentVolume {
        metadata: cluster_metadata(scope, owner, &cluster_name(scope)),
        spec: Some(PersistentVolumeSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            capacity: Some(BTreeMap::from([("storage".to_owned(), Quantity(storage.size.to_string()))])),
            claim_ref: Some(claim),
            local: Some(LocalVolumeSource {
                path: format!("{}/{}", storage.path, scope.environment),
                ..LocalVolumeSource::default()
            }),
            node_affinity: Some(VolumeNodeAffinity { required: Some(pod::on_nodes(&[storage.node.to_string()])) }),
            persistent_volume_reclaim_policy: Some("Retain".to_owned()),
            storage_class_name: Some(cluster_name(scope)),
            volume_mode: Some("Filesystem".to_owned()),
            ..PersistentVolumeSpec::default()
        }),
        ..PersistentVolume::default()
    }
}

fn stateful_set(scope: &Scope, postgres: &Postgres, pod: &Pod<'_>) -> StatefulSet {
    let mut metadata = metadata(scope, pod.owner, POSTGRES);
    metadata.labels = Some(versioned_labels(scope, pod.owner, pod.image.version_label()));
    // The claim carries no labels: they could never be changed.
    let claim = PersistentVolumeClaim {
        metadata: ObjectMeta { name: Some(DATA.to_owned()), ..ObjectMeta::default() },
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            resources: Some(VolumeResourceRequirements {
                requests: Some(BTreeMap::from([(
                    "storage".to_owned(),
                    Quantity(postgres.spec.storage.size.to_string()),
                )])),
                ..VolumeResourceRequirements::default()
            }),
            storage_class_name: Some(cluster_name(scope)),
            volume_mode: Some("Filesystem".to_owned()),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    };
    StatefulSet {
        metadata,
        spec: Some(StatefulSetSpec {
            replicas: Some(1),
            revision_history_limit: Some(3),
            service_name: Some(POSTGRES.to_owned()),
            selector: selector(POSTGRES),
            template: pod::template(scope, pod, false),
            volume_claim_templates: Some(vec![claim]),
            ..StatefulSetSpec::default()
        }),
        ..StatefulSet::default()
    }
}
