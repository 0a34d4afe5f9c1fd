//! References to what does not exist, with the name that was meant.

use super::case::assert_refused;

#[test]
fn middlewares() {
    assert_refused(&[
        (
            "[oauth-signin, oauth-forwarder]",
            "[▶oauth-signinn, oauth-forwarder]",
            &["services.frontend.exposure.middlewares[0]: ", "`oauth-signinn`", "did you mean `oauth-signin`?"],
        ),
        (
            "origins: [frontend]",
            "origins: [▶fronted]",
            &["gateway.middlewares.django-cors.cors.origins[0]: ", "`fronted`", "did you mean `frontend`?"],
        ),
        ("origins: [frontend]", "origins: [▶idaes]", &["cors.origins[0]: ", "`idaes`", "not an exposed service"]),
        // What drops other spellings of its headers is made beside it.
        (
            "oauth-signin: {signIn: {}}",
            "oauth-signin: {signIn: {}}\n    oauth-forwarder-aliases: {signIn: {}}",
            &["gateway.middlewares.oauth-forwarder: ", "`oauth-forwarder-aliases`", "another name"],
        ),
    ]);
}

#[test]
fn callers() {
    assert_refused(&[
        (
            "callers: [django-api]\n    writable",
            "callers: [▶django-ap]\n    writable",
            &["services.idaes.callers[0]: ", "`django-ap`", "did you mean `django-api`?"],
        ),
        (
            "callers: [django-api]\n  resources",
            "callers: [django-api, ▶idea]\n  resources",
            &["pgbouncer.callers[1]: ", "`idea`", "did you mean `idaes`?"],
        ),
    ]);
}

#[test]
fn components_behind_variables() {
    const API: &str = "services.django-api.environment.";
    assert_refused(&[
        ("{host: pgbouncer}", "▷{host: pgbounce}", &[API, "DATABASE_HOST", "did you mean `pgbouncer`?"]),
        ("{port: pgbouncer}", "▷{port: pgbounce}", &[API, "DATABASE_PORT", "did you mean `pgbouncer`?"]),
        ("{url: idaes}", "▷{url: idea}", &[API, "IDAES_URL", "did you mean `idaes`?"]),
        ("{url: idaes}", "▷{publicUrl: idaes}", &[API, "IDAES_URL", "not exposed"]),
        ("{secret: django/secret-key}", "▷{secret: django}", &[API, "DJANGO_SECRET_KEY", "`secret/key`"]),
    ]);
}

#[test]
fn ports_nodes_and_variables() {
    assert_refused(&[
        (
            "liveness: {check: {tcp: http}}",
            "liveness: {check: {tcp: ▶htttp}}",
            &["services.frontend.probes.liveness.check.tcp: ", "`htttp`", "did you mean `http`?"],
        ),
        (
            "node: ahuora-agent-1",
            "node: ▶ahuora-agent-9",
            &["postgres.storage.node: ", "`ahuora-agent-9`", "did you mean `ahuora-agent-"],
        ),
        (
            "DJANGO_MODE: production",
            "ALLOWED_HOSTS: ▶here",
            &["services.django-api.environment.ALLOWED_HOSTS: ", "`permittedHosts`"],
        ),
    ]);
}

#[test]
fn compose() {
    assert_refused(&[
        (
            "services: [django-api, idaes]",
            "services: [django-api, ▶idea]",
            &["compose.services[1]: ", "`idea`", "did you mean `idaes`?"],
        ),
        (
            "environment: production\n  services",
            "environment: ▶productions\n  services",
            &["compose.environment: ", "`productions`", "did you mean `production`?"],
        ),
        ("publish: {django-api: 8000}", "publish: {frontend: ▷8000}", &["compose.publish.frontend: "]),
    ]);
}

#[test]
fn components_that_others_need() {
    let platform = crate::env::platform();
    let start = platform.find("\noauth2-proxy:\n").unwrap();
    let end = platform.find("\ncloudflared:\n").unwrap();
    let without = platform[..start].to_owned() + &platform[end..];
    let said = super::case::complaint(&without, &["gateway.middlewares.oauth-", "oauth2-proxy"], Some(2));
    assert_eq!(said, None);
}
