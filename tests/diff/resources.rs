//! Which resources belong to each other.

use crate::told::{deployment, diff, diff_with, options, resource, tell, told};

const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP}}";

#[test]
fn group_kind_namespace_and_name_are_the_identity() {
    let ingress = |version: &str, namespace: &str| {
        format!(
            "{{apiVersion: {version}, kind: Ingress, metadata: {{name: a, namespace: {namespace}}}, spec: {{ingressClassName: x}}}}"
        )
    };
    assert_eq!(
        told(&ingress("networking.k8s.io/v1beta1", "ns"), &ingress("networking.k8s.io/v1", "ns")),
        [r#"~ apiVersion: "networking.k8s.io/v1beta1" -> "networking.k8s.io/v1" (metadata)"#]
    );
    let of_two = told(&ingress("networking.k8s.io/v1", "ns"), &ingress("extensions/v1beta1", "ns"));
    assert_eq!(
        of_two,
        ["removed Ingress/a (exposure)", "created Ingress/a (in-place)"],
        "another group is another resource"
    );
    // A cluster-wide object is in no namespace, whatever it says.
    let role = |more: &str| {
        format!("{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: a{more}}}}}")
    };
    assert_eq!(told(&role(", namespace: x"), &role("")), [""; 0]);
}

#[test]
fn resources_may_move_between_documents_and_lists() {
    let two = format!("{}\n---\n{SERVICE}\n", deployment("image: a:1", ""));
    let list = format!("{{apiVersion: v1, kind: List, items: [{SERVICE}, {}]}}", deployment("image: a:1", ""));
    assert_eq!(told(&two, &list), [""; 0]);
    assert_eq!(diff(&two, &list).same, 2);
}

#[test]
fn a_renamed_resource_is_told_as_renamed() {
    let spec = "{replicas: 2, template: {spec: {containers: [{name: c, image: a:1, ports: [{containerPort: 80}], env: [{name: A, value: b}]}]}}}";
    let named =
        |name: &str, spec: &str| resource("apps/v1", "Deployment", spec).replace("name: a,", &format!("name: {name},"));
    assert_eq!(told(&named("old", spec), &named("new", spec)), ["renamed Deployment/old -> Deployment/new (capacity)"]);
    assert_eq!(
        told(&named("old", spec), &named("new", &spec.replace("a:1", "a:2"))),
        [
            "renamed Deployment/old -> Deployment/new (capacity)",
            r#"~ spec.template.spec.containers[name=c].image: "a:1" -> "a:2" (restart)"#
        ]
    );
    // Into another namespace.
    let moved = diff(&named("a", spec), &named("a", spec).replace("namespace: ns", "namespace: ms"));
    assert_eq!(tell(&moved), ["renamed Deployment/a -> Deployment/a (capacity)"]);
    // What has little in common was not renamed.
    let other = "{replicas: 5, paused: true, template: {spec: {containers: [{name: d, image: b:9}]}}}";
    assert_eq!(told(&named("old", spec), &named("new", other)).len(), 2);
    // Of several, the most alike.
    let near = spec.replace("a:1", "a:2");
    let right = [named("x", &near), named("z", spec)].join("\n---\n");
    assert_eq!(
        told(&named("old", spec), &right),
        ["created Deployment/x (capacity)", "renamed Deployment/old -> Deployment/z (capacity)"]
    );
}

#[test]
fn a_new_name_frees_from_what_cannot_change() {
    let set = |name: &str, service: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: {name}}}, spec: {{serviceName: {service}, replicas: 2, template: {{spec: {{nodeName: x, dnsPolicy: y}}}}}}}}"
        )
    };
    let changes = told(&set("a", "s"), &set("b", "t"));
    assert_eq!(
        changes,
        ["renamed StatefulSet/a -> StatefulSet/b (data)", r#"~ spec.serviceName: "s" -> "t" (in-place)"#]
    );
}

#[test]
fn a_resource_that_stands_twice_is_noted() {
    let twice = format!("{SERVICE}\n---\n{SERVICE}");
    let diff = diff(&twice, SERVICE);
    assert_eq!(diff.notes, ["Service/a stands twice: in left.yaml and in left.yaml"]);
    assert_eq!(tell(&diff), ["removed Service/a (exposure)"]);
}

#[test]
fn only_chosen_resources_are_compared() {
    let left = format!("{}\n---\n{SERVICE}", deployment("image: a:1", ""));
    let right = format!("{}\n---\n{}", deployment("image: a:2", ""), SERVICE.replace("ClusterIP", "NodePort"));
    let chosen = |only: &[&str]| tell(&diff_with(&left, &right, &options(false, only))).len();
    assert_eq!(
        [chosen(&[]), chosen(&["deployment/api"]), chosen(&["*/a", "Deployment/*"]), chosen(&["Service/b"])],
        [2, 1, 2, 0]
    );
    assert_eq!(diff_with(&left, &left, &options(false, &["Service/*"])).same, 1);
}
