//! The verbs that need GitHub, as far as they come without it.

use super::lab::{Lab, UOR};
use crate::env::Output;

/// A closed port of this machine, so that nothing else is ever asked.
const CLOSED: (&str, &str) = ("GITHUB_API_URL", "http://127.0.0.1:1");
const VERBS: [&str; 4] = ["open", "dispatch", "status", "close"];

fn run(lab: &Lab, args: &[&str], more: &[(&str, &str)]) -> Output {
    lab.env.run_with("", &[&["experiment"], args].concat(), &[&[CLOSED], more].concat())
}

#[test]
fn without_branches_they_say_which_command_makes_them() {
    let lab = Lab::new();
    for verb in VERBS {
        run(&lab, &[verb, UOR], &[("GITHUB_TOKEN", "t")]).expect_code(2).expect_said(&["`ahuora experiment branch"]);
    }
}

#[test]
fn without_credentials_they_say_which_variables() {
    let lab = Lab::branched();
    let variables = ["GITHUB_TOKEN", "AHUORA_GITHUB_APP_ID", "AHUORA_GITHUB_APP_KEY", "AHUORA_GITHUB_INSTALLATION"];
    for verb in VERBS {
        run(&lab, &[verb, UOR], &[]).expect_code(2).expect_said(&variables);
        let elsewhere = run(&lab, &[verb, UOR, "--repository", "a/b/c"], &[("GITHUB_TOKEN", "t")]);
        elsewhere.expect_code(2).expect_said(&["`a/b/c` is no repository on GitHub", "--repository OWNER/NAME"]);
        let open = [("GITHUB_TOKEN", "t"), ("GITHUB_API_URL", "http://example.org")];
        run(&lab, &[verb, UOR], &open).expect_code(2).expect_said(&["a token is sent by https only"]);
    }
    // What a dispatch would do is known without GitHub.
    let dry = run(&lab, &["dispatch", UOR, "--dry-run", "--format", "json"], &[]).expect_code(0).json();
    assert_eq!((&dry["dry_run"], &dry["seconds_left"]), (&true.into(), &25_920.into()));
    let nothing = run(&lab, &["dispatch", UOR, "--resume"], &[("GITHUB_TOKEN", "t")]).expect_code(2);
    nothing.expect_said(&["there is nothing to resume"]);
}
