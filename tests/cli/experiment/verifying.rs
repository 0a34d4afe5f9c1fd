//! The proof, and what speaks against it.

use super::lab::{Lab, UOR, without_digests};

const DEPLOYMENT: &str = "manifests/production/django-api/deployment.yaml";
const CPU: &str = "#/spec/template/spec/containers/0/resources/requests/cpu is \"600m\", and the design says \"500m\"";

fn branch(name: &str) -> String {
    format!("experiment/{UOR}/{name}")
}

/// The faults of the experiment, which is not proved; its JSON tells as many.
#[track_caller]
fn faults(lab: &Lab) -> Vec<String> {
    let output = lab.run(&["verify", UOR]).expect_code(1);
    output.expect_said(&["not proved: "]);
    let lines = output.stdout.lines().filter_map(|line| line.strip_prefix("fault: "));
    let faults: Vec<String> = lines.map(str::to_owned).collect();
    let json = lab.run(&["verify", UOR, "--format", "json"]).expect_code(1).json();
    assert_eq!((json["faults"].as_array().unwrap().len(), &json["holds"]), (faults.len(), &false.into()));
    faults
}

/// Fails unless there is a fault with all of these.
#[track_caller]
fn has(faults: &[String], words: &[&str]) {
    assert!(faults.iter().any(|fault| words.iter().all(|word| fault.contains(word))), "{words:?}\n{faults:#?}");
}

#[test]
fn branches_as_they_were_made_are_proved() {
    let lab = Lab::branched();
    let output = lab.run(&["verify", UOR, "--proof", "../proof.json"]).expect_code(0);
    output.expect_said(&["proved: 4 branches of replica-count-uor differ in nothing but replicas"]);
    let head: Vec<&str> = output.stdout.lines().take(8).collect();
    insta::assert_snapshot!(without_digests(&head.join("\n")), @r"
    replicas-1  commit (digest)  manifests (digest)
    replicas-2  commit (digest)  manifests (digest)
    replicas-4  commit (digest)  manifests (digest)
    replicas-8  commit (digest)  manifests (digest)

    replicas (services.django-api.scaling.replicas) moves
      manifests/production/django-api/deployment.yaml#/spec/replicas
          1: 1, 2: 2, 4: 4, 8: 8
    ");
    let json = lab.run(&["verify", UOR, "--format", "json"]).expect_code(0);
    assert_eq!(lab.env.read("../proof.json"), json.stdout);
    let json = json.json();
    assert_eq!((&json["holds"], json["faults"].as_array().unwrap().len()), (&true.into(), 0));
    assert_eq!(json["base"].as_str().unwrap(), lab.git(&["rev-parse", "main"]));
    let commits = json["permutations"].as_array().unwrap().iter();
    let commits: Vec<String> = commits
        .map(|one| format!("{} {}", branch(one["name"].as_str().unwrap()), one["commit"].as_str().unwrap()))
        .collect();
    assert_eq!(commits, lab.branches(""));
    let places: Vec<&str> =
        json["variables"][0]["places"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert_eq!(places, ["/spec/replicas", "/spec/template/spec/topologySpreadConstraints", ""]);
    // `main` goes on, and the working copy is of no account.
    lab.advance();
    lab.env.write(DEPLOYMENT, "a: 1\n");
    lab.run(&["verify", UOR]).expect_code(0).expect_said(&["proved: 4 branches"]);
}

#[test]
fn an_edit_by_hand_is_found_on_top_and_in_place() {
    for amend in [false, true] {
        let lab = Lab::branched();
        lab.change(&branch("replicas-4"), amend, DEPLOYMENT, |text| text.replace("cpu: 500m", "cpu: 600m"));
        let faults = faults(&lab);
        has(&faults, &["replicas-4: ", DEPLOYMENT, CPU]);
        has(&faults, &["replicas-4: differs from the others outside of what the variables govern"]);
        has(&faults, &["replicas-4: experiment.lock.yaml", "says manifests ", "and the branch holds "]);
        assert_eq!(faults.iter().any(|fault| fault.starts_with("replicas-4: begins at ")), !amend);
        assert!(faults.iter().all(|fault| fault.starts_with("replicas-4: ")), "{faults:#?}");
        // What GitHub would be told is refused too.
        lab.run(&["open", UOR]).expect_code(2).expect_said(&["is not proved", "ahuora experiment verify"]);
    }
}

#[test]
fn an_image_of_one_branch_alone() {
    let lab = Lab::branched();
    lab.change(&branch("replicas-8"), true, DEPLOYMENT, |text| {
        text.replace("image: ahuora/django-api:", "image: ahuora/django-api:9")
    });
    let faults = faults(&lab);
    has(&faults, &["replicas-8: ", DEPLOYMENT, "#/spec/template/spec/containers/0/image is \"ahuora/django-api:9"]);
    has(&faults, &["the image ahuora/django-api:9", "is not in every branch"]);
}

#[test]
fn a_level_that_is_not_that_of_the_design() {
    let lab = Lab::branched();
    lab.change(&branch("replicas-8"), true, DEPLOYMENT, |text| text.replacen("replicas: 8", "replicas: 4", 1));
    let faults = faults(&lab);
    has(&faults, &["replicas-8: ", DEPLOYMENT, "#/spec/replicas is 4, and the design says 8"]);
    has(&faults, &["nothing moves between the levels", "\"4\"", "\"8\""]);
}

#[test]
fn files_that_no_variable_governs() {
    let lab = Lab::branched();
    lab.change(&branch("replicas-1"), true, "README.md", |text| format!("{text}more\n"));
    lab.change(&branch("replicas-2"), true, "experiment.lock.yaml", |text| text.replace("replicas: 2", "replicas: 3"));
    lab.change(&branch("replicas-4"), true, DEPLOYMENT, |_| "{\n".to_owned());
    let faults = faults(&lab);
    has(&faults, &["replicas-1: README.md is changed, and no variable governs it"]);
    has(&faults, &["replicas-2: experiment.lock.yaml has other overrides than the design"]);
    has(&faults, &["replicas-4: ", DEPLOYMENT, "is no YAML (line "]);
}

#[test]
fn branches_that_are_elsewhere_missing_or_unknown() {
    let lab = Lab::branched();
    lab.advance();
    let (tree, message) = (format!("{}^{{tree}}", branch("replicas-1")), "-mexperiment");
    let moved = lab.git(&["commit-tree", &tree, "-p", "main", message]);
    lab.git(&["update-ref", &format!("refs/heads/{}", branch("replicas-1")), &moved]);
    lab.git(&["branch", "--delete", "--force", &branch("replicas-2")]);
    lab.git(&["branch", &branch("replicas-16"), "main~1"]);
    let faults = faults(&lab);
    let short = |revision: &str| lab.git(&["rev-parse", revision])[..12].to_owned();
    let elsewhere = format!("replicas-1: begins at {}, and the others at {}", short("main"), short("main~1"));
    has(&faults, &[&elsewhere]);
    has(&faults, &["replicas-2: has no branch: run `ahuora experiment branch`"]);
    has(&faults, &["experiment/replica-count-uor/replicas-16 is no permutation of the design"]);
    has(&faults, &["replicas-1: experiment.lock.yaml says base "]);
    has(&faults, &["replicas-1: experiment.lock.yaml stands in a commit without trailers"]);
    // Without any branch, every permutation is missing.
    lab.run(&["verify", "replica-count-fs"]).expect_code(1).expect_said(&["not proved: 7 faults"]);
}

#[test]
fn a_design_that_changed_since() {
    let lab = Lab::branched();
    let design = "experiments/replica-count-uor.yaml";
    let text = lab.env.read(design);
    lab.env.write(design, text.replace("trials: 3", "trials: 4"));
    let faults = faults(&lab);
    assert_eq!(faults.len(), 4, "{faults:#?}");
    assert!(faults.iter().all(|fault| fault.contains("experiment.lock.yaml says design ")), "{faults:#?}");
    // What does not change its meaning changes nothing.
    lab.env.write(design, format!("# A remark.\n{text}"));
    lab.run(&["verify", UOR]).expect_code(0);
}
