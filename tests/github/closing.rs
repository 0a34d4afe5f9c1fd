//! What is left of an experiment when it is closed, and where it stands before.

use ahuora::github::client::Client;
use ahuora::github::closing::{Wish, perform, to_close};
use ahuora::github::standing::{Branch, Seen, seconds_left};
use ahuora::github::trouble::Trouble;

use crate::memory::World;
use crate::server::How;
use crate::setup::{REPOSITORY, campaign, dispatch, opened};

fn close(world: &World, wish: &Wish) -> Result<Vec<String>, Trouble> {
    let campaign = campaign(2);
    let mut wire = world.clone();
    let mut client = Client::new(&mut wire, REPOSITORY, &|_| {});
    let seen = Seen::of(&mut client, &campaign)?;
    let actions = to_close(&campaign, wish, seen.lock.as_ref(), &seen.pulls, &seen.branches)?;
    for action in &actions {
        perform(&mut client, action)?;
    }
    Ok(actions.iter().map(|action| action.told()).collect())
}

/// A dispatch that was killed while its first run was under way.
fn interrupted() -> World {
    let campaign = campaign(2);
    let world = opened(&campaign);
    world.server.borrow_mut().fault("/dispatches", 1, 1, How::Instead(401, "Bad credentials", Vec::new()));
    assert!(dispatch(&world, &campaign).1.is_err());
    world
}

#[test]
fn what_stands_is_seen() {
    let campaign = campaign(2);
    let world = interrupted();
    world.server.borrow_mut().push("experiment/count/replicas-1", &"9".repeat(40));
    let mut wire = world.clone();
    let seen = Seen::of(&mut Client::new(&mut wire, REPOSITORY, &|_| {}), &campaign).expect("seen");
    assert_eq!(seen.active(&campaign), ["replicas-0"]);
    assert_eq!(seen.lock.clone().unwrap().holder.unwrap().permutation, "replicas-0");
    assert_eq!((seen.branch(&campaign, 0), seen.branch(&campaign, 1)), (Branch::Pushed, Branch::Moved));
    let standing =
        ahuora::github::journal::Standing::of(&ahuora::github::journal::read(&world.journal.borrow()).unwrap().events);
    assert_eq!(seconds_left(&campaign, standing.as_ref()), 180);
    assert_eq!(seconds_left(&campaign, None), 240);
}

#[test]
fn all_but_the_branches_goes_and_a_second_time_there_is_nothing_to_do() {
    let world = interrupted();
    let refused = close(&world, &Wish::default()).expect_err("another machine's campaign").to_string();
    assert!(refused.starts_with("count is being measured from host"), "{refused}");
    let wish = Wish { break_lock: true, ..Wish::default() };
    let wanted = ["take the label experiment-active off #1", "unlock production", "close #1", "close #2"];
    assert_eq!(close(&world, &wish).expect("closed"), wanted);
    assert_eq!(close(&world, &wish), Ok(Vec::new()));
    assert_eq!(world.server.borrow().refs.len(), 2);
}

#[test]
fn the_campaign_of_this_machine_is_closed_without_force() {
    let world = interrupted();
    let events = ahuora::github::journal::read(&world.journal.borrow()).unwrap().events;
    let campaign = ahuora::github::journal::Standing::of(&events).map(|standing| standing.campaign);
    assert!(close(&world, &Wish { campaign, ..Wish::default() }).is_ok());
}

#[test]
fn only_branches_that_are_still_the_campaigns_are_deleted() {
    let world = opened(&campaign(2));
    world.server.borrow_mut().push("experiment/count/replicas-1", &"9".repeat(40));
    let wish = Wish { delete_branches: true, ..Wish::default() };
    let done = close(&world, &wish).expect("closed");
    assert_eq!(done, ["close #1", "close #2", "delete experiment/count/replicas-0"]);
    assert_eq!(world.server.borrow().refs.keys().collect::<Vec<_>>(), ["refs/heads/experiment/count/replicas-1"]);
}

#[test]
fn closing_survives_what_is_lost_on_the_way() {
    for how in
        [How::After(500), How::CutAfter, How::CutBefore, How::Instead(429, "", vec![("retry-after", "3".into())])]
    {
        for what in ["DELETE", "PATCH"] {
            let world = interrupted();
            world.server.borrow_mut().fault(what, 0, 2, how.clone());
            let wish = Wish { break_lock: true, delete_branches: true, ..Wish::default() };
            let done = close(&world, &wish);
            assert!(done.is_ok(), "{what} {how:?}: {done:?}");
            assert_eq!(close(&world, &wish), Ok(Vec::new()), "{what} {how:?}");
        }
    }
}
