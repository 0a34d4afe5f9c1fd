//! The table of rules: what breaks each, what is found then, and what is just right.

use serde_json::{Value, json};

use crate::setup::Setup;

/// A change of the platform, and all that must be found after it: rule and resource.
pub(crate) struct Case {
    pub(crate) what: &'static str,
    pub(crate) change: fn(Setup) -> Setup,
    pub(crate) found: &'static [(&'static str, &'static str)],
}

pub(crate) const CASES: &[Case] = &[
    Case {
        what: "a Service that selects no pods",
        change: |it| it.merge("Service/idaes", json!({"spec": {"selector": {NAME: "nobody"}}})),
        found: &[("service-selector", "Service/idaes")],
    },
    Case {
        what: "a Service without selector",
        change: |it| it.merge("Service/idaes", json!({"spec": {"selector": null}})),
        found: &[("service-selector", "Service/idaes")],
    },
    Case {
        what: "a Service that selects the pods of three services",
        change: |it| {
            let selector = json!({NAME: null, "app.kubernetes.io/component": "service"});
            it.merge("Service/idaes", json!({"spec": {"selector": selector}}))
        },
        found: &[("service-selector", "Service/idaes")],
    },
    Case {
        what: "a target port by a name that the pods do not have",
        change: |it| it.json("Service/idaes", "/spec/ports/0/targetPort", Some(json!("grpc"))),
        found: &[("service-port", "Service/idaes")],
    },
    Case {
        what: "a target port by a number that the pods do not have",
        change: |it| it.json("Service/idaes", "/spec/ports/0/targetPort", Some(json!(8002))),
        found: &[("service-port", "Service/idaes")],
    },
    Case {
        what: "a target port by the number that the pods have",
        change: |it| it.json("Service/idaes", "/spec/ports/0/targetPort", Some(json!(8001))),
        found: &[],
    },
    Case {
        what: "no target port: the port itself, which the pods have",
        change: |it| it.json("Service/idaes", "/spec/ports/0/targetPort", None),
        found: &[],
    },
    Case {
        what: "an Ingress that leads to no Service",
        change: |it| it.json(FRONTEND, BACKEND_NAME, Some(json!("nobody"))),
        found: &[("ingress-backend", FRONTEND)],
    },
    Case {
        what: "an Ingress that leads to a port by a name that the Service does not have",
        change: |it| it.json(FRONTEND, BACKEND_PORT, Some(json!({"name": "grpc"}))),
        found: &[("ingress-backend", FRONTEND)],
    },
    Case {
        what: "an Ingress that leads to a port by a number that the Service does not have",
        change: |it| it.json(FRONTEND, BACKEND_PORT, Some(json!({"number": 80}))),
        found: &[("ingress-backend", FRONTEND)],
    },
    Case {
        what: "an Ingress that leads to a port by its number",
        change: |it| it.json(FRONTEND, BACKEND_PORT, Some(json!({"number": 8080}))),
        found: &[],
    },
    Case {
        what: "an Ingress whose default backend does not exist",
        change: |it| {
            let backend = json!({"service": {"name": "nobody", "port": {"number": 80}}});
            it.merge(FRONTEND, json!({"spec": {"defaultBackend": backend}}))
        },
        found: &[("ingress-backend", FRONTEND)],
    },
    Case {
        what: "a middleware that does not exist",
        change: |it| it.merge(API, middlewares("ahuora-nobody@kubernetescrd")),
        found: &[("ingress-middleware", API)],
    },
    Case {
        what: "a middleware of another namespace",
        change: |it| it.merge(API, middlewares("other-django-cors@kubernetescrd")),
        found: &[("ingress-middleware", API)],
    },
    Case {
        what: "a middleware without its provider",
        change: |it| it.merge(API, middlewares("ahuora-django-cors")),
        found: &[("ingress-middleware", API)],
    },
    Case {
        what: "the sign-in page after the question that it answers",
        change: |it| {
            let chain = json!(["oauth-forwarder", "oauth-signin"]);
            it.set("services.frontend.exposure.middlewares", chain)
        },
        found: &[("ingress-middleware", FRONTEND)],
    },
    Case {
        what: "the question without a sign-in page",
        change: |it| {
            let chain = json!(["oauth-forwarder"]);
            it.set("services.frontend.exposure.middlewares", chain)
        },
        found: &[],
    },
    Case {
        what: "headers of the signed-in user that nothing drops before",
        change: |it| {
            it.merge(API, middlewares("ahuora-django-cors@kubernetescrd,ahuora-oauth-forwarder@kubernetescrd"))
        },
        found: &[("identity-headers", API)],
    },
    Case {
        what: "headers of the signed-in user that are dropped too late",
        change: |it| {
            let chain = "ahuora-oauth-forwarder@kubernetescrd,ahuora-oauth-forwarder-aliases@kubernetescrd";
            it.merge(API, middlewares(chain))
        },
        found: &[("identity-headers", API)],
    },
    Case {
        what: "one spelling of a header that is not dropped",
        change: |it| {
            let one = json!({"spec": {"headers": {"customRequestHeaders": {"X-Auth_Request-User": null}}}});
            it.merge("Middleware/oauth-forwarder-aliases", one)
        },
        found: &[("identity-headers", API), ("identity-headers", FRONTEND)],
    },
    Case {
        what: "a file that its ConfigMap no longer has",
        change: |it| {
            it.set("services.idaes.files", json!({"/etc/solver.opt": "tol 1e-6\n"}))
                .merge("ConfigMap/idaes", json!({"data": {"etc.solver.opt": null, "other": "x"}}))
        },
        found: &[("configmap-key", IDAES)],
    },
    Case {
        what: "a variable from a ConfigMap that does not exist",
        change: |it| it.json(IDAES, "/spec/template/spec/containers/0/env", Some(json!([from_map("nobody", "k")]))),
        found: &[("configmap-key", IDAES)],
    },
    Case {
        what: "a variable from a key that the ConfigMap does not have",
        change: |it| it.json(IDAES, "/spec/template/spec/containers/0/env", Some(json!([from_map("pgbouncer", "k")]))),
        found: &[("configmap-key", IDAES)],
    },
    Case {
        what: "a variable from a key that the ConfigMap has",
        change: |it| {
            let variable = from_map("pgbouncer", "etc.pgbouncer.pgbouncer.ini");
            it.json(IDAES, "/spec/template/spec/containers/0/env", Some(json!([variable])))
        },
        found: &[],
    },
    Case {
        what: "a volume of a key that the ConfigMap does not have",
        change: |it| {
            let map = json!({"name": "pgbouncer", "items": [{"key": "k", "path": "k"}]});
            it.json(IDAES, "/spec/template/spec/volumes/-", Some(json!({"name": "m", "configMap": map})))
        },
        found: &[("configmap-key", IDAES)],
    },
    Case {
        what: "all variables from a ConfigMap that does not exist",
        change: |it| {
            let source = json!([{"configMapRef": {"name": "nobody"}}]);
            it.json(IDAES, "/spec/template/spec/containers/0/envFrom", Some(source))
        },
        found: &[("configmap-key", IDAES)],
    },
    Case {
        what: "a key that its Secret does not declare",
        change: |it| it.set("services.idaes.environment", json!({"KEY": {"secret": "django/other"}})),
        found: &[("secret-key", IDAES)],
    },
    Case {
        what: "a Secret that is not declared",
        change: |it| it.set("services.idaes.pullSecret", json!("nobody")),
        found: &[("secret-key", IDAES)],
    },
    Case {
        what: "a Secret of another namespace",
        change: |it| it.set("services.idaes.environment", json!({"KEY": {"secret": "grafana-cloud/password"}})),
        found: &[("secret-key", IDAES)],
    },
    Case {
        what: "credentials of the database in a Secret without such keys",
        change: |it| it.set("postgres.credentials", json!("django")),
        found: &[("secret-key", "Deployment/pgbouncer"), ("secret-key", "StatefulSet/postgres")],
    },
    Case {
        what: "a file from a key that its Secret does not declare",
        change: |it| it.set("cloudflared.credentials", json!("cloudflared/token")),
        found: &[("secret-key", "Deployment/cloudflared")],
    },
    Case {
        what: "all variables from a Secret that is not declared",
        change: |it| {
            let source = json!([{"secretRef": {"name": "nobody"}}]);
            it.json(IDAES, "/spec/template/spec/containers/0/envFrom", Some(source))
        },
        found: &[("secret-key", IDAES)],
    },
    Case {
        what: "an autoscaler of nothing",
        change: |it| it.merge(SCALER, json!({"spec": {"scaleTargetRef": {"name": "nobody"}}})),
        found: &[("autoscaler", SCALER)],
    },
    Case {
        what: "an autoscaler of another kind",
        change: |it| it.merge(SCALER, json!({"spec": {"scaleTargetRef": {"kind": "StatefulSet"}}})),
        found: &[("autoscaler", SCALER)],
    },
    Case {
        what: "an autoscaled container without CPU request",
        change: |it| it.json(IDAES, "/spec/template/spec/containers/0/resources/requests/cpu", None),
        found: &[("autoscaler", IDAES)],
    },
    Case {
        what: "a second container without CPU request",
        change: |it| it.json(IDAES, "/spec/template/spec/containers/-", Some(container("agent:1.0"))),
        found: &[("autoscaler", IDAES)],
    },
    Case {
        what: "replicas beside an autoscaler",
        change: |it| it.merge(IDAES, json!({"spec": {"replicas": 1}})),
        found: &[("autoscaler", IDAES)],
    },
    Case {
        what: "a disruption budget that lets no pod go",
        change: |it| it.merge(BUDGET, json!({"spec": {"maxUnavailable": 0}})),
        found: &[("disruption-budget", BUDGET)],
    },
    Case {
        what: "a disruption budget that keeps all pods",
        change: |it| it.merge(BUDGET, json!({"spec": {"maxUnavailable": null, "minAvailable": "100%"}})),
        found: &[("disruption-budget", BUDGET)],
    },
    Case {
        what: "a disruption budget that keeps as many pods as the autoscaler's fewest",
        change: |it| {
            let spec = json!({"maxUnavailable": null, "minAvailable": 2});
            it.merge("PodDisruptionBudget/django-api", json!({"spec": spec}))
        },
        found: &[("disruption-budget", "PodDisruptionBudget/django-api")],
    },
    Case {
        what: "a disruption budget that keeps one of two pods",
        change: |it| it.merge(BUDGET, json!({"spec": {"maxUnavailable": null, "minAvailable": "50%"}})),
        found: &[],
    },
    Case {
        what: "a disruption budget with a share beyond all bounds",
        change: |it| {
            let spec = json!({"maxUnavailable": null, "minAvailable": "18446744073709551615%"});
            it.merge(BUDGET, json!({"spec": spec}))
        },
        found: &[("disruption-budget", BUDGET)],
    },
    Case {
        what: "a disruption budget of no pods",
        change: |it| it.merge(BUDGET, json!({"spec": {"selector": {"matchLabels": {NAME: "nobody"}}}})),
        found: &[("disruption-budget", BUDGET)],
    },
    Case {
        what: "two pods with pools that exceed the database during a rollout",
        change: |it| it.set("pgbouncer.replicas", json!(2)),
        found: &[("database-connections", POOL)],
    },
    Case {
        what: "one connection too many",
        change: |it| it.set("pgbouncer.poolSize", json!(38)),
        found: &[("database-connections", POOL)],
    },
    Case {
        what: "just as many connections as the database takes",
        change: |it| it.set("pgbouncer.poolSize", json!(38)).set("postgres.maxConnections", json!(101)),
        found: &[],
    },
    Case {
        what: "a larger reserve for administration",
        change: |it| it.set("postgres.reservedConnections", json!(21)),
        found: &[("database-connections", POOL)],
    },
    Case {
        what: "a database that was told a smaller number",
        change: |it| {
            it.json(
                "StatefulSet/postgres",
                "/spec/template/spec/containers/0/args",
                Some(json!(["-c", "max_connections=50"])),
            )
        },
        found: &[("database-connections", POOL)],
    },
    Case {
        what: "a pool without bound: PgBouncer takes 0 for no limit",
        change: |it| it.merge("ConfigMap/pgbouncer", ini("max_db_connections = 0\n")),
        found: &[("database-connections", "ConfigMap/pgbouncer")],
    },
    Case {
        what: "a pool that does not say its bound",
        change: |it| it.merge("ConfigMap/pgbouncer", ini("default_pool_size = 10\n")),
        found: &[("database-connections", "ConfigMap/pgbouncer")],
    },
    Case {
        what: "a pool with a bound beyond all bounds",
        change: |it| it.merge("ConfigMap/pgbouncer", ini("max_db_connections = 18446744073709551615\n")),
        found: &[("database-connections", POOL)],
    },
    Case {
        what: "a kill in the moment when the drain may end",
        change: |it| it.set("services.idaes.lifecycle.grace", json!("65s")),
        found: &[("grace-period", IDAES)],
    },
    Case {
        what: "a kill one second after the drain",
        change: |it| it.set("services.idaes.lifecycle.grace", json!("66s")),
        found: &[],
    },
    Case {
        what: "a component of its own that waits longer than it lives",
        change: |it| it.merge(POOL, json!({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5}}}})),
        found: &[("grace-period", POOL)],
    },
    Case {
        what: "a start that is slower than the startup probe waits",
        change: |it| it.set("services.idaes.lifecycle.slowestStart", json!("121s")),
        found: &[("startup-window", IDAES)],
    },
    Case {
        what: "a start as slow as the startup probe waits",
        change: |it| it.set("services.idaes.lifecycle.slowestStart", json!("120s")),
        found: &[],
    },
    Case {
        what: "a start that is slower than the liveness probe waits, without a startup probe",
        change: |it| it.set("services.idaes.probes.startup", Value::Null),
        found: &[("startup-window", IDAES)],
    },
    Case {
        what: "a host outside the domain",
        change: |it| it.set(EXPOSURE, json!({"host": "api.example.nz"})),
        found: &[("host-domain", API)],
    },
    Case {
        what: "a host whose name only ends like the domain",
        change: |it| it.set(EXPOSURE, json!({"host": "api.notahuora.org.nz"})),
        found: &[("host-domain", API)],
    },
    Case {
        what: "a host deep under the domain",
        change: |it| it.set(EXPOSURE, json!({"host": "a.b.ahuora.org.nz"})),
        found: &[],
    },
    Case {
        what: "a host outside the domain that asks for a session",
        change: |it| it.set("services.django-api.exposure.host", json!("api.example.nz")),
        found: &[("host-domain", API), ("cookie-domain", API)],
    },
    Case {
        what: "hosts that the service does not permit",
        change: |it| it.json(DJANGO, ALLOWED_HOSTS, Some(json!("localhost"))),
        found: &[("host-permitted", DJANGO)],
    },
    Case {
        what: "a host of the probes that the service does not permit",
        change: |it| it.json(DJANGO, ALLOWED_HOSTS, Some(json!("api.ahuora.org.nz"))),
        found: &[("host-permitted", DJANGO)],
    },
    Case {
        what: "hosts permitted by a domain, and by their names",
        change: |it| it.json(DJANGO, ALLOWED_HOSTS, Some(json!(".ahuora.org.nz, django-api"))),
        found: &[],
    },
    Case {
        what: "a session cookie that only the sign-in host receives",
        change: |it| it.set("oauth2-proxy.cookieDomain", json!("auth.ahuora.org.nz")),
        found: &[("cookie-domain", API), ("cookie-domain", FRONTEND), ("cookie-domain", "Ingress/frontend-oauth2")],
    },
    Case {
        what: "a session cookie of another domain",
        change: |it| it.set("oauth2-proxy.cookieDomain", json!("example.nz")),
        found: &[
            ("cookie-domain", API),
            ("cookie-domain", FRONTEND),
            ("cookie-domain", "Ingress/frontend-oauth2"),
            ("cookie-domain", "Ingress/oauth2-proxy"),
        ],
    },
    Case {
        what: "an image without tag",
        change: |it| it.json(IDAES, IMAGE, Some(json!("ahuora/idaes-worker"))),
        found: &[("image-tag", IDAES)],
    },
    Case {
        what: "an image with a tag that moves",
        change: |it| it.json("StatefulSet/postgres", IMAGE, Some(json!("postgres:latest"))),
        found: &[("image-tag", "StatefulSet/postgres")],
    },
    Case {
        what: "an init container with a tag that moves",
        change: |it| it.json(IDAES, "/spec/template/spec/initContainers", Some(json!([container("tool:latest")]))),
        found: &[("image-tag", IDAES)],
    },
    Case {
        what: "a pod that Pod Security refuses; its other ways are in `pods`",
        change: |it| it.merge(IDAES, json!({"spec": {"template": {"spec": {"hostNetwork": true}}}})),
        found: &[("pod-security", IDAES)],
    },
    Case { what: "a waiver of nothing", change: |it| it.waive("image-tag", IDAES), found: &[("waiver", IDAES)] },
    Case {
        what: "a waiver of a rule that does not exist",
        change: |it| it.waive("image-tags", IDAES),
        found: &[("waiver", IDAES)],
    },
    Case {
        what: "a waiver of a finding on another resource",
        change: |it| it.set("pgbouncer.replicas", json!(2)).waive("database-connections", IDAES),
        found: &[("database-connections", POOL), ("waiver", IDAES)],
    },
    Case {
        what: "a waiver of what is found",
        change: |it| it.set("pgbouncer.replicas", json!(2)).waive("database-connections", POOL),
        found: &[],
    },
    Case {
        what: "a waiver of what is found on the cluster as a whole",
        change: |it| it.set(CPU, json!("4")).waive("capacity", IDAES),
        found: &[],
    },
    Case { what: "pods that no node can hold", change: |it| it.set(CPU, json!("4")), found: &[("capacity", IDAES)] },
];

const NAME: &str = "app.kubernetes.io/name";
const API: &str = "Ingress/django-api";
const FRONTEND: &str = "Ingress/frontend";
const DJANGO: &str = "Deployment/django-api";
pub(crate) const IDAES: &str = "Deployment/idaes";
pub(crate) const POOL: &str = "Deployment/pgbouncer";
const SCALER: &str = "HorizontalPodAutoscaler/idaes";
const BUDGET: &str = "PodDisruptionBudget/frontend";
const EXPOSURE: &str = "services.django-api.exposure";
const CPU: &str = "services.idaes.resources.requests.cpu";
const BACKEND_NAME: &str = "/spec/rules/0/http/paths/0/backend/service/name";
const BACKEND_PORT: &str = "/spec/rules/0/http/paths/0/backend/service/port";
const IMAGE: &str = "/spec/template/spec/containers/0/image";
/// The first variable, for they are sorted by name.
const ALLOWED_HOSTS: &str = "/spec/template/spec/containers/0/env/0/value";

fn middlewares(chain: &str) -> Value {
    let key = "traefik.ingress.kubernetes.io/router.middlewares";
    json!({"metadata": {"annotations": {key: chain}}})
}

fn from_map(name: &str, key: &str) -> Value {
    json!({"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": name, "key": key}}})
}

fn ini(text: &str) -> Value {
    json!({"data": {"etc.pgbouncer.pgbouncer.ini": text}})
}

/// A container that *restricted* admits.
fn container(image: &str) -> Value {
    let security = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    json!({"name": "more", "image": image, "securityContext": security})
}
