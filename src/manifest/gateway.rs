//! Traefik: middlewares, and the Ingress and Certificate of an exposed component.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend, IngressSpec,
    IngressTLS, ServiceBackendPort,
};
use serde_json::Value;

use super::custom::cert_manager::{Certificate, CertificateSpec, Issuer, IssuerReference, IssuerSpec, SelfSigned};
use super::custom::traefik::{
    Errors, ErrorsService, ForwardAuth, Headers, Middleware as MiddlewareObject, MiddlewareSpec,
};
use super::meta::{Owner, metadata};
use super::value_of;
use crate::platform::{Exposure, Gateway, Middleware, OAUTH2_PROXY, OAUTH2_PROXY_PORT, Scope};

/// Name of the issuer: certificates are self-signed, for Cloudflare presents the trusted one.
const ISSUER: &str = "self-signed";
/// Path of oauth2-proxy on every host that shows its sign-in page.
const SIGN_IN_PATH: &str = "/oauth2/";

pub(super) fn build(scope: &Scope, gateway: &Gateway) -> Vec<Value> {
    let owner = Owner { component: "gateway", role: "gateway" };
    let issuer = Issuer::new(metadata(scope, owner, ISSUER), IssuerSpec { self_signed: SelfSigned {} });
    let middlewares = gateway.middlewares.iter().map(|(name, middleware)| {
        let spec = middleware_spec(scope, middleware);
        value_of(&MiddlewareObject::new(metadata(scope, owner, name.as_str()), spec))
    });
    std::iter::once(value_of(&issuer)).chain(middlewares).collect()
}

fn middleware_spec(scope: &Scope, middleware: &Middleware) -> MiddlewareSpec {
    match middleware {
        Middleware::ForwardAuth { response_headers } => MiddlewareSpec::ForwardAuth(ForwardAuth {
            address: format!(
                "http://{OAUTH2_PROXY}.{}.svc.cluster.local:{OAUTH2_PROXY_PORT}/oauth2/auth",
                scope.namespace
            ),
            trust_forward_header: true,
            auth_response_headers: response_headers.iter().map(ToString::to_string).collect(),
        }),
        Middleware::SignIn => MiddlewareSpec::Errors(Errors {
            status: vec!["401".to_owned()],
            query: "/oauth2/sign_in?rd={url}".to_owned(),
            service: ErrorsService { name: OAUTH2_PROXY.to_owned(), port: OAUTH2_PROXY_PORT },
        }),
        Middleware::Cors { spec, origins, hosts } => MiddlewareSpec::Headers(Headers {
            access_control_allow_credentials: spec.credentials,
            access_control_allow_headers: spec.headers.clone(),
            access_control_allow_methods: spec.methods.clone(),
            access_control_allow_origin_list: origins.clone(),
            access_control_max_age: Some(spec.max_age.get()),
            add_vary_header: true,
            allowed_hosts: hosts.clone(),
            ..Headers::default()
        }),
        Middleware::DropHeaders { names } => MiddlewareSpec::Headers(Headers {
            custom_request_headers: names.iter().map(|name| (name.clone(), String::new())).collect(),
            ..Headers::default()
        }),
    }
}

/// The Ingress and the Certificate of an exposed component, and the sign-in path where its host needs one.
pub(super) fn expose(scope: &Scope, owner: Owner<'_>, exposure: &Exposure, port: &str) -> Vec<Value> {
    let secret = format!("{}-tls", owner.component);
    let name = owner.component.to_owned();
    let chain = exposure
        .middlewares
        .iter()
        .map(|name| format!("{}-{name}@kubernetescrd", scope.namespace))
        .collect::<Vec<_>>()
        .join(",");
    let main = Route { name: name.clone(), path: "/", service: owner.component, port, middlewares: chain };
    let mut resources = vec![ingress(scope, owner, exposure, &secret, &main)];
    if exposure.signs_in {
        // The sign-in page posts to its own host, which must not ask for a session there.
        let sign_in = Route {
            name: format!("{name}-oauth2"),
            path: SIGN_IN_PATH,
            service: OAUTH2_PROXY,
            port: "http",
            middlewares: String::new(),
        };
        resources.push(ingress(scope, owner, exposure, &secret, &sign_in));
    }
    let certificate = CertificateSpec {
        dns_names: vec![exposure.host.to_string()],
        issuer_ref: IssuerReference { group: "cert-manager.io".into(), kind: "Issuer".into(), name: ISSUER.into() },
        secret_name: secret,
    };
    resources.push(value_of(&Certificate::new(metadata(scope, owner, owner.component), certificate)));
    resources
}

struct Route<'a> {
    name: String,
    path: &'a str,
    service: &'a str,
    port: &'a str,
    middlewares: String,
}

fn ingress(scope: &Scope, owner: Owner<'_>, exposure: &Exposure, secret: &str, route: &Route<'_>) -> Value {
    let mut metadata = metadata(scope, owner, &route.name);
    let option = |name: &str, value: &str| (format!("traefik.ingress.kubernetes.io/router.{name}"), value.to_owned());
    let mut annotations = BTreeMap::from([option("entrypoints", "websecure"), option("tls", "true")]);
    if !route.middlewares.is_empty() {
        annotations.extend([option("middlewares", &route.middlewares)]);
    }
    metadata.annotations = Some(annotations);
    let backend = IngressServiceBackend {
        name: route.service.to_owned(),
        port: Some(ServiceBackendPort { name: Some(route.port.to_owned()), number: None }),
    };
    let path = HTTPIngressPath {
        path: Some(route.path.to_owned()),
        path_type: "Prefix".to_owned(),
        backend: IngressBackend { service: Some(backend), ..IngressBackend::default() },
    };
    let rule =
        IngressRule { host: Some(exposure.host.to_string()), http: Some(HTTPIngressRuleValue { paths: vec![path] }) };
    value_of(&Ingress {
        metadata,
        spec: Some(IngressSpec {
            ingress_class_name: Some("traefik".to_owned()),
            rules: Some(vec![rule]),
            tls: Some(vec![IngressTLS {
                hosts: Some(vec![exposure.host.to_string()]),
                secret_name: Some(secret.to_owned()),
            }]),
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    })
}
