//! Runs: started, found, watched, and what goes wrong with them.

use ahuora::experiment::campaign::Run;
use ahuora::github::journal::{Progress, Standing};
use ahuora::github::machine::plan;

use crate::server::How;
use crate::setup::{assert_complete, campaign, dispatch, dispatch_with, opened};

#[test]
fn every_run_of_a_campaign_and_what_the_dry_run_promised() {
    let campaign = campaign(3);
    let world = opened(&campaign);
    let promised = plan(&campaign, &Standing::begin(&campaign, String::new()));
    let (said, ended) = dispatch(&world, &campaign);
    let standing = ended.expect("a campaign that ends");
    assert_complete(&world, &campaign, "undisturbed");
    assert_eq!(standing.counts(), (6, 0, 0));
    let done: Vec<&String> = said.iter().filter(|line| !line.starts_with("  ")).collect();
    assert_eq!(done, promised.iter().collect::<Vec<_>>());
    assert_eq!(
        promised[..3],
        ["lock production", "activate replicas-0", "run 1 of 6: replicas-0 uor spike, trial 1 (60 s)"]
    );
    assert_eq!(promised.len(), 2 + 3 + 6);
}

#[test]
fn a_run_is_sent_with_these_inputs() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    let mut inputs = world.server.borrow().runs[0].inputs.clone();
    assert!(inputs["dispatch_id"].as_str().is_some_and(|id| !id.is_empty()));
    inputs["dispatch_id"] = "ID".into();
    let wanted = serde_json::json!({
        "dispatch_id": "ID", "experiment": "count", "sha": campaign.permutations[0].commit, "profile": "spike",
        "endpoint": "uor", "trial": "1", "seed": "",
    });
    assert_eq!(inputs, wanted);
}

#[test]
fn a_run_whose_answer_is_lost_is_found_and_not_sent_again() {
    for how in [How::After(500), How::After(502), How::CutAfter, How::Slow] {
        let campaign = campaign(2);
        let world = opened(&campaign);
        world.server.borrow_mut().fault("/dispatches", 1, 1, how.clone());
        dispatch(&world, &campaign).1.expect("a campaign that ends");
        assert_complete(&world, &campaign, &format!("{how:?}"));
    }
}

#[test]
fn a_run_that_never_arrived_is_sent_again_with_its_id() {
    for how in [How::CutBefore, How::Instead(503, "Unavailable", Vec::new())] {
        let campaign = campaign(1);
        let world = opened(&campaign);
        world.server.borrow_mut().fault("/dispatches", 0, 1, how.clone());
        let (said, ended) = dispatch(&world, &campaign);
        ended.expect("a campaign that ends");
        assert_complete(&world, &campaign, &format!("{how:?}"));
        assert!(said.iter().any(|line| line.starts_with("send again 1 of 2")), "{said:?}");
    }
}

#[test]
fn of_two_runs_with_one_id_the_older_counts() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    world.server.borrow_mut().details = false;
    // Listed only after it was looked for in vain: it is sent again, and then both are there.
    world.server.borrow_mut().lag = 95_000;
    world.server.borrow_mut().lasts = 300_000;
    world.server.borrow_mut().fault("/dispatches", 0, 1, How::CutAfter);
    let (said, ended) = dispatch(&world, &campaign);
    let standing = ended.expect("a campaign that ends");
    assert!(said.iter().any(|line| line.contains("is a double of")), "{said:?}");
    assert_eq!(world.server.borrow().runs.iter().filter(|run| run.cancelled).count(), 1);
    assert!(matches!(&standing.runs[0], Progress::Ended { number: Some(9_000), .. }), "{standing:?}");
}

#[test]
fn a_failed_run_is_told_and_the_others_are_made() {
    let campaign = campaign(2);
    let world = opened(&campaign);
    world.server.borrow_mut().fails = vec!["soak"];
    let standing = dispatch(&world, &campaign).1.expect("a campaign that ends");
    assert_eq!(standing.counts(), (2, 2, 0));
    assert_complete(&world, &campaign, "with failures");
}

#[test]
fn a_failed_run_stops_the_campaign_when_asked_to_and_it_goes_on_behind_it() {
    let campaign = campaign(2);
    let world = opened(&campaign);
    world.server.borrow_mut().fails = vec!["spike"];
    let standing = dispatch_with(&world, &mut world.clone(), &campaign, true).1.expect("a campaign that stops");
    assert_eq!(standing.counts(), (0, 1, 3));
    assert_eq!(world.server.borrow().active(), Vec::<String>::new());
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    assert_complete(&world, &campaign, "stopped and resumed");
}

#[test]
fn watching_asks_every_15_s_and_what_is_known_is_not_repeated() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    world.server.borrow_mut().lasts = 600_000;
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    let server = world.server.borrow();
    let asked: Vec<u16> =
        server.seen.iter().filter(|(_, path, _)| path.contains("/actions/runs/9000")).map(|seen| seen.2).collect();
    assert_eq!(asked.len(), 41);
    assert_eq!(asked.iter().filter(|status| **status == 304).count(), 41 - 3);
}

#[test]
fn a_deleted_run_counts_as_failed() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    world.server.borrow_mut().fault(
        "GET /repos/ahuora/cluster/actions/runs/9000",
        0,
        5,
        How::Instead(404, "Not Found", Vec::new()),
    );
    let standing = dispatch(&world, &campaign).1.expect("a campaign that ends");
    assert_eq!(standing.counts(), (1, 1, 0));
}

#[test]
fn what_is_missing_is_said_before_anything_runs() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    world.server.borrow_mut().fault("/dispatches", 0, 1, How::Instead(404, "Not Found", Vec::new()));
    let failure = dispatch(&world, &campaign).1.expect_err("no workflow");
    assert_eq!(failure.to_string(), "ahuora/cluster has no workflow load-test.yml that the token may start");
    let world = opened(&campaign);
    world.server.borrow_mut().pulls[0].open = false;
    let failure = dispatch(&world, &campaign).1.expect_err("no pull request");
    assert_eq!(failure.to_string(), "experiment/count/replicas-0 has no open pull request");
    assert!(!world.server.borrow().refs.keys().any(|name| name.starts_with("refs/ahuora/")), "nothing is locked");
    let world = opened(&campaign);
    world.server.borrow_mut().push("experiment/count/replicas-0", &"9".repeat(40));
    let failure = dispatch(&world, &campaign).1.expect_err("another commit");
    assert!(failure.to_string().contains("is to be measured at"), "{failure}");
}

#[test]
fn the_workflow_takes_the_inputs_that_are_sent() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    let server = world.server.borrow();
    let sent: Vec<&String> = server.runs[0].inputs.as_object().expect("inputs").keys().collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/workflows/load-test.yml");
    let text = std::fs::read_to_string(file).expect("a workflow");
    let inputs = text.split_once("\n    inputs:\n").and_then(|(_, rest)| rest.split_once("\n\n")).expect("inputs").0;
    let indent = |line: &&str| line.starts_with("      ") && !line.starts_with("       ");
    let mut taken: Vec<String> = inputs.lines().filter(indent).map(|line| line.trim().replace(':', "")).collect();
    taken.sort();
    assert_eq!(sent, taken.iter().collect::<Vec<_>>());
    assert!(text.contains("run-name: ${{ inputs.dispatch_id }}\n") && taken.len() <= 10);
}

#[test]
fn permutations_may_take_turns() {
    let mut campaign = campaign(2);
    let run = |permutation: usize, trial: u32| Run { permutation, trial, ..campaign.runs[0].clone() };
    campaign.runs = vec![run(0, 1), run(1, 1), run(0, 2), run(1, 2)];
    let world = opened(&campaign);
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    assert_complete(&world, &campaign, "in turns");
}
