//! Writes what changed, removes what is no longer made, touches nothing else.

use crate::env::{PRODUCTION, STAGING, TestEnv};

/// A fourth service, to stand before the block `postgres`.
const DOCS: &str = "
  docs:
    image: ahuora/docs:1.0.0
    ports: {http: 8080}
    resources:
      requests: {cpu: 10m, memory: 16Mi}
      limits: {memory: 32Mi}
    scaling: {replicas: 1}
    callers: [frontend]

postgres:
  image:";

fn files_made(env: &TestEnv) -> Vec<String> {
    let contents = env.contents();
    let files = contents.files("repo").into_keys();
    let made = files.filter(|path| *path != "platform.yaml");
    made.map(str::to_owned).collect()
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn the_first_run_creates_everything() {
    let env = TestEnv::new();
    let output = env.run(&["generate"]).expect_code(0);
    let mut created: Vec<String> = Vec::new();
    for line in output.lines() {
        created.push(line.strip_prefix("create ").expect("only new files").to_owned());
    }
    created.sort();
    assert_eq!(created, files_made(&env));
    assert!(created.contains(&"compose.yaml".to_owned()), "{output}");
    let summary = format!("{} created, 0 updated, 0 removed, 0 unchanged\n", created.len());
    assert_eq!(output.stderr, summary);
}

#[test]
fn the_second_run_changes_nothing() {
    let env = TestEnv::generated();
    let before = env.contents();
    let output = env.run(&["generate"]).expect_code(0);
    let count = files_made(&env).len();
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr, format!("0 created, 0 updated, 0 removed, {count} unchanged\n"));
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn a_new_image_updates_the_files_that_carry_its_version() {
    let env = TestEnv::generated();
    let before = env.contents();
    env.edit("ahuora/frontend:0.0.9", "ahuora/frontend:0.1.0");
    let output = env.run(&["generate"]);
    insta::assert_snapshot!(output.stdout, @r"
    update manifests/production/frontend/deployment.yaml
    ");
    let changed = before.changes(&env.contents());
    let files: Vec<&String> = changed.iter().filter(|line| !line.ends_with('/')).collect();
    let expected = output.lines().len() + 1;
    assert_eq!(files.len(), expected, "platform.yaml and what was printed: {files:?}");
    assert!(files.iter().all(|line| line.starts_with("~ ")), "{files:?}");
}

#[test]
fn a_new_image_of_the_api_updates_compose_too() {
    let env = TestEnv::generated();
    env.edit("ahuora/django-api:0.0.17", "ahuora/django-api:0.0.18");
    let output = env.run(&["generate"]).expect_code(0);
    assert!(output.lines().contains(&"update compose.yaml"), "{output}");
    assert!(env.read("compose.yaml").contains("ahuora/django-api:0.0.18"));
}

#[test]
fn a_fourth_service_comes_and_goes_with_its_folder() {
    let env = TestEnv::generated();
    let (before, platform) = (env.contents(), env.read("platform.yaml"));
    env.edit("\npostgres:\n  image:", DOCS);
    let created = env.run(&["generate"]).expect_code(0);
    insta::assert_snapshot!(created.stdout, @r"
    create manifests/production/docs/serviceaccount.yaml
    create manifests/production/docs/deployment.yaml
    create manifests/production/docs/service.yaml
    create manifests/production/docs/networkpolicy.yaml
    update manifests/production/frontend/networkpolicy.yaml
    ");
    env.write("platform.yaml", platform);
    let removed = env.run(&["generate"]).expect_code(0);
    let expected = created.stdout.replace("create ", "remove ");
    assert_eq!(sorted(&removed.stdout), sorted(&expected));
    assert!(!env.has("manifests/production/docs"));
    assert_eq!(before.files("repo"), env.contents().files("repo"));
}

#[test]
fn an_environment_comes_and_goes_with_its_folder_and_application() {
    let env = TestEnv::generated();
    let (before, platform) = (env.contents(), env.read("platform.yaml"));
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}"));
    env.run(&["generate"]).expect_code(0);
    let application = "manifests/cluster/argo-cd/application-ahuora-staging.yaml";
    assert!(env.has("manifests/staging/postgres/statefulset.yaml") && env.has(application));
    env.write("platform.yaml", platform);
    env.run(&["generate"]).expect_code(0);
    assert!(!env.has("manifests/staging") && !env.has(application));
    assert_eq!(before.files("repo"), env.contents().files("repo"));
}

#[test]
fn an_environment_may_lack_a_component() {
    let env = TestEnv::new();
    env.edit(PRODUCTION, &format!("{PRODUCTION}{STAGING}      cloudflared: null\n"));
    env.run(&["generate"]).expect_code(0);
    assert!(env.has("manifests/production/cloudflared/deployment.yaml"));
    assert!(!env.has("manifests/staging/cloudflared"));
}

#[test]
fn a_generated_file_edited_by_hand_is_written_again() {
    let env = TestEnv::generated();
    let path = "manifests/production/frontend/service.yaml";
    let right = env.read(path);
    env.write(path, right.replace("8080", "9090"));
    let output = env.run(&["generate"]).expect_code(0);
    assert_eq!(output.lines(), [format!("update {path}")]);
    assert_eq!(env.read(path), right);
}

#[test]
fn a_deleted_generated_file_is_made_again() {
    let env = TestEnv::generated();
    env.remove("manifests/production/frontend");
    let output = env.run(&["generate"]).expect_code(0);
    assert!(output.lines().contains(&"create manifests/production/frontend/service.yaml"));
    env.run(&["generate", "--check"]).expect_code(0);
}

#[test]
fn files_that_a_killed_run_left_over_are_removed() {
    let env = TestEnv::generated();
    let before = env.contents();
    env.write("manifests/production/frontend/.ahuora-tmp-Xy12Zz", "half");
    let output = env.run(&["generate"]).expect_code(0);
    assert_eq!(output.lines(), ["remove manifests/production/frontend/.ahuora-tmp-Xy12Zz"]);
    assert_eq!(before.files("repo"), env.contents().files("repo"));
}

#[test]
fn files_that_a_killed_run_left_over_beside_compose_are_removed() {
    let env = TestEnv::generated();
    env.write(".ahuora-tmp-Xy12Zz", "half of compose.yaml");
    env.run(&["generate"]).expect_code(0);
    assert!(!env.has(".ahuora-tmp-Xy12Zz"));
}

#[test]
fn generated_files_are_readable_by_everybody() {
    use std::os::unix::fs::PermissionsExt as _;
    let env = TestEnv::generated();
    let metadata = env.path("compose.yaml").metadata().unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o644);
}
