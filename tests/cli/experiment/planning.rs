//! What a design would do: `list` and `plan`.

use serde_json::json;

use super::lab::{Lab, UOR, without_digests};

#[test]
fn all_designs_are_listed() {
    let lab = Lab::files();
    insta::assert_snapshot!(lab.run(&["list"]).expect_code(0), @r"
    exit code 0
    --- stdout
    minimum-replicas-fs     3 permutations    18 runs    2.3 h  How does the minimum number of django-api and idaes pods change response time and throughput of flowsheet solving?
    minimum-replicas-uor    3 permutations    18 runs    2.3 h  How does the minimum number of django-api pods change response time and throughput of unit operation retrieval?
    replica-count-fs        7 permutations    84 runs   12.6 h  How do the numbers of django-api and idaes pods change response time and throughput of flowsheet solving?
    replica-count-uor       4 permutations    48 runs    7.2 h  How does the number of django-api pods change response time and throughput of unit operation retrieval?
    resource-target        12 permutations   144 runs   18.0 h  How do CPU request and target utilisation change response time, throughput and the number of pods?
    scale-up-limit          4 permutations    48 runs    6.0 h  How does the pace at which pods are added change response time and throughput under a sudden load?
    --- stderr
    ");
    let json = lab.run(&["list", "--format", "json"]).json();
    let all = json["experiments"].as_array().unwrap();
    assert_eq!(all.len(), 6);
    let one = all.iter().find(|one| one["name"] == UOR).unwrap();
    let numbers = (&one["permutations"], &one["runs"], &one["load_seconds"], &one["group"], &one["environment"]);
    assert_eq!(numbers, (&json!(4), &json!(48), &json!(25_920), &json!("tables"), &json!("production")));
    // What is below a folder, or no design, is none.
    lab.env.write("experiments/old/more.yaml", "a: 1\n");
    lab.env.write("experiments/notes.txt", "a: 1\n");
    assert_eq!(lab.run(&["list", "--format", "json"]).json(), json);
    for name in all.iter().map(|one| one["name"].as_str().unwrap()) {
        lab.env.remove(&format!("experiments/{name}.yaml"));
    }
    lab.run(&["list"]).expect_code(0).expect_said(&["there is no design in experiments/"]);
}

#[test]
fn one_design_is_planned() {
    let lab = Lab::files();
    let plan = lab.run(&["plan", UOR]).expect_code(0);
    assert_eq!(plan.stderr, "");
    insta::assert_snapshot!(without_digests(&plan.stdout), @r"
    replica-count-uor: How does the number of django-api pods change response time and throughput of unit operation retrieval?

      replicas-1  (digest)  replicas=1
      replicas-2  (digest)  replicas=2
      replicas-4  (digest)  replicas=4
      replicas-8  (digest)  replicas=8

      4 permutations; endpoints uor; profiles average, stress, spike, breakpoint; 3 trials
      48 runs, 7.2 h of load
      order interleaved (seed 307): 11 deployments, 7.8 h with 180 s to settle after each
    ");
    let runs = lab.run(&["plan", UOR, "--runs"]).expect_code(0).stdout;
    let (told, runs) = runs.split_at(plan.stdout.len());
    assert_eq!(told, plan.stdout);
    let head: Vec<&str> = runs.lines().take(16).collect();
    insta::assert_snapshot!(head.join("\n"), @r"
     1 * replicas-2  uor stress trial 1  630 s
     2   replicas-2  uor breakpoint trial 1  630 s
     3   replicas-2  uor spike trial 1  270 s
     4   replicas-2  uor average trial 1  630 s
     5 * replicas-8  uor spike trial 1  270 s
     6   replicas-8  uor average trial 1  630 s
     7   replicas-8  uor breakpoint trial 1  630 s
     8   replicas-8  uor stress trial 1  630 s
     9 * replicas-4  uor average trial 1  630 s
    10   replicas-4  uor spike trial 1  270 s
    11   replicas-4  uor breakpoint trial 1  630 s
    12   replicas-4  uor stress trial 1  630 s
    13 * replicas-1  uor breakpoint trial 1  630 s
    14   replicas-1  uor spike trial 1  270 s
    15   replicas-1  uor stress trial 1  630 s
    ");
    let marked = runs.lines().filter(|line| line.contains(" * replicas-")).count();
    assert_eq!((runs.lines().filter(|line| line.contains("trial")).count(), marked), (48, 11));
}

#[test]
fn the_plan_of_a_design_as_json() {
    let json = Lab::files().run(&["plan", UOR, "--format", "json"]).expect_code(0).json();
    let sum = json!({
        "permutations": 4, "runs": 48, "load_seconds": 25_920, "deployments": 11, "settling_seconds": 11 * 180,
    });
    assert_eq!(json["sum"], sum);
    assert_eq!((&json["findings"], &json["excluded"]), (&json!([]), &json!([])));
    let names: Vec<_> = json["permutations"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["replicas-1", "replicas-2", "replicas-4", "replicas-8"]);
    let runs = json["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["seconds"].as_u64().unwrap()).sum::<u64>(), 25_920);
    // Each combination once in each of three trials.
    let mut each: Vec<String> = runs
        .iter()
        .map(|run| format!("{} {} {} {}", run["permutation"], run["endpoint"], run["profile"], run["trial"]))
        .collect();
    each.sort();
    each.dedup();
    assert_eq!(each.len(), 48);
}

#[test]
fn all_designs_are_planned_together() {
    let lab = Lab::files();
    insta::assert_snapshot!(lab.run(&["plan", "--all"]).expect_code(0), @r"
    exit code 0
    --- stdout
                            permutations   runs      load  deployments  with them
      scale-up-limit                   4     48     6.0 h           12      6.6 h
    additional                         4     48     6.0 h           12      6.6 h
      minimum-replicas-fs              3     18     2.3 h            9      2.7 h
      minimum-replicas-uor             3     18     2.3 h            8      2.7 h
      replica-count-fs                 7     84    12.6 h           21     13.7 h
      replica-count-uor                4     48     7.2 h           11      7.8 h
      resource-target                 12    144    18.0 h           36     19.8 h
    tables                            29    312    42.3 h           85     46.6 h
    one deployment can serve: replica-count-fs/django-1-idaes-1, replica-count-uor/replicas-1
    one deployment can serve: minimum-replicas-fs/minimum-1, minimum-replicas-uor/minimum-1, scale-up-limit/pace-kubernetes
    --- stderr
    ");
    let json = lab.run(&["plan", "--all", "--format", "json"]).expect_code(0).json();
    let tables = json["groups"].as_array().unwrap().iter().find(|group| group["name"] == "tables").unwrap();
    let sum = (&tables["sum"]["permutations"], &tables["sum"]["runs"], &tables["sum"]["load_seconds"]);
    assert_eq!(sum, (&json!(29), &json!(312), &json!(152_280)));
    assert_eq!(json["experiments"].as_array().unwrap().len(), 6);
    let meetings: Vec<_> =
        json["meetings"].as_array().unwrap().iter().map(|one| one["permutations"].as_array().unwrap()).collect();
    assert_eq!(meetings.len(), 2);
    assert!(meetings.iter().any(|one| **one == ["replica-count-fs/django-1-idaes-1", "replica-count-uor/replicas-1"]));
    lab.run(&["plan"]).expect_code(2);
    lab.run(&["plan", UOR, "--all"]).expect_code(2);
}

#[test]
fn a_permutation_that_cannot_be_scheduled() {
    let lab = Lab::new();
    lab.design(
        "variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [500m, 64]}\ndesign: grid\n",
    );
    let plan = lab.run(&["plan", "test"]).expect_code(1);
    insta::assert_snapshot!(without_digests(&plan.stdout), @r"
    test: Which?

      cpu-500m  (digest)  cpu=500m
      cpu-64    (digest)  cpu=64

      2 permutations; endpoints uor; profiles spike; 3 trials
      6 runs, 0.5 h of load
      order as written: 2 deployments, 0.6 h with 180 s to settle after each
    finding capacity: test/cpu-64: Deployment/django-api: 8 of its 8 pods would stay Pending: each requests 64 CPU and 512Mi memory, and the 7 nodes (1 control) cannot hold them beside everything else; lower `scaling` or `resources.requests`
    ");
    let findings = lab.run(&["plan", "test", "--format", "json"]).expect_code(1).json()["findings"].clone();
    assert_eq!((findings.as_array().unwrap().len(), &findings[0]["permutation"]), (1, &json!("cpu-64")));
    assert_eq!(findings[0]["rule"], "capacity");
    lab.run(&["plan", "--all"]).expect_code(1);
    let before = lab.env.contents();
    let branch = lab.run(&["branch", "test"]).expect_code(1);
    assert!(branch.stdout.starts_with("finding capacity: test/cpu-64: Deployment/django-api: "), "{branch}");
    branch.expect_said(&["no branch was made", "`exclude`"]);
    assert_eq!(before.changes(&lab.env.contents()), [""; 0]);
    // Without that row it is made.
    lab.design("variables:\n  cpu: {sets: services.django-api.resources.requests.cpu, levels: [500m, 64]}\ndesign: grid\nexclude: [{where: {cpu: 64}, reason: no node is as large}]\n");
    lab.run(&["branch", "test"]).expect_code(0);
    assert_eq!(lab.branches("").len(), 1);
}
