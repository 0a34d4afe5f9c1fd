//! The cluster around a trial: whether it is calm, and what it uses meanwhile.

use std::path::Path;

use crate::cli::{ClusterArgs, Common};
use crate::commands::Workspace;
use crate::commands::experiment::live::Target;
use crate::effects::clock;
use crate::effects::cluster::{Looker, Sampler};
use crate::error::Failure;
use crate::experiment::live::{Verdict, unfinished};
use crate::load::ConditionsSpec;
use crate::trial::cluster::{Look, Settling, restless, settled};

/// How often it is asked whether to stop, in milliseconds.
const TICK: u64 = 200;
/// Where the manifests are: `--out` of `load` is another folder.
const MANIFESTS: &str = "manifests";

/// The environment that is loaded, and one who looks at it.
pub(super) struct Surroundings {
    /// Name of the environment.
    pub(super) environment: String,
    /// Its namespace.
    pub(super) namespace: String,
    /// Context and address of the server.
    pub(super) cluster: String,
    target: Target,
    looker: Looker,
    conditions: ConditionsSpec,
    commit: Option<String>,
}

impl Surroundings {
    /// The environment that the arguments name, else that of the experiments, else the first. It is calm only when Argo CD
    /// has synced the commit, where one is given.
    ///
    /// # Errors
    /// When there is no such environment, or the cluster cannot be asked.
    pub(super) fn open(
        common: &Common,
        args: &ClusterArgs,
        conditions: &ConditionsSpec,
        commit: Option<&str>,
    ) -> Result<Self, Failure> {
        let workspace = Workspace::with_manifests(common, MANIFESTS)?;
        let target = Target::new(&workspace, args.environment.as_deref(), args.context.clone())?;
        let looker = Looker::open(target.context.as_deref(), &target.namespace)?;
        Ok(Self {
            environment: target.environment.clone(),
            namespace: target.namespace.clone(),
            cluster: looker.cluster().to_owned(),
            target,
            looker,
            conditions: conditions.clone(),
            commit: commit.map(str::to_owned),
        })
    }

    /// Namespace and name of its Application.
    pub(super) fn application(&self) -> (&str, &str) {
        (&self.target.argo_cd, &self.target.application)
    }

    /// The one who looks.
    pub(super) fn looker(&self) -> &Looker {
        &self.looker
    }

    /// One look: what cannot be asked is a reason.
    pub(super) fn look(&self) -> Look {
        let seen = self.looker.calm(self.commit.as_ref().map(|_| self.application()));
        let mut reasons = match (&self.commit, &seen.application) {
            (Some(_), Err(why)) => vec![why.clone()],
            (Some(commit), Ok(application)) => {
                match self.target.judged(commit, application.as_ref(), &seen.workloads) {
                    Verdict::Live => Vec::new(),
                    Verdict::NotYet(reasons) => reasons,
                    Verdict::Failed(why) => vec![why],
                }
            }
            (None, _) => unfinished(&seen.workloads),
        };
        reasons.extend(restless(&seen.sample, &self.conditions.settled));
        Look { at: seen.at, reasons }
    }

    /// Looks until the platform has settled or has been waited for long enough, and tells the reasons whenever they change.
    /// Nothing, when it is stopped.
    pub(super) fn settle(&self, stopped: &dyn Fn() -> bool, told: &mut dyn FnMut(&[String])) -> Option<Settling> {
        let every = u64::from(self.conditions.samples.get().max(1)) * 1000;
        let mut history: Vec<Look> = Vec::new();
        let mut said: Vec<String> = Vec::new();
        loop {
            let due = clock::elapsed().saturating_add(every);
            let look = self.look();
            if look.reasons != said || history.is_empty() {
                told(&look.reasons);
                said.clone_from(&look.reasons);
            }
            history.push(look);
            match settled(&history, &self.conditions.settled) {
                Settling::Waiting { .. } => {}
                ended => return Some(ended),
            }
            while clock::elapsed() < due {
                if stopped() {
                    return None;
                }
                clock::sleep(TICK.min(due.saturating_sub(clock::elapsed())));
            }
            if stopped() {
                return None;
            }
        }
    }

    /// Begins to take samples, which are appended to a file.
    ///
    /// # Errors
    /// When the cluster cannot be asked any more, or the file cannot be written.
    pub(super) fn sampler(&self, file: &Path) -> Result<Sampler, Failure> {
        Sampler::start(self.target.context.as_deref(), &self.namespace, self.conditions.samples, file)
    }
}
