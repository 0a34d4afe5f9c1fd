//! Reading what others wrote, and reading only what differs.

use ahuora::diff::{Source, read};

use crate::told::{deployment, diff, told};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn documents_that_are_word_for_word_the_same_are_not_read() {
    let broken = "kind: [\n";
    let left = [source("a.yaml", &format!("{broken}---\nkind: A\n"))];
    let right = [source("b/c.yaml", &format!("# comment\n---\nkind: A\n--- # other\n{broken}"))];
    let found = read(&left, &right, false).expect("nothing is read");
    assert_eq!((found.same, found.left.len(), found.right.len()), (2, 0, 0));
    assert!(read(&left, &right, true).is_err());
}

#[test]
fn every_unreadable_document_is_told_with_its_line() {
    let left = [source("a.yaml", "kind: A\n---\nkind: [\n"), source("b.yaml", "\n\n- &a b\nc: d\n")];
    let right = [source("c.yaml", "kind: A\nkind: B\n")];
    let problems = read(&left, &right, false).expect_err("three problems");
    let told: Vec<String> = problems.iter().map(|one| format!("{}:{}", one.path, one.at.line)).collect();
    assert_eq!(told, ["a.yaml:3", "b.yaml:4", "c.yaml:2"]);
}

#[test]
fn what_is_no_resource_is_left_out_and_said() {
    let left = format!("replicaCount: 2\n---\n# only a comment\n---\n{}", deployment("image: a:1", ""));
    let diff = diff(&left, &deployment("image: a:1", ""));
    assert_eq!(diff.notes, ["left.yaml:1: left out, it is no Kubernetes resource"]);
    assert_eq!((diff.resources.len(), diff.same), (0, 1));
}

#[test]
fn json_anchors_and_windows_line_ends_are_read() {
    let yaml =
        "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n  name: a\r\n  labels: &l {x: z}\r\n  annotations: *l\r\n";
    let json =
        r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{"x":"z"},"annotations":{"x":"z"}}}"#;
    assert_eq!(told(yaml, json), [""; 0]);
}

#[test]
fn a_resource_without_a_name_is_known_by_the_beginning_of_its_name() {
    let job = |image: &str| {
        format!("{{apiVersion: batch/v1, kind: Job, metadata: {{generateName: migrate-}}, spec: {{suspend: {image}}}}}")
    };
    assert_eq!(told(&job("true"), &job("false")), ["~ spec.suspend: true -> false (in-place)"]);
}
