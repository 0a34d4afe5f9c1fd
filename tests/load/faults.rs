//! Faults that the real k6 cannot make, and folders that are not what they should be.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::here::{AHUORA, COOKIE, Here, Said, files, json_of};

/// The rules that spoke against each attempt of the one trial.
fn rules(result: &Value) -> Vec<Vec<String>> {
    let attempts = result["trials"][0]["attempts"].as_array().expect("attempts");
    let against = |one: &Value| {
        let evidence = one["evidence"].as_array().expect("evidence").iter();
        evidence
            .filter(|one| one["grade"] == "invalid")
            .map(|one| one["rule"].as_str().expect("a rule").to_owned())
            .collect()
    };
    attempts.iter().map(against).collect()
}

#[test]
fn a_trial_from_beginning_to_end() {
    let here = Here::new();
    let out = here.path("run");
    let said = here.run(&out, &["--id", "r1", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let result = json_of(&out.join("result.json"));
    assert_eq!(serde_json::from_str::<Value>(&said.out).expect("JSON"), result);
    assert_eq!(result["trials"][0]["state"], "done");
    assert_eq!(
        (&result["trials"][0]["attempt"], &result["trials"][0]["folder"]),
        (&1.into(), &"trial-1/attempt-1".into())
    );
    let marks: Vec<&str> =
        result["marks"].as_array().expect("marks").iter().filter_map(|one| one["rule"].as_str()).collect();
    assert_eq!(marks, ["shortened", "no-latency", "no-cluster"]);
    let mut names: Vec<String> =
        files(&out).iter().map(|path| path.strip_prefix(&out).expect("below").display().to_string()).collect();
    names.sort();
    let attempt = ["client.jsonl", "k6.log", "samples.json.gz", "summary.json", "verdict.json"];
    let mut expected: Vec<String> = attempt.iter().map(|name| format!("trial-1/attempt-1/{name}")).collect();
    expected.extend(["fingerprint.json", "journal.jsonl", "result.json", "run.json", "script.js"].map(str::to_owned));
    expected.sort();
    assert_eq!(names, expected);
    for file in files(&out) {
        let text = fs::read(&file).expect("readable");
        let secret = COOKIE.rsplit('=').next().expect("a value");
        assert!(!String::from_utf8_lossy(&text).contains(secret), "{} has the cookie", file.display());
    }
    assert_eq!(here.flowsheets(), Vec::<String>::new());
    // Finished is finished.
    let again = here.run(&out, &["--resume", "--format", "json"]);
    assert_eq!((again.code, again.out, here.loads().len()), (Some(0), said.out, 1));
}

#[test]
fn every_end_of_k6_has_its_verdict_and_is_tried_again() {
    let here = Here::new();
    for (does, rule, says) in [
        ("exit 107", "k6-end", "exception"),
        ("exit 2", "k6-end", "panicked"),
        ("exit 1", "k6-end", "not known"),
        ("killed", "k6-end", "want of memory"),
        ("exit 137", "k6-end", "want of memory"),
        ("garbage", "summary", "torn"),
        ("exit 0", "summary", "no summary.json"),
        ("signed-out", "all-failed", "not signed in"),
    ] {
        here.does(does);
        let out = here.path(&does.replace(' ', "-"));
        let said = here.run(&out, &[]);
        assert_eq!(said.code, Some(1), "{does}: {said:?}");
        assert!(said.out.contains(says), "{does}: {said:?}");
        let result = json_of(&out.join("result.json"));
        let found = rules(&result);
        assert_eq!(found.len(), 3, "{does}: as often as conditions.attempts says");
        assert!(found.iter().all(|one| one.iter().any(|one| one == rule)), "{does}: {found:?}");
        assert_eq!(result["trials"][0]["attempt"], Value::Null);
        assert_eq!(here.flowsheets(), Vec::<String>::new());
    }
}

#[test]
fn a_k6_that_is_not_there_or_too_old_is_told_before_anything_is_touched() {
    let here = Here::new();
    let out = here.path("run");
    for (version, says) in [("v0.57.0", "older than"), ("v3.0.0", "later major"), ("seven", "is that program k6?")] {
        here.version(version);
        let said = here.run(&out, &[]);
        assert_eq!(said.code, Some(3), "{said:?}");
        assert!(said.err.contains(says), "{said:?}");
    }
    fs::remove_file(here.path("k6/k6")).expect("removed");
    let said = here.run(&out, &[]);
    assert!(said.code == Some(3) && said.err.contains("there is no such program: install k6"), "{said:?}");
    assert!(!out.exists() && here.flowsheets().is_empty());
}

#[test]
fn a_platform_that_is_not_there_is_a_verdict() {
    let here = Here::new();
    let out = here.path("run");
    let nobody = |one: String| if one.starts_with("http://") { "http://127.0.0.1:9".to_owned() } else { one };
    let arguments = here.arguments(&out, &[]).into_iter().map(nobody);
    let mut command = Command::new(AHUORA);
    command.args(arguments);
    let said = Said::of(&command.output().expect("ahuora"));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(rules(&json_of(&out.join("result.json"))), vec![vec!["settled"]; 3]);
    assert_eq!(here.loads(), Vec::<String>::new());
}

#[test]
fn folders_that_hold_something_else() {
    let here = Here::new();
    let out = here.path("run");
    let said = here.run(&out, &["--profile", "average"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    for (more, says) in [
        (vec!["--profile", "stress", "--resume"], "profile is average there, and stress now"),
        (vec!["--profile", "stress"], "holds another run"),
        (vec![], "go on with it by --resume"),
        (vec!["--id", "other", "--resume"], "id is"),
    ] {
        let said = here.run(&out, &more);
        assert!(said.code == Some(2) && said.err.contains(says), "{more:?}: {said:?}");
    }
    // The load itself was changed.
    let file = here.path("repo/experiments/load/load.yaml");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replace("timeout: 60s\n    slowAnswer: 1s", "timeout: 50s\n    slowAnswer: 1s"))
        .expect("written");
    let said = here.run(&out, &["--resume"]);
    assert!(said.code == Some(2) && said.err.contains("digest of the script is"), "{said:?}");
    // A folder of somebody else.
    let other = here.path("other");
    fs::create_dir(&other).expect("made");
    fs::write(other.join("thesis.tex"), "x").expect("written");
    let said = here.run(&other, &[]);
    assert!(said.code == Some(2) && said.err.contains("it has thesis.tex"), "{said:?}");
    assert_eq!(files(&other).len(), 1);
    fs::write(out.join("run.json"), "{").expect("written");
    let said = here.run(&out, &["--resume"]);
    assert!(said.code == Some(2) && said.err.contains("run.json is not understood"), "{said:?}");
    assert_eq!(here.loads().len(), 1);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let here = Here::new();
    let out = here.path("run");
    let said = here.run(&out, &["--dry-run"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let steps: Vec<&str> =
        said.out.lines().filter(|line| !line.starts_with(' ')).map(|line| line[..24].trim_end()).collect();
    assert_eq!(steps, ["settle", "make the fixture", "load", "remove the fixture", "collect", "judge"]);
    assert!(said.out.contains("run --quiet --no-usage-report --address '' --out json=samples.json ../../script.js"));
    assert!(!out.exists() && here.loads().is_empty());
}

fn as_root(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// A mounted folder.
struct Mounted(String);

impl Drop for Mounted {
    fn drop(&mut self) {
        as_root("umount", &["-l", &self.0]);
    }
}

#[test]
fn a_disk_that_is_full_stops_the_run_and_everything_is_cleaned_up() {
    let here = Here::new();
    let disk = here.path("disk");
    fs::create_dir(&disk).expect("made");
    let place = disk.display().to_string();
    if !as_root("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs", &place]) {
        println!("skipped: no disk can be mounted");
        return;
    }
    let _mounted = Mounted(place);
    let out = disk.join("run");
    here.does("fill");
    let said = here.run(&out, &[]);
    let left = here.flowsheets();
    let kept = fs::metadata(out.join("trial-1/attempt-1/samples.json")).map_or(0, |metadata| metadata.len());
    // Somebody makes room.
    fs::write(out.join("trial-1/attempt-1/samples.json"), "").expect("emptied");
    here.does("fine");
    let again = here.run(&out, &["--resume"]);
    let result = json_of(&out.join("result.json"));
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.err.contains("No space left"), "{said:?}");
    assert_eq!(left, Vec::<String>::new());
    assert!(kept > 100_000, "what was measured stays: {kept}");
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(result["trials"][0]["state"], "done", "{result}");
}

#[test]
fn compose_is_started_before_and_stopped_after() {
    let here = Here::new();
    fs::write(here.path("repo/platform.yaml"), "compose: {publish: {django-api: 9}}\n").expect("written");
    fs::write(here.path("repo/compose.yaml"), "x\n").expect("written");
    let docker = here.path("k6/docker");
    fs::copy(here.path("k6/k6"), &docker).expect("a program");
    let log = here.path("docker.log");
    fs::write(&docker, format!("#!/bin/sh\necho \"$@\" >> {}\n", log.display())).expect("written");
    let compose = |more: &[&str], path: &str| {
        let mut arguments = here.arguments(&here.path(&format!("run-{}", more.len())), more);
        arguments[1] = "compose".to_owned();
        arguments.retain(|one| {
            !["--no-latency", "--no-cluster", "--target"].contains(&one.as_str()) && !one.starts_with("http")
        });
        Said::of(&Command::new(AHUORA).args(arguments).env("PATH", path).output().expect("ahuora"))
    };
    let path = format!("{}:/usr/bin:/bin", here.path("k6").display());
    let said = compose(&[], &path);
    // Nobody listens there, so no trial counts; the containers are stopped all the same.
    assert_eq!(said.code, Some(1), "{said:?}");
    let result = json_of(&here.path("run-0/result.json"));
    assert!(result["marks"].as_array().expect("marks").iter().any(|one| one["rule"] == "co-located"));
    assert_eq!(
        fs::read_to_string(&log).expect("text"),
        "compose -f compose.yaml up -d --wait\ncompose -f compose.yaml down\n"
    );
    fs::remove_file(&log).expect("removed");
    let said = compose(&["--keep"], &path);
    assert_eq!(
        (said.code, fs::read_to_string(&log).expect("text").as_str()),
        (Some(1), "compose -f compose.yaml up -d --wait\n")
    );
    let said = compose(&["--id", "x"], &here.tools().display().to_string());
    assert!(said.code == Some(3) && said.err.contains("docker is not installed"), "{said:?}");
}
