use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::trial::verdict::{Evidence, Grade};

/// As an API server answers, shortened.
fn pod_list() -> Value {
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "812"}, "items": [
        {
            "metadata": {"name": "api-6d4b75cb6d-x2x9z", "namespace": "ahuora"},
            "spec": {"nodeName": "pi-3", "containers": [
                {"name": "api", "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}}},
                {"name": "proxy", "resources": {"requests": {"cpu": "0.1"}}},
            ]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
                "containerStatuses": [
                    {"name": "api", "ready": true, "restartCount": 2, "state": {"running": {}},
                     "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
                    {"name": "proxy", "ready": true, "restartCount": 1, "state": {"running": {}}, "lastState": {}},
                ],
            },
        },
        {
            "metadata": {"name": "api-6d4b75cb6d-abcde"},
            "spec": {"containers": [{"name": "api", "resources": {}}]},
            "status": {"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/7 nodes are available"},
            ]},
        },
    ]})
}

fn of(rule: &str, evidence: &[Evidence]) -> Vec<(Grade, String)> {
    evidence.iter().filter(|one| one.rule == rule).map(|one| (one.grade, one.told.clone())).collect()
}

fn running(name: &str, restarts: u64) -> Pod {
    let (name, phase) = (name.to_owned(), "Running".to_owned());
    Pod { name, phase, ready: true, restarts, node: Some("pi-1".to_owned()), cpu_request: Some(0.5), ..Pod::default() }
}

/// Samples of these pods, five seconds apart.
fn samples(pods: &[Vec<Pod>]) -> Vec<Sample> {
    let sample = |(index, pods): (usize, &Vec<Pod>)| Sample {
        at: 1_000_000 + 5000 * index as u64,
        pods: pods.clone(),
        ..Sample::default()
    };
    pods.iter().enumerate().map(sample).collect()
}

#[test]
fn pods_as_the_server_tells_them() {
    let pods = pods(&pod_list());
    let [pending, running] = pods.as_slice() else { panic!("{pods:?}") };
    assert_eq!((running.restarts, running.ready, running.ended.as_deref()), (3, true, Some("OOMKilled")));
    assert!((running.cpu_request.unwrap_or_default() - 0.6).abs() < 1e-9);
    assert_eq!(pending.unscheduled.as_deref(), Some("0/7 nodes are available"));
    assert_eq!((pending.ready, pending.node.as_ref(), pending.cpu_request), (false, None, None));
    assert_eq!(nodes_of(&pods), ["pi-3"]);
}

#[test]
fn workloads_and_autoscalers_as_the_server_tells_them() {
    let deployments = json!({"items": [{"metadata": {"name": "api"}, "spec": {"replicas": 3}, "status": {"readyReplicas": 2, "updatedReplicas": 3}}]});
    let expected = Workload { kind: "Deployment".to_owned(), name: "api".to_owned(), desired: 3, ready: 2, updated: 3 };
    assert_eq!(workloads(&deployments, "Deployment"), [expected]);
    let scalers = json!({"items": [{
        "metadata": {"name": "api"}, "spec": {"minReplicas": 2, "maxReplicas": 8},
        "status": {"currentReplicas": 2, "desiredReplicas": 4, "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 143, "averageValue": "715m"}}},
        ]},
    }]});
    let metric = Some("cpu 143%".to_owned());
    let expected = Autoscaler { name: "api".to_owned(), current: 2, desired: 4, min: 2, max: 8, metric };
    assert_eq!(autoscalers(&scalers), [expected]);
}

#[test]
fn usage_as_the_metrics_server_tells_it() {
    let answer = json!({"kind": "PodMetricsList", "items": [{"metadata": {"name": "api-1"}, "timestamp": "2026-11-22T10:00:00Z",
    "window": "15.056s", "containers": [
        {"name": "api", "usage": {"cpu": "250123456n", "memory": "131072Ki"}},
        {"name": "odd", "usage": {"cpu": "many", "memory": "1"}},
    ]}]});
    let usage = metrics_of_pods(&answer);
    assert_eq!(usage.len(), 1, "{usage:?}");
    assert!((usage[0].cpu - 0.250_123_456).abs() < 1e-9 && (usage[0].memory - 134_217_728.0).abs() < 1.0);
    let answer = json!({"items": [{"metadata": {"name": "pi-1"}, "usage": {"cpu": "1500m", "memory": "2Gi"}}]});
    let expected = NodeUsage { node: "pi-1".to_owned(), cpu: 1.5, memory: 2_147_483_648.0 };
    assert_eq!(metrics_of_nodes(&answer), [expected]);
}

const CADVISOR: &str = r#"# HELP container_cpu_cfs_periods_total Number of elapsed enforcement period intervals.
# TYPE container_cpu_cfs_periods_total counter
container_cpu_cfs_periods_total{container="api",id="/kubepods/x",image="a",name="1",namespace="ahuora",pod="api-1"} 400 1763900000123
container_cpu_cfs_throttled_periods_total{container="api",id="/kubepods/x",image="a",name="1",namespace="ahuora",pod="api-1"} 100 1763900000123
container_cpu_cfs_throttled_seconds_total{container="api",id="/kubepods/x",image="a",name="1",namespace="ahuora",pod="api-1"} 12.5 1763900000123
container_cpu_usage_seconds_total{container="",cpu="total",id="/",image="",name="",namespace="",pod=""} 98765.4 1763900000456
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods",image="",name="",namespace="",pod=""} 5 1763900000456
container_cpu_usage_seconds_total{container="",cpu="total",id="/kubepods/x",image="",name="",namespace="ahuora",pod="api-1"} 7 1763900000456
container_cpu_usage_seconds_total{container="POD",cpu="total",id="/kubepods/y",image="p",name="2",namespace="ahuora",pod="api-1"} 8 1763900000456
container_cpu_usage_seconds_total{container="api",cpu="total",id="/kubepods/x",image="a\"{,}",name="1",namespace="ahuora",pod="api-1"} 1.25e+02 1763900000789
container_cpu_usage_seconds_total{container="api",cpu="cpu00",id="/kubepods/x",image="a",name="1",namespace="ahuora",pod="api-1"} 9 1763900000789
container_cpu_usage_seconds_total{container="api",cpu="total",id="/kubepods/z",image="a",name="1",namespace="other",pod="api-1"} 10 1763900000789
container_memory_working_set_bytes{container="api",id="/kubepods/x",image="a",name="1",namespace="ahuora",pod="api-1"} 1.34217728e+08 1763900000123
container_memory_working_set_bytes{container="",id="/",image="",name="",namespace="",pod=""} 2e+09
container_memory_working_set_bytes{container="broken
container_scrape_error 0
machine_cpu_cores 4
"#;

fn scanned(pieces: &[&[u8]]) -> Vec<Counters> {
    let mut scanner = Scanner::new("pi-1", "ahuora");
    for piece in pieces {
        scanner.push(piece);
    }
    scanner.finish()
}

#[test]
fn counters_of_a_kubelet() {
    let counters = scanned(&[CADVISOR.as_bytes()]);
    let [node, api] = counters.as_slice() else { panic!("{counters:?}") };
    assert_eq!((node.pod.as_str(), node.cpu_seconds, node.memory), ("", Some(98_765.4), Some(2e9)));
    let expected = Counters {
        node: "pi-1".to_owned(),
        pod: "api-1".to_owned(),
        container: "api".to_owned(),
        counted: Some(1_763_900_000_789),
        cpu_seconds: Some(125.0),
        memory: Some(134_217_728.0),
        periods: Some(400.0),
        throttled_periods: Some(100.0),
        throttled_seconds: Some(12.5),
    };
    assert_eq!(*api, expected);
}

#[test]
fn a_line_without_end_takes_no_memory() {
    let mut scanner = Scanner::new("pi-1", "ahuora");
    for _ in 0..1000 {
        scanner.push(&[b'x'; 4096]);
    }
    scanner.push(b"\n");
    scanner.push(CADVISOR.as_bytes());
    assert_eq!(scanner.finish().len(), 2);
}

proptest! {
    #[test]
    fn pieces_of_any_size_say_the_same(size in 1_usize..200) {
        let pieces: Vec<&[u8]> = CADVISOR.as_bytes().chunks(size).collect();
        prop_assert_eq!(scanned(&pieces), scanned(&[CADVISOR.as_bytes()]));
    }

    #[test]
    fn garbage_is_no_counter_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..3000) {
        let text = CADVISOR.as_bytes();
        let at = at.min(text.len());
        scanned(&[&text[..at], &noise, &text[at..]]);
        scanned(&[&noise]);
    }

    #[test]
    fn odd_labels_are_no_panic(line in "container_cpu_usage_seconds_total\\{[a-z=\"\\\\,{} ]{0,40}\\}? ?[0-9.eE+-]{0,8}") {
        scanned(&[line.as_bytes()]);
    }

    #[test]
    fn any_json_is_a_sample_without_panic(text in "[\\[\\]{}\":,a-z0-9 ]{0,80}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let list = json!({"items": [value.clone(), {"spec": value.clone(), "status": value, "metadata": 1}]});
            pods(&list);
            workloads(&list, "Deployment");
            autoscalers(&list);
            metrics_of_pods(&list);
            metrics_of_nodes(&list);
        }
        read(&text);
    }
}

#[test]
fn samples_are_read_again_but_for_a_torn_line() {
    let all = samples(&[vec![running("a", 0)], vec![running("a", 1)]]);
    let lines: Vec<String> = all.iter().map(|one| serde_json::to_string(one).expect("JSON")).collect();
    let text = format!("{}\n{}\n{}", lines[0], lines[1], &lines[1][..lines[1].len() / 2]);
    assert_eq!(read(&text), all);
}

#[test]
fn a_quiet_trial_has_nothing_against_it() {
    let quiet = samples(&vec![vec![running("a", 3), running("b", 0)]; 24]);
    assert_eq!(judge(&quiet, 5000), []);
}

#[test]
fn containers_that_start_again_are_told_with_their_pod() {
    let mut after = running("a", 4);
    after.ended = Some("OOMKilled".to_owned());
    let evidence =
        judge(&samples(&[vec![running("a", 3)], vec![running("a", 3)], vec![after, running("new", 2)]]), 5000);
    let told = of("cluster-restarts", &evidence);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].1.contains("pod a ") && told[0].1.contains("once") && told[0].1.contains("OOMKilled"));
    assert!(told[1].1.contains("pod new ") && told[1].1.contains("2 times"));
    assert!(told.iter().all(|(grade, _)| *grade == Grade::Suspect));
}

#[test]
fn a_pod_that_cannot_run_is_told_from_one_that_starts() {
    let pending = |why: Option<&str>, unscheduled: Option<&str>| Pod {
        phase: "Pending".to_owned(),
        ready: false,
        waiting: why.map(str::to_owned),
        unscheduled: unscheduled.map(str::to_owned),
        ..running("x", 0)
    };
    let judged = |pod: Pod| of("cluster-pending", &judge(&samples(&[vec![], vec![pod], vec![]]), 5000));
    assert_eq!(judged(pending(Some("ContainerCreating"), None))[0].0, Grade::Valid);
    assert_eq!(judged(pending(None, None))[0].0, Grade::Valid);
    assert_eq!(judged(pending(Some("ImagePullBackOff"), None))[0].0, Grade::Suspect);
    let nowhere = judged(pending(None, Some("0/7 nodes are available")));
    assert_eq!(nowhere[0].0, Grade::Suspect);
    assert!(nowhere[0].1.contains("pod x ") && nowhere[0].1.contains("1 of 3") && nowhere[0].1.contains("0/7"));
}

#[test]
fn a_pod_evicted_meanwhile_is_told_not_one_before() {
    let evicted =
        |name: &str| Pod { phase: "Failed".to_owned(), reason: Some("Evicted".to_owned()), ..running(name, 0) };
    let evidence = judge(&samples(&[vec![evicted("old")], vec![evicted("old"), evicted("new")]]), 5000);
    let told = of("cluster-evicted", &evidence);
    assert!(told.len() == 1 && told[0].1.contains("pod new ") && told[0].0 == Grade::Suspect, "{told:?}");
}

#[test]
fn gaps_count_above_a_tenth() {
    let gap = || Gap { part: Part::Kubelet, node: Some("pi-1".to_owned()), why: "forbidden".to_owned() };
    let with = |missing: usize| {
        let mut all = samples(&vec![vec![running("a", 0)]; 20]);
        all.iter_mut().take(missing).for_each(|sample| sample.gaps.push(gap()));
        of("cluster-gaps", &judge(&all, 5000))
    };
    assert_eq!(with(0), []);
    assert_eq!((with(2)[0].0, with(3)[0].0), (Grade::Valid, Grade::Suspect));
    assert_eq!(with(3)[0].1, "throttling and counters of the kubelet of pi-1: missing in 3 of 20 samples: forbidden");
    assert_eq!(of("cluster-gaps", &judge(&[], 5000))[0].0, Grade::Suspect);
}

#[test]
fn samples_that_were_not_taken_are_gaps() {
    let mut all = samples(&vec![vec![running("a", 0)]; 20]);
    all.retain(|sample| sample.at <= 1_000_000 + 30_000 || sample.at > 1_000_000 + 50_000);
    let told = of("cluster-gaps", &judge(&all, 5000));
    assert!(told.len() == 1 && told[0].1 == "4 of 20 samples of the cluster were not taken", "{told:?}");
}

#[test]
fn pods_that_were_not_read_did_not_begin_anew() {
    let mut all = samples(&[vec![], vec![running("a", 5)], vec![running("a", 5)]]);
    all[0].gaps.push(Gap { part: Part::Pods, node: None, why: "late".to_owned() });
    assert_eq!(of("cluster-restarts", &judge(&all, 5000)), []);
}

/// One container's counts, ten seconds apart.
fn counted(counts: &[(f64, f64, f64)]) -> Vec<Sample> {
    let mut all = samples(&vec![vec![running("a", 0)]; counts.len()]);
    for (sample, (cpu, periods, throttled)) in all.iter_mut().zip(counts) {
        sample.counters.push(Counters {
            pod: "a".to_owned(),
            container: "main".to_owned(),
            counted: Some(sample.at),
            cpu_seconds: Some(*cpu),
            periods: Some(*periods),
            throttled_periods: Some(*throttled),
            ..Counters::default()
        });
    }
    all
}

#[test]
fn throttling_and_use_are_differences_of_counters() {
    let all = counted(&[(100.0, 1000.0, 500.0), (101.0, 1050.0, 510.0), (104.0, 1100.0, 540.0)]);
    let told = of("cluster-throttled", &judge(&all, 5000));
    assert_eq!(told, [(Grade::Valid, "stopped at their limit of CPU: a/main in 40 % of its periods".to_owned())]);
    let used = used(&all);
    assert_eq!((used[0].mean_cpu, used[0].most_cpu, used[0].throttled), (Some(0.4), Some(0.6), Some(0.4)));
    // Began anew: nothing is known of the time between, and nothing is negative.
    let again = super::used(&counted(&[(100.0, 1000.0, 500.0), (1.0, 10.0, 5.0), (2.0, 20.0, 5.0)]));
    assert_eq!((again[0].mean_cpu, again[0].throttled), (Some(0.2), None));
}

mod settling {
    use super::*;
    use crate::load::{Load, SettledSpec};

    fn spec() -> SettledSpec {
        let load = Load::read(include_str!("../../../experiments/load/load.yaml")).expect("valid");
        load.spec.conditions.settled
    }

    /// Looks every five seconds; a dot is calm.
    fn looks(course: &str) -> Vec<Look> {
        let reasons = |c: char| if c == '.' { Vec::new() } else { vec![format!("reason {c}")] };
        course
            .chars()
            .enumerate()
            .map(|(index, c)| Look { at: 7_000 + 5000 * index as u64, reasons: reasons(c) })
            .collect()
    }

    fn after(course: &str) -> Settling {
        settled(&looks(course), &spec())
    }

    #[test]
    fn calm_must_last_without_interruption() {
        assert_eq!(after(&".".repeat(13)), Settling::Calm);
        assert_eq!(after(&format!("xy{}", ".".repeat(13))), Settling::Calm);
        let waiting = |course: &str| matches!(after(course), Settling::Waiting { .. });
        assert!(waiting("") && waiting(".") && waiting(&".".repeat(12)));
        assert!(waiting(&format!("{}x", ".".repeat(40))), "calm before, not now");
        assert!(waiting(&format!("{}x{}", ".".repeat(40), ".".repeat(12))), "interrupted");
    }

    #[test]
    fn the_reasons_are_told() {
        assert_eq!(after("..x"), Settling::Waiting { reasons: vec!["reason x".to_owned()] });
        let told = "it has been calm for 5 of 60 s".to_owned();
        assert_eq!(after("x.."), Settling::Waiting { reasons: vec![told] });
    }

    #[test]
    fn it_is_given_up_when_it_was_waited_for_long_enough() {
        let course = format!("{}x..", ".x".repeat(90));
        let Settling::GaveUp { reasons } = after(&course) else { panic!("{:?}", after(&course)) };
        assert_eq!(reasons, ["it has been calm for 5 of 60 s", "10 s before: reason x"]);
        // Calm at last, however late: what is measured counts.
        assert_eq!(after(&format!("{}{}", "x".repeat(180), ".".repeat(13))), Settling::Calm);
    }

    #[test]
    fn time_that_nobody_looked_at_is_not_calm() {
        let mut looks = looks(&".".repeat(13));
        looks.iter_mut().skip(6).for_each(|look| look.at += LONGEST_BETWEEN);
        assert!(matches!(settled(&looks, &spec()), Settling::Waiting { .. }));
    }

    #[test]
    fn what_keeps_a_platform_from_being_calm() {
        let usage = |cpu| Usage { pod: "a".to_owned(), container: "main".to_owned(), cpu, memory: 1.0 };
        let scaler = Autoscaler { name: "api".to_owned(), current: 2, desired: 2, min: 2, max: 8, metric: None };
        let calm = Sample {
            pods: vec![
                running("a", 0),
                running("b", 9),
                Pod { phase: "Succeeded".to_owned(), ready: false, ..running("job", 0) },
            ],
            autoscalers: vec![scaler.clone()],
            usage: vec![usage(0.04)],
            ..Sample::default()
        };
        assert_eq!(restless(&calm, &spec()), [""; 0]);
        let one = |change: &dyn Fn(&mut Sample)| {
            let mut sample = calm.clone();
            change(&mut sample);
            let reasons = restless(&sample, &spec());
            assert_eq!(reasons.len(), 1, "{reasons:?}");
            reasons[0].clone()
        };
        let pods = one(&|sample| sample.pods[1].phase = "Pending".to_owned());
        assert!(pods.contains("pod b is Pending"), "{pods}");
        assert!(one(&|sample| sample.pods[0].ready = false).contains("pod a is not ready"));
        assert!(one(&|sample| sample.autoscalers[0].desired = 3).contains("counts 2 pods and wants 3"));
        assert!(
            one(&|sample| (sample.autoscalers[0].current, sample.autoscalers[0].desired) = (3, 3))
                .contains("there are 2")
        );
        assert_eq!(
            one(&|sample| sample.usage = vec![usage(0.2)]),
            "the pods use 40 % of the CPU that they request (0.20 of 0.50 cores), at rest it is less than 10 %; most of it a \
             (0.20 cores)"
        );
        let gap = Gap { part: Part::Pods, node: None, why: "late".to_owned() };
        assert!(one(&|sample| sample.gaps = vec![gap.clone()]).contains("pods could not be read: late"));
        // No metrics: nobody knows, and nobody claims it.
        let mut unknown = calm.clone();
        unknown.usage.clear();
        unknown.gaps = vec![Gap { part: Part::PodMetrics, ..gap }];
        assert_eq!(restless(&unknown, &spec()), [""; 0]);
    }
}
