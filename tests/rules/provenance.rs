//! Where fields come from, proved without the map's own machinery: the text of the file is changed where a leaf
//! stands, and everything is loaded and rendered in the ordinary way.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ahuora::config::{Configuration, load};
use ahuora::manifest::compose;
use ahuora::provenance::{Documents, Effect, How, Leaf, Leaves, Map, Origin, Parts, unused};
use ahuora::render;
use ahuora::tree::{Document, FieldPath};
use serde_json::Value;

use crate::setup::PLATFORM;

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
    let mut files: Files = documents.map(|document| (format!("manifests/{}", document.path), document.value)).collect();
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
fn others(leaf: &Leaf) -> Vec<Files> {
    let value = leaf.value.as_str();
    let values: &[&str] = match value {
        "true" => &["false"],
        "false" => &["true"],
        _ if value.bytes().all(|byte| byte.is_ascii_digit()) => NUMBERS,
        _ if value.starts_with(|first: char| first.is_ascii_digit()) && !value.contains('.') => AMOUNTS,
        _ => WORDS,
    };
    let values = values.iter().filter(|other| **other != value);
    values.filter_map(|value| files(&load(&replaced(leaf, value)).ok()?)).take(2).collect()
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
    let mut tried = 0;
    for (leaf, _) in &found.idle {
        for other in others(leaf) {
            tried += 1;
            assert!(other == present, "{} moves something", leaf.path);
        }
    }
    // Nodes that postgres needs, and keys that monitoring needs, have no other value alone.
    assert!(tried > found.idle.len(), "{tried} values for {} leaves", found.idle.len());
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

/// The map of every environment.
fn maps<'l>(configuration: &Configuration, leaves: &'l Leaves) -> Vec<Map<'l>> {
    let one = |platform| {
        let documents = Documents::of(configuration, "manifests", platform, Parts::ALL).expect("patches that fit");
        Map::of(&documents, leaves, written(leaves))
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
    for (number, leaf) in written(&leaves).enumerate().filter(|(number, _)| number % 4 == 0) {
        let others = others(leaf);
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
    let sources = |number: usize, path: &str, file: &str, field: &str| -> Vec<String> {
        let platform = &configuration.platforms[number];
        let documents = Documents::of(&configuration, "manifests", platform, Parts::ALL).expect("patches that fit");
        let map = Map::of(&documents, &leaves, written(&leaves));
        let document = documents.iter().find(|document| documents.file(document) == file).expect(path);
        let field = FieldPath::parse(field).expect("a path");
        let (_, plain) = field.find(&document.value).expect("a field");
        map.sources(&document.id, &plain).iter().map(|source| source.leaf.path.to_string()).collect()
    };
    let hpa = |name: &str| format!("manifests/{name}/idaes/horizontalpodautoscaler.yaml");
    assert_eq!(
        sources(0, "production", &hpa("production"), "spec.maxReplicas"),
        ["services.idaes.scaling.autoscaler.maxReplicas"]
    );
    assert_eq!(
        sources(1, "staging", &hpa("staging"), "spec.maxReplicas"),
        [r#"environments.staging.overrides."services.idaes.scaling.autoscaler.maxReplicas""#]
    );
    assert_eq!(
        sources(1, "staging", &hpa("staging"), "spec.minReplicas"),
        ["services.idaes.scaling.autoscaler.minReplicas"]
    );
    let patched = sources(1, "staging", "manifests/staging/frontend/deployment.yaml", "metadata.annotations.team");
    assert!(patched.contains(&"patches[0].change.merge.metadata.annotations.team".to_owned()), "{patched:?}");
    let service = sources(1, "staging", "manifests/staging/idaes/service.yaml", "metadata.annotations.team");
    assert!(service.contains(&"patches[1].change.json[0].value.team".to_owned()), "{service:?}");
}
