//! What the parts of the file say of each other.

use std::num::NonZeroU32;

use super::{ClientSpec, LatencySpec, LoadSpec, Plan, observed};
use crate::config::suggestion;

/// A problem: the keys on the way to it, and a sentence.
pub(super) type Found<'l> = (Vec<&'l str>, String);

/// More virtual users than any generator can have: k6 takes some megabytes for each.
const MOST_VIRTUAL_USERS: u32 = 50_000;

/// Everything that the types of the fields alone cannot say.
pub(super) fn problems(load: &LoadSpec) -> Vec<Found<'_>> {
    let mut problems = Vec::new();
    latency(&load.conditions.latency, &mut problems);
    client(&load.conditions.client, &mut problems);
    observed::problems(load, &mut problems);
    endpoints(load, &mut problems);
    for (name, profile) in &load.profiles {
        let at = |key: &'static str| vec!["profiles", name.as_str(), key];
        if profile.duration.get() == 0 {
            problems.push((at("duration"), "a profile that lasts no time makes no load: write `10m`".to_owned()));
        }
        for endpoint in profile.rates.keys() {
            if !load.endpoints.contains_key(endpoint) {
                let known: Vec<&str> = load.endpoints.keys().map(|name| name.as_str()).collect();
                let path = vec!["profiles", name.as_str(), "rates", endpoint.as_str()];
                problems.push((
                    path,
                    format!("no endpoint is called `{endpoint}`{}", suggestion(endpoint.as_str(), &known)),
                ));
            }
        }
        if profile.pool.as_ref().is_some_and(|pool| pool.most.is_some() && pool.most_at_least.is_some()) {
            problems.push((at("pool"), "`most` says how many there may be; leave `mostAtLeast` out".to_owned()));
        }
    }
    for plan in Plan::all(load, NonZeroU32::MIN) {
        pool(&plan, &mut problems);
    }
    problems
}

/// The largest share of lost packets that still lets a trial be made, in thousandths of a per cent.
const MOST_LOSS: u32 = 50_000;

/// What could never be proved, or leaves nothing to be measured.
fn latency(latency: &LatencySpec, problems: &mut Vec<Found<'_>>) {
    let at = |key: &'static str| vec!["conditions", "latency", key];
    let (delay, jitter) = (latency.delay.get(), latency.jitter.map_or(0, |jitter| jitter.get()));
    if jitter > delay {
        let message = "a packet cannot leave before it came: at most the delay, or smaller".to_owned();
        problems.push((at("jitter"), message));
    } else if latency.allowance() >= delay {
        let message = format!(
            "the proof would succeed without any latency: the tolerance, with three quarters of the jitter, is to be \
             smaller than the delay of {}",
            latency.delay
        );
        problems.push((at(if jitter > 0 { "jitter" } else { "tolerance" }), message));
    }
    if latency.loss.is_some_and(|loss| loss.thousandths() > MOST_LOSS) {
        problems.push((at("loss"), "with more than half of the packets lost, nothing can be measured".to_owned()));
    }
}

/// Limits beyond what there can be.
fn client(client: &ClientSpec, problems: &mut Vec<Found<'_>>) {
    let at = |key: &'static str| vec!["conditions", "client", key];
    let limits = [
        ("cpu", client.cpu, 1),
        ("cpuSamples", client.cpu_samples, 0),
        ("core", client.core, 1),
        ("memory", client.memory, 1),
        ("link", client.link, 1),
        ("ports", client.ports, 1),
    ];
    for (key, limit, least) in limits {
        if !(least..=100).contains(&limit) {
            problems.push((at(key), format!("is a limit in per cent: from {least} to 100")));
        }
    }
    if client.over.get() == 0 {
        problems.push((at("over"), "a mean of no time is none: write `10s`".to_owned()));
    }
}

fn endpoints<'l>(load: &'l LoadSpec, problems: &mut Vec<Found<'l>>) {
    for (name, endpoint) in &load.endpoints {
        let at = |key: &'static str| vec!["endpoints", name.as_str(), key];
        if !endpoint.method.sends_a_body() && endpoint.body.is_some() {
            let method = endpoint.method.as_str();
            problems.push((at("body"), format!("a {method} sends no body: make it a POST, or leave the body out")));
        }
        if endpoint.timeout.get() == 0 {
            problems.push((at("timeout"), "every request would fail at once: write `60s`".to_owned()));
        }
        if endpoint.slow_answer.get() / 1000 > endpoint.timeout.get() {
            problems.push((at("slowAnswer"), "a slow answer would take longer than the timeout lets it".to_owned()));
        }
    }
}

/// What k6 refuses of virtual users, and a limit on them that could never be reached.
fn pool<'l>(plan: &Plan<'l>, problems: &mut Vec<Found<'l>>) {
    let path = || vec!["profiles", plan.profile.as_str(), "pool"];
    let (preallocated, most) = (plan.pool.preallocated, plan.pool.most);
    if preallocated > most {
        let message = format!(
            "{preallocated} virtual users are made beforehand for `{}`, but there may be {most}",
            plan.endpoint
        );
        problems.push((path(), message));
    }
    if most > MOST_VIRTUAL_USERS {
        let message = format!(
            "there might be {most} virtual users for `{}`; at most {MOST_VIRTUAL_USERS} make sense",
            plan.endpoint
        );
        problems.push((path(), message));
    }
    if let Some(limit) = plan.most_virtual_users.filter(|limit| u32::from(*limit) >= preallocated.min(most)) {
        let needed = u32::from(limit) + 1;
        let message = format!(
            "the trial is to end at more than {limit} virtual users (`mostVirtualUsers`), but {preallocated} are made \
             beforehand and {most} there may be for `{}`: both must be at least {needed}, or it never ends so",
            plan.endpoint
        );
        problems.push((path(), message));
    }
}

#[cfg(test)]
mod tests {
    use crate::load::Load;

    const LOAD: &str = include_str!("../../experiments/load/load.yaml");

    fn problems(changes: &[(&str, &str)]) -> Vec<String> {
        let mut text = LOAD.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let found = Load::read(&text).map_or_else(|problems| problems, |_| Vec::new());
        let line = |one: &crate::config::Problem| one.at.map_or(0, |at| at.line);
        found.iter().map(|one| format!("{}: {}: {}", line(one), one.path, one.message)).collect()
    }

    #[test]
    fn the_shipped_file_has_none() {
        assert_eq!(problems(&[]), [""; 0]);
    }

    #[test]
    fn all_of_them_are_told_each_at_its_place() {
        let found = problems(&[
            ("method: GET\n", "method: GET\n    body: {a: 1}\n"),
            ("timeout: 60s\n    slowAnswer: 1s", "timeout: 0s\n    slowAnswer: 1s"),
            ("slowAnswer: 5s", "slowAnswer: 90s"),
            ("duration: 10m", "duration: 0s"),
            ("uor: 30", "uro: 30"),
            ("{mostAtLeast: 1000}", "{mostAtLeast: 1000, most: 100}"),
            ("{preallocated: 110, most: 200}", "{preallocated: 100, most: 100}"),
        ]);
        let paths: Vec<&str> = found.iter().filter_map(|one| one.split(": ").nth(1)).collect();
        assert_eq!(
            paths,
            [
                "endpoints.uor.body",
                "endpoints.uor.timeout",
                "endpoints.uor.slowAnswer",
                "endpoints.fs.slowAnswer",
                "profiles.average.duration",
                "profiles.stress.rates.uro",
                "profiles.spike.pool",
                "profiles.spike.pool",
                "profiles.spike.pool",
                "profiles.breakpoint.pool",
                "profiles.breakpoint.pool",
            ],
            "{found:#?}"
        );
        let places = found.iter().map(|one| one.split(':').next().and_then(|line| line.parse::<u32>().ok()));
        assert!(places.flatten().all(|line| line > 12), "{found:#?}");
        assert!(found.iter().any(|one| one.contains("did you mean `uor`?")), "{found:#?}");
    }

    #[test]
    fn conditions_that_prove_nothing_are_refused() {
        let latency =
            |text: &str| problems(&[("{interface: eth0, delay: 5ms}", &format!("{{interface: eth0, {text}}}"))]);
        for good in [
            "delay: 5ms, jitter: 1ms, loss: 0.5, rate: 100mbit, scope: target, tolerance: 250us",
            "delay: 5ms, jitter: 5ms, tolerance: 1ms",
            "delay: 0.6ms",
            "delay: 5ms, scope: all, loss: 50",
        ] {
            assert_eq!(latency(good), [""; 0], "{good}");
        }
        for (bad, place) in [
            ("delay: 5ms, jitter: 6ms", "jitter: a packet cannot leave before it came"),
            ("delay: 5ms, jitter: 5ms, tolerance: 2ms", "jitter: the proof would succeed without any"),
            ("delay: 500us", "tolerance: the proof would succeed without any"),
            ("delay: 5ms, tolerance: 5ms", "tolerance: the proof would succeed without any"),
            ("delay: 5ms, loss: 51", "loss: with more than half"),
            ("delay: 5ms, loss: -1", "loss: `-1`"),
            ("delay: 5ms, rate: fast", "rate: `fast`"),
            ("delay: 5ms, scope: host", "scope: "),
            ("delay: 5", "delay: "),
        ] {
            let found = latency(bad);
            assert!(found.len() == 1 && found[0].contains(&format!("conditions.latency.{place}")), "{bad}: {found:#?}");
        }
        let found = problems(&[
            ("eth0", "-eth0"),
            ("delay: 5ms", "delay: 1ms, jitter: 2ms"),
            ("{cpu: 90, memory: 80}", "{cpu: 0, memory: 101, over: 0s}"),
        ]);
        assert!(found.len() == 1, "a name that is refused hides the rest: {found:#?}");
        let found = problems(&[
            ("delay: 5ms", "delay: 1ms, jitter: 2ms, loss: 60"),
            ("{cpu: 90, memory: 80}", "{cpu: 0, cpuSamples: 101, core: 0, memory: 101, link: 0, ports: 0, over: 0s}"),
        ]);
        assert_eq!(found.len(), 9, "{found:#?}");
    }

    #[test]
    fn a_limit_that_cannot_be_passed_is_refused() {
        let limit = |preallocated, most| {
            let pool = format!("{{preallocated: {preallocated}, most: {most}}}");
            problems(&[("{preallocated: 110, most: 200}", &pool)]).len()
        };
        assert_eq!((limit(101, 101), limit(100, 200), limit(101, 100)), (0, 2, 4));
    }

    #[test]
    fn more_virtual_users_than_a_generator_can_have_are_refused() {
        let found = problems(&[("uor: 15", "uor: 100000")]);
        assert!(found.len() == 1 && found[0].contains("there might be 2000000 virtual users"), "{found:#?}");
    }
}
