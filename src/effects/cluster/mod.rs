//! The cluster, asked and never changed: what stands there, what would stand there after a server-side apply,
//! and what of ours stands there that nobody wants any more. Every question about an object has its own answer,
//! so that one that fails hides no other.

mod connect;
mod extra;
mod kinds;
mod lens;
mod live;
mod look;
mod objects;
mod proxy;
mod request;
mod samples;
mod status;

use std::io;

use futures::stream::{self, StreamExt as _};
use serde_json::Value;

use self::connect::connect;
use self::kinds::Kinds;
use self::objects::Objects;
use crate::error::Failure;

pub use self::live::{LiveState, live_state, pause};
pub use self::look::{Looker, Seen, Told};
pub use self::samples::{Sampled, Sampler};

/// How many questions are open at a time.
const OPEN: usize = 16;

/// How the cluster is asked, and what there is ours.
#[derive(Debug, Clone)]
pub struct Options {
    /// Context of the kubeconfig; its current one when there is none.
    pub context: Option<String>,
    /// Ask for no dry run, so that nothing but reading is requested.
    pub read_only: bool,
    /// Field managers in order of preference. A dry run speaks as the first that has applied the object before, else
    /// as the last: only then does it leave out what that manager no longer wants.
    pub managers: Vec<String>,
    /// Argo CD's Applications whose resources are ours, by the annotation with which Argo CD tracks them.
    pub applications: Vec<String>,
    /// Labels that all our resources carry. None: resources are ours by their Application alone.
    pub labels: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            context: None,
            read_only: false,
            managers: ["argocd-controller", "ahuora"].map(str::to_owned).into(),
            applications: Vec::new(),
            labels: vec![("app.kubernetes.io/managed-by".to_owned(), "ahuora".to_owned())],
        }
    }
}

/// The cluster that was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Context and address of the server: `production (https://10.0.0.1:6443)`.
    pub name: String,
    /// Version of Kubernetes, such as `v1.36.3`; empty when the server does not tell it.
    pub version: String,
    /// What could not be looked at besides the objects that were asked for, and why.
    pub notes: Vec<String>,
}

/// What the cluster says of one resource that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What stands there now.
    pub live: Live,
    /// What would stand there after a server-side apply.
    pub dry_run: DryRun,
}

/// What stands in the cluster now.
#[derive(Debug, Clone, PartialEq)]
pub enum Live {
    /// This object.
    Found(Value),
    /// Nothing.
    Absent,
    /// The server does not know the kind: its definition (CRD) is missing.
    NoKind,
    /// It could not be read: why.
    Unknown(String),
}

/// What a server-side apply would do.
#[derive(Debug, Clone, PartialEq)]
pub enum DryRun {
    /// Leave this object.
    Would(Value),
    /// It was not tried, not permitted or not answered: why.
    NotPermitted(String),
    /// Nothing: the server refuses the object.
    Refused(Refusal),
    /// There is nothing to ask against, for the namespace or the kind does not exist yet: which.
    NotPossible(String),
}

/// Why the server refuses an object. Of a `Secret` it holds no words of the server, which may quote values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The reason in one word: `Invalid`, `BadRequest`, `Forbidden`, `Conflict`.
    pub reason: String,
    /// All of it, as a sentence.
    pub message: String,
    /// Which fields are at fault, where the server says so.
    pub causes: Vec<Cause>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cause {
    /// The field as the server writes it: `spec.template.spec.containers[0].image`; empty when it names none.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// What the cluster says of every resource that is wanted, in their order, and the objects that are ours and not
/// wanted. Nothing there is changed: all that is sent are requests to read, and to apply without keeping it.
///
/// # Errors
/// A usage failure when there is no kubeconfig or no such context; an outside one when the server cannot be
/// reached or refuses the credentials.
pub fn ask(wanted: &[Value], options: &Options) -> Result<(Cluster, Vec<Answer>, Vec<Value>), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::outside("cannot prepare to ask the cluster"))?;
    let answers = runtime.block_on(answers(wanted, options));
    // A name that is still being looked up is no reason to wait.
    runtime.shutdown_background();
    answers
}

async fn answers(wanted: &[Value], options: &Options) -> Result<(Cluster, Vec<Answer>, Vec<Value>), Failure> {
    let (server, mut cluster, namespace) = connect(options.context.as_deref()).await?;
    let kinds = Kinds::discover(&server, wanted, &namespace).await;
    let objects = Objects::new(&server, &kinds, options);
    let answers = stream::iter(wanted).map(|wanted| objects.answer(wanted)).buffered(OPEN).collect().await;
    let (extra, notes) = extra::extra(&server, &kinds, wanted, options).await;
    cluster.notes = notes;
    Ok((cluster, answers, extra))
}

/// An outside failure of which only words are known.
fn outside(what: impl Into<String>, why: impl Into<String>) -> Failure {
    Failure::outside(what)(io::Error::other(why.into()))
}
