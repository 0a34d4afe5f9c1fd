//! `ahuora load watch`: the cluster as a trial sees it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::calm::Surroundings;
use crate::cli::{Common, WatchArgs};
use crate::effects::fingerprint::{self, Asked};
use crate::effects::prometheus::Prometheus;
use crate::effects::{self, clock};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::trial::cluster::prometheus::{Span, queries};
use crate::trial::cluster::{Sample, Settling, Used, judge, used};
use crate::trial::verdict::Evidence;
use crate::ui::{Format, Ui};

const SAMPLES: &str = "cluster.jsonl";
const FINGERPRINT: &str = "fingerprint.json";
const PROMETHEUS: &str = "prometheus.json";

pub(super) fn run(common: &Common, load: &Load, args: &WatchArgs, ui: &Ui) -> Result<Outcome, Failure> {
    if args.cluster.no_cluster {
        return Err(Failure::usage("without the cluster there is nothing to watch", "leave out --no-cluster"));
    }
    let conditions = &load.spec.conditions;
    let prometheus = args.cluster.prometheus.as_deref().map(Prometheus::new).transpose()?;
    let commit = args.commit.as_ref().map(|commit| commit.as_str());
    let out = common.out.as_deref().map(Path::new);
    if out.is_some_and(|out| out.join(SAMPLES).exists()) && !args.settle {
        return Err(Failure::usage(
            format!("{} has samples already", out.unwrap_or(Path::new(".")).display()),
            "name another folder with --out",
        ));
    }
    let surroundings = Surroundings::open(common, &args.cluster, conditions, commit)?;
    ui.status(&format!("{} on {}", surroundings.environment, surroundings.cluster));
    if args.settle {
        return settle(&surroundings, ui);
    }
    let Some(out) = out else {
        return Err(Failure::usage("there is no folder for what is seen", "name one: --out DIR"));
    };
    if common.dry_run {
        ui.status(&format!(
            "would watch for {}, every {}, and write {SAMPLES} and {FINGERPRINT} into {} (dry run, nothing was done)",
            args.time,
            conditions.samples,
            out.display()
        ));
        return Ok(Outcome::Fine);
    }
    effects::make_folder(out)?;
    let started = clock::now();
    let watched = watch(&surroundings, load, args, out)?;
    let fingerprint = fingerprint::take(&Asked {
        k6: None,
        target: None,
        cluster: Ok(surroundings.looker()),
        application: Some(surroundings.application()),
        commit,
        digests: BTreeMap::new(),
    });
    write(&out.join(FINGERPRINT), &fingerprint)?;
    let mut evidence = judge(&watched.samples, u64::from(conditions.samples.get()) * 1000);
    evidence.extend(fingerprint.judge());
    if let Some(prometheus) = prometheus {
        let span = Span { start: started, end: clock::now(), step: conditions.samples.get() };
        let collected = prometheus.range(&queries(&conditions.prometheus, &surroundings.namespace), span);
        write(&out.join(PROMETHEUS), &collected)?;
        evidence.extend(collected.judge());
    }
    tell(&surroundings, &watched, &evidence, ui)
}

/// What was seen.
struct Watched {
    looks: usize,
    /// Why the platform was not calm, with how many looks said so, in their order.
    reasons: Vec<(String, usize)>,
    samples: Vec<Sample>,
}

fn watch(surroundings: &Surroundings, load: &Load, args: &WatchArgs, out: &Path) -> Result<Watched, Failure> {
    let file = out.join(SAMPLES);
    let sampler = surroundings.sampler(&file)?;
    let every = u64::from(load.spec.conditions.samples.get()) * 1000;
    let end = clock::elapsed().saturating_add(u64::from(args.time.get()) * 1000);
    let (mut looks, mut reasons) = (0, Vec::<(String, usize)>::new());
    loop {
        let due = clock::elapsed().saturating_add(every);
        looks += 1;
        for reason in surroundings.look().reasons {
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
        let now = clock::elapsed();
        if due >= end {
            clock::sleep(end.saturating_sub(now));
            break;
        }
        clock::sleep(due.saturating_sub(now));
    }
    let sampled = sampler.stop();
    match sampled.unwritten {
        None => Ok(Watched { looks, reasons, samples: sampled.samples }),
        Some(why) => Err(Failure::outside(format!("cannot write {}", file.display()))(std::io::Error::other(why))),
    }
}

fn write(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let refused = |error: serde_json::Error| Failure::outside(format!("cannot write {}", file.display()))(error.into());
    effects::write_text(file, &(serde_json::to_string_pretty(value).map_err(refused)? + "\n"))
}

fn settle(surroundings: &Surroundings, ui: &Ui) -> Result<Outcome, Failure> {
    let mut told = |reasons: &[String]| {
        let said = if reasons.is_empty() { "calm".to_owned() } else { format!("not calm: {}", reasons.join("; ")) };
        ui.status(&said);
    };
    let reasons = match surroundings.settle(&|| false, &mut told) {
        Some(Settling::GaveUp { reasons } | Settling::Waiting { reasons }) => reasons,
        Some(Settling::Calm) | None => Vec::new(),
    };
    let calm = reasons.is_empty();
    match ui.format {
        Format::Json => ui.json(&SettledJson {
            environment: &surroundings.environment,
            cluster: &surroundings.cluster,
            calm,
            reasons: &reasons,
        })?,
        _ if calm => ui.data(&format!("{} has settled\n", surroundings.environment))?,
        _ => {
            let lines: String = reasons.iter().map(|reason| format!("  {reason}\n")).collect();
            ui.data(&format!("{} has not settled:\n{lines}", surroundings.environment))?;
        }
    }
    Ok(if calm { Outcome::Fine } else { Outcome::Findings })
}

fn tell(surroundings: &Surroundings, watched: &Watched, evidence: &[Evidence], ui: &Ui) -> Result<Outcome, Failure> {
    let calm = watched.reasons.is_empty();
    let used = used(&watched.samples);
    if ui.format == Format::Json {
        let reason = |(reason, looks): &(String, usize)| ReasonJson { reason: reason.clone(), looks: *looks };
        ui.json(&WatchJson {
            environment: &surroundings.environment,
            namespace: &surroundings.namespace,
            cluster: &surroundings.cluster,
            calm,
            looks: watched.looks,
            reasons: watched.reasons.iter().map(reason).collect(),
            samples: watched.samples.len(),
            containers: used.iter().map(ContainerJson::of).collect(),
            evidence: evidence.iter().map(EvidenceJson::of).collect(),
        })?;
        return Ok(if calm { Outcome::Fine } else { Outcome::Findings });
    }
    let mut text = String::new();
    match calm {
        true => text += &format!("{} is calm, in {} looks\n", surroundings.environment, watched.looks),
        false => text += &format!("{} is not calm:\n", surroundings.environment),
    }
    for (reason, looks) in &watched.reasons {
        text += &format!("  {reason} (in {looks} of {} looks)\n", watched.looks);
    }
    text += &table(&used);
    let told: BTreeSet<String> = evidence.iter().map(|one| format!("{}: {}\n", one.rule, one.told)).collect();
    text.extend(told);
    ui.data(&text)?;
    Ok(if calm { Outcome::Fine } else { Outcome::Findings })
}

fn table(used: &[Used]) -> String {
    if used.is_empty() {
        return String::new();
    }
    let name = |one: &Used| format!("{}/{}", one.pod, one.container);
    let width = used.iter().map(|one| name(one).len()).max().unwrap_or_default();
    let mut table = format!("{:width$}  {:>10}  {:>10}  {:>9}\n", "container", "mean cores", "most cores", "most MiB");
    for one in used {
        let shown = |value: Option<f64>, factor: f64, digits: usize| {
            value.map_or("-".to_owned(), |value| format!("{:.digits$}", value / factor))
        };
        table += &format!(
            "{:width$}  {:>10}  {:>10}  {:>9}\n",
            name(one),
            shown(one.mean_cpu, 1.0, 3),
            shown(one.most_cpu, 1.0, 3),
            shown(one.most_memory, 1_048_576.0, 0)
        );
    }
    table
}

#[derive(Serialize)]
struct SettledJson<'a> {
    environment: &'a str,
    cluster: &'a str,
    calm: bool,
    reasons: &'a [String],
}

#[derive(Serialize)]
struct WatchJson<'a> {
    environment: &'a str,
    namespace: &'a str,
    cluster: &'a str,
    calm: bool,
    looks: usize,
    reasons: Vec<ReasonJson>,
    samples: usize,
    containers: Vec<ContainerJson<'a>>,
    evidence: Vec<EvidenceJson<'a>>,
}

#[derive(Serialize)]
struct ReasonJson {
    reason: String,
    looks: usize,
}

#[derive(Serialize)]
struct ContainerJson<'a> {
    pod: &'a str,
    container: &'a str,
    mean_cores: Option<f64>,
    most_cores: Option<f64>,
    most_bytes: Option<f64>,
    throttled: Option<f64>,
}

impl<'a> ContainerJson<'a> {
    fn of(used: &'a Used) -> Self {
        Self {
            pod: &used.pod,
            container: &used.container,
            mean_cores: used.mean_cpu,
            most_cores: used.most_cpu,
            most_bytes: used.most_memory,
            throttled: used.throttled,
        }
    }
}

#[derive(Serialize)]
struct EvidenceJson<'a> {
    grade: &'static str,
    rule: &'a str,
    told: &'a str,
}

impl<'a> EvidenceJson<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let grade = match evidence.grade {
            crate::trial::verdict::Grade::Valid => "valid",
            crate::trial::verdict::Grade::Suspect => "suspect",
            crate::trial::verdict::Grade::Invalid => "invalid",
        };
        Self { grade, rule: &evidence.rule, told: &evidence.told }
    }
}
