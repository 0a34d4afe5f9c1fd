//! Which pods the nodes can hold: a table of small clusters whose sums can be done in the head.

use serde_json::{Value, json};

use crate::setup::Setup;

/// A configuration, and which pods of which workload would stay Pending: `1 of its 9`.
struct Case {
    what: &'static str,
    cluster: Cluster,
    services: fn() -> Value,
    pending: &'static [(&'static str, &'static str, &'static str)],
}

/// Nodes of 4 cores and 8 GiB; the first alone reaches the internet.
struct Cluster {
    nodes: usize,
    reserved: (&'static str, &'static str),
    daemon: (&'static str, &'static str),
    system: Option<(u32, &'static str)>,
    environments: &'static [&'static str],
    patch: fn() -> Value,
    postgres: bool,
}

/// Two empty nodes, one environment.
const TWO: Cluster = Cluster {
    nodes: 2,
    reserved: ("0", "0"),
    daemon: ("0", "0"),
    system: None,
    environments: &["production"],
    patch: || json!([]),
    postgres: false,
};

const CASES: &[Case] = &[
    Case {
        what: "CPU for exactly all pods",
        cluster: TWO,
        services: || json!({"web": service(8, "1", "1Mi")}),
        pending: &[],
    },
    Case {
        what: "CPU for all pods but one",
        cluster: TWO,
        services: || json!({"web": service(9, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 9")],
    },
    Case {
        what: "memory for two pods on each node, though CPU abounds",
        cluster: TWO,
        services: || json!({"web": service(5, "10m", "3Gi")}),
        pending: &[("production", "Deployment/web", "1 of its 5")],
    },
    Case {
        what: "what the operating system keeps",
        cluster: Cluster { reserved: ("100m", "0"), ..TWO },
        services: || json!({"web": service(8, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "2 of its 8")],
    },
    Case {
        what: "memory that the operating system keeps",
        cluster: Cluster { reserved: ("0", "1Mi"), ..TWO },
        services: || json!({"web": service(4, "1m", "4Gi")}),
        pending: &[("production", "Deployment/web", "2 of its 4")],
    },
    Case {
        what: "a DaemonSet on every node",
        cluster: Cluster { daemon: ("1m", "0"), ..TWO },
        services: || json!({"web": service(8, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "2 of its 8")],
    },
    Case {
        what: "pods bound to the one node that reaches the internet",
        cluster: TWO,
        services: || json!({"web": calling(service(5, "1", "1Mi"))}),
        pending: &[("production", "Deployment/web", "1 of its 5")],
    },
    Case {
        what: "bound pods have their node before others take it",
        cluster: TWO,
        services: || json!({"a": service(2, "3", "1Mi"), "b": calling(service(1, "1", "1Mi"))}),
        pending: &[],
    },
    Case {
        what: "the database on its node, others around it",
        cluster: Cluster { postgres: true, ..TWO },
        services: || json!({"web": service(7, "1", "1Mi")}),
        pending: &[],
    },
    Case {
        what: "one pod too many around the database",
        cluster: Cluster { postgres: true, ..TWO },
        services: || json!({"web": service(8, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 8")],
    },
    Case {
        what: "enough CPU in sum, but on no single node",
        cluster: TWO,
        services: || json!({"a": service(2, "3", "1Mi"), "b": service(1, "2", "1Mi")}),
        pending: &[("production", "Deployment/b", "1 of its 1")],
    },
    Case {
        what: "large pods that fit only if they are made before small ones",
        cluster: Cluster { nodes: 3, ..TWO },
        services: || json!({"large": service(2, "4", "1Mi"), "small": service(3, "1", "1Mi")}),
        pending: &[("production", "Deployment/large", "2 of its 2")],
    },
    Case {
        what: "pods that a patch binds to a node have no priority: others may take it first",
        cluster: Cluster {
            patch: || add("/spec/template/spec/nodeSelector/kubernetes.io~1hostname", &json!("node-1")),
            ..TWO
        },
        services: || json!({"other": service(2, "3", "1Mi"), "web": service(1, "2", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 1")],
    },
    Case {
        what: "a pod larger than any node",
        cluster: TWO,
        services: || json!({"web": service(1, "4001m", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 1")],
    },
    Case {
        what: "pods of the cluster itself",
        cluster: Cluster { system: Some((3, "2")), ..TWO },
        services: || json!({"web": service(3, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 3")],
    },
    Case {
        what: "two environments that fit together",
        cluster: Cluster { environments: &["production", "staging"], ..TWO },
        services: || json!({"web": service(4, "1", "1Mi")}),
        pending: &[],
    },
    Case {
        what: "two environments of which each alone would fit",
        cluster: Cluster { environments: &["production", "staging"], ..TWO },
        services: || json!({"web": service(5, "1", "1Mi")}),
        pending: &[("staging", "Deployment/web", "2 of its 5")],
    },
    Case {
        what: "an autoscaler at its most",
        cluster: TWO,
        services: || json!({"web": scaled(service(1, "1", "1Mi"), 1, 9)}),
        pending: &[("production", "Deployment/web", "1 of its 9")],
    },
    Case {
        what: "an autoscaler whose most fits",
        cluster: TWO,
        services: || json!({"web": scaled(service(1, "1", "1Mi"), 2, 8)}),
        pending: &[],
    },
    Case {
        what: "more pods than a node takes, however small (110, the kubelet's default)",
        cluster: Cluster { nodes: 1, ..TWO },
        services: || json!({"web": service(120, "1m", "1Mi")}),
        // One place is the DaemonSet's.
        pending: &[("production", "Deployment/web", "11 of its 120")],
    },
    Case {
        what: "a second container that a patch adds",
        cluster: Cluster {
            patch: || {
                let container = json!({"name": "b", "image": "b:1.0", "resources": {"requests": {"cpu": "1"}}});
                add("/spec/template/spec/containers/-", &container)
            },
            ..TWO
        },
        services: || json!({"web": service(5, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 5")],
    },
    Case {
        what: "an init container that asks for more than the container",
        cluster: Cluster {
            patch: || {
                let container = json!({"name": "b", "image": "b:1.0", "resources": {"requests": {"cpu": "3"}}});
                add("/spec/template/spec/initContainers", &json!([container]))
            },
            ..TWO
        },
        services: || json!({"web": service(3, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 3")],
    },
    Case {
        what: "pods that a patch binds to one node by its label",
        cluster: Cluster {
            patch: || add("/spec/template/spec/nodeSelector/kubernetes.io~1hostname", &json!("node-1")),
            ..TWO
        },
        services: || json!({"web": service(5, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "1 of its 5")],
    },
    Case {
        what: "as many pods as numbers go, each asking for nothing",
        cluster: Cluster {
            nodes: 1,
            patch: || {
                json!([
                    {"op": "replace", "path": "/spec/replicas", "value": i32::MAX},
                    {"op": "replace", "path": "/spec/template/spec/containers/0/resources/requests", "value": {}},
                ])
            },
            ..TWO
        },
        services: || json!({"web": service(1, "1", "1Mi")}),
        pending: &[("production", "Deployment/web", "2147483538 of its 2147483647")],
    },
];

fn add(path: &str, value: &Value) -> Value {
    json!([{"op": "add", "path": path, "value": value}])
}

fn service(replicas: u16, cpu: &str, memory: &str) -> Value {
    json!({
        "image": "web:1.0",
        "ports": {"http": 8080},
        "resources": {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": "8Gi"}},
        "scaling": {"replicas": replicas},
    })
}

fn calling(mut service: Value) -> Value {
    service["internet"] = json!(true);
    service
}

fn scaled(mut service: Value, fewest: u16, most: u16) -> Value {
    let autoscaler = json!({"minReplicas": fewest, "maxReplicas": most, "targetUtilization": 75});
    service["scaling"] = json!({"autoscaler": autoscaler});
    service
}

fn configuration(case: &Case) -> Setup {
    let cluster = &case.cluster;
    let amounts = |(cpu, memory): (&str, &str)| json!({"cpu": cpu, "memory": memory});
    let node = |index: usize| {
        let name = format!("node-{index}");
        json!({"name": name, "role": "agent", "cpu": 4, "memory": "8Gi", "internet": index == 0})
    };
    let system = cluster
        .system
        .iter()
        .map(|(replicas, cpu)| json!({"name": "dns", "replicas": replicas, "requests": amounts((cpu, "0"))}));
    let environment = |name: &&str| {
        let environment = json!({"namespace": name, "domain": format!("{name}.example.nz")});
        ((*name).to_owned(), environment)
    };
    let mut file = json!({
        "name": "test",
        "cluster": {
            "kubernetes": "1.36",
            "architecture": "arm64",
            "nodes": (0..cluster.nodes).map(node).collect::<Vec<_>>(),
            "reserved": amounts(cluster.reserved),
            "daemons": [{"name": "exporter", "requests": amounts(cluster.daemon)}],
            "system": system.collect::<Vec<_>>(),
        },
        "environments": cluster.environments.iter().map(environment).collect::<serde_json::Map<_, _>>(),
        "services": (case.services)(),
        "gateway": {},
        "argo-cd": {"namespace": "argocd", "repository": "https://example.nz/git", "branch": "main"},
    });
    let operations = (cluster.patch)();
    if operations != json!([]) {
        let target = json!({"kind": "Deployment", "name": "web"});
        file["patches"] = json!([{"target": target, "reason": "a test", "change": {"json": operations}}]);
    }
    if cluster.postgres {
        file["secrets"] = json!({"db": {"description": "", "keys": ["username", "password"]}});
        file["postgres"] = json!({
            "image": "postgres:16.4",
            "database": "db",
            "credentials": "db",
            "maxConnections": 100,
            "storage": {"size": "1Gi", "node": "node-1", "path": "/data"},
            "resources": {"requests": {"cpu": "1", "memory": "1Mi"}, "limits": {"memory": "1Gi"}},
        });
    }
    Setup::text(file.to_string())
}

#[test]
fn pods_that_would_stay_pending_are_found_and_counted() {
    let mut wrong = String::new();
    for case in CASES {
        let findings = configuration(case).findings();
        let pending = findings.iter().filter(|finding| finding.rule == "capacity");
        let found: Vec<(String, String, String)> = pending
            .map(|finding| {
                let count = finding.message.split(" pods ").next().unwrap_or_default();
                let environment = finding.environment.clone().unwrap_or_default();
                (environment, finding.resource.clone(), count.to_owned())
            })
            .collect();
        let expected: Vec<(String, String, String)> = case
            .pending
            .iter()
            .map(|(environment, resource, count)| {
                ((*environment).to_owned(), (*resource).to_owned(), (*count).to_owned())
            })
            .collect();
        if found != expected {
            let what = case.what;
            wrong += &format!("{what}:\n  expected {expected:?}\n  found    {found:?}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The message names what a reader needs: how many pods, what each asks for, and what to change.
#[test]
fn the_finding_says_what_does_not_fit_and_what_to_do() {
    let case = CASES.iter().find(|case| case.what.starts_with("memory for two pods")).expect("in the table");
    let findings = configuration(case).findings();
    let message = &findings.first().expect("one finding").message;
    for part in ["1 of its 5 pods", "10m CPU", "3Gi memory", "2 nodes", "`scaling`", "`resources.requests`"] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
}
