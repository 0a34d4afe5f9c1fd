//! One experiment at a time in an environment.

use ahuora::github::client::Client;
use ahuora::github::lock::{self, Holder};
use ahuora::github::trouble::Trouble;

use crate::memory::World;
use crate::server::How;
use crate::setup::{REPOSITORY, assert_complete, campaign, dispatch, opened};

fn holder(campaign: &str, permutation: &str) -> Holder {
    Holder {
        campaign: campaign.to_owned(),
        experiment: "count".to_owned(),
        environment: "production".to_owned(),
        permutation: permutation.to_owned(),
        since: "2026-11-22T19:00:00Z".to_owned(),
        host: "here".to_owned(),
    }
}

fn with<T>(world: &World, act: impl FnOnce(&mut Client<'_>) -> T) -> T {
    let mut wire = world.clone();
    act(&mut Client::new(&mut wire, REPOSITORY, &|_| {}))
}

fn take(world: &World, id: &str) -> Result<String, Trouble> {
    let like = campaign(1).permutations[0].commit.clone();
    with(world, |client| lock::take(client, &holder(id, "replicas-0"), &like))
}

#[test]
fn only_one_takes_it_and_the_other_is_told_who_and_how() {
    let world = opened(&campaign(1));
    let commit = take(&world, "a").expect("a lock");
    assert_eq!(take(&world, "a"), Ok(commit));
    let Err(Trouble::Person { message, hint }) = take(&world, "b") else { panic!("a second holder") };
    assert_eq!(
        message,
        "production is held by the experiment count (replicas-0 since 2026-11-22T19:00:00Z, from here, campaign a)"
    );
    assert!(hint.ends_with("ahuora experiment close count --break-lock"), "{hint}");
    with(&world, |client| lock::release(client, "production", "b")).expect("nothing to do");
    assert!(take(&world, "b").is_err());
    with(&world, |client| lock::release(client, "production", "a")).expect("given back");
    assert!(take(&world, "b").is_ok());
}

#[test]
fn nothing_that_is_lost_on_the_way_takes_it_twice() {
    for how in [How::After(500), How::CutAfter, How::CutBefore, How::Slow, How::Instead(404, "Not Found", Vec::new())] {
        let world = opened(&campaign(1));
        world.server.borrow_mut().fault("POST /repos/ahuora/cluster/git/refs", 0, 1, how.clone());
        let commit = take(&world, "a");
        assert!(commit.is_ok(), "{how:?}: {commit:?}");
        assert!(take(&world, "b").is_err(), "{how:?}");
    }
}

#[test]
fn who_lost_it_cannot_change_it() {
    let world = opened(&campaign(1));
    let old = take(&world, "a").expect("a lock");
    with(&world, |client| lock::remove(client, "production")).expect("broken");
    let new = take(&world, "b").expect("another's lock");
    let Err(Trouble::Person { message, .. }) = with(&world, |client| lock::renew(client, &holder("a", "x"), &old))
    else {
        panic!("a lock that was lost was changed")
    };
    assert_eq!(message, "the lock of production was broken, and is held by count from here now");
    let held = with(&world, |client| lock::read(client, "production")).unwrap().expect("a lock");
    assert_eq!((held.commit, held.holder), (new, Some(holder("b", "replicas-0"))));
}

#[test]
fn it_says_which_permutation_is_active() {
    let world = opened(&campaign(1));
    let old = take(&world, "a").expect("a lock");
    for how in [How::After(502), How::CutAfter] {
        world.server.borrow_mut().fault("PATCH", 0, 1, how);
    }
    with(&world, |client| lock::renew(client, &holder("a", "replicas-1"), &old)).expect("renewed");
    let held = with(&world, |client| lock::read(client, "production")).unwrap().expect("a lock");
    assert_eq!(held.holder, Some(holder("a", "replicas-1")));
}

#[test]
fn a_dispatch_waits_for_nobody_and_takes_nothing_from_others() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    take(&world, "another").expect("a lock");
    let failure = dispatch(&world, &campaign).1.expect_err("a lock of another");
    assert!(failure.to_string().starts_with("production is held by the experiment count"), "{failure}");
    assert!(world.server.borrow().runs.is_empty());
    with(&world, |client| lock::remove(client, "production")).expect("broken");
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    assert_complete(&world, &campaign, "after the lock was broken");
}

#[test]
fn the_label_of_another_environment_stays() {
    let campaign = campaign(1);
    let world = opened(&campaign);
    let mut other = world.server.borrow().pulls[0].clone();
    for (number, branch, experiment) in [(2, "experiment/other/a", "other"), (3, "stale", "stale")] {
        (other.number, other.branch) = (number, branch.to_owned());
        other.labels = ["experiment-active".to_owned(), format!("experiment:{experiment}")].into();
        world.server.borrow_mut().pulls.push(other.clone());
    }
    let like = &campaign.permutations[0].commit;
    let staging = Holder { environment: "staging".to_owned(), experiment: "other".to_owned(), ..holder("c", "a") };
    with(&world, |client| lock::take(client, &staging, like)).expect("staging's lock");
    dispatch(&world, &campaign).1.expect("a campaign that ends");
    let server = world.server.borrow();
    assert_eq!(server.active(), ["experiment/other/a"]);
    assert_eq!(server.runs[0].active, ["experiment/count/replicas-0", "experiment/other/a"]);
}
