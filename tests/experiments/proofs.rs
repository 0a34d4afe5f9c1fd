//! The one-variable proof: it holds for what was made, and fails for everything that was planted.

use ahuora::experiment::{Branches, Experiment, Found, Governed, LOCK, Locks, Proof, Variant, prove, survey};
use serde_json::json;

use crate::setup::{base, experiment, show};

const BASE: &str = "00112233445566778899aabbccddeeff00112233";

const GRID: &str = "variables:\n  cpu: {sets: [services.django-api.resources.requests.cpu, services.idaes.resources.requests.cpu], levels: [750m, 1500m]}\n  target: {sets: services.django-api.scaling.autoscaler.targetUtilization, levels: [25, 50]}\ndesign: grid\n";

/// The branches of an experiment, as git would hold them.
fn made(experiment: &Experiment) -> Vec<Found> {
    let base = base();
    let (unchanged, governed) = (base.unchanged(), Governed::of(&base, experiment).unwrap());
    let branches = Branches::of(experiment, &unchanged, &governed, Locks::of(experiment, BASE, &json!({})).unwrap());
    let mut found = Vec::new();
    let work = |index: usize, variant: &Variant, digest| {
        branches.branch(&experiment.permutations[index], variant, digest).unwrap()
    };
    let survey = survey(&base, experiment, work, |index, branch| {
        found.push(Found {
            branch: branch.name,
            commit: format!("{index:040x}"),
            parents: vec![BASE.to_owned()],
            message: branch.message,
            changes: branch.files.into_iter().map(|(path, text)| (path.to_string(), text)).collect(),
        });
    });
    survey.unwrap_or_else(|problems| panic!("{}", show(&problems)));
    found
}

fn proof(experiment: &Experiment, branches: &[Found]) -> Proof {
    prove(experiment, &base(), BASE, branches).unwrap_or_else(|problems| panic!("{}", show(&problems)))
}

fn told(proof: &Proof) -> String {
    let line = |fault: &ahuora::experiment::Fault| {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        format!("{} {}#{}: {}", part(&fault.permutation), part(&fault.file), part(&fault.pointer), fault.message)
    };
    proof.faults.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_was_made_is_proved() {
    let experiment = experiment(GRID);
    let proof = proof(&experiment, &made(&experiment));
    assert_eq!(told(&proof), "");
    assert!(proof.masked.is_some());
    let places = |variable: usize| -> Vec<String> {
        proof.variables[variable].places.iter().map(|(place, _)| place.to_string()).collect()
    };
    assert_eq!(
        places(0),
        [
            "manifests/production/django-api/deployment.yaml#/spec/template/spec/containers/0/resources/requests/cpu",
            "manifests/production/idaes/deployment.yaml#/spec/template/spec/containers/0/resources/requests/cpu",
        ]
    );
    assert_eq!(
        places(1),
        [
            "manifests/production/django-api/horizontalpodautoscaler.yaml#/spec/metrics/0/resource/target/averageUtilization"
        ]
    );
    let (_, values) = &proof.variables[1].places[0];
    assert_eq!(format!("{values:?}"), r#"{"25": {"25"}, "50": {"50"}}"#);
    assert!(proof.images.iter().any(|image| image.contains("django-api")));
}

/// A block that is there or not: the whole autoscaler is one variable.
#[test]
fn a_block_is_proved_as_one_variable() {
    let experiment = experiment(
        "variables:\n  scaling:\n    sets: services.django-api.scaling\n    levels:\n      fixed: {replicas: 2}\n      auto: {autoscaler: {minReplicas: 1, maxReplicas: 4, targetUtilization: 50}}\ndesign: grid\n",
    );
    let proof = proof(&experiment, &made(&experiment));
    assert_eq!(told(&proof), "");
    let places: Vec<String> = proof.variables[0].places.iter().map(|(place, _)| place.to_string()).collect();
    assert!(places.contains(&"manifests/production/django-api/horizontalpodautoscaler.yaml#".to_owned()), "{places:?}");
    assert!(
        places.contains(&"manifests/production/django-api/deployment.yaml#/spec/replicas".to_owned()),
        "{places:?}"
    );
}

/// A minimum above its maximum cannot be rendered alone: the two are proved together.
#[test]
fn variables_that_cannot_change_alone_are_proved_together() {
    let experiment = experiment(
        "variables:\n  least: {sets: services.django-api.scaling.autoscaler.minReplicas, levels: [1, 6]}\n  most: {sets: services.django-api.scaling.autoscaler.maxReplicas, levels: [4, 8]}\ndesign: zip\n",
    );
    assert_eq!(told(&proof(&experiment, &made(&experiment))), "");
}

type Plant = fn(&mut Vec<Found>);

fn edit(found: &mut [Found], branch: usize, path: &str, from: &str, to: &str) {
    let changes = &mut found[branch].changes;
    let change = changes.iter_mut().find(|(own, _)| own.ends_with(path)).unwrap_or_else(|| panic!("no {path}"));
    let text = String::from_utf8(change.1.as_ref().expect("a text").to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {path}");
    change.1 = Some(text.replace(from, to).into_bytes().into());
}

/// What is planted, and what is told of it: all of these.
const PLANTED: &[(&str, Plant, &[&str])] = &[
    (
        "a hand edit of a place that no variable governs",
        |found| edit(found, 1, "django-api/deployment.yaml", "memory: 512Mi", "memory: 513Mi"),
        &[
            "cpu-750m-target-50 manifests/production/django-api/deployment.yaml#/spec/template/spec/containers/0/resources/requests/memory: is \"513Mi\", and the design says \"512Mi\"",
            "cpu-750m-target-50 #: differs from the others outside of what the variables govern",
        ],
    ),
    (
        "a hand edit of a level",
        |found| {
            edit(
                found,
                2,
                "django-api/horizontalpodautoscaler.yaml",
                "averageUtilization: 25",
                "averageUtilization: 26",
            );
        },
        &[
            "cpu-1500m-target-25 manifests/production/django-api/horizontalpodautoscaler.yaml#/spec/metrics/0/resource/target/averageUtilization: is 26, and the design says 25",
            "#/spec/metrics/0/resource/target/averageUtilization: is 25 and 26 in permutations of the same level",
        ],
    ),
    (
        "an image bump on one branch",
        |found| edit(found, 3, "idaes/deployment.yaml", "idaes-worker:0.0.10", "idaes-worker:0.0.11"),
        &[
            "cpu-1500m-target-50 manifests/production/idaes/deployment.yaml#/spec/template/spec/containers/0/image",
            "the image ahuora/idaes-worker:0.0.11 is not in every branch",
        ],
    ),
    (
        "a moved base",
        |found| found[0].parents = vec!["ff".repeat(20)],
        &["cpu-750m-target-25 #: begins at ffffffffffff, and the others at 001122334455", "says base"],
    ),
    ("a merge", |found| found[0].parents.push("ff".repeat(20)), &["its commit has 2 parents, not one"]),
    ("a branch that is gone", |found| drop(found.remove(1)), &["cpu-750m-target-50 #: has no branch"]),
    (
        "a branch of nobody",
        |found| {
            let mut other = found[0].clone();
            other.branch.push('x');
            found.push(other);
        },
        &["is no permutation of the design"],
    ),
    (
        "another file",
        |found| found[2].changes.push(("platform.yaml".to_owned(), Some(b"name: other\n".as_slice().into()))),
        &["cpu-1500m-target-25 platform.yaml#: is changed, and no variable governs it"],
    ),
    (
        "a resource that is gone",
        |found| found[2].changes.push(("manifests/production/idaes/service.yaml".to_owned(), None)),
        &["manifests/production/idaes/service.yaml#: is missing", "differs from the others"],
    ),
    (
        "a change that was not made",
        |found| found[3].changes.retain(|(path, _)| !path.ends_with("idaes/deployment.yaml")),
        &["idaes/deployment.yaml#/spec/template/spec/containers/0/resources/requests/cpu"],
    ),
    ("no lock", |found| found[0].changes.retain(|(path, _)| path != LOCK), &["experiment.lock.yaml#: is missing"]),
    (
        "a lock of another base",
        |found| edit(found, 0, LOCK, BASE, &"ee".repeat(20)),
        &["experiment.lock.yaml#: says base eeee"],
    ),
    (
        "a lock of other overrides",
        |found| edit(found, 0, LOCK, "requests.cpu: 750m", "requests.cpu: 600m"),
        &["has other overrides than the design"],
    ),
    (
        "a message of another digest",
        |found| found[0].message = found[0].message.replace("Manifest-Digest: ", "Manifest-Digest: 0"),
        &["says the trailer Manifest-Digest 0"],
    ),
    (
        "a file that is no YAML",
        |found| edit(found, 0, "django-api/deployment.yaml", "apiVersion: apps/v1", "apiVersion: {"),
        &["django-api/deployment.yaml#: is no YAML"],
    ),
];

#[test]
fn everything_that_is_planted_is_found_with_its_place() {
    let experiment = experiment(GRID);
    let whole = made(&experiment);
    for (what, plant, expected) in PLANTED {
        let mut branches = whole.clone();
        plant(&mut branches);
        let text = told(&proof(&experiment, &branches));
        for part in *expected {
            assert!(text.contains(part), "{what}: `{part}` is not in:\n{text}");
        }
    }
}

/// Comments, order of keys and quoting say nothing.
#[test]
fn another_layout_is_no_fault() {
    let experiment = experiment(GRID);
    let mut branches = made(&experiment);
    edit(&mut branches, 1, "django-api/deployment.yaml", "memory: 512Mi", "memory: \"512Mi\"  # half a gibibyte");
    assert_eq!(told(&proof(&experiment, &branches)), "");
}

/// The same design on the same base says the same; another level says something else.
#[test]
fn branches_depend_on_nothing_but_design_and_base() {
    let experiment = experiment(GRID);
    assert_eq!(made(&experiment), made(&experiment));
    let digests: std::collections::BTreeSet<Vec<u8>> =
        made(&experiment).iter().map(|found| format!("{:?}", found.changes).into_bytes()).collect();
    assert_eq!(digests.len(), 4);
}
