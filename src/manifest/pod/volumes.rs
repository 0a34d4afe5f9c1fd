//! What is mounted into a pod: its files, Secrets, and folders to write to.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, EmptyDirVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use sha2::{Digest as _, Sha256};

use super::{Mount, Pod, file_key};
use crate::spec::SecretKeyRef;
use crate::values::MAX_LABEL;

/// Decimal of octal 0440: a Secret's file is readable for the pod's group alone.
const SECRET_FILE_MODE: i32 = 0o440;
/// Most bytes that a writable folder may take.
const WRITABLE_LIMIT: &str = "64Mi";

/// The name of a mount's volume follows from what it is, not from its position: a further mount renames none.
fn volume_name(mount: &Mount<'_>) -> String {
    match mount {
        Mount::File { .. } => "files".to_owned(),
        Mount::Secret { reference, .. } => slug("secret", &format!("/{}/{}", reference.secret, reference.key)),
        Mount::Writable { path } => slug("writable", path),
        Mount::Claim { name, .. } => (*name).to_owned(),
    }
}

/// A DNS label from a path; where the path does not survive as it is, its digest keeps two of them apart.
fn slug(prefix: &str, path: &str) -> String {
    let faithful = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '/';
    let label: String =
        path.trim_end_matches('/').chars().map(|c| if c == '/' || !faithful(c) { '-' } else { c }).collect();
    if path.chars().all(faithful) && prefix.len() + label.len() <= MAX_LABEL {
        return format!("{prefix}{label}");
    }
    let digest: String = Sha256::digest(path).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let room = MAX_LABEL - prefix.len() - 1 - digest.len();
    let cut: String = label.to_ascii_lowercase().chars().take(room).collect();
    format!("{prefix}{}-{digest}", cut.trim_end_matches('-'))
}

/// Where each mount appears in the container.
pub(super) fn mounts(pod: &Pod<'_>) -> Option<Vec<VolumeMount>> {
    let mounts = pod.mounts.iter().map(|mount| {
        let (path, sub_path, read_only) = match mount {
            Mount::File { path, .. } => (path, Some(file_key(path)), true),
            Mount::Secret { folder, .. } => (folder, None, true),
            Mount::Writable { path } | Mount::Claim { path, .. } => (path, None, false),
        };
        VolumeMount {
            name: volume_name(mount),
            mount_path: path.clone(),
            sub_path,
            read_only: read_only.then_some(true),
            ..VolumeMount::default()
        }
    });
    let mounts: Vec<VolumeMount> = mounts.collect();
    (!mounts.is_empty()).then_some(mounts)
}

/// The volumes behind the mounts; a claim's volume is the StatefulSet's own.
pub(super) fn volumes(pod: &Pod<'_>) -> Option<Vec<Volume>> {
    let mut volumes: Vec<Volume> = Vec::new();
    for mount in &pod.mounts {
        let name = volume_name(mount);
        if volumes.iter().any(|volume| volume.name == name) {
            continue;
        }
        let volume = Volume { name, ..Volume::default() };
        volumes.push(match mount {
            Mount::File { .. } => Volume {
                config_map: Some(ConfigMapVolumeSource {
                    name: pod.owner.component.to_owned(),
                    ..ConfigMapVolumeSource::default()
                }),
                ..volume
            },
            Mount::Secret { reference, .. } => Volume { secret: Some(secret_volume(reference)), ..volume },
            Mount::Writable { .. } => Volume {
                empty_dir: Some(EmptyDirVolumeSource {
                    size_limit: Some(Quantity(WRITABLE_LIMIT.to_owned())),
                    ..EmptyDirVolumeSource::default()
                }),
                ..volume
            },
            Mount::Claim { .. } => continue,
        });
    }
    (!volumes.is_empty()).then_some(volumes)
}

fn secret_volume(reference: &SecretKeyRef) -> SecretVolumeSource {
    SecretVolumeSource {
        secret_name: Some(reference.secret.to_string()),
        items: Some(vec![KeyToPath {
            key: reference.key.to_string(),
            path: reference.key.to_string(),
            ..KeyToPath::default()
        }]),
        default_mode: Some(SECRET_FILE_MODE),
        ..SecretVolumeSource::default()
    }
}
