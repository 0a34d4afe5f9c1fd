//! The commit on which the branches of an experiment stand, and what it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Designs, varied};
use crate::cli::{BaseArgs, Common};
use crate::commands::{output_folder, unwritable};
use crate::config::{self, Configuration};
use crate::effects::{self, Reader, Repository};
use crate::error::Failure;
use crate::experiment::{Base, Experiment, Found, LOCK, Variant, branch_folder};

/// A base, and what reads the repository.
pub(super) struct OnBase {
    /// Reads the repository.
    pub(super) reader: Reader,
    /// The base.
    pub(super) ground: Ground,
}

/// A commit with the platform that it holds.
pub(super) struct Ground {
    /// The commit, by its whole id.
    pub(super) commit: String,
    /// When it was written, in seconds since 1970.
    pub(super) seconds: i64,
    /// The configuration of the base.
    pub(super) configuration: Configuration,
    /// The folder of manifests.
    pub(super) out: String,
}

impl OnBase {
    /// The base of the branches that an experiment has, with those branches: where most of them begin, if no other
    /// is named.
    pub(super) fn of_branches(
        common: &Common,
        designs: &Designs,
        experiment: &Experiment,
        base: &BaseArgs,
    ) -> Result<(Self, Vec<Found>), Failure> {
        let mut reader = Reader::open(&designs.repository.path(""))?;
        let branches = reader.commits_below(&branch_folder(&experiment.name))?;
        let mut count: BTreeMap<&String, usize> = BTreeMap::new();
        for parent in branches.iter().filter_map(|branch| branch.parents.first()) {
            *count.entry(parent).or_default() += 1;
        }
        let most = count.into_iter().max_by_key(|(_, count)| *count).map(|(parent, _)| parent.clone());
        let mut on_base = Self::with(reader, common, designs, base.base.clone().or(most))?;
        let mut found = Vec::with_capacity(branches.len());
        for branch in branches {
            let changes = on_base.reader.changed_files(&on_base.ground.commit, &branch.commit)?;
            found.push(Found {
                branch: branch.name,
                commit: branch.commit,
                parents: branch.parents,
                message: branch.message,
                changes: changes.into_iter().map(|one| (one.path, one.after)).collect(),
            });
        }
        Ok((on_base, found))
    }

    /// Reads the platform of a base: the branch that Argo CD follows, where no other is named.
    pub(super) fn open(common: &Common, designs: &Designs, base: &BaseArgs) -> Result<Self, Failure> {
        Self::with(Reader::open(&designs.repository.path(""))?, common, designs, base.base.clone())
    }

    fn with(mut reader: Reader, common: &Common, designs: &Designs, base: Option<String>) -> Result<Self, Failure> {
        let out = output_folder(common.manifests())?;
        let named = match base {
            Some(named) => named,
            None => followed(common, &designs.repository, &mut reader)?,
        };
        let (commit, seconds) = reader.revision(&named)?;
        let read = |reader: &mut Reader, path: &str| reader.file(&commit, path);
        if read(&mut reader, LOCK)?.is_some() {
            return Err(Failure::usage(
                format!("{named} is a permutation itself: it has {LOCK}"),
                "name the branch on which experiments stand with --base",
            ));
        }
        let Some(text) = read(&mut reader, &common.config)? else {
            return Err(Failure::usage(
                format!("{named} has no file {}", common.config),
                "name another commit with --base, or the file with --config",
            ));
        };
        let text = String::from_utf8_lossy(&text);
        let configuration = config::load(&text)
            .map_err(|problems| Failure::Configuration { file: format!("{named}:{}", common.config), problems })?;
        Ok(Self { reader, ground: Ground { commit, seconds, configuration, out } })
    }
}

impl Ground {
    /// The platform that an experiment varies.
    pub(super) fn platform<'o>(&'o self, common: &Common, experiment: &'o Experiment) -> Result<Base<'o>, Failure> {
        varied(common, &self.configuration, &self.out, experiment)
    }

    /// Refuses a base whose manifests are not what its configuration says: every permutation would differ in more
    /// than its levels.
    pub(super) fn refuse_stale(
        &self,
        reader: &mut Reader,
        experiment: &Experiment,
        unchanged: &Variant,
    ) -> Result<(), Failure> {
        let folder = [&self.out, "/", experiment.design.environment.as_str()].concat();
        let standing: BTreeMap<String, Arc<[u8]>> = reader.files_below(&self.commit, &folder)?;
        let mut wanted = 0;
        for file in unchanged.files() {
            wanted += 1;
            let text = file.text().map_err(unwritable(&file.path))?;
            let below = file.path.strip_prefix(&folder).map(|rest| rest.trim_start_matches('/')).unwrap_or_default();
            if standing.get(below) != Some(&text) {
                return Err(stale(&file.path));
            }
        }
        if standing.len() > wanted {
            let ours: Vec<&str> = unchanged.files().map(|file| &*file.path).collect();
            let more =
                standing.keys().map(|path| format!("{folder}/{path}")).find(|path| !ours.contains(&path.as_str()));
            return Err(stale(&more.unwrap_or(folder)));
        }
        Ok(())
    }
}

fn stale(path: &str) -> Failure {
    Failure::usage(
        format!("the base's {path} is not what its configuration says: every permutation would carry that difference"),
        "run `ahuora generate`, commit, and try again; or name another commit with --base",
    )
}

/// The branch that Argo CD follows, by the configuration on the disk; as the remote has it, where it is not here.
fn followed(common: &Common, repository: &Repository, reader: &mut Reader) -> Result<String, Failure> {
    let text = effects::read_text(&repository.path(&common.config), &common.config, effects::MAX_CONFIG_BYTES)?;
    let branch = config::scalar(&text, &["argo-cd", "branch"]).unwrap_or_else(|| "main".to_owned());
    let remote = format!("origin/{branch}");
    Ok(if reader.revision(&branch).is_err() && reader.revision(&remote).is_ok() { remote } else { branch })
}
