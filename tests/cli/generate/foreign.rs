//! Files that the program did not make: left alone and named, never overwritten.

use crate::env::TestEnv;

#[test]
fn a_foreign_file_is_left_alone_and_named() {
    let env = TestEnv::generated();
    env.write("manifests/production/frontend/notes.txt", "mine");
    let before = env.contents();
    let output = env.run(&["generate"]).expect_code(0);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    assert_eq!(output.stdout, "");
    output.expect_said(&["manifests/production/frontend/notes.txt", "was not generated"]);
}

#[test]
fn a_foreign_file_does_not_make_a_check_fail() {
    let env = TestEnv::generated();
    env.write("manifests/README.md", "# Do not edit\n");
    let output = env.run(&["generate", "--check"]).expect_code(0);
    output.expect_said(&["manifests/README.md"]);
}

#[test]
fn a_foreign_link_is_left_alone_and_named() {
    let env = TestEnv::generated();
    env.link("manifests/latest", "production");
    let before = env.contents();
    let output = env.run(&["generate"]).expect_code(0);
    output.expect_said(&["manifests/latest"]);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn a_foreign_file_in_the_place_of_a_generated_one_is_refused() {
    let env = TestEnv::new();
    env.write("manifests/production/frontend/service.yaml", "kind: Service\n");
    let before = env.contents();
    let output = env.run(&["generate"]);
    insta::assert_snapshot!(output, @r"
    exit code 2
    --- stdout
    --- stderr
    error: manifests/production/frontend/service.yaml was not generated and would be lost: nothing was written
    hint: move that away, or put what it says into platform.yaml
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn a_compose_file_that_somebody_wrote_is_refused() {
    let env = TestEnv::new();
    env.write("compose.yaml", "services: {}\n");
    let before = env.contents();
    env.run(&["generate"]).expect_code(2).expect_said(&["compose.yaml"]);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn an_empty_file_in_the_place_of_a_generated_one_is_refused() {
    let env = TestEnv::new();
    env.write("manifests/production/frontend/service.yaml", "");
    env.run(&["generate"]).expect_code(2);
    assert!(!env.has("compose.yaml"));
}

#[test]
fn every_foreign_file_in_the_way_is_named_at_once() {
    let env = TestEnv::new();
    env.write("compose.yaml", "services: {}\n");
    env.write("manifests/production/frontend/service.yaml", "kind: Service\n");
    let output = env.run(&["generate"]).expect_code(2);
    output.expect_said(&["compose.yaml", "manifests/production/frontend/service.yaml"]);
}

#[test]
fn foreign_files_keep_the_folder_of_a_removed_component() {
    let env = TestEnv::generated();
    let ours = env.read("compose.yaml");
    env.write("manifests/production/docs/service.yaml", ours);
    env.write("manifests/production/docs/notes.txt", "mine");
    let output = env.run(&["generate"]).expect_code(0);
    assert_eq!(output.lines(), ["remove manifests/production/docs/service.yaml"]);
    assert_eq!(env.read("manifests/production/docs/notes.txt"), "mine");
}
