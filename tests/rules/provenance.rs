//! Where fields come from, proved without the map's own machinery: the text of the file is changed where a leaf
//! stands, and everything is loaded and rendered in the ordinary way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ahuora::config::path::Path;
use ahuora::config::{Configuration, Edit, load};
use ahuora::manifest::compose;
use ahuora::provenance::{Documents, Effect, How, Leaf, Leaves, Map, Origin, Parts, READERS, Reader, reader, unused};
use ahuora::render;
use ahuora::tree::{Document, FieldPath};
use ahuora::yaml::{Node, NodeValue};
use serde_json::Value;

use crate::setup::{PLATFORM, Setup};

/// The platform, a second environment with overrides, and patches.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let staging = "  staging:
    namespace: ahuora-staging
    domain: staging.ahuora.org.nz
    overrides:
      services.django-api.scaling: {replicas: 1}
      services.idaes.scaling.autoscaler.maxReplicas: 3
      services.idaes.environment.WORKERS: \"4\"
      cloudflared: null

";
    let patches = "
patches:
  - target: {kind: Deployment, name: frontend}
    reason: tested
    change: {merge: {metadata: {annotations: {team: web}}, spec: {revisionHistoryLimit: 7}}}
  - target: {kind: Service, name: idaes, environment: staging}
    reason: tested
    change: {json: [{op: add, path: /metadata/annotations, value: {team: solver}}]}
";
    let (before, after) = PLATFORM.split_once("# Secrets that somebody makes").expect("a comment");
    format!("{before}{staging}# Secrets that somebody makes{after}{patches}")
});

fn configuration() -> Configuration {
    load(&TEXT).expect("a valid configuration")
}

type Files = BTreeMap<String, Value>;

/// Every file that is generated, with its content; nothing where a patch does not fit.
fn files(configuration: &Configuration) -> Option<Files> {
    let keep = |environment: &render::Environment| environment.documents().cloned().collect::<Vec<Document>>();
    let rendered = render::all(configuration, "manifests", keep).ok()?;
    let documents = rendered.environments.into_iter().flatten().chain(rendered.cluster);
    let mut files: Files =
        documents.map(|document| (format!("manifests/{}", document.path), Value::clone(&document.value))).collect();
    let spec = configuration.operations.compose.as_ref().expect("a Compose benchmark");
    let platform = configuration.platforms.iter().find(|one| one.scope.environment == spec.environment);
    let (text, ini) = compose::build(platform.expect("its environment"), spec, "manifests");
    files.insert("compose.yaml".to_owned(), text.into());
    files.insert("manifests/compose/pgbouncer.ini".to_owned(), ini.expect("a pool").into());
    Some(files)
}

/// The text with another value where a leaf stands.
fn replaced(leaf: &Leaf, value: &str) -> String {
    let mut lines: Vec<String> = TEXT.lines().map(str::to_owned).collect();
    let line = &mut lines[leaf.at.line - 1];
    let start = leaf.at.column - 1;
    let quoted = line[start..].starts_with('"');
    let present = if quoted { format!("\"{}\"", leaf.value) } else { leaf.value.clone() };
    assert!(line[start..].starts_with(&present), "{}: `{present}` does not stand in `{line}`", leaf.path);
    let value = if quoted { format!("\"{value}\"") } else { value.to_owned() };
    line.replace_range(start..start + present.len(), &value);
    lines.join("\n") + "\n"
}

/// Values that the map does not try, of every type that there is; only those that fit load.
const NUMBERS: &[&str] = &["61", "23", "3"];
const AMOUNTS: &[&str] = &["33s", "47m", "3s", "700m", "77Mi", "3Gi", "5Gi"];
const WORDS: &[&str] = &[
    "another",
    "another.example.nz",
    "other/image:9.9.9",
    "amd64",
    "agent",
    "control",
    "session",
    "/another",
    "https://another.example",
    "1.33",
    "7.7.7",
    "frontend",
    "idaes",
    "ahuora-agent-2",
    "oauth-signin",
    "oauth-forwarder",
    "staging",
    "some words",
    "username",
];

/// What is generated with another value than the present one.
fn others(leaf: &Leaf, most: usize) -> Vec<Files> {
    let value = leaf.value.as_str();
    let values: &[&str] = match value {
        "true" => &["false"],
        "false" => &["true"],
        _ if value.bytes().all(|byte| byte.is_ascii_digit()) => NUMBERS,
        _ if value.starts_with(|first: char| first.is_ascii_digit()) && !value.contains('.') => AMOUNTS,
        _ => WORDS,
    };
    let values = values.iter().filter(|other| **other != value);
    values.filter_map(|value| files(&load(&replaced(leaf, value)).ok()?)).take(most).collect()
}

fn written(leaves: &Leaves) -> impl Iterator<Item = &Leaf> {
    leaves.all.iter().filter(|leaf| leaf.origin == Origin::Written && leaf.value != "null")
}

#[test]
fn what_is_said_to_move_nothing_moves_nothing() {
    let configuration = configuration();
    let leaves = Leaves::of(&configuration);
    let present = files(&configuration).expect("patches that fit");
    let found = unused(&configuration, &leaves, "manifests").expect("patches that fit");
    let mut untried = Vec::new();
    for (leaf, _) in &found.idle {
        let others = others(leaf, 1);
        if others.is_empty() {
            untried.push(leaf.path.to_string());
        }
        for other in others {
            assert!(other == present, "{} moves something", leaf.path);
        }
    }
    // Alone, these have no other value: something else must say the same.
    let tied = [
        "cluster.nodes[1].name",
        "secrets.argocd-github.namespace",
        "secrets.grafana-cloud.namespace",
        "secrets.grafana-cloud.keys[",
    ];
    untried.retain(|path| !tied.iter().any(|tied| path.starts_with(tied)));
    assert_eq!(untried, [""; 0]);
    assert!(found.idle.len() > 60 && found.undecided.len() < 6, "{:?}", found.undecided);
}

/// Whether something of a value is gone, or has become something else.
fn loses(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            before.iter().any(|(key, value)| after.get(key).is_none_or(|after| loses(value, after)))
        }
        _ => before != after,
    }
}

/// The map of every environment, of every fifth leaf.
fn maps<'l>(configuration: &Configuration, leaves: &'l Leaves) -> Vec<Map<'l>> {
    let one = |platform| {
        let documents = Documents::of(configuration, "manifests", platform, Parts::ALL).expect("patches that fit");
        Map::of(&documents, leaves, written(leaves).step_by(5))
    };
    configuration.platforms.iter().map(one).collect()
}

#[test]
fn what_moves_is_said_to_move_and_the_reverse() {
    let configuration = configuration();
    let leaves = Leaves::of(&configuration);
    let present = files(&configuration).expect("patches that fit");
    let maps = maps(&configuration, &leaves);
    let (mut files_seen, mut fields_seen) = (0, 0);
    for (number, leaf) in written(&leaves).step_by(5).enumerate() {
        let others = others(leaf, 2);
        let effects: Vec<&Effect> = maps.iter().map(|map| &map.effects[number].1).collect();
        let moves: Vec<_> = effects.iter().flat_map(|effect| effect.moves()).collect();
        let undecided = effects.iter().any(|effect| matches!(effect, Effect::Undecided(_)));
        for other in &others {
            // A file with another name holds a resource with another name; what is new stands in no file of now.
            let changed = |name: &String, value: &Value| other.get(name).is_some_and(|other| loses(value, other));
            for (name, _) in present.iter().filter(|(name, value)| changed(name, value)) {
                files_seen += 1;
                let is_said = moves.iter().any(|moved| moved.file == *name);
                assert!(is_said || undecided, "{} moves {name}, which the map does not say", leaf.path);
            }
        }
        for moved in moves.iter().filter(|moved| moved.how == How::Changes && moved.file.ends_with(".yaml")) {
            let value = |files: &Files| {
                files
                    .get(&moved.file)
                    .filter(|value| value.is_object())
                    .map(|value| moved.field.find(value).map(|(value, _)| value.clone()))
            };
            let Some(before) = value(&present) else { continue };
            fields_seen += 1;
            let changes = others.iter().any(|other| value(other) != Some(before.clone()));
            assert!(changes || others.is_empty(), "{} does not move {} of {}", leaf.path, moved.field, moved.file);
        }
    }
    assert!(files_seen > 150 && fields_seen > 150, "{files_seen} files, {fields_seen} fields");
}

#[test]
fn an_override_is_the_source_where_it_stands_and_the_base_elsewhere() {
    let configuration = configuration();
    let leaves = Leaves::of(&configuration);
    let near = ["services.idaes.", "environments.", "patches"];
    let map_of = |number: usize| {
        let parts = Parts { environment: true, cluster: false, compose: false };
        let documents = Documents::of(&configuration, "manifests", &configuration.platforms[number], parts)
            .expect("patches that fit");
        let all = leaves.all.iter().filter(|leaf| leaf.origin == Origin::Written);
        let which = all.filter(|leaf| near.iter().any(|path| leaf.path.to_string().starts_with(path)));
        let map = Map::of(&documents, &leaves, which);
        (documents, map)
    };
    let (production, staging) = (map_of(0), map_of(1));
    let sources = |(documents, map): &(Documents<'_>, Map<'_>), file: &str, field: &str| -> Vec<String> {
        let document = documents.iter().find(|document| documents.file(document) == file).expect("a file");
        let (_, plain) = FieldPath::parse(field).expect("a path").find(&document.value).expect("a field");
        map.sources(&document.id, &plain).iter().map(|source| source.leaf.path.to_string()).collect()
    };
    let hpa = |name: &str| format!("manifests/{name}/idaes/horizontalpodautoscaler.yaml");
    let base = "services.idaes.scaling.autoscaler.maxReplicas";
    assert_eq!(sources(&production, &hpa("production"), "spec.maxReplicas"), [base]);
    let over = [r#"environments.staging.overrides."services.idaes.scaling.autoscaler.maxReplicas""#];
    assert_eq!(sources(&staging, &hpa("staging"), "spec.maxReplicas"), over);
    let base = "services.idaes.scaling.autoscaler.minReplicas";
    assert_eq!(sources(&staging, &hpa("staging"), "spec.minReplicas"), [base]);
    let patched = sources(&staging, "manifests/staging/frontend/deployment.yaml", "metadata.annotations.team");
    assert!(patched.contains(&"patches[0].change.merge.metadata.annotations.team".to_owned()), "{patched:?}");
    let service = sources(&staging, "manifests/staging/idaes/service.yaml", "metadata.annotations.team");
    assert!(service.contains(&"patches[1].change.json[0].value.team".to_owned()), "{service:?}");
    // Removing a component is an override too: what it takes away would be there.
    let null = staging.1.effects.iter().find(|(leaf, _)| leaf.path.to_string().ends_with(".overrides.cloudflared"));
    let appears = null.expect("an override").1.moves().iter().filter(|moved| moved.how == How::Appears);
    assert!(appears.filter(|moved| moved.field == FieldPath::default()).count() > 3);
}

#[test]
fn a_changed_configuration_is_the_one_that_its_text_would_be() {
    let configuration = configuration();
    let leaves = Leaves::of(&configuration);
    let names: Vec<_> = configuration.platforms.iter().map(|platform| &platform.scope.environment).collect();
    let mut compared = 0;
    for leaf in written(&leaves).step_by(5) {
        for value in ["3", "33s", "3Gi", "another", "frontend"] {
            let plain = value == "3";
            let node = Node { value: NodeValue::Scalar { text: value.to_owned(), plain }, at: leaf.at };
            let varied = configuration.varied(&[Edit::Set(leaf.path.clone(), node)], &names);
            let read = load(&replaced(leaf, value));
            assert_eq!(varied.is_ok(), read.is_ok(), "{} as {value}", leaf.path);
            if let (Ok(varied), Ok(read)) = (varied, read) {
                compared += 1;
                assert!(varied.operations == read.operations, "{} as {value}", leaf.path);
                for (one, other) in varied.platforms.iter().zip(&read.platforms) {
                    assert!(one.scope == other.scope && one.components == other.components, "{}", leaf.path);
                    assert!(one.patches == other.patches && one.secrets == other.secrets, "{}", leaf.path);
                }
            }
        }
    }
    assert!(compared > 50, "{compared}");
}

/// Leaves that rules alone read: the leaf, a change of its value, and the rule that then finds something.
const READ_BY_RULES: &[(&str, &str, &str, &str)] = &[
    (
        "cluster.nodes[1].name",
        "{name: ahuora-agent-1, role: agent, cpu: 4, memory: 8Gi}",
        "{name: other, role: agent, cpu: 4, memory: 8Gi}\n    - {name: ahuora-agent-1, role: agent, cpu: 500m, memory: 8Gi}",
        "capacity",
    ),
    (
        "cluster.nodes[1].cpu",
        "ahuora-agent-1, role: agent, cpu: 4",
        "ahuora-agent-1, role: agent, cpu: 500m",
        "capacity",
    ),
    (
        "cluster.nodes[1].memory",
        "ahuora-agent-1, role: agent, cpu: 4, memory: 8Gi",
        "ahuora-agent-1, role: agent, cpu: 4, memory: 600Mi",
        "capacity",
    ),
    (
        "cluster.nodes[0].internet",
        "memory: 8Gi, internet: true}\n    - {name: ahuora-agent-1, role: agent, cpu: 4, memory: 8Gi}",
        "memory: 8Gi}\n    - {name: ahuora-agent-1, role: agent, cpu: 1100m, memory: 2Gi, internet: true}",
        "capacity",
    ),
    ("cluster.maxPods", "  architecture: arm64 ", "  maxPods: 3\n  architecture: arm64 ", "capacity"),
    ("cluster.reserved.cpu", "reserved: {cpu: 200m,", "reserved: {cpu: 3900m,", "capacity"),
    (
        "cluster.daemons[0].requests.cpu",
        "requests: {cpu: 10m, memory: 32Mi}}\n  system:",
        "requests: {cpu: 3900m, memory: 32Mi}}\n  system:",
        "capacity",
    ),
    ("cluster.system[0].requests.cpu", "coredns, requests: {cpu: 100m,", "coredns, requests: {cpu: 40,", "capacity"),
    ("secrets.django.keys[0]", "keys: [secret-key]", "keys: [other]", "secret-key"),
    ("services.django-api.lifecycle.drain", "preStop: 5s, drain: 20s", "preStop: 5s, drain: 40s", "grace-period"),
    (
        "services.django-api.lifecycle.slowestStart",
        "grace: 30s, slowestStart: 30s}",
        "grace: 30s, slowestStart: 30m}",
        "startup-window",
    ),
    (
        "postgres.reservedConnections",
        "  maxConnections: 100\n",
        "  maxConnections: 100\n  reservedConnections: 60\n",
        "database-connections",
    ),
    (
        "waivers[0].rule",
        "compose:\n",
        "waivers: [{rule: capacity, resource: Deployment/x, reason: tested}]\ncompose:\n",
        "waiver",
    ),
];

#[test]
fn rules_that_are_said_to_read_a_key_read_it() {
    let mut patterns: BTreeSet<&str> =
        READERS.iter().filter(|(_, reader)| matches!(reader, Reader::Rule(_))).map(|(pattern, _)| *pattern).collect();
    for (leaf, from, to, rule) in READ_BY_RULES {
        let path = Path::parse(leaf).expect("a path");
        assert!(matches!(reader(&path), Some(Reader::Rule(name)) if name == *rule), "{leaf}");
        let found = Setup::platform().edit(from, to).findings();
        assert!(found.iter().any(|finding| finding.rule == *rule), "{leaf}: {found:?}");
        let words = |pattern: &str| pattern.split('.').count();
        let fits = |pattern: &&str| {
            let shape: Vec<&str> = leaf.split(['.', '[']).collect();
            words(pattern) <= shape.len()
                && pattern.split('.').zip(shape).all(|(word, step)| word == "*" || word == step)
        };
        let best = patterns.iter().copied().filter(|pattern| fits(pattern)).max_by_key(|pattern| words(pattern));
        patterns.remove(best.unwrap_or_default());
    }
    assert_eq!(patterns, BTreeSet::new(), "readers that no line of the table proves");
}

/// File, field, and the leaves that its value changes with: their places and paths.
type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    (
        "manifests/production/django-api/horizontalpodautoscaler.yaml",
        "spec.minReplicas",
        &[("90:33", "services.django-api.scaling.autoscaler.minReplicas")],
    ),
    (
        "manifests/production/frontend/deployment.yaml",
        "spec.replicas",
        &[("108:25", "services.frontend.scaling.replicas")],
    ),
    (
        "manifests/production/django-api/deployment.yaml",
        "spec.template.spec.containers[name=django-api].image",
        &[("63:12", "services.django-api.image")],
    ),
    (
        "manifests/production/django-api/deployment.yaml",
        "spec.template.spec.containers[0].env[name=IDAES_URL].value",
        &[
            ("76:24", "services.django-api.environment.IDAES_URL.url"),
            ("113:3", "services.idaes"),
            ("116:19", "services.idaes.ports.http"),
        ],
    ),
    (
        "manifests/production/django-api/deployment.yaml",
        "spec.template.spec.containers[0].env[name=ALLOWED_HOSTS].value",
        &[
            ("31:16", "environments.production.namespace"),
            ("32:13", "environments.production.domain"),
            ("62:3", "services.django-api"),
            ("92:13", "services.django-api.exposure.host"),
        ],
    ),
    (
        "manifests/production/idaes/deployment.yaml",
        "spec.template.spec.containers[0].livenessProbe.tcpSocket.port",
        &[("116:13", "services.idaes.ports.http"), ("122:31", "services.idaes.probes.liveness.check.tcp")],
    ),
    (
        "manifests/production/postgres/persistentvolume-ahuora-postgres.yaml",
        "spec.local.path",
        &[("30:3", "environments.production"), ("135:52", "postgres.storage.path")],
    ),
    (
        "manifests/production/pgbouncer/configmap.yaml",
        "data.\"etc.pgbouncer.pgbouncer.ini\"",
        &[
            ("132:13", "postgres.database"),
            ("140:1", "pgbouncer.queryWait"),
            ("143:13", "pgbouncer.poolMode"),
            ("144:13", "pgbouncer.poolSize"),
            ("145:20", "pgbouncer.reservePoolSize"),
            ("146:15", "pgbouncer.maxClients"),
        ],
    ),
    (
        "manifests/production/django-api/deployment.yaml",
        "spec.template.spec.securityContext.runAsUser",
        &[("62:3", "services.django-api.user")],
    ),
    (
        "manifests/production/postgres/statefulset.yaml",
        "spec.template.spec.terminationGracePeriodSeconds",
        &[("130:1", "postgres.grace")],
    ),
    (
        "manifests/cluster/argo-cd/applicationset-ahuora-production.yaml",
        "spec.generators[0].merge.generators[0].list.elements[0].head_sha",
        &[("204:11", "argo-cd.branch")],
    ),
    (
        "manifests/cluster/monitoring/application.yaml",
        "spec.source.targetRevision",
        &[("188:12", "monitoring.version")],
    ),
    (
        "compose.yaml",
        "services.django-api.ports[0]",
        &[("67:19", "services.django-api.ports.http"), ("214:25", "compose.publish.django-api")],
    ),
    (
        "manifests/production/postgres/statefulset.yaml",
        "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
        &[("135:19", "postgres.storage.size")],
    ),
    (
        "manifests/production/django-api/ingress.yaml",
        "spec.rules[0].host",
        &[("32:13", "environments.production.domain"), ("92:13", "services.django-api.exposure.host")],
    ),
    ("manifests/production/idaes/deployment.yaml", "spec.template.spec.containers[0].imagePullPolicy", &[]),
];

#[test]
fn fields_of_the_platform_and_their_sources() {
    let configuration = load(PLATFORM).expect("a valid configuration");
    let leaves = Leaves::of(&configuration);
    let documents =
        Documents::of(&configuration, "manifests", &configuration.platforms[0], Parts::ALL).expect("no patches");
    let map = Map::of(&documents, &leaves, leaves.all.iter());
    for (file, field, expected) in CASES {
        let document = documents.iter().find(|document| documents.file(document) == *file).expect(file);
        let (_, plain) = FieldPath::parse(field).expect(field).find(&document.value).expect(field);
        let sources = map.sources(&document.id, &plain).into_iter().filter(|source| source.how == How::Changes);
        let sources = sources.map(|source| source.leaf).filter(|leaf| leaf.origin != Origin::Choice);
        let told: Vec<(String, String)> =
            sources.map(|leaf| (format!("{}:{}", leaf.at.line, leaf.at.column), leaf.path.to_string())).collect();
        let told: Vec<(&str, &str)> = told.iter().map(|(place, path)| (place.as_str(), path.as_str())).collect();
        assert_eq!(told, *expected, "{file} {field}");
    }
}
