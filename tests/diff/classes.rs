//! What each change does, and what must be done when the API server refuses it.

use crate::told::{deployment, diff, resource, told};

/// The class of the only change, or of the resource that is created or removed.
fn class(left: &str, right: &str) -> &'static str {
    let diff = diff(left, right);
    assert_eq!(diff.resources.len(), 1, "{left}\n{right}");
    diff.resources[0].class.id()
}

/// A resource whose `spec` goes from one text to another.
fn of(version: &str, kind: &str, left: &str, right: &str) -> &'static str {
    class(&resource(version, kind, left), &resource(version, kind, right))
}

#[test]
fn a_change_has_the_class_of_what_it_does() {
    let apps = "apps/v1";
    let cases = [
        ("restart", class(&deployment("image: a:1", ""), &deployment("image: a:2", ""))),
        ("restart", class(&deployment("", ""), &deployment("", "priorityClassName: high"))),
        (
            "capacity",
            class(&deployment("resources: {limits: {cpu: 1}}", ""), &deployment("resources: {limits: {cpu: 2}}", "")),
        ),
        ("capacity", of(apps, "Deployment", "{replicas: 1}", "{replicas: 2}")),
        ("in-place", of(apps, "Deployment", "{minReadySeconds: 1}", "{minReadySeconds: 2}")),
        ("immutable", of(apps, "Deployment", "{selector: {matchLabels: {a: b}}}", "{selector: {matchLabels: {a: c}}}")),
        ("immutable", of(apps, "StatefulSet", "{serviceName: a}", "{serviceName: b}")),
        ("capacity", of(apps, "StatefulSet", "{replicas: 1}", "{replicas: 2}")),
        (
            "restart",
            of(
                apps,
                "StatefulSet",
                "{template: {metadata: {labels: {a: b}}}}",
                "{template: {metadata: {labels: {a: c}}}}",
            ),
        ),
        (
            "data",
            of(
                apps,
                "StatefulSet",
                "{persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain}}",
                "{persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}}",
            ),
        ),
        ("restart", of(apps, "DaemonSet", "{template: {spec: {hostNetwork: true}}}", "{template: {spec: {}}}")),
        ("capacity", of("autoscaling/v2", "HorizontalPodAutoscaler", "{maxReplicas: 2}", "{maxReplicas: 4}")),
        ("exposure", of("v1", "Service", "{type: ClusterIP}", "{type: LoadBalancer}")),
        ("exposure", of("networking.k8s.io/v1", "Ingress", "{rules: [{host: a}]}", "{rules: [{host: b}]}")),
        (
            "exposure",
            of(
                "networking.k8s.io/v1",
                "NetworkPolicy",
                "{podSelector: {}, ingress: []}",
                "{podSelector: {}, ingress: [{}]}",
            ),
        ),
        (
            "exposure",
            of("traefik.io/v1alpha1", "Middleware", "{forwardAuth: {address: a}}", "{forwardAuth: {address: b}}"),
        ),
        ("immutable", of("v1", "PersistentVolumeClaim", "{storageClassName: a}", "{storageClassName: b}")),
        (
            "capacity",
            of(
                "v1",
                "PersistentVolumeClaim",
                "{resources: {requests: {storage: 1Gi}}}",
                "{resources: {requests: {storage: 2Gi}}}",
            ),
        ),
        (
            "immutable",
            of(
                "v1",
                "PersistentVolumeClaim",
                "{resources: {requests: {storage: 2Gi}}}",
                "{resources: {requests: {storage: 1Gi}}}",
            ),
        ),
        (
            "data",
            of(
                "v1",
                "PersistentVolume",
                "{persistentVolumeReclaimPolicy: Retain}",
                "{persistentVolumeReclaimPolicy: Delete}",
            ),
        ),
        ("immutable", of("v1", "PersistentVolume", "{hostPath: {path: /a}}", "{hostPath: {path: /b}}")),
        ("immutable", of("batch/v1", "Job", "{template: {spec: {nodeName: a}}}", "{template: {spec: {nodeName: b}}}")),
        ("in-place", of("batch/v1", "CronJob", "{schedule: '* * * * *'}", "{schedule: '0 * * * *'}")),
        (
            "in-place",
            of("argoproj.io/v1alpha1", "Application", "{source: {targetRevision: a}}", "{source: {targetRevision: b}}"),
        ),
    ];
    for (number, (expected, found)) in cases.into_iter().enumerate() {
        assert_eq!(found, expected, "case {number}");
    }
}

#[test]
fn metadata_does_nothing_unless_somebody_obeys_it() {
    let annotated = |version: &str, kind: &str, key: &str, value: &str| {
        format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a, annotations: {{{key}: '{value}'}}}}}}")
    };
    let of = |version, kind, key| class(&annotated(version, kind, key, "a"), &annotated(version, kind, key, "b"));
    assert_eq!(of("v1", "ConfigMap", "team"), "metadata");
    assert_eq!(of("networking.k8s.io/v1", "Ingress", "traefik.ingress.kubernetes.io/router.middlewares"), "exposure");
    assert_eq!(of("apps/v1", "Deployment", "argocd.argoproj.io/sync-wave"), "in-place");
    let versions = |version| resource(version, "HorizontalPodAutoscaler", "{}");
    assert_eq!(
        told(&versions("autoscaling/v1"), &versions("autoscaling/v2")),
        [r#"~ apiVersion: "autoscaling/v1" -> "autoscaling/v2" (metadata)"#]
    );
}

#[test]
fn a_database_of_another_major_version_is_a_risk_to_its_data() {
    let postgres = |image: &str, more: &str| {
        resource(
            "apps/v1",
            "StatefulSet",
            &format!("{{template: {{spec: {{containers: [{{name: p, image: '{image}'{more}}}]}}}}}}"),
        )
    };
    assert_eq!(class(&postgres("postgres:16.4", ""), &postgres("postgres:16.5", "")), "restart");
    assert_eq!(class(&postgres("postgres:16.4", ""), &postgres("postgres:17.0", "")), "data");
    assert_eq!(class(&postgres("postgres:16.4", ""), &postgres("timescaledb:16.4", "")), "data");
    assert_eq!(class(&postgres("a:5000/p:1.2@sha256:0", ""), &postgres("a:5000/p:1.3@sha256:1", "")), "restart");
    let mount = ", volumeMounts: [{name: d, mountPath: /b}]";
    assert_eq!(class(&postgres("p:1", ""), &postgres("p:1", mount)), "data");
}

#[test]
fn resources_that_come_and_go_are_classed_by_what_they_are() {
    let cases = [
        ("v1", "PersistentVolumeClaim", "in-place", "data"),
        ("apps/v1", "StatefulSet", "capacity", "data"),
        ("v1", "Namespace", "in-place", "data"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "in-place", "data"),
        ("apps/v1", "Deployment", "capacity", "capacity"),
        ("networking.k8s.io/v1", "NetworkPolicy", "exposure", "exposure"),
        ("traefik.io/v1alpha1", "Middleware", "exposure", "exposure"),
        ("v1", "ConfigMap", "in-place", "in-place"),
    ];
    for (version, kind, created, removed) in cases {
        let text = format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}}}");
        assert_eq!((class("", &text), class(&text, "")), (created, removed), "{kind}");
    }
}

#[test]
fn the_worst_change_is_the_class_of_the_resource_and_the_worst_resource_comes_first() {
    let left = [
        deployment("image: a:1", ""),
        resource("v1", "Service", "{type: NodePort}"),
        resource("apps/v1", "StatefulSet", "{serviceName: a}"),
    ];
    let right = [
        deployment("image: a:2, resources: {limits: {cpu: 1}}", ""),
        resource("v1", "Service", "{}"),
        resource("apps/v1", "StatefulSet", "{serviceName: b}"),
    ];
    let diff = diff(&left.join("\n---\n"), &right.join("\n---\n"));
    let classes: Vec<&str> = diff.resources.iter().map(|resource| resource.class.id()).collect();
    assert_eq!(classes, ["immutable", "exposure", "capacity"]);
}

#[test]
fn what_the_api_server_refuses_says_what_to_do() {
    let advice = |version: &str, kind: &str, left: &str, right: &str| {
        let diff = diff(&resource(version, kind, left), &resource(version, kind, right));
        diff.resources[0].advice.clone().unwrap_or_default()
    };
    let of_set = advice("apps/v1", "StatefulSet", "{serviceName: a}", "{serviceName: b}");
    assert!(of_set.contains("kubectl delete statefulset a --namespace ns --cascade=orphan"), "{of_set}");
    let of_claim = advice("v1", "PersistentVolumeClaim", "{storageClassName: a}", "{storageClassName: b}");
    assert!(of_claim.contains("copy the data"), "{of_claim}");
    assert_eq!(advice("apps/v1", "StatefulSet", "{replicas: 1}", "{replicas: 2}"), "");
}
