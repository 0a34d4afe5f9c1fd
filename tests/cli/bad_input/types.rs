//! Values of the wrong type.

use super::case::assert_refused;

#[test]
fn text_for_a_number() {
    assert_refused(&[
        ("{http: 8080}", "{http: ▶eighty}", &["services.frontend.ports.http: ", "whole number", "`eighty`"]),
        ("maxConnections: 100", "maxConnections: ▶many", &["postgres.maxConnections: ", "whole number", "`many`"]),
        ("user: 101 ", "user: ▶www ", &["services.frontend.user: ", "whole number", "`www`"]),
    ]);
}

#[test]
fn a_list_for_a_mapping() {
    assert_refused(&[
        ("scaling: {replicas: 2}", "scaling: ▶[2]", &["services.frontend.scaling: ", "`replicas`", "a list"]),
        ("{http: 8080}", "▶[8080]", &["services.frontend.ports: ", "mapping", "a list"]),
        (
            "IDAES_URL: {url: idaes}",
            "IDAES_URL: ▶[idaes]",
            &["services.django-api.environment.IDAES_URL: ", "text", "a list"],
        ),
    ]);
}

#[test]
fn a_mapping_for_a_list() {
    assert_refused(&[
        ("[/tmp, /var/cache/nginx, /var/run]", "▶{a: /tmp}", &["services.frontend.writable: ", "a list", "a mapping"]),
        ("keys: [username, password]", "keys: ▶username", &["secrets.postgres.keys: ", "a list", "`username`"]),
    ]);
}

#[test]
fn a_mapping_or_nothing_for_text() {
    assert_refused(&[
        ("image: ahuora/frontend:0.0.9", "image: ▶{name: x}", &["services.frontend.image: ", "text", "a mapping"]),
        ("image: ahuora/frontend:0.0.9", "image: ▶~", &["services.frontend.image: ", "text", "nothing"]),
        ("image: ahuora/frontend:0.0.9", "▷image:", &["services.frontend.image: ", "text", "nothing"]),
        ("command: [granian]", "command: [▶[granian]]", &["services.django-api.command[0]: ", "text", "a list"]),
    ]);
}

#[test]
fn a_word_for_true_or_false() {
    assert_refused(&[(
        "internet: true",
        "internet: ▶maybe",
        &["cluster.nodes[0].internet: ", "`true` or `false`", "`maybe`"],
    )]);
}

#[test]
fn a_block_that_is_no_block() {
    assert_refused(&[
        (
            "environments:\n  production:\n    namespace: ahuora\n    domain: ahuora.org.nz",
            "environments: ▶[production]",
            &["environments: ", "a mapping", "a list"],
        ),
        ("reserved: {cpu: 200m, memory: 512Mi}", "reserved: ▶none", &["cluster.reserved: ", "a mapping", "`none`"]),
    ]);
}
