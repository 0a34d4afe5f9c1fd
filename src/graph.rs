//! A picture of the platform, drawn from its resources: workloads, who calls whom, hosts, storage.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use crate::render::Environment;
use crate::tree::{Document, at, list, middlewares, text};

const BEGIN: &str = "<!-- ahuora:graph:begin -->";
const END: &str = "<!-- ahuora:graph:end -->";

/// A Mermaid flowchart of an environment.
#[must_use]
pub fn mermaid(environment: &Environment) -> String {
    let mut picture = Picture::default();
    for document in environment.documents() {
        match document.id.kind.as_str() {
            "Deployment" | "StatefulSet" => picture.workload(document, environment),
            "Ingress" => picture.ingress(document),
            "NetworkPolicy" => picture.policy(document),
            "PersistentVolume" => picture.volume(document),
            _ => {}
        }
    }
    picture.draw(environment)
}

/// The text with the block between the markers replaced; none when the markers are not there.
#[must_use]
pub fn replace_block(text: &str, picture: &str) -> Option<String> {
    let begin = text.find(BEGIN)? + BEGIN.len();
    let end = begin + text.get(begin..)?.find(END)?;
    Some(format!("{}\n```mermaid\n{picture}```\n{}", text.get(..begin)?, text.get(end..)?))
}

#[derive(Default)]
struct Picture {
    nodes: BTreeMap<String, String>,
    edges: BTreeSet<(String, String, String)>,
}

impl Picture {
    fn workload(&mut self, document: &Document, environment: &Environment) {
        let name = &document.id.name;
        let image =
            at(&document.value, "/spec/template/spec/containers/0/image").and_then(Value::as_str).unwrap_or_default();
        let tag = image.split('@').next().and_then(|image| image.rsplit_once(':')).map_or("", |(_, tag)| tag);
        let scaler =
            environment.documents().find(|other| other.id.kind == "HorizontalPodAutoscaler" && other.id.name == *name);
        let number = |value: &Value, pointer: &str| at(value, pointer).and_then(Value::as_u64).unwrap_or(1);
        let pods = match scaler {
            Some(scaler) => format!(
                "{} - {} pods",
                number(&scaler.value, "/spec/minReplicas"),
                number(&scaler.value, "/spec/maxReplicas")
            ),
            None => match number(&document.value, "/spec/replicas") {
                1 => "1 pod".to_owned(),
                pods => format!("{pods} pods"),
            },
        };
        let shape = format!("[\"{name}<br/>{tag}<br/>{pods}\"]");
        self.nodes.insert(name.clone(), shape);
    }

    fn ingress(&mut self, document: &Document) {
        let chain = middlewares(document).into_iter().map(|one| one.name.unwrap_or(one.reference));
        let chain = chain.collect::<Vec<_>>().join(", ");
        for rule in list(&document.value, "/spec/rules") {
            let host = text(rule, "/host");
            for path in list(rule, "/http/paths") {
                let mut label = format!("{host}{}", text(path, "/path").trim_end_matches('/'));
                if !chain.is_empty() {
                    let _ = write!(label, "<br/>{chain}");
                }
                self.node("traefik", "{{\"Traefik\"}}");
                self.edges.insert(("traefik".to_owned(), text(path, "/backend/service/name").to_owned(), label));
            }
        }
    }

    /// An arrow for every rule of a policy; the gateway's own arrows come from the Ingresses.
    fn policy(&mut self, document: &Document) {
        let name = component(&document.value, "/spec/podSelector/matchLabels");
        for rule in list(&document.value, "/spec/egress") {
            let ports: BTreeSet<String> =
                list(rule, "/ports").iter().filter_map(|port| port.get("port")).map(Value::to_string).collect();
            let ports = ports.into_iter().collect::<Vec<_>>().join(", ");
            for peer in list(rule, "/to") {
                if peer.get("ipBlock").is_some() {
                    self.node("internet", "((\"internet\"))");
                    self.edges.insert((name.to_owned(), "internet".to_owned(), ports.clone()));
                    continue;
                }
                let target = component(peer, "/podSelector/matchLabels");
                if target == "traefik" {
                    self.node("traefik", "{{\"Traefik\"}}");
                }
                if !target.is_empty() {
                    self.edges.insert((name.to_owned(), target.to_owned(), ports.clone()));
                }
            }
        }
    }

    fn volume(&mut self, document: &Document) {
        let size = text(&document.value, "/spec/capacity/storage");
        let claim = text(&document.value, "/spec/claimRef/name");
        let node = text(&document.value, "/spec/nodeAffinity/required/nodeSelectorTerms/0/matchExpressions/0/values/0");
        // A claim of a StatefulSet is named `volume-workload-index`.
        let workload =
            claim.split_once('-').and_then(|(_, rest)| rest.rsplit_once('-')).map_or(claim, |(name, _)| name);
        self.node("storage", &format!("[(\"{size} on {node}\")]"));
        self.edges.insert((workload.to_owned(), "storage".to_owned(), String::new()));
    }

    fn node(&mut self, id: &str, shape: &str) {
        self.nodes.entry(id.to_owned()).or_insert_with(|| shape.to_owned());
    }

    fn draw(&self, environment: &Environment) -> String {
        let scope = &environment.platform.scope;
        let mut out = format!(
            "---\ntitle: {} {} (namespace {})\n---\nflowchart LR\n",
            scope.platform, scope.environment, scope.namespace
        );
        for (id, shape) in &self.nodes {
            let _ = writeln!(out, "  {id}{shape}");
        }
        for (from, to, label) in &self.edges {
            let arrow = if label.is_empty() { "-->".to_owned() } else { format!("-->|\"{label}\"|") };
            let _ = writeln!(out, "  {from} {arrow} {to}");
        }
        out
    }
}

/// The component that labels select.
fn component<'a>(value: &'a Value, labels: &str) -> &'a str {
    at(value, labels)
        .and_then(|labels| labels.get("app.kubernetes.io/name"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}
