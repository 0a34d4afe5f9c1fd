//! GitHub's limits and moods: what is waited for, how long, and when that ends.

use ahuora::github::client::Client;
use ahuora::github::policy::{ATTEMPTS, jittered};
use ahuora::github::trouble::Trouble;
use serde_json::Value;

use crate::memory::World;
use crate::server::{BEGINNING, How, Server};
use crate::setup::REPOSITORY;

/// Reads where so many faults wait; gives the answer and what was slept.
fn read(times: usize, how: How, skew: i64) -> (Result<Value, Trouble>, Vec<u64>) {
    let mut world = World::new(Server::new());
    world.skew.set(skew);
    world.server.borrow_mut().fault("GET", 0, times, how);
    let mut wire = world.clone();
    let say = |_: &str| {};
    let mut client = Client::new(&mut wire, REPOSITORY, &say);
    let path = client.path("pulls?state=open");
    let answer = client.read(&path);
    let slept = world.slept.take();
    let _ = &mut world;
    (answer, slept)
}

fn instead(status: u16, message: &'static str, headers: &[(&'static str, u64)]) -> How {
    How::Instead(status, message, headers.iter().map(|(name, value)| (*name, value.to_string())).collect())
}

#[test]
fn limits_are_waited_for_as_long_as_github_says() {
    let reset = BEGINNING / 1_000 + 90;
    for (how, wanted) in [
        (instead(429, "too many", &[("retry-after", 7)]), 7_000),
        (instead(403, "API rate limit exceeded", &[("retry-after", 7)]), 7_000),
        (
            instead(403, "API rate limit exceeded", &[("x-ratelimit-remaining", 0), ("x-ratelimit-reset", reset)]),
            91_000,
        ),
        (instead(429, "too many", &[]), 60_000),
        (instead(403, "You have exceeded a secondary rate limit", &[]), 60_000),
        (instead(403, "Resource not accessible by integration", &[]), 60_000),
    ] {
        let (answer, slept) = read(1, how.clone(), 0);
        assert!(answer.is_ok(), "{how:?}: {answer:?}");
        assert_eq!(slept, [wanted], "{how:?}");
    }
}

#[test]
fn the_servers_clock_counts_where_ours_is_wrong() {
    for skew in [-7_200_000, 7_200_000] {
        let reset = (BEGINNING.saturating_add_signed(skew)) / 1_000 + 90;
        let how =
            instead(403, "API rate limit exceeded", &[("x-ratelimit-remaining", 0), ("x-ratelimit-reset", reset)]);
        let (answer, slept) = read(1, how, skew);
        assert!(answer.is_ok());
        assert_eq!(slept, [91_000]);
    }
}

#[test]
fn a_refusal_without_a_reason_is_waited_for_once_and_both_readings_are_told() {
    let (answer, slept) = read(9, instead(403, "Resource not accessible by integration", &[]), 0);
    assert_eq!(slept, [60_000]);
    let told = answer.expect_err("a refusal").to_string();
    assert!(told.contains("lacks a permission, or a secondary limit"), "{told}");
}

#[test]
fn a_limit_that_does_not_pass_ends() {
    let (answer, slept) = read(99, instead(429, "too many", &[]), 0);
    assert_eq!(slept, [60_000, 120_000, 240_000, 480_000, 960_000]);
    assert_eq!(answer, Err(Trouble::Limit("too many".to_owned())));
    let (answer, slept) = read(99, instead(429, "too many", &[("retry-after", 999_999)]), 0);
    assert_eq!((answer, slept), (Err(Trouble::Limit("too many".to_owned())), Vec::new()));
}

#[test]
fn an_ill_server_is_asked_again_with_ever_longer_pauses() {
    for how in [How::CutBefore, How::CutAfter, How::Slow, How::After(502), instead(500, "Server Error", &[])] {
        let (answer, slept) = read(5, how.clone(), 0);
        assert!(answer.is_ok(), "{how:?}: {answer:?}");
        assert_eq!(slept.len(), 5);
        for (attempt, pause) in slept.into_iter().enumerate() {
            assert!(pause <= 1_000 << attempt, "{attempt}: {pause}");
        }
    }
    let (answer, slept) = read(99, How::CutBefore, 0);
    assert!(matches!(answer, Err(Trouble::Silent(_))), "{answer:?}");
    assert_eq!(slept.len(), ATTEMPTS as usize - 1);
}

#[test]
fn pauses_are_anything_from_nothing_to_the_longest() {
    let pauses: Vec<u64> = (0..10_000).map(|any| jittered(3, any)).collect();
    assert_eq!((pauses.iter().min(), pauses.iter().max()), (Some(&0), Some(&8_000)));
    assert!((0..100).all(|attempt| jittered(attempt, u64::MAX) <= 30_000));
}

#[test]
fn what_is_wrong_is_not_asked_again() {
    for (status, wanted) in [
        (401, "the credentials are refused: no"),
        (404, "it is missing, or the token has no access to it"),
        (422, "GitHub refuses it (422): no"),
        (301, "it has moved: name the repository as it is called now, with --repository OWNER/NAME"),
    ] {
        let (answer, slept) = read(1, instead(status, "no", &[]), 0);
        assert_eq!(answer.expect_err("a refusal").to_string(), wanted);
        assert_eq!(slept, Vec::<u64>::new());
    }
}
