//! Everything that a list of registries has a newer version of.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use insta::assert_snapshot;

use crate::bump::lab::{Lab, Run};

fn listing(lab: &Lab, text: &str) -> String {
    let path = lab.beside("listing.json");
    fs::write(&path, text).expect("a written file");
    path.to_string_lossy().into_owned()
}

#[test]
fn the_newest_of_the_same_shape_in_one_commit() {
    let lab = Lab::new();
    let digest = format!("sha256:{}", "a".repeat(64));
    let text = format!(
        r#"{{"images": {{
            "ahuora/django-api": ["0.0.9", "0.0.18", "0.0.16", "latest", "0.1.0-beta.1", "v0.0.20"],
            "ahuora/frontend": ["0.0.9"],
            "edoburu/pgbouncer": ["v1.25.2-p10", "v1.25.2-p9", "v1.26.0"],
            "postgres": ["16.4-alpine", "17", {{"tag": "16.10", "digest": "{digest}"}}, "16.9"],
            "somebody/else": ["1.0.0"]
        }}}}"#
    );
    let file = listing(&lab, &text);
    let run = lab.bump(&["--all", "--from", &file]).code(0);
    assert_snapshot!(run.stdout, @r"
    django-api: 0.0.17 -> 0.0.18
    postgres: 16.4 -> 16.10
    pgbouncer: v1.25.2-p0 -> v1.25.2-p10
    update platform.yaml
    update manifests/production/django-api/deployment.yaml
    update manifests/production/postgres/statefulset.yaml
    update manifests/production/pgbouncer/deployment.yaml
    update README.md
    update compose.yaml
    commit release: django-api 0.0.18, postgres 16.10, pgbouncer v1.25.2-p10
    ");
    run.says(&[
        "listing.json: no component has the image somebody/else",
        "listing.json has no versions to compare for idaes, oauth2-proxy, cloudflared",
    ]);
    assert_snapshot!(lab.git(&["log", "--format=%B", "-1"]), @r"
    release: django-api 0.0.18, postgres 16.10, pgbouncer v1.25.2-p10

    platform.yaml: services.django-api.image
      from ahuora/django-api:0.0.17
      to   ahuora/django-api:0.0.18

    platform.yaml: postgres.image
      from postgres:16.4
      to   postgres:16.10@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

    platform.yaml: pgbouncer.image
      from edoburu/pgbouncer:v1.25.2-p0
      to   edoburu/pgbouncer:v1.25.2-p10

    What is generated from it follows.
    ");
    assert_eq!(lab.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(lab.git(&["diff", "--numstat", "HEAD^", "--", "platform.yaml"]), "3\t3\tplatform.yaml");
    lab.run(&["generate", "--check"]).code(0);
    let everything = lab.everything();
    lab.bump(&["--all", "--from", &file]).code(0).says(&["nothing was changed"]);
    assert_eq!(lab.everything(), everything);
}

#[test]
fn from_standard_input_and_as_json() {
    let lab = Lab::new();
    let mut command = lab.prepared(&["release", "bump", "--all", "--from", "-", "--format", "json", "--dry-run"]);
    let mut run = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    run.stdin.take().unwrap().write_all(br#"{"images": {"ahuora/frontend": ["0.0.10"]}}"#).unwrap();
    let json = Run::of(&run.wait_with_output().unwrap()).code(0).json();
    assert_eq!(json["changes"][0]["to"], "ahuora/frontend:0.0.10");
    assert_eq!(json["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn all_problems_are_told_at_once() {
    let lab = Lab::new();
    let everything = lab.everything();
    let file = listing(&lab, r#"{"images": {"a": [{"tag": "1", "digest": "x"}], "b": [{"tag": "/", "digest": "y"}]}}"#);
    lab.bump(&["--all", "--from", &file]).code(2).says(&["`a:1@x` has a digest", "`b:/@y`", r#"write {"images""#]);
    let file = listing(&lab, "[1]");
    lab.bump(&["--all", "--from", &file]).code(2).says(&["it is not understood"]);
    lab.bump(&["--all", "--from", "nowhere.json"]).code(2).says(&["there is no file nowhere.json"]);
    assert_eq!(lab.everything(), everything);
    // Two images that cannot be changed in their places.
    for name in ["django-api:0.0.17", "frontend:0.0.9"] {
        lab.edit("platform.yaml", &format!("image: ahuora/{name}"), &format!("image: \"ahuora\\/{name}\""));
    }
    lab.run(&["generate"]).code(0);
    lab.commit("escaped");
    let file = listing(
        &lab,
        r#"{"images": {"ahuora/django-api": ["0.0.18"], "ahuora/frontend": ["0.0.10"], "postgres": ["16.9"]}}"#,
    );
    lab.bump(&["--all", "--from", &file])
        .code(2)
        .says(&["services.django-api.image (line", "services.frontend.image (line"]);
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}
