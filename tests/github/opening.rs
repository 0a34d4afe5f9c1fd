//! Pull requests: opened once, brought up to date, labelled.

use ahuora::github::pulls::{MOST_OF_BODY, body_of};

use crate::memory::World;
use crate::server::How;
use crate::setup::{campaign, open, opened, pushed};

#[test]
fn every_permutation_has_a_draft_and_a_second_time_there_is_nothing_to_do() {
    let campaign = campaign(3);
    let mut world = World::new(pushed(&campaign));
    let done = open(&mut world, &campaign).expect("opened");
    assert_eq!(done.len(), 3 + 3 * 2);
    assert_eq!(done[3], "open draft pull request experiment/count/replicas-0 -> main");
    for pull in &world.server.borrow().pulls {
        assert!(pull.draft && pull.base == "main");
        assert_eq!(pull.labels.iter().collect::<Vec<_>>(), ["experiment", "experiment:count"]);
    }
    assert_eq!(open(&mut world, &campaign), Ok(Vec::new()));
}

#[test]
fn what_differs_is_brought_up_to_date() {
    let mut campaign = campaign(2);
    let mut world = opened(&campaign);
    campaign.permutations[1].body = "new\n".to_owned();
    world.server.borrow_mut().pulls[0].body = "# Replicas 0\r\n\r\n".to_owned();
    world.server.borrow_mut().pulls[1].labels.clear();
    let done = open(&mut world, &campaign).expect("updated");
    let wanted = [
        "update pull request #2 of experiment/count/replicas-1",
        "label experiment/count/replicas-1 with experiment, experiment:count",
    ];
    assert_eq!(done, wanted);
    assert_eq!(world.server.borrow().pulls[1].body, "new\n");
    assert_eq!(open(&mut world, &campaign), Ok(Vec::new()));
}

#[test]
fn nothing_is_opened_twice_whatever_is_lost() {
    for what in ["POST /repos/ahuora/cluster/pulls", "/labels", "GET /repos/ahuora/cluster/pulls"] {
        for how in [
            How::After(500),
            How::After(502),
            How::CutAfter,
            How::CutBefore,
            How::Slow,
            How::Instead(500, "Server Error", Vec::new()),
            How::Instead(429, "API rate limit exceeded", vec![("retry-after", "7".to_owned())]),
            How::Instead(403, "You have exceeded a secondary rate limit", Vec::new()),
            How::Instead(403, "Resource not accessible by integration", Vec::new()),
        ] {
            let campaign = campaign(2);
            let mut world = World::new(pushed(&campaign));
            world.server.borrow_mut().fault(what, 1, 1, how.clone());
            let done = open(&mut world, &campaign);
            assert!(done.is_ok(), "{what} {how:?}: {done:?}");
            let server = world.server.borrow();
            assert_eq!(server.pulls.len(), 2, "{what} {how:?}");
            assert_eq!(server.labels.len(), 3, "{what} {how:?}");
            assert!(server.pulls.iter().all(|pull| pull.labels.len() == 2), "{what} {how:?}");
        }
    }
}

#[test]
fn a_branch_that_is_not_pushed_is_told() {
    let campaign = campaign(1);
    let mut world = World::new(crate::server::Server::new());
    let trouble = open(&mut world, &campaign).expect_err("no branch");
    assert!(trouble.to_string().contains("opens no pull request for experiment/count/replicas-0 (422)"), "{trouble}");
}

#[test]
fn a_body_is_cut_where_github_would_refuse_it() {
    let mut campaign = campaign(1);
    let permutation = &mut campaign.permutations[0];
    permutation.body = "é".repeat(MOST_OF_BODY);
    assert_eq!(body_of(permutation), permutation.body);
    permutation.body = format!("```diff\n{}", "+ é\n".repeat(MOST_OF_BODY));
    let cut = body_of(permutation);
    assert!(cut.chars().count() <= MOST_OF_BODY && cut.contains("\n```\n\n*Cut here"), "{}", cut.len());
    let mut world = World::new(pushed(&campaign));
    open(&mut world, &campaign).expect("a body that GitHub takes");
    assert_eq!(open(&mut world, &campaign), Ok(Vec::new()));
}

#[test]
fn a_thousand_permutations_keep_githubs_pace() {
    let campaign = campaign(1_000);
    let mut world = World::new(pushed(&campaign));
    open(&mut world, &campaign).expect("opened");
    let server = world.server.borrow();
    assert_eq!(server.changes.len(), 3 + 2_000);
    for (many, within) in [(1, 1_000), (80, 60_000), (500, 3_600_000)] {
        for window in server.changes.windows(many + 1) {
            assert!(window[many] - window[0] >= within, "more than {many} within {within} ms");
        }
    }
}
