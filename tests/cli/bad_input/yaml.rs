//! Text that is not YAML, or YAML that a configuration may not use.

use super::case::{assert_refused, complaint};

#[test]
fn malformed_yaml() {
    assert_refused(&[
        ("name: ahuora\n\n", "name: \"ahuora\n\n", &["not valid YAML"]),
        ("name: ahuora\n\n", "name: ahuora: ▷x\n\n", &["not valid YAML"]),
        ("  architecture: arm64", "▷\tarchitecture: arm64", &["not valid YAML"]),
        ("callers: [django-api]\n    writable", "callers: [django-api\n    ▷writable", &["not valid YAML"]),
        ("name: ahuora\n\n", "name: ahuora\n▷]\n\n", &["not valid YAML"]),
        ("name: ahuora\n\n", "name: ahuora\n▷just text\n\n", &["not valid YAML"]),
    ]);
}

#[test]
fn repeated_keys() {
    assert_refused(&[
        ("name: ahuora\n\n", "name: ahuora\n▶name: other\n\n", &["`name`", "repeated", "line 6"]),
        ("    scaling: {replicas: 2}", "    scaling: {replicas: 2, ▶replicas: 3}", &["`replicas`", "repeated"]),
        ("  idaes:\n    image", "  ▶frontend:\n    image", &["`frontend`", "repeated"]),
        ("compose:\n", "▶postgres: {}\ncompose:\n", &["`postgres`", "repeated"]),
    ]);
}

#[test]
fn anchors_aliases_merge_keys_and_tags() {
    assert_refused(&[
        ("scaling: {replicas: 2}", "scaling: ▷&two {replicas: 2}", &["anchors", "not supported"]),
        ("name: ahuora\n\n", "name: ▷*other\n\n", &[]),
        ("scaling: {replicas: 2}", "scaling: {▶<<: {replicas: 2}}", &["merge keys", "not supported"]),
        ("name: ahuora\n\n", "name: ▷!!binary YWh1b3Jh\n\n", &["tag", "not supported"]),
        ("scaling: {replicas: 2}", "scaling: ▷!ruby/object {replicas: 2}", &["tag", "not supported"]),
    ]);
}

#[test]
fn keys_that_are_no_text() {
    assert_refused(&[
        ("name: ahuora\n\n", "name: ahuora\n▷? [a, b]\n: c\n\n", &["a key must be text"]),
        ("scaling: {replicas: 2}", "scaling: {▷{a: b}: 2}", &["a key must be text"]),
    ]);
}

#[test]
fn several_documents() {
    assert_refused(&[("compose:\n", "---\n▶compose:\n", &["second document", "one document"])]);
}

#[test]
fn nesting_without_end() {
    for (levels, words) in [(101, "levels deep"), (1_000, "recursion"), (100_000, "recursion")] {
        let text = format!("name: {}{}\n", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(complaint(&text, &[words], Some(1)), None);
    }
    let block: String = (0..101).map(|level| format!("{}k:\n", " ".repeat(level))).collect();
    assert_eq!(complaint(&block, &["levels deep"], Some(1)), None);
}
