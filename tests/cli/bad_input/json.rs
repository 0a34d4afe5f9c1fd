//! `--format json` of a run that fails.

use crate::env::TestEnv;

#[test]
fn problems_of_the_configuration() {
    let env = TestEnv::new();
    env.edit("ahuora/frontend:0.0.9", "ahuora/frontend");
    env.edit("architecture: arm64", "architecture: z80");
    let output = env.run(&["generate", "--format", "json"]).expect_code(2);
    let json = output.json();
    let problems = json["problems"].as_array().unwrap();
    let text = env.read("platform.yaml");
    let line = |part: &str| text[..text.find(part).unwrap()].lines().count();
    assert_eq!(problems.len(), 2, "{output}");
    assert_eq!(problems[0]["line"], line("architecture: z80"));
    assert_eq!(problems[0]["file"], "platform.yaml");
    assert_eq!(problems[1]["path"], "services.frontend.image");
    assert_eq!(json["exit_code"], 2);
}

#[test]
fn other_refusals() {
    let env = TestEnv::empty();
    let output = env.run(&["generate", "--format", "json"]).expect_code(2);
    let json = output.json();
    assert_eq!(json["exit_code"], 2);
    assert!(json["error"].as_str().unwrap().contains("platform.yaml"), "{output}");
    assert_eq!(json["problems"], serde_json::json!([]));
}

#[test]
fn a_refusal_tells_programs_what_to_do_too() {
    let json = TestEnv::empty().run(&["generate", "--format", "json"]).json();
    assert!(json["hint"].as_str().is_some_and(|hint| hint.contains("ahuora init")), "{json}");
}
