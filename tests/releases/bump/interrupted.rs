//! Killed at any moment: the same command finishes it.

use std::fs;
use std::process::Stdio;

use crate::bump::lab::{Lab, Run};

#[test]
fn a_run_that_was_killed_between_two_files_is_finished() {
    let lab = Lab::new();
    lab.bump(&["django-api", "0.0.18"]).code(0);
    let wanted = lab.git(&["rev-parse", "HEAD^{tree}"]);
    let files = lab.git(&["show", "--format=", "--name-only", "HEAD"]);
    let files: Vec<(String, String)> = files.lines().map(|path| (path.to_owned(), lab.read(path))).collect();
    assert_eq!(files.len(), 4);
    // Whichever of them were written.
    for written in 0..1_u32 << files.len() {
        lab.git(&["reset", "--quiet", "--hard", "HEAD^"]);
        for (index, (path, text)) in files.iter().enumerate() {
            if written & (1 << index) != 0 {
                lab.write(path, text);
            }
        }
        // What a process was writing when it was killed; none has that number.
        lab.write("manifests/production/django-api/.ahuora-tmp-999999999-a", "half");
        lab.bump(&["django-api", "0.0.18"]).code(0);
        assert_eq!(lab.git(&["rev-parse", "HEAD^{tree}"]), wanted, "{written:b}");
        assert_eq!(lab.git(&["status", "--porcelain", "--untracked-files=all"]), "", "{written:b}");
    }
    // Another version is not what was interrupted.
    lab.git(&["reset", "--quiet", "--hard", "HEAD^"]);
    lab.write("platform.yaml", &files.iter().find(|(path, _)| path == "platform.yaml").expect("it").1);
    lab.bump(&["django-api", "0.0.19"])
        .code(2)
        .says(&["platform.yaml has uncommitted changes", "git stash push -- platform.yaml"]);
}

#[test]
fn killed_while_git_commits_nobody_comes_between() {
    let lab = Lab::new();
    let head = lab.head();
    // The hook waits until it is let go, as one that takes long.
    lab.hook("pre-commit", "touch ../waits; while [ ! -e ../go ]; do sleep 0.05; done");
    let mut run = lab.prepared(&["release", "bump", "django-api", "0.0.18"]);
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
    while !lab.beside("waits").exists() {
        assert!(run.try_wait().expect("a process").is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    lab.bump(&["frontend", "0.0.10"]).code(2).says(&["another bump or rollback is at work in this repository"]);
    run.kill().expect("a process that can be killed");
    run.wait().expect("a process that ends");
    // Git lives on: it would commit whatever somebody wrote meanwhile.
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["git is still committing for one"]);
    fs::write(lab.beside("go"), "").expect("a file");
    while lab.head() == head || lab.path(".git/index.lock").exists() {
        std::thread::yield_now();
    }
    let mut again = Run { code: 2, stdout: String::new(), stderr: String::new() };
    while again.code == 2 {
        again = lab.bump(&["django-api", "0.0.18"]);
    }
    again.code(0).says(&["django-api is at 0.0.18: nothing to do"]);
    assert_eq!(lab.git(&["rev-parse", "HEAD^"]), head);
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
}
