//! Work of the user in the working folder: what is in the way is refused, and the rest stays as it is.

use crate::bump::lab::Lab;

const DEPLOYMENT: &str = "manifests/production/django-api/deployment.yaml";

#[test]
fn other_work_stays_as_it_is_staged_or_not() {
    let lab = Lab::new();
    lab.write("staged.txt", "staged\n");
    lab.git(&["add", "staged.txt"]);
    lab.write("staged.txt", "staged, and changed again\n");
    lab.write("experiments/load/load.yaml", &(lab.read("experiments/load/load.yaml") + "# changed\n"));
    lab.write("untracked.txt", "untracked\n");
    lab.write("manifests/of-somebody.yaml", "a: 1\n");
    let state = || (lab.git(&["status", "--porcelain"]), lab.git(&["diff", "--cached"]), lab.read("staged.txt"));
    let before = state();
    lab.bump(&["django-api", "0.0.18"]).code(0);
    assert_eq!(state(), before);
    let files = lab.git(&["show", "--format=", "--name-only", "HEAD"]);
    let files: Vec<&str> = files.lines().collect();
    assert_eq!(files, ["README.md", "compose.yaml", DEPLOYMENT, "platform.yaml"]);
}

#[test]
fn uncommitted_work_in_the_way_is_refused() {
    let version = |text: &str| text.replace("ahuora/django-api:0.0.17", "ahuora/django-api:0.0.18");
    for (file, change) in [
        ("platform.yaml", "# mine\n"),
        (DEPLOYMENT, "# mine\n"),
        ("manifests/production/frontend/deployment.yaml", "# mine\n"),
        ("compose.yaml", "# mine\n"),
        ("README.md", "mine\n"),
    ] {
        for staged in [false, true] {
            let lab = Lab::new();
            lab.write(file, &(lab.read(file) + change));
            if staged {
                lab.git(&["add", file]);
                // Staged, and in the working folder as it was committed.
                lab.git(&["restore", "--source=HEAD", "--worktree", file]);
            }
            let everything = lab.everything();
            let run = lab.bump(&["django-api", "0.0.18"]).code(2);
            run.says(&[file, "uncommitted changes: nothing was changed", "git stash push"]);
            assert_eq!((lab.everything(), run.stdout.as_str()), (everything, ""), "{file} {staged}");
        }
    }
    // The version that is asked for, and something besides.
    let lab = Lab::new();
    lab.write("platform.yaml", &(version(&lab.read("platform.yaml")) + "# mine\n"));
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["platform.yaml has uncommitted changes"]);
}

#[test]
fn what_is_not_generated_from_the_configuration_is_refused() {
    let lab = Lab::new();
    lab.edit("platform.yaml", "image: ahuora/frontend:0.0.9", "image: ahuora/frontend:0.0.8");
    lab.commit("forgotten to generate");
    let everything = lab.everything();
    let run = lab.bump(&["django-api", "0.0.18"]).code(2);
    run.says(&[
        "manifests/production/frontend/deployment.yaml",
        "is not what platform.yaml says: nothing was changed",
        "run `ahuora generate`",
    ]);
    assert_eq!(lab.everything(), everything);

    let lab = Lab::new();
    lab.git(&["rm", "--quiet", DEPLOYMENT]);
    lab.git(&["commit", "--quiet", "--message=removed"]);
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&[DEPLOYMENT, "is not what platform.yaml says"]);

    // A file of ours that is not generated any more, and nobody committed.
    let lab = Lab::new();
    std::fs::create_dir(lab.path("manifests/production/old")).unwrap();
    lab.write("manifests/production/old/service.yaml", &lab.read(DEPLOYMENT));
    lab.bump(&["django-api", "0.0.18"])
        .code(2)
        .says(&["manifests/production/old/service.yaml is not what platform.yaml says"]);
}

#[test]
fn what_is_wrong_with_the_new_version_stops_it_before_anything_is_written() {
    // No rule finds fault with a version; a patch that fits one version alone does.
    let lab = Lab::new();
    let patch = "\npatches:\n  - target: {environment: production, kind: Deployment, name: django-api}\n    reason: of one version\n    change: {json: [{op: test, path: /spec/template/spec/containers/0/image, value: \"ahuora/django-api:0.0.17\"}, {op: replace, path: /spec/revisionHistoryLimit, value: 7}]}\n";
    lab.write("platform.yaml", &(lab.read("platform.yaml") + patch));
    lab.run(&["generate"]).code(0);
    lab.commit("patched");
    let everything = lab.everything();
    lab.bump(&["django-api", "0.0.18"]).code(2).says(&["platform.yaml:", "patches[0]"]);
    assert_eq!(lab.everything(), everything);
}
