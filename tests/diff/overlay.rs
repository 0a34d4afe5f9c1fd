//! What an apply would leave of a live object, told without trying it.

use ahuora::diff::{Definitions, overlay};
use serde_json::{Value, json};

fn laid_over(live: &Value, wanted: &Value) -> Value {
    overlay(live, wanted, &["argocd-controller".to_owned(), "ahuora".to_owned()], &Definitions::default())
}

fn service(spec: &Value, metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    metadata["name"] = json!("a");
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
}

#[test]
fn what_the_cluster_added_stays_and_what_is_wanted_wins() {
    let live = service(
        &json!({"clusterIP": "10.0.0.1", "type": "NodePort", "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30000, "targetPort": 1}]}),
        &json!({"uid": "x"}),
    );
    let wanted = service(
        &json!({"type": "ClusterIP", "ports": [{"port": 80, "targetPort": 2}]}),
        &json!({"labels": {"a": "b"}}),
    );
    let expected = service(
        &json!({"clusterIP": "10.0.0.1", "type": "ClusterIP", "ports": [{"port": 80, "protocol": "TCP", "nodePort": 30000, "targetPort": 2}]}),
        &json!({"uid": "x", "labels": {"a": "b"}}),
    );
    assert_eq!(laid_over(&live, &wanted), expected);
}

#[test]
fn what_was_applied_by_a_client_and_is_no_longer_wanted_goes() {
    let last = json!({"spec": {"type": "NodePort", "ports": [{"port": 80}, {"port": 81}]}}).to_string();
    let annotations = json!({"annotations": {"kubectl.kubernetes.io/last-applied-configuration": last}});
    let live = service(
        &json!({"type": "NodePort", "ports": [{"port": 80}, {"port": 81}, {"port": 82}], "sessionAffinity": "None"}),
        &annotations,
    );
    let wanted = service(&json!({"ports": [{"port": 80}]}), &json!({}));
    let left = laid_over(&live, &wanted);
    assert_eq!(left["spec"], json!({"ports": [{"port": 80}, {"port": 82}], "sessionAffinity": "None"}));
}

#[test]
fn what_a_manager_applied_and_no_longer_wants_goes_unless_another_owns_it_too() {
    let managed = |manager: &str, operation: &str, fields: &Value| json!({"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields});
    let own = json!({
        "f:metadata": {"f:labels": {"f:mine": {}, "f:both": {}}, "f:finalizers": {".": {}, "v:\"f\"": {}}},
        "f:spec": {"f:type": {}, "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}}, "k:{\"port\":81,\"protocol\":\"TCP\"}": {}}},
    });
    let theirs = json!({"f:metadata": {"f:labels": {"f:both": {}, "f:theirs": {}}}});
    let metadata = json!({
        "labels": {"mine": "1", "both": "2", "theirs": "3"},
        "finalizers": ["f", "g"],
        "managedFields": [managed("ahuora", "Apply", &own), managed("somebody", "Update", &theirs)],
    });
    let live = service(
        &json!({"type": "NodePort", "ports": [{"port": 80, "protocol": "TCP", "name": "a"}, {"port": 81, "protocol": "TCP"}]}),
        &metadata,
    );
    let wanted = service(&json!({"ports": [{"port": 80}]}), &json!({"labels": {}, "finalizers": ["g"]}));
    let left = laid_over(&live, &wanted);
    assert_eq!(left["spec"], json!({"ports": [{"port": 80, "protocol": "TCP"}]}));
    assert_eq!(left["metadata"]["labels"], json!({"both": "2", "theirs": "3"}));
    assert_eq!(left["metadata"]["finalizers"], json!(["g"]));
    // What another manager applied is not ours to take away.
    let foreign =
        service(&json!({}), &json!({"labels": {"mine": "1"}, "managedFields": [managed("somebody", "Apply", &own)]}));
    assert_eq!(laid_over(&foreign, &wanted)["metadata"]["labels"], json!({"mine": "1"}));
}
