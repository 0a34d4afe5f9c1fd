//! What can be compared with what.

use super::{NEW, OLD};
use crate::env::TestEnv;

#[test]
fn without_sides_the_disk_is_compared_with_what_platform_yaml_says() {
    let env = TestEnv::generated();
    env.run(&["diff"]).expect_code(0).expect_said(&["no difference: 54 resources"]);
    env.edit(OLD, NEW);
    let output = env.run(&["diff", "--stat"]).expect_code(1);
    assert_eq!(
        output.lines(),
        ["~ Deployment django-api in ahuora: rolling restart, 3 changes", "1 changed, 53 same (1 rolling restart)"]
    );
}

#[test]
fn an_empty_disk_has_nothing() {
    let env = TestEnv::new();
    let json = env.run(&["diff", "--format", "json"]).expect_code(1).json();
    assert_eq!((json["summary"]["created"].as_u64(), json["summary"]["same"].as_u64()), (Some(54), Some(0)));
}

#[test]
fn folders_files_and_standard_input_are_sides() {
    let env = TestEnv::generated();
    let file = "manifests/production/frontend/service.yaml";
    let text = env.read(file);
    env.write("other/service.yaml", text.replace("http", "web"));
    env.run(&["diff", file, "other"]).expect_code(1);
    env.run_with_input(&["diff", file, "-"], &text).expect_code(0);
    let changed =
        env.run_with_input(&["diff", "-", file, "--format", "json"], &text.replace("8080", "80")).expect_code(1).json();
    assert_eq!(changed["resources"][0]["changes"][0]["path"], "spec.ports[port=80,protocol=TCP]");
    env.run(&["diff", "manifests", "platform.yaml"]).expect_code(0);
}

#[test]
fn it_works_without_a_platform() {
    let env = TestEnv::empty();
    env.write("a.yaml", "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: NodePort}}");
    env.write("b.yml", "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ClusterIP}}");
    env.run(&["diff", "a.yaml", "b.yml"]).expect_code(1);
    env.run(&["diff", "a.yaml", "a.yaml"]).expect_code(0);
}

#[test]
fn what_cannot_be_a_side_is_refused_with_a_hint() {
    let env = TestEnv::generated();
    env.run(&["diff", "./nothing"]).expect_code(2).expect_said(&["there is no file or folder ./nothing"]);
    env.run(&["diff", "main"]).expect_code(2).expect_said(&["no git repository", "compare folders or files"]);
    env.run(&["diff", "-", "-"]).expect_code(2).expect_said(&["it cannot be both"]);
    env.run(&["diff", "cluster", "cluster"]).expect_code(2).expect_said(&["it cannot be both"]);
    env.run(&["diff", "--only", "Deployment"]).expect_code(2).expect_said(&["KIND/NAME"]);
    env.write("bad.yaml", "kind: [\n");
    env.write("worse.yaml", b"\xff");
    env.run(&["diff", "bad.yaml"]).expect_code(2).expect_said(&["bad.yaml:", "1 document cannot be read"]);
    env.run(&["diff", "worse.yaml"]).expect_code(2).expect_said(&["worse.yaml is not UTF-8 text"]);
}

#[test]
fn a_cluster_needs_a_kubeconfig() {
    let env = TestEnv::generated();
    env.run(&["diff", "cluster"]).expect_code(2).expect_said(&["kubeconfig", "hint"]);
}

#[test]
fn findings_of_the_configuration_are_noted() {
    let env = TestEnv::generated();
    env.edit("minReplicas: 2, maxReplicas: 8", "minReplicas: 30, maxReplicas: 30");
    env.run(&["diff"]).expect_code(1).expect_said(&["see `ahuora check`"]);
}
