//! `ahuora experiment`: from a design to branches, a proof, and runs.

mod base;
mod branch;
mod campaign;
pub mod close;
pub mod dispatch;
mod list;
pub(super) mod live;
pub mod open;
mod plan;
mod push;
pub(super) mod remote;
pub mod status;
mod verify;

use super::{Workspace, configuration_failure};
use crate::check::Finding;
use crate::cli::{Common, DispatchArgs, ExperimentCommand};
use crate::config::{Configuration, Problem, suggestion};
use crate::effects::{self, Repository};
use crate::error::{Failure, Outcome};
use crate::experiment::campaign::Permutation;
use crate::experiment::live::Verdict;
use crate::experiment::{Base, Experiment};
use crate::load::{self, Load};
use crate::ui::Ui;
use campaign::Wanted;

/// Folder of the designs, from the root of the repository.
const FOLDER: &str = "experiments";
/// Seconds between two questions whether a permutation is live.
const LIVE_INTERVAL: u32 = 5;

pub(super) fn run(common: &Common, command: &ExperimentCommand, ui: &Ui) -> Result<Outcome, Failure> {
    match command {
        ExperimentCommand::List => list::run(common, ui),
        ExperimentCommand::Plan { name: Some(name), runs, limit, .. } => plan::one(common, name, *runs, *limit, ui),
        ExperimentCommand::Plan { name: None, limit, .. } => plan::all(common, *limit, ui),
        ExperimentCommand::Branch { name, base, force, limit } => {
            branch::run(common, name, base, *force, limit.limit, ui)
        }
        ExperimentCommand::Verify { name, base, proof, limit } => {
            verify::run(common, name, base, proof.as_deref(), limit.limit, ui)
        }
        ExperimentCommand::Push { name, remote, force, limit } => {
            push::run(common, name, remote, *force, limit.limit, ui)
        }
        ExperimentCommand::Live(arguments) => live::run(common, arguments, ui),
        ExperimentCommand::Open(args) => {
            let campaign = campaign::of(common, &args.remote.name, Wanted::Proved, ui)?;
            open::run(common, args, &campaign, ui)
        }
        ExperimentCommand::Dispatch(args) => {
            let campaign = campaign::of(common, &args.remote.name, Wanted::Proved, ui)?;
            campaign::refuse_unfollowed(common, &campaign)?;
            dispatch::run(common, args, &campaign, &mut |permutation| wait_live(common, args, permutation, ui), ui)
        }
        ExperimentCommand::Status(args) => {
            let campaign = campaign::of(common, &args.remote.name, Wanted::Known, ui)?;
            status::run(common, args, &campaign, ui)
        }
        ExperimentCommand::Close(args) => {
            let campaign = campaign::of(common, &args.remote.name, Wanted::Known, ui)?;
            close::run(common, args, &campaign, ui)
        }
    }
}

/// The designs of a repository, with the load that they name.
struct Designs {
    repository: Repository,
    load: Load,
    /// Names of the designs, sorted.
    names: Vec<String>,
}

impl Designs {
    fn open(common: &Common) -> Result<Self, Failure> {
        Self::of(Repository::find(common.repo.as_deref(), &common.config)?)
    }

    fn of(repository: Repository) -> Result<Self, Failure> {
        let text = effects::read_text(&repository.path(load::FILE), load::FILE, effects::MAX_CONFIG_BYTES)?;
        let load =
            Load::read(&text).map_err(|problems| Failure::Configuration { file: load::FILE.to_owned(), problems })?;
        let files = effects::scan(&repository.path(FOLDER), FOLDER)?.files;
        let name =
            |file: String| (!file.contains('/')).then(|| file.strip_suffix(".yaml").map(str::to_owned)).flatten();
        Ok(Self { repository, load, names: files.into_iter().filter_map(name).collect() })
    }

    /// Reads all designs; the problems of all of them are told at once.
    fn read_all(&self, limit: usize) -> Result<Vec<Experiment>, Failure> {
        let (mut experiments, mut failures) = (Vec::new(), Vec::new());
        for name in &self.names {
            match self.read(name, limit) {
                Ok(experiment) => experiments.push(experiment),
                Err(Failure::Configuration { file, problems }) => failures.push((file, problems)),
                Err(failure) => return Err(failure),
            }
        }
        match failures.len() {
            0 => Ok(experiments),
            1 => Err(failures
                .pop()
                .map_or(Failure::Manifests(Vec::new()), |(file, problems)| Failure::Configuration { file, problems })),
            _ => {
                let each = |(file, problems): (String, Vec<Problem>)| {
                    problems.into_iter().map(move |problem| (file.clone(), problem))
                };
                Err(Failure::Manifests(failures.into_iter().flat_map(each).collect()))
            }
        }
    }

    /// Reads a design.
    fn read(&self, name: &str, limit: usize) -> Result<Experiment, Failure> {
        if !self.names.iter().any(|known| known == name) {
            let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
            return Err(Failure::usage(
                format!("there is no experiment `{name}`{}", suggestion(name, &known)),
                format!("write {FOLDER}/{name}.yaml; `ahuora experiment list` tells what there is"),
            ));
        }
        let file = format!("{FOLDER}/{name}.yaml");
        let text = effects::read_text(&self.repository.path(&file), &file, effects::MAX_CONFIG_BYTES)?;
        Experiment::read(name, &text, &self.load, limit).map_err(|problems| Failure::Configuration { file, problems })
    }
}

/// The platform that an experiment varies.
fn varied<'c>(
    common: &Common,
    configuration: &'c Configuration,
    out: &'c str,
    experiment: &'c Experiment,
) -> Result<Base<'c>, Failure> {
    let environment = &experiment.design.environment;
    super::platform(configuration, environment.as_str())?;
    Base::of(configuration, environment, out).map_err(|problems| configuration_failure(common, problems))
}

/// A failure while a design is rendered.
fn refused(experiment: &Experiment) -> impl Fn(Vec<Problem>) -> Failure + '_ {
    |problems| Failure::Configuration { file: format!("{FOLDER}/{}.yaml", experiment.name), problems }
}

/// Tells what would not work, permutation by permutation.
fn tell_findings(experiment: &Experiment, findings: &[(usize, Finding)], ui: &Ui) -> Result<(), Failure> {
    for (index, finding) in findings {
        let name = experiment.permutations.get(*index).map_or("", |one| one.name.as_str());
        let heading = Ui::heading(&format!("finding {}", finding.rule));
        ui.data(&format!("{heading}: {}/{name}: {}: {}\n", experiment.name, finding.resource, finding.message))?;
    }
    Ok(())
}

/// Waits until a permutation is what runs, where the dispatch is to wait for it.
fn wait_live(common: &Common, args: &DispatchArgs, permutation: &Permutation, ui: &Ui) -> Result<(), Failure> {
    let wait = args.live.get();
    if wait == 0 {
        return Ok(());
    }
    let target = live::Target::new(&Workspace::open(common)?, None, args.kube_context.clone())?;
    let reasons = match live::wait(&target, &permutation.commit, (wait, LIVE_INTERVAL), ui)?.0 {
        Verdict::Live => return Ok(()),
        Verdict::NotYet(reasons) => reasons.join("; "),
        Verdict::Failed(reason) => reason,
    };
    let what = format!("{} is not live after {wait} s", permutation.name);
    Err(Failure::outside(what)(std::io::Error::other(reasons)))
}

/// Hours, with one digit behind the point.
fn hours(seconds: u64) -> String {
    let tenths = (seconds + 180) / 360;
    format!("{}.{} h", tenths / 10, tenths % 10)
}
