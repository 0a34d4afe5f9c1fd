//! `ahuora load smoke`: the fixture is made, each endpoint asked once as its k6 script asks, and the fixture removed.

use std::io;

use serde::Serialize;
use serde_json::Value;

use crate::cli::{Common, SmokeArgs};
use crate::config::suggestion;
use crate::effects::clock;
use crate::effects::github::new_id;
use crate::effects::http::{Http, headers_from_environment};
use crate::error::{Failure, Outcome};
use crate::load::{self, EndpointSpec, Load};
use crate::trial::fixture::{self, Api, Broken, Fixture, Swept};
use crate::ui::{Format, Ui};
use crate::values::{FlowsheetId, ShortName};

pub(super) fn run(common: &Common, load: &Load, args: &SmokeArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let fixture = super::fixture(common)?;
    let endpoints = chosen(load, &args.endpoint)?;
    let headers = headers_from_environment()?;
    if common.dry_run {
        return planned(&fixture, &endpoints, ui);
    }
    let mut smoke = Smoke { fixture: &fixture, api: Http::new(&args.target, &headers), told: Told::default() };
    let begun = clock::elapsed();
    smoke.told.swept = match fixture::sweep(&fixture, fixture::SMOKE_PREFIX, &mut smoke.api) {
        Err(broken) if broken.is_unreachable() => {
            let what = format!("cannot reach {}", args.target);
            return Err(Failure::outside(what)(io::Error::other(broken.to_string())));
        }
        Err(broken) => {
            smoke.told.problems.push(broken.to_string());
            return smoke.tell(args, begun, ui);
        }
        Ok(swept) => swept,
    };
    for Swept { id, name } in &smoke.told.swept {
        ui.status(&format!("removed flowsheet {id} (`{name}`), which an earlier smoke test left"));
    }
    smoke.with_fixture(&endpoints, ui);
    smoke.tell(args, begun, ui)
}

type Endpoints<'l> = Vec<(&'l ShortName, &'l EndpointSpec)>;

/// The endpoints that were named; all where none was.
fn chosen<'l>(load: &'l Load, names: &[String]) -> Result<Endpoints<'l>, Failure> {
    let endpoints = &load.spec.endpoints;
    let known: Vec<&str> = endpoints.keys().map(|name| name.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::usage(
            format!("there is no endpoint `{name}`{}", suggestion(name, &known)),
            format!("the endpoints of {} are: {}", load::FILE, known.join(", ")),
        ));
    }
    let is_asked = |name: &str| names.is_empty() || names.iter().any(|one| one == name);
    Ok(endpoints.iter().filter(|(name, _)| is_asked(name.as_str())).collect())
}

struct Smoke<'f> {
    fixture: &'f Fixture,
    api: Http,
    told: Told,
}

/// What happened.
#[derive(Default)]
struct Told {
    swept: Vec<Swept>,
    name: String,
    flowsheet: Option<FlowsheetId>,
    made: Option<u64>,
    removed: bool,
    endpoints: Vec<AnswerJson>,
    problems: Vec<String>,
}

impl Smoke<'_> {
    fn with_fixture(&mut self, endpoints: &Endpoints<'_>, ui: &Ui) {
        self.told.name = format!("{}{}", fixture::SMOKE_PREFIX, new_id());
        let begun = clock::elapsed();
        let mut known = None;
        let made = fixture::make(self.fixture, &self.told.name, &mut self.api, &mut |id| known = Some(id.clone()));
        self.told.flowsheet = known;
        match made {
            Ok(made) => {
                let milliseconds = clock::elapsed().saturating_sub(begun);
                self.told.made = Some(milliseconds);
                let (id, requests) = (&made.flowsheet, made.requests);
                ui.status(&format!("flowsheet {id} made by {requests} requests in {milliseconds} ms"));
                for (name, endpoint) in endpoints {
                    let answer = ask(name, endpoint, id, &mut self.api);
                    self.told.endpoints.push(answer);
                }
            }
            Err(broken) => self.told.problems.push(broken.to_string()),
        }
        if let Err(broken) = self.remove() {
            let name = &self.told.name;
            let left = format!("{broken}; the flowsheet `{name}` may be left: the next smoke test removes it");
            self.told.problems.push(left);
        }
    }

    /// Removes the flowsheet: where the answer that had its id was lost, by its name.
    fn remove(&mut self) -> Result<(), Broken> {
        self.told.removed = match &self.told.flowsheet {
            Some(id) => fixture::remove(self.fixture, id, &mut self.api).map(|_| true)?,
            None => {
                let name = self.told.name.clone();
                !fixture::sweep_where(self.fixture, &mut |found| found == name, &mut self.api)?.is_empty()
            }
        };
        Ok(())
    }

    fn tell(&self, args: &SmokeArgs, begun: u64, ui: &Ui) -> Result<Outcome, Failure> {
        let told = &self.told;
        let milliseconds = clock::elapsed().saturating_sub(begun);
        let failed = told.endpoints.iter().filter(|answer| !answer.succeeded).count();
        let is_fine = failed == 0 && told.problems.is_empty();
        let outcome = if is_fine { Outcome::Fine } else { Outcome::Findings };
        if ui.format == Format::Json {
            ui.json(&SmokeJson {
                target: args.target.as_str(),
                succeeded: is_fine,
                milliseconds,
                swept: told.swept.iter().map(|one| SweptJson { id: one.id.as_str(), name: &one.name }).collect(),
                fixture: FixtureJson {
                    name: &told.name,
                    flowsheet: told.flowsheet.as_ref().map(FlowsheetId::as_str),
                    made: told.made.is_some(),
                    milliseconds: told.made,
                    removed: told.removed,
                    problems: &told.problems,
                },
                endpoints: &told.endpoints,
            })?;
            return Ok(outcome);
        }
        if !told.endpoints.is_empty() {
            ui.data(&table(&told.endpoints))?;
        }
        if let (true, Some(id)) = (told.removed, &told.flowsheet) {
            ui.status(&format!("flowsheet {id} removed"));
        }
        for problem in &told.problems {
            ui.status(&format!("{}: {problem}", Ui::heading("fixture")));
        }
        match (told.problems.len(), failed) {
            (0, 0) => ui.status(&format!("{} answers as it should, in {milliseconds} ms", args.target)),
            (0, failed) => ui.status(&format!("{failed} of {} endpoints failed", told.endpoints.len())),
            _ => ui.status(&format!("what is to be mended stands in {}, or on the platform", fixture::FILE)),
        }
        Ok(outcome)
    }
}

fn ask(name: &ShortName, endpoint: &EndpointSpec, flowsheet: &FlowsheetId, api: &mut Http) -> AnswerJson {
    let request = fixture::endpoint(endpoint, flowsheet);
    let begun = clock::elapsed();
    let answer = api.send(&request);
    let milliseconds = clock::elapsed().saturating_sub(begun);
    let (status, succeeded, problem) = match answer {
        Ok(response) if response.is_success() => (Some(response.status), true, None),
        Ok(response) => (Some(response.status), false, Some(format!("it is {}", response.told()))),
        Err(none) => (None, false, Some(none.told)),
    };
    AnswerJson {
        name: name.to_string(),
        method: request.method.as_str(),
        path: request.path,
        status,
        milliseconds,
        succeeded,
        problem,
    }
}

fn table(answers: &[AnswerJson]) -> String {
    let width = answers.iter().map(|answer| answer.name.len()).max().unwrap_or_default().max("endpoint".len());
    let mut text = format!("{:width$}  status  milliseconds\n", "endpoint");
    for answer in answers {
        let status = answer.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        let line = format!("{:width$}  {status:>6}  {:>12}", answer.name, answer.milliseconds);
        let problem = answer.problem.as_ref().map(|problem| format!("  {problem}")).unwrap_or_default();
        text.push_str(&format!("{line}{problem}\n"));
    }
    text
}

/// What would be asked.
fn planned(fixture: &Fixture, endpoints: &Endpoints<'_>, ui: &Ui) -> Result<Outcome, Failure> {
    let spec = &fixture.spec;
    let request = |step: &str, method: load::Method, path: &str, body: Option<&Value>| RequestJson {
        step: step.to_owned(),
        method: method.as_str(),
        path: path.to_owned(),
        body: body.cloned(),
    };
    let mut requests =
        vec![request("list the flowsheets", load::Method::Get, spec.flowsheets.list.path.as_str(), None)];
    requests
        .extend(spec.steps.iter().map(|step| request(&step.step, step.method, step.path.as_str(), step.body.as_ref())));
    requests.extend(endpoints.iter().map(|(name, endpoint)| {
        request(&format!("ask {name}"), endpoint.method, endpoint.path.as_str(), endpoint.body.as_ref())
    }));
    let remove = &spec.flowsheets.remove;
    requests.push(request("remove the flowsheet", remove.method, remove.path.as_str(), None));
    if ui.format == Format::Json {
        ui.json(&PlannedJson { requests })?;
        return Ok(Outcome::Fine);
    }
    let width = requests.iter().map(|request| request.step.chars().count()).max().unwrap_or_default();
    for RequestJson { step, method, path, body } in &requests {
        let body = body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        ui.data(&format!("{step:width$}  {method:6} {path}{body}\n"))?;
    }
    ui.status(&format!("dry run, nothing was sent: {} requests, and those of a sweep", requests.len()));
    Ok(Outcome::Fine)
}

#[derive(Serialize)]
struct SmokeJson<'a> {
    target: &'a str,
    succeeded: bool,
    milliseconds: u64,
    swept: Vec<SweptJson<'a>>,
    fixture: FixtureJson<'a>,
    endpoints: &'a [AnswerJson],
}

#[derive(Serialize)]
struct SweptJson<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct FixtureJson<'a> {
    name: &'a str,
    flowsheet: Option<&'a str>,
    made: bool,
    milliseconds: Option<u64>,
    removed: bool,
    problems: &'a [String],
}

#[derive(Serialize)]
struct AnswerJson {
    name: String,
    method: &'static str,
    path: String,
    status: Option<u16>,
    milliseconds: u64,
    succeeded: bool,
    problem: Option<String>,
}

#[derive(Serialize)]
struct PlannedJson {
    requests: Vec<RequestJson>,
}

#[derive(Serialize)]
struct RequestJson {
    step: String,
    method: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}
