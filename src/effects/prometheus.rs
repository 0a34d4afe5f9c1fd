//! A Prometheus-compatible endpoint, asked after a trial.
#![allow(clippy::disallowed_methods, reason = "this is where its credentials are read")]

use std::env;
use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::clock;
use crate::error::Failure;
use crate::trial::cluster::prometheus::{Answer, Collected, Query, Span};

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest answer, in bytes.
const MOST: u64 = 256 * 1024 * 1024;
/// How often a query is sent before its failure counts.
const ATTEMPTS: u64 = 3;
/// Milliseconds before the second attempt; as much more before each further one.
const PAUSE: u64 = 1000;

/// An endpoint, with its credentials.
pub struct Prometheus {
    root: String,
    authorization: Option<String>,
    agent: ureq::Agent,
}

/// Shows no credentials.
impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Why there is no answer, and whether asking again may help.
struct Silent {
    why: String,
    passes: bool,
}

impl Prometheus {
    /// An endpoint by the address under which its API begins, with the credentials of the environment:
    /// `AHUORA_PROMETHEUS_TOKEN`, or `AHUORA_PROMETHEUS_USER` and `AHUORA_PROMETHEUS_PASSWORD`.
    ///
    /// # Errors
    /// A usage failure when the address is none, or holds credentials; or when there are two kinds of credentials, or
    /// half of one.
    pub fn new(url: &str) -> Result<Self, Failure> {
        let root = url.trim_end_matches('/');
        let hint = "write it as `https://prometheus.example.org/api/prom`";
        let parsed = root.parse::<http::Uri>().ok().filter(|url| matches!(url.scheme_str(), Some("http" | "https")));
        let authority = parsed.as_ref().and_then(http::Uri::authority).map(http::uri::Authority::as_str);
        match (authority, parsed.as_ref().and_then(http::Uri::query)) {
            // The address is not quoted: it may hold a password.
            (Some(authority), _) if authority.contains('@') => {
                return Err(Failure::usage(
                    "the address given with --prometheus holds credentials, which other users of this machine can see",
                    "leave them out, and put them into AHUORA_PROMETHEUS_USER and AHUORA_PROMETHEUS_PASSWORD",
                ));
            }
            (Some(_), None) => {}
            _ => return Err(Failure::usage("what was given with --prometheus is no address of an endpoint", hint)),
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .http_status_as_error(false)
            .build()
            .new_agent();
        Ok(Self { root: root.to_owned(), authorization: authorization()?, agent })
    }

    /// Asks each query about a span of time. What fails stands in the answers with its reason.
    #[must_use]
    pub fn range(&self, queries: &[Query], span: Span) -> Collected {
        let span = span.coarse_enough();
        let answers = queries.iter().map(|query| match self.asked(&span.path(query)) {
            Ok(body) => Answer::read(query, span, &body),
            Err(why) => Answer::failed(query, why),
        });
        Collected { span, answers: answers.collect() }
    }

    /// The body of an answer, which is asked for again while the endpoint is busy or ill.
    fn asked(&self, path: &str) -> Result<String, String> {
        let mut attempt = 1;
        loop {
            match self.once(path) {
                Ok(body) => return Ok(body),
                Err(Silent { passes: true, .. }) if attempt < ATTEMPTS => clock::sleep(PAUSE * attempt),
                Err(Silent { why, .. }) => return Err(self.masked(&why)),
            }
            attempt += 1;
        }
    }

    fn once(&self, path: &str) -> Result<String, Silent> {
        let mut request = self.agent.get(format!("{}{path}", self.root)).header("accept", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let silent = |error: ureq::Error| Silent { why: error.to_string(), passes: true };
        let mut answer = request.call().map_err(silent)?;
        let code = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(MOST).read_to_string();
        match code {
            // A query that is refused says so in its body.
            200 | 400 | 422 => body.map_err(silent),
            301..=308 => Err(Silent {
                why: format!("the endpoint answers {code}, a redirect: its address is another, or it asks to sign in"),
                passes: false,
            }),
            401 | 403 => Err(Silent {
                why: format!(
                    "the endpoint answers {code}: set AHUORA_PROMETHEUS_TOKEN, or AHUORA_PROMETHEUS_USER and \
                     AHUORA_PROMETHEUS_PASSWORD, to credentials that may read"
                ),
                passes: false,
            }),
            code => Err(Silent { why: format!("the endpoint answers {code}"), passes: code == 429 || code >= 500 }),
        }
    }

    /// A text without credentials, should a server have repeated them.
    fn masked(&self, text: &str) -> String {
        let secret = self.authorization.as_deref().and_then(|header| header.split_once(' ')).map(|(_, secret)| secret);
        secret.map_or_else(|| text.to_owned(), |secret| text.replace(secret, "***"))
    }
}

/// The header `Authorization`, by the environment.
fn authorization() -> Result<Option<String>, Failure> {
    let value = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let token = value("AHUORA_PROMETHEUS_TOKEN");
    let (user, password) = (value("AHUORA_PROMETHEUS_USER"), value("AHUORA_PROMETHEUS_PASSWORD"));
    let header = match (token, user, password) {
        (None, None, None) => return Ok(None),
        (Some(token), None, None) => format!("Bearer {}", token.trim()),
        (None, Some(user), Some(password)) => {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
        }
        _ => {
            return Err(Failure::usage(
                "the credentials for Prometheus in the environment are not whole, or more than one kind",
                "set AHUORA_PROMETHEUS_TOKEN alone, or AHUORA_PROMETHEUS_USER and AHUORA_PROMETHEUS_PASSWORD together",
            ));
        }
    };
    if header.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
        return Err(Failure::usage(
            "AHUORA_PROMETHEUS_TOKEN holds characters that no HTTP header may have",
            "set it to the token alone, on one line",
        ));
    }
    Ok(Some(header))
}
