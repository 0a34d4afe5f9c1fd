//! Overrides: rendering again builds only what an override touches, and always what a fresh rendering builds.

use std::sync::LazyLock;

use ahuora::check;
use ahuora::config::{Configuration, Override, Problem, load};
use ahuora::platform::Platform;
use ahuora::render::{self, Environment};
use ahuora::tree::Document;
use ahuora::values::EnvironmentName;
use ahuora::yaml::{Aliases, Node, parse, read_documents};
use proptest::prelude::*;
use serde_json::Value;

use crate::setup::{PLATFORM, Setup, render_all, show};

/// An override that makes sense, and the components that it may touch.
type Sensible = (&'static str, &'static str, &'static [&'static str]);

/// Overrides of one component each.
const SINGLE: &[Sensible] = &[
    ("services.idaes.scaling", "{replicas: 3}", &["idaes"]),
    ("services.idaes.scaling", "{autoscaler: {minReplicas: 2, maxReplicas: 4, targetUtilization: 50}}", &["idaes"]),
    ("services.idaes.scaling.autoscaler.maxReplicas", "5", &["idaes"]),
    ("services.idaes.resources.requests.cpu", "750m", &["idaes"]),
    ("services.idaes.resources", "{requests: {cpu: 100m, memory: 1Gi}, limits: {memory: 1Gi}}", &["idaes"]),
    ("services.idaes.image", "ahuora/idaes-worker:0.0.11", &["idaes"]),
    ("services.idaes.probes.startup.failures", "90", &["idaes"]),
    ("services.idaes.probes.liveness", "null", &["idaes"]),
    ("services.idaes.files", "{/etc/solver.opt: \"tol 1e-6\\n\"}", &["idaes"]),
    ("services.django-api.scaling", "{replicas: 1}", &["django-api"]),
    ("services.django-api.environment.DJANGO_MODE", "staging", &["django-api"]),
    ("services.django-api.environment.WORKERS", "4", &["django-api"]),
    ("services.django-api.environment.DJANGO_MODE", "null", &["django-api"]),
    ("services.django-api.args[5]", "core.asgi:application", &["django-api"]),
    ("services.frontend.scaling.replicas", "1", &["frontend"]),
    ("services.frontend.user", "102", &["frontend"]),
    ("services.frontend.probes", "{}", &["frontend"]),
    ("postgres.maxConnections", "200", &["postgres"]),
    ("postgres.storage.size", "20Gi", &["postgres"]),
    ("postgres.resources.limits.memory", "4Gi", &["postgres"]),
    ("pgbouncer.poolSize", "20", &["pgbouncer"]),
    ("pgbouncer.replicas", "2", &["pgbouncer"]),
    ("pgbouncer.poolMode", "session", &["pgbouncer"]),
    ("oauth2-proxy.replicas", "2", &["oauth2-proxy"]),
    ("oauth2-proxy.session", "1h", &["oauth2-proxy"]),
    ("oauth2-proxy.host", "login", &["oauth2-proxy"]),
    ("cloudflared.replicas", "2", &["cloudflared"]),
    ("cloudflared.image", "cloudflare/cloudflared:2026.9.0", &["cloudflared"]),
    ("gateway.middlewares.django-cors.cors.maxAge", "1h", &["gateway"]),
];

/// Overrides that touch more than one component: hosts, ports, components that come and go.
const WIDE: &[Sensible] = &[
    ("services.django-api.exposure.host", "backend", &["django-api", "gateway"]),
    ("services.frontend.exposure.host", "app", &["frontend", "gateway"]),
    ("services.frontend.exposure.middlewares", "[]", &["frontend", "gateway"]),
    ("services.django-api.exposure", "null", &["django-api", "gateway"]),
    ("services.idaes.ports", "{http: 9001}", &["idaes", "django-api"]),
    ("services.idaes.ports.metrics", "9100", &["idaes", "django-api"]),
    ("services.idaes.callers", "[django-api, frontend]", &["idaes", "frontend", "django-api"]),
    ("postgres.database", "other", &["postgres", "pgbouncer"]),
    ("cloudflared", "null", &["cloudflared"]),
    (
        "services.batch",
        "{image: ahuora/batch:1.0, ports: {http: 8002}, scaling: {replicas: 1}, \
         resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 16Mi}}}",
        &["batch"],
    ),
];

/// Overrides that are refused, each with a part of the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    ("", "1", "not a path"),
    ("services", "{}", "services.NAME"),
    ("services.idaes[", "1", "not a path"),
    ("cluster.nodes", "[]", "cannot override"),
    ("service.idaes.image", "a:1", "did you mean `services`?"),
    ("services.idaes.scalling", "{replicas: 1}", "did you mean `scaling`?"),
    ("services.idaes.scaling", "{replicas: 0}", "scaling"),
    ("services.idaes.scaling", "{replicas: 65536}", "65535"),
    ("services.idaes.scaling", "{replicas: many}", "`many`"),
    ("services.idaes.scaling", "null", "`scaling` is missing"),
    ("services.idaes.scaling.replicas", "3", "exactly"),
    ("services.idaes.image", "ahuora/idaes-worker:latest", "moves"),
    ("services.idaes.image", "&a b:1", "anchors"),
    ("services.idaes.image", "[", "not valid YAML"),
    ("services.idaes.ports.http", "80", "root"),
    ("services.idaes.args[3]", "x", "no list"),
    ("services.django-api.args[99]", "x", "no [99]"),
    ("services.idaes.resources.requests.cpu", "lots", "CPU"),
    ("services.idaes.image.tag", "x", "no mapping"),
    ("services.idaes", "null", "idaes"),
    ("services.Bad_Name", "{}", "lower-case letter"),
    ("pgbouncer", "null", "pgbouncer"),
    ("postgres", "null", "pgbouncer"),
    ("oauth2-proxy", "null", "oauth2-proxy"),
    ("services.frontend", "null", "frontend"),
];

static BASE: LazyLock<Configuration> = LazyLock::new(|| Setup::platform().load());
static PRODUCTION: LazyLock<EnvironmentName> =
    LazyLock::new(|| EnvironmentName::new("production").expect("a legal name"));
static RENDERED: LazyLock<Environment> = LazyLock::new(|| fresh(&platform(&[])));

/// Values are YAML texts.
fn overridden(environment: &EnvironmentName, overrides: &[(&str, &str)]) -> Result<Platform, Vec<Problem>> {
    let mut values = Vec::new();
    for (path, text) in overrides {
        let parsed = parse(text, Aliases::Refuse).map_err(|error| vec![Problem::new(*path, error.message)])?;
        values.push(parsed.into_iter().next().unwrap_or_else(Node::null));
    }
    let all = overrides.iter().zip(&values).map(|((path, _), value)| Override { path, value, at: value.at });
    BASE.overridden(environment, &all.collect::<Vec<_>>())
}

fn platform(overrides: &[(&str, &str)]) -> Platform {
    overridden(&PRODUCTION, overrides).unwrap_or_else(|problems| panic!("{overrides:?}: {}", show(&problems)))
}

fn fresh(platform: &Platform) -> Environment {
    render::environment(platform).unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

fn again(before: &Environment, platform: &Platform) -> Environment {
    let after = before.again(platform.clone()).unwrap_or_else(|problems| panic!("{}", show(&problems)));
    let judged = check::again(&after, &check::environment(before));
    assert_eq!(judged, check::environment(&after), "a variant is judged as if it were alone");
    after
}

fn documents(environment: &Environment) -> Vec<&Document> {
    environment.documents().collect()
}

fn components(platform: &Platform) -> usize {
    platform.components.len()
}

/// The value that the repository's file has at a path of plain keys and indexes, as YAML text.
fn original(path: &str) -> String {
    let file = read_documents(PLATFORM).expect("valid YAML").remove(0);
    let pointer: String = path.split(['.', '[']).map(|part| format!("/{}", part.trim_end_matches(']'))).collect();
    file.pointer(&pointer).unwrap_or(&Value::Null).to_string()
}

fn any_override() -> impl Strategy<Value = Sensible> {
    let all: Vec<Sensible> = SINGLE.iter().chain(WIDE).copied().collect();
    prop::sample::select(all)
}

#[test]
fn an_override_of_one_component_builds_that_component_alone() {
    for (path, value, _) in SINGLE {
        let changed = platform(&[(path, value)]);
        let after = again(&RENDERED, &changed);
        assert_eq!(documents(&after), documents(&fresh(&changed)), "{path}: {value}");
        assert_ne!(documents(&after), documents(&RENDERED), "{path} changes nothing");
        let shared = after.shared_components(&RENDERED);
        assert_eq!(shared + 1, components(&changed), "{path}: {value}");
    }
}

#[test]
fn an_override_of_several_components_builds_no_other() {
    for (path, value, touched) in WIDE {
        let changed = platform(&[(path, value)]);
        let after = again(&RENDERED, &changed);
        assert_eq!(documents(&after), documents(&fresh(&changed)), "{path}: {value}");
        let names: Vec<&str> = changed.components.iter().map(|component| component.name()).collect();
        let untouched = names.iter().filter(|name| !touched.contains(name)).count();
        let shared = after.shared_components(&RENDERED);
        assert!(shared >= untouched, "{path}: {shared} shared, {untouched} untouched");
    }
}

#[test]
fn rendering_the_same_platform_again_shares_everything() {
    let same = platform(&[]);
    let after = again(&RENDERED, &same);
    assert_eq!(after.shared_components(&RENDERED), components(&same));
}

#[test]
fn overriding_back_gives_the_original() {
    for (path, value, _) in SINGLE.iter().chain(WIDE) {
        let original = original(path);
        let back = platform(&[(path, value), (path, &original)]);
        assert_eq!(documents(&fresh(&back)), documents(&RENDERED), "{path}");
        let shared = again(&RENDERED, &back).shared_components(&RENDERED);
        assert_eq!(shared, components(&back), "{path}: {value}, then {original}");
    }
}

#[test]
fn an_override_of_the_file_and_one_of_the_library_are_one() {
    for (path, value, _) in SINGLE.iter().chain(WIDE) {
        let json = read_documents(value).expect("valid YAML").pop().unwrap_or(Value::Null);
        let written = Setup::platform().set(path, json).load();
        let of_file = written.platforms.first().expect("one environment");
        assert_eq!(documents(&fresh(of_file)), documents(&fresh(&platform(&[(path, value)]))), "{path}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for (path, value, reason) in REFUSED {
        let problems =
            overridden(&PRODUCTION, &[(path, value)]).err().unwrap_or_else(|| panic!("{path}: {value} is accepted"));
        let told = show(&problems);
        assert!(told.contains(reason), "{path}: {value}: `{reason}` is not in: {told}");
    }
    let nowhere = EnvironmentName::new("nowhere").expect("a legal name");
    let problems = overridden(&nowhere, &[]).expect_err("no such environment");
    assert!(show(&problems).contains("there is no environment `nowhere`"));
}

/// As in the file, where `key:` and `key: null` are one.
#[test]
fn an_override_is_exactly_one_value() {
    let path = "services.idaes.probes.liveness";
    let removed = fresh(&platform(&[(path, "null")]));
    for nothing in ["", "  \n", "# nothing\n", "~", "---\n"] {
        let rendered = overridden(&PRODUCTION, &[(path, nothing)]).map(|platform| fresh(&platform));
        let rendered = rendered.unwrap_or_else(|problems| panic!("{nothing:?}: {}", show(&problems)));
        assert_eq!(documents(&rendered), documents(&removed), "{nothing:?}");
    }
}

#[test]
fn an_override_may_stand_between_others_that_undo_it() {
    let back = original("services.idaes.scaling");
    let overrides = [
        ("services.idaes", "null"),
        ("services.idaes.scaling", "{replicas: 7}"),
        ("services.idaes.scaling", back.as_str()),
    ];
    // What was removed does not come back by its parts.
    assert!(overridden(&PRODUCTION, &overrides).is_err());
    assert!(overridden(&PRODUCTION, &overrides[1..]).is_ok());
}

#[test]
fn many_environments_render_alike_on_every_run() {
    let (before, after) = PLATFORM.split_once("environments:\n").expect("environments");
    let tenants: String =
        (0..23).map(|n| format!("  tenant-{n}: {{namespace: tenant-{n}, domain: t{n}.ahuora.org.nz}}\n")).collect();
    let text = format!("{before}environments:\n{tenants}{after}");
    let configuration = load(&text).unwrap_or_else(|problems| panic!("{}", show(&problems)));
    let (documents, findings) = render_all(&configuration);
    for _ in 0..3 {
        assert_eq!(render_all(&configuration), (documents.clone(), findings.clone()));
    }
    // Each as if it were alone.
    let mut alone = Vec::new();
    for platform in &configuration.platforms {
        alone.extend(fresh(platform).documents().cloned());
    }
    assert_eq!(documents.get(..alone.len()), Some(alone.as_slice()));
    let paths: std::collections::BTreeSet<&str> = documents.iter().map(|document| document.path.as_str()).collect();
    assert_eq!(paths.len(), documents.len(), "two documents stand in one file");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rendering_again_is_rendering(steps in prop::collection::vec(any_override(), 1..6)) {
        let mut overrides: Vec<(&str, &str)> = Vec::new();
        let mut before = RENDERED.clone();
        // A wide override links components for the overrides after it: a new caller follows its callee's port.
        let mut linked: Vec<&str> = Vec::new();
        for (path, value, touched) in steps {
            overrides.push((path, value));
            // Some sensible overrides exclude each other: a callee of a removed component, say.
            let Ok(changed) = overridden(&PRODUCTION, &overrides) else {
                overrides.pop();
                continue;
            };
            let after = again(&before, &changed);
            let built = fresh(&changed);
            prop_assert_eq!(documents(&after), documents(&built), "{:?}", overrides);
            if WIDE.iter().any(|(wide, ..)| *wide == path) {
                linked.extend(touched);
            }
            let names = changed.components.iter().map(|component| component.name());
            let untouched = names.filter(|name| !touched.contains(name) && !linked.contains(name)).count();
            let shared = after.shared_components(&before);
            prop_assert!(shared >= untouched, "{:?}: {} shared, {} untouched", overrides, shared, untouched);
            before = after;
        }
        // The way back is as good as the way there.
        let back = again(&before, &platform(&[]));
        prop_assert_eq!(documents(&back), documents(&RENDERED));
    }

    #[test]
    fn rendering_is_deterministic(steps in prop::collection::vec(any_override(), 0..4)) {
        let mut setup = Setup::platform();
        for (path, value, _) in steps {
            let value = read_documents(value).expect("valid YAML").pop().unwrap_or(Value::Null);
            setup = setup.set(path, value);
        }
        let texts = || setup.try_load().ok().map(|configuration| {
            let (documents, findings) = render_all(&configuration);
            let texts: Vec<_> = documents.iter().map(|document| (document.path.clone(), document.text().expect("representable"))).collect();
            (texts, findings)
        });
        prop_assert_eq!(texts(), texts());
    }
}

/// Keys that exist, keys that almost do, and indexes.
fn any_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => prop::sample::select(vec![
            "services", "idaes", "django-api", "postgres", "pgbouncer", "oauth2-proxy", "cloudflared", "gateway",
            "scaling", "replicas", "autoscaler", "maxReplicas", "resources", "requests", "cpu", "memory", "limits",
            "image", "ports", "http", "probes", "startup", "check", "tcp", "exposure", "host", "middlewares",
            "environment", "files", "\"/etc/a.conf\"", "storage", "callers", "args[0]", "args[99]", "lifecycle",
        ]).prop_map(str::to_owned),
        1 => "[-a-z\\[\\]\".0-9é ]{0,6}",
    ];
    prop::collection::vec(segment, 0..6).prop_map(|segments| segments.join("."))
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "null",
            "~",
            "",
            "0",
            "-1",
            "1",
            "65535",
            "65536",
            "18446744073709551616",
            "1e999",
            "true",
            "[]",
            "{}",
            "[{}]",
            "{replicas: 2}",
            "{a: {b: {c: 1}}}",
            "500m",
            "0m",
            "1Gi",
            "999999999999Ti",
            "0.0000000001",
            "5s",
            "8784h",
            "@",
            "*",
            "a.b",
            "api",
            "a:1",
            "{http: 1024}",
            "{http: 65536}",
            "\"\\0\"",
            "--- a\n--- b",
            "? [a]",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}",
        "[-\\[\\]{}:,&*!|>'\"%@`#? \n\ta-z0-9.]{0,16}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_override_panics(overrides in prop::collection::vec((any_path(), any_value()), 1..3)) {
        let pairs: Vec<(&str, &str)> = overrides.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        match overridden(&PRODUCTION, &pairs) {
            Ok(platform) => {
                for document in documents(&again(&RENDERED, &platform)) {
                    let text = document.text().expect("representable");
                    prop_assert_eq!(read_documents(&text).expect("valid YAML"), vec![Value::clone(&document.value)]);
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty(), "refused without a reason");
                prop_assert!(problems.iter().all(|problem| !problem.message.is_empty()));
            }
        }
    }
}
