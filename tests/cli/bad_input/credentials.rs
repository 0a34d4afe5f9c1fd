//! Text that looks like a credential is refused, and not repeated on the screen.

use super::case::{Case, assert_refused};
use crate::env::{TestEnv, platform, replaced};

const MODE: &str = "DJANGO_MODE: production";
const SECRET: &str = "secrets never stand in git";

#[test]
fn tokens_and_keys() {
    assert_refused(&[
        (
            MODE,
            "DJANGO_MODE: ▶ghp_0123456789abcdefghijABCDEFGHIJ",
            &["services.django-api.environment.DJANGO_MODE: ", "GitHub token", SECRET],
        ),
        (MODE, "DJANGO_MODE: ▶\"-----BEGIN PRIVATE KEY-----\\nMIIE\"", &["private key", SECRET]),
        (MODE, "DJANGO_MODE: ▶postgres://ahuora:hunter2@postgres/ahuora", &["URL with a password", SECRET]),
        (MODE, "DJANGO_MODE: ▶AKIA0123456789ABCDEF", &["AWS", SECRET]),
        (
            "command: [granian]",
            "command: [granian, ▶glpat-0123456789abcdefghij]",
            &["services.django-api.command[1]: ", "GitLab token"],
        ),
        (
            "description: Django's SECRET_KEY, 50 random characters.",
            "description: ▶It is ghp_0123456789abcdefghijABCDEFGHIJ",
            &["secrets.django.description: ", "GitHub token"],
        ),
    ]);
}

#[test]
fn values_of_variables_that_are_secret_by_name() {
    const CASES: [Case<'_>; 3] = [
        ("{secret: postgres/password}", "▶hunter2", &["services.django-api.environment.DATABASE_PASSWORD: ", SECRET]),
        (
            "{secret: django/secret-key}",
            "▶\"hunter2\"",
            &["services.django-api.environment.DJANGO_SECRET_KEY: ", SECRET],
        ),
        (MODE, "SENTRY_TOKEN: ▶hunter2", &["services.django-api.environment.SENTRY_TOKEN: ", SECRET]),
    ];
    assert_refused(&CASES);
}

#[test]
fn overrides() {
    let overrides = "    domain: ahuora.org.nz";
    assert_refused(&[
        (
            overrides,
            "    domain: ahuora.org.nz\n    overrides:\n      services.django-api.environment.DATABASE_PASSWORD: ▶hunter2",
            &[SECRET],
        ),
        (
            overrides,
            "    domain: ahuora.org.nz\n    overrides:\n      services.django-api.environment: {DATABASE_PASSWORD: ▶hunter2}",
            &[SECRET],
        ),
    ]);
}

#[test]
fn patches() {
    let patch = |value: &str| {
        format!(
            "\npatches:
  - target: {{kind: Deployment, name: frontend}}
    reason: tested
    change:
      json:
        - {{op: add, path: /spec/template/spec/containers/0/env, value: [{value}]}}
\ncompose:\n"
        )
    };
    let (token, named) =
        (patch("{name: A, value: ▶ghp_0123456789abcdefghijABCDEFGHIJ}"), patch("{name: API_TOKEN, value: ▶hunter2}"));
    assert_refused(&[("\ncompose:\n", &token, &["patches[0]", SECRET])]);
    assert_refused(&[("\ncompose:\n", &named, &["patches[0]", SECRET])]);
}

#[test]
fn the_message_does_not_repeat_the_secret() {
    for (from, to) in [
        ("{secret: postgres/password}", "hunter2-hunter2"),
        ("{secret: postgres/password}", "postgres://a:hunter2-hunter2@b/c"),
        ("maxConnections: 100", "maxConnections: postgres://a:hunter2-hunter2@b/c"),
    ] {
        let env = TestEnv::empty();
        env.write("platform.yaml", replaced(&platform(), from, to));
        let output = env.run(&["check"]).expect_code(2);
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
}

#[test]
fn references_and_paths_are_no_secrets() {
    let env = TestEnv::new();
    env.edit(MODE, "DJANGO_MODE: production\n      TOKEN_PATH: /run/token\n      DATABASE_URL: postgres://ahuora:$(DATABASE_PASSWORD)@pgbouncer/ahuora");
    env.run(&["generate"]).expect_code(0);
}
