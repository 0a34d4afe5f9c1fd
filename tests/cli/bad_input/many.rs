//! Many problems at once, and damage of every kind: all is told, nothing panics.

use crate::env::{TestEnv, platform, replaced};

/// Exit code and whether anything was written, for a text as configuration.
fn outcome(text: &str) -> (i32, bool) {
    let env = TestEnv::empty();
    env.write("platform.yaml", text);
    let code = env.run(&["generate", "--dry-run"]).code;
    (code, env.has("manifests"))
}

#[test]
fn five_problems_are_told_at_once_in_the_order_of_the_file() {
    let mut text = platform();
    for (from, to) in [
        ("architecture: arm64", "architecture: z80"),
        ("DJANGO_MODE: production", "DJANGO_MODE: ghp_0123456789abcdefghijABCDEFGHIJ"),
        ("ahuora/frontend:0.0.9", "ahuora/frontend"),
        ("maxConnections: 100", "maxConnections: many"),
        ("poolMode: transaction", "poolMode: transaction\n  poolsize: 3"),
    ] {
        text = replaced(&text, from, to);
    }
    let env = TestEnv::empty();
    env.write("platform.yaml", text);
    let before = env.contents();
    insta::assert_snapshot!(env.run(&["generate"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: platform.yaml:10:17: cluster.architecture: `z80` is not known here; known here: `arm64`, `amd64`
    error: platform.yaml:69:20: services.django-api.environment.DJANGO_MODE: looks like a GitHub token; secrets never stand in git: put it in a Secret and write `{secret: name/key}`
    error: platform.yaml:96:12: services.frontend.image: `ahuora/frontend` has no tag: write the exact version, such as `:1.2.3`
    error: platform.yaml:134:19: postgres.maxConnections: expected a whole number from 0 to 65535, found `many`
    error: platform.yaml:144:3: pgbouncer: unknown key `poolsize`; did you mean `poolSize`?
    error: platform.yaml has 5 problems
    hint: nothing was written; `ahuora schema platform` describes every key
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn problems_between_blocks_are_told_at_once_too() {
    let mut text = platform();
    for (from, to) in [
        ("[oauth-signin, oauth-forwarder]", "[oauth-sign, oauth-forwarder]"),
        ("limits: {memory: 64Mi}", "limits: {memory: 16Mi}"),
        ("node: ahuora-agent-1", "node: nowhere"),
        ("environment: production\n  services", "environment: nowhere\n  services"),
    ] {
        text = replaced(&text, from, to);
    }
    let env = TestEnv::empty();
    env.write("platform.yaml", text);
    let output = env.run(&["check"]).expect_code(2);
    let told = output.stderr.lines().filter(|line| line.starts_with("error: platform.yaml:"));
    assert_eq!(told.count(), 4, "{output}");
}

#[test]
fn any_line_may_be_missing() {
    let text = platform();
    let lines: Vec<&str> = text.lines().collect();
    for missing in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(missing);
        let (code, _) = outcome(&(rest.join("\n") + "\n"));
        assert!((0..=2).contains(&code), "without line {}: exit code {code}", missing + 1);
    }
}

#[test]
fn the_file_may_end_anywhere() {
    let text = platform();
    for length in (0..text.len()).step_by(101) {
        let (code, written) = outcome(&text[..length]);
        assert!(!written && (0..=2).contains(&code), "{length} bytes: exit code {code}");
    }
}
