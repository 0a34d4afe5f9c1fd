//! `ahuora init`: a new repository that works at once.

use crate::env::TestEnv;

#[test]
fn a_new_repository_checks_and_generates() {
    let env = TestEnv::empty();
    let made = env.run(&["init", "new"]).expect_code(0);
    insta::assert_snapshot!(made, @r"
    exit code 0
    --- stdout
    create platform.yaml
    create README.md
    create renovate.json
    create .gitignore
    create .gitattributes
    create .checkov.yaml
    create .github/actions/ahuora/action.yml
    create .github/workflows/manifests.yml
    create .github/workflows/manifest-diff.yml
    create .github/workflows/renovate-generate.yml
    create .github/workflows/bump.yml
    create .github/workflows/load-test.yml
    create experiments/README.md
    create experiments/load/fixture.yaml
    create experiments/load/load.yaml
    create experiments/minimum-replicas-fs.yaml
    create experiments/minimum-replicas-uor.yaml
    create experiments/replica-count-fs.yaml
    create experiments/replica-count-uor.yaml
    create experiments/resource-target.yaml
    create experiments/scale-up-limit.yaml
    create platform.schema.json
    create experiment.schema.json
    create load.schema.json
    create fixture.schema.json
    create release.schema.json
    --- stderr
    edit new/platform.yaml, then run: ahuora generate --repo new
    ");
    env.run_in("new", &["check"]).expect_code(0);
    let first = env.run_in("new", &["generate"]).expect_code(0);
    assert!(first.lines().contains(&"update README.md"), "{first}");
    env.run_in("new", &["generate", "--check"]).expect_code(0);
    for name in ["platform", "experiment", "load", "fixture"] {
        let schema = env.run(&["schema", name]).stdout;
        assert!(env.read(&format!("new/{name}.schema.json")) == schema, "{name}");
    }
    // The designs are there to be used, and none has a finding.
    env.run_in("new", &["experiment", "plan", "--all"]).expect_code(0);
}

#[test]
fn folders_on_the_way_are_made() {
    let env = TestEnv::empty();
    env.run(&["init", "a/b/c"]).expect_code(0);
    assert!(env.has("a/b/c/platform.yaml"));
}

#[test]
fn an_empty_folder_or_a_fresh_git_repository_will_do() {
    for present in ["new", "new/.git/objects"] {
        let env = TestEnv::empty();
        env.folder(present);
        env.run(&["init", "new"]).expect_code(0);
    }
    let env = TestEnv::empty();
    env.write("new/.git/HEAD", "ref: refs/heads/main\n");
    env.run(&["init", "new"]).expect_code(0);
    assert_eq!(env.read("new/.git/HEAD"), "ref: refs/heads/main\n");
}

#[test]
fn the_present_folder_will_do() {
    let env = TestEnv::empty();
    env.folder("new");
    env.run_in("new", &["init", "."]).expect_code(0);
    env.run_in("new", &["check"]).expect_code(0);
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let env = TestEnv::empty();
    env.write("new/notes.txt", "mine");
    let before = env.contents();
    insta::assert_snapshot!(env.run(&["init", "new"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: new is not empty (it has notes.txt): nothing was written
    hint: name a folder that does not exist yet
    ");
    assert_eq!(before.changes(&env.contents()), [""; 0]);
}

#[test]
fn a_file_in_its_place_is_refused() {
    let env = TestEnv::empty();
    env.write("new", "mine");
    env.run(&["init", "new"]).expect_code(2).expect_said(&["new is not a folder"]);
    env.run(&["init", "new/below"]).expect_code(3).expect_said(&["new/below"]);
    assert_eq!(env.read("new"), "mine");
}

#[test]
fn the_hint_after_a_refusal_fits_init() {
    let env = TestEnv::empty();
    env.write("new", "mine");
    let output = env.run(&["init", "new"]);
    assert!(!output.stderr.contains("--out"), "{output}");
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let env = TestEnv::empty();
    let before = env.contents();
    let dry = env.run(&["init", "new", "--dry-run"]).expect_code(0);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    dry.expect_said(&["nothing was written"]);
    let real = env.run(&["init", "new"]).expect_code(0);
    assert_eq!(dry.stdout, real.stdout);
}

#[test]
fn json_lists_the_files() {
    let env = TestEnv::empty();
    let json = env.run(&["init", "new", "--format", "json"]).expect_code(0).json();
    let created = json["created"].as_array().unwrap();
    assert!(created.contains(&"platform.yaml".into()));
    assert!(created.iter().all(|path| env.has(&format!("new/{}", path.as_str().unwrap()))));
    assert_eq!(json["written"], true);
}
