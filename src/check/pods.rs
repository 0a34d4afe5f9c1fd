//! Every pod: exact images, and the Pod Security Standard *restricted*.

use serde_json::{Value, json};

use super::Finding;
use super::view::all_containers;
use crate::tree::{Document, at, list, text};
use crate::values::ImageRef;

/// Kinds of volumes that *restricted* admits.
const VOLUMES: [&str; 8] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];
/// Kernel parameters that are a pod's own, by the standard.
const SAFE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
];
/// Types of SELinux labels that the standard admits.
const SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Images carry an exact tag.
pub(super) fn image_tag(workload: &Document) -> Vec<Finding> {
    let wrong = |container: &Value| ImageRef::new(text(container, "/image")).err();
    let finding = |why: String| Finding::new("image-tag", workload, format!("the image {why}"));
    all_containers(workload).filter_map(wrong).map(finding).collect()
}

/// The namespace enforces *restricted*: a pod that does not meet it would never be made.
pub(super) fn restricted(workload: &Document) -> Vec<Finding> {
    let pod = at(&workload.value, "/spec/template/spec").unwrap_or(&Value::Null);
    let mut wrong = pod_problems(pod);
    for container in all_containers(workload).chain(list(pod, "/ephemeralContainers")) {
        wrong.extend(container_problems(pod, container));
    }
    if wrong.is_empty() {
        return Vec::new();
    }
    let message = format!("the Pod Security Standard *restricted* refuses its pods: {}", wrong.join(", "));
    vec![Finding::new("pod-security", workload, message)]
}

fn pod_problems(pod: &Value) -> Vec<String> {
    let mut wrong: Vec<String> = Vec::new();
    let shared =
        ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| pod.get(*field) == Some(&json!(true)));
    wrong.extend(shared.map(|field| format!("`{field}` is set")));
    for volume in list(pod, "/volumes").iter().filter_map(Value::as_object) {
        let kinds = volume.keys().filter(|kind| *kind != "name" && !VOLUMES.contains(&kind.as_str()));
        wrong.extend(kinds.map(|kind| format!("a volume of kind `{kind}`")));
    }
    for name in list(pod, "/securityContext/sysctls").iter().map(|sysctl| text(sysctl, "/name")) {
        if !SAFE_SYSCTLS.contains(&name) {
            wrong.push(format!("the kernel parameter `{name}`"));
        }
    }
    wrong.extend(profile_problems(pod, "the pod"));
    wrong
}

/// Settings that pods and containers share.
fn profile_problems(holder: &Value, whose: &str) -> Vec<String> {
    let settings = holder.get("securityContext").unwrap_or(&Value::Null);
    let setting = |path: &str| at(settings, path);
    let is_text = |path: &str| setting(path).and_then(Value::as_str);
    let selinux = ["/seLinuxOptions/user", "/seLinuxOptions/role"].iter().all(|path| text(settings, path).is_empty())
        && SELINUX_TYPES.contains(&text(settings, "/seLinuxOptions/type"));
    let rules = [
        ("seLinuxOptions", selinux),
        ("appArmorProfile", is_text("/appArmorProfile/type") != Some("Unconfined")),
        ("windowsOptions", setting("/windowsOptions/hostProcess") != Some(&json!(true))),
        ("runAsUser", setting("/runAsUser") != Some(&json!(0))),
        ("runAsNonRoot", setting("/runAsNonRoot") != Some(&json!(false))),
        ("seccompProfile", is_text("/seccompProfile/type") != Some("Unconfined")),
    ];
    rules.into_iter().filter(|(_, holds)| !holds).map(|(rule, _)| format!("`{rule}` of {whose}")).collect()
}

fn container_problems(pod: &Value, container: &Value) -> Vec<String> {
    let whose = format!("container `{}`", text(container, "/name"));
    let [settings, inherited] = [container, pod].map(|holder| holder.get("securityContext").unwrap_or(&Value::Null));
    let own = |path: &str| at(settings, path);
    // What a container does not set it has from the pod.
    let setting = |path: &str| own(path).or_else(|| at(inherited, path));
    let added = list(settings, "/capabilities/add");
    let ports = list(container, "/ports");
    let rules = [
        ("runAsNonRoot", setting("/runAsNonRoot") == Some(&json!(true))),
        ("allowPrivilegeEscalation", own("/allowPrivilegeEscalation") == Some(&json!(false))),
        ("privileged", own("/privileged") != Some(&json!(true))),
        ("capabilities.drop", list(settings, "/capabilities/drop").contains(&json!("ALL"))),
        ("capabilities.add", added.iter().all(|added| added == "NET_BIND_SERVICE")),
        (
            "seccompProfile",
            matches!(setting("/seccompProfile/type").and_then(Value::as_str), Some("RuntimeDefault" | "Localhost")),
        ),
        ("procMount", matches!(own("/procMount").and_then(Value::as_str), None | Some("Default"))),
        ("hostPort", ports.iter().all(|port| matches!(port.get("hostPort").and_then(Value::as_u64), None | Some(0)))),
    ];
    let mut wrong: Vec<String> =
        rules.into_iter().filter(|(_, holds)| !holds).map(|(rule, _)| format!("`{rule}` of {whose}")).collect();
    wrong.extend(
        profile_problems(container, &whose).into_iter().filter(|found| !wrong.contains(found)).collect::<Vec<_>>(),
    );
    wrong
}
