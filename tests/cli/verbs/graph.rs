//! `ahuora graph`.

use crate::env::{PRODUCTION, STAGING, TestEnv};

#[test]
fn the_platform_as_mermaid() {
    insta::assert_snapshot!(TestEnv::new().run(&["graph"]).expect_code(0).stdout, @r#"
    ---
    title: ahuora production (namespace ahuora)
    ---
    flowchart LR
      cloudflared["cloudflared<br/>2026.8.2<br/>1 pod"]
      django-api["django-api<br/>0.0.17<br/>2 - 8 pods"]
      frontend["frontend<br/>0.0.9<br/>2 pods"]
      idaes["idaes<br/>0.0.10<br/>1 - 8 pods"]
      internet(("internet"))
      oauth2-proxy["oauth2-proxy<br/>v7.15.3<br/>1 pod"]
      pgbouncer["pgbouncer<br/>v1.25.2-p0<br/>1 pod"]
      postgres["postgres<br/>16.4<br/>1 pod"]
      storage[("5Gi on ahuora-agent-1")]
      traefik{{"Traefik"}}
      cloudflared -->|"443, 7844"| internet
      cloudflared -->|"8443"| traefik
      django-api -->|"8001"| idaes
      django-api -->|"6432"| pgbouncer
      oauth2-proxy -->|"443"| internet
      pgbouncer -->|"5432"| postgres
      postgres --> storage
      traefik -->|"api.ahuora.org.nz<br/>django-cors, oauth-forwarder-aliases, oauth-forwarder"| django-api
      traefik -->|"ahuora.org.nz<br/>oauth-signin, oauth-forwarder-aliases, oauth-forwarder"| frontend
      traefik -->|"ahuora.org.nz/oauth2"| oauth2-proxy
      traefik -->|"auth.ahuora.org.nz"| oauth2-proxy
    "#);
}

#[test]
fn an_environment_is_chosen_by_name() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let of = |name| env.run(&["graph", "--environment", name]).expect_code(0).stdout;
    assert!(of("staging").contains("namespace ahuora-staging"));
    assert!(of("production").contains("namespace ahuora)"));
    assert_eq!(env.run(&["graph"]).stdout, of("production"));
}

#[test]
fn an_unknown_environment_is_answered_with_those_known() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    insta::assert_snapshot!(env.run(&["graph", "--environment", "nope"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: there is no environment `nope`
    hint: the environments are: production, staging
    ");
}

#[test]
fn json_holds_the_same_picture() {
    let env = TestEnv::new();
    let json = env.run(&["graph", "--format", "json"]).expect_code(0).json();
    assert_eq!(json["environment"], "production");
    assert_eq!(json["mermaid"], env.run(&["graph"]).stdout);
}
