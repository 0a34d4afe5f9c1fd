//! The journal on the disk.

use std::fs;

use ahuora::effects::journal::{Journal, folder};
use ahuora::github::dispatch::Keep as _;
use ahuora::github::journal::{Event, Standing, read};

use crate::setup::campaign;

#[test]
fn lines_are_kept_and_a_torn_one_is_cut_off() {
    let place = tempfile::tempdir().expect("a folder");
    let (mut journal, events) = Journal::open(place.path()).expect("a journal");
    assert_eq!(events, []);
    journal.append(&Event::Locking.line()).expect("a line");
    drop(journal);
    let file = place.path().join("journal.jsonl");
    let torn = fs::read_to_string(&file).unwrap() + "{\"event\":\"unlo";
    fs::write(&file, torn).unwrap();
    assert_eq!(Journal::peek(place.path()).expect("a journal"), [Event::Locking]);
    let (mut journal, events) = Journal::open(place.path()).expect("a journal");
    assert_eq!(events, [Event::Locking]);
    journal.append(&Event::Unlocked.line()).expect("a line");
    assert_eq!(Journal::peek(place.path()).expect("a journal"), [Event::Locking, Event::Unlocked]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\"event\":\"locking\"}\n{\"event\":\"unlocked\"}\n");
}

#[test]
fn only_one_process_writes_it() {
    let place = tempfile::tempdir().expect("a folder");
    let first = Journal::open(place.path()).expect("a journal");
    let failure = Journal::open(place.path()).expect_err("a second writer");
    assert!(failure.to_string().starts_with("another process on this machine dispatches this experiment"), "{failure}");
    assert!(Journal::peek(place.path()).is_ok());
    drop(first);
    assert!(Journal::open(place.path()).is_ok());
}

#[test]
fn what_is_broken_is_refused_with_its_line() {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("journal.jsonl"), "{\"event\":\"locking\"}\nbroken\n").unwrap();
    let failure = Journal::open(place.path()).expect_err("a broken journal");
    assert!(failure.to_string().starts_with("line 2 of the journal"), "{failure}");
}

#[test]
fn it_stands_beside_gits_own_files_also_from_a_second_working_copy() {
    let place = tempfile::tempdir().expect("a folder");
    let git = git2::Repository::init(place.path().join("repo")).expect("a repository");
    let found = folder(&place.path().join("repo"), "count").expect("a folder");
    assert_eq!(found, git.commondir().join("ahuora/count"));
    assert!(folder(place.path(), "count").is_err());
}

#[test]
fn a_journal_cut_anywhere_is_read() {
    let text: String = [Event::Locking, Event::Unlocked, Event::Finished].iter().map(Event::line).collect();
    for end in 0..=text.len() {
        let whole = text[..end].matches('\n').count();
        assert_eq!(read(&text.as_bytes()[..end]).expect("events").events.len(), whole);
    }
}

#[test]
fn the_last_campaign_of_a_journal_counts_and_a_closed_one_is_done() {
    let begun = |id: &str| Event::Begun {
        campaign: id.to_owned(),
        experiment: "count".to_owned(),
        environment: "production".to_owned(),
        design: "d".to_owned(),
        commits: Vec::new(),
        runs: 2,
        at: 1,
    };
    let ended = Event::Ended { run: 0, conclusion: "success".to_owned(), at: 2 };
    let mut events = vec![begun("a"), ended, Event::Closed];
    let standing = Standing::of(&events).expect("a campaign");
    assert_eq!((standing.finished, standing.counts()), (true, (1, 0, 1)));
    events.push(begun("b"));
    let standing = Standing::of(&events).expect("a campaign");
    assert_eq!((standing.campaign.as_str(), standing.finished, standing.counts()), ("b", false, (0, 0, 2)));
}

#[test]
fn another_design_or_other_commits_do_not_fit() {
    let one = campaign(2);
    let standing = Standing::begin(&one, "a".to_owned());
    assert!(standing.fits(&one));
    let mut other = one.clone();
    other.design = "e".repeat(64);
    assert!(!standing.fits(&other));
    let mut other = one.clone();
    other.permutations[1].commit = "9".repeat(40);
    assert!(!standing.fits(&other));
    let mut other = one;
    other.runs.pop();
    assert!(!standing.fits(&other));
}
