//! A place in memory where trials happen, and that can be killed before and after everything that is done to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use ahuora::trial::machine::{
    Attempt, End, Event, Found, Keep, Line, Place, Ran, Refused, Rules, Site, Standing, Step, Verdict, drive, read,
    verdict,
};
use ahuora::values::FlowsheetId;

pub(crate) const RUN: &str = "r1";

/// What is thrown when the program is killed.
struct Killed;

/// Which things fail, by the number of the effect, and how.
pub(crate) type Faults = BTreeMap<u32, Fault>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is refused before it is done.
    Refused,
    /// It is done, and refused all the same.
    Half,
    /// Somebody tells the program to end.
    Cancelled,
    /// The disk is full from here on.
    Full,
}

/// The world, which stays when the program is killed.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) disk: Vec<u8>,
    pub(crate) latency: bool,
    pub(crate) flowsheets: BTreeMap<String, String>,
    pub(crate) k6: bool,
    /// Loads that came to their end.
    pub(crate) loads: Vec<Place>,
    /// Attempts that k6 was started for.
    pub(crate) begun: Vec<Place>,
    pub(crate) settled: Option<Place>,
    pub(crate) verdicts: BTreeMap<(u16, u32), String>,
    pub(crate) full: bool,
    pub(crate) cancelled: bool,
    pub(crate) faults: Faults,
    /// How many moments there were in this life.
    pub(crate) moments: u32,
    /// The moment at which the program is killed.
    pub(crate) kill_at: Option<u32>,
    pub(crate) effects: u32,
    pub(crate) ids: u32,
    /// Trials whose loads are not what the profile asks for, so many times.
    pub(crate) bad: BTreeMap<u16, u32>,
}

impl World {
    /// A moment passes, and perhaps it was the last.
    fn moment(&mut self) {
        self.moments += 1;
        if self.kill_at == Some(self.moments) {
            resume_unwind(Box::new(Killed));
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        !self.latency && self.flowsheets.is_empty() && !self.k6
    }
}

/// The program's hold on the world.
#[derive(Clone)]
pub(crate) struct Memory(pub(crate) Rc<RefCell<World>>);

impl Memory {
    fn effect(&self, change: impl FnOnce(&mut World)) -> Result<(), Refused> {
        let mut world = self.0.borrow_mut();
        world.moment();
        world.effects += 1;
        let fault = world.effects;
        let fault = world.faults.get(&fault).copied();
        if fault == Some(Fault::Refused) {
            return Err(Refused::with_command("it was refused", "type this"));
        }
        match fault {
            Some(Fault::Cancelled) => world.cancelled = true,
            Some(Fault::Full) => world.full = true,
            _ => {}
        }
        change(&mut world);
        world.moment();
        if fault == Some(Fault::Half) { Err(Refused::new("it broke off")) } else { Ok(()) }
    }
}

fn name(at: Place) -> String {
    at.flowsheet(RUN)
}

impl Keep for Memory {
    fn append(&mut self, line: &str) -> Result<(), String> {
        let mut world = self.0.borrow_mut();
        world.moment();
        if world.full {
            return Err("cannot write the journal: no space is left".to_owned());
        }
        // The line may be torn.
        let (half, rest) = line.as_bytes().split_at(line.len() / 2);
        world.disk.extend_from_slice(half);
        world.moment();
        world.disk.extend_from_slice(rest);
        world.moment();
        Ok(())
    }
}

impl Site for Memory {
    fn now(&mut self) -> u64 {
        0
    }

    fn cancelled(&mut self) -> bool {
        self.0.borrow().cancelled
    }

    fn about(&mut self, _standing: &Standing, _at: Place, _step: Step) {}

    fn settle(&mut self, at: Place) -> Result<Found, Refused> {
        assert!(self.0.borrow().is_clean(), "what an attempt left is cleaned up before another begins");
        self.effect(|world| world.settled = Some(at)).map(|()| Vec::new())
    }

    fn make_fixture(&mut self, at: Place, made: &mut dyn FnMut(&FlowsheetId)) -> Result<Found, Refused> {
        let mut id = None;
        let done = self.effect(|world| {
            world.ids += 1;
            let new = format!("{}", world.ids);
            world.flowsheets.insert(name(at), new.clone());
            id = Some(new);
        });
        if let Some(id) = id {
            made(&FlowsheetId::new(id).expect("an id"));
        }
        done.map(|()| Vec::new())
    }

    fn latency_on(&mut self, _at: Place) -> Result<Found, Refused> {
        self.effect(|world| world.latency = true).map(|()| Vec::new())
    }

    fn load(&mut self, at: Place, flowsheet: Option<&FlowsheetId>) -> Result<(Ran, Found), Refused> {
        {
            let world = self.0.borrow();
            assert_eq!(world.settled, Some(at), "settled just before");
            assert!(world.latency && !world.k6, "the conditions hold");
            let standing: Vec<&String> = world.flowsheets.keys().collect();
            assert_eq!(standing, [&name(at)], "its own flowsheet and no other");
            assert_eq!(flowsheet.map(FlowsheetId::as_str), world.flowsheets.get(&name(at)).map(String::as_str));
        }
        self.effect(|world| {
            world.begun.push(at);
            world.k6 = true;
            world.moment();
            world.k6 = false;
            world.loads.push(at);
        })?;
        if self.0.borrow().cancelled {
            return Err(Refused::new("somebody told the program to end"));
        }
        Ok((Ran { code: 0, too_long: false, began: 0, ended: 1000, lasted: 1000 }, Vec::new()))
    }

    fn end_load(&mut self, _at: Place) -> Result<Found, Refused> {
        self.effect(|world| world.k6 = false).map(|()| Vec::new())
    }

    fn latency_off(&mut self, _at: Place) -> Result<Found, Refused> {
        assert!(!self.0.borrow().k6, "k6 ends before its conditions do");
        self.effect(|world| world.latency = false).map(|()| Vec::new())
    }

    fn remove_fixture(&mut self, at: Place, _flowsheet: Option<&FlowsheetId>) -> Result<Found, Refused> {
        self.effect(|world| {
            world.flowsheets.remove(&name(at));
        })
        .map(|()| Vec::new())
    }

    fn collect(&mut self, at: Place, _ran: &Ran) -> Result<Found, Refused> {
        assert_eq!(self.0.borrow().loads.iter().filter(|load| **load == at).count(), 1);
        self.effect(|_| {}).map(|()| Vec::new())
    }

    fn judge(&mut self, at: Place, attempt: &Attempt) -> Result<Verdict, Refused> {
        let bad = {
            let world = self.0.borrow();
            world.bad.get(&at.trial).is_some_and(|times| at.attempt <= *times)
        };
        let started = if bad { 50 } else { 100 };
        let summary = format!(
            r#"{{"iterations": {{"ideal": 100, "started": {started}, "completed": {started}, "dropped": 0, "interrupted": 0}},
                "failed": {{"all": 0, "signed_out": 0, "refused": 0, "broken": 0, "unanswered": 0}}}}"#
        );
        let given = verdict(attempt, Some(&summary), Rules { has_limit: false, most: 100 });
        if self.0.borrow().full {
            return Err(Refused::new("no space is left"));
        }
        let told = format!("{:?}", given.state);
        self.effect(|world| {
            world.verdicts.insert((at.trial, at.attempt), told);
        })?;
        Ok(given)
    }
}

/// The program is started, and begins a run or goes on with it; none when it was killed.
pub(crate) fn life(world: &Rc<RefCell<World>>, trials: u16, attempts: u16) -> Option<(End, Standing)> {
    {
        let mut world = world.borrow_mut();
        world.moments = 0;
        let whole = read(&world.disk).expect("a journal that is understood").whole;
        world.disk.truncate(whole);
    }
    let mut memory = Memory(Rc::clone(world));
    let mut keep = memory.clone();
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let events = read(&world.borrow().disk).expect("a journal").events;
        let mut standing = Standing::of(&events).unwrap_or_else(|| {
            let run = RUN.to_owned();
            let event = Event::Begun { run, trials: (1..=trials).collect(), attempts, latency: true };
            // A disk that is full at the very beginning ends it there.
            let _ = keep.append(&Line::new(0, event.clone()).text());
            Standing::of(&[event]).expect("a run")
        });
        let end = drive(&mut memory, &mut keep, &mut standing);
        (end, standing)
    }));
    match lived {
        Ok(lived) => Some(lived),
        Err(thrown) if thrown.is::<Killed>() => None,
        Err(thrown) => resume_unwind(thrown),
    }
}

/// What must hold when a run is at its end, however often it was killed.
pub(crate) fn check_end(world: &World, standing: &Standing, attempts: u16) {
    assert!(world.is_clean(), "nothing is left: {world:?}");
    let events = read(&world.disk).expect("a journal").events;
    let again = Standing::of(&events).expect("a run");
    assert!(again.finished, "the journal says so, too");
    for trial in &standing.trials {
        let made = trial.attempts.iter().filter(|attempt| attempt.counts()).count();
        assert!(made <= usize::from(attempts), "trial {}: {made} attempts", trial.number);
        assert!(trial.counted().is_some() || made == usize::from(attempts), "trial {} is not lost", trial.number);
        let done = trial.attempts.iter().position(ahuora::trial::machine::Attempt::is_done);
        assert!(done.is_none_or(|at| at + 1 == trial.attempts.len()), "a trial that is done is never made again");
        for attempt in &trial.attempts {
            let at = Place { trial: trial.number, attempt: attempt.number };
            let begun = world.begun.iter().filter(|one| **one == at).count();
            assert!(begun <= 1, "{at:?} was loaded {begun} times");
            assert!(!attempt.is_done() || world.loads.contains(&at), "what counts was loaded to its end");
            assert!(attempt.end.is_some() && world.verdicts.contains_key(&(at.trial, at.attempt)), "{at:?} has a verdict");
        }
    }
    let known = |at: &Place| again.attempt(*at).is_some();
    assert!(world.begun.iter().all(known), "every load is known: {:?}", world.begun);
}
