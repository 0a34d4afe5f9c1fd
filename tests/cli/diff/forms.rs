//! The forms of the output.

use super::{NEW, OLD};
use crate::env::TestEnv;

fn changed() -> TestEnv {
    let env = TestEnv::generated();
    env.edit(OLD, NEW);
    env
}

#[test]
fn text_is_data_and_notes_are_talk() {
    let output = changed().run(&["diff", "--color", "never"]).expect_code(1);
    insta::assert_snapshot!(output.stdout, @r#"
    ~ Deployment django-api in ahuora: rolling restart, 3 changes
        metadata.labels."app.kubernetes.io/version"  (metadata only)
    -     "0.0.17"
    +     "0.0.18"
        spec.template.metadata.labels."app.kubernetes.io/version"  (rolling restart)
    -     "0.0.17"
    +     "0.0.18"
        spec.template.spec.containers[name=django-api].image  (rolling restart)
    -     ahuora/django-api:0.0.17
    +     ahuora/django-api:0.0.18

    1 changed, 53 same (1 rolling restart)
    "#);
    assert_eq!(output.stderr, "");
    let colourful = changed().run(&["diff", "--color", "always"]).expect_code(1).stdout;
    assert!(colourful.contains("\x1b[31m-     ahuora/django-api:0.0.17"), "{colourful}");
}

#[test]
fn json_has_its_own_stable_form() {
    let json = changed().run(&["diff", "--format", "json"]).expect_code(1).json();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["summary"]).unwrap(), @r#"
    {
      "changed": 1,
      "classes": {
        "capacity": 0,
        "data": 0,
        "exposure": 0,
        "immutable": 0,
        "in-place": 0,
        "metadata": 0,
        "none": 0,
        "restart": 1
      },
      "created": 0,
      "removed": 0,
      "renamed": 0,
      "same": 53
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["resources"][0]["changes"][2]).unwrap(), @r#"
    {
      "class": "restart",
      "left": "ahuora/django-api:0.0.17",
      "masked": false,
      "note": null,
      "op": "set",
      "path": "spec.template.spec.containers[name=django-api].image",
      "right": "ahuora/django-api:0.0.18",
      "steps": [
        {
          "key": "spec"
        },
        {
          "key": "template"
        },
        {
          "key": "spec"
        },
        {
          "key": "containers"
        },
        {
          "index": {
            "left": 0,
            "right": 0
          },
          "item": {
            "name": "django-api"
          }
        },
        {
          "key": "image"
        }
      ],
      "why": []
    }
    "#);
}

#[test]
fn markdown_is_for_diff_alone() {
    let env = changed();
    let output = env.run(&["diff", "--format", "markdown"]).expect_code(1);
    assert!(output.stdout.starts_with("<!-- ahuora:diff -->\n**What changes on the cluster**"), "{output}");
    env.run(&["check", "--format", "markdown"]).expect_code(2).expect_said(&["only `diff` writes Markdown"]);
    env.run(&["generate"]).expect_code(0);
    let same = env.run(&["diff", "--format", "markdown"]).expect_code(0);
    assert!(same.stdout.contains("nothing changes on the cluster"), "{same}");
}

#[test]
fn fingerprints_are_the_same_under_one_key_and_others_without() {
    let env = TestEnv::generated();
    env.write("a.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: YQ==}}");
    env.write("b.yaml", "{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {k: Yg==}}");
    let run = || env.run(&["diff", "a.yaml", "b.yaml"]).expect_code(1).stdout;
    let (one, two) = (run(), run());
    assert!(one.contains("masked") && one != two, "{one}{two}");
}

#[test]
fn why_names_the_keys_that_each_change_comes_from() {
    let env = changed();
    let text = env.run(&["diff", "--why", "--color", "never"]).expect_code(1).stdout;
    let line = platform_line("image: ahuora/django-api:0.0.18", &env);
    let told = format!("from services.django-api.image: ahuora/django-api:0.0.18 (platform.yaml:{line}:12)");
    assert_eq!(text.matches(&told).count(), 3, "{text}");
    let json = env.run(&["diff", "--why", "--format", "json"]).expect_code(1).json();
    assert_eq!(json["resources"][0]["changes"][2]["why"][0]["key"], "services.django-api.image");
}

#[test]
fn why_reads_the_configuration_of_a_revision() {
    let env = changed();
    env.run(&["generate"]).expect_code(0);
    env.commit();
    env.edit(NEW, OLD);
    env.run(&["generate"]).expect_code(0);
    env.commit();
    let output = env.run(&["diff", "HEAD~1", "HEAD", "--why", "--format", "json"]).expect_code(1).json();
    let reason = &output["resources"][0]["changes"][2]["why"][0];
    assert_eq!(
        (&reason["value"], &reason["was"]),
        (&"ahuora/django-api:0.0.17".into(), &"ahuora/django-api:0.0.18".into())
    );
    assert!(reason["place"].as_str().is_some_and(|place| place.starts_with("HEAD:platform.yaml:")), "{reason}");
    env.run(&["diff", "HEAD", "manifests", "--why"])
        .expect_code(2)
        .expect_said(&["--why needs a right side", "platform.yaml"]);
}

#[test]
fn of_many_keys_behind_a_value_only_those_that_changed_are_told() {
    let env = TestEnv::generated();
    env.commit();
    env.edit("poolSize: 30", "poolSize: 25");
    let json = env.run(&["diff", "HEAD", "--why", "--format", "json"]).expect_code(1).json();
    let reasons: Vec<&serde_json::Value> = json["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .flat_map(|resource| resource["changes"].as_array().expect("changes"))
        .flat_map(|change| change["why"].as_array().expect("reasons"))
        .collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.iter().all(|reason| reason["key"] == "pgbouncer.poolSize" && reason["was"] == "30"), "{reasons:?}");
}

#[test]
fn why_tells_defaults_and_keys_that_would_bring_back_what_goes() {
    let env = TestEnv::generated();
    env.edit(
        "lifecycle: {preStop: 5s, drain: 20s, grace: 30s, slowestStart: 30s}",
        "lifecycle: {preStop: 5s, drain: 20s, grace: 35s, slowestStart: 30s}",
    );
    env.edit("DJANGO_MODE: production\n", "DJANGO_DEBUG: \"false\"\n");
    let json = env.run(&["diff", "--why", "--only", "Deployment/django-api", "--format", "json"]).expect_code(1).json();
    let keys = |path: &str| {
        let changes = json["resources"][0]["changes"].as_array().expect("changes");
        let change =
            changes.iter().find(|change| change["path"] == path).unwrap_or_else(|| panic!("{path}: {changes:#?}"));
        change["why"].as_array().expect("reasons").iter().map(|one| one["key"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(keys("spec.template.spec.terminationGracePeriodSeconds"), [r#""services.django-api.lifecycle.grace""#]);
    assert_eq!(
        keys("spec.template.spec.containers[name=django-api].env[name=DJANGO_DEBUG]"),
        [r#""services.django-api.environment.DJANGO_DEBUG""#]
    );
}

fn platform_line(text: &str, env: &TestEnv) -> usize {
    env.read("platform.yaml").lines().position(|line| line.contains(text)).expect("a line") + 1
}
