//! What an attempt is worth, by k6's end, its summary and the clocks.

use ahuora::trial::machine::{Event, Place, Ran, Rules, Standing, State, Step, Verdict, verdict};
use ahuora::trial::verdict::Grade;
use serde_json::{Value, json};

const AT: Place = Place { trial: 1, attempt: 1 };
const RAN: Ran = Ran { code: 0, too_long: false, began: 5_000, ended: 65_000, lasted: 60_000 };

fn given(ran: Option<Ran>, summary: Option<&str>, has_limit: bool) -> Verdict {
    let mut events =
        vec![Event::Begun { run: "r".to_owned(), trials: vec![1], attempts: 1, latency: false }, Event::Opened];
    let (trial, attempt) = (1, 1);
    events.push(Event::Intent { trial, attempt, step: Step::Settle });
    if ran.is_some() {
        events.push(Event::Intent { trial, attempt, step: Step::Load });
        events.push(Event::Outcome { trial, attempt, step: Step::Load, evidence: Vec::new(), ran });
    }
    let standing = Standing::of(&events).expect("a run");
    verdict(standing.attempt(AT).expect("an attempt"), summary, Rules { has_limit, most: 100 })
}

fn summary(change: impl FnOnce(&mut Value)) -> String {
    let mut value = json!({
        "iterations": {"ideal": 855, "started": 855, "completed": 855, "dropped": 0, "interrupted": 0},
        "failed": {"all": 0, "signed_out": 0, "refused": 0, "broken": 0, "unanswered": 0},
    });
    change(&mut value);
    value.to_string()
}

/// The state, and each piece of evidence as grade and rule.
fn short(verdict: &Verdict) -> (State, Vec<(Grade, &str)>) {
    (verdict.state, verdict.evidence.iter().map(|one| (one.grade, one.rule.as_str())).collect())
}

fn of(change: impl FnOnce(&mut Value), code: i32, has_limit: bool) -> Verdict {
    given(Some(Ran { code, ..RAN }), Some(&summary(change)), has_limit)
}

#[test]
fn nothing_speaks_against_a_whole_trial() {
    assert_eq!(short(&of(|_| {}, 0, false)), (State::Done, vec![]));
    assert_eq!(short(&of(|_| {}, 0, true)), (State::Done, vec![]));
}

#[test]
fn the_offered_load_is_met_to_one_per_cent() {
    let started = |count: u64| move |value: &mut Value| {
        value["iterations"]["started"] = count.into();
        value["iterations"]["completed"] = count.into();
    };
    for (count, state) in [(847, State::Done), (846, State::Invalid), (863, State::Done), (864, State::Invalid)] {
        assert_eq!(of(started(count), 0, false).state, state, "{count}");
    }
    let few = |count: u64| move |value: &mut Value| {
        value["iterations"] = json!({"ideal": 5, "started": count, "completed": count, "dropped": 0, "interrupted": 0});
    };
    for (count, state) in [(4, State::Done), (6, State::Done), (3, State::Invalid), (7, State::Invalid)] {
        assert_eq!(of(few(count), 0, false).state, state, "{count}");
    }
    // The limit of virtual users ends a trial before its time, which is what it is for.
    assert_eq!(of(few(3), 99, true).state, State::Done);
    assert_eq!(of(few(3), 0, true).state, State::Invalid, "without reaching its limit it must offer everything");
    assert_eq!(short(&of(few(0), 0, false)).1, [(Grade::Invalid, "offered")]);
}

#[test]
fn dropped_and_interrupted_make_a_trial_suspect() {
    let dropped = |value: &mut Value| {
        value["iterations"]["started"] = 850.into();
        value["iterations"]["completed"] = 850.into();
        value["iterations"]["dropped"] = 5.into();
    };
    let found = of(dropped, 0, false);
    assert_eq!(short(&found), (State::Done, vec![(Grade::Suspect, "dropped")]));
    assert_eq!(found.evidence[0].told, "5 of 855 requests were left out, for no virtual user was free");
    let cut = |value: &mut Value| {
        value["iterations"]["completed"] = 850.into();
        value["iterations"]["interrupted"] = 5.into();
    };
    assert_eq!(short(&of(cut, 0, false)), (State::Done, vec![(Grade::Suspect, "tail-censored")]));
    assert_eq!(short(&of(cut, 99, true)), (State::Done, vec![(Grade::Valid, "tail-censored")]));
}

#[test]
fn errors_of_a_platform_are_a_result_unless_nothing_else_came() {
    let failed = |kind: &'static str, count: u64| move |value: &mut Value| {
        value["failed"]["all"] = count.into();
        value["failed"][kind] = count.into();
    };
    let most = of(failed("broken", 854), 0, false);
    assert_eq!(short(&most), (State::Done, vec![(Grade::Valid, "errors")]));
    assert_eq!(most.evidence[0].told, "854 of 855 requests failed: 854 errors (5xx)");
    for (kind, says) in [
        ("signed_out", "not signed in"),
        ("refused", "not signed in, or the fixture is not there"),
        ("broken", "the platform was not there"),
        ("unanswered", "the platform was not there"),
    ] {
        let all = of(failed(kind, 855), 0, false);
        assert_eq!(short(&all), (State::Invalid, vec![(Grade::Invalid, "all-failed")]), "{kind}");
        assert!(all.evidence[0].told.contains(says), "{:?}", all.evidence);
    }
    let some = of(failed("signed_out", 3), 0, false);
    assert_eq!(short(&some).1, [(Grade::Valid, "errors"), (Grade::Suspect, "signed-out")]);
}

#[test]
fn ends_of_k6() {
    for code in [1, 2, 99, 103, 104, 105, 107, 108, 109, 127, 137, 255, -9, -11] {
        let found = of(|_| {}, code, false);
        assert_eq!(short(&found), (State::Invalid, vec![(Grade::Invalid, "k6-end")]), "{code}");
    }
    assert!(of(|_| {}, -9, false).evidence[0].told.contains("want of memory"));
    let hung = given(Some(Ran { too_long: true, code: -9, ..RAN }), None, false);
    assert_eq!(short(&hung).1, [(Grade::Invalid, "k6-hung"), (Grade::Invalid, "summary")]);
}

#[test]
fn summaries_that_are_missing_or_torn() {
    assert_eq!(short(&given(Some(RAN), None, false)).1, [(Grade::Invalid, "summary")]);
    let whole = summary(|_| {});
    for end in 0..whole.len() {
        assert_eq!(short(&given(Some(RAN), Some(&whole[..end]), false)).1, [(Grade::Invalid, "summary")], "{end}");
    }
    for text in ["", "x", "[]", "{}", r#"{"iterations": {"ideal": -1}}"#, "null", "\u{0}"] {
        assert_eq!(given(Some(RAN), Some(text), false).state, State::Invalid, "{text:?}");
    }
}

#[test]
fn a_clock_that_jumps() {
    for (ended, jumps) in [(66_000, false), (66_001, true), (64_000, false), (63_999, true), (0, true)] {
        let found = given(Some(Ran { ended, ..RAN }), Some(&summary(|_| {})), false);
        assert_eq!(short(&found).1 == [(Grade::Suspect, "clock")], jumps, "{ended}");
    }
    let back = given(Some(Ran { ended: 0, ..RAN }), Some(&summary(|_| {})), false);
    assert!(back.evidence[0].told.contains("jumped by -65000 ms"), "{:?}", back.evidence);
}

#[test]
fn an_attempt_that_was_not_made_to_its_end_has_failed() {
    let found = given(None, Some(&summary(|_| {})), false);
    assert_eq!(short(&found), (State::Failed, vec![(Grade::Invalid, "interrupted")]));
    assert!(found.iterations.is_some(), "what was counted is kept");
}
