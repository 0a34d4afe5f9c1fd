//! `--check` and `--dry-run`: say the same as a real run, and write nothing.

use crate::env::TestEnv;

/// Something to create, to update and to remove.
fn with_work_to_do() -> TestEnv {
    let env = TestEnv::generated();
    env.edit("ahuora/frontend:0.0.9", "ahuora/frontend:0.1.0");
    env.remove("manifests/production/idaes/service.yaml");
    let left_over = env.read("compose.yaml");
    env.write("manifests/production/docs/service.yaml", left_over);
    env
}

#[test]
fn check_lists_what_is_not_up_to_date() {
    let env = TestEnv::generated();
    env.edit("quay.io/oauth2-proxy/oauth2-proxy:v7.15.3", "quay.io/oauth2-proxy/oauth2-proxy:v7.15.4");
    env.remove("manifests/production/idaes/service.yaml");
    let before = env.contents();
    let output = env.run(&["generate", "--check"]);
    insta::assert_snapshot!(output, @r"
    exit code 1
    --- stdout
    create manifests/production/idaes/service.yaml
    update manifests/production/oauth2-proxy/deployment.yaml
    --- stderr
    not up to date: 1 to create, 1 to update, 0 to remove, 54 unchanged; run `ahuora generate`
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn check_is_content_when_all_is_up_to_date() {
    let env = TestEnv::generated();
    let before = env.contents();
    let output = env.run(&["generate", "--check"]).expect_code(0);
    assert_eq!(output.stdout, "");
    output.expect_said(&["up to date"]);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn check_before_the_first_run_lists_everything_and_makes_no_folder() {
    let env = TestEnv::new();
    let output = env.run(&["generate", "--check"]).expect_code(1);
    assert!(output.lines().contains(&"create compose.yaml"), "{output}");
    assert!(!env.has("manifests"));
}

#[test]
fn a_dry_run_prints_the_lines_of_the_real_run_and_writes_nothing() {
    let env = with_work_to_do();
    let before = env.contents();
    let dry = env.run(&["generate", "--dry-run"]).expect_code(0);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    dry.expect_said(&["nothing was written"]);
    let real = env.run(&["generate"]).expect_code(0);
    assert_eq!(dry.stdout, real.stdout);
    for verb in ["create ", "update ", "remove "] {
        assert!(real.lines().iter().any(|line| line.starts_with(verb)), "{real}");
    }
}

#[test]
fn json_has_the_same_lists_as_the_text() {
    let env = with_work_to_do();
    let json = env.run(&["generate", "--dry-run", "--format", "json"]).expect_code(0).json();
    let mut lines = Vec::new();
    for (list, verb) in [("created", "create"), ("updated", "update"), ("removed", "remove")] {
        for path in json[list].as_array().unwrap() {
            lines.push(format!("{verb} {}", path.as_str().unwrap()));
        }
    }
    assert_eq!(json["written"], false);
    let real = env.run(&["generate"]).expect_code(0);
    let mut printed = real.lines();
    printed.sort_unstable();
    lines.sort();
    assert_eq!(lines, printed);
}

#[test]
fn json_says_what_a_real_run_wrote() {
    let env = with_work_to_do();
    env.write("manifests/notes.txt", "mine");
    let json = env.run(&["--format", "json", "generate"]).expect_code(0).json();
    assert_eq!(json["written"], true);
    assert_eq!(json["created"], serde_json::json!(["manifests/production/idaes/service.yaml"]));
    assert_eq!(json["removed"], serde_json::json!(["manifests/production/docs/service.yaml"]));
    assert_eq!(json["foreign"], serde_json::json!(["manifests/notes.txt"]));
}
