//! `ahuora load`: from the configuration of the load to what k6 runs.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::{Common, LoadCommand, ScriptArgs};
use crate::config::suggestion;
use crate::effects::{self, Repository};
use crate::error::{Failure, Outcome};
use crate::load::{self, Load, Plan, Refused, Segment, Trial, Unknown};
use crate::trial::fixture::{self, Fixture};
use crate::ui::{Format, Ui};

mod calm;
mod check;
mod clean;
mod compose;
mod publish;
mod run;
mod smoke;
mod watch;

pub(super) fn run(common: &Common, command: &LoadCommand, ui: &Ui) -> Result<Outcome, Failure> {
    let load = read(common)?;
    match command {
        LoadCommand::List => list(&load, ui),
        LoadCommand::Script(args) => scripts(common, &load, args, ui),
        LoadCommand::Check(args) => check::run(common, &load, args, ui),
        LoadCommand::Run(args) => run::run(common, &load, args, ui),
        LoadCommand::Watch(args) => watch::run(common, &load, args, ui),
        LoadCommand::Smoke(args) => smoke::run(common, &load, args, ui),
        LoadCommand::Compose(args) => compose::run(common, &load, args, ui),
        LoadCommand::Clean(args) => clean::run(common, args, ui),
        LoadCommand::Publish(args) => publish::run(common, args, ui),
    }
}

fn read(common: &Common) -> Result<Load, Failure> {
    let repository = Repository::find(common.repo.as_deref(), &common.config)?;
    let text = effects::read_text(&repository.path(load::FILE), load::FILE, effects::MAX_CONFIG_BYTES)?;
    Load::read(&text).map_err(|problems| Failure::Configuration { file: load::FILE.to_owned(), problems })
}

/// What a trial makes before and removes after it.
fn fixture(common: &Common) -> Result<Fixture, Failure> {
    let repository = Repository::find(common.repo.as_deref(), &common.config)?;
    let text = effects::read_text(&repository.path(fixture::FILE), fixture::FILE, effects::MAX_CONFIG_BYTES)?;
    Fixture::read(&text).map_err(|problems| Failure::Configuration { file: fixture::FILE.to_owned(), problems })
}

fn list(load: &Load, ui: &Ui) -> Result<Outcome, Failure> {
    let plans = Plan::all(&load.spec, NonZeroU32::MIN);
    if ui.format == Format::Json {
        ui.json(&ListJson { scripts: plans.iter().map(|plan| ScriptJson::of(plan, None)).collect() })?;
        return Ok(Outcome::Fine);
    }
    let width = |name: fn(&Plan<'_>) -> usize| plans.iter().map(name).max().unwrap_or_default().max(8);
    let endpoint = width(|plan| plan.endpoint.as_str().len());
    let profile = width(|plan| plan.profile.as_str().len());
    ui.data(&format!(
        "{:endpoint$}  {:profile$}  {:>10}  {:>8}  {:>8}  {:>13}  ends early\n",
        "endpoint", "profile", "seconds", "peak", "requests", "virtual users"
    ))?;
    for plan in &plans {
        let ends = plan.most_virtual_users.map(|most| format!("above {most} virtual users")).unwrap_or_default();
        let line = format!(
            "{:endpoint$}  {:profile$}  {:>10}  {:>8}  {:>8}  {:>13}  {ends}",
            plan.endpoint.as_str(),
            plan.profile.as_str(),
            plan.course.milliseconds() / 1000,
            format!("{}/{}", plan.course.peak(), plan.course.unit.k6().trim_start_matches('1')),
            plan.course.ideal_iterations(),
            format!("{} to {}", plan.pool.preallocated, plan.pool.most),
        );
        ui.data(&format!("{}\n", line.trim_end()))?;
    }
    Ok(Outcome::Fine)
}

/// A script with where it goes.
struct Written<'p> {
    plan: &'p Plan<'p>,
    text: String,
    file: Option<PathBuf>,
}

fn scripts(common: &Common, load: &Load, args: &ScriptArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let plans = match (&args.endpoint, &args.profile) {
        (Some(endpoint), Some(profile)) => vec![plan(load, endpoint, profile, args.shorten)?],
        _ => Plan::all(&load.spec, args.shorten),
    };
    let mut written = Vec::new();
    for plan in &plans {
        let file = args.output.as_ref().map(|output| match args.all {
            true => output.join(format!("{}.js", plan.name())),
            false => output.clone(),
        });
        written.push(Written { plan, text: text(plan, args)?, file });
    }
    if let Some(folder) = args.output.as_ref().filter(|_| args.all && !common.dry_run) {
        effects::make_folder(folder)?;
    }
    for Written { text, file, .. } in &written {
        if let Some(file) = file.as_ref().filter(|_| !common.dry_run) {
            effects::write_text(file, text)?;
        }
    }
    tell(common, args, &written, ui)
}

fn tell(common: &Common, args: &ScriptArgs, written: &[Written<'_>], ui: &Ui) -> Result<Outcome, Failure> {
    let segments = args.test_run.map(load::segments);
    if ui.format == Format::Json {
        let scripts = written.iter().map(|one| ScriptJson {
            file: one.file.as_ref().map(|file| file.display().to_string()),
            written: one.file.is_some() && !common.dry_run,
            segments: segments.iter().flatten().map(SegmentJson::of).collect(),
            ..ScriptJson::of(one.plan, one.file.is_none().then_some(one.text.as_str()))
        });
        ui.json(&ListJson { scripts: scripts.collect() })?;
        return Ok(Outcome::Fine);
    }
    for Written { plan, text, file } in written {
        match file {
            Some(file) => ui.status(&format!(
                "{}: {} requests in {} s{}",
                file.display(),
                plan.course.ideal_iterations(),
                plan.course.milliseconds() / 1000,
                if common.dry_run { " (dry run, nothing was written)" } else { "" }
            )),
            None if args.all => ui.data(&format!("// ===== {}.js\n{text}", plan.name()))?,
            None => ui.data(text)?,
        }
    }
    if args.shorten.get() > 1 {
        ui.status(&format!("shortened to one part in {}: this tries a script, and measures nothing", args.shorten));
    }
    Ok(Outcome::Fine)
}

/// The script of a plan, or its `TestRun`.
fn text(plan: &Plan<'_>, args: &ScriptArgs) -> Result<String, Failure> {
    let (Some(generators), Some(target)) = (args.test_run, &args.target) else {
        return load::script(plan).map_err(super::unwritable("the script"));
    };
    let trial = Trial { generators, target, flowsheet: args.flowsheet.as_ref() };
    load::test_run(plan, &trial).map_err(|refused| {
        let hint = match refused {
            Refused::Script(error) => return super::unwritable("the script")(error),
            Refused::Yaml(error) => return super::unwritable("the TestRun")(error),
            Refused::Limit { .. } => "make it with one generator: --test-run 1, or without --test-run",
            Refused::Generators { .. } => "take fewer generators, or a profile with a higher rate",
            Refused::Name { .. } => "give the endpoint or the profile a shorter name",
            Refused::Flowsheet(_) => "name it: --flowsheet ID",
        };
        Failure::usage(refused.to_string(), hint)
    })
}

fn plan<'l>(load: &'l Load, endpoint: &str, profile: &str, shorten: NonZeroU32) -> Result<Plan<'l>, Failure> {
    let spec = &load.spec;
    let endpoints: Vec<&str> = spec.endpoints.keys().map(|name| name.as_str()).collect();
    let profiles: Vec<&str> = spec.profiles.keys().map(|name| name.as_str()).collect();
    let names = |kind: &str, names: &[&str]| format!("the {kind}s of {} are: {}", load::FILE, names.join(", "));
    Plan::of(spec, endpoint, profile, shorten).map_err(|unknown| {
        // Both may be wrong: the one that is looked up first must not hide the other.
        let no_profile = (!profiles.contains(&profile)).then(|| {
            (format!("there is no profile `{profile}`{}", suggestion(profile, &profiles)), names("profile", &profiles))
        });
        match unknown {
            Unknown::Endpoint => {
                let (more, more_hint) = no_profile
                    .map_or_else(Default::default, |(what, hint)| (format!(" - {what}"), format!("; {hint}")));
                let message = format!("there is no endpoint `{endpoint}`{}{more}", suggestion(endpoint, &endpoints));
                Failure::usage(message, names("endpoint", &endpoints) + &more_hint)
            }
            Unknown::Profile => {
                let (what, hint) = no_profile.unwrap_or_default();
                Failure::usage(what, hint)
            }
            Unknown::Rate => Failure::usage(
                format!("the profile `{profile}` has no rate for the endpoint `{endpoint}`"),
                format!("write profiles.{profile}.rates.{endpoint} in {}", load::FILE),
            ),
        }
    })
}

#[derive(Serialize)]
struct ListJson<'a> {
    scripts: Vec<ScriptJson<'a>>,
}

#[derive(Serialize)]
struct ScriptJson<'a> {
    endpoint: &'a str,
    profile: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    written: bool,
    shortened: u32,
    milliseconds: u64,
    time_unit: &'static str,
    stages: Vec<StageJson>,
    ideal_iterations: u64,
    virtual_users: VirtualUsersJson,
    thresholds: Vec<ThresholdJson>,
    graceful_stop_seconds: u32,
    timeout_seconds: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segments: Vec<SegmentJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct StageJson {
    milliseconds: u64,
    target: u32,
}

#[derive(Serialize)]
struct VirtualUsersJson {
    preallocated: u32,
    most: u32,
}

#[derive(Serialize)]
struct ThresholdJson {
    metric: &'static str,
    condition: String,
    ends_the_trial: bool,
}

#[derive(Serialize)]
struct SegmentJson {
    segment: String,
    sequence: String,
}

impl SegmentJson {
    fn of(segment: &Segment) -> Self {
        Self { segment: segment.segment.clone(), sequence: segment.sequence.clone() }
    }
}

impl<'a> ScriptJson<'a> {
    fn of(plan: &'a Plan<'_>, text: Option<&'a str>) -> Self {
        let stages = plan.course.stages.iter();
        let thresholds = plan.thresholds().into_iter();
        Self {
            endpoint: plan.endpoint.as_str(),
            profile: plan.profile.as_str(),
            file: None,
            written: false,
            shortened: plan.shortened.get(),
            milliseconds: plan.course.milliseconds(),
            time_unit: plan.course.unit.k6(),
            stages: stages.map(|stage| StageJson { milliseconds: stage.milliseconds, target: stage.target }).collect(),
            ideal_iterations: plan.course.ideal_iterations(),
            virtual_users: VirtualUsersJson { preallocated: plan.pool.preallocated, most: plan.pool.most },
            thresholds: thresholds
                .map(|(metric, condition)| ThresholdJson { metric, condition, ends_the_trial: true })
                .collect(),
            graceful_stop_seconds: plan.graceful_stop.get(),
            timeout_seconds: plan.request.timeout.get(),
            segments: Vec::new(),
            text,
        }
    }
}
