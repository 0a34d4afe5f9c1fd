//! The place where trials really happen.

use std::ffi::OsString;

use super::Wish;
use super::k6::{self, K6};
use super::prepare::Prepared;
use super::progress::Progress;
use crate::effects::process::{self, Exit, Started};
use crate::effects::results::{self, Results};
use crate::effects::signals::Signals;
use crate::effects::clock;
use crate::error::Failure;
use crate::load::Load;
use crate::trial::machine::{
    self, Attempt, Found, Ran, Refused, Rules, Site, Standing, Step, Verdict, VerdictRecord, verdict,
};
use crate::values::FlowsheetId;

/// How long k6 may take beside the load and its graceful stop, in milliseconds: to start, and to write its summary.
const RESERVE: u64 = 60_000;
/// Variables that would change what k6 does, or that are none of its business.
const WITHOUT: [&str; 4] = ["K6_", "AHUORA_PROMETHEUS_", "AHUORA_GITHUB_", "GITHUB_TOKEN"];

/// The place where trials really happen.
pub(super) struct Place<'a> {
    pub(super) load: &'a Load,
    pub(super) wish: &'a Wish<'a>,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) folder: &'a Results,
    pub(super) program: &'a K6,
    pub(super) signals: Signals,
    pub(super) progress: Progress<'a>,
}

fn refused(failure: Failure) -> Refused {
    Refused::new(failure.to_string())
}

impl Place<'_> {
    /// Runs k6 to its end.
    fn k6(&mut self, at: machine::Place, flowsheet: Option<&FlowsheetId>) -> Result<Exit, Failure> {
        let folder = self.folder.make(&at.folder())?;
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
            folder: &folder,
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
        Ok(Vec::new())
    }

    fn make_fixture(&mut self, _at: machine::Place, _made: &mut dyn FnMut(&FlowsheetId)) -> Result<Found, Refused> {
        Ok(Vec::new())
    }

    fn latency_on(&mut self, _at: machine::Place) -> Result<Found, Refused> {
        Ok(Vec::new())
    }

    fn load(&mut self, at: machine::Place, flowsheet: Option<&FlowsheetId>) -> Result<(Ran, Found), Refused> {
        let (began, steady) = (clock::now(), clock::elapsed());
        let exit = self.k6(at, flowsheet).map_err(refused)?;
        let (ended, lasted) = (clock::now(), clock::elapsed().saturating_sub(steady));
        if exit.cancelled {
            return Err(Refused::new("somebody told the program to end"));
        }
        let Exit { code, too_long, .. } = exit;
        Ok((Ran { code, too_long, began, ended, lasted }, Vec::new()))
    }

    fn end_load(&mut self, at: machine::Place) -> Result<Found, Refused> {
        let folder = self.folder.make(&at.folder()).map_err(refused)?;
        process::end_left_over(&self.prepared.asked.id, &folder).map_err(refused)?;
        Ok(Vec::new())
    }

    fn latency_off(&mut self, _at: machine::Place) -> Result<Found, Refused> {
        Ok(Vec::new())
    }

    fn remove_fixture(&mut self, _at: machine::Place, _flowsheet: Option<&FlowsheetId>) -> Result<Found, Refused> {
        Ok(Vec::new())
    }

    fn collect(&mut self, _at: machine::Place, _ran: &Ran) -> Result<Found, Refused> {
        Ok(Vec::new())
    }

    fn judge(&mut self, at: machine::Place, attempt: &Attempt) -> Result<Verdict, Refused> {
        let folder = at.folder();
        let summary = results::text(&self.folder.path(&format!("{folder}/{}", k6::SUMMARY))).map_err(refused)?;
        let rules = Rules { has_limit: self.prepared.plan.most_virtual_users.is_some() };
        let verdict = verdict(attempt, summary.as_deref(), rules);
        let record = VerdictRecord::of(&self.prepared.asked.id, at, attempt, &verdict);
        self.folder.make(&folder).map_err(refused)?;
        self.folder.write_json(&format!("{folder}/verdict.json"), &record).map_err(refused)?;
        Ok(verdict)
    }
}
