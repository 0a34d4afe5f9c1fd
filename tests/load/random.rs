//! Any faults in any order, and a run that comes to its end all the same.

use std::cell::RefCell;
use std::rc::Rc;

use ahuora::trial::machine::{End, Standing, read};
use proptest::prelude::*;

use crate::memory::{Fault, Faults, World, check_end, life};

fn faults() -> impl Strategy<Value = Faults> {
    let fault = prop_oneof![
        6 => Just(Fault::Refused),
        4 => Just(Fault::Half),
        1 => Just(Fault::Cancelled),
        1 => Just(Fault::Full),
    ];
    proptest::collection::btree_map(1..60_u32, fault, 0..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_faults_and_kills(
        faults in faults(),
        kills in proptest::collection::vec(proptest::option::of(1..220_u32), 0..5),
        bad in proptest::collection::btree_map(1..4_u16, 0..5_u32, 0..3),
        trials in 1..4_u16,
        attempts in 1..4_u16,
    ) {
        let world = Rc::new(RefCell::new(World { faults, bad, ..World::default() }));
        for kill in kills {
            world.borrow_mut().kill_at = kill;
            let lived = life(&world, trials, attempts);
            let mut world = world.borrow_mut();
            if let Some((end, _)) = lived {
                match end {
                    End::Finished(_) => prop_assert!(world.is_clean(), "finished is clean"),
                    End::Interrupted(left) | End::Stopped(left) => {
                        prop_assert!(world.is_clean() || !left.is_empty(), "what is left is told");
                    }
                }
            }
            world.cancelled = false;
            world.full = false;
        }
        // Nothing fails any more, and nobody kills it.
        world.borrow_mut().kill_at = None;
        world.borrow_mut().faults.clear();
        let (end, standing) = life(&world, trials, attempts).expect("nobody kills it");
        prop_assert!(matches!(end, End::Finished(_)), "{:?}", end);
        check_end(&world.borrow(), &standing, attempts);
        // What the program knew is what the journal says.
        let events = read(&world.borrow().disk).expect("a journal").events;
        prop_assert_eq!(Standing::of(&events), Some(standing));
    }
}
