//! The keys that no manifest depends on.

use crate::env::TestEnv;

#[test]
fn what_no_manifest_depends_on_has_another_reader() {
    insta::assert_snapshot!(TestEnv::new().run(&["explain", "--unused"]), @r"
    exit code 0
    --- stdout
    no manifest depends on these; they are read by people: findings of `capacity` count the control nodes:
        platform.yaml:12:36  cluster.nodes[0].role and 6 more like it
    no manifest depends on these; they are read by checks alone: rule `capacity` of `ahuora check`:
        platform.yaml:12:50  cluster.nodes[0].cpu and 6 more like it
        platform.yaml:12:61  cluster.nodes[0].memory and 6 more like it
        platform.yaml:13:14  cluster.nodes[1].name and 5 more like it
        platform.yaml:19:19  cluster.reserved.cpu: 200m
        platform.yaml:19:33  cluster.reserved.memory: 512Mi
        platform.yaml:21:45  cluster.daemons[0].requests.cpu: 10m
        platform.yaml:21:58  cluster.daemons[0].requests.memory: 32Mi
        platform.yaml:23:39  cluster.system[0].requests.cpu and 4 more like it
        platform.yaml:23:53  cluster.system[0].requests.memory and 4 more like it
        platform.yaml:25:33  cluster.system[2].replicas and 1 more like it
    no manifest depends on these; they are read by people: it names the daemon:
        platform.yaml:21:14  cluster.daemons[0].name: node-exporter
    no manifest depends on these; they are read by people: it names the pods:
        platform.yaml:23:14  cluster.system[0].name and 4 more like it
    no manifest depends on these; they are read by whoever makes the Secrets: `ahuora check` lists them:
        platform.yaml:37:18  secrets.docker-hub.description: Credentials of the private Docker Hub repositories.
        platform.yaml:38:11  secrets.docker-hub.type: kubernetes.io/dockerconfigjson
        platform.yaml:41:18  secrets.postgres.description: User (letters, digits and `_`) and password of the database, chosen before its first start.
        platform.yaml:44:18  secrets.django.description: Django's SECRET_KEY, 50 random characters.
        platform.yaml:47:18  secrets.oauth2-proxy.description: OAuth client of the Google Cloud project, 32 random bytes for the cookie (`openssl rand -base64 32 |...
        platform.yaml:50:18  secrets.cloudflared.description: Credentials file of the tunnel, as `cloudflared tunnel create` writes it.
        platform.yaml:53:18  secrets.grafana-cloud.description: URLs, users and access-policy token of Grafana Cloud's metrics and logs.
        platform.yaml:54:16  secrets.grafana-cloud.namespace: monitoring
        platform.yaml:57:18  secrets.argocd-github.description: Token that may read the pull requests of this repository; the Secret carries the label `argocd.argop...
        platform.yaml:58:16  secrets.argocd-github.namespace: argocd
    no manifest depends on these; they are read by checks alone: rule `secret-key` of `ahuora check`:
        platform.yaml:39:12  secrets.docker-hub.keys[0]: .dockerconfigjson
        platform.yaml:42:12  secrets.postgres.keys[0] and 1 more like it
        platform.yaml:45:12  secrets.django.keys[0]: secret-key
        platform.yaml:48:12  secrets.oauth2-proxy.keys[0] and 3 more like it
        platform.yaml:51:12  secrets.cloudflared.keys[0]: credentials.json
        platform.yaml:55:12  secrets.grafana-cloud.keys[0] and 4 more like it
    no manifest depends on these; they are read by checks alone: rule `grace-period` of `ahuora check`:
        platform.yaml:85:37  services.django-api.lifecycle.drain: 20s
        platform.yaml:104:37  services.frontend.lifecycle.drain: 5s
        platform.yaml:123:37  services.idaes.lifecycle.drain: 60s
    no manifest depends on these; they are read by checks alone: rule `startup-window` of `ahuora check`:
        platform.yaml:85:68  services.django-api.lifecycle.slowestStart: 30s
        platform.yaml:104:67  services.frontend.lifecycle.slowestStart: 5s
        platform.yaml:123:68  services.idaes.lifecycle.slowestStart: 90s
    no manifest depends on these; they are read by people: where there is one environment, it is no other:
        platform.yaml:208:18  argo-cd.experiments.environment: production
    no manifest depends on these; they are read by `ahuora release`: how components get their versions:
        platform.yaml:220:26  releases.components.django-api.paths[0]: backend/django
        platform.yaml:221:24  releases.components.frontend.paths[0]: frontend
        platform.yaml:222:21  releases.components.idaes.paths[0]: backend/idaes
    undecided, for no other value is valid:
        platform.yaml:12:76  cluster.nodes[0].internet: true
            cluster.nodes: no node has `internet: true`, but a component calls the internet
        platform.yaml:59:12  secrets.argocd-github.keys[0]: token
            argo-cd.experiments.credentials.token: `secrets.argocd-github.keys` does not declare `token`
        platform.yaml:212:16  compose.environment: production
            compose.environment: there is no environment `production-x`; did you mean `production`?
    --- stderr
    0 unused, 83 that no manifest depends on, but others read, 3 undecided
    ");
}

#[test]
fn a_key_that_nothing_reads_is_a_finding() {
    let env = TestEnv::new();
    env.edit("    user: 101                     # nginx, unprivileged\n", "    user: 101\n    internet: false\n");
    env.run(&["explain", "--unused"]).expect_code(0);
    // An override that says what the base says, over a block that another override replaces.
    env.edit(
        "    domain: ahuora.org.nz\n",
        "    domain: ahuora.org.nz\n    overrides:\n      services.idaes.scaling.autoscaler.minReplicas: 2\n      services.idaes.scaling: {replicas: 1}\n",
    );
    let output = env.run(&["explain", "--unused"]).expect_code(1);
    assert!(output.stdout.starts_with("unused: platform.yaml:"), "{output}");
    assert!(output.stderr.contains(" unused, "), "{output}");
}

#[test]
fn json_has_every_leaf() {
    let json = TestEnv::new().run(&["explain", "--unused", "--format", "json"]).expect_code(0).json();
    assert_eq!(json["unused"], serde_json::json!([]));
    assert_eq!(json["read"][0]["path"], "cluster.nodes[0].role");
    assert_eq!(json["read"][0]["line"], 12);
    assert_eq!(json["undecided"][0]["path"], "cluster.nodes[0].internet");
}

#[test]
fn how_components_are_released_is_read_by_the_verbs_of_releases() {
    let env = TestEnv::new();
    let unused = env.run(&["explain", "--unused", "--format", "json"]).expect_code(0).json().to_string();
    assert!(unused.contains("releases.components.django-api.paths[0]"), "{unused}");
    assert!(unused.contains("`ahuora release`: how components get their versions"), "{unused}");
    for key in ["releases", "releases.branch", "releases.components.django-api.paths"] {
        let told = env.run(&["explain", key]).expect_code(0).stdout;
        assert!(told.contains("\nit is read by `ahuora release`: how components get their versions\n"), "{told}");
    }
}
