//! Where GitHub is, and the environment in which we were started.
#![allow(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;
use std::fs;

use octocrab::secrecy::SecretString;

use crate::effects::clock;
use crate::error::Failure;

/// Where GitHub is, unless the environment says otherwise.
const API: &str = "https://api.github.com";
/// Longest time for an answer, in milliseconds.
const PATIENCE: u64 = 30_000;

/// What the environment says of GitHub. Its Debug shows no secret.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// Where its API is.
    pub api: Option<String>,
    /// Which repository.
    pub repository: Option<String>,
    /// A token.
    pub token: Option<SecretString>,
    /// Id of an App.
    pub app: Option<String>,
    /// Its key.
    pub key: Option<SecretString>,
    /// Where it is installed.
    pub installation: Option<String>,
}

/// How to reach GitHub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The root of the API, without a slash at its end.
    pub api: String,
    /// Longest time for an answer, in milliseconds.
    pub patience: u64,
    /// The credentials, as the environment has them.
    pub variables: Variables,
}

impl Settings {
    /// What the variables say.
    ///
    /// # Errors
    /// A usage failure when the address is none to which a token may go.
    pub fn of(variables: Variables) -> Result<Self, Failure> {
        let api = variables.api.as_deref().unwrap_or(API).trim_end_matches('/').to_owned();
        let hint = "set GITHUB_API_URL to https://HOST or https://HOST/api/v3, or leave it out";
        let Some((scheme, rest)) = api.split_once("://") else {
            return Err(Failure::usage("GITHUB_API_URL is no URL", hint));
        };
        let authority = rest.split('/').next().unwrap_or_default();
        // What it holds may be a password: it is not repeated.
        if authority.contains('@') || rest.contains(['?', '#']) {
            return Err(Failure::usage("GITHUB_API_URL holds more than an address", hint));
        }
        let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
        let is_here = matches!(name, "127.0.0.1" | "localhost" | "[::1]");
        if scheme != "https" && !(scheme == "http" && is_here) {
            return Err(Failure::usage(format!("GITHUB_API_URL {api}: a token is sent by https only"), hint));
        }
        Ok(Self { api, patience: PATIENCE, variables })
    }
}

/// What the environment says.
///
/// # Errors
/// A usage failure when the file of an App's key cannot be read.
pub fn variables() -> Result<Variables, Failure> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let key = match variable("AHUORA_GITHUB_APP_KEY") {
        // The key itself is never in a message: only what cannot be one is taken for a path.
        Some(key) if !key.contains("-----BEGIN") && !key.contains('\n') => {
            let text = fs::read_to_string(&key).map_err(|error| {
                Failure::usage(
                    format!("AHUORA_GITHUB_APP_KEY is neither a key nor a file that can be read: {}", error.kind()),
                    "set it to the App's private key (PEM), or to the path of its file",
                )
            })?;
            Some(text)
        }
        key => key,
    };
    Ok(Variables {
        api: variable("GITHUB_API_URL"),
        repository: variable("GITHUB_REPOSITORY"),
        token: variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN")).map(|token| token.trim().into()),
        app: variable("AHUORA_GITHUB_APP_ID"),
        key: key.map(SecretString::from),
        installation: variable("AHUORA_GITHUB_INSTALLATION"),
    })
}

/// The name of this machine.
#[must_use]
pub fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| env::var("HOSTNAME").ok());
    named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// An id that nobody else makes, and that sorts by time.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Any number; where the system has none, the time is one.
pub(super) fn any() -> u64 {
    getrandom::u64().unwrap_or_else(|_| clock::now())
}
