//! A service of the platform: its workload, and the host that leads to it.

use serde_json::Value;

use super::gateway;
use super::meta::Owner;
use super::network_policy::Arrows;
use super::pod::{Mount, Pod, Probes};
use super::workload::{self, Workload};
use crate::platform::{Scope, Service};

pub(super) fn build(scope: &Scope, service: &Service) -> Vec<Value> {
    let spec = &service.spec;
    let owner = Owner { component: service.name.as_str(), role: "service" };
    let files =
        spec.files.iter().map(|(path, content)| Mount::File { path: path.to_string(), content: content.clone() });
    let writable = spec.writable.iter().map(|path| Mount::Writable { path: path.to_string() });
    let pod = Pod {
        owner,
        image: &spec.image,
        pull_secret: spec.pull_secret.as_ref().map(|name| name.as_str()),
        command: spec.command.clone(),
        args: spec.args.clone(),
        ports: spec.ports.iter().map(|(name, port)| (name.to_string(), *port)).collect(),
        environment: service.environment.clone(),
        mounts: files.chain(writable).collect(),
        user: spec.user.get(),
        probes: Probes {
            startup: spec.probes.startup.as_ref(),
            readiness: spec.probes.readiness.as_ref(),
            liveness: spec.probes.liveness.as_ref(),
            // A service that checks host names would refuse the pod's address.
            host: service.permitted_hosts.as_ref().map(|_| service.name.to_string()),
        },
        pre_stop: spec.lifecycle.pre_stop,
        grace: spec.lifecycle.grace,
        resources: &spec.resources,
        nodes: spec.internet.then(|| internet_nodes(scope)),
    };
    let arrows = Arrows {
        links: &service.links,
        ports: spec.ports.values().copied().collect(),
        internet: if spec.internet { vec![(443, "TCP")] } else { Vec::new() },
        calls_gateway: false,
    };
    let mut resources = workload::build(scope, &Workload { pod, scaling: spec.scaling.clone(), arrows });
    if let Some(exposure) = &service.exposure {
        let port = spec.ports.keys().find(|name| name.as_str() == "http").or_else(|| spec.ports.keys().next());
        resources.extend(gateway::expose(scope, owner, exposure, port.map_or("http", |name| name.as_str())));
    }
    resources
}

/// Host names of the nodes that reach the internet.
pub(super) fn internet_nodes(scope: &Scope) -> Vec<String> {
    scope.internet_nodes.iter().map(ToString::to_string).collect()
}
