//! Output folders that cannot or must not be written to: refused before the first file changes.

use crate::env::{Output, TestEnv};

#[track_caller]
fn assert_refused(env: &TestEnv, args: &[&str], code: i32) -> Output {
    let before = env.contents();
    let output = env.run(args).expect_code(code);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    assert!(output.stderr.contains("hint: "), "{output}");
    output
}

#[test]
fn a_file_in_the_place_of_the_folder() {
    let env = TestEnv::new();
    env.write("manifests", "mine");
    insta::assert_snapshot!(assert_refused(&env, &["generate"], 2), @r"
    exit code 2
    --- stdout
    --- stderr
    error: manifests is not a folder
    hint: remove it, or name another folder
    ");
}

#[test]
fn a_file_in_the_place_of_a_folder_inside() {
    let env = TestEnv::new();
    env.write("manifests/production", "mine");
    assert_refused(&env, &["generate"], 2).expect_said(&["manifests/production is not a folder"]);
}

#[test]
fn a_folder_in_the_place_of_a_generated_file() {
    let env = TestEnv::new();
    env.folder("manifests/production/frontend/service.yaml");
    assert_refused(&env, &["generate"], 2).expect_said(&["manifests/production/frontend/service.yaml", "folder"]);
}

#[test]
fn a_folder_that_is_a_link_out_of_the_repository() {
    let env = TestEnv::new();
    env.folder("../elsewhere");
    env.link("manifests", "../elsewhere");
    assert_refused(&env, &["generate"], 2).expect_said(&["manifests", "symbolic link"]);
}

#[test]
fn a_folder_inside_that_is_a_link_out_of_the_repository() {
    for link in ["manifests/production", "manifests/production/frontend"] {
        let env = TestEnv::new();
        env.folder("../elsewhere");
        env.folder(link);
        env.remove(link);
        env.link(link, env.path("../elsewhere"));
        assert_refused(&env, &["generate"], 2).expect_said(&[link, "symbolic link"]);
    }
}

#[test]
fn removing_through_a_link_is_refused_too() {
    let env = TestEnv::generated();
    env.write("../elsewhere/service.yaml", env.read("compose.yaml"));
    env.link("manifests/docs", "../../elsewhere");
    env.run(&["generate"]);
    assert!(env.has("../elsewhere/service.yaml"));
}

#[test]
fn a_generated_file_that_is_a_link_out_of_the_repository() {
    let env = TestEnv::generated();
    let path = "manifests/production/frontend/service.yaml";
    env.write("../elsewhere/service.yaml", env.read(path) + "# old\n");
    env.remove(path);
    env.link(path, env.path("../elsewhere/service.yaml"));
    assert_refused(&env, &["generate"], 2).expect_said(&[path, "link"]);
}

#[test]
fn folders_outside_the_repository() {
    for out in ["../elsewhere", "/proc/elsewhere", "manifests/../../elsewhere"] {
        let env = TestEnv::new();
        assert_refused(&env, &["generate", "--dry-run", "--out", out], 2).expect_said(&["--out"]);
    }
}

#[test]
fn no_folder_at_all() {
    let env = TestEnv::new();
    assert_refused(&env, &["generate", "--dry-run", "--out", ""], 2).expect_said(&["--out"]);
}

#[test]
fn the_repository_itself() {
    let env = TestEnv::new();
    assert_refused(&env, &["generate", "--dry-run", "--out", "."], 2).expect_said(&["--out"]);
}

#[test]
fn a_disk_that_refuses() {
    let env = TestEnv::new();
    env.write("/dev/null", "");
    let config = env.path("platform.yaml").display().to_string();
    // Nobody, root included, can make files there.
    let args = ["generate", "--repo", "/proc/self/fd", "--config", &config];
    env.run(&args).expect_code(3).expect_said(&["cannot write", "hint: "]);
}
