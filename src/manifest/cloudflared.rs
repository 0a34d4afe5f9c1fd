//! cloudflared: the tunnel from Cloudflare to the gateway.

use serde_json::{Value, json};

use super::meta::Owner;
use super::network_policy::Arrows;
use super::pod::{Mount, Pod, Probes};
use super::service::internet_nodes;
use super::workload::{self, Workload};
use crate::platform::{CLOUDFLARED, Cloudflared, Scope};
use crate::spec::{ProbeAction, ProbeSpec};
use crate::values::{Scaling, Seconds, UrlPath};
use crate::yaml::to_text;

const CONFIG_PATH: &str = "/etc/cloudflared/config.yaml";
const CREDENTIALS_FOLDER: &str = "/etc/cloudflared/credentials";
/// Port of the tunnel's own health and metrics.
const METRICS_PORT: u16 = 2000;
/// Ports of Cloudflare's edge: the tunnel itself (QUIC and HTTP/2), and its API.
const EDGE_PORTS: [(u16, &str); 3] = [(7844, "UDP"), (7844, "TCP"), (443, "TCP")];
/// User id of the official image (distroless `nonroot`).
const USER: u32 = 65_532;

pub(super) fn build(scope: &Scope, tunnel: &Cloudflared) -> Vec<Value> {
    let spec = &tunnel.spec;
    let probe = |failures: u16| ProbeSpec {
        check: ProbeAction::Http(UrlPath::new("/ready").expect("a legal path")),
        period: Seconds::from_secs(10),
        timeout: Seconds::from_secs(2),
        failures: failures.try_into().expect("above zero"),
    };
    let (startup, readiness, liveness) = (probe(30), probe(2), probe(6));
    let args = ["tunnel", "--no-autoupdate", "--config", CONFIG_PATH, "--metrics", "0.0.0.0:2000", "run"];
    let pod = Pod {
        owner: Owner { component: CLOUDFLARED, role: "tunnel" },
        image: &spec.image,
        pull_secret: None,
        command: Vec::new(),
        args: args.map(str::to_owned).to_vec(),
        ports: vec![("metrics".to_owned(), METRICS_PORT)],
        environment: Vec::new(),
        mounts: vec![
            Mount::File { path: CONFIG_PATH.to_owned(), content: config(scope, tunnel) },
            Mount::Secret { folder: CREDENTIALS_FOLDER.to_owned(), reference: &spec.credentials },
        ],
        user: USER,
        probes: Probes { startup: Some(&startup), readiness: Some(&readiness), liveness: Some(&liveness), host: None },
        pre_stop: Seconds::from_secs(0),
        grace: Seconds::from_secs(45),
        resources: &spec.resources,
        nodes: Some(internet_nodes(scope)),
    };
    let arrows = Arrows { links: &tunnel.links, ports: Vec::new(), internet: EDGE_PORTS.to_vec(), calls_gateway: true };
    workload::build(scope, &Workload { pod, scaling: Scaling::Replicas(spec.replicas), arrows })
}

/// The tunnel's configuration: every host of the domain goes to Traefik, whose certificate is self-signed.
fn config(scope: &Scope, tunnel: &Cloudflared) -> String {
    let gateway = format!("https://traefik.{}.svc.cluster.local:443", scope.gateway_namespace);
    let origin = json!({"noTLSVerify": true});
    let config = json!({
        "tunnel": tunnel.spec.tunnel.as_str(),
        "credentials-file": format!("{CREDENTIALS_FOLDER}/{}", tunnel.spec.credentials.key),
        "ingress": [
            {"hostname": scope.domain.as_str(), "service": gateway, "originRequest": origin},
            {"hostname": format!("*.{}", scope.domain), "service": gateway, "originRequest": origin},
            {"service": "http_status:404"},
        ],
    });
    to_text(&config).expect("text keys only")
}
