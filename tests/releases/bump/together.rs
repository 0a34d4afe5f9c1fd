//! Interrupted between push and pull request, and several at once: one pull request with the newest version.

use std::process::Stdio;
use std::thread;

use crate::bump::github::{GitHub, Meanwhile};
use crate::bump::lab::{Lab, Run};

fn place() -> (Lab, GitHub) {
    let mut lab = Lab::with_remote();
    let github = GitHub::start(&mut lab);
    (lab, github)
}

const BUMP: [&str; 4] = ["release", "bump", "django-api", "0.0.18"];

#[test]
fn killed_between_push_and_pull_request_the_same_command_finishes() {
    let (lab, github) = place();
    // As a run leaves it that was killed behind its push.
    lab.run(&[&BUMP[..], &["--pull-request"]].concat()).code(0);
    github.state().pulls.clear();
    let commit = github.commit("release/django-api");
    let run = lab.run(&[&BUMP[..], &["--pull-request"]].concat()).code(0);
    assert!(!run.stdout.contains("push "), "{}", run.stdout);
    assert_eq!((github.open().len(), github.commit("release/django-api")), (1, commit));

    // Really killed there: GitHub has not read the request for the pull request when it is.
    let (lab, github) = place();
    let (reached, held) = (std::sync::mpsc::channel(), std::sync::mpsc::channel::<()>());
    let mut run = lab.prepared(&[&BUMP[..], &["--pull-request"]].concat());
    let (tell, wait) = (reached.0, held.1);
    let act = move || {
        tell.send(()).expect("a test that waits");
        // Until the test is over with it.
        let _ = wait.recv();
    };
    github.state().before = Some(("POST", Meanwhile(Box::new(act))));
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
    reached.1.recv().expect("a request");
    run.kill().expect("a process that can be killed");
    run.wait().expect("a process that ends");
    let commit = github.commit("release/django-api").expect("a pushed branch");
    lab.run(&[&BUMP[..], &["--pull-request"]].concat()).code(0);
    assert_eq!((github.open().len(), github.commit("release/django-api")), (1, Some(commit)));
    // What had left the killed process arrives in the end, and makes no second one.
    drop(held.0);
}

#[test]
fn a_pull_request_that_was_made_without_an_answer_is_not_made_twice() {
    let (lab, github) = place();
    github.state().cut = 1;
    lab.run(&[&BUMP[..], &["--pull-request"]].concat()).code(0);
    assert_eq!((github.open().len(), github.state().changes.len()), (1, 1));
}

#[test]
fn who_was_overtaken_takes_nothing_back() {
    // While the older version looks for its pull request, and while it opens it behind its push, the newer one is
    // proposed from another clone.
    for method in ["GET", "POST"] {
        let (lab, github) = place();
        lab.git(&["clone", "--quiet", "../remote.git", "../clone"]);
        let mut other = lab.prepared(&["release", "bump", "django-api", "0.0.19", "--pull-request"]);
        other.current_dir(lab.beside("clone")).stdout(Stdio::null()).stderr(Stdio::null());
        let act = move || assert!(other.status().expect("a run").success(), "the other is not in anybody's way");
        github.state().before = Some((method, Meanwhile(Box::new(act))));
        let run = lab.run(&[&BUMP[..], &["--pull-request"]].concat()).code(0);
        run.says(&["release/django-api is at 0.0.19 already: it stays so"]);
        let open = github.open();
        assert_eq!((open.len(), open[0].title.as_str()), (1, "django-api: 0.0.17 -> 0.0.19"), "{method}");
        assert!(open[0].body.contains("| after | `ahuora/django-api:0.0.19` |"), "{}", open[0].body);
        let file = lab.git_in(&lab.beside("remote.git"), &["show", "release/django-api:platform.yaml"]);
        assert!(file.contains("ahuora/django-api:0.0.19"), "{method}");
    }
}

#[test]
fn many_at_once_end_in_one_pull_request_with_the_newest_version() {
    let (lab, github) = place();
    // Two in one clone, two in clones of their own.
    let folders = ["repo", "repo", "one", "two"];
    for clone in ["one", "two"] {
        lab.git(&["clone", "--quiet", "../remote.git", &format!("../{clone}")]);
    }
    let versions = ["0.0.18", "0.0.19", "0.0.20", "0.0.21"];
    let runs: Vec<Run> = thread::scope(|scope| {
        let start = |(folder, version): (&str, &str)| {
            let mut command = lab.prepared(&["release", "bump", "django-api", version, "--pull-request"]);
            command.current_dir(lab.beside(folder));
            scope.spawn(move || Run::of(&command.output().expect("the program starts")))
        };
        let all: Vec<_> = folders.into_iter().zip(versions).map(start).collect();
        all.into_iter().map(|run| run.join().expect("a run")).collect()
    });
    let told: Vec<String> = runs.iter().map(|run| format!("{} {}", run.code, run.stderr)).collect();
    assert!(runs.iter().all(|run| run.code == 0), "{told:#?}");
    assert_eq!(github.open().len(), 1, "{told:#?}");
    assert_eq!(github.open()[0].title, "django-api: 0.0.17 -> 0.0.21", "{told:#?}");
    let file = lab.git_in(&lab.beside("remote.git"), &["show", "release/django-api:platform.yaml"]);
    assert!(file.contains("ahuora/django-api:0.0.21"));
}
