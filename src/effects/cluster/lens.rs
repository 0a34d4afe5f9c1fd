//! One sample of a namespace: a few questions at once, each with its limit of time; what is not answered is a gap.

use futures::stream::{self, StreamExt as _};
use serde_json::Value;
use tokio::time::{Duration, timeout};

use super::OPEN;
use super::kinds::is_segment;
use super::request::{Query, Server, Trouble};
use crate::effects::clock;
use crate::trial::cluster::{self as read, Counters, Gap, Part, Sample, Scanner};

/// A namespace of a cluster as one who looks at it from time to time.
pub(super) struct Lens {
    pub(super) server: Server,
    /// Context and address of the server.
    pub(super) cluster: String,
    pub(super) namespace: String,
}

/// What is asked.
enum Question {
    Answer(Part),
    Counters(String),
}

/// What is answered.
enum Heard {
    Answer(Part, Value),
    Counters(Vec<Counters>),
    Gap(Gap),
}

/// What is asked for every sample.
const PARTS: [Part; 6] =
    [Part::Pods, Part::Deployments, Part::StatefulSets, Part::Autoscalers, Part::PodMetrics, Part::NodeMetrics];

impl Lens {
    /// The nodes of the namespace's pods; none when they cannot be read.
    pub(super) async fn nodes(&self, limit: Duration) -> Vec<String> {
        match self.heard(Question::Answer(Part::Pods), limit).await {
            Heard::Answer(_, answer) => read::nodes_of(&read::pods(&answer)),
            _ => Vec::new(),
        }
    }

    /// One sample, within a limit of time, with the counters of these nodes' kubelets; and the Deployments,
    /// `StatefulSets` and autoscalers as they were told.
    pub(super) async fn sample(&self, nodes: &[String], limit: Duration) -> (Sample, Vec<Value>) {
        let mut sample = Sample { at: clock::now(), ..Sample::default() };
        let begun = clock::elapsed();
        let kubelets = nodes.iter().cloned().map(Question::Counters);
        let questions = PARTS.into_iter().map(Question::Answer).chain(kubelets);
        // Every question is open at once, or the later ones would have less time.
        let asked =
            stream::iter(questions).map(|question| self.heard(question, limit)).buffered(OPEN.max(nodes.len() + 8));
        let heard: Vec<Heard> = asked.collect().await;
        let mut workloads = Vec::new();
        for one in heard {
            match one {
                Heard::Answer(part, answer) => put(&mut sample, &mut workloads, part, answer),
                Heard::Counters(counters) => sample.counters.extend(counters),
                Heard::Gap(gap) => sample.gaps.push(gap),
            }
        }
        sample.took = clock::elapsed().saturating_sub(begun);
        (sample, workloads)
    }

    async fn heard(&self, question: Question, limit: Duration) -> Heard {
        let late = || Trouble::Silent(format!("no answer within {:.1} s", limit.as_secs_f64()));
        match question {
            Question::Answer(part) => {
                let path = self.path(part);
                let asked = timeout(limit, self.server.once(Query::All(&path))).await;
                match asked.map_err(|_| late()).and_then(|answer| answer) {
                    Ok(answer) => Heard::Answer(part, answer),
                    Err(trouble) => Heard::Gap(Gap { part, node: None, why: why(part, trouble) }),
                }
            }
            Question::Counters(node) if !is_segment(&node) => {
                Heard::Gap(Gap { part: Part::Kubelet, node: Some(node), why: "that is no name of a node".to_owned() })
            }
            Question::Counters(node) => {
                let mut scanner = Scanner::new(&node, &self.namespace);
                let path = format!("/api/v1/nodes/{node}/proxy/metrics/cadvisor");
                let mut take = |piece: &[u8]| scanner.push(piece);
                let asked = timeout(limit, self.server.stream(&path, &mut take)).await;
                match asked.map_err(|_| late()).and_then(|end| end) {
                    Ok(()) => Heard::Counters(scanner.finish()),
                    Err(trouble) => {
                        Heard::Gap(Gap { part: Part::Kubelet, node: Some(node), why: why(Part::Kubelet, trouble) })
                    }
                }
            }
        }
    }

    fn path(&self, part: Part) -> String {
        let namespace = &self.namespace;
        match part {
            Part::Pods | Part::Kubelet => format!("/api/v1/namespaces/{namespace}/pods"),
            Part::Deployments => format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
            Part::StatefulSets => format!("/apis/apps/v1/namespaces/{namespace}/statefulsets"),
            Part::Autoscalers => format!("/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"),
            Part::PodMetrics => format!("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"),
            Part::NodeMetrics => "/apis/metrics.k8s.io/v1beta1/nodes".to_owned(),
        }
    }
}

/// Why there is no answer, in words that say what to do.
fn why(part: Part, trouble: Trouble) -> String {
    match (part, trouble) {
        (Part::PodMetrics | Part::NodeMetrics, Trouble::Refused(status)) if status.code == 404 => {
            "the cluster has no metrics server".to_owned()
        }
        (_, trouble) => trouble.told(),
    }
}

/// Puts an answer where it belongs.
fn put(sample: &mut Sample, workloads: &mut Vec<Value>, part: Part, answer: Value) {
    let (version, kind) = match part {
        Part::Pods => return sample.pods = read::pods(&answer),
        Part::PodMetrics => return sample.usage = read::metrics_of_pods(&answer),
        Part::NodeMetrics => return sample.nodes = read::metrics_of_nodes(&answer),
        Part::Kubelet => return,
        Part::Deployments => ("apps/v1", "Deployment"),
        Part::StatefulSets => ("apps/v1", "StatefulSet"),
        Part::Autoscalers => ("autoscaling/v2", "HorizontalPodAutoscaler"),
    };
    if part == Part::Autoscalers {
        sample.autoscalers = read::autoscalers(&answer);
    } else {
        sample.workloads.extend(read::workloads(&answer, kind));
    }
    workloads.extend(super::live::items(answer, version, kind));
}
