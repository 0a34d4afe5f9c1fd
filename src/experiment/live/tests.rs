//! What is live, and every way of not being so.

use serde_json::{Value, json};

use super::*;

/// Paths and the values that are put there.
type Changes<'a> = &'a [(&'a str, Value)];

const NEW: &str = "1111111111111111111111111111111111111111";
const OLD: &str = "2222222222222222222222222222222222222222";

fn application() -> Value {
    json!({
        "metadata": {"name": "shop-production"},
        "spec": {"source": {"targetRevision": NEW}},
        "status": {
            "sync": {"status": "Synced", "revision": NEW, "comparedTo": {"source": {"targetRevision": NEW}}},
            "health": {"status": "Healthy"},
            "reconciledAt": "2026-11-22T10:00:05Z",
            "operationState": {
                "phase": "Succeeded", "finishedAt": "2026-11-22T10:00:00Z",
                "operation": {"sync": {"revision": NEW}}, "syncResult": {"revision": NEW},
            },
        },
    })
}

fn workloads() -> Vec<Value> {
    vec![
        json!({
            "kind": "Deployment", "metadata": {"name": "api", "generation": 3}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
        }),
        json!({
            "kind": "Deployment", "metadata": {"name": "idle", "generation": 1}, "spec": {"replicas": 0},
            "status": {"observedGeneration": 1},
        }),
        json!({
            "kind": "StatefulSet", "metadata": {"name": "db", "generation": 1}, "spec": {"replicas": 1},
            "status": {
                "observedGeneration": 1, "replicas": 1, "readyReplicas": 1, "availableReplicas": 1,
                "currentRevision": "db-1", "updateRevision": "db-1",
            },
        }),
        json!({
            "kind": "HorizontalPodAutoscaler", "metadata": {"name": "api"},
            "spec": {"minReplicas": 2, "maxReplicas": 8}, "status": {"currentReplicas": 2},
        }),
    ]
}

fn judged(application: &Value, workloads: &[Value]) -> Verdict {
    judge(NEW, Some(application), workloads, &|_| false)
}

/// Puts a value, or takes it away where it is null.
fn change(object: &mut Value, path: &str, value: Value) {
    let (above, key) = path.rsplit_once('/').expect("a path");
    let fields = object.pointer_mut(above).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        fields.remove(key)
    } else {
        fields.insert(key.to_owned(), value)
    };
}

#[test]
fn all_of_it_together_is_live() {
    assert_eq!(judged(&application(), &workloads()), Verdict::Live);
}

#[test]
fn every_stale_word_of_argo_cd_is_told() {
    let cases: [(&str, Changes<'_>, &[&str]); 15] = [
        (
            "all is of the commit before",
            &[
                ("/spec/source/targetRevision", json!(OLD)),
                ("/status/sync/comparedTo/source/targetRevision", json!(OLD)),
                ("/status/sync/revision", json!(OLD)),
                ("/status/operationState/syncResult/revision", json!(OLD)),
            ],
            &["the Application follows 222222222222", "synced is 222222222222", "the last sync was of 222222222222"],
        ),
        (
            "it follows the commit, and nothing has been looked at since",
            &[
                ("/status/sync/comparedTo/source/targetRevision", json!(OLD)),
                ("/status/sync/revision", json!(OLD)),
                ("/status/operationState/syncResult/revision", json!(OLD)),
            ],
            &["what is told is of 222222222222", "synced is 222222222222", "the last sync was of 222222222222"],
        ),
        (
            "the status is right and the sync is of the commit before",
            &[("/status/operationState/syncResult/revision", json!(OLD))],
            &["the last sync was of 222222222222"],
        ),
        (
            "the sync is right and the status of the commit before",
            &[("/status/sync/revision", json!(OLD))],
            &["synced is 222222222222"],
        ),
        (
            "the comparison is of a branch",
            &[("/status/sync/comparedTo/source/targetRevision", json!("main"))],
            &["what is told is of main"],
        ),
        ("it differs", &[("/status/sync/status", json!("OutOfSync"))], &["sync status of 111111111111: OutOfSync"]),
        ("nothing was compared", &[("/status/sync", Value::Null)], &["of nothing", "has not compared"]),
        (
            "the sync is running",
            &[("/status/operationState/phase", json!("Running")), ("/status/operationState/message", json!("waiting"))],
            &["the sync of 111111111111 is Running: waiting"],
        ),
        ("a sync is asked for", &[("/operation", json!({"sync": {}}))], &["asked for and not begun"]),
        ("there was no sync", &[("/status/operationState", Value::Null)], &["there has been no sync yet"]),
        (
            "nobody has looked since the sync",
            &[("/status/reconciledAt", json!("2026-11-22T09:59:59Z"))],
            &["has not looked at the cluster since"],
        ),
        ("it is progressing", &[("/status/health/status", json!("Progressing"))], &["its health is Progressing"]),
        ("no health", &[("/status/health", Value::Null)], &["its health is not known"]),
        ("it goes away", &[("/metadata/deletionTimestamp", json!("2026-11-22T10:00:00Z"))], &["is being deleted"]),
        (
            "a complaint",
            &[("/status/conditions", json!([{"type": "ComparisonError", "message": "no such commit"}, {"type": "X"}]))],
            &["ComparisonError: no such commit"],
        ),
    ];
    for (what, changes, expected) in cases {
        let mut application = application();
        for (path, value) in changes {
            change(&mut application, path, value.clone());
        }
        expect(what, judged(&application, &workloads()), expected);
    }
}

fn expect(what: &str, verdict: Verdict, expected: &[&str]) {
    let Verdict::NotYet(reasons) = verdict else { panic!("{what}: {verdict:?}") };
    assert_eq!(reasons.len(), expected.len(), "{what}: {reasons:?}");
    for (reason, expected) in reasons.iter().zip(expected) {
        assert!(reason.contains(expected), "{what}: `{expected}` is not in `{reason}`");
    }
}

#[test]
fn every_unfinished_rollout_is_told() {
    let cases: [(usize, Changes<'_>, &[&str]); 12] = [
        (0, &[("/metadata/generation", json!(4))], &["Deployment/api: its controller has seen version 3 of it"]),
        (0, &[("/status/updatedReplicas", json!(1))], &["1 of 2 pods are of the new version"]),
        (0, &[("/status/replicas", json!(3))], &["3 of 2 pods are there"]),
        (
            0,
            &[("/status/availableReplicas", json!(1)), ("/status/unavailableReplicas", json!(1))],
            &["1 of 2 pods are available", "1 pods are unavailable"],
        ),
        (0, &[("/spec/paused", json!(true))], &["its rollout is paused"]),
        (
            0,
            &[("/status/conditions", json!([{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]))],
            &["takes longer than it may"],
        ),
        (1, &[("/status/replicas", json!(1))], &["Deployment/idle: 1 of 0 pods are there"]),
        (2, &[("/status/updateRevision", json!("db-2"))], &["StatefulSet/db: its pods go from db-1 to db-2"]),
        (2, &[("/status/readyReplicas", Value::Null)], &["0 of 1 pods are ready"]),
        (2, &[("/status/observedGeneration", Value::Null)], &["has seen version 0 of it, not yet 1"]),
        (
            3,
            &[("/spec/minReplicas", json!(4))],
            &["HorizontalPodAutoscaler/api: it counts 2 pods, not yet between 4 and 8"],
        ),
        (3, &[("/spec/minReplicas", Value::Null), ("/spec/maxReplicas", json!(1))], &["between 1 and 1"]),
    ];
    for (index, changes, expected) in cases {
        let mut workloads = workloads();
        for (path, value) in changes {
            change(&mut workloads[index], path, value.clone());
        }
        expect(expected[0], judged(&application(), &workloads), expected);
    }
    expect("no workload", judged(&application(), &[]), &["neither a Deployment"]);
}

#[test]
fn a_sync_of_the_same_manifests_counts() {
    let mut application = application();
    change(&mut application, "/status/operationState/syncResult/revision", json!(OLD));
    assert_eq!(judge(NEW, Some(&application), &workloads(), &|other| other == OLD), Verdict::Live);
    change(&mut application, "/status/operationState/phase", json!("Failed"));
    expect(
        "of the other",
        judge(NEW, Some(&application), &workloads(), &|_| true),
        &["the sync of 222222222222 is Failed"],
    );
}

#[test]
fn a_failed_sync_of_the_commit_is_the_end() {
    let mut application = application();
    change(&mut application, "/status/operationState/message", json!("quota exceeded"));
    for phase in ["Failed", "Error"] {
        change(&mut application, "/status/operationState/phase", json!(phase));
        let expected = Verdict::Failed("Argo CD could not sync 111111111111: quota exceeded".to_owned());
        assert_eq!(judged(&application, &workloads()), expected);
    }
    // A sync that ends before it resolves its commit tells only which it was asked for.
    change(&mut application, "/status/operationState/syncResult", Value::Null);
    assert!(matches!(judged(&application, &workloads()), Verdict::Failed(_)));
    change(&mut application, "/operation", json!({"sync": {"revision": NEW}}));
    assert!(matches!(judged(&application, &workloads()), Verdict::NotYet(_)), "it is tried again");
}

#[test]
fn nothing_is_not_live() {
    expect("nothing", judge(NEW, None, &workloads(), &|_| true), &["there is no such Application"]);
    assert!(matches!(judge(NEW, Some(&json!({})), &workloads(), &|_| true), Verdict::NotYet(_)));
}
