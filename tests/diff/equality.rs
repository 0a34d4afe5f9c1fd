//! What is equal although it is written in another way, and what is not although it looks alike.

use crate::told::{deployment, resource, told, told_of_cluster};

#[test]
fn other_ways_to_write_the_same_are_no_difference() {
    let container = |text: &str| deployment(text, "");
    let pod = |text: &str| deployment("image: a:1", text);
    let pairs = [
        // Quantities by value.
        (container("resources: {requests: {cpu: 0.5}}"), container("resources: {requests: {cpu: 500m}}")),
        (
            container("resources: {limits: {cpu: 1000m, memory: 1024Mi}}"),
            container("resources: {limits: {cpu: 1, memory: 1Gi}}"),
        ),
        (container("resources: {limits: {memory: 1e3}}"), container("resources: {limits: {memory: 1k}}")),
        (
            pod("volumes: [{name: t, emptyDir: {sizeLimit: 1024Mi}}]"),
            pod("volumes: [{name: t, emptyDir: {sizeLimit: 1Gi}}]"),
        ),
        (
            resource(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "{metrics: [{type: Pods, pods: {target: {averageValue: 1000m}}}]}",
            ),
            resource(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "{metrics: [{type: Pods, pods: {target: {averageValue: '1'}}}]}",
            ),
        ),
        (
            resource("v1", "ResourceQuota", "{hard: {requests.cpu: 1000m, pods: '4'}}"),
            resource("v1", "ResourceQuota", "{hard: {requests.cpu: '1', pods: 4}}"),
        ),
        // Absent, null and empty.
        (container("resources: {}"), container("resources: null")),
        (container("args: []"), container("")),
        (pod("nodeSelector: {}, tolerations: []"), pod("")),
        (pod("securityContext: {}"), pod("")),
        // Values that the API server takes for none.
        (pod("hostNetwork: false"), pod("")),
        (container("tty: false, imagePullPolicy: '', image: a:1"), container("image: a:1")),
        (container("ports: [{containerPort: 80, protocol: ''}]"), container("ports: [{containerPort: 80}]")),
        (container("env: [{name: A, value: ''}]"), container("env: [{name: A}]")),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {}, creationTimestamp: null}, data: {}}"
                .to_owned(),
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}".to_owned(),
        ),
        (
            "{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}, spec: {a: null, b: []}, status: {}}"
                .to_owned(),
            "{apiVersion: example.org/v1, kind: Thing, metadata: {name: a}, spec: {}}".to_owned(),
        ),
        // YAML 1.1 as Kubernetes reads it, and numbers.
        (container("stdin: yes, tty: off"), container("stdin: true, tty: false")),
        (pod("securityContext: {fsGroup: 0644}"), pod("securityContext: {fsGroup: 420}")),
        (pod("terminationGracePeriodSeconds: 1_0"), pod("terminationGracePeriodSeconds: 10.0")),
        // A Secret's two ways to say its data.
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {k: hello, l: ab}}".to_owned(),
            "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: aGVsbG8=, l: YWI=}}".to_owned(),
        ),
        // The namespace that is meant when none is named.
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: default}}".to_owned(),
            "{apiVersion: v1, kind: Service, metadata: {name: a}}".to_owned(),
        ),
    ];
    for (left, right) in pairs {
        assert_eq!(told(&left, &right), [""; 0], "{left}\n{right}");
        assert_eq!(told(&right, &left), [""; 0], "{right}\n{left}");
    }
}

#[test]
fn what_looks_alike_but_means_something_else_is_a_difference() {
    let container = |text: &str| deployment(text, "");
    let pod = |text: &str| deployment("image: a:1", text);
    let policy = |text: &str| resource("networking.k8s.io/v1", "NetworkPolicy", text);
    let pairs = [
        // The name of a port, and its number.
        (resource("v1", "Service", "{ports: [{port: 80, targetPort: '80'}]}"), resource("v1", "Service", "{ports: [{port: 80, targetPort: 80}]}")),
        (container("resources: {limits: {memory: 512m}}"), container("resources: {limits: {memory: 512M}}")),
        // Text that reads like an amount, where no amount stands.
        (container("args: ['1000m']"), container("args: ['1']")),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '1024Mi'}}".to_owned(),
         "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '1Gi'}}".to_owned()),
        // Empty, and absent, where that means something.
        (pod("volumes: [{name: t, emptyDir: {}}]"), pod("volumes: [{name: t}]")),
        (policy("{podSelector: {a: b}, ingress: [{from: [{podSelector: {}}]}]}"), policy("{podSelector: {a: b}, ingress: [{from: [{}]}]}")),
        (policy("{podSelector: {}, ingress: [{}]}"), policy("{podSelector: {}, ingress: []}")),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: ''}}".to_owned(),
         "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {}}".to_owned()),
        ("{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {k: ''}}}".to_owned(),
         "{apiVersion: v1, kind: Pod, metadata: {name: a}}".to_owned()),
        ("{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a}, spec: {syncPolicy: {automated: {}}}}".to_owned(),
         "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a}, spec: {syncPolicy: {}}}".to_owned()),
        (resource("v1", "PersistentVolumeClaim", "{storageClassName: ''}"), resource("v1", "PersistentVolumeClaim", "{}")),
        (resource("apps/v1", "Deployment", "{replicas: 0}"), resource("apps/v1", "Deployment", "{}")),
        (container("securityContext: {readOnlyRootFilesystem: false}"), container("")),
        // Text, and a number or boolean.
        ("{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {k: 'true'}}}".to_owned(),
         "{apiVersion: v1, kind: Pod, metadata: {name: a, annotations: {k: true}}}".to_owned()),
    ];
    for (left, right) in pairs {
        assert_eq!(told(&left, &right).len(), 1, "{left}\n{right}\n{:?}", told(&left, &right));
        assert_eq!(told(&right, &left).len(), 1, "{right}\n{left}");
    }
}

#[test]
fn what_the_api_server_fills_in_has_no_effect_and_is_no_difference_to_a_cluster() {
    let pairs = [
        (deployment("image: 'a:1'", ""), deployment("image: 'a:1', imagePullPolicy: IfNotPresent", "")),
        (deployment("image: 'a'", ""), deployment("image: 'a', imagePullPolicy: Always", "")),
        (deployment("image: a:1", ""), deployment("image: a:1", "dnsPolicy: ClusterFirst, restartPolicy: Always")),
        (
            deployment("livenessProbe: {httpGet: {port: 80, path: /}}", ""),
            deployment(
                "livenessProbe: {httpGet: {port: 80, path: /, scheme: HTTP}, periodSeconds: 10, timeoutSeconds: 1}",
                "",
            ),
        ),
        (
            resource("apps/v1", "Deployment", "{}"),
            resource(
                "apps/v1",
                "Deployment",
                "{strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}}",
            ),
        ),
        (resource("apps/v1", "Deployment", "{}"), resource("apps/v1", "Deployment", "{revisionHistoryLimit: 10}")),
        (
            resource("v1", "Service", "{ports: [{port: 80}]}"),
            resource("v1", "Service", "{ports: [{port: 80, protocol: TCP, targetPort: 80}]}"),
        ),
        (
            resource("networking.k8s.io/v1", "NetworkPolicy", "{egress: [{}]}"),
            resource("networking.k8s.io/v1", "NetworkPolicy", "{egress: [{}], policyTypes: [Ingress, Egress]}"),
        ),
        (
            resource("v1", "PersistentVolumeClaim", "{}"),
            resource("v1", "PersistentVolumeClaim", "{volumeMode: Filesystem}"),
        ),
    ];
    for (left, right) in pairs {
        let changes = told(&left, &right);
        assert!(!changes.is_empty(), "{left}\n{right}");
        assert!(changes.iter().all(|change| change.ends_with("(none)")), "{changes:?}");
        assert_eq!(told_of_cluster(&right, &left), [""; 0], "{left}\n{right}");
    }
    let other = [
        (deployment("image: 'a:1'", ""), deployment("image: 'a:1', imagePullPolicy: Always", "")),
        (resource("apps/v1", "Deployment", "{}"), resource("apps/v1", "Deployment", "{revisionHistoryLimit: 3}")),
        (
            resource("v1", "Service", "{ports: [{port: 80}]}"),
            resource("v1", "Service", "{ports: [{port: 80, targetPort: 81}]}"),
        ),
    ];
    for (left, right) in other {
        assert_eq!(
            told(&left, &right).iter().filter(|change| !change.ends_with("(none)")).count(),
            1,
            "{left}\n{right}"
        );
        assert_eq!(told_of_cluster(&right, &left).len(), 1, "{left}\n{right}");
    }
}

#[test]
fn what_the_cluster_keeps_for_itself_is_no_difference_to_it() {
    let wanted = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, labels: {a: b}}, spec: {replicas: 1}}";
    let live = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: api, labels: {a: b}, uid: x, generation: 3, \
        resourceVersion: '12', creationTimestamp: '2026-01-01T00:00:00Z', managedFields: [{manager: m}], annotations: \
        {deployment.kubernetes.io/revision: '3', kubectl.kubernetes.io/last-applied-configuration: '{}'}}, \
        spec: {replicas: 1}, status: {replicas: 1}}";
    assert_eq!(told_of_cluster(live, wanted), [""; 0]);
    assert!(told(live, wanted).len() > 3, "to files they are differences");
}
