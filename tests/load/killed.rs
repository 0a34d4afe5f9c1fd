//! Killed at every moment: before and after each line of the journal, in the middle of it, and around each effect.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ahuora::trial::machine::{End, State};
use ahuora::trial::verdict::Grade;

use crate::memory::{Fault, World, check_end, life};

fn world() -> Rc<RefCell<World>> {
    Rc::new(RefCell::new(World::default()))
}

/// A run that is killed at one moment and then left alone; none when it came to its end before that moment.
fn killed_at(moment: u32, bad: &BTreeMap<u16, u32>) -> Option<u32> {
    let world = world();
    world.borrow_mut().bad.clone_from(bad);
    world.borrow_mut().kill_at = Some(moment);
    if life(&world, 2, 3).is_some() {
        return None;
    }
    world.borrow_mut().kill_at = None;
    let (end, standing) = life(&world, 2, 3).expect("nobody kills it");
    assert_eq!(end, End::Finished(Grade::Valid), "killed at {moment}");
    check_end(&world.borrow(), &standing, 3);
    Some(standing.trials.iter().map(|trial| trial.attempts.len() as u32).sum())
}

#[test]
fn a_run_that_nobody_kills() {
    let world = world();
    let (end, standing) = life(&world, 3, 3).expect("nobody kills it");
    assert_eq!(end, End::Finished(Grade::Valid));
    check_end(&world.borrow(), &standing, 3);
    assert_eq!(world.borrow().loads.len(), 3);
    let lines = world.borrow().disk.len();
    let (end, _) = life(&world, 3, 3).expect("nobody kills it");
    assert_eq!((end, world.borrow().loads.len()), (End::Finished(Grade::Valid), 3), "finished is finished");
    let text = String::from_utf8(world.borrow().disk[lines..].to_vec()).expect("text");
    assert_eq!(text, "{\"v\":1,\"at\":0,\"event\":\"opened\"}\n");
}

#[test]
fn killed_at_every_moment() {
    let mut kills = 0;
    let (mut fewest, mut most) = (u32::MAX, 0);
    for moment in 1.. {
        let Some(attempts) = killed_at(moment, &BTreeMap::new()) else { break };
        kills += 1;
        fewest = fewest.min(attempts);
        most = most.max(attempts);
    }
    // Two trials: the one that was under way is made again, unless its load was over.
    assert_eq!((fewest, most), (2, 3));
    assert!(kills > 100, "{kills} moments");
}

#[test]
fn killed_at_every_moment_while_trials_are_made_again() {
    let bad = BTreeMap::from([(1, 1), (2, 1)]);
    let mut kills = 0;
    for moment in 1.. {
        if killed_at(moment, &bad).is_none() {
            break;
        }
        kills += 1;
    }
    assert!(kills > 200, "{kills} moments");
}

#[test]
fn killed_again_while_it_cleans_up() {
    for first in (1..120).step_by(3) {
        for second in 1..60 {
            let world = world();
            world.borrow_mut().kill_at = Some(first);
            if life(&world, 1, 9).is_some() {
                break;
            }
            world.borrow_mut().kill_at = Some(second);
            let ended = life(&world, 1, 9).is_some();
            world.borrow_mut().kill_at = None;
            let (_, standing) = life(&world, 1, 9).expect("nobody kills it");
            check_end(&world.borrow(), &standing, 9);
            if ended {
                break;
            }
        }
    }
}

#[test]
fn a_trial_that_is_never_valid_is_made_so_often_and_no_more() {
    let world = world();
    world.borrow_mut().bad = BTreeMap::from([(1, 9)]);
    let (end, standing) = life(&world, 2, 3).expect("nobody kills it");
    assert_eq!(end, End::Finished(Grade::Invalid));
    check_end(&world.borrow(), &standing, 3);
    let attempts: Vec<usize> = standing.trials.iter().map(|trial| trial.attempts.len()).collect();
    assert_eq!(attempts, [3, 1]);
    assert!(standing.trials[0].attempts.iter().all(|one| one.end == Some((State::Invalid, Grade::Invalid))));
}

#[test]
fn told_to_end_at_every_effect() {
    for effect in 1..=16 {
        let world = world();
        world.borrow_mut().faults.insert(effect, Fault::Cancelled);
        let (end, _) = life(&world, 2, 3).expect("nobody kills it");
        if !world.borrow().cancelled {
            assert!(effect > 14 && end == End::Finished(Grade::Valid), "{effect}");
            continue;
        }
        assert!(world.borrow().is_clean(), "after effect {effect}");
        let told = matches!(&end, End::Interrupted(left) if left.is_empty());
        assert!(told || end == End::Finished(Grade::Valid), "{effect}: {end:?}");
        world.borrow_mut().cancelled = false;
        let (end, standing) = life(&world, 2, 3).expect("nobody kills it");
        assert_eq!(end, End::Finished(Grade::Valid), "{effect}");
        check_end(&world.borrow(), &standing, 3);
    }
}

#[test]
fn a_disk_that_is_full_from_every_effect_on() {
    for effect in 1..=16 {
        let world = world();
        world.borrow_mut().faults.insert(effect, Fault::Full);
        let (end, _) = life(&world, 2, 3).expect("nobody kills it");
        if !world.borrow().full {
            continue;
        }
        assert!(world.borrow().is_clean(), "after effect {effect}");
        let End::Stopped(why) = &end else { panic!("{effect}: {end:?}") };
        assert!(why[0].contains("no space is left"), "{why:?}");
        world.borrow_mut().full = false;
        let (end, standing) = life(&world, 2, 3).expect("nobody kills it");
        assert_eq!(end, End::Finished(Grade::Valid), "{effect}");
        check_end(&world.borrow(), &standing, 3);
    }
}

#[test]
fn what_cannot_be_cleaned_up_is_told_and_stops_the_run() {
    // The fourth effect loads; what takes the latency away is refused twice, the fixture goes all the same.
    let world = world();
    for effect in [5, 9] {
        world.borrow_mut().faults.insert(effect, Fault::Refused);
    }
    let (end, _) = life(&world, 2, 3).expect("nobody kills it");
    let End::Stopped(why) = end else { panic!("{end:?}") };
    assert_eq!(why, ["could not take the latency away: it was refused; by hand: type this"]);
    assert!(world.borrow().latency && world.borrow().flowsheets.is_empty());
    assert_eq!(world.borrow().loads.len(), 1, "nothing new begins");
    let (end, standing) = life(&world, 2, 3).expect("nobody kills it");
    assert_eq!(end, End::Finished(Grade::Valid));
    check_end(&world.borrow(), &standing, 3);
    assert_eq!(world.borrow().loads.len(), 2, "what was measured counts");
}
