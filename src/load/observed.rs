//! What must hold of how the cluster is looked at.

use super::validate::Found;
use super::{LoadSpec, PrometheusSpec, SettledSpec};

/// Longest time between two samples, in seconds: looks that lie further apart say nothing of the time between them.
const RAREST: u32 = 30;
/// What stands in a query for the namespace.
const NAMESPACE: &str = "{namespace}";

/// Everything that the types of the fields alone cannot say.
pub(super) fn problems<'l>(load: &'l LoadSpec, problems: &mut Vec<Found<'l>>) {
    let conditions = &load.conditions;
    if !(1..=RAREST).contains(&conditions.samples.get()) {
        let message = format!("the cluster is asked every second to every {RAREST} seconds: write `5s`");
        problems.push((vec!["conditions", "samples"], message));
    }
    settled(&conditions.settled, problems);
    queries(&conditions.prometheus, problems);
}

fn settled(settled: &SettledSpec, problems: &mut Vec<Found<'_>>) {
    let at = |key: &'static str| vec!["conditions", "settled", key];
    if settled.stable.get() == 0 {
        problems.push((at("stable"), "one look says little: write `60s`".to_owned()));
    }
    if settled.within < settled.stable {
        let (within, stable) = (settled.within, settled.stable);
        let message =
            format!("within {within} nothing can have been calm for {stable}: write a longer time, such as `15m`");
        problems.push((at("within"), message));
    }
    if !(1..=100).contains(&settled.cpu) {
        problems.push((at("cpu"), "a share in per cent, from 1 to 100: write `10`".to_owned()));
    }
}

fn queries<'l>(prometheus: &'l PrometheusSpec, problems: &mut Vec<Found<'l>>) {
    for (name, text) in &prometheus.queries {
        let path = || vec!["conditions", "prometheus", "queries", name.as_str()];
        if text.trim().is_empty() {
            problems.push((path(), "write a query in PromQL, such as `up`".to_owned()));
        }
        let quoted = ["\"{namespace}", "'{namespace}", "`{namespace}", "{namespace}\"", "{namespace}'", "{namespace}`"];
        if quoted.iter().any(|quoted| text.contains(quoted)) {
            let message = format!("`{NAMESPACE}` brings its quotes: write `namespace={NAMESPACE}`");
            problems.push((path(), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::load::Load;

    const LOAD: &str = include_str!("../../experiments/load/load.yaml");

    fn problems(change: &[(&str, &str)]) -> Vec<String> {
        let text = change.iter().fold(LOAD.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let found = Load::read(&text).map_or_else(|problems| problems, |_| Vec::new());
        found.into_iter().map(|one| format!("{}: {}", one.path, one.message)).collect()
    }

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let found = problems(&[
            ("stable: 60s, within: 15m, cpu: 10", "stable: 0s, within: 15m, cpu: 0"),
            ("samples: 5s", "samples: 31s"),
        ]);
        let paths: Vec<&str> = found.iter().filter_map(|one| one.split(':').next()).collect();
        assert_eq!(paths, ["conditions.settled.stable", "conditions.settled.cpu", "conditions.samples"], "{found:#?}");
        let found = problems(&[("within: 15m", "within: 59s")]);
        assert!(found.len() == 1 && found[0].contains("calm for 60 s"), "{found:#?}");
        assert_eq!(problems(&[(", cpu: 10", "")]), [""; 0]);
    }

    #[test]
    fn queries_quote_the_namespace_by_themselves() {
        let with = |query: &str| {
            let block = format!("  samples: 5s\n  prometheus:\n    queries:\n      one: {query}\n");
            problems(&[("  samples: 5s\n", &block)])
        };
        assert_eq!(with("'sum(up{namespace={namespace}})'"), [""; 0]);
        assert!(with("'up{namespace=\"{namespace}\"}'")[0].contains("brings its quotes"));
        assert!(with("' '")[0].starts_with("conditions.prometheus.queries.one: "));
    }
}
