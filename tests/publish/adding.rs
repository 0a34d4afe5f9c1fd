//! What is added, and that nothing else happens.

use crate::results::{ENDED, FOLDER, branch, files, lab, on_branch, publish, run, snapshot, write};

#[test]
fn the_first_run_makes_the_branch_and_the_clone_stays_as_it_is() {
    let lab = lab();
    let before = snapshot(&lab.path("one"));
    run(&lab, "0193");
    publish(&lab, "one", "../0193 --dry-run").expect(0, &["add replicas/0123456789ab/", "dry run: nothing was pushed"]);
    assert!(!lab.git(&lab.path("remote.git"), "for-each-ref").contains("results"));
    publish(&lab, "one", "../0193").expect(0, &[&format!("add {FOLDER}: 8 files"), "published"]);
    assert_eq!(branch(&lab, "remote.git", "results"), on_branch(FOLDER, &files("0193")));
    let commit = lab.git(&lab.path("remote.git"), "cat-file commit results");
    let (head, message) = commit.split_once("\n\n").expect("a message");
    let author = format!("ahuora <> {ENDED} +0000");
    assert!(!head.contains("parent ") && head.contains(&format!("author {author}\ncommitter {author}")), "{commit}");
    assert_eq!(
        message,
        "replicas: uor average trial 2: valid\n\nExperiment: replicas\nCommit: \
         0123456789abcdef0123456789abcdef01234567\nEndpoint: uor\nProfile: average\nTrial: 2\nGrade: valid\nRun-Id: 0193"
    );
    assert_eq!(snapshot(&lab.path("one")), before, "no file of the clone or of its git was touched");
    let left: Vec<_> = std::fs::read_dir(lab.path("tmp")).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_same_run_on_the_same_branch_is_the_same_commit() {
    let commits: Vec<String> = (0..2)
        .map(|_| {
            let lab = lab();
            run(&lab, "0193");
            publish(&lab, "one", "../0193 --format json").expect(0, &[]).field("commit").to_string()
        })
        .collect();
    assert_eq!(commits[0], commits[1]);
}

#[test]
fn what_is_there_stays() {
    let lab = lab();
    run(&lab, "0193");
    run(&lab, "0194");
    publish(&lab, "one", "../0193").expect(0, &[]);
    let first = lab.git(&lab.path("remote.git"), "rev-parse results");
    publish(&lab, "one", "../0194").expect(0, &[]);
    assert_eq!(lab.git(&lab.path("remote.git"), "rev-parse results^"), first);
    let changed = lab.git(&lab.path("remote.git"), "diff --name-status results^ results");
    assert!(changed.lines().all(|line| line.starts_with("A\t") && line.contains("/0194/")), "{changed}");
    assert_eq!(changed.lines().count(), 8);
}

#[test]
fn the_same_bytes_again_are_nothing_to_do() {
    let lab = lab();
    run(&lab, "0193");
    publish(&lab, "one", "../0193").expect(0, &[]);
    run(&lab, "0194");
    publish(&lab, "one", "../0194").expect(0, &[]);
    let tip = lab.git(&lab.path("remote.git"), "rev-parse results");
    publish(&lab, "one", "../0193").expect(0, &["results of origin has", "already: nothing to do"]);
    let again = publish(&lab, "one", "../0193 --format json");
    assert_eq!(again.expect(0, &[]).field("state"), "same");
    assert_eq!(lab.git(&lab.path("remote.git"), "rev-parse results"), tip);
}

#[test]
fn the_same_run_with_other_bytes_is_refused() {
    let lab = lab();
    run(&lab, "0193");
    publish(&lab, "one", "../0193").expect(0, &[]);
    let mut other = files("0193");
    other.insert("result.json".to_owned(), b"{\"grade\": \"suspect\"}".to_vec());
    other.remove("trial-1/attempt-1/k6.log");
    other.insert("trial-1/attempt-2/k6.log".to_owned(), b"x".to_vec());
    write(&lab, "other", &other);
    let tip = lab.git(&lab.path("remote.git"), "rev-parse results");
    let wanted = "results of origin has the run 0193 with other bytes in result.json, trial-1/attempt-1/k6.log, \
                  trial-1/attempt-2/k6.log";
    publish(&lab, "one", "../other").expect(2, &[wanted]);
    assert_eq!(lab.git(&lab.path("remote.git"), "rev-parse results"), tip);
}

#[test]
fn a_run_that_has_not_ended_is_added_only_when_asked_and_ends_later() {
    let lab = lab();
    let mut files = files("0193");
    let result = files.remove("result.json").expect("a result");
    let folder = write(&lab, "0193", &files);
    publish(&lab, "one", "../0193").expect(2, &["has no result.json: the run has not ended", "--unfinished"]);
    let said = publish(&lab, "one", "../0193 --unfinished --format json");
    assert_eq!(said.expect(0, &[]).field("grade"), serde_json::Value::Null);
    let message = lab.git(&lab.path("remote.git"), "log -1 --format=%B%at results");
    assert!(message.contains("trial 2: unfinished\n") && message.contains("\nGrade: unfinished\n"), "{message}");
    assert!(message.ends_with(&ENDED.to_string()), "the time of the last event: {message}");
    std::fs::write(folder.join("result.json"), result).expect("a file");
    publish(&lab, "one", "../0193").expect(0, &["published"]);
    let listed =
        lab.git(&lab.path("remote.git"), "ls-tree -d --name-only results replicas/0123456789ab/uor-average/trial-2/");
    assert_eq!(listed.lines().count(), 2, "{listed}");
}

#[test]
fn what_is_too_large_is_named_instead() {
    let lab = lab();
    let mut files = files("0193");
    let large = vec![7; 2_500_000];
    files.insert("trial-1/attempt-1/samples.json.gz".to_owned(), large);
    write(&lab, "0193", &files);
    let said = publish(&lab, "one", "../0193 --largest 2 --format json");
    let left = said.expect(0, &[]).field("left_out");
    let digest = lab.digest("0193/trial-1/attempt-1/samples.json.gz");
    assert_eq!(left[0]["bytes"], 2_500_000);
    assert_eq!(left[0]["sha256"], digest.as_str());
    let found = branch(&lab, "remote.git", "results");
    let told = String::from_utf8_lossy(&found[&format!("{FOLDER}/left-out.json")]).into_owned();
    assert!(told.contains(&digest) && told.contains("trial-1/attempt-1/samples.json.gz"), "{told}");
    assert!(!found.contains_key(&format!("{FOLDER}/trial-1/attempt-1/samples.json.gz")));
    assert_eq!(found.len(), 8);
    publish(&lab, "one", "../0193 --largest 2").expect(0, &["nothing to do"]);
    publish(&lab, "one", "../0193")
        .expect(2, &["with other bytes in left-out.json, trial-1/attempt-1/samples.json.gz"]);
}

#[test]
fn another_branch_and_runs_of_no_experiment() {
    let lab = lab();
    let mut files = files("mine");
    files.insert(
        "run.json".to_owned(),
        br#"{"id": "mine", "endpoint": "fs", "profile": "soak", "trials": [1, 2, 3]}"#.to_vec(),
    );
    write(&lab, "mine", &files);
    publish(&lab, "one", "../mine --branch kept/results").expect(0, &["add local/no-commit/fs-soak/mine"]);
    let message = lab.git(&lab.path("remote.git"), "log -1 --format=%B kept/results");
    assert!(!message.contains("Trial:") && !message.contains("Experiment:"), "{message}");
}
