//! Help, completions, the manual page, and what is not understood.

use std::fmt::Write as _;

use crate::env::TestEnv;

const VERBS: [&str; 7] = ["generate", "check", "init", "graph", "schema", "completions", "man"];

#[test]
fn the_help_of_every_verb() {
    let env = TestEnv::empty();
    let mut screen = env.run(&["--help"]).expect_code(0).stdout;
    for verb in VERBS {
        let help = env.run(&[verb, "--help"]).expect_code(0).stdout;
        let _ = write!(screen, "\n===== {verb}\n{help}");
    }
    let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"), @"");
}

#[test]
fn every_verb_is_in_the_help() {
    let help = TestEnv::empty().run(&["help"]).expect_code(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let named: Vec<&str> = named.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(named, [&VERBS[..], &["help"]].concat());
}

#[test]
fn what_is_not_understood() {
    let env = TestEnv::new();
    env.run(&["generat"]).expect_code(2).expect_said(&["generat", "similar", "generate"]);
    env.run(&[]).expect_code(2).expect_said(&["Usage: ahuora"]);
    env.run(&["generate", "--chek"]).expect_code(2).expect_said(&["--chek", "--check"]);
    env.run(&["check", "--format", "xml"]).expect_code(2).expect_said(&["xml", "json"]);
    env.run(&["generate", "extra"]).expect_code(2).expect_said(&["extra"]);
    env.run(&["init"]).expect_code(2).expect_said(&["<DIR>"]);
}

#[test]
fn completions_for_every_shell() {
    let env = TestEnv::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = env.run(&["completions", shell]).expect_code(0).stdout;
        for verb in VERBS {
            assert!(script.contains(verb), "{shell}: {verb}");
        }
    }
    env.run(&["completions", "cmd"]).expect_code(2).expect_said(&["bash"]);
}

#[test]
fn the_manual_page_describes_every_verb() {
    let page = TestEnv::empty().run(&["man"]).expect_code(0).stdout;
    assert!(page.contains(".TH ahuora 1"), "{page}");
    for verb in VERBS {
        assert!(page.contains(&format!("ahuora\\-{verb}")), "{verb}");
    }
    assert!(page.contains("exit 1 with the list of files") || page.contains("Exit codes"), "{page}");
}

#[test]
fn the_version() {
    let output = TestEnv::empty().run(&["--version"]).expect_code(0);
    assert_eq!(output.stdout, concat!("ahuora ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn verbs_that_read_no_configuration_work_anywhere() {
    let env = TestEnv::empty();
    for args in [["schema", "platform"], ["completions", "bash"], ["man", "--dry-run"]] {
        let output = env.run(&args).expect_code(0);
        assert!(output.stdout.len() > 500, "{output}");
    }
}
