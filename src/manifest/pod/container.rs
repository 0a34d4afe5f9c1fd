//! The container of a pod: what runs, what is asked of it, what it may not do.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, EnvVar, EnvVarSource, ExecAction, HTTPGetAction, HTTPHeader, Lifecycle,
    LifecycleHandler, Probe, ResourceRequirements, SecretKeySelector, SecurityContext, SleepAction, TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Pod, volumes};
use crate::platform::ResolvedEnv;
use crate::spec::{ProbeAction, ProbeSpec};
use crate::values::Resources;

/// The one container of a pod.
pub(super) fn container(pod: &Pod<'_>) -> Container {
    let non_empty = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let pre_stop = LifecycleHandler {
        sleep: Some(SleepAction { seconds: pod.pre_stop.get().into() }),
        ..LifecycleHandler::default()
    };
    let probe = |spec: Option<&ProbeSpec>| spec.map(|spec| probe(spec, pod));
    let ports: Vec<ContainerPort> = pod
        .ports
        .iter()
        .map(|(name, port)| ContainerPort {
            name: Some(name.clone()),
            container_port: i32::from(*port),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        })
        .collect();
    Container {
        name: pod.owner.component.to_owned(),
        image: Some(pod.image.to_string()),
        image_pull_policy: Some("IfNotPresent".to_owned()),
        command: non_empty(&pod.command),
        args: non_empty(&pod.args),
        ports: (!ports.is_empty()).then_some(ports),
        env: (!pod.environment.is_empty()).then(|| pod.environment.iter().map(env_var).collect()),
        lifecycle: (pod.pre_stop.get() > 0).then(|| Lifecycle { pre_stop: Some(pre_stop), ..Lifecycle::default() }),
        startup_probe: probe(pod.probes.startup),
        readiness_probe: probe(pod.probes.readiness),
        liveness_probe: probe(pod.probes.liveness),
        resources: Some(resources(pod.resources)),
        security_context: Some(container_security()),
        volume_mounts: volumes::mounts(pod),
        ..Container::default()
    }
}

fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
        read_only_root_filesystem: Some(true),
        ..SecurityContext::default()
    }
}

fn env_var((name, value): &(String, ResolvedEnv)) -> EnvVar {
    match value {
        // `$(NAME)` would be expanded by Kubernetes; `$$` stands for `$`.
        ResolvedEnv::Text(text) => {
            EnvVar { name: name.clone(), value: Some(text.replace("$(", "$$(")), ..EnvVar::default() }
        }
        ResolvedEnv::Secret(reference) => EnvVar {
            name: name.clone(),
            value_from: Some(EnvVarSource {
                secret_key_ref: Some(SecretKeySelector {
                    name: reference.secret.to_string(),
                    key: reference.key.to_string(),
                    ..SecretKeySelector::default()
                }),
                ..EnvVarSource::default()
            }),
            ..EnvVar::default()
        },
    }
}

fn probe(spec: &ProbeSpec, pod: &Pod<'_>) -> Probe {
    let port = |name: &str| IntOrString::String(name.to_owned());
    let first_port = pod
        .ports
        .iter()
        .map(|(name, _)| name)
        .find(|name| *name == "http")
        .or_else(|| pod.ports.first().map(|(name, _)| name));
    let header = |host: &String| vec![HTTPHeader { name: "Host".to_owned(), value: host.clone() }];
    let base = Probe {
        period_seconds: Some(spec.period.as_i32()),
        timeout_seconds: Some(spec.timeout.as_i32()),
        failure_threshold: Some(spec.failures.get().into()),
        ..Probe::default()
    };
    match &spec.check {
        ProbeAction::Http(path) => Probe {
            http_get: Some(HTTPGetAction {
                path: Some(path.to_string()),
                port: port(first_port.map_or("http", String::as_str)),
                http_headers: pod.probes.host.as_ref().map(header),
                ..HTTPGetAction::default()
            }),
            ..base
        },
        ProbeAction::Tcp(name) => Probe {
            tcp_socket: Some(TCPSocketAction { port: port(name.as_str()), ..TCPSocketAction::default() }),
            ..base
        },
        ProbeAction::Exec(command) => Probe { exec: Some(ExecAction { command: Some(command.clone()) }), ..base },
    }
}

fn resources(resources: &Resources) -> ResourceRequirements {
    let pair = |cpu: Option<String>, memory: String| {
        let mut amounts = BTreeMap::from([("memory".to_owned(), Quantity(memory))]);
        amounts.extend(cpu.map(|cpu| ("cpu".to_owned(), Quantity(cpu))));
        amounts
    };
    let (requests, limits) = (&resources.requests, &resources.limits);
    ResourceRequirements {
        requests: Some(pair(Some(requests.cpu.to_string()), requests.memory.to_string())),
        limits: Some(pair(limits.cpu.map(|cpu| cpu.to_string()), limits.memory.to_string())),
        ..ResourceRequirements::default()
    }
}
