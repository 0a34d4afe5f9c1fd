//! The way to the cluster: the kubeconfig as kubectl finds it, and a first word with the server.
#![allow(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;
use std::io::ErrorKind;
use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use tokio::time::Duration;

use super::kinds::string;
use super::proxy::is_direct;
use super::request::{Query, Server, Trouble, brief, told};
use super::{Cluster, outside};
use crate::error::Failure;

/// Longest time for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
const NEXT: &str = "name another context with --context, or another kubeconfig with KUBECONFIG";

/// The server of a context, the cluster's name and version, and the namespace of objects that name none.
///
/// # Errors
/// A usage failure when there is no kubeconfig or no such context, or it is wrong; an outside one when the server
/// cannot be reached or refuses the credentials.
pub(super) async fn connect(context: Option<&str>) -> Result<(Server, Cluster, String), Failure> {
    let (context, mut config) = configuration(context).await?;
    config.connect_timeout = Some(PATIENCE);
    config.default_retry = false;
    let (url, namespace) = (&config.cluster_url, config.default_namespace.clone());
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let address = format!("{}://{}{port}{path}", url.scheme_str().unwrap_or("https"), url.host().unwrap_or_default());
    let name = format!("{context} ({address})");
    let unprepared = format!("cannot ask the cluster {name}");
    let client = Client::try_from(config).map_err(|error| outside(unprepared, told(&error)))?;
    let server = Server::new(client);
    let version = match server.once(Query::Get("", "version")).await {
        Ok(version) if version.get("gitVersion").is_some() => string(&version, "/gitVersion").to_owned(),
        Ok(_) => return Err(outside(format!("cannot ask the cluster {name}"), "this is no Kubernetes API server")),
        Err(Trouble::Silent(why)) => {
            let question = if why.contains("certificate") {
                "is the certificate authority of the kubeconfig this server's?"
            } else {
                "is it running, and is the network or VPN up?"
            };
            return Err(outside(
                format!("cannot reach the cluster {name}"),
                format!("{why}; {question} If another cluster is meant, {NEXT}"),
            ));
        }
        Err(Trouble::Refused(status)) if status.code == 401 => {
            return Err(outside(
                format!("the cluster {name} refuses the credentials"),
                format!("they are wrong or too old; sign in again, or {NEXT}"),
            ));
        }
        // Some servers tell their version to few.
        Err(Trouble::Refused(status)) if status.code == 403 => String::new(),
        Err(trouble) => return Err(outside(format!("cannot ask the cluster {name}"), trouble.told())),
    };
    Ok((server, Cluster { name, version, notes: Vec::new() }, namespace))
}

/// The name and the configuration of a context: of the kubeconfig, or of the pod in which the program runs.
async fn configuration(context: Option<&str>) -> Result<(String, Config), Failure> {
    let files = files();
    let shown: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let shown = shown.join(", ");
    let Some(kubeconfig) = read(&files, &shown)? else {
        return match (context, Config::incluster_env()) {
            (None, Ok(config)) => Ok(("the cluster of this pod".to_owned(), config)),
            _ => Err(Failure::usage(
                format!("there is no kubeconfig: looked for {shown}"),
                "set KUBECONFIG to the file that you use with kubectl (K3s writes /etc/rancher/k3s/k3s.yaml)",
            )),
        };
    };
    let name = chosen(&kubeconfig, context, &shown)?;
    let own_proxy = own_proxy(&kubeconfig, &name);
    let options = KubeConfigOptions { context: Some(name.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| wrong(&shown, &error))?;
    if !own_proxy {
        let no_proxy = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| env::var(name).ok()).unwrap_or_default();
        config.proxy_url = config.proxy_url.filter(|_| !is_direct(&no_proxy, config.cluster_url.host().unwrap_or("")));
    }
    Ok((name, config))
}

/// Where kubeconfigs are looked for.
fn files() -> Vec<PathBuf> {
    let listed = env::var_os("KUBECONFIG").unwrap_or_default();
    let listed: Vec<PathBuf> = env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()).collect();
    if listed.is_empty() {
        return vec![env::home_dir().unwrap_or_default().join(".kube/config")];
    }
    listed
}

/// The kubeconfigs as one, the first that says something being right; none when there is none that says anything.
fn read(files: &[PathBuf], shown: &str) -> Result<Option<Kubeconfig>, Failure> {
    let mut merged: Option<Kubeconfig> = None;
    for file in files {
        let next = match Kubeconfig::read_from(file) {
            Ok(next) => next,
            // kubectl passes over them as well.
            Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(wrong(&file.display().to_string(), &error)),
        };
        merged = Some(match merged {
            Some(merged) => merged.merge(next).map_err(|error| wrong(shown, &error))?,
            None => next,
        });
    }
    Ok(merged.filter(|config| !config.contexts.is_empty() || config.current_context.is_some()))
}

/// The context that is named, else the current one.
fn chosen(kubeconfig: &Kubeconfig, context: Option<&str>, shown: &str) -> Result<String, Failure> {
    let contexts: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let hint = format!("name one with --context: {}", contexts.join(", "));
    let current = kubeconfig.current_context.as_deref().filter(|name| !name.is_empty());
    match context.or(current) {
        None => Err(Failure::usage(format!("{shown} has no current context"), hint)),
        Some(name) if !contexts.contains(&name) => {
            Err(Failure::usage(format!("{shown} has no context `{name}`"), hint))
        }
        Some(name) => Ok(name.to_owned()),
    }
}

/// Whether the kubeconfig itself names a proxy for the context.
fn own_proxy(kubeconfig: &Kubeconfig, name: &str) -> bool {
    let context = kubeconfig.contexts.iter().find(|context| context.name == name);
    let cluster = context.and_then(|context| context.context.as_ref()).map(|context| &context.cluster);
    let cluster = kubeconfig.clusters.iter().find(|known| Some(&known.name) == cluster);
    cluster.and_then(|cluster| cluster.cluster.as_ref()).is_some_and(|cluster| cluster.proxy_url.is_some())
}

/// A kubeconfig that cannot be used. Its text is never quoted: it may hold credentials.
fn wrong(shown: &str, error: &KubeconfigError) -> Failure {
    match error {
        KubeconfigError::ReadConfig(error, file) => {
            outside(format!("cannot read {}", file.display()), error.to_string())
        }
        KubeconfigError::Parse(error) => {
            let line = error.location().map(|place| format!(" (line {})", place.line())).unwrap_or_default();
            Failure::usage(format!("{shown} is no kubeconfig{line}"), NEXT)
        }
        other => Failure::usage(format!("{shown}: {}", brief(&other.to_string())), NEXT),
    }
}
