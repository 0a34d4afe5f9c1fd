//! Names and hosts that Kubernetes or DNS would refuse.

use super::case::assert_refused;

const POSTGRES: &str = "\npostgres:\n  image: postgres:16.4";

#[test]
fn component_names() {
    let long = "a".repeat(41);
    assert_refused(&[
        ("  frontend:\n    image", "  ▶Frontend:\n    image", &["services", "`Frontend`", "lower-case"]),
        ("  frontend:\n    image", "  ▶front_end:\n    image", &["services", "`front_end`"]),
        ("  frontend:\n    image", "  ▶1frontend:\n    image", &["services", "begin with a lower-case letter"]),
        ("  frontend:\n    image", &format!("  ▶{long}:\n    image"), &["services", "41 characters"]),
        ("    oauth-signin: {", "    ▶OAuth: {", &["gateway.middlewares", "`OAuth`"]),
        ("[X-Auth-Request-User, ", "[▶X_User, ", &["forwardAuth.responseHeaders[0]: ", "`X_User`", "header"]),
    ]);
}

#[test]
fn names_of_other_components_are_taken() {
    let service = |name: &str| {
        format!(
            "  ▶{name}:
    image: ahuora/x:1
    ports: {{http: 8080}}
    resources: {{requests: {{cpu: 10m, memory: 16Mi}}, limits: {{memory: 16Mi}}}}
    scaling: {{replicas: 1}}
{POSTGRES}"
        )
    };
    let names = ["postgres", "pgbouncer", "oauth2-proxy", "cloudflared", "gateway", "namespace"];
    let texts = names.map(service);
    let cases = texts.each_ref().map(|text| (POSTGRES, text.as_str(), &["services.", "name of another component"][..]));
    assert_refused(&cases);
}

#[test]
fn other_names() {
    assert_refused(&[
        ("name: ahuora\n\n", "name: ▶Ahuora\n\n", &["name: ", "`Ahuora`"]),
        (
            "    namespace: ahuora\n",
            "    namespace: ▶Ahuora_X\n",
            &["environments.production.namespace: ", "`Ahuora_X`"],
        ),
        ("  production:\n", "  ▶cluster:\n", &["environments", "`cluster`", "reserved"]),
        ("{http: 8080}", "{▶a-very-long-port-name: 8080}", &["services.frontend.ports", "15"]),
        ("{http: 8080}", "{▶\"8080\": 8080}", &["services.frontend.ports", "`8080`", "letter"]),
        ("DJANGO_MODE: production", "▶DJANGO-MODE: production", &["services.django-api.environment", "`DJANGO-MODE`"]),
        ("keys: [secret-key]", "keys: [▶\"secret key\"]", &["secrets.django.keys[0]: ", "`secret key`"]),
        (
            "writable: [/tmp, /var/cache/nginx, /var/run]",
            "writable: [▶tmp]",
            &["services.frontend.writable[0]: ", "`tmp`", "absolute path"],
        ),
        (
            "storage: {size: 5Gi, node: ahuora-agent-1, path: /var/lib/ahuora/postgres}",
            "storage: {size: 5Gi, node: ahuora-agent-1, path: ▶/var/../etc}",
            &["postgres.storage.path: ", "`..`"],
        ),
        (
            "repository: https://grafana.github.io/helm-charts",
            "repository: ▶git@github.com:a/b.git",
            &["monitoring.repository: ", "https"],
        ),
    ]);
}

#[test]
fn hosts() {
    assert_refused(&[
        ("host: \"@\"", "host: ▶\"a b\"", &["services.frontend.exposure.host: ", "`a b`", "not a host"]),
        ("host: \"@\"", "host: ▶Www", &["services.frontend.exposure.host: ", "`Www`"]),
        ("host: \"@\"", "host: ▶\"*\"", &["services.frontend.exposure.host: ", "`*`"]),
        ("host: \"@\"", "host: ▶\"\"", &["services.frontend.exposure.host: ", "not a host"]),
        ("host: \"@\"", "host: ▶api..ahuora.org.nz", &["services.frontend.exposure.host: ", "`api..ahuora.org.nz`"]),
        ("domain: ahuora.org.nz", "domain: ▶localhost", &["environments.production.domain: ", "`localhost`", "no dot"]),
        ("domain: ahuora.org.nz", "domain: ▶Ahuora.org.nz", &["environments.production.domain: ", "lower-case"]),
    ]);
}

#[test]
fn two_components_on_one_host() {
    assert_refused(&[("host: auth", "host: ▷api", &["host", "`api.ahuora.org.nz`"])]);
}

#[test]
fn two_nodes_of_one_name() {
    assert_refused(&[(
        "{name: ahuora-agent-3,",
        "{name: ▶ahuora-agent-2,",
        &["cluster.nodes[3].name: ", "`ahuora-agent-2`"],
    )]);
}
