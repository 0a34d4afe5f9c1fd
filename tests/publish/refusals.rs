//! Folders that are not published, and why.

use std::fs;

use crate::results::{FOLDER, files, lab, publish, run, write};

/// Nothing has reached the remote.
fn assert_nothing(lab: &crate::lab::Lab) {
    assert!(!lab.git(&lab.path("remote.git"), "for-each-ref").contains("results"));
}

#[test]
fn what_is_no_file_of_results_is_refused_and_all_of_it_told() {
    let lab = lab();
    let mut files = files("0193");
    for path in ["notes.txt", ".git/config", "trial-1/attempt-1/.gitattributes", "trial-1/core", "left-out.json"] {
        files.insert(path.to_owned(), b"x".to_vec());
    }
    let folder = write(&lab, "0193", &files);
    std::os::unix::fs::symlink("/etc/passwd", folder.join("trial-1/attempt-1/verdict.json")).expect("a link");
    std::os::unix::fs::symlink("/etc", folder.join("trial-9")).expect("a link");
    publish(&lab, "one", "../0193").expect(
        2,
        &[
            "trial-1/attempt-1/verdict.json is a link or no file",
            "trial-9 is a link or no file",
            "notes.txt is no file of results",
            ".git/config is no file of results",
            "trial-1/attempt-1/.gitattributes is no file of results",
            "trial-1/core is no file of results",
            "left-out.json is no file of results",
            "nothing was published",
        ],
    );
    assert_nothing(&lab);
}

#[test]
fn what_looks_like_a_credential_is_refused_without_being_told() {
    let lab = lab();
    for (path, text) in [
        ("trial-1/attempt-1/k6.log", "fine\nCookie: ghp_0123456789abcdef0123\n"),
        ("script.js", "fetch('https://ada:hunter22@host/')"),
        ("run.json", "{\"id\": \"0193\", \"token\": \"eyJhbGciOiJIUzI1NiJ9.e30.x\"}"),
    ] {
        let mut files = files("0193");
        files.insert(path.to_owned(), text.as_bytes().to_vec());
        write(&lab, "0193", &files);
        let said = publish(&lab, "one", "../0193");
        said.expect(2, &[&format!("of {path} looks like")]);
        for secret in ["0123456789abcdef0123", "hunter22", "eyJ"] {
            assert!(!said.stderr.contains(secret), "{said:?}");
        }
        assert_nothing(&lab);
    }
}

#[test]
fn a_folder_that_is_none_of_results() {
    let lab = lab();
    publish(&lab, "one", "../nowhere").expect(2, &["../nowhere has no run.json"]);
    publish(&lab, "one", "platform.yaml").expect(3, &["platform.yaml"]);
    for run in ["", "[]", "{}", r#"{"id": "../../x", "endpoint": "uor", "profile": "average", "trials": [1]}"#, "\u{0}"]
    {
        let mut files = files("0193");
        files.insert("run.json".to_owned(), run.as_bytes().to_vec());
        write(&lab, "0193", &files);
        publish(&lab, "one", "../0193").expect(2, &["run.json"]);
    }
    let mut files = files("0193");
    files.insert("result.json".to_owned(), b"{\"grade\": \"good\"}".to_vec());
    write(&lab, "0193", &files);
    publish(&lab, "one", "../0193").expect(2, &["result.json is not understood"]);
    assert_nothing(&lab);
}

#[test]
fn another_run_of_the_same_name() {
    let lab = lab();
    run(&lab, "0193");
    publish(&lab, "one", "../0193").expect(0, &[]);
    let mut other = files("0193");
    let text = String::from_utf8_lossy(&other["run.json"]).replace("[2]", "[3]");
    other.insert("run.json".to_owned(), text.into_bytes());
    write(&lab, "other", &other);
    publish(&lab, "one", "../other")
        .expect(2, &["another run of the name 0193 in replicas/0123456789ab/uor-average/trial-2"]);
}

#[test]
fn a_file_where_a_folder_would_be() {
    let lab = lab();
    run(&lab, "0193");
    let one = lab.path("one");
    lab.git(&one, "checkout --quiet --orphan results");
    lab.git(&one, "rm --quiet -r --force .");
    fs::write(one.join("replicas"), "a file").expect("a file");
    lab.git(&one, "add replicas");
    lab.git(&one, "commit --quiet -m other");
    lab.git(&one, "push --quiet origin results");
    lab.git(&one, "checkout --quiet main");
    publish(&lab, "one", "../0193").expect(2, &["has a file where the folder replicas would be"]);
    assert!(FOLDER.starts_with("replicas/"));
}

#[test]
fn names_that_git_cannot_have() {
    let lab = lab();
    run(&lab, "0193");
    for branch in ["a..b", "refs/heads/../x", "x.lock", "a b", ""] {
        let mut command = lab.prepared_verb("load publish", "one", "../0193", &crate::lab::Plan::default()).0;
        let said = crate::lab::ended(command.arg(format!("--branch={branch}")).output().expect("a start"));
        said.expect(2, &["git can have no branch"]);
    }
    publish(&lab, "one", "../0193 --remote=--upload-pack=x").expect(2, &["is no remote"]);
    publish(&lab, "one", "../0193 --remote nowhere").expect(3, &["cannot list the branches of nowhere"]);
    assert_nothing(&lab);
}

#[test]
fn a_run_that_goes_on() {
    let lab = lab();
    let mut files = files("0193");
    files.remove("result.json");
    let folder = write(&lab, "0193", &files);
    let journal = fs::OpenOptions::new().append(true).open(folder.join("journal.jsonl")).expect("a journal");
    journal.lock().expect("a lock");
    publish(&lab, "one", "../0193 --unfinished").expect(2, &["another process on this machine makes the run"]);
    assert_nothing(&lab);
    journal.unlock().expect("no lock");
    publish(&lab, "one", "../0193 --unfinished").expect(0, &["published"]);
}
