//! `ahuora load`.

mod server;
mod smoke;

use crate::env::{TestEnv, committed, replaced};

const FILE: &str = "experiments/load/load.yaml";

fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write(FILE, committed(FILE));
    env
}

#[test]
fn what_can_be_loaded() {
    insta::assert_snapshot!(env().run(&["load", "list"]), @r"
    exit code 0
    --- stdout
    endpoint  profile        seconds      peak  requests  virtual users  ends early
    fs        average            600       1/s       570      20 to 200
    fs        breakpoint         600      32/s      9600     110 to 200  above 100 virtual users
    fs        soak              3600       1/s      3420      20 to 200
    fs        spike              240       8/s       960     80 to 1000
    fs        stress             600       2/s      1140      20 to 200
    uor       average            600      15/s      8550      30 to 300
    uor       breakpoint         600     200/s     60000     110 to 200  above 100 virtual users
    uor       soak              3600      15/s     51300      30 to 300
    uor       spike              240      80/s      9600    160 to 1600
    uor       stress             600      30/s     17100      60 to 600
    --- stderr
    ");
}

#[test]
fn a_script_goes_to_stdout_or_into_a_file() {
    let env = env();
    let output = env.run(&["load", "script", "uor", "average"]).expect_code(0);
    assert_eq!(output.stderr, "");
    assert!(output.stdout.contains("        { duration: \"540s\", target: 15 },\n"), "{output}");
    let told = env.run(&["load", "script", "uor", "average", "-o", "script.js"]).expect_code(0);
    assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", "script.js: 8550 requests in 600 s\n"));
    assert_eq!(env.read("script.js"), output.stdout);
}

#[test]
fn all_scripts_go_into_a_folder() {
    let env = env();
    let before = env.contents();
    env.run(&["load", "script", "--all", "-o", "new/scripts", "--dry-run"])
        .expect_code(0)
        .expect_said(&["nothing was written"]);
    assert_eq!(before.changes(&env.contents()), [""; 0]);
    env.run(&["load", "script", "--all", "-o", "new/scripts"]).expect_code(0);
    for endpoint in ["fs", "uor"] {
        for profile in ["average", "breakpoint", "soak", "spike", "stress"] {
            let alone = env.run(&["load", "script", endpoint, profile]).expect_code(0).stdout;
            assert_eq!(env.read(&format!("new/scripts/{endpoint}-{profile}.js")), alone);
        }
    }
    let changes = before.changes(&env.contents());
    assert_eq!(changes.iter().filter(|change| change.ends_with(".js")).count(), 10, "{changes:?}");
}

#[test]
fn json_tells_what_a_script_does() {
    let env = env();
    let told =
        env.run(&["load", "script", "fs", "breakpoint", "--shorten", "60", "--format", "json"]).expect_code(0).json();
    let script = &told["scripts"][0];
    assert_eq!(script["stages"], serde_json::json!([{"milliseconds": 10_000, "target": 32}]));
    assert_eq!((&script["ideal_iterations"], &script["shortened"]), (&160.into(), &60.into()));
    assert_eq!(script["virtual_users"], serde_json::json!({"preallocated": 110, "most": 200}));
    let threshold = serde_json::json!([{"metric": "vus", "condition": "value<=100", "ends_the_trial": true}]);
    assert_eq!(script["thresholds"], threshold);
    assert_eq!(script["text"], env.run(&["load", "script", "fs", "breakpoint", "--shorten", "60"]).stdout);
    let all = env.run(&["load", "script", "--all", "--format", "json"]).expect_code(0).json();
    assert_eq!(all["scripts"].as_array().map(Vec::len), Some(10));
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let env = env();
    insta::assert_snapshot!(env.run(&["load", "script", "uro", "spik"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: there is no endpoint `uro`; did you mean `uor`? - there is no profile `spik`; did you mean `spike`?
    hint: the endpoints of experiments/load/load.yaml are: fs, uor; the profiles of experiments/load/load.yaml are: average, breakpoint, soak, spike, stress
    ");
    env.run(&["load", "script", "uor", "spik"])
        .expect_code(2)
        .expect_said(&["no profile `spik`", "did you mean `spike`?"]);
    env.run(&["load", "script", "uor"]).expect_code(2).expect_said(&["<PROFILE>"]);
    env.run(&["load", "script", "uor", "spike", "--shorten", "0"]).expect_code(2).expect_said(&["--shorten"]);
    env.run(&["load", "script", "uor", "spike", "-o", "none/script.js"])
        .expect_code(3)
        .expect_said(&["none/script.js"]);
}

#[test]
fn mistakes_of_the_file_are_told_at_once() {
    let env = env();
    let text = replaced(&committed(FILE), "path: /api/solve/idaes/", "path: /api/{solve}/");
    let text = replaced(&text, "rates: {uor: 80, fs: 8}", "rates: {uor: 0.5, fs: 8}");
    env.write(FILE, replaced(&text, "timeout: 60s\n    slowAnswer: 5s", "timeout: 60\n    slowAnswer: 5"));
    insta::assert_snapshot!(env.run(&["load", "list"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: experiments/load/load.yaml:32:11: endpoints.fs.path: `/api/{solve}/` has braces around something else than `{flowsheet}`: nothing else is filled in
    error: experiments/load/load.yaml:35:14: endpoints.fs.timeout: `60` is not a span of time: write `5s`, `10m` or `1h30m`
    error: experiments/load/load.yaml:36:17: endpoints.fs.slowAnswer: `5` is not a short span of time: write `250ms` or `5s`, at most an hour
    error: experiments/load/load.yaml:59:18: profiles.spike.rates.uor: `0.5` is not a rate: write a whole number of requests a second, `90/m` for one and a half of them, or `100/h`; at most 1000000
    error: experiments/load/load.yaml has 4 problems
    hint: nothing was written; `ahuora schema load` describes every key
    ");
    let text = replaced(&committed(FILE), "{preallocated: 110, most: 200}", "{preallocated: 100, most: 100}");
    env.write(FILE, replaced(&text, "method: GET", "method: GET\n    body: {}"));
    insta::assert_snapshot!(env.run(&["load", "script", "--all"]), @r"
    exit code 2
    --- stdout
    --- stderr
    error: experiments/load/load.yaml:25:11: endpoints.uor.body: a GET sends no body: make it a POST, or leave the body out
    error: experiments/load/load.yaml:68:11: profiles.breakpoint.pool: the trial is to end at more than 100 virtual users (`mostVirtualUsers`), but 100 are made beforehand and 100 there may be for `fs`: both must be at least 101, or it never ends so
    error: experiments/load/load.yaml:68:11: profiles.breakpoint.pool: the trial is to end at more than 100 virtual users (`mostVirtualUsers`), but 100 are made beforehand and 100 there may be for `uor`: both must be at least 101, or it never ends so
    error: experiments/load/load.yaml has 3 problems
    hint: nothing was written; `ahuora schema load` describes every key
    ");
}

#[test]
fn a_test_run_needs_to_know_what_it_loads() {
    let env = env();
    let run = ["load", "script", "fs", "spike", "--test-run", "4"];
    let with = |more: &[&str]| env.run(&[&run[..], more].concat());
    let text = with(&["--target", "https://ahuora.org.nz", "--flowsheet", "7"]).expect_code(0).stdout;
    assert!(text.contains("kind: TestRun") && text.contains("parallelism: 4"), "{text}");
    with(&[]).expect_code(2).expect_said(&["--target"]);
    with(&["--target", "https://ahuora.org.nz"]).expect_code(2).expect_said(&["--flowsheet ID"]);
    with(&["--target", "https://x\"; rm -rf", "--flowsheet", "7"]).expect_code(2).expect_said(&["--target"]);
    let several =
        ["load", "script", "uor", "breakpoint", "--test-run", "2", "--target", "https://x", "--flowsheet", "7"];
    insta::assert_snapshot!(env.run(&several), @r"
    exit code 2
    --- stdout
    --- stderr
    error: `uor-breakpoint` ends when more than 100 virtual users are busy, and each of several generators knows only its own: it would end alone, at another rate, while the others go on
    hint: make it with one generator: --test-run 1, or without --test-run
    ");
    env.run(&["load", "script", "uor", "spike", "--target", "https://x"]).expect_code(2).expect_said(&["--test-run"]);
}
