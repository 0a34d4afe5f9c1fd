//! Killed, interrupted, and twice at once: the program itself.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::here::{AHUORA, COOKIE, Here, Said, is_running, json_of, until};

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill");
    assert!(done.success());
}

fn states(result: &Value) -> Vec<String> {
    let attempts = result["trials"][0]["attempts"].as_array().expect("attempts");
    attempts.iter().map(|one| one["state"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn interrupted_while_k6_runs() {
    for name in ["INT", "TERM", "HUP"] {
        let here = Here::new();
        let out = here.path("run");
        let child = here.begin(&out, &[]);
        let k6 = here.pid().expect("a k6");
        assert_eq!(here.flowsheets().len(), 1);
        signal(child.id(), name);
        // A second one does not cut the cleaning up short.
        let _ = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).stderr(Stdio::null()).status();
        let said = Said::of(&child.wait_with_output().expect("it ends"));
        assert_eq!(said.code, Some(3), "{name}: {said:?}");
        assert!(said.err.contains("interrupted") && said.err.contains("--resume"), "{said:?}");
        assert!(!is_running(k6) && here.flowsheets().is_empty(), "{name}");
        assert!(!out.join("result.json").exists());
        here.does("fine");
        let said = here.run(&out, &["--resume"]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert_eq!(states(&json_of(&out.join("result.json"))), ["failed", "done"]);
    }
}

#[test]
fn killed_while_k6_runs() {
    let here = Here::new();
    let out = here.path("run");
    let mut child = here.begin(&out, &[]);
    let k6 = here.pid().expect("a k6");
    child.kill().expect("killed");
    child.wait().expect("it ends");
    assert_eq!(here.flowsheets().len(), 1, "it could not clean up");
    here.does("fine");
    let said = here.run(&out, &["--resume"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(!is_running(k6) && here.flowsheets().is_empty());
    assert_eq!(states(&json_of(&out.join("result.json"))), ["failed", "done"]);
    assert_eq!(here.loads().len(), 2);
}

#[test]
fn a_k6_that_outlives_us_is_found_and_ended() {
    let here = Here::new();
    let out = here.path("run");
    // Without setpriv nobody ends k6 when we are killed.
    let tools = here.path("tools");
    fs::create_dir(&tools).expect("made");
    for tool in ["sh", "sed", "cat", "sleep", "head", "mv"] {
        let found = ["/usr/bin", "/bin"].iter().map(|folder| format!("{folder}/{tool}")).find(|file| fs::exists(file).unwrap_or(false));
        std::os::unix::fs::symlink(found.expect("a tool"), tools.join(tool)).expect("linked");
    }
    here.does("hang");
    let mut child = here.command(&out, &[]).env("PATH", &tools).stderr(Stdio::null()).spawn().expect("ahuora");
    until("k6 runs", || here.pid().is_some());
    let k6 = here.pid().expect("a k6");
    child.kill().expect("killed");
    child.wait().expect("it ends");
    assert!(is_running(k6), "nobody ended it");
    // One that has the same marker and stands elsewhere is none of ours.
    let id = json_of(&out.join("run.json"))["id"].as_str().expect("an id").to_owned();
    let mut stranger =
        Command::new("sleep").arg("1000").env("AHUORA_RUN", id).current_dir(here.path("")).spawn().expect("a process");
    here.does("fine");
    let said = here.run(&out, &["--resume"]);
    let (ended, spared) = (!is_running(k6), is_running(stranger.id()));
    stranger.kill().expect("killed");
    stranger.wait().expect("it ends");
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(ended && spared, "ended {ended}, spared {spared}");
}

#[test]
fn two_at_once_in_one_folder() {
    let here = Here::new();
    let out = here.path("run");
    let mut child = here.begin(&out, &[]);
    let said = here.run(&out, &["--resume"]);
    assert!(said.code == Some(2) && said.err.contains("another process on this machine makes the run"), "{said:?}");
    assert_eq!(here.loads().len(), 1);
    signal(child.id(), "INT");
    child.wait().expect("it ends");
    assert_eq!(here.flowsheets(), Vec::<String>::new());
}

#[test]
fn killed_at_every_line_of_the_journal() {
    if !Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no strace");
        return;
    }
    let mut kills = 0;
    for line in 1.. {
        let here = Here::new();
        let out = here.path("run");
        let mut traced = Command::new("strace");
        traced.args(["-o", "/dev/null", "-e", "trace=fdatasync"]);
        traced.args(["-e", &format!("inject=fdatasync:signal=SIGKILL:when={line}"), AHUORA]);
        traced.args(here.arguments(&out, &[])).env("AHUORA_HEADERS", format!("{{\"Cookie\": \"{COOKIE}\"}}"));
        let ended = traced.stdin(Stdio::null()).output().expect("strace").status.success();
        if ended {
            break;
        }
        kills += 1;
        let said = here.run(&out, &["--resume"]);
        assert_eq!(said.code, Some(0), "line {line}: {said:?}");
        let result = json_of(&out.join("result.json"));
        assert_eq!(states(&result).last().map(String::as_str), Some("done"), "line {line}");
        assert_eq!(here.flowsheets(), Vec::<String>::new(), "line {line}");
        let done = states(&result).iter().filter(|state| *state == "done").count();
        assert!(done == 1 && here.loads().len() <= 2, "line {line}: {result}");
        assert!(line < 40, "it ends");
    }
    assert!(kills >= 12, "{kills} lines");
}
