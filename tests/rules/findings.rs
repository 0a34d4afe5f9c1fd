//! What the rules find, case by case, and that no rule is without a case.

use std::collections::BTreeSet;

use ahuora::check::rule_names;
use serde_json::json;

use crate::cases::{CASES, POOL};
use crate::setup::{Found, PLATFORM, Setup};

#[test]
fn the_platform_has_no_finding() {
    assert_eq!(Setup::text(PLATFORM).findings(), []);
}

#[test]
fn every_rule_finds_what_breaks_it_and_nothing_else() {
    let mut wrong = String::new();
    for case in CASES {
        let expected: Found =
            case.found.iter().map(|(rule, resource)| ((*rule).to_owned(), (*resource).to_owned())).collect();
        match std::panic::catch_unwind(|| (case.change)(Setup::platform()).found()) {
            Ok(found) if found == expected => {}
            Ok(found) => {
                let what = case.what;
                wrong += &format!("{what}:\n  expected {expected:?}\n  found    {found:?}\n");
            }
            Err(_) => wrong += &format!("{}: panicked\n", case.what),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_a_case_that_breaks_it() {
    let found = CASES.iter().flat_map(|case| case.found);
    let covered: BTreeSet<&str> = found.map(|(rule, _)| *rule).collect();
    let rules: BTreeSet<&str> = rule_names().into_iter().collect();
    assert_eq!(covered, rules, "each rule needs a case in CASES that breaks it");
    assert_eq!(rules.len(), rule_names().len(), "two rules have one name");
}

#[test]
fn credentials_of_monitoring_must_be_declared() {
    for change in
        [("credentials: grafana-cloud", "credentials: nobody"), ("    logsUrl: logs-url", "    logsUrl: logs-address")]
    {
        let setup = Setup::platform().edit(change.0, change.1);
        let noticed = setup.try_load().is_err() || !setup.findings().is_empty();
        assert!(noticed, "nobody notices `{}`", change.1);
    }
}

#[test]
fn a_waiver_for_one_environment_holds_for_no_other() {
    let staging = "environments:\n  staging:\n    namespace: ahuora-staging\n    domain: staging.ahuora.org.nz\n";
    let waiver = |environment: &str| {
        let setup = Setup::platform().edit("environments:\n", staging).edit("poolSize: 30\n", "poolSize: 60\n");
        let waivers = json!([{
            "rule": "database-connections", "resource": POOL, "environment": environment, "reason": "a test",
        }]);
        Setup::text(format!("{}\nwaivers: {waivers}\n", setup.to_text())).findings()
    };
    for (waived, other) in [("production", "staging"), ("staging", "production")] {
        let findings = waiver(waived);
        let left: Vec<_> = findings
            .iter()
            .filter(|finding| finding.rule == "database-connections")
            .map(|finding| finding.environment.as_deref())
            .collect();
        assert_eq!(left, [Some(other)]);
    }
}
