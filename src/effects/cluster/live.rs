//! What an environment does now: its Application, and its workloads, as the cluster tells them.

use serde_json::Value;
use tokio::time::{Duration, sleep};

use super::connect::connect;
use super::kinds::folder;
use super::outside;
use super::request::{Query, Server, Trouble};
use crate::error::Failure;

const APPLICATION: &str = "argoproj.io/v1alpha1";
/// What is read of an environment's namespace: version, plural and kind.
const WORKLOADS: [(&str, &str, &str); 3] = [
    ("apps/v1", "deployments", "Deployment"),
    ("apps/v1", "statefulsets", "StatefulSet"),
    ("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
];

/// What an environment does now.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveState {
    /// Context and address of the server.
    pub cluster: String,
    /// Its Application; none when there is none.
    pub application: Option<Value>,
    /// The Deployments, `StatefulSets` and autoscalers of its namespace.
    pub workloads: Vec<Value>,
}

/// Reads what an environment does now; nothing is changed. `argo_cd` is the namespace of the Application.
///
/// # Errors
/// A usage failure when there is no kubeconfig or no such context; an outside one when the server cannot be reached,
/// refuses the credentials, or does not let this be read.
pub fn live_state(
    context: Option<&str>,
    argo_cd: &str,
    application: &str,
    namespace: &str,
) -> Result<LiveState, Failure> {
    let runtime = runtime()?;
    let state = runtime.block_on(state(context, argo_cd, application, namespace));
    // A name that is still being looked up is no reason to wait.
    runtime.shutdown_background();
    state
}

/// Waits.
///
/// # Errors
/// When the system has no clock for it.
pub fn pause(seconds: u32) -> Result<(), Failure> {
    runtime()?.block_on(async { sleep(Duration::from_secs(seconds.into())).await });
    Ok(())
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::outside("cannot prepare to ask the cluster"))
}

/// The Application of that name; none when there is none.
pub(super) async fn application(server: &Server, argo_cd: &str, name: &str) -> Result<Option<Value>, Failure> {
    let applications = path(APPLICATION, argo_cd, "applications")?;
    match server.ask(Query::Get(&applications, name)).await {
        Ok(application) => Ok(Some(application)),
        Err(Trouble::Refused(status)) if status.code == 404 => Ok(None),
        Err(trouble) => Err(unread(&format!("the Application {name}"), trouble)),
    }
}

async fn state(context: Option<&str>, argo_cd: &str, name: &str, namespace: &str) -> Result<LiveState, Failure> {
    let (server, cluster, _) = connect(context).await?;
    let application = application(&server, argo_cd, name).await?;
    let mut workloads = Vec::new();
    for (version, plural, kind) in WORKLOADS {
        workloads.extend(all(&server, &path(version, namespace, plural)?, version, kind).await?);
    }
    Ok(LiveState { cluster: cluster.name, application, workloads })
}

/// Every object of a folder.
async fn all(server: &Server, folder: &str, version: &str, kind: &str) -> Result<Vec<Value>, Failure> {
    let answer = server.ask(Query::All(folder)).await.map_err(|trouble| unread(folder, trouble))?;
    Ok(items(answer, version, kind))
}

/// The objects of a list, which leaves out which kind they are.
pub(super) fn items(mut answer: Value, version: &str, kind: &str) -> Vec<Value> {
    let Some(Value::Array(mut items)) = answer.get_mut("items").map(Value::take) else { return Vec::new() };
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.insert("apiVersion".to_owned(), version.into());
        item.insert("kind".to_owned(), kind.into());
    }
    items
}

fn path(version: &str, namespace: &str, plural: &str) -> Result<String, Failure> {
    let path = folder(version, Some(namespace), plural);
    path.ok_or_else(|| outside(format!("cannot read {plural}"), format!("`{namespace}` is no namespace")))
}

fn unread(what: &str, trouble: Trouble) -> Failure {
    outside(format!("cannot read {what}"), trouble.told())
}
