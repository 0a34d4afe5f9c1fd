//! `ahuora check`: every finding at once, and the Secrets that the cluster must hold.

use crate::env::{PRODUCTION, STAGING, TestEnv};

#[test]
fn the_secrets_are_listed() {
    let env = TestEnv::new();
    let before = env.contents();
    insta::assert_snapshot!(env.run(&["check"]).expect_code(0).stdout, @r"
    Secrets that the cluster must hold:
      argocd/argocd-github: token
          Token that may read the pull requests of this repository; the Secret carries the label `argocd.argoproj.io/secret-type=scm-creds`.
      ahuora/cloudflared: credentials.json
          Credentials file of the tunnel, as `cloudflared tunnel create` writes it.
      ahuora/django: secret-key
          Django's SECRET_KEY, 50 random characters.
      ahuora/docker-hub: .dockerconfigjson
          Credentials of the private Docker Hub repositories.
      monitoring/grafana-cloud: logs-url, logs-username, metrics-url, metrics-username, password
          URLs, users and access-policy token of Grafana Cloud's metrics and logs.
      ahuora/oauth2-proxy: client-id, client-secret, cookie-secret, emails
          OAuth client of the Google Cloud project, 32 random bytes for the cookie (`openssl rand -base64 32 | tr +/ -_`), and the permitted e-mail addresses, one a line.
      ahuora/postgres: password, username
          User (letters, digits and `_`) and password of the database, chosen before its first start.
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn every_environment_needs_its_secrets_and_shared_ones_once() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    let output = env.run(&["check"]).expect_code(0);
    let count = |text: &str| output.stdout.matches(text).count();
    assert_eq!(count("  ahuora/postgres: "), 1, "{output}");
    assert_eq!(count("  ahuora-staging/postgres: "), 1, "{output}");
    assert_eq!(count("  monitoring/grafana-cloud: "), 1, "{output}");
}

#[test]
fn pods_that_find_no_node_are_a_finding_and_nothing_is_generated() {
    let env = TestEnv::new();
    env.edit("{minReplicas: 1, maxReplicas: 8,", "{minReplicas: 1, maxReplicas: 100,");
    let before = env.contents();
    let checked = env.run(&["check"]).expect_code(1);
    assert!(checked.stdout.contains("finding capacity: Deployment/idaes in production: "), "{checked}");
    insta::assert_snapshot!(env.run(&["generate"]), @r"
    exit code 1
    --- stdout
    finding capacity: Deployment/idaes in production: 82 of its 100 pods would stay Pending: each requests 1 CPU and 1Gi memory, and the 7 nodes (1 control) cannot hold them beside everything else; lower `scaling` or `resources.requests`
    --- stderr
    nothing was written; mend the findings, or waive one with a reason under `waivers`
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn all_findings_are_told_at_once() {
    let env = TestEnv::new();
    env.edit("poolSize: 30", "poolSize: 300");
    env.edit(
        "lifecycle: {preStop: 5s, drain: 5s, grace: 30s, slowestStart: 5s}",
        "lifecycle: {preStop: 5s, drain: 5s, grace: 10s, slowestStart: 50s}",
    );
    env.edit("{secret: django/secret-key}", "{secret: django/key}");
    let output = env.run(&["check"]).expect_code(1);
    let rules: Vec<&str> =
        output.lines().into_iter().filter_map(|line| line.strip_prefix("finding ")?.split(':').next()).collect();
    assert_eq!(rules, ["secret-key", "database-connections", "grace-period", "startup-window"], "{output}");
}

#[test]
fn json_has_findings_secrets_and_rules() {
    let env = TestEnv::new();
    env.edit("{minReplicas: 1, maxReplicas: 8,", "{minReplicas: 1, maxReplicas: 100,");
    let json = env.run(&["check", "--format", "json"]).expect_code(1).json();
    assert_eq!(json["findings"][0]["rule"], "capacity");
    assert_eq!(json["findings"][0]["resource"], "Deployment/idaes");
    assert_eq!(json["findings"][0]["environment"], "production");
    assert_eq!(json["secrets"][0]["name"], "argocd-github");
    assert!(json["rules"].as_array().unwrap().contains(&"capacity".into()));
    assert!(json["resources"].as_u64().unwrap() > 40);
}

#[test]
fn generate_tells_findings_to_programs_too() {
    let env = TestEnv::new();
    env.edit("{minReplicas: 1, maxReplicas: 8,", "{minReplicas: 1, maxReplicas: 100,");
    let json = env.run(&["generate", "--format", "json"]).expect_code(1).json();
    assert_eq!(json["findings"][0]["rule"], "capacity");
}

#[test]
fn one_finding_is_not_called_findings() {
    let env = TestEnv::new();
    env.edit("{secret: django/secret-key}", "{secret: django/key}");
    let output = env.run(&["check"]).expect_code(1);
    assert!(output.stderr.ends_with(", 1 finding\n"), "{output}");
}
