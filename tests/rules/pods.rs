//! The Pod Security Standard *restricted*, setting by setting.

use serde_json::{Value, json};

use crate::cases::IDAES;
use crate::setup::{Found, Setup};

/// Changes of a pod, with whether the Pod Security Standard *restricted* still admits it. `pod` is
/// merged into the pod's specification, `container` into its container.
const PODS: &[(&str, &str, bool)] = &[
    ("pod", r#"{"hostNetwork": true}"#, false),
    ("pod", r#"{"hostPID": true}"#, false),
    ("pod", r#"{"hostIPC": true}"#, false),
    ("pod", r#"{"hostUsers": false}"#, true),
    ("pod", r#"{"volumes": [{"name": "writable-tmp", "hostPath": {"path": "/"}}]}"#, false),
    ("pod", r#"{"volumes": [{"name": "writable-tmp", "nfs": {"server": "a", "path": "/"}}]}"#, false),
    ("pod", r#"{"volumes": [{"name": "writable-tmp", "emptyDir": {"medium": "Memory"}}]}"#, true),
    ("pod", r#"{"securityContext": {"runAsNonRoot": null}}"#, false),
    ("pod", r#"{"securityContext": {"runAsUser": 0}}"#, false),
    ("pod", r#"{"securityContext": {"runAsUser": null}}"#, true),
    ("pod", r#"{"securityContext": {"seccompProfile": null}}"#, false),
    ("pod", r#"{"securityContext": {"seccompProfile": {"type": "Unconfined"}}}"#, false),
    ("pod", r#"{"securityContext": {"appArmorProfile": {"type": "Unconfined"}}}"#, false),
    ("pod", r#"{"securityContext": {"seLinuxOptions": {"user": "root"}}}"#, false),
    ("pod", r#"{"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}"#, false),
    ("container", r#"{"securityContext": {"runAsNonRoot": false}}"#, false),
    ("container", r#"{"securityContext": {"runAsUser": 0}}"#, false),
    ("container", r#"{"securityContext": {"seccompProfile": {"type": "Unconfined"}}}"#, false),
    ("container", r#"{"securityContext": {"allowPrivilegeEscalation": true}}"#, false),
    ("container", r#"{"securityContext": {"allowPrivilegeEscalation": null}}"#, false),
    ("container", r#"{"securityContext": {"privileged": true}}"#, false),
    ("container", r#"{"securityContext": {"procMount": "Unmasked"}}"#, false),
    ("container", r#"{"securityContext": {"capabilities": {"drop": ["NET_RAW"]}}}"#, false),
    ("container", r#"{"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}"#, false),
    ("container", r#"{"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}"#, true),
    ("container", r#"{"securityContext": {"readOnlyRootFilesystem": false}}"#, true),
    ("container", r#"{"ports": [{"name": "http", "containerPort": 8001, "hostPort": 8001}]}"#, false),
];

#[test]
fn pods_that_restricted_refuses_are_found() {
    let mut wrong = String::new();
    for (level, change, admitted) in PODS {
        let change: Value = serde_json::from_str(change).expect("the table holds JSON");
        let found = match *level {
            "pod" => Setup::platform().merge(IDAES, json!({"spec": {"template": {"spec": change.clone()}}})),
            _ => merged_into_container(&change),
        }
        .found();
        let refused = ("pod-security".to_owned(), IDAES.to_owned());
        let expected: Found = (!admitted).then_some(refused).into_iter().collect();
        if found != expected {
            wrong += &format!("{level} {change}: expected {expected:?}, found {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A merge patch replaces lists, so the fields of the one container are set one by one.
fn merged_into_container(change: &Value) -> Setup {
    let mut setup = Setup::platform();
    let mut pending = vec![("/spec/template/spec/containers/0".to_owned(), change)];
    while let Some((path, value)) = pending.pop() {
        match value {
            Value::Object(map) if path.ends_with("/containers/0") || in_context(&path) => {
                pending.extend(map.iter().map(|(key, value)| (format!("{path}/{key}"), value)));
            }
            Value::Null => setup = setup.json(IDAES, &path, None),
            value => setup = setup.json(IDAES, &path, Some(value.clone())),
        }
    }
    setup
}

fn in_context(path: &str) -> bool {
    path.ends_with("/securityContext") || path.ends_with("/capabilities")
}
