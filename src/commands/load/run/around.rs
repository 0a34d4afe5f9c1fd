//! What surrounds trials: the cluster, where there is one, and what is told of it afterwards.

use std::collections::BTreeMap;

use super::Wish;
use super::k6::K6;
use super::prepare::Prepared;
use crate::cli::Common;
use crate::commands::load::calm::Surroundings;
use crate::effects::fingerprint::{self, Asked};
use crate::effects::prometheus::Prometheus;
use crate::error::Failure;
use crate::load::Load;
use crate::trial::cluster::prometheus::{Collected, Query, Span, queries};
use crate::trial::fingerprint::Fingerprint;
use crate::trial::machine::Ran;

/// The cluster, and who tells of it afterwards.
pub(super) struct Around {
    /// The environment on its cluster; none where no cluster is asked.
    pub(super) cluster: Option<Surroundings>,
    prometheus: Option<(Prometheus, Vec<Query>)>,
}

impl Around {
    /// Connects to whatever is to be asked.
    pub(super) fn open(common: &Common, load: &Load, wish: &Wish<'_>) -> Result<Self, Failure> {
        let Some(args) = wish.cluster else { return Ok(Self { cluster: None, prometheus: None }) };
        let conditions = &load.spec.conditions;
        let endpoint = args.prometheus.as_deref().map(Prometheus::new).transpose()?;
        if args.no_cluster {
            return match endpoint {
                None => Ok(Self { cluster: None, prometheus: None }),
                Some(_) => Err(Failure::usage(
                    "--prometheus is asked about the namespace of an environment, and --no-cluster has none",
                    "leave out one of the two",
                )),
            };
        }
        let commit = wish.trial.commit.as_ref().map(|commit| commit.as_str());
        let cluster = Surroundings::open(common, args, conditions, commit).map_err(unasked)?;
        let prometheus = endpoint.map(|endpoint| (endpoint, queries(&conditions.prometheus, &cluster.namespace)));
        Ok(Self { cluster: Some(cluster), prometheus })
    }

    /// What surrounds the run.
    pub(super) fn fingerprint(&self, prepared: &Prepared<'_>, k6: &K6, wish: &Wish<'_>) -> Fingerprint {
        let asked = &prepared.asked;
        let digests = [
            ("script", &asked.digests.script),
            ("load", &asked.digests.load),
            ("fixture", &asked.digests.fixture),
        ];
        let version = k6.version.to_string();
        fingerprint::take(&Asked {
            k6: Some(&version),
            target: Some(wish.target),
            cluster: self.cluster.as_ref().map(Surroundings::looker).ok_or("no cluster was asked"),
            application: self.cluster.as_ref().map(Surroundings::application),
            commit: asked.commit.as_deref(),
            digests: digests.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).clone())).collect::<BTreeMap<_, _>>(),
        })
    }

    /// What is told of a trial afterwards; nothing where nobody is to be asked.
    pub(super) fn collected(&self, ran: &Ran, load: &Load) -> Option<Collected> {
        let (endpoint, queries) = self.prometheus.as_ref()?;
        let step = load.spec.conditions.samples.get();
        Some(endpoint.range(queries, Span { start: ran.began, end: ran.ended, step }))
    }
}

/// A cluster that cannot be asked is no reason to load it unseen; who wants that says so.
fn unasked(failure: Failure) -> Failure {
    match failure {
        Failure::Usage { message, hint } => {
            Failure::Usage { message, hint: format!("{hint}; or ask no cluster: --no-cluster") }
        }
        Failure::Outside { what, source } => {
            Failure::Outside { what: format!("{what} (or ask no cluster: --no-cluster)"), source }
        }
        other => other,
    }
}
