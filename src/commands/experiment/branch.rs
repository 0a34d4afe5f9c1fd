//! `ahuora experiment branch`: one branch for each permutation, straight into the object database.

use serde::Serialize;

use super::base::OnBase;
use super::{Designs, refused, tell_findings};
use crate::check::Finding;
use crate::cli::{BaseArgs, Common};
use crate::commands::unwritable;
use crate::effects::{Author, Prepared, State, Wanted, Writer};
use crate::error::{Failure, Outcome};
use crate::experiment::{Base, Branches, Digest, Experiment, Governed, Locks, Variant, survey};
use crate::ui::{Format, Ui};

/// Who writes the commits: the same for everybody, so that the same design has the same commits on every machine.
const AUTHOR: &str = "ahuora";

pub(super) fn run(
    common: &Common,
    name: &str,
    base: &BaseArgs,
    force: bool,
    limit: usize,
    ui: &Ui,
) -> Result<Outcome, Failure> {
    let designs = Designs::open(common)?;
    let experiment = designs.read(name, limit)?;
    let OnBase { mut reader, ground } = OnBase::open(common, &designs, base)?;
    let platform = ground.platform(common, &experiment)?;
    let unchanged = platform.unchanged();
    ground.refuse_stale(&mut reader, &experiment, &unchanged)?;
    let author = Author { name: AUTHOR.to_owned(), email: String::new(), seconds: ground.seconds };
    let mut writer = Writer::begin(&designs.repository.path(""), &ground.commit, &author)?;
    let governed = Governed::of(&platform, &experiment).map_err(refused(&experiment))?;
    let load = designs.load.said_of(&experiment.design.endpoints, &experiment.design.profiles);
    let locks = Locks::of(&experiment, &ground.commit, &load).map_err(unwritable("the locks"))?;
    let branches = Branches::of(&experiment, &unchanged, &governed, locks);
    let findings = make(&experiment, &platform, &branches, &mut writer)?;
    if !findings.is_empty() {
        tell_findings(&experiment, &findings, ui)?;
        ui.status("no branch was made: change the design, or leave such combinations out under `exclude`");
        return Ok(Outcome::Findings);
    }
    let detour = writer.detour().map(str::to_owned);
    let prepared = writer.finish()?;
    let report = Report::of(&experiment, &ground.commit, &prepared, common.dry_run);
    let lines = report.lines();
    let json = (ui.format == Format::Json).then(|| report.json());
    if let Some(why) = detour {
        ui.status(&format!("{why}: the branches are written by the program git, which takes longer"));
    }
    if !common.dry_run {
        prepared.write(force)?;
    }
    match json {
        Some(json) => ui.json(&json)?,
        None => {
            ui.data(&lines)?;
            ui.status(&report.summary);
        }
    }
    Ok(Outcome::Fine)
}

/// Renders every permutation and hands its branch to the writer; gives what would not work on the cluster.
fn make(
    experiment: &Experiment,
    platform: &Base<'_>,
    branches: &Branches<'_>,
    writer: &mut Writer,
) -> Result<Vec<(usize, Finding)>, Failure> {
    let mut common_digest: Option<Digest> = None;
    let mut failed = None;
    let one = |index: usize, variant: &Variant, digest: Digest| {
        let permutation = experiment.permutations.get(index)?;
        Some(branches.branch(permutation, variant, digest).map_err(unwritable(&permutation.name)))
    };
    let surveyed = survey(platform, experiment, one, |_, branch| {
        let Some(branch) = branch.filter(|_| failed.is_none()) else { return };
        let added = branch.and_then(|branch| {
            if *common_digest.get_or_insert(branch.masked) != branch.masked {
                return Err(interplay(&branch.name));
            }
            writer.add(&Wanted { name: branch.name, message: branch.message, changes: branch.files })
        });
        failed = added.err();
    });
    let surveyed = surveyed.map_err(refused(experiment))?;
    failed.map_or(Ok(surveyed.findings), Err)
}

/// Levels that together move something which none of them moves alone.
fn interplay(branch: &str) -> Failure {
    Failure::usage(
        format!(
            "{branch} would differ from the others in more than its variables govern, each by itself: no branch was made"
        ),
        "name the paths that change together as one variable, with a list under `sets`",
    )
}

/// What was done, or would be.
struct Report<'e> {
    experiment: &'e Experiment,
    base: &'e str,
    branches: Vec<(String, String, &'static str)>,
    written: bool,
    summary: String,
}

impl<'e> Report<'e> {
    fn of(experiment: &'e Experiment, base: &'e str, prepared: &Prepared, dry_run: bool) -> Self {
        let state = |state: &State| match state {
            State::New => "new",
            State::Same => "same",
            State::Moved { .. } => "moved",
        };
        let branches: Vec<(String, String, &'static str)> = prepared
            .branches
            .iter()
            .map(|branch| (branch.name.clone(), branch.commit.clone(), state(&branch.state)))
            .collect();
        let count = |wanted: &str| branches.iter().filter(|(.., state)| *state == wanted).count();
        let (new, same, moved) = (count("new"), count("same"), count("moved"));
        let base_short = base.get(..12).unwrap_or(base);
        let summary = if dry_run {
            format!(
                "dry run, nothing was written: {new} to make, {moved} to overwrite, {same} as they are, on {base_short}"
            )
        } else {
            format!("{new} made, {moved} overwritten, {same} as they were, on {base_short}")
        };
        Self { experiment, base, branches, written: !dry_run, summary }
    }

    fn lines(&self) -> String {
        let line = |(name, commit, state): &(String, String, &str)| {
            format!("{state:5} {} {name}\n", commit.get(..12).unwrap_or(commit))
        };
        self.branches.iter().map(line).collect()
    }

    fn json(&self) -> ReportJson<'_> {
        let branches = self.branches.iter().zip(&self.experiment.permutations);
        ReportJson {
            experiment: &self.experiment.name,
            base: self.base,
            branches: branches
                .map(|((name, commit, state), permutation)| BranchJson {
                    name,
                    commit,
                    state,
                    permutation: &permutation.name,
                })
                .collect(),
            written: self.written,
        }
    }
}

#[derive(Serialize)]
struct ReportJson<'a> {
    experiment: &'a str,
    base: &'a str,
    branches: Vec<BranchJson<'a>>,
    written: bool,
}

#[derive(Serialize)]
struct BranchJson<'a> {
    name: &'a str,
    permutation: &'a str,
    commit: &'a str,
    state: &'a str,
}
