//! Every pod: exact images, and the Pod Security Standard *restricted*.

use serde_json::{Value, json};

use super::Finding;
use super::view::{View, containers, list, text};
use crate::tree::at;
use crate::values::ImageRef;

/// Images carry an exact tag.
pub(super) fn image_tag(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in view.workloads() {
        for container in containers(workload) {
            if let Err(why) = ImageRef::new(text(container, "/image")) {
                findings.push(Finding::new("image-tag", workload, format!("the image {why}")));
            }
        }
    }
    findings
}

/// The namespace enforces *restricted*: a pod that does not meet it would never be made.
pub(super) fn restricted(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in view.workloads() {
        let pod = at(&workload.value, "/spec/template/spec").unwrap_or(&Value::Null);
        let mut wrong: Vec<String> = Vec::new();
        for field in ["hostNetwork", "hostPID", "hostIPC"] {
            if pod.get(field) == Some(&Value::Bool(true)) {
                wrong.push(format!("`{field}` is set"));
            }
        }
        if list(pod, "/volumes").iter().any(|volume| volume.get("hostPath").is_some()) {
            wrong.push("it mounts a `hostPath`".to_owned());
        }
        for container in list(pod, "/initContainers").iter().chain(containers(workload)) {
            wrong.extend(container_problems(pod, container));
        }
        if !wrong.is_empty() {
            let message = format!("the Pod Security Standard *restricted* refuses its pods: {}", wrong.join(", "));
            findings.push(Finding::new("pod-security", workload, message));
        }
    }
    findings
}

fn container_problems(pod: &Value, container: &Value) -> Vec<String> {
    let name = text(container, "/name");
    // The container's own setting wins over the pod's.
    let setting = |pointer: &str| {
        at(container, &format!("/securityContext{pointer}")).or_else(|| at(pod, &format!("/securityContext{pointer}")))
    };
    let rules = [
        ("runAsNonRoot", setting("/runAsNonRoot") == Some(&json!(true))),
        ("runAsUser", setting("/runAsUser") != Some(&json!(0))),
        ("allowPrivilegeEscalation", at(container, "/securityContext/allowPrivilegeEscalation") == Some(&json!(false))),
        ("privileged", at(container, "/securityContext/privileged") != Some(&json!(true))),
        ("capabilities", list(container, "/securityContext/capabilities/drop").contains(&json!("ALL"))),
        (
            "seccompProfile",
            matches!(setting("/seccompProfile/type").and_then(Value::as_str), Some("RuntimeDefault" | "Localhost")),
        ),
    ];
    rules.into_iter().filter(|(_, holds)| !holds).map(|(rule, _)| format!("`{rule}` of container `{name}`")).collect()
}
