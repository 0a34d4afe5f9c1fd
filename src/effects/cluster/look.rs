//! Looking at an environment from time to time, by one connection.

use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::{Duration, timeout};

use super::connect::connect;
use super::kinds::is_segment;
use super::lens::Lens;
use super::live::{application, runtime};
use super::outside;
use super::request::{Query, Trouble};
use crate::effects::clock;
use crate::error::Failure;
use crate::github::date;
use crate::trial::cluster::{Offset, Sample, offset};

/// Longest time for the answers of one look.
const PATIENCE: Duration = Duration::from_secs(10);

/// One who looks at a namespace of a cluster from time to time; nothing there is changed.
pub struct Looker {
    // Taken when it is dropped: a name that is still being looked up is no reason to wait.
    runtime: Option<Runtime>,
    lens: Lens,
    version: String,
}

/// What one look showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When: milliseconds, by the clock that never jumps.
    pub at: u64,
    /// The Application, where one was asked for; none when there is none. Else why it could not be read.
    pub application: Result<Option<Value>, String>,
    /// The Deployments, `StatefulSets` and autoscalers, as they were told.
    pub workloads: Vec<Value>,
    /// The rest.
    pub sample: Sample,
}

/// What a cluster tells of itself; of each the answer, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Version of Kubernetes.
    pub version: Result<String, String>,
    /// A `NodeList`.
    pub nodes: Result<Value, String>,
    /// A `PodList` of the namespace.
    pub pods: Result<Value, String>,
    /// The Application, where one was asked for.
    pub application: Result<Option<Value>, String>,
    /// How far its clock is from ours.
    pub clock: Result<Offset, String>,
}

impl Looker {
    /// Connects to the cluster of a context, for a look at a namespace.
    ///
    /// # Errors
    /// A usage failure when there is no kubeconfig, no such context or no such namespace can be; an outside one when the
    /// server cannot be reached or refuses the credentials.
    pub fn open(context: Option<&str>, namespace: &str) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let lens = runtime.block_on(lens(context, namespace));
        match lens {
            Ok((lens, version)) => Ok(Self { runtime: Some(runtime), lens, version }),
            Err(failure) => {
                runtime.shutdown_background();
                Err(failure)
            }
        }
    }

    /// Context and address of the server.
    #[must_use]
    pub fn cluster(&self) -> &str {
        &self.lens.cluster
    }

    /// One look, at an Application as well where one is named: its namespace and its name.
    #[must_use]
    pub fn calm(&self, named: Option<(&str, &str)>) -> Seen {
        let Some(runtime) = &self.runtime else { return Seen::nothing() };
        runtime.block_on(async {
            let (sample, workloads) = self.lens.sample(&[], PATIENCE).await;
            let application = self.application(named).await;
            Seen { at: clock::elapsed(), application, workloads, sample }
        })
    }

    /// What the cluster tells of itself, and of an Application where one is named.
    #[must_use]
    pub fn told(&self, named: Option<(&str, &str)>) -> Told {
        let closed = || "the connection is closed".to_owned();
        let unknown = || Told {
            version: Err(closed()),
            nodes: Err(closed()),
            pods: Err(closed()),
            application: Err(closed()),
            clock: Err(closed()),
        };
        let Some(runtime) = &self.runtime else { return unknown() };
        runtime.block_on(async {
            let all = async |path: &str| self.lens.server.ask(Query::All(path)).await.map_err(Trouble::told);
            let version = Some(self.version.clone()).filter(|version| !version.is_empty());
            Told {
                version: version.ok_or_else(|| "the server does not tell it to this user".to_owned()),
                nodes: all("/api/v1/nodes").await,
                pods: all(&format!("/api/v1/namespaces/{}/pods", self.lens.namespace)).await,
                application: self.application(named).await,
                clock: self.clock().await,
            }
        })
    }

    async fn application(&self, named: Option<(&str, &str)>) -> Result<Option<Value>, String> {
        let Some((argo_cd, name)) = named else { return Ok(None) };
        let asked = timeout(PATIENCE, application(&self.lens.server, argo_cd, name)).await;
        let late = || format!("no answer within {} s", PATIENCE.as_secs());
        asked.map_err(|_| late())?.map_err(|failure| failure.to_string())
    }

    async fn clock(&self) -> Result<Offset, String> {
        let (begun, sent) = (clock::elapsed(), clock::now());
        let asked = timeout(PATIENCE, self.lens.server.date()).await;
        let came = sent.saturating_add(clock::elapsed().saturating_sub(begun));
        let told = asked.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?.map_err(Trouble::told)?;
        let theirs = date::of_http(&told).and_then(|theirs| offset(theirs, sent, came));
        theirs.ok_or_else(|| format!("the server's time is no date: `{}`", super::request::brief(&told)))
    }
}

impl std::fmt::Debug for Looker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looker").field("cluster", &self.lens.cluster).finish_non_exhaustive()
    }
}

impl Drop for Looker {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Seen {
    fn nothing() -> Self {
        let application = Err("the connection is closed".to_owned());
        Self { at: clock::elapsed(), application, workloads: Vec::new(), sample: Sample::default() }
    }
}

/// A connection to the cluster of a context, for a namespace; and the server's version.
pub(super) async fn lens(context: Option<&str>, namespace: &str) -> Result<(Lens, String), Failure> {
    if !is_segment(namespace) {
        return Err(outside("cannot look at the cluster", format!("`{namespace}` is no namespace")));
    }
    let (server, cluster, _) = connect(context).await?;
    Ok((Lens { server, cluster: cluster.name, namespace: namespace.to_owned() }, cluster.version))
}
