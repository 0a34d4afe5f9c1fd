//! The place where trials really happen.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::Path;

use super::Wish;
use super::around::Around;
use super::k6::{self, K6};
use super::prepare::Prepared;
use super::progress::Progress;
use crate::effects::cluster::Sampler;
use crate::effects::http::Http;
use crate::effects::process::{self, Exit, Started};
use crate::effects::results::{self, Results};
use crate::effects::signals::Signals;
use crate::effects::watch::Watch;
use crate::effects::{clock, latency as netem};
use crate::error::Failure;
use crate::load::{Load, Method};
use crate::trial::client::{Window, judge};
use crate::trial::cluster::{self, Settling};
use crate::trial::fixture::{self, Api as _, Broken, Request, Swept};
use crate::trial::latency::{removed, removing};
use crate::trial::machine::{
    self, Attempt, Found, Ran, Refused, Rules, Site, Standing, Step, Verdict, VerdictRecord, verdict,
};
use crate::trial::verdict::{Evidence, Grade};
use crate::values::{FlowsheetId, InterfaceName, Seconds};

/// How long k6 may take beside the load and its graceful stop, in milliseconds: to start, and to write its summary.
const RESERVE: u64 = 60_000;
/// Variables that would change what k6 does, or that are none of its business.
const WITHOUT: [&str; 4] = ["K6_", "AHUORA_PROMETHEUS_", "AHUORA_GITHUB_", "GITHUB_TOKEN"];

/// Why something was broken off.
const CANCELLED: &str = "somebody told the program to end";
/// What the cluster did, a line for each sample.
const CLUSTER: &str = "cluster.jsonl";
/// What is told of it afterwards.
const PROMETHEUS: &str = "prometheus.json";
/// What the generator did, a line for each second.
const CLIENT: &str = "client.jsonl";
/// Where the platform says that it is there.
const STATUS: &str = "/api/status/";
/// How long it may take for that, in milliseconds.
const PATIENCE: u64 = 10_000;
/// How often it is asked, in milliseconds.
const LOOK: u64 = 1_000;

/// The place where trials really happen.
pub(super) struct Place<'a> {
    pub(super) load: &'a Load,
    pub(super) wish: &'a Wish<'a>,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) folder: &'a Results,
    pub(super) program: &'a K6,
    pub(super) around: Around,
    /// What the surroundings say of trials.
    pub(super) surrounded: Vec<Evidence>,
    pub(super) api: Http,
    pub(super) signals: Signals,
    pub(super) progress: Progress<'a>,
}

impl From<Broken> for Refused {
    fn from(broken: Broken) -> Self {
        Self::new(broken.to_string())
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::new(failure.to_string())
    }
}

impl Place<'_> {
    /// The interface by which the load leaves, where that is known.
    fn interface(&self) -> Option<InterfaceName> {
        let named = self.wish.latency.as_ref().map(|latency| latency.interface.clone());
        named.or_else(|| netem::interface_to(self.wish.target.host()).ok())
    }

    fn stable(&self) -> Seconds {
        self.load.spec.conditions.settled.stable
    }

    /// Waits until the platform answers: without a cluster, that is all that can be known of its calm.
    fn wait_for_answer(&mut self) -> Result<Found, Refused> {
        let begun = clock::elapsed();
        let longest = u64::from(self.stable().get()) * 1000;
        let request = Request {
            method: Method::Get,
            path: STATUS.to_owned(),
            headers: Vec::new(),
            body: None,
            timeout: PATIENCE,
        };
        loop {
            let why = match self.api.send(&request) {
                Ok(answer) if answer.status < 500 => {
                    let told =
                        "no cluster was asked whether the platform had settled: it answered, and no more is known";
                    return Ok(vec![Evidence::new(Grade::Valid, "settled", told)]);
                }
                Ok(answer) => answer.told(),
                Err(error) => error.told,
            };
            if self.signals.came() || clock::elapsed().saturating_sub(begun) >= longest {
                return Err(Refused::new(format!("{request} of {}: {why}", self.wish.target)));
            }
            self.progress.tick(false);
            clock::sleep(LOOK);
        }
    }

    /// Runs k6 to its end.
    fn k6(&mut self, folder: &Path, flowsheet: Option<&FlowsheetId>) -> Result<Exit, Failure> {
        let plan = &self.prepared.plan;
        let text = |text: &str| OsString::from(text);
        let mut variables = vec![
            ("AHUORA_TARGET", text(&self.prepared.asked.target)),
            ("AHUORA_SUMMARY", text(k6::SUMMARY)),
            (process::MARKER, text(&self.prepared.asked.id)),
        ];
        variables.extend(flowsheet.map(|id| ("AHUORA_FLOWSHEET", text(id.as_str()))));
        let graceful = u64::from(plan.graceful_stop.get()) * 1000;
        let started = Started {
            argv: &k6::argv(&self.program.program),
            variables: &variables,
            without: &WITHOUT,
            folder,
            log: k6::LOG,
            limit: plan.course.milliseconds() + graceful + RESERVE,
        };
        let (signals, progress) = (&self.signals, &mut self.progress);
        process::run(&started, &|| signals.came(), &mut || progress.tick(false))
    }
}

impl Site for Place<'_> {
    fn now(&mut self) -> u64 {
        clock::now()
    }

    fn cancelled(&mut self) -> bool {
        self.signals.came()
    }

    fn about(&mut self, standing: &Standing, at: machine::Place, step: Step) {
        self.progress.begin(standing, at, step);
    }

    fn settle(&mut self, _at: machine::Place) -> Result<Found, Refused> {
        let Some(cluster) = &self.around.cluster else { return self.wait_for_answer() };
        let signals = &self.signals;
        let progress = RefCell::new(&mut self.progress);
        let stopped = || {
            progress.borrow_mut().tick(false);
            signals.came()
        };
        let settling = cluster.settle(&stopped, &mut |reasons| progress.borrow_mut().because(reasons));
        match settling {
            Some(Settling::Calm) => {
                let told = format!("{} had been calm for {}", cluster.environment, self.stable());
                Ok(vec![Evidence::new(Grade::Valid, "settled", told)])
            }
            Some(Settling::GaveUp { reasons } | Settling::Waiting { reasons }) => {
                Err(Refused::new(format!("{} has not settled: {}", cluster.environment, reasons.join("; "))))
            }
            None => Err(Refused::new(CANCELLED)),
        }
    }

    fn make_fixture(&mut self, at: machine::Place, made: &mut dyn FnMut(&FlowsheetId)) -> Result<Found, Refused> {
        let Self { api, prepared: Prepared { fixture, asked, .. }, .. } = self;
        let now = clock::now();
        let mut is_leftover = |name: &str| fixture::is_leftover(name, now, &asked.id);
        let swept = fixture::sweep_where(fixture, &mut is_leftover, api).map_err(Refused::from)?;
        fixture::make(fixture, &at.flowsheet(&asked.id), api, made).map_err(Refused::from)?;
        let told = |one: Swept| {
            let told = format!("removed flowsheet {} (`{}`), which a run that was killed left", one.id, one.name);
            Evidence::new(Grade::Valid, "leftover", told)
        };
        Ok(swept.into_iter().map(told).collect())
    }

    fn latency_on(&mut self, _at: machine::Place) -> Result<Found, Refused> {
        let Some(latency) = &self.wish.latency else { return Ok(Vec::new()) };
        let delayed = netem::on(latency, self.wish.target.host());
        let evidence = delayed.map_err(|error| Refused::new(format!("{error}; {}", error.hint())))?.evidence();
        match evidence.iter().find(|one| one.grade == Grade::Invalid) {
            Some(not_proved) => Err(Refused::new(not_proved.told.clone())),
            None => Ok(evidence),
        }
    }

    fn load(&mut self, at: machine::Place, flowsheet: Option<&FlowsheetId>) -> Result<(Ran, Found), Refused> {
        let folder = self.folder.make(&at.folder()).map_err(Refused::from)?;
        let interface = self.interface();
        let watch = Watch::start(&folder.join(CLIENT), interface.as_ref()).map_err(Refused::from)?;
        let sampler = self.around.cluster.as_ref().map(|cluster| cluster.sampler(&folder.join(CLUSTER)));
        let sampler = sampler.transpose().map_err(Refused::from)?;
        let (began, from) = (clock::now(), clock::elapsed());
        let exit = self.k6(&folder, flowsheet);
        let (ended, until) = (clock::now(), clock::elapsed());
        let watched = watch.stop();
        let sampled = sampler.map(Sampler::stop);
        let Exit { code, too_long, cancelled } = exit.map_err(Refused::from)?;
        if cancelled {
            return Err(Refused::new(CANCELLED));
        }
        let conditions = &self.load.spec.conditions;
        let mut found = judge(&watched.samples, &conditions.client, Some(Window { from, until }));
        found.extend(watched.unwritten.map(|why| Evidence::new(Grade::Suspect, "client-watched", why)));
        found.extend_from_slice(&self.surrounded);
        if let Some(sampled) = sampled {
            found.extend(cluster::judge(&sampled.samples, u64::from(conditions.samples.get()) * 1000));
            found.extend(sampled.unwritten.map(|why| Evidence::new(Grade::Suspect, "cluster-gaps", why)));
        }
        Ok((Ran { code, too_long, began, ended, lasted: until.saturating_sub(from) }, found))
    }

    fn end_load(&mut self, at: machine::Place) -> Result<Found, Refused> {
        let folder = self.folder.make(&at.folder()).map_err(Refused::from)?;
        process::end_left_over(&self.prepared.asked.id, &folder).map_err(Refused::from)?;
        Ok(Vec::new())
    }

    fn latency_off(&mut self, _at: machine::Place) -> Result<Found, Refused> {
        let Some(latency) = &self.wish.latency else { return Ok(Vec::new()) };
        let gone = netem::off(&latency.interface);
        match &gone {
            Ok(_) => Ok(removed(latency, &gone)),
            Err(error) => Err(Refused::with_command(error.to_string(), removing(&latency.interface).join(" "))),
        }
    }

    fn remove_fixture(&mut self, at: machine::Place, flowsheet: Option<&FlowsheetId>) -> Result<Found, Refused> {
        let Self { api, prepared: Prepared { fixture, asked, .. }, .. } = self;
        let name = at.flowsheet(&asked.id);
        let begun = clock::elapsed();
        let longest = u64::from(self.load.spec.conditions.settled.stable.get()) * 1000;
        let gone = loop {
            let gone = match flowsheet {
                Some(id) => fixture::remove(fixture, id, api).map(drop),
                // The answer that had its id may have been lost.
                None => fixture::sweep_where(fixture, &mut |found| found == name, api).map(drop),
            };
            // The platform may still work on what it was asked under load.
            if gone.is_ok() || self.signals.came() || clock::elapsed().saturating_sub(begun) >= longest {
                break gone;
            }
            self.progress.tick(false);
            clock::sleep(LOOK);
        };
        gone.map(|()| Vec::new()).map_err(|why| {
            let what = flowsheet.map_or_else(|| format!("`{name}`"), |id| format!("{id} (`{name}`)"));
            Refused::with_command(why.to_string(), format!("delete the flowsheet {what} of {}", asked.target))
        })
    }

    fn collect(&mut self, at: machine::Place, ran: &Ran) -> Result<Found, Refused> {
        let Some(collected) = self.around.collected(ran, self.load) else { return Ok(Vec::new()) };
        self.folder.write_json(&format!("{}/{PROMETHEUS}", at.folder()), &collected).map_err(Refused::from)?;
        Ok(collected.judge())
    }

    fn judge(&mut self, at: machine::Place, attempt: &Attempt) -> Result<Verdict, Refused> {
        let folder = at.folder();
        let summary = results::text(&self.folder.path(&format!("{folder}/{}", k6::SUMMARY))).map_err(Refused::from)?;
        let plan = &self.prepared.plan;
        let limit = plan.most_virtual_users.map(u64::from);
        let rules = Rules { has_limit: limit.is_some(), most: limit.unwrap_or_else(|| plan.pool.most.into()) };
        let verdict = verdict(attempt, summary.as_deref(), rules);
        let record = VerdictRecord::of(&self.prepared.asked.id, at, attempt, &verdict);
        self.folder.make(&folder).map_err(Refused::from)?;
        // Where there is no room for it, the plain file stays, which says the same.
        let _ = self.folder.compress(&format!("{folder}/{}", k6::SAMPLES));
        self.folder.write_json(&format!("{folder}/verdict.json"), &record).map_err(Refused::from)?;
        Ok(verdict)
    }
}
