//! Patches change one resource in its file.

use crate::env::{PRODUCTION, STAGING, TestEnv};

const FILE: &str = "manifests/production/frontend/deployment.yaml";

/// Generates with a patch on the Deployment `frontend`, after an ordinary run.
fn generated_with(change: &str) -> (TestEnv, String) {
    let env = TestEnv::generated();
    env.append(&format!(
        "\npatches:\n  - target: {{kind: Deployment, name: frontend}}\n    reason: tested\n    change: {change}\n"
    ));
    let output = env.run(&["generate"]).expect_code(0);
    let lines = output.stdout;
    (env, lines)
}

#[test]
fn a_merge_patch_changes_its_resource_only() {
    let (env, lines) = generated_with("{merge: {metadata: {annotations: {team: web}}}}");
    assert_eq!(lines, format!("update {FILE}\n"));
    assert!(env.read(FILE).contains("  annotations:\n    team: web\n"), "{}", env.read(FILE));
    env.run(&["generate", "--check"]).expect_code(0);
}

#[test]
fn a_merge_patch_removes_with_null() {
    let (env, lines) = generated_with("{merge: {spec: {revisionHistoryLimit: null}}}");
    assert_eq!(lines, format!("update {FILE}\n"));
    assert!(!env.read(FILE).contains("revisionHistoryLimit"));
}

#[test]
fn a_json_patch_changes_its_resource_only() {
    let (env, lines) = generated_with(
        "{json: [{op: test, path: /spec/revisionHistoryLimit, value: 3}, {op: replace, path: /spec/revisionHistoryLimit, value: 7}]}",
    );
    assert_eq!(lines, format!("update {FILE}\n"));
    assert!(env.read(FILE).contains("  revisionHistoryLimit: 7\n"));
}

#[test]
fn a_json_patch_adds_to_a_list_and_removes() {
    let (env, _) = generated_with(
        "{json: [{op: add, path: /spec/template/spec/containers/0/args, value: [-v]}, {op: remove, path: /spec/template/spec/enableServiceLinks}]}",
    );
    let text = env.read(FILE);
    assert!(text.contains("        args:\n        - -v\n"), "{text}");
    assert!(!text.contains("enableServiceLinks"));
}

#[test]
fn patches_on_one_resource_are_applied_in_their_order() {
    let env = TestEnv::new();
    let patch = |limit: u8| {
        format!(
            "  - {{target: {{kind: Deployment, name: frontend}}, reason: x, change: {{merge: {{spec: {{revisionHistoryLimit: {limit}}}}}}}}}\n"
        )
    };
    env.append(&format!("\npatches:\n{}{}", patch(8), patch(9)));
    env.run(&["generate"]).expect_code(0);
    assert!(env.read(FILE).contains("  revisionHistoryLimit: 9\n"));
}

#[test]
fn a_patch_may_be_for_one_environment() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    env.append("\npatches:\n  - target: {kind: Deployment, name: frontend, environment: staging}\n    reason: tested\n    change: {merge: {spec: {revisionHistoryLimit: 9}}}\n");
    env.run(&["generate"]).expect_code(0);
    let staging = FILE.replace("production", "staging");
    assert!(env.read(FILE).contains("  revisionHistoryLimit: 3\n"));
    assert!(env.read(&staging).contains("  revisionHistoryLimit: 9\n"));
}

#[test]
fn a_patch_reaches_what_belongs_to_no_environment() {
    let env = TestEnv::new();
    env.append("\npatches:\n  - target: {kind: AppProject, name: ahuora}\n    reason: tested\n    change: {merge: {metadata: {annotations: {team: web}}}}\n");
    env.run(&["generate"]).expect_code(0);
    let text = env.read("manifests/cluster/argo-cd/appproject-ahuora.yaml");
    assert!(text.contains("team: web"), "{text}");
}
