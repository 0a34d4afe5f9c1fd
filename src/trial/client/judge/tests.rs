use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Drops, Link, Memory, Sockets};
use super::*;

fn spec(text: &str) -> ClientSpec {
    serde_json::from_str(text).unwrap()
}

fn shipped() -> ClientSpec {
    spec(r#"{"cpu": 90, "memory": 80}"#)
}

/// A sample each second; `busy` gives how busy each of two processors was in the second before it, in per cent.
fn watched(seconds: u64, busy: impl Fn(u64) -> (u64, u64)) -> Vec<Sample> {
    let mut cores = [Ticks::default(); 2];
    let mut samples = Vec::new();
    for second in 0..=seconds {
        let (one, two) = if second == 0 { (0, 0) } else { busy(second) };
        for (core, busy) in cores.iter_mut().zip([one, two]) {
            core.busy += busy;
            core.total += 100;
        }
        let [one, two] = cores;
        samples.push(Sample {
            at: 1_700_000_000_000 + second * 1000,
            elapsed: 5000 + second * 1000,
            cpu: Some(Ticks { busy: one.busy + two.busy, total: one.total + two.total }),
            cores: BTreeMap::from([(0, one), (1, two)]),
            memory: Some(Memory { total: 1000, available: 700 }),
            link: Some(Link { received: second * 1_000_000, sent: second * 500_000, dropped: 0, mbit: Some(100) }),
            sockets: Sockets { in_use: 10, time_wait: 100, ports: Some(28_232) },
            drops: Drops::default(),
        });
    }
    samples
}

fn rules(samples: &[Sample]) -> Vec<String> {
    rules_by(samples, &shipped(), None)
}

fn rules_by(samples: &[Sample], spec: &ClientSpec, window: Option<Window>) -> Vec<String> {
    let found = judge(samples, spec, window).into_iter().filter(|one| one.grade > Grade::Valid);
    found.map(|one| format!("{:?} {}", one.grade, one.rule)).collect()
}

#[test]
fn a_generator_with_room_is_valid_and_its_highest_numbers_are_told() {
    let found = judge(&watched(600, |second| (second % 50, 20)), &shipped(), None);
    insta::assert_snapshot!(found[0].told, @"of the generator were busy at most 32.2 % of the processors and 44.5 % of one of them (means of 10 s), 30.0 % of the memory, 8.0 % of the link, 0.4 % of the ports; 601 samples");
    assert_eq!((found.len(), found[0].grade), (1, Grade::Valid));
}

#[test]
fn processors_by_their_mean_and_by_their_samples() {
    let burst = |length: u64| {
        rules(&watched(600, |second| if (300..300 + length).contains(&second) { (100, 96) } else { (10, 10) }))
    };
    // Of 600 samples six may be above the limit; of ten seconds, a mean of them may not.
    assert_eq!(burst(6), [""; 0]);
    assert_eq!(burst(7), ["Invalid client-cpu-samples"]);
    assert_eq!(burst(10), ["Invalid client-cpu", "Suspect client-core", "Invalid client-cpu-samples"]);
    // One processor alone.
    assert_eq!(rules(&watched(60, |_| (100, 0))), ["Suspect client-core"]);
    assert_eq!(rules(&watched(60, |_| (98, 0))), [""; 0]);
    let all = judge(&watched(60, |_| (95, 93)), &shipped(), None);
    insta::assert_snapshot!(all[0].told, @"94.0 % of all processors together of the generator were busy from second 0 on, more than 90 %: it may be what limited");
    // A limit of 100 is none.
    assert_eq!(
        rules_by(&watched(60, |_| (100, 100)), &spec(r#"{"cpu": 100, "memory": 100}"#), None),
        ["Suspect client-core"]
    );
    // Less than the time of a mean: all of it.
    assert_eq!(rules(&watched(4, |_| (100, 90)))[0], "Invalid client-cpu");
}

#[test]
fn only_the_window_counts() {
    let samples = watched(60, |second| if second <= 20 { (100, 100) } else { (5, 5) });
    let from = |from: u64| rules_by(&samples, &shipped(), Some(Window { from: 5000 + from, until: 65_000 }));
    assert_eq!((from(0).len(), from(21_000).len()), (3, 0));
    let outside = Window { from: 100_000, until: 200_000 };
    assert_eq!(rules_by(&samples, &shipped(), Some(outside)), ["Suspect client-watched"]);
    // The watch began too late, and ended too early.
    let around = Window { from: 1000, until: 69_000 };
    let told = judge(&watched(60, |_| (5, 5)), &shipped(), Some(around));
    assert!(told[0].told.contains("2 gaps, the longest of 4.0 s"), "{told:?}");
}

#[test]
fn memory_link_ports_and_drops() {
    let changed = |change: fn(usize, &mut Sample)| {
        let mut samples = watched(60, |_| (5, 5));
        samples.iter_mut().enumerate().for_each(|(index, sample)| change(index, sample));
        rules(&samples)
    };
    let none = [""; 0];
    assert_eq!(
        changed(|index, one| if index == 30 {
            one.memory = Some(Memory { total: 1000, available: 199 })
        }),
        ["Invalid client-memory"]
    );
    assert_eq!(changed(|_, one| one.memory = Some(Memory { total: 1000, available: 200 })), none);
    // 100 Mbit/s are 12.5 MB/s.
    assert_eq!(
        changed(|index, one| one.link.as_mut().unwrap().sent = index as u64 * 10_100_000),
        ["Suspect client-link"]
    );
    assert_eq!(changed(|index, one| one.link.as_mut().unwrap().sent = index as u64 * 9_900_000), none);
    let unknown = |index: usize, one: &mut Sample| {
        one.link = Some(Link { received: 0, sent: index as u64 * 100_000_000, dropped: 0, mbit: None });
    };
    assert_eq!(changed(unknown), none);
    assert_eq!(
        changed(|index, one| one.sockets.time_wait = if index == 9 { 22_586 } else { 0 }),
        ["Suspect client-ports"]
    );
    assert_eq!(changed(|index, one| one.drops.softnet = (index > 30).into()), ["Suspect client-drops"]);
    assert_eq!(changed(|index, one| one.drops.udp = 7 + u64::from(index > 30)), ["Suspect client-drops"]);
    assert_eq!(changed(|index, one| one.drops.tcp = 7 + u64::from(index > 30)), ["Suspect client-drops"]);
    assert_eq!(changed(|index, one| one.drops.retransmitted = index as u64), none);
    // Counters that begin anew, and a machine that tells nothing.
    assert_eq!(changed(|index, one| one.drops.softnet = if index > 30 { 0 } else { 4_000_000_000 }), none);
    assert_eq!(changed(|_, one| *one = Sample { at: one.at, elapsed: one.elapsed, ..Sample::default() }), none);
}

#[test]
fn processors_that_come_and_go() {
    let mut samples = watched(60, |_| (5, 5));
    for (index, sample) in samples.iter_mut().enumerate() {
        if (20..25).contains(&index) {
            sample.cores.remove(&1);
        } else if index >= 25 {
            // It begins anew.
            sample.cores.insert(1, Ticks { busy: 1, total: (index as u64 - 24) * 100 });
            sample.cores.insert(7, Ticks { busy: 0, total: index as u64 });
        }
    }
    assert_eq!(rules(&samples), [""; 0]);
    // The counters of all of them go back: only the means over that moment are unknown.
    for sample in samples.iter_mut().skip(30) {
        sample.cpu = sample.cpu.map(|ticks| Ticks { busy: ticks.busy / 100, total: ticks.total - 3000 });
    }
    assert_eq!(rules(&samples), [""; 0]);
}

#[test]
fn a_watch_that_was_starved_and_a_clock_that_was_set() {
    let mut samples = watched(60, |_| (5, 5));
    samples.drain(20..22);
    assert_eq!(rules(&samples), [""; 0], "a sample may be two seconds late");
    samples.drain(20..21);
    assert_eq!(rules(&samples), ["Suspect client-watched"]);
    assert_eq!(rules(&samples[..1]), ["Suspect client-watched"]);
    assert_eq!(rules(&[]), ["Suspect client-watched"]);
    let mut samples = watched(60, |_| (5, 5));
    samples.iter_mut().skip(30).for_each(|sample| sample.at -= 3_600_000);
    let found = judge(&samples, &shipped(), None);
    insta::assert_snapshot!(found[0].told, @"the generator's clock was set by -3600000 ms during the trial: times before and after do not fit");
}

#[test]
fn who_limits_when_all_virtual_users_are_used() {
    let calm = judge(&watched(60, |_| (5, 5)), &shipped(), None);
    let hot = judge(&watched(60, |_| (100, 100)), &shipped(), None);
    let warm = judge(&watched(60, |_| (100, 5)), &shipped(), None);
    let rule = |used, client: &[Evidence]| limited(used, 200, client).map(|one| (one.grade, one.rule));
    assert_eq!(rule(199, &hot), None);
    assert_eq!(rule(200, &calm), Some((Grade::Valid, "system-limited".to_owned())));
    assert_eq!(rule(200, &hot), Some((Grade::Invalid, "client-limited".to_owned())));
    assert_eq!(rule(200, &warm), Some((Grade::Suspect, "client-limited".to_owned())));
    assert_eq!(rule(200, &judge(&[], &shipped(), None)), Some((Grade::Suspect, "limit-unknown".to_owned())));
}

prop_compose! {
    fn any_sample()(
        numbers in prop::array::uniform16(prop_oneof![0_u64..5000, Just(u64::MAX), any::<u64>()]),
        missing in any::<[bool; 4]>(),
    ) -> Sample {
        let [at, elapsed, busy, total, a, b, memory, available, received, sent, mbit, waiting, ports, softnet, udp, tcp] = numbers;
        Sample {
            at,
            elapsed,
            cpu: missing[0].then_some(Ticks { busy, total }),
            cores: BTreeMap::from([(0, Ticks { busy: a, total: b })]),
            memory: missing[1].then_some(Memory { total: memory, available }),
            link: missing[2].then_some(Link { received, sent, dropped: 0, mbit: missing[3].then_some(mbit) }),
            sockets: Sockets { in_use: 0, time_wait: waiting, ports: missing[3].then_some(ports) },
            drops: Drops { softnet, udp, tcp, retransmitted: 0 },
        }
    }
}

proptest! {
    #[test]
    fn nothing_panics(samples in prop::collection::vec(any_sample(), 0..30), over in 1_u32..100, from in any::<u64>(), until in any::<u64>()) {
        let spec = spec(&format!(r#"{{"cpu": 90, "memory": 80, "over": "{over}s"}}"#));
        for window in [None, Some(Window { from, until })] {
            prop_assert!(!judge(&samples, &spec, window).is_empty());
        }
    }

    #[test]
    fn more_work_is_never_better(low in 0_u64..100, more in 0_u64..100, at in 1_u64..50) {
        let high = (low + more).min(100);
        let grade = |busy| judge(&watched(60, |second| if second >= at { (busy, busy) } else { (0, 0) }), &shipped(), None)
            .iter().map(|one| one.grade).max();
        prop_assert!(grade(low) <= grade(high));
    }
}
