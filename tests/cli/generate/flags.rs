//! Where the repository, its configuration and its output are.

use crate::env::{TestEnv, platform};

#[test]
fn the_repository_is_found_upwards() {
    let env = TestEnv::new();
    env.folder("docs/pictures");
    env.run_in("docs/pictures", &["generate"]).expect_code(0);
    assert!(env.has("manifests/production") && !env.has("docs/pictures/manifests"));
}

#[test]
fn the_nearest_repository_counts() {
    let env = TestEnv::new();
    env.write("inner/platform.yaml", platform());
    env.run_in("inner", &["generate"]).expect_code(0);
    assert!(env.has("inner/manifests") && !env.has("manifests"));
}

#[test]
fn without_a_repository_the_message_says_what_to_do() {
    let env = TestEnv::empty();
    insta::assert_snapshot!(env.run(&["generate"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: there is no platform.yaml in $REPO or above it
    hint: run `ahuora init DIR` for a new repository, or name one with --repo
    ");
}

#[test]
fn repo_names_the_repository() {
    let env = TestEnv::new();
    env.run_in("../home", &["--repo", "../repo", "generate"]).expect_code(0);
    assert!(env.has("manifests/production") && !env.has("../home/manifests"));
}

#[test]
fn a_repository_that_does_not_exist_is_refused() {
    let env = TestEnv::new();
    let output = env.run(&["generate", "--repo", "nowhere"]).expect_code(2);
    output.expect_said(&["nowhere", "--repo"]);
}

#[test]
fn config_names_the_configuration() {
    let env = TestEnv::empty();
    env.write("cluster/ahuora.yaml", platform());
    let output = env.run(&["generate", "--config", "cluster/ahuora.yaml"]).expect_code(0);
    assert!(env.has("manifests/production"), "{output}");
}

#[test]
fn messages_name_the_configuration_that_was_read() {
    let env = TestEnv::empty();
    env.write("other.yaml", "nam: x\n");
    let output = env.run(&["generate", "--config", "other.yaml"]).expect_code(2);
    output.expect_said(&["other.yaml:1:1: "]);
}

#[test]
fn out_names_the_folder_and_everything_points_there() {
    let env = TestEnv::new();
    env.run(&["generate", "--out", "k8s"]).expect_code(0);
    assert!(!env.has("manifests"));
    let application = env.read("k8s/cluster/argo-cd/applicationset-ahuora-production.yaml");
    assert!(application.contains("path: k8s/production"), "{application}");
    assert!(env.read("compose.yaml").contains("./k8s/compose/pgbouncer.ini"));
    env.run(&["generate", "--out", "k8s", "--check"]).expect_code(0);
}

#[test]
fn a_slash_after_the_folder_makes_no_difference() {
    let env = TestEnv::generated();
    env.run(&["generate", "--out", "manifests/", "--check"]).expect_code(0);
    env.run(&["generate", "--out", "./manifests", "--check"]).expect_code(0);
}

#[test]
fn a_pipe_gets_no_colours_unless_asked() {
    let env = TestEnv::new();
    env.write("platform.yaml", "nam: x\n");
    let of = |color| env.run(&["generate", "--color", color]).expect_code(2).stderr;
    assert!(!of("auto").contains('\x1b') && !of("never").contains('\x1b'));
    assert!(of("always").contains('\x1b'));
}
