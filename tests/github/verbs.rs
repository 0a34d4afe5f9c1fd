//! The verbs as a person types them: what they print, their exit codes, and a dispatch that is really killed.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use ahuora::cli::{Cli, Command as Verb, ExperimentCommand};
use ahuora::commands::experiment::{close, dispatch, open, status};
use ahuora::ui::Ui;
use clap::Parser as _;
use serde_json::Value;

use crate::loopback::Loopback;
use crate::server::How;
use crate::setup::{assert_complete_on, campaign, pushed};

/// What divides the words of the test's own runner from those of the program.
const BEGINS: &str = "=== the program begins";
/// The arguments of the program, a line each.
const ARGUMENTS: &str = "AHUORA_TEST_ARGUMENTS";

/// The program itself, with a campaign of one permutation: run by the tests below as a process of its own.
#[test]
#[ignore = "it is the program that other tests run"]
#[allow(clippy::exit, reason = "it is a program")]
fn program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let cli = Cli::parse_from(["ahuora", "experiment"].into_iter().chain(arguments.lines()));
    let (ui, campaign) = (Ui::new(cli.common.format, cli.common.color), campaign(1));
    writeln!(std::io::stdout(), "{BEGINS}").expect("stdout");
    let Verb::Experiment(verb) = &cli.command else { panic!("another verb") };
    let ended = match verb {
        ExperimentCommand::Open(args) => open::run(&cli.common, args, &campaign, &ui),
        ExperimentCommand::Dispatch(args) => dispatch::run(&cli.common, args, &campaign, &mut |_| Ok(()), &ui),
        ExperimentCommand::Status(args) => status::run(&cli.common, args, &campaign, &ui),
        ExperimentCommand::Close(args) => close::run(&cli.common, args, &campaign, &ui),
        _ => panic!("another verb"),
    };
    let code = match ended {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            ui.failure(&failure).expect("stdout");
            failure.code()
        }
    };
    std::process::exit(code.into());
}

/// The program with these arguments, in a repository, before that server.
fn prepared(there: &Loopback, repository: &Path, arguments: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["verbs::program", "--exact", "--ignored", "--nocapture"]).current_dir(repository).env_clear();
    let words: Vec<&str> = arguments.split(' ').collect();
    command.env(ARGUMENTS, words.join("\n")).env("GITHUB_API_URL", &there.address).env("GITHUB_TOKEN", "ghp_secret");
    command.env("GITHUB_REPOSITORY", "ahuora/cluster").stdin(Stdio::null());
    command
}

/// Exit code, stdout and stderr of the program.
fn run(there: &Loopback, repository: &Path, arguments: &str) -> (i32, String, String) {
    let output = prepared(there, repository, arguments).output().expect("a program that starts");
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stdout = stdout.split_once(&format!("{BEGINS}\n")).map_or("", |(_, rest)| rest).to_owned();
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(!stdout.contains("ghp_secret") && !stderr.contains("ghp_secret"), "{stdout}{stderr}");
    (output.status.code().expect("a code"), stdout, stderr)
}

/// A server, and a clone of its repository.
fn place() -> (Loopback, tempfile::TempDir) {
    let there = Loopback::start(pushed(&campaign(1)));
    there.server.lock().unwrap().lasts = 0;
    let folder = tempfile::tempdir().expect("a folder");
    git2::Repository::init(folder.path()).expect("a repository");
    fs::write(folder.path().join("platform.yaml"), "").expect("a file");
    (there, folder)
}

#[test]
fn from_opening_to_closing_with_a_kill_between() {
    let (there, folder) = place();
    let run = |arguments: &str| run(&there, folder.path(), arguments);
    let (code, promised, _) = run("open count --dry-run");
    assert_eq!((code, there.server.lock().unwrap().pulls.len()), (0, 0));
    let (code, done, _) = run("open count");
    assert_eq!(
        (code, done.strip_prefix(&promised)),
        (0, Some("#1     replicas-0  https://github.example.org/ahuora/cluster/pull/1\n"))
    );
    let (code, _, talk) = run("open count");
    assert_eq!((code, talk.as_str()), (0, "every permutation has its pull request: nothing to do\n"));

    // Killed after GitHub has made the run, and before it says so.
    there.server.lock().unwrap().fault("/dispatches", 0, 1, How::Slow);
    let mut killed = prepared(&there, folder.path(), "dispatch count --poll 1");
    let mut killed = killed.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
    while there.server.lock().unwrap().runs.is_empty() {
        assert!(killed.try_wait().expect("a process").is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(20));
    }
    let (code, _, talk) = run("dispatch count");
    assert!(code == 2 && talk.contains("another process on this machine dispatches"), "{talk}");
    killed.kill().expect("a process that can be killed");
    killed.wait().expect("a process that ends");
    let (code, _, talk) = run("dispatch count");
    assert!(code == 2 && talk.contains("was interrupted: 2 runs are left"), "{talk}");
    let (code, text, _) = run("status count");
    assert!(code == 0 && text.contains("lock: count holds production, replicas-0 since"), "{text}");
    assert!(text.contains("unfinished: ahuora experiment dispatch count --resume"), "{text}");
    let (code, plan, _) = run("dispatch count --resume --dry-run");
    let wanted = "lock production\nfind run 1 of 2\nactivate replicas-0\nrun 2 of 2: replicas-0 uor soak, trial 1 (60 s)\nunlock production\n";
    assert_eq!((code, plan.as_str()), (0, wanted));
    let (code, table, talk) = run("dispatch count --resume --poll 1");
    assert_eq!(code, 0, "{talk}");
    assert_eq!(table.lines().filter(|line| line.contains("success")).count(), 2, "{table}");
    let steps: String = talk
        .lines()
        .filter(|line| !line.starts_with("  ") && !line.ends_with("0 failed"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(steps, wanted);
    assert_complete_on(&there.server.lock().unwrap(), &campaign(1), "killed");

    let (_, json, _) = run("status count --format json");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["runs"]["succeeded"], &json["runs"]["left"], &json["lock"]),
        (&2.into(), &0.into(), &Value::Null)
    );
    assert_eq!(json["permutations"][0]["labels"], serde_json::json!(["experiment", "experiment:count"]));
    let (code, json, _) = run("close count --delete-branches --format json");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let wanted = serde_json::json!(["close #1", "delete experiment/count/replicas-0"]);
    assert_eq!((code, &json["actions"]), (0, &wanted));
    assert!(there.server.lock().unwrap().refs.is_empty());
    let (code, _, talk) = run("close count");
    assert_eq!((code, talk.as_str()), (0, "nothing of count is open\n"));
    let clean = git2::Repository::open(folder.path()).expect("a repository");
    assert_eq!(clean.statuses(None).expect("a status").len(), 1, "only platform.yaml, which nobody added");
}

#[test]
fn failures_are_exit_code_1_and_refusals_say_what_to_type() {
    let (there, folder) = place();
    let run = |arguments: &str| run(&there, folder.path(), arguments);
    let (code, _, talk) = run("dispatch count --resume");
    assert!(code == 2 && talk.contains("hint: ahuora experiment dispatch count\n"), "{talk}");
    let (code, _, talk) = run("status count --repository nowhere");
    assert!(code == 2 && talk.contains("`nowhere` is no repository on GitHub"), "{talk}");
    let (code, _, talk) = run("status count --repository ahuora/other");
    assert!(code == 2 && talk.contains("it is missing, or the token has no access to it"), "{talk}");
    run("open count");
    there.server.lock().unwrap().fails = vec!["spike"];
    let (code, json, _) = run("dispatch count --format json --stop-on-failure");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &json["failed"], &json["left"]), (1, &1.into(), &1.into()));
    assert_eq!(json["runs"][0]["conclusion"], "failure");
}
