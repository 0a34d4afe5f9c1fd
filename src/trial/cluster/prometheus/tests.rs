use proptest::prelude::*;

use super::*;
use crate::load::PrometheusSpec;

const SPAN: Span = Span { start: 1_763_900_000_500, end: 1_763_900_030_500, step: 5 };

fn query() -> Query {
    Query { name: "cpu".to_owned(), text: "up".to_owned() }
}

/// As Prometheus 3 answers.
fn matrix(series: &[(&str, &[(f64, &str)])]) -> String {
    let one = |(pod, points): &(&str, &[(f64, &str)])| {
        let values: Vec<String> = points.iter().map(|(time, value)| format!("[{time},\"{value}\"]")).collect();
        format!("{{\"metric\":{{\"pod\":\"{pod}\"}},\"values\":[{}]}}", values.join(","))
    };
    let series: Vec<String> = series.iter().map(one).collect();
    format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}", series.join(","))
}

fn at(index: u32) -> f64 {
    1_763_900_000.5 + 5.0 * f64::from(index)
}

#[test]
fn the_namespace_is_quoted() {
    let all = queries(&PrometheusSpec::default(), "ahuora");
    assert_eq!(all.len(), QUERIES.len());
    assert!(all.iter().all(|query| !query.text.contains(NAMESPACE)));
    assert!(all[0].text.contains("{namespace=\"ahuora\", container!=\"\""), "{}", all[0].text);
    let mut spec = PrometheusSpec::default();
    spec.queries.insert(crate::values::ShortName::new("mine").expect("a name"), "up{namespace={namespace}}".to_owned());
    let mine = queries(&spec, "a\"} or vector(1) #\\\n");
    let expected = Query { name: "mine".to_owned(), text: "up{namespace=\"a\\\"} or vector(1) #\\\\\\n\"}".to_owned() };
    assert_eq!(mine, [expected]);
}

#[test]
fn a_request_is_a_path_with_an_encoded_query() {
    let query = Query { name: "x".to_owned(), text: "a{b=\"c d\"}&end=0+\u{e9}".to_owned() };
    assert_eq!(
        SPAN.path(&query),
        "/api/v1/query_range?query=a%7Bb%3D%22c%20d%22%7D%26end%3D0%2B%C3%A9&start=1763900000.500&end=1763900030.500&step=5"
    );
}

#[test]
fn no_series_has_more_points_than_the_endpoint_gives() {
    assert_eq!(SPAN.coarse_enough(), SPAN);
    assert_eq!(SPAN.points(), 7);
    let long = Span { end: SPAN.start + 86_400_000, step: 1, ..SPAN };
    assert_eq!(long.coarse_enough().step, 8);
    for end in [0, SPAN.start, SPAN.start + 54_995_000, u64::MAX / 2] {
        let span = Span { end, ..SPAN }.coarse_enough();
        assert!(span.points() <= MOST_POINTS, "{span:?}");
    }
}

#[test]
fn whole_answers_have_no_gaps() {
    let points: Vec<(f64, &str)> = (0..7).map(|index| (at(index), "1.5")).collect();
    let answer = Answer::read(&query(), SPAN, &matrix(&[("a", &points)]));
    assert_eq!((answer.failed.clone(), answer.gaps.as_slice(), answer.missing), (None, [].as_slice(), 0));
    assert_eq!(answer.series[0].labels.get("pod").map(String::as_str), Some("a"));
    assert_eq!(answer.series[0].points[6], (at(6), Some(1.5)));
    let collected = Collected { span: SPAN, answers: vec![answer] };
    assert_eq!(collected.judge(), []);
    let text = serde_json::to_string(&collected).expect("JSON");
    assert_eq!(serde_json::from_str::<Collected>(&text).expect("the same"), collected);
}

#[test]
fn what_is_missing_is_told_of_all_and_of_each() {
    let a = [(at(1), "1"), (at(2), "1"), (at(5), "1")];
    // It begins later, and one value is no number.
    let b = [(at(2), "2"), (at(3), "NaN"), (at(5), "2")];
    let answer = Answer::read(&query(), SPAN, &matrix(&[("a", &a), ("b", &b)]));
    let all: Vec<(Option<String>, f64, f64, u64)> = answer
        .gaps
        .iter()
        .map(|hole| (hole.labels.as_ref().map(|labels| labels["pod"].clone()), hole.from, hole.to, hole.points))
        .collect();
    assert_eq!(all, [(None, at(0), at(0), 1), (None, at(3), at(4), 2), (None, at(6), at(6), 1)]);
    assert_eq!(answer.missing, 4);
    let more = [(at(0), "1"), (at(1), "1"), (at(2), "1"), (at(3), "1"), (at(4), "1"), (at(5), "1"), (at(6), "1")];
    let answer = Answer::read(&query(), SPAN, &matrix(&[("a", &more), ("b", &b)]));
    let own: Vec<(f64, f64, u64)> = answer.gaps.iter().map(|hole| (hole.from, hole.to, hole.points)).collect();
    assert_eq!(own, [(at(3), at(4), 2)]);
    let told = Collected { span: SPAN, answers: vec![answer] }.judge();
    assert!(told.len() == 1 && told[0].told == "cpu: 2 points are missing (7 in each of 2 series)", "{told:?}");
}

#[test]
fn refusals_warnings_and_pages_are_kept() {
    let refused =
        r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:3: parse error"}"#;
    let failed = |body: &str| Answer::read(&query(), SPAN, body).failed.unwrap_or_default();
    assert!(failed(refused).contains("parse error"));
    assert!(failed("<html>sign in</html>").contains("not JSON"));
    assert!(failed(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#).contains("no row of values"));
    let warned = matrix(&[]).replacen('{', r#"{"warnings":["partial response"],"#, 1);
    let answer = Answer::read(&query(), SPAN, &warned);
    assert_eq!(answer.warnings, ["partial response"]);
    assert_eq!(answer.missing, 7);
    let told: Vec<String> =
        Collected { span: SPAN, answers: vec![answer] }.judge().into_iter().map(|one| one.told).collect();
    assert_eq!(told, ["cpu: the endpoint has no values of it", "cpu: the endpoint warns: partial response"]);
}

#[test]
fn values_that_are_repeated_are_told() {
    let points: Vec<(f64, String)> = (0..7).map(|index| (at(index), format!("{}", at(0)))).collect();
    let points: Vec<(f64, &str)> = points.iter().map(|(time, value)| (*time, value.as_str())).collect();
    let scraped = Query { name: SCRAPED.to_owned(), text: String::new() };
    let answers = vec![Answer::read(&scraped, SPAN, &matrix(&[("a", &points)]))];
    let told = Collected { span: SPAN, answers }.judge();
    assert!(told.len() == 1 && told[0].told.starts_with("values are up to 30 s old"), "{told:?}");
}

proptest! {
    #[test]
    fn no_answer_is_a_panic(body in ".{0,200}", times in proptest::collection::vec((any::<f64>(), "[0-9a-zA-Z.+-]{0,6}"), 0..20)) {
        Answer::read(&query(), SPAN, &body);
        let points: Vec<(f64, &str)> = times.iter().map(|(time, value)| (*time, value.as_str())).collect();
        Answer::read(&query(), SPAN, &matrix(&[("a", &points)]));
    }

    #[test]
    fn every_missing_point_is_counted_once(present in proptest::collection::btree_set(0_u32..7, 0..8)) {
        let points: Vec<(f64, &str)> = present.iter().map(|index| (at(*index), "1")).collect();
        let answer = Answer::read(&query(), SPAN, &matrix(&[("a", &points)]));
        prop_assert_eq!(answer.missing, 7 - present.len() as u64);
    }
}
