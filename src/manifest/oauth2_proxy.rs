//! oauth2-proxy: signs users in, and tells Traefik whether a request is signed in.

use serde_json::Value;

use super::gateway;
use super::meta::Owner;
use super::network_policy::Arrows;
use super::pod::{Mount, Pod, Probes};
use super::postgres::credential;
use super::service::internet_nodes;
use super::workload::{self, Workload};
use crate::platform::{OAUTH2_PROXY, OAUTH2_PROXY_PORT, OAuth2Proxy, ResolvedEnv, Scope};
use crate::spec::{EmailsSpec, ProbeAction, ProbeSpec, Provider};
use crate::values::{Scaling, Seconds, UrlPath};

/// Folder of the list of permitted e-mail addresses.
const EMAILS_FOLDER: &str = "/etc/oauth2-proxy";
/// User id of the official image (distroless `nonroot`).
const USER: u32 = 65_532;

pub(super) fn build(scope: &Scope, proxy: &OAuth2Proxy) -> Vec<Value> {
    let spec = &proxy.spec;
    let owner = Owner { component: OAUTH2_PROXY, role: "authentication" };
    let (startup, readiness, liveness) = (probe("/ping", 30), probe("/ready", 2), probe("/ping", 3));
    let (emails_path, emails) = match &spec.emails {
        EmailsSpec::Secret(reference) => (
            format!("{EMAILS_FOLDER}/{}", reference.key),
            Mount::Secret { folder: EMAILS_FOLDER.to_owned(), reference },
        ),
        EmailsSpec::List(list) => {
            let path = format!("{EMAILS_FOLDER}/emails");
            (path.clone(), Mount::File { path, content: list.join("\n") + "\n" })
        }
    };
    let pod = Pod {
        owner,
        image: &spec.image,
        pull_secret: None,
        command: Vec::new(),
        args: arguments(scope, proxy, &emails_path),
        ports: vec![("http".to_owned(), OAUTH2_PROXY_PORT)],
        environment: [
            ("CLIENT_ID", "client-id"),
            ("CLIENT_SECRET", "client-secret"),
            ("COOKIE_SECRET", "cookie-secret"),
        ]
        .map(|(variable, key)| (format!("OAUTH2_PROXY_{variable}"), credential(&spec.credentials, key)))
        .to_vec() as Vec<(String, ResolvedEnv)>,
        mounts: vec![emails],
        user: USER,
        probes: Probes { startup: Some(&startup), readiness: Some(&readiness), liveness: Some(&liveness), host: None },
        pre_stop: Seconds::from_secs(5),
        grace: Seconds::from_secs(30),
        resources: &spec.resources,
        // It exchanges codes with the provider.
        nodes: Some(internet_nodes(scope)),
    };
    let arrows = Arrows {
        links: &proxy.links,
        ports: vec![OAUTH2_PROXY_PORT],
        internet: vec![(443, "TCP")],
        calls_gateway: false,
    };
    let mut resources = workload::build(scope, &Workload { pod, scaling: Scaling::Replicas(spec.replicas), arrows });
    resources.extend(gateway::expose(scope, owner, &proxy.exposure, "http"));
    resources
}

fn arguments(scope: &Scope, proxy: &OAuth2Proxy, emails_path: &str) -> Vec<String> {
    let provider = match &proxy.spec.provider {
        Provider::Google => vec!["--provider=google".to_owned()],
        Provider::Oidc(issuer) => vec!["--provider=oidc".to_owned(), format!("--oidc-issuer-url={issuer}")],
    };
    let settings = [
        format!("--http-address=0.0.0.0:{OAUTH2_PROXY_PORT}"),
        "--reverse-proxy=true".to_owned(),
        "--set-xauthrequest=true".to_owned(),
        "--upstream=static://202".to_owned(),
        format!("--authenticated-emails-file={emails_path}"),
        format!("--redirect-url=https://{}/oauth2/callback", proxy.exposure.host),
        // Where a signed-in user may be sent back to: nothing outside the platform.
        format!("--whitelist-domain={}", proxy.cookie_domain),
        format!("--whitelist-domain=.{}", proxy.cookie_domain),
        format!("--cookie-domain=.{}", proxy.cookie_domain),
        // Environments under one domain must not read each other's session.
        format!("--cookie-name=_{}", format!("{}_{}", scope.platform, scope.environment).replace('-', "_")),
        format!("--cookie-expire={}s", proxy.spec.session.get()),
        "--cookie-secure=true".to_owned(),
        "--cookie-httponly=true".to_owned(),
        "--cookie-samesite=lax".to_owned(),
    ];
    provider.into_iter().chain(settings).collect()
}

fn probe(path: &str, failures: u16) -> ProbeSpec {
    ProbeSpec {
        check: ProbeAction::Http(UrlPath::new(path).expect("a legal path")),
        period: Seconds::from_secs(5),
        timeout: Seconds::from_secs(1),
        failures: failures.try_into().expect("above zero"),
    }
}
