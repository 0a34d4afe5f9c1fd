//! What a resource names must exist.

use serde_json::Value;

use super::Finding;
use super::view::{View, containers, variable_sources, variables};
use crate::tree::{Document, MiddlewareRef, at, list, middlewares, text};

/// A Service selects the pods of exactly one workload.
pub(super) fn service_selector(view: &View<'_>) -> Vec<Finding> {
    let check = |service: &&Document| {
        let selector = at(&service.value, "/spec/selector").unwrap_or(&Value::Null);
        let found = view.selected(selector);
        let message = match found.as_slice() {
            [_] => return None,
            [] => "its selector matches the pods of no workload: nobody would answer".to_owned(),
            many => format!("its selector matches the pods of {} workloads: requests would go to either", many.len()),
        };
        Some(Finding::new("service-selector", service, message))
    };
    view.all("Service").iter().filter_map(check).collect()
}

/// A Service's target ports exist on the pods it selects.
pub(super) fn service_port(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in view.all("Service") {
        let selected = view.selected(at(&service.value, "/spec/selector").unwrap_or(&Value::Null));
        for port in list(&service.value, "/spec/ports") {
            let target = port.get("targetPort").or_else(|| port.get("port")).unwrap_or(&Value::Null);
            let has_port = |workload: &&Document| {
                containers(workload)
                    .iter()
                    .flat_map(|container| list(container, "/ports"))
                    .any(|port| port.get("name") == Some(target) || port.get("containerPort") == Some(target))
            };
            if let Some(workload) = selected.iter().find(|workload| !has_port(workload)) {
                let message = format!("its target port `{}` is no port of the pods of {}", show(target), workload.id);
                findings.push(Finding::new("service-port", service, message));
            }
        }
    }
    findings
}

/// An Ingress leads to a Service that exists, and to a port that it has.
pub(super) fn ingress_backend(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in view.all("Ingress") {
        let paths = list(&ingress.value, "/spec/rules").iter().flat_map(|rule| list(rule, "/http/paths"));
        let backends = paths.filter_map(|path| path.get("backend")).chain(at(&ingress.value, "/spec/defaultBackend"));
        for backend in backends {
            let name = text(backend, "/service/name");
            let Some(service) = view.get("Service", name) else {
                findings.push(Finding::new("ingress-backend", ingress, format!("there is no Service `{name}`")));
                continue;
            };
            let port = at(backend, "/service/port").unwrap_or(&Value::Null);
            let fits = |offered: &Value| match (port.get("name"), port.get("number")) {
                (Some(name), _) => offered.get("name") == Some(name),
                (None, number) => number.is_some() && offered.get("port") == number,
            };
            if !list(&service.value, "/spec/ports").iter().any(fits) {
                let message = format!("Service `{name}` has no port {port}");
                findings.push(Finding::new("ingress-backend", ingress, message));
            }
        }
    }
    findings
}

/// Middlewares that an Ingress names exist, and the sign-in page stands before the question it answers.
pub(super) fn ingress_middleware(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ingress in view.all("Ingress") {
        let mut found = Vec::new();
        for MiddlewareRef { reference, name } in middlewares(ingress) {
            match name.and_then(|name| view.get("Middleware", name)) {
                Some(middleware) => found.push(middleware),
                None => findings.push(Finding::new(
                    "ingress-middleware",
                    ingress,
                    format!("there is no Middleware `{reference}` (written `namespace-name@kubernetescrd`)"),
                )),
            }
        }
        let position = |key: &str| {
            found.iter().position(|middleware| at(&middleware.value, "/spec").and_then(|spec| spec.get(key)).is_some())
        };
        if let (Some(sign_in), Some(forward)) = (position("errors"), position("forwardAuth"))
            && sign_in > forward
        {
            let message =
                "the sign-in page stands after the middleware whose 401 it turns into a page: put it first".to_owned();
            findings.push(Finding::new("ingress-middleware", ingress, message));
        }
    }
    findings
}

/// Keys of ConfigMaps that pods use exist.
pub(super) fn config_map_key(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in view.workloads() {
        let mut missing = |name: &str, key: Option<&str>| {
            let map = view.get("ConfigMap", name);
            let message = match (map, key) {
                (None, _) => format!("it uses the ConfigMap `{name}`, which does not exist"),
                (Some(map), Some(key)) if at(&map.value, "/data").and_then(|data| data.get(key)).is_none() => {
                    format!("it uses the key `{key}` of ConfigMap `{name}`, which does not exist")
                }
                _ => return,
            };
            findings.push(Finding::new("configmap-key", workload, message));
        };
        for reference in variables(workload).filter_map(|variable| at(variable, "/valueFrom/configMapKeyRef")) {
            missing(text(reference, "/name"), Some(text(reference, "/key")));
        }
        for name in variable_sources(workload, "configMapRef") {
            missing(name, None);
        }
        for volume in list(&workload.value, "/spec/template/spec/volumes") {
            let Some(source) = volume.get("configMap") else {
                continue;
            };
            let name = text(source, "/name");
            missing(name, None);
            for item in list(source, "/items") {
                missing(name, Some(text(item, "/key")));
            }
            for key in sub_paths(workload, text(volume, "/name")) {
                if source.get("items").is_none() {
                    missing(name, Some(key));
                }
            }
        }
    }
    findings
}

fn sub_paths<'a>(workload: &'a Document, volume: &'a str) -> impl Iterator<Item = &'a str> {
    let mounts = containers(workload).iter().flat_map(|container| list(container, "/volumeMounts"));
    mounts
        .filter(move |mount| text(mount, "/name") == volume)
        .map(|mount| text(mount, "/subPath"))
        .filter(|path| !path.is_empty())
}

/// Secrets and keys that pods use are declared under `secrets`.
pub(super) fn secret_key(view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in view.workloads() {
        for (name, key) in used_secrets(workload) {
            let declared = view.platform.secrets.iter().find(|(declared, _)| declared.as_str() == name);
            let message = match declared {
                None => format!("it uses the Secret `{name}`, which `secrets` does not declare"),
                Some((_, secret))
                    if !key.is_empty() && !secret.keys.iter().any(|declared| declared.as_str() == key) =>
                {
                    format!("it uses the key `{key}` of Secret `{name}`, which `secrets.{name}.keys` does not declare")
                }
                Some((_, secret))
                    if secret
                        .namespace
                        .as_ref()
                        .is_some_and(|namespace| *namespace != view.platform.scope.namespace) =>
                {
                    format!("it uses the Secret `{name}`, which is declared for another namespace")
                }
                Some(_) => continue,
            };
            findings.push(Finding::new("secret-key", workload, message));
        }
    }
    findings.dedup();
    findings
}

/// Secrets and keys that a workload's pods use; an empty key means the Secret as a whole.
fn used_secrets(workload: &Document) -> Vec<(&str, &str)> {
    let mut used = Vec::new();
    for reference in variables(workload).filter_map(|variable| at(variable, "/valueFrom/secretKeyRef")) {
        used.push((text(reference, "/name"), text(reference, "/key")));
    }
    for source in list(&workload.value, "/spec/template/spec/volumes").iter().filter_map(|volume| volume.get("secret"))
    {
        let name = text(source, "/secretName");
        used.push((name, ""));
        used.extend(list(source, "/items").iter().map(|item| (name, text(item, "/key"))));
    }
    used.extend(variable_sources(workload, "secretRef").map(|name| (name, "")));
    for reference in list(&workload.value, "/spec/template/spec/imagePullSecrets") {
        used.push((text(reference, "/name"), ".dockerconfigjson"));
    }
    used
}

fn show(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
