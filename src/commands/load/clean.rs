//! `ahuora load clean`: takes away what a run left behind that was killed. Nothing is measured, and no result changes.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::cli::{CleanArgs, Common};
use crate::effects::http::{Http, headers_from_environment};
use crate::effects::results::{self, RUN, Results};
use crate::effects::{clock, latency as netem, process};
use crate::error::{Failure, Outcome};
use crate::trial::fixture::{self, Swept};
use crate::trial::latency::Whose;
use crate::trial::machine::Asked;
use crate::ui::{Format, Ui};
use crate::values::Target;

/// What was taken away, or of a dry run what would be looked for.
#[derive(Serialize)]
struct CleanedJson {
    dry_run: bool,
    run: Option<String>,
    /// How many programs were ended.
    programs: usize,
    /// Interfaces from which latency was taken.
    latency: Vec<String>,
    /// Names of flowsheets that were removed.
    flowsheets: Vec<String>,
    /// What is left.
    problems: Vec<String>,
}

pub(super) fn run(common: &Common, args: &CleanArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let mut done = CleanedJson {
        dry_run: common.dry_run,
        run: None,
        programs: 0,
        latency: Vec::new(),
        flowsheets: Vec::new(),
        problems: Vec::new(),
    };
    let Some(asked) = asked(&args.results)? else {
        ui.status(&format!("{} holds no run: nothing to clean up", args.results.display()));
        return tell(&done, ui);
    };
    let fixture = super::fixture(common)?;
    let target = Target::new(&asked.target).map_err(|why| not_understood(&args.results, &format!("target {why}")))?;
    let headers = headers_from_environment()?;
    done.run = Some(asked.id.clone());
    if common.dry_run {
        ui.data(&format!(
            "end programs of the run {}\nremove latency that killed runs left\nremove flowsheets {}{}-* of {target}\n",
            asked.id,
            fixture::PREFIX,
            asked.id
        ))?;
        ui.status("dry run: nothing was done");
        return Ok(Outcome::Fine);
    }
    // While the run goes on, nothing of it is left over.
    let (folder, _journal, _) = Results::open(&args.results)?;
    match process::end_left_over(&asked.id, &folder.path("")) {
        Ok(ended) => done.programs = ended,
        Err(failure) => done.problems.push(failure.to_string()),
    }
    latency(&mut done);
    let mut is_left = |name: &str| fixture::is_leftover(name, clock::now(), &asked.id);
    match fixture::sweep_where(&fixture, &mut is_left, &mut Http::new(&target, &headers)) {
        Ok(swept) => done.flowsheets = swept.into_iter().map(|Swept { name, .. }| name).collect(),
        Err(broken) => done.problems.push(format!("flowsheets of {target}: {broken}")),
    }
    tell(&done, ui)
}

/// What the run in a folder was asked for; none where there is no run.
fn asked(folder: &Path) -> Result<Option<Asked>, Failure> {
    let Some(text) = results::text(&folder.join(RUN))? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| not_understood(folder, &error.to_string()))
}

fn not_understood(folder: &Path, why: &str) -> Failure {
    Failure::usage(
        format!("{} is not understood: {why}", folder.join(RUN).display()),
        "was it written by another version of ahuora? clean up with that one",
    )
}

/// Takes away the latency that runs left which were killed; that of others stays.
fn latency(done: &mut CleanedJson) {
    let found = match netem::leftovers() {
        Ok(found) => found,
        Err(error) => return done.problems.push(error.to_string()),
    };
    for left in found.iter().filter(|left| left.whose == Whose::Ours) {
        match netem::off(&left.interface) {
            Ok(_) => done.latency.push(left.interface.to_string()),
            Err(error) => done.problems.push(format!("{error}; {}", left.command.join(" "))),
        }
    }
}

fn tell(done: &CleanedJson, ui: &Ui) -> Result<Outcome, Failure> {
    if ui.format == Format::Json {
        ui.json(done)?;
    } else {
        let ended = (done.programs > 0).then(|| format!("ended {} programs\n", done.programs));
        let latency = done.latency.iter().map(|interface| format!("removed the latency on {interface}\n"));
        let flowsheets = done.flowsheets.iter().map(|name| format!("removed the flowsheet {name}\n"));
        ui.data(&ended.into_iter().chain(latency).chain(flowsheets).collect::<String>())?;
    }
    match done.problems.as_slice() {
        [] if done.run.is_some() && done.programs + done.latency.len() + done.flowsheets.len() == 0 => {
            ui.status("nothing was left");
            Ok(Outcome::Fine)
        }
        [] => Ok(Outcome::Fine),
        problems => Err(Failure::outside("something is left")(io::Error::other(problems.join("; ")))),
    }
}
