//! A dispatch that is killed at every moment, and gone on with: no run is lost, none is made twice.

use crate::memory::World;
use crate::server::How;
use crate::setup::{assert_complete, campaign, dispatch, opened};

/// Kills a dispatch at every moment, goes on, and looks. Gives how many moments there were.
fn killed_everywhere(prepare: &dyn Fn(&World), second: Option<u64>) -> u64 {
    let campaign = campaign(if second.is_some() { 1 } else { 2 });
    let prepared = opened(&campaign).server.borrow().clone();
    for moment in 0.. {
        let world = World::new(prepared.clone());
        world.clock.set(prepared.now);
        prepare(&world);
        world.life.set(Some(moment));
        let (_, ended) = dispatch(&world, &campaign);
        let was_killed = world.is_dead();
        assert!(was_killed || ended.is_ok(), "{moment}: {ended:?}");
        if let Some(second) = second {
            world.life.set(Some(second));
            drop(dispatch(&world, &campaign));
        }
        // Whoever comes back comes late.
        world.clock.set(world.clock.get() + moment % 3 * 1_000_000);
        world.life.set(None);
        let (said, ended) = dispatch(&world, &campaign);
        ended.unwrap_or_else(|failure| panic!("killed at {moment}: {failure}; {said:?}"));
        assert_complete(&world, &campaign, &format!("killed at {moment}, then at {second:?}"));
        if !was_killed {
            return moment;
        }
    }
    0
}

#[test]
fn a_dispatch_killed_at_any_moment() {
    assert!(killed_everywhere(&|_| {}, None) > 100);
}

#[test]
fn a_dispatch_killed_twice() {
    for second in (1..60).step_by(7) {
        killed_everywhere(&|_| {}, Some(second));
    }
}

#[test]
fn a_dispatch_killed_where_the_server_does_not_tell_the_run() {
    killed_everywhere(&|world| world.server.borrow_mut().details = false, None);
}

#[test]
fn a_dispatch_killed_where_runs_are_listed_late() {
    let prepare = |world: &World| {
        world.server.borrow_mut().details = false;
        world.server.borrow_mut().lag = 45_000;
    };
    killed_everywhere(&prepare, None);
}

#[test]
fn a_dispatch_killed_where_every_answer_to_a_dispatch_is_lost() {
    for how in [How::After(502), How::CutAfter, How::CutBefore, How::Instead(500, "Server Error", Vec::new())] {
        let prepare = |world: &World| world.server.borrow_mut().fault("/dispatches", 1, 2, how.clone());
        killed_everywhere(&prepare, None);
    }
}
