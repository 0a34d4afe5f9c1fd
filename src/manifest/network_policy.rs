//! Network policies: exactly the arrows of the platform's graph, everything else denied.

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::Value;

use super::meta::{NAME_LABEL, Owner, label_selector, metadata, selector};
use super::value_of;
use crate::platform::{Links, Scope};

/// Whom a component's pods talk to.
pub(super) struct Arrows<'a> {
    /// Callers and callees.
    pub(super) links: &'a Links,
    /// Ports it is called on.
    pub(super) ports: Vec<u16>,
    /// Ports of the internet that it calls, with their protocols.
    pub(super) internet: Vec<(u16, &'static str)>,
    /// Whether it calls the gateway itself.
    pub(super) calls_gateway: bool,
}

impl Arrows<'_> {
    /// Whether anything calls it.
    pub(super) fn is_called(&self) -> bool {
        self.links.gateway || !self.links.callers.is_empty()
    }

    fn calls(&self) -> bool {
        !self.links.calls.is_empty() || !self.internet.is_empty() || self.calls_gateway
    }
}

/// Denies every pod of the namespace everything that no other policy allows.
pub(super) fn default_deny(scope: &Scope, owner: Owner<'_>) -> Value {
    value_of(&NetworkPolicy {
        metadata: metadata(scope, owner, "default-deny"),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector::default()),
            policy_types: Some(both_directions()),
            ..NetworkPolicySpec::default()
        }),
    })
}

/// Allows the arrows of one component.
pub(super) fn build(scope: &Scope, owner: Owner<'_>, arrows: &Arrows<'_>) -> Value {
    let ingress = ingress_rules(scope, arrows);
    let egress = egress_rules(scope, arrows);
    value_of(&NetworkPolicy {
        metadata: metadata(scope, owner, owner.component),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(selector(owner.component)),
            policy_types: Some(both_directions()),
            ingress: (!ingress.is_empty()).then_some(ingress),
            egress: (!egress.is_empty()).then_some(egress),
        }),
    })
}

fn both_directions() -> Vec<String> {
    vec!["Ingress".to_owned(), "Egress".to_owned()]
}

fn ingress_rules(scope: &Scope, arrows: &Arrows<'_>) -> Vec<NetworkPolicyIngressRule> {
    let mut from: Vec<NetworkPolicyPeer> = Vec::new();
    if arrows.links.gateway {
        from.push(gateway_peer(scope));
    }
    from.extend(arrows.links.callers.iter().map(|caller| pods(caller.as_str())));
    if from.is_empty() {
        return Vec::new();
    }
    vec![NetworkPolicyIngressRule {
        from: Some(from),
        ports: Some(arrows.ports.iter().map(|&number| port(number, "TCP")).collect()),
    }]
}

fn egress_rules(scope: &Scope, arrows: &Arrows<'_>) -> Vec<NetworkPolicyEgressRule> {
    let mut rules: Vec<NetworkPolicyEgressRule> = Vec::new();
    for (callee, ports) in &arrows.links.calls {
        rules.push(rule(vec![pods(callee.as_str())], ports.iter().map(|&number| port(number, "TCP")).collect()));
    }
    if arrows.calls_gateway {
        rules.push(rule(vec![gateway_peer(scope)], vec![port(scope.gateway_https_port, "TCP")]));
    }
    if !arrows.internet.is_empty() {
        rules.push(rule(
            vec![internet()],
            arrows.internet.iter().map(|&(number, protocol)| port(number, protocol)).collect(),
        ));
    }
    if arrows.calls() {
        rules.push(rule(vec![dns_peer()], vec![port(53, "UDP"), port(53, "TCP")]));
    }
    rules
}

fn rule(to: Vec<NetworkPolicyPeer>, ports: Vec<NetworkPolicyPort>) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule { to: Some(to), ports: Some(ports) }
}

fn port(number: u16, protocol: &str) -> NetworkPolicyPort {
    NetworkPolicyPort {
        port: Some(IntOrString::Int(number.into())),
        protocol: Some(protocol.to_owned()),
        ..NetworkPolicyPort::default()
    }
}

fn pods(component: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(selector(component)), ..NetworkPolicyPeer::default() }
}

fn in_namespace(namespace: &str, pods: LabelSelector) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(label_selector("kubernetes.io/metadata.name", namespace)),
        pod_selector: Some(pods),
        ..NetworkPolicyPeer::default()
    }
}

fn gateway_peer(scope: &Scope) -> NetworkPolicyPeer {
    in_namespace(scope.gateway_namespace.as_str(), label_selector(NAME_LABEL, "traefik"))
}

fn dns_peer() -> NetworkPolicyPeer {
    in_namespace("kube-system", label_selector("k8s-app", "kube-dns"))
}

/// Every address but the private ones: nodes, pods and services are not the internet.
fn internet() -> NetworkPolicyPeer {
    let private = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: "0.0.0.0/0".to_owned(), except: Some(private.map(str::to_owned).to_vec()) }),
        ..NetworkPolicyPeer::default()
    }
}
