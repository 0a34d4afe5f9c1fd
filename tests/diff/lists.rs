//! Lists: matched by keys, as sets, or in order.

use crate::told::{deployment, resource, told};

#[test]
fn items_are_matched_by_the_keys_of_kubernetes() {
    let cases = [
        (
            deployment(
                "ports: [{containerPort: 80, name: a}, {containerPort: 53, protocol: UDP}, {containerPort: 53}]",
                "",
            ),
            deployment(
                "ports: [{containerPort: 80, protocol: TCP, name: b}, {containerPort: 53, protocol: UDP}, {containerPort: 53}]",
                "",
            ),
            vec![
                r#"~ spec.template.spec.containers[name=api].ports[containerPort=80,protocol=TCP].name: "a" -> "b" (restart)"#,
                r#"+ spec.template.spec.containers[name=api].ports[containerPort=80,protocol=TCP].protocol: "TCP" (none)"#,
            ],
        ),
        (
            resource("v1", "Service", "{ports: [{port: 80, targetPort: a}, {port: 81}]}"),
            resource("v1", "Service", "{ports: [{port: 81}, {port: 80, targetPort: b}]}"),
            vec![r#"~ spec.ports[port=80,protocol=TCP].targetPort: "a" -> "b" (exposure)"#],
        ),
        (
            deployment("volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]", ""),
            deployment("volumeMounts: [{name: v, mountPath: /a, readOnly: true}, {name: v, mountPath: /c}]", ""),
            vec![
                "+ spec.template.spec.containers[name=api].volumeMounts[mountPath=/a].readOnly: true (restart)",
                r#"- spec.template.spec.containers[name=api].volumeMounts[mountPath=/b]: {"mountPath":"/b","name":"v"} (restart)"#,
                r#"+ spec.template.spec.containers[name=api].volumeMounts[mountPath=/c]: {"mountPath":"/c","name":"v"} (restart)"#,
            ],
        ),
        (
            deployment("", "hostAliases: [{ip: 10.0.0.1, hostnames: [a]}]"),
            deployment("", "hostAliases: [{ip: 10.0.0.1, hostnames: [b]}]"),
            vec![r#"~ spec.template.spec.hostAliases[ip=10.0.0.1].hostnames[0]: "a" -> "b" (restart)"#],
        ),
        (
            deployment("env: [{name: A, value: x}, {name: B, value: w}]", ""),
            deployment("env: [{name: A, value: x}, {name: C, value: z}, {name: B, value: v}]", ""),
            vec![
                r#"~ spec.template.spec.containers[name=api].env[name=B].value: "w" -> "v" (restart)"#,
                r#"+ spec.template.spec.containers[name=api].env[name=C]: {"name":"C","value":"z"} (restart)"#,
            ],
        ),
    ];
    for (left, right, expected) in cases {
        assert_eq!(told(&left, &right), expected);
    }
}

#[test]
fn order_is_told_where_it_does_something() {
    let env = |names: &str| deployment(&format!("env: [{names}]"), "");
    let (forth, back) =
        (env("{name: A, value: x}, {name: B, value: $(A)}"), env("{name: B, value: $(A)}, {name: A, value: x}"));
    let order = r#"order spec.template.spec.containers[name=api].env: [{"name":"A"},{"name":"B"}] -> [{"name":"B"},{"name":"A"}] (restart)"#;
    assert_eq!(told(&forth, &back), [order]);
    // To Kubernetes a template whose lists have another order is another template.
    let volumes = |text: &str| deployment("", &format!("volumes: [{text}]"));
    let moved = told(
        &volumes("{name: a, emptyDir: {}}, {name: b, emptyDir: {}}"),
        &volumes("{name: b, emptyDir: {}}, {name: a, emptyDir: {}}"),
    );
    assert_eq!(
        moved,
        [r#"order spec.template.spec.volumes: [{"name":"a"},{"name":"b"}] -> [{"name":"b"},{"name":"a"}] (restart)"#]
    );
    // Outside of templates the order of such lists does nothing.
    let ports = |text: &str| resource("v1", "Service", &format!("{{ports: [{text}]}}"));
    assert_eq!(
        told(&ports("{port: 1, name: a}, {port: 2, name: b}"), &ports("{port: 2, name: b}, {port: 1, name: a}")),
        [""; 0]
    );
}

#[test]
fn sets_have_no_order() {
    let map = |finalizers: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a, finalizers: [{finalizers}]}}}}")
    };
    assert_eq!(told(&map("a, b"), &map("b, a")), [""; 0]);
    assert_eq!(
        told(&map("a, b"), &map("c, a")),
        [r#"- metadata.finalizers[1]: "b" (data)"#, r#"+ metadata.finalizers[0]: "c" (data)"#]
    );
}

#[test]
fn order_stays_meaningful_in_all_other_lists() {
    let args = |text: &str| deployment(&format!("args: [{text}]"), "");
    assert_eq!(told(&args("a, b"), &args("b, a")).len(), 2);
    assert_eq!(
        told(&args("--a, --b=1, --c"), &args("--a, --x, --b=2, --c")),
        [
            r#"~ spec.template.spec.containers[name=api].args[1]: "--b=1" -> "--x" (restart)"#,
            r#"+ spec.template.spec.containers[name=api].args[2]: "--b=2" (restart)"#,
        ]
    );
    assert_eq!(
        told(&args("a, b, c, d"), &args("a, c, d, e")),
        [
            r#"- spec.template.spec.containers[name=api].args[1]: "b" (restart)"#,
            r#"+ spec.template.spec.containers[name=api].args[3]: "e" (restart)"#,
        ]
    );
    // A chain of middlewares: a request passes them in this order.
    let chain =
        |names: &str| resource("traefik.io/v1alpha1", "Middleware", &format!("{{chain: {{middlewares: [{names}]}}}}"));
    assert_eq!(told(&chain("{name: cors}, {name: auth}"), &chain("{name: auth}, {name: cors}")).len(), 2);
}

#[test]
fn items_in_order_are_aligned_by_name_and_likeness() {
    let rules = |text: &str| resource("networking.k8s.io/v1", "Ingress", &format!("{{rules: [{text}]}}"));
    let rule = |host: &str, service: &str| {
        format!(
            "{{host: {host}, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}]}}}}"
        )
    };
    let left = rules(&[rule("a", "x"), rule("b", "w")].join(", "));
    let right = rules(&[rule("new", "n"), rule("a", "x"), rule("b", "z")].join(", "));
    assert_eq!(told(&left, &right)[1], r#"~ spec.rules[2].http.paths[0].backend.service.name: "w" -> "z" (exposure)"#);
    assert!(told(&left, &right)[0].starts_with("+ spec.rules[0]: "), "{:?}", told(&left, &right));
}

#[test]
fn lists_with_repeated_or_missing_keys_are_compared_in_order() {
    let env = |text: &str| deployment(&format!("env: [{text}]"), "");
    assert_eq!(
        told(&env("{name: A, value: x}, {name: A, value: w}"), &env("{name: A, value: x}, {name: A, value: z}")),
        [r#"~ spec.template.spec.containers[name=api].env[1].value: "w" -> "z" (restart)"#]
    );
    assert_eq!(told(&env("{value: x}"), &env("{value: w}")).len(), 1);
    assert_eq!(told(&env("a"), &env("b")).len(), 1, "what is no mapping is compared too");
}

#[test]
fn custom_kinds_follow_their_definition() {
    let definition = "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.org}, \
        spec: {group: example.org, scope: Cluster, names: {kind: Thing}, versions: [{name: v1, schema: {openAPIV3Schema: {properties: \
        {spec: {properties: {parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {properties: \
        {size: {x-kubernetes-int-or-string: true, pattern: '^[0-9]+(m|[KMGTPE]i?)?$|KMGTPE'}}}}, tags: {type: array, x-kubernetes-list-type: set}}}}}}}]}}\n---\n";
    let thing = |parts: &str, tags: &str| {
        format!(
            "{definition}{{apiVersion: example.org/v1, kind: Thing, metadata: {{name: a}}, spec: {{parts: [{parts}], tags: [{tags}]}}}}"
        )
    };
    let (left, right) =
        (thing("{id: 1, size: 1024Mi}, {id: 2}", "a, b"), thing("{id: 2, x: yy}, {id: 1, size: 1Gi}", "b, a"));
    assert_eq!(told(&left, &right), [r#"+ spec.parts[id=2].x: "yy" (in-place)"#]);
    let without = |text: &str| text.replace(definition, "");
    assert!(told(&without(&left), &without(&right)).len() > 3, "without its definition, order counts");
}

#[test]
fn pods_inside_unknown_kinds_are_known() {
    let rollout = |ports: &str| {
        resource(
            "argoproj.io/v1alpha1",
            "Rollout",
            &format!(
                "{{template: {{spec: {{containers: [{{name: a, resources: {{requests: {{cpu: 1}}}}}}, {{name: b, ports: [{ports}]}}]}}}}}}"
            ),
        )
    };
    assert_eq!(
        told(
            &rollout("{containerPort: 80}"),
            &rollout("{containerPort: 80, hostPort: 80}").replace("cpu: 1}", "cpu: 1000m}")
        ),
        ["+ spec.template.spec.containers[name=b].ports[containerPort=80,protocol=TCP].hostPort: 80 (restart)"]
    );
}
