//! What a Prometheus-compatible endpoint is asked after a trial, and what its answers say and leave out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::load::PrometheusSpec;
use crate::trial::verdict::{Evidence, Grade};

/// What stands in a query for the namespace.
pub const NAMESPACE: &str = "{namespace}";
/// The query that tells when the newest value was scraped.
const SCRAPED: &str = "scraped";
/// Most points of a series that Prometheus gives at once.
const MOST_POINTS: u64 = 11_000;
/// More holes of a query are counted and not listed.
const MOST_GAPS: usize = 50;

/// What is asked unless the configuration says otherwise: counters as they are, so that nobody has chosen over what
/// time they are looked at. Metrics of cAdvisor, node exporter, kube-state-metrics and pgbouncer exporter.
const QUERIES: [(&str, &str); 13] = [
    (
        "container-cpu-seconds",
        "sum by (instance, pod, container) (container_cpu_usage_seconds_total{namespace={namespace}, container!=\"\", \
         container!=\"POD\"})",
    ),
    (
        "container-memory",
        "sum by (instance, pod, container) (container_memory_working_set_bytes{namespace={namespace}, container!=\"\", \
         container!=\"POD\"})",
    ),
    (
        "container-periods",
        "sum by (instance, pod, container) (container_cpu_cfs_periods_total{namespace={namespace}, container!=\"\"})",
    ),
    (
        "container-throttled-periods",
        "sum by (instance, pod, container) (container_cpu_cfs_throttled_periods_total{namespace={namespace}, \
         container!=\"\"})",
    ),
    (
        "container-throttled-seconds",
        "sum by (instance, pod, container) (container_cpu_cfs_throttled_seconds_total{namespace={namespace}, \
         container!=\"\"})",
    ),
    ("node-cpu-seconds", "sum by (instance) (node_cpu_seconds_total{mode!~\"idle|iowait\"})"),
    ("node-memory", "sum by (instance) (node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes)"),
    ("node-temperature", "max by (instance) (node_thermal_zone_temp)"),
    ("replicas", "sum by (deployment) (kube_deployment_status_replicas_available{namespace={namespace}})"),
    (
        "replicas-desired",
        "sum by (horizontalpodautoscaler) \
         (kube_horizontalpodautoscaler_status_desired_replicas{namespace={namespace}})",
    ),
    ("restarts", "sum by (pod, container) (kube_pod_container_status_restarts_total{namespace={namespace}})"),
    ("pgbouncer-waiting", "sum by (database) (pgbouncer_pools_client_waiting_connections{namespace={namespace}})"),
    (SCRAPED, "max(timestamp(container_cpu_usage_seconds_total{namespace={namespace}, container!=\"\"}))"),
];

/// A query as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// By which its answer is found again.
    pub name: String,
    /// In PromQL.
    pub text: String,
}

/// The queries of a configuration, or the usual ones, for a namespace.
#[must_use]
pub fn queries(spec: &PrometheusSpec, namespace: &str) -> Vec<Query> {
    let quoted = quoted(namespace);
    let query = |(name, text): (&str, &str)| Query { name: name.to_owned(), text: text.replace(NAMESPACE, &quoted) };
    if spec.queries.is_empty() {
        return QUERIES.into_iter().map(query).collect();
    }
    spec.queries.iter().map(|(name, text)| query((name.as_str(), text.as_str()))).collect()
}

/// A text as PromQL quotes it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// What time is asked about, and how finely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Milliseconds since 1970.
    pub start: u64,
    /// Milliseconds since 1970.
    pub end: u64,
    /// Seconds between two points.
    pub step: u32,
}

impl Span {
    /// The same time in no more points than a series may have.
    #[must_use]
    pub fn coarse_enough(self) -> Self {
        let needed = self.end.saturating_sub(self.start).div_ceil((MOST_POINTS - 1) * 1000);
        Self { step: self.step.max(1).max(u32::try_from(needed).unwrap_or(u32::MAX)), ..self }
    }

    /// How many points a whole series has.
    #[must_use]
    pub fn points(self) -> u64 {
        self.end.saturating_sub(self.start) / (u64::from(self.step.max(1)) * 1000) + 1
    }

    /// Path and query of the request for a query, from the endpoint's root.
    #[must_use]
    pub fn path(self, query: &Query) -> String {
        let seconds = |milliseconds: u64| format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
        let (start, end) = (seconds(self.start), seconds(self.end));
        let text = percent_encoded(&query.text);
        format!("/api/v1/query_range?query={text}&start={start}&end={end}&step={}", self.step)
    }

    /// Which point of a series a time is, in seconds since 1970; none for a time outside.
    fn index(self, time: f64) -> Option<u64> {
        let from = time * 1000.0 - self.start as f64;
        let index = (from / (f64::from(self.step.max(1)) * 1000.0)).round();
        (index >= 0.0 && index < self.points() as f64).then_some(index as u64)
    }

    /// When a point is, in seconds since 1970.
    fn time(self, index: u64) -> f64 {
        self.start as f64 / 1000.0 + index as f64 * f64::from(self.step.max(1))
    }
}

/// A text as it may stand in a URL's query.
fn percent_encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Everything that was asked, and what was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// About what time.
    pub span: Span,
    /// Each query, in their order.
    pub answers: Vec<Answer>,
}

/// What was answered to a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The query.
    pub query: Query,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// What the endpoint warns of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The values.
    pub series: Vec<Series>,
    /// Holes in them, the first of many.
    pub gaps: Vec<Hole>,
    /// How many points are missing in all holes.
    pub missing: u64,
}

/// Values of one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What it is.
    pub labels: BTreeMap<String, String>,
    /// Seconds since 1970, and the value; none where it is no number.
    pub points: Vec<(f64, Option<f64>)>,
}

/// A time without values, or without new ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hole {
    /// Of which series; none: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// First point that is missing: seconds since 1970.
    pub from: f64,
    /// Last one.
    pub to: f64,
    /// How many.
    pub points: u64,
}

impl Answer {
    /// What failed, and why.
    #[must_use]
    pub fn failed(query: &Query, why: impl Into<String>) -> Self {
        let (query, failed) = (query.clone(), Some(why.into()));
        Self { query, failed, warnings: Vec::new(), series: Vec::new(), gaps: Vec::new(), missing: 0 }
    }

    /// Reads the body of an answer.
    #[must_use]
    pub fn read(query: &Query, span: Span, body: &str) -> Self {
        let Ok(answer) = serde_json::from_str::<Value>(body) else {
            return Self::failed(query, "the answer is not JSON: is this the root of a Prometheus API?");
        };
        if answer.get("status").and_then(Value::as_str) != Some("success") {
            let why = answer.get("error").and_then(Value::as_str).unwrap_or("it does not say why");
            return Self::failed(query, format!("the query is refused: {why}"));
        }
        let Some(result) = matrix(&answer) else {
            return Self::failed(query, "the answer is no row of values over time");
        };
        let texts =
            |key: &str| answer.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let warnings = texts("warnings").chain(texts("infos")).map(str::to_owned).collect();
        let series: Vec<Series> = result.iter().filter_map(series).collect();
        let (gaps, missing) = holes(&series, span);
        Self { query: query.clone(), failed: None, warnings, series, gaps, missing }
    }
}

fn matrix(answer: &Value) -> Option<&Vec<Value>> {
    let data = answer.get("data")?;
    let is_matrix = data.get("resultType").and_then(Value::as_str) == Some("matrix");
    data.get("result")?.as_array().filter(|_| is_matrix)
}

fn series(series: &Value) -> Option<Series> {
    let labels = series.get("metric")?.as_object()?;
    let label = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    let point = |point: &Value| {
        let value = point.get(1)?.as_str()?.parse::<f64>().ok();
        Some((point.get(0)?.as_f64()?, value.filter(|value| value.is_finite())))
    };
    let values = series.get("values")?.as_array()?;
    Some(Series {
        labels: labels.iter().filter_map(label).collect(),
        points: values.iter().filter_map(point).collect(),
    })
}

/// Where all series have no value, and where one has none between its first and its last.
fn holes(series: &[Series], span: Span) -> (Vec<Hole>, u64) {
    let indexes = |series: &Series| -> BTreeSet<u64> {
        let points = series.points.iter().filter(|(_, value)| value.is_some());
        points.filter_map(|(time, _)| span.index(*time)).collect()
    };
    let each: Vec<BTreeSet<u64>> = series.iter().map(indexes).collect();
    let all: BTreeSet<u64> = each.iter().flatten().copied().collect();
    let mut holes: Vec<Hole> =
        between(&all, None, Some(span.points())).map(|(from, to)| hole(None, from, to, span)).collect();
    for (one, present) in series.iter().zip(&each) {
        let own = between(present, present.first().copied(), None);
        // Where nothing has a value, that has been told.
        let own = own.filter(|(from, to)| (*from..=*to).any(|index| all.contains(&index)));
        holes.extend(own.map(|(from, to)| hole(Some(&one.labels), from, to, span)));
    }
    let missing = holes.iter().map(|hole| hole.points).sum();
    holes.truncate(MOST_GAPS);
    (holes, missing)
}

/// The stretches between points that are there, from the first one or the beginning, to the last one or the end.
fn between(
    present: &BTreeSet<u64>,
    first: Option<u64>,
    end: Option<u64>,
) -> impl Iterator<Item = (u64, u64)> + use<'_> {
    let mut next = first.unwrap_or(0);
    present.iter().copied().chain(end).filter_map(move |index| {
        let hole = (index > next).then(|| (next, index - 1));
        next = index + 1;
        hole
    })
}

fn hole(labels: Option<&BTreeMap<String, String>>, from: u64, to: u64, span: Span) -> Hole {
    Hole { labels: labels.cloned(), from: span.time(from), to: span.time(to), points: to - from + 1 }
}

impl Collected {
    /// What the answers say of a trial: what is missing in them changes no numbers of k6.
    #[must_use]
    pub fn judge(&self) -> Vec<Evidence> {
        let told = |told: String| Evidence::new(Grade::Valid, "prometheus-gaps", told);
        let points = self.span.points();
        let mut evidence = Vec::new();
        for answer in &self.answers {
            let name = &answer.query.name;
            if let Some(why) = &answer.failed {
                evidence.push(told(format!("{name}: {why}")));
            } else if answer.series.is_empty() {
                evidence.push(told(format!("{name}: the endpoint has no values of it")));
            } else if answer.missing > 0 {
                let of = answer.series.len();
                evidence.push(told(format!(
                    "{name}: {} points are missing ({points} in each of {of} series)",
                    answer.missing
                )));
            }
            evidence
                .extend(answer.warnings.iter().map(|warning| told(format!("{name}: the endpoint warns: {warning}"))));
        }
        evidence.extend(self.stale().map(told));
        evidence
    }

    /// How old the values are, where that is worse than the step.
    fn stale(&self) -> Option<String> {
        let scraped = self.answers.iter().find(|answer| answer.query.name == SCRAPED)?;
        let times = scraped.series.iter().flat_map(|series| &series.points);
        let ages = times.filter_map(|(time, scraped)| scraped.map(|scraped| time - scraped));
        let oldest = ages.fold(0.0, f64::max);
        let step = f64::from(self.span.step);
        (oldest > 2.0 * step).then(|| {
            format!(
                "values are up to {oldest:.0} s old where a point stands every {step} s: they are repeated, not new"
            )
        })
    }
}

#[cfg(test)]
mod tests;
