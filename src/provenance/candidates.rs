//! Other values for a leaf, by its type: the next number, another tag, another name that exists.

use super::leaves::{Leaf, Leaves, Origin};
use super::schema::{Schema, Shape};
use crate::config::Edit;
use crate::config::path::{Path, Segment, get, set};
use crate::values::{Cpu, Memory, Seconds};
use crate::yaml::{Entry, Node, NodeValue, Resolved, resolve};

/// A scalar as it would be written: the text, and whether it is plain.
type Scalar = (String, bool);

const MEBIBYTE: u64 = 1 << 20;

/// A change that gives the leaf another value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// The change.
    pub(super) edit: Edit,
    /// What must be there for it; what this alone moves is not the leaf's.
    pub(super) helpers: Vec<Edit>,
}

impl Candidate {
    const fn alone(edit: Edit) -> Self {
        Self { edit, helpers: Vec::new() }
    }
}

/// Changes of the leaf alone, the best first; some may be refused.
pub(super) fn own(leaf: &Leaf, leaves: &Leaves, root: &Node) -> Vec<Candidate> {
    match leaf.origin {
        Origin::Name => {
            let renamed = ["-x", "x", "X"].map(|end| Edit::Rename(leaf.path.clone(), format!("{}{end}", leaf.value)));
            return renamed.map(Candidate::alone).into();
        }
        Origin::Choice => return others(&above(leaf), leaf, leaves),
        Origin::Written | Origin::Default => {}
    }
    let node = get(root, leaf.path.segments());
    let plain = matches!(node, Some(Node { value: NodeValue::Scalar { plain: true, .. }, .. }));
    let shapes = leaves.schema_of(leaf).map(Schema::shapes).unwrap_or_default();
    let mut scalars: Vec<Scalar> = Vec::new();
    for shape in &shapes {
        for scalar in of_shape(shape, &leaf.value, plain, leaves) {
            if scalar.0 != leaf.value && !scalars.contains(&scalar) {
                scalars.push(scalar);
            }
        }
    }
    let put = |(text, plain)| Candidate::alone(put(leaf, NodeValue::Scalar { text, plain }));
    scalars.into_iter().map(put).collect()
}

/// Changes to try when no other value is valid by itself: something new that the leaf could name, another
/// alternative of the sum that it chooses, nothing at all.
pub(super) fn last(leaf: &Leaf, leaves: &Leaves, root: &Node) -> Vec<Candidate> {
    if leaf.origin != Origin::Written {
        return Vec::new();
    }
    let mut all: Vec<Candidate> = something_to_name(leaf, leaves, root).into_iter().collect();
    if let Some(here) = leaves.schema_of(leaf) {
        let others = here.variants().into_iter().filter_map(|(key, schema)| sample(key, schema, leaves));
        all.extend(others.map(|value| Candidate::alone(put(leaf, value))));
    }
    all.extend(others(&above(leaf), leaf, leaves));
    all.push(Candidate::alone(Edit::Remove(leaf.path.clone())));
    all
}

/// A second Secret like the one that the leaf names, or a second port, and the leaf naming it.
fn something_to_name(leaf: &Leaf, leaves: &Leaves, root: &Node) -> Option<Candidate> {
    let kind = leaves.schema_of(leaf)?.name()?;
    let (name, rest) = leaf.value.split_at(leaf.value.find('/').unwrap_or(leaf.value.len()));
    let copy = format!("{name}-x");
    let (block, value) = match (kind, leaf.typed.leading_keys(2).as_slice()) {
        ("ObjectName" | "SecretKeyRef", _) => {
            let block = Path::default().join(key_step("secrets"));
            let secret = get(root, block.join(key_step(name)).segments())?.clone();
            (block, secret)
        }
        ("PortName", ["services", name]) => {
            let service = Path::default().join(key_step("services")).join(key_step(name));
            let free = NodeValue::Scalar { text: "65000".to_owned(), plain: true };
            (service.join(key_step("ports")), Node { value: free, at: leaf.at })
        }
        _ => return None,
    };
    let helpers = vec![Edit::Set(block.join(key_step(&copy)), value)];
    Some(Candidate { edit: put(leaf, NodeValue::Scalar { text: copy + rest, plain: false }), helpers })
}

/// The block that holds a leaf.
fn above(leaf: &Leaf) -> Leaf {
    Leaf { path: leaf.path.parent(), typed: leaf.typed.parent(), ..leaf.clone() }
}

/// The other alternatives of a sum, one of which holds the leaf.
fn others(sum: &Leaf, leaf: &Leaf, leaves: &Leaves) -> Vec<Candidate> {
    let Some(schema) = leaves.schema_of(sum) else { return Vec::new() };
    let own = schema.variants().into_iter().filter(|(key, _)| leaf.path != sum.path.join(key_step(key)));
    let samples = own.filter_map(|(key, schema)| sample(key, schema, leaves));
    samples.map(|value| Candidate::alone(put(sum, value))).collect()
}

fn key_step(key: &str) -> Segment {
    Segment::Key(key.to_owned())
}

/// Puts a value where the leaf stands, or with the rest of the default block where nothing stands.
fn put(leaf: &Leaf, value: NodeValue) -> Edit {
    let node = Node { value, at: leaf.at };
    let Some((path, block)) = &leaf.absent else { return Edit::Set(leaf.path.clone(), node) };
    let mut block = block.clone();
    let rest = leaf.path.segments().get(path.segments().len()..).unwrap_or_default();
    // The rest leads to the leaf, which stands in its own default block.
    let _ = set(&mut block, rest, &node);
    Edit::Set(path.clone(), block)
}

fn of_shape(shape: &Shape<'_>, value: &str, plain: bool, leaves: &Leaves) -> Vec<Scalar> {
    if let Some(word) = shape.word() {
        return vec![(word.to_owned(), true)];
    }
    if let Some(name) = shape.name.filter(|_| shape.is("string"))
        && let Some(texts) = of_type(name, value, leaves)
    {
        return texts.into_iter().map(|text| (text, false)).collect();
    }
    if shape.is_anything() {
        return of_anything(value, plain);
    }
    match () {
        () if shape.is("string") => texts(value).into_iter().map(|text| (text, false)).collect(),
        () if shape.is("boolean") => flipped(value),
        () if shape.is("integer") => numbers(value),
        () => Vec::new(),
    }
}

/// What stands in a patch has no type of ours: its own is kept.
fn of_anything(value: &str, plain: bool) -> Vec<Scalar> {
    match if plain { resolve(value) } else { Resolved::Text } {
        Resolved::Bool(_) => flipped(value),
        Resolved::Int(_) | Resolved::Unsigned(_) => numbers(value),
        Resolved::Null => Vec::new(),
        Resolved::Float(_) | Resolved::Text => texts(value).into_iter().map(|text| (text, false)).collect(),
    }
}

fn flipped(value: &str) -> Vec<Scalar> {
    let is_true = resolve(value) == Resolved::Bool(true);
    vec![(if is_true { "false" } else { "true" }.to_owned(), true)]
}

/// Numbers near and far: what is rounded, or decided by a bound, shows in one of them.
fn numbers(value: &str) -> Vec<Scalar> {
    let Ok(number) = value.parse::<i64>() else { return Vec::new() };
    let near =
        [number.saturating_add(1), number.saturating_sub(1), number.saturating_mul(2), number.saturating_add(7), 1];
    near.into_iter().map(|number| (number.to_string(), true)).collect()
}

fn texts(value: &str) -> Vec<String> {
    vec![format!("{value}x"), format!("x{value}"), "x".to_owned(), "y".to_owned()]
}

/// Other values of a type by its name; nothing for types that are told by their shape.
fn of_type(name: &str, value: &str, leaves: &Leaves) -> Option<Vec<String>> {
    Some(match name {
        "Seconds" => amounts(Seconds::new(value).ok()?.get().into(), 1).map(|seconds| format!("{seconds}s")).collect(),
        "Cpu" => amounts(Cpu::new(value).ok()?.millicores(), 1).map(|millis| format!("{millis}m")).collect(),
        "Memory" => amounts(Memory::new(value).ok()?.bytes(), MEBIBYTE).map(|bytes| bytes.to_string()).collect(),
        "ImageRef" => images(value),
        "Domain" => vec![format!("x.{value}"), format!("x{value}"), "x.example".to_owned()],
        "ExactVersion" => vec![format!("{value}-x"), "0.0.1".to_owned(), "9.9.9".to_owned()],
        "MinorVersion" => ["1.35", "1.36", "1.34"].map(str::to_owned).into(),
        "SecretKeyRef" => {
            let declared = names(leaves, name).cloned();
            [format!("{value}x"), format!("x{value}")].into_iter().chain(declared).collect()
        }
        "Commit" => ["0", "1"].map(|digit| digit.repeat(40)).into(),
        "HeaderName" | "HttpsUrl" | "UrlPath" | "AbsolutePath" => texts(value),
        _ if leaves.names.contains_key(name) => {
            let own = ["-x", "x", "X"].map(|end| format!("{value}{end}"));
            own.into_iter().chain(names(leaves, name).cloned()).collect()
        }
        _ => return None,
    })
}

fn names<'l>(leaves: &'l Leaves, kind: &str) -> impl Iterator<Item = &'l String> {
    leaves.names.get(kind).into_iter().flatten()
}

/// One step up, one down, the double, and further.
fn amounts(present: u64, step: u64) -> impl Iterator<Item = u64> {
    [present + step, present.saturating_sub(step), present.saturating_mul(2), present + 7 * step].into_iter()
}

/// Another tag, then another repository; a digest stays.
fn images(value: &str) -> Vec<String> {
    let (name, digest) = value.split_at(value.find('@').unwrap_or(value.len()));
    let (repository, tag) = name.split_at(name.rfind(':').unwrap_or(name.len()));
    vec![format!("{name}-x{digest}"), format!("{repository}x{tag}{digest}"), format!("{repository}:0.0.0{digest}")]
}

/// An alternative of a sum with something valid in it.
fn sample(key: &str, schema: Schema<'_>, leaves: &Leaves) -> Option<NodeValue> {
    let value = Node { value: something(schema, leaves)?, at: Node::null().at };
    Some(NodeValue::Mapping(vec![Entry { key: key.to_owned(), at: value.at, value }]))
}

fn something(schema: Schema<'_>, leaves: &Leaves) -> Option<NodeValue> {
    let node = |value| Node { value, at: Node::null().at };
    if schema.shapes().iter().any(Shape::is_anything) {
        return Some(NodeValue::Mapping(Vec::new()));
    }
    if let Some(item) = schema.item() {
        return Some(NodeValue::Sequence(vec![node(something(item, leaves)?)]));
    }
    if let Some(keys) = schema.required() {
        let entry = |(key, schema): (&str, Schema<'_>)| {
            Some(Entry { key: key.to_owned(), at: Node::null().at, value: node(something(schema, leaves)?) })
        };
        return keys.into_iter().map(entry).collect::<Option<_>>().map(NodeValue::Mapping);
    }
    let text = match schema.name() {
        Some("UrlPath" | "AbsolutePath") => "/x",
        Some("HttpsUrl") => "https://x.example",
        Some("SecretKeyRef") => "x/x",
        Some(name) if leaves.names.contains_key(name) => leaves.names.get(name)?.first()?,
        _ if schema.shapes().iter().any(|shape| shape.is("integer")) => "2",
        _ if schema.shapes().iter().any(|shape| shape.is("string")) => "x",
        _ => return None,
    };
    Some(NodeValue::Scalar { text: text.to_owned(), plain: text == "2" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Configuration, load};

    const FILE: &str = include_str!("../../platform.yaml");

    fn configuration() -> Configuration {
        let patch = "patches:\n  - target: {kind: Service, name: idaes}\n    reason: tested\n    change: {merge: {spec: {n: 1, yes: true, text: \"1\"}}}\n";
        load(&format!("{FILE}\n{patch}")).unwrap()
    }

    /// What a leaf is varied to, as text; other shapes than scalars are told by their keys.
    fn of(path: &str, from: fn(&Leaf, &Leaves, &Node) -> Vec<Candidate>) -> Vec<String> {
        let configuration = configuration();
        let leaves = Leaves::of(&configuration);
        let mut found = leaves.all.iter().filter(|leaf| leaf.path.to_string() == path);
        let leaf = found.next_back().unwrap_or_else(|| panic!("{path} is no leaf"));
        let text = |node: &Node| match &node.value {
            NodeValue::Scalar { text, plain } => {
                if *plain {
                    text.clone()
                } else {
                    format!("'{text}'")
                }
            }
            _ => node.entries().iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join("+"),
        };
        let show = |candidate: Candidate| match candidate.edit {
            Edit::Set(_, node) => text(&node),
            Edit::Rename(_, name) => format!("rename {name}"),
            Edit::Remove(_) => "remove".to_owned(),
        };
        from(leaf, &leaves, configuration.root()).into_iter().map(show).collect()
    }

    #[test]
    fn every_type_has_other_values() {
        let cases: [(&str, &[&str]); 13] = [
            ("services.django-api.scaling.autoscaler.minReplicas", &["3", "1", "4", "9"]),
            ("services.django-api.image", &["'ahuora/django-api:0.0.17-x'", "'ahuora/django-apix:0.0.17'"]),
            ("services.django-api.lifecycle.grace", &["'31s'", "'29s'", "'60s'", "'37s'"]),
            ("services.django-api.resources.requests.cpu", &["'501m'", "'499m'", "'1000m'"]),
            ("services.django-api.resources.limits.memory", &["'1074790400'", "'1072693248'", "'2147483648'"]),
            ("gateway.middlewares.django-cors.cors.credentials", &["false"]),
            ("pgbouncer.poolMode", &["session", "statement"]),
            ("cluster.architecture", &["amd64"]),
            ("services.django-api.exposure.host", &["'apix'", "'xapi'", "'x'", "'y'"]),
            ("environments.production.domain", &["'x.ahuora.org.nz'", "'xahuora.org.nz'"]),
            ("patches[0].change.merge.spec.n", &["2", "0"]),
            ("patches[0].change.merge.spec.yes", &["false"]),
            ("patches[0].change.merge.spec.text", &["'1x'", "'x1'"]),
        ];
        for (path, first) in cases {
            let found = of(path, own);
            assert!(
                found.starts_with(&first.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()),
                "{path}: {found:?}"
            );
        }
    }

    #[test]
    fn names_of_blocks_are_varied_too() {
        assert_eq!(of("services.idaes", own), ["rename idaes-x", "rename idaesx", "rename idaesX"]);
        assert_eq!(of("services.idaes.scaling.autoscaler", own), ["replicas"]);
    }

    #[test]
    fn references_try_names_that_exist() {
        let callers = of("services.idaes.callers[0]", own);
        assert!(callers.contains(&"'frontend'".to_owned()), "{callers:?}");
        let node = of("postgres.storage.node", own);
        assert!(node.contains(&"'ahuora-agent-2'".to_owned()), "{node:?}");
        let secret = of("oauth2-proxy.emails.secret", own);
        assert!(secret.contains(&"'django/secret-key'".to_owned()), "{secret:?}");
    }

    #[test]
    fn what_has_no_other_value_names_something_new_or_chooses_another_alternative() {
        assert_eq!(of("oauth2-proxy.provider", own), [""; 0]);
        assert_eq!(of("oauth2-proxy.provider", last), ["oidc", "remove"]);
        assert_eq!(of("services.idaes.probes.liveness.check.tcp", last), ["'http-x'", "http", "exec", "remove"]);
        assert_eq!(of("monitoring.credentials", last), ["'grafana-cloud-x'", "remove"]);
    }

    #[test]
    fn a_default_is_written_with_the_rest_of_its_block() {
        let configuration = configuration();
        let leaves = Leaves::of(&configuration);
        let path = "services.idaes.scaling.autoscaler.scaleUp.policies[1].allow.pods";
        let leaf = leaves.all.iter().find(|leaf| leaf.path.to_string() == path && leaf.origin == Origin::Default);
        let first = own(leaf.unwrap(), &leaves, configuration.root()).remove(0);
        let Edit::Set(at, block) = first.edit else { panic!("a value") };
        assert_eq!(at.to_string(), "services.idaes.scaling.autoscaler.scaleUp");
        let json = block.to_json();
        assert_eq!(json["policies"][1]["allow"]["pods"], 5);
        assert_eq!(json["policies"][0]["allow"]["percent"], 100);
        assert_eq!(json["stabilizationWindow"], "0s");
    }
}
