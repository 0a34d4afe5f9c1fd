//! What the verbs that read print for programs, where they find their settings, and what damage does.

use std::fs;

use super::lab::{Lab, Told};

/// JSON without ids, which are never the same.
fn json(lab: &Lab, arguments: &[&str]) -> String {
    let Told { out, err, .. } = lab.run(&[arguments, &["--format", "json"]].concat());
    assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}{err}");
    let log = lab.git(&["log", "--all", "--format=%H %s"]);
    let names = log.lines().filter_map(|line| line.split_once(' '));
    names.fold(out, |text, (id, subject)| text.replace(id, &format!("<{subject}>")))
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.commit("api", "feat: one");
    lab.tag("api-0.1.0");
    lab.commit("api", "fix(db): two");
    lab.commit("admin", "docs: three");
    lab
}

#[test]
fn latest_and_next_as_json() {
    let lab = lab();
    insta::assert_snapshot!(json(&lab, &["latest", "api"]), @r#"
    {
      "tag": "api-0.1.0",
      "version": "0.1.0",
      "commit": "<feat: one>"
    }
    "#);
    insta::assert_snapshot!(json(&lab, &["latest", "api-admin"]), @r#"
    {
      "tag": null,
      "version": null,
      "commit": null
    }
    "#);
    insta::assert_snapshot!(json(&lab, &["next", "api"]), @r#"
    {
      "component": "api",
      "version": "0.1.1",
      "tag": "api-0.1.1",
      "last_tag": "api-0.1.0",
      "released_as": null,
      "commits": [
        {
          "commit": "<docs: three>",
          "subject": "docs: three",
          "asks_for": "nothing",
          "reason": "changes nothing of api"
        },
        {
          "commit": "<fix(db): two>",
          "subject": "fix(db): two",
          "asks_for": "patch",
          "reason": "is a fix"
        }
      ]
    }
    "#);
    lab.tag("api-0.1.1");
    insta::assert_snapshot!(json(&lab, &["next", "api"]), @r#"
    {
      "component": "api",
      "version": null,
      "tag": null,
      "last_tag": "api-0.1.1",
      "released_as": "api-0.1.1",
      "commits": []
    }
    "#);
}

#[test]
fn changelog_and_status_as_json() {
    let lab = lab();
    insta::assert_snapshot!(json(&lab, &["changelog", "api"]), @r#"
    {
      "component": "api",
      "since": "api-0.1.0",
      "sections": [
        {
          "title": "Fixes",
          "changes": [
            {
              "commit": "<fix(db): two>",
              "scopes": [
                "db"
              ],
              "text": "two"
            }
          ]
        }
      ]
    }
    "#);
    insta::assert_snapshot!(json(&lab, &["status"]), @r#"
    [
      {
        "component": "api",
        "last_tag": "api-0.1.0",
        "deployed": null,
        "unreleased_commits": 1,
        "next": "0.1.1",
        "problem": null
      },
      {
        "component": "api-admin",
        "last_tag": null,
        "deployed": null,
        "unreleased_commits": 1,
        "next": null,
        "problem": null
      }
    ]
    "#);
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let lab = lab();
    let file = lab.beside("output");
    fs::write(&file, "before=1\n").expect("written");
    let variables = [("GITHUB_OUTPUT", file.to_str().expect("text"))];
    let everything = || (lab.git(&["status", "--porcelain"]), lab.git(&["for-each-ref"]), lab.git(&["count-objects"]));
    let before = everything();
    for arguments in [&["latest", "api"][..], &["next", "api"], &["changelog", "api"], &["status"]] {
        let dry = lab.run_at(&lab.path(), &[arguments, &["--dry-run"]].concat(), &variables);
        assert_eq!(fs::read_to_string(&file).expect("text"), "before=1\n", "{arguments:?}");
        assert_eq!(dry.out, lab.run(arguments).out, "{arguments:?}");
    }
    let told = lab.run_at(&lab.path(), &["latest", "api", "--dry-run"], &variables);
    assert!(told.err.contains("dry run, not written to GITHUB_OUTPUT: latest_tag=api-0.1.0"), "{}", told.err);
    assert_eq!(everything(), before);
    lab.run_at(&lab.path(), &["latest", "api"], &variables);
    assert_eq!(fs::read_to_string(&file).expect("text"), "before=1\nlatest_tag=api-0.1.0\n");
}

/// The platform that is shipped, released by its block `releases`.
const PLATFORM: &str = include_str!("../../../platform.yaml");

#[test]
fn a_platform_elsewhere_tells_what_it_deploys_and_how_its_sources_are_released() {
    let lab = lab();
    let platform = lab.beside("platform");
    fs::create_dir(&platform).expect("a folder");
    lab.git_at(&platform, &["init", "-q", "-b", "main"], &[]);
    let (above, _) = PLATFORM.split_once("\nreleases:").expect("the block");
    let block = "\nreleases:\n  branch: trunk\n  tag: 'r/{component}/{version}'\n  components:\n    django-api: {paths: [api]}\n    idaes: {paths: [admin]}\n";
    fs::write(platform.join("platform.yaml"), format!("{above}{block}")).expect("written");
    let sources = lab.path();
    let status = ["status", "--format", "json", "--sources", sources.to_str().expect("text")];
    let rows = |told: Told| -> serde_json::Value {
        assert_eq!(told.code, 0, "{}", told.err);
        serde_json::from_str(&told.out).expect("JSON")
    };
    let own = rows(lab.run_at(&platform, &status, &[]));
    assert_eq!(own[0]["component"], "api", "its own release.yaml wins");
    assert_eq!(own[0]["deployed"], serde_json::Value::Null);
    fs::remove_file(sources.join("release.yaml")).expect("removed");
    lab.tag("r/django-api/0.4.0");
    lab.commit("api", "feat: more");
    let rows = rows(lab.run_at(&platform, &status, &[]));
    let row = rows.as_array().expect("a list").iter().find(|row| row["component"] == "django-api").expect("a row");
    assert_eq!(row["last_tag"], "r/django-api/0.4.0");
    assert_eq!(row["next"], "0.5.0-prerelease.1", "main is not its release branch");
    let image = PLATFORM.lines().find(|line| line.contains("image: ahuora/django-api:")).expect("an image");
    let deployed = row["deployed"].as_str().expect("a version");
    assert!(image.contains(&format!(":{deployed}")), "{deployed} of {image}");
    let next = ["next", "django-api", "--branch", "trunk", "--sources", status[4]];
    assert_eq!(lab.run_at(&platform, &next, &[]).out, "0.5.0\n");
    let told = lab.run(&["next", "django-api"]);
    assert_eq!(told.code, 2, "nothing here says how: {}", told.out);
}

#[test]
fn damaged_packed_references_are_told_and_not_guessed() {
    let lab = lab();
    lab.git(&["pack-refs", "--all"]);
    let file = lab.path().join(".git/packed-refs");
    let whole = fs::read_to_string(&file).expect("text");
    for damage in ["<<<<<<<\n", "garbage", "\u{0}\u{0}\n"] {
        fs::write(&file, format!("{whole}{damage}")).expect("written");
        // The library, which finds the branch there, may be the one that says so.
        for arguments in [&["latest", "api"][..], &["next", "api"], &["changelog", "api"], &["status"]] {
            let told = lab.run(arguments);
            assert!(matches!(told.code, 2 | 3), "{arguments:?} {damage:?}: {} {}", told.code, told.out);
            assert!(told.out.is_empty() && !told.err.is_empty(), "{}", told.out);
            assert!(!told.err.contains("panicked"), "{}", told.err);
        }
    }
    fs::write(&file, &whole).expect("written");
    assert_eq!(lab.out(&["latest", "api"]), "api-0.1.0");
    // A line that says what a tag is of may be missing: then the tag itself is asked.
    let bare: String = whole.lines().filter(|line| !line.starts_with('^')).map(|line| format!("{line}\n")).collect();
    fs::write(&file, bare.replace(" peeled fully-peeled", "")).expect("written");
    assert_eq!(lab.out(&["next", "api"]), "0.1.1");
}

#[test]
fn references_in_tables_are_read_by_git() {
    let lab = Lab::empty(&[]);
    let folder = lab.beside("tables");
    let name = folder.to_str().expect("text");
    let mut git = std::process::Command::new("git");
    let made = git.args(["init", "-q", "-b", "main", "--ref-format=reftable", name]).output().expect("git");
    if !made.status.success() {
        // This git knows no such references.
        return;
    }
    fs::create_dir(folder.join("api")).expect("a folder");
    fs::write(folder.join("release.yaml"), "components: {api: {paths: [api]}}\n").expect("written");
    lab.git_at(&folder, &["add", "."], &[]);
    lab.git_at(&folder, &["commit", "-qm", "feat(api): one"], &[]);
    lab.git_at(&folder, &["tag", "-am", "x", "api-0.1.0"], &[]);
    lab.git_at(&folder, &["tag", "api-0.0.9"], &[]);
    lab.git_at(&folder, &["commit", "-q", "--allow-empty", "-m", "fix(api): two"], &[]);
    assert_eq!(lab.run_at(&folder, &["latest", "api"], &[]).out, "api-0.1.0\n");
    assert_eq!(lab.run_at(&folder, &["next", "api"], &[]).out, "0.1.1\n");
}
