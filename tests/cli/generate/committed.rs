//! This repository is its own golden file: what is committed is what the program makes.

use crate::env::{HERE, TestEnv, committed};

#[test]
fn committed_manifests_are_up_to_date() {
    let output = TestEnv::empty().run(&["generate", "--check", "--repo", HERE]);
    assert_eq!((output.code, output.stdout.as_str()), (0, ""), "run `ahuora generate`\n{output}");
}

#[test]
fn the_committed_schemas_are_up_to_date() {
    for name in ["platform", "experiment", "load", "fixture"] {
        let output = TestEnv::empty().run(&["schema", name]).expect_code(0);
        let file = format!("{name}.schema.json");
        assert!(output.stdout == committed(&file), "run `ahuora schema {name} > {file}`");
    }
}

#[test]
fn the_committed_platform_has_no_findings() {
    let output = TestEnv::empty().run(&["check", "--format", "json", "--repo", HERE]);
    assert_eq!(output.json()["findings"], serde_json::json!([]));
}
