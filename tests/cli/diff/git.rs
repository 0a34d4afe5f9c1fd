//! Revisions of git as sides, read from the object database.

use super::{NEW, OLD};
use crate::env::TestEnv;

#[test]
fn a_revision_is_compared_with_what_platform_yaml_says() {
    let env = TestEnv::generated();
    let first = env.commit();
    env.run(&["diff", "main"]).expect_code(0);
    env.edit(OLD, NEW);
    for revision in ["main", "HEAD", &first, &first[..8]] {
        let output = env.run(&["diff", revision, "--format", "json"]).expect_code(1).json();
        assert_eq!(output["left"], revision);
        assert_eq!(
            output["resources"][0]["files"]["left"],
            format!("{revision}:manifests/production/django-api/deployment.yaml")
        );
    }
}

#[test]
fn two_revisions_are_compared_and_nothing_is_checked_out() {
    let env = TestEnv::generated();
    env.commit();
    env.edit(OLD, NEW);
    env.run(&["generate"]).expect_code(0);
    env.commit();
    env.write("manifests/production/django-api/deployment.yaml", "not even YAML: [");
    env.write("new.txt", "uncommitted");
    let before = env.contents();
    let output = env.run(&["diff", "HEAD~1", "HEAD"]).expect_code(1);
    assert!(output.stdout.contains("-     ahuora/django-api:0.0.17\n+     ahuora/django-api:0.0.18\n"), "{output}");
    env.run(&["diff", "HEAD", "HEAD"]).expect_code(0);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn another_folder_of_a_revision_is_named_behind_it() {
    let env = TestEnv::generated();
    env.commit();
    env.run(&["diff", "HEAD:manifests/production", "manifests/production"]).expect_code(0);
    env.run(&["diff", "HEAD:nothing"]).expect_code(2).expect_said(&["HEAD has no folder nothing", "HEAD:FOLDER"]);
}

#[test]
fn a_name_that_is_a_file_and_a_revision_is_refused() {
    let env = TestEnv::generated();
    env.commit();
    env.write("main/service.yaml", "{apiVersion: v1, kind: Service, metadata: {name: a}}");
    env.run(&["diff", "main"]).expect_code(2).expect_said(&[
        "both a revision and a file",
        "`./main`",
        "refs/heads/main",
    ]);
    env.run(&["diff", "./main", "main/service.yaml"]).expect_code(0);
    env.run(&["diff", "refs/heads/main"]).expect_code(0);
}

#[test]
fn an_unknown_revision_is_told_with_what_is_near() {
    let env = TestEnv::generated();
    env.commit();
    env.run(&["diff", "mian"]).expect_code(2).expect_said(&["`mian`", "did you mean `main`?"]);
}

#[test]
fn links_in_a_revision_are_no_manifests() {
    let env = TestEnv::generated();
    env.link("manifests/link.yaml", "/etc/passwd");
    env.commit();
    env.run(&["diff", "HEAD"]).expect_code(0);
}
