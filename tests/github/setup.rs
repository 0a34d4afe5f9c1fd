//! Campaigns, and processes that dispatch them.

use std::cell::RefCell;

use ahuora::error::Failure;
use ahuora::experiment::campaign::{Campaign, Permutation, Run};
use ahuora::github::client::Client;
use ahuora::github::dispatch::{Dispatch, Surroundings};
use ahuora::github::journal::{Standing, read};
use ahuora::github::pulls::{known_labels, open_pulls, perform, to_open};
use ahuora::github::trouble::Trouble;
use ahuora::github::wire::Wire;

use crate::memory::World;
use crate::server::Server;

pub(crate) const REPOSITORY: &str = "ahuora/cluster";

/// A campaign of so many permutations, each with a run of two profiles.
pub(crate) fn campaign(permutations: usize) -> Campaign {
    let permutation = |index: usize| Permutation {
        name: format!("replicas-{index}"),
        branch: format!("experiment/count/replicas-{index}"),
        commit: format!("{:040x}", 0xab_0000 + index),
        title: format!("experiment count: replicas {index}"),
        body: format!("# Replicas {index}\n"),
    };
    let run = |permutation: usize, profile: &str, trial: u32| Run {
        permutation,
        endpoint: "uor".to_owned(),
        profile: profile.to_owned(),
        trial,
        seconds: 60,
    };
    let runs = (0..permutations).flat_map(|index| [run(index, "spike", 1), run(index, "soak", 1)]);
    Campaign {
        experiment: "count".to_owned(),
        environment: "production".to_owned(),
        base: "main".to_owned(),
        design: "d".repeat(64),
        permutations: (0..permutations).map(permutation).collect(),
        runs: runs.collect(),
    }
}

/// A server that has the branches of a campaign.
pub(crate) fn pushed(campaign: &Campaign) -> Server {
    let mut server = Server::new();
    for permutation in &campaign.permutations {
        server.push(&permutation.branch, &permutation.commit);
    }
    server
}

/// A world where the pull requests of a campaign are open.
pub(crate) fn opened(campaign: &Campaign) -> World {
    let mut world = World::new(pushed(campaign));
    open(&mut world, campaign).expect("opened pull requests");
    world.slept.borrow_mut().clear();
    world
}

/// Opens the pull requests of a campaign; gives what was done.
pub(crate) fn open(wire: &mut dyn Wire, campaign: &Campaign) -> Result<Vec<String>, Trouble> {
    let say = |_: &str| {};
    let mut client = Client::new(wire, REPOSITORY, &say);
    let labels = known_labels(&mut client, &campaign.experiment)?;
    let mut pulls = open_pulls(&mut client)?;
    let actions = to_open(campaign, &labels, &pulls);
    for action in &actions {
        perform(&mut client, campaign, action, &mut pulls)?;
    }
    Ok(actions.iter().map(|action| action.told(campaign)).collect())
}

/// What a dispatch said, and how it ended.
pub(crate) type Ended = (Vec<String>, Result<Standing, Failure>);

/// Dispatches a campaign, as a new process does: what the journal says is all that it knows.
pub(crate) fn dispatch(world: &World, campaign: &Campaign) -> Ended {
    dispatch_with(world, &mut world.clone(), campaign, false)
}

/// As [`dispatch`], over a wire of its own.
pub(crate) fn dispatch_with(world: &World, wire: &mut dyn Wire, campaign: &Campaign, stop: bool) -> Ended {
    let said = RefCell::new(Vec::new());
    let say = |text: &str| said.borrow_mut().push(text.to_owned());
    let mut client = Client::new(wire, REPOSITORY, &say);
    let found = read(&world.journal.borrow()).expect("a journal that is understood");
    world.journal.borrow_mut().truncate(found.whole);
    let ids = &world.server.borrow().seen.len() * 1_000;
    let mut count = ids;
    let mut id = || {
        count += 1;
        format!("0190-{count:012}")
    };
    let mut journal = world.clone();
    let around = Surroundings {
        journal: &mut journal,
        live: &mut |_| Ok(()),
        id: &mut id,
        host: "host".to_owned(),
        poll: 15_000,
        stop_on_failure: stop,
    };
    let dispatch = match Standing::of(&found.events) {
        Some(standing) => Ok(Dispatch::resume(campaign, around, standing)),
        None => Dispatch::begin(&mut client, campaign, around),
    };
    let ended = dispatch.and_then(|dispatch| dispatch.run(&mut client));
    (said.take(), ended)
}

/// Whether every run of a campaign was made once, in order, with its permutation active, and nothing is left over.
pub(crate) fn assert_complete(world: &World, campaign: &Campaign, context: &str) {
    assert_complete_on(&world.server.borrow(), campaign, context);
    let standing = Standing::of(&read(&world.journal.borrow()).unwrap().events).expect("a campaign");
    assert!(standing.finished, "{context}: {standing:?}");
    assert_eq!(standing.counts().2, 0, "{context}");
}

/// As [`assert_complete`], as far as a server knows it.
pub(crate) fn assert_complete_on(server: &Server, campaign: &Campaign, context: &str) {
    let made: Vec<(String, String)> = server
        .runs
        .iter()
        .map(|run| (run.inputs["sha"].as_str().unwrap().to_owned(), run.inputs["profile"].as_str().unwrap().to_owned()))
        .collect();
    let wanted: Vec<(String, String)> = campaign
        .runs
        .iter()
        .map(|run| (campaign.permutations[run.permutation].commit.clone(), run.profile.clone()))
        .collect();
    assert_eq!(made, wanted, "{context}: every run once and in order");
    for (run, wanted) in server.runs.iter().zip(&campaign.runs) {
        assert_eq!(run.active, [campaign.permutations[wanted.permutation].branch.clone()], "{context}: one is active");
    }
    let ids: std::collections::BTreeSet<&str> = server.runs.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids.len(), server.runs.len(), "{context}: every run has its own id");
    assert_eq!(server.active(), Vec::<String>::new(), "{context}: nothing is active afterwards");
    let locks: Vec<&String> = server.refs.keys().filter(|name| name.starts_with("refs/ahuora/")).collect();
    assert_eq!(locks, Vec::<&String>::new(), "{context}: the lock is given back");
}
