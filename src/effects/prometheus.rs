//! A Prometheus-compatible endpoint, asked after a trial.
#![allow(clippy::disallowed_methods, reason = "this is where its credentials are read")]

use std::env;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::clock;
use super::http::{self, Headers};
use crate::error::Failure;
use crate::trial::cluster::prometheus::{Answer, Collected, Query, Span};

/// Longest time for an answer, in milliseconds.
const PATIENCE: u64 = 60_000;
/// How often a query is sent before its failure counts.
const ATTEMPTS: u64 = 3;
/// Milliseconds before the second attempt; as much more before each further one.
const PAUSE: u64 = 1000;

/// An endpoint, with its credentials, which are shown nowhere.
#[derive(Debug)]
pub struct Prometheus {
    root: String,
    headers: Headers,
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
        let parsed = root.parse::<::http::Uri>().ok().filter(|url| matches!(url.scheme_str(), Some("http" | "https")));
        let authority = parsed.as_ref().and_then(::http::Uri::authority).map(::http::uri::Authority::as_str);
        match (authority, parsed.as_ref().and_then(::http::Uri::query)) {
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
        Ok(Self { root: root.to_owned(), headers: credentials()? })
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
                Err(Silent { why, .. }) => return Err(why),
            }
            attempt += 1;
        }
    }

    fn once(&self, path: &str) -> Result<String, Silent> {
        let answer = http::get(&format!("{}{path}", self.root), &self.headers, PATIENCE);
        let answer = answer.map_err(|none| Silent { why: format!("no answer: {}", none.told), passes: true })?;
        let lasting = |why: String| Err(Silent { why, passes: false });
        match answer.status {
            // A query that is refused says so in its body.
            200 | 400 | 422 => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
            code @ 301..=308 => lasting(format!(
                "the endpoint answers {code}, a redirect: its address is another, or it asks to sign in"
            )),
            code @ (401 | 403) => lasting(format!(
                "the endpoint answers {code}: set AHUORA_PROMETHEUS_TOKEN, or AHUORA_PROMETHEUS_USER and \
                 AHUORA_PROMETHEUS_PASSWORD, to credentials that may read"
            )),
            code => Err(Silent { why: format!("the endpoint answers {code}"), passes: code == 429 || code >= 500 }),
        }
    }
}

/// The header `Authorization`, by the environment.
fn credentials() -> Result<Headers, Failure> {
    let value = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let token = value("AHUORA_PROMETHEUS_TOKEN");
    let (user, password) = (value("AHUORA_PROMETHEUS_USER"), value("AHUORA_PROMETHEUS_PASSWORD"));
    let header = match (token, user, password) {
        (None, None, None) => return Ok(Headers::default()),
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
    Headers::default().with("Authorization", &header).ok_or_else(|| {
        Failure::usage(
            "AHUORA_PROMETHEUS_TOKEN holds characters that no HTTP header may have",
            "set it to the token alone, on one line",
        )
    })
}
