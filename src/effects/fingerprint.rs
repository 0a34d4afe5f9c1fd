//! What surrounds a run, asked of this machine, of the cluster and of the platform.
#![allow(clippy::disallowed_methods, reason = "this is where the machine is asked")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::clock;
use super::cluster::Looker;
use crate::github::date;
use crate::trial::cluster::{Offset, offset};
use crate::trial::fingerprint::{self as read, Clocks, Cluster, Fingerprint, Generator, Throttled};
use crate::values::Target;

/// Longest time for a program that tells something, in milliseconds.
const PATIENCE: u64 = 3000;
/// More than this no program tells.
const MOST: u64 = 64 * 1024;

/// What is asked, and what is known already.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Version of k6.
    pub k6: Option<&'a str>,
    /// The platform that is loaded, for its clock.
    pub target: Option<&'a Target>,
    /// The cluster, or why it is not asked.
    pub cluster: Result<&'a Looker, &'a str>,
    /// Namespace and name of Argo CD's Application.
    pub application: Option<(&'a str, &'a str)>,
    /// The commit that is measured.
    pub commit: Option<&'a str>,
    /// SHA-256 of what is run, by what it is.
    pub digests: BTreeMap<String, String>,
}

/// Puts what is known, and why the rest is not.
struct Unknown(BTreeMap<String, String>);

impl Unknown {
    fn known<T>(&mut self, path: &str, answer: Result<T, impl Into<String>>) -> Option<T> {
        answer.map_err(|why| self.0.insert(path.to_owned(), why.into())).ok()
    }
}

/// Takes a fingerprint; what cannot be known stands in it with its reason.
#[must_use]
pub fn take(asked: &Asked<'_>) -> Fingerprint {
    let mut unknown = Unknown(BTreeMap::new());
    let mut clocks = Clocks::default();
    let cluster = match asked.cluster {
        Ok(looker) => Some(cluster(looker, asked.application, &mut clocks, &mut unknown)),
        Err(why) => unknown.known("cluster", Err(why)),
    };
    clocks.target = match asked.target {
        Some(target) => unknown.known("clocks.target", clock_of(target.as_str())),
        None => None,
    };
    clocks.kept = unknown.known("clocks.kept", kept());
    Fingerprint {
        at: clock::now(),
        ahuora: env!("CARGO_PKG_VERSION").to_owned(),
        k6: unknown.known("k6", asked.k6.map(str::to_owned).ok_or("it was not asked for")),
        commit: unknown.known("commit", asked.commit.map(str::to_owned).ok_or("none was named")),
        generator: generator(&mut unknown),
        cluster,
        clocks,
        digests: asked.digests.clone(),
        unknown: unknown.0,
    }
}

fn cluster(looker: &Looker, named: Option<(&str, &str)>, clocks: &mut Clocks, unknown: &mut Unknown) -> Cluster {
    let told = looker.told(named);
    clocks.cluster = unknown.known("clocks.cluster", told.clock);
    let revision = match (named, told.application) {
        (None, _) => Err("no Application was named".to_owned()),
        (Some(_), Err(why)) => Err(why),
        (Some(_), Ok(None)) => Err("there is no such Application".to_owned()),
        (Some(_), Ok(Some(application))) => read::revision(&application).ok_or_else(|| "nothing is synced".to_owned()),
    };
    Cluster {
        name: looker.cluster().to_owned(),
        version: unknown.known("cluster.version", told.version),
        revision: unknown.known("cluster.revision", revision),
        nodes: unknown.known("cluster.nodes", told.nodes.map(|answer| read::nodes(&answer))),
        images: unknown.known("cluster.images", told.pods.map(|answer| read::images(&answer))),
    }
}

/// The text of a small file.
fn text(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

/// What a reader finds in a file.
fn found<T>(path: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, String> {
    read(&text(path)?).ok_or_else(|| format!("{path} does not say it"))
}

fn generator(unknown: &mut Unknown) -> Generator {
    const CPU: &str = "/sys/devices/system/cpu/cpu0/cpufreq";
    let trimmed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let mut known = |field: &str, answer| unknown.known(&format!("generator.{field}"), answer);
    let kernel = known("kernel", found("/proc/sys/kernel/osrelease", trimmed));
    let os = known("os", found("/etc/os-release", read::os));
    let cpu = known("cpu", found("/proc/cpuinfo", read::cpu_model));
    let governor = known("governor", found(&format!("{CPU}/scaling_governor"), trimmed));
    let mut known = |field: &str, answer| unknown.known(&format!("generator.{field}"), answer);
    let memory = known("memory", found("/proc/meminfo", read::memory));
    let frequency = known("frequency", found(&format!("{CPU}/scaling_cur_freq"), number));
    let highest_frequency = known("highest_frequency", found(&format!("{CPU}/cpuinfo_max_freq"), number));
    let cores = thread::available_parallelism().map(usize::from).map_err(|error| error.to_string());
    let temperature = found("/sys/class/thermal/thermal_zone0/temp", read::degrees);
    Generator {
        kernel,
        architecture: env::consts::ARCH.to_owned(),
        os,
        cpu,
        cores: unknown.known("generator.cores", cores),
        memory,
        governor,
        frequency,
        highest_frequency,
        temperature: unknown.known("generator.temperature", temperature),
        throttled: unknown.known("generator.throttled", throttled()),
    }
}

/// The flags of a Raspberry Pi, of its kernel or of its firmware's program.
fn throttled() -> Result<Throttled, String> {
    let kernel = found("/sys/devices/platform/soc/soc:firmware/get_throttled", read::throttled);
    kernel.or_else(|_| {
        let said =
            output("vcgencmd", &["get_throttled"]).map_err(|why| format!("this seems to be no Raspberry Pi: {why}"))?;
        read::throttled(&said).ok_or_else(|| format!("vcgencmd says `{}`", said.trim()))
    })
}

/// How the clock of this machine is kept.
fn kept() -> Result<String, String> {
    let chrony = output("chronyc", &["-c", "tracking"]);
    if let Some(kept) = chrony.as_ref().ok().and_then(|said| read::chrony(said)) {
        return Ok(kept);
    }
    let systemd = output("timedatectl", &["show"])?;
    read::timedatectl(&systemd).ok_or_else(|| "neither chronyc nor timedatectl tells it".to_owned())
}

/// How far the clock of the platform is from ours.
fn clock_of(target: &str) -> Result<Offset, String> {
    // The platform's certificate may be its own, as k6 is told as well; nothing secret is sent.
    let tls = ureq::tls::TlsConfig::builder().disable_verification(true).build();
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(PATIENCE)))
        .max_redirects(0)
        .http_status_as_error(false)
        .tls_config(tls)
        .build()
        .new_agent();
    let (begun, sent) = (clock::elapsed(), clock::now());
    let answer = agent.get(target).call().map_err(|error| format!("{target}: {error}"))?;
    let came = sent.saturating_add(clock::elapsed().saturating_sub(begun));
    let told = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let theirs = told.and_then(date::of_http).and_then(|theirs| offset(theirs, sent, came));
    theirs.ok_or_else(|| format!("{target} does not tell the time"))
}

/// What a program prints; it has some seconds for it.
fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).env("LC_ALL", "C");
    let mut child = command.spawn().map_err(|error| format!("{program}: {error}"))?;
    let begun = clock::elapsed();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if clock::elapsed().saturating_sub(begun) < PATIENCE => clock::sleep(10),
            ended => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(match ended {
                    Err(error) => format!("{program}: {error}"),
                    Ok(_) => format!("{program} told nothing within {} s", PATIENCE / 1000),
                });
            }
        }
    };
    // Less than a pipe holds, so that it can be read afterwards.
    let mut said = String::new();
    let read = child.stdout.take().map(|pipe| pipe.take(MOST).read_to_string(&mut said));
    match (status.success(), read) {
        (true, Some(Ok(_))) => Ok(said),
        _ => Err(format!("{program} failed ({status})")),
    }
}
