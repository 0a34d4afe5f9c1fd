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
        // Who did not answer one query in three attempts is asked the others once.
        let mut attempts = ATTEMPTS;
        let answers = queries.iter().map(|query| match self.asked(&span.path(query), attempts) {
            Ok(body) => Answer::read(query, span, &body),
            Err(Silent { why, passes }) => {
                attempts = if passes { 1 } else { attempts };
                Answer::failed(query, why)
            }
        });
        Collected { span, answers: answers.collect() }
    }

    /// The body of an answer, which is asked for again while the endpoint is busy or ill.
    fn asked(&self, path: &str, attempts: u64) -> Result<String, Silent> {
        let mut attempt = 1;
        loop {
            match self.once(path) {
                Ok(body) => return Ok(body),
                Err(Silent { passes: true, .. }) if attempt < attempts => clock::sleep(PAUSE * attempt),
                Err(silent) => return Err(silent),
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const TOKEN: &str = "glc_0123456789abcdef";
    const SPAN: Span = Span { start: 1000, end: 11_000, step: 5 };

    /// Asks a server that gives these answers, one a connection; gives what is kept, and what the server was sent.
    fn asked(answers: &'static [&'static str]) -> (Answer, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let root = format!("http://{}/api/prom", listener.local_addr().expect("an address"));
        let server = thread::spawn(move || {
            let mut heard = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut request = Vec::new();
                let mut piece = [0; 4096];
                while !request.ends_with(b"\r\n\r\n") {
                    let length = stream.read(&mut piece).expect("a request");
                    request.extend_from_slice(&piece[..length]);
                }
                stream.write_all(answer.as_bytes()).expect("an answer");
                heard.push(String::from_utf8(request).expect("text"));
            }
            heard
        });
        let headers = Headers::default().with("Authorization", &format!("Bearer {TOKEN}")).expect("a header");
        let prometheus = Prometheus { root, headers };
        assert!(!format!("{prometheus:?}").contains(TOKEN));
        let query = Query { name: "mine".to_owned(), text: "up{a=\"b\"}".to_owned() };
        let collected = prometheus.range(&[query], SPAN);
        let heard = server.join().expect("a server");
        assert!(!serde_json::to_string(&collected).expect("JSON").contains(TOKEN), "{collected:?}");
        (collected.answers.into_iter().next().expect("an answer"), heard)
    }

    const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 148\r\n\r\n{\"status\":\"success\",\"data\":{\"resultType\":\
        \"matrix\",\"result\":[{\"metric\":{\"a\":\"b\"},\"values\":[[1,\"1\"],[6,\"2\"],[11,\"3\"]]}]}, \"warnings\":[\"mind the gap\"]}";

    #[test]
    fn one_that_is_ill_is_asked_again_with_the_credentials() {
        let (answer, heard) = asked(&["HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", FINE]);
        assert_eq!((answer.failed, answer.missing, answer.series.len()), (None, 0, 1));
        assert_eq!(answer.warnings, ["mind the gap"]);
        assert_eq!(heard.len(), 2);
        for request in heard {
            assert!(request.starts_with(
                "GET /api/prom/api/v1/query_range?query=up%7Ba%3D%22b%22%7D&start=1.000&end=11.000&step=5 "
            ));
            assert!(request.to_ascii_lowercase().contains(&format!("authorization: bearer {TOKEN}\r\n")), "{request}");
        }
    }

    #[test]
    fn what_does_not_pass_is_told_and_not_asked_again() {
        let why = |answers: &'static [&'static str]| asked(answers).0.failed.unwrap_or_default();
        let refused = why(&["HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"]);
        assert!(refused.contains("401") && refused.contains("AHUORA_PROMETHEUS_TOKEN"), "{refused}");
        let moved = why(&["HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"]);
        assert!(moved.contains("302") && moved.contains("sign in"), "{moved}");
        let wrong = why(&[
            "HTTP/1.1 400 Bad Request\r\nContent-Length: 64\r\n\r\n{\"status\":\"error\",\"error\":\"glc_0123456789abcdef is no PromQL\"}  ",
        ]);
        assert!(wrong.starts_with("the query is refused: ") && wrong.ends_with(" is no PromQL"), "{wrong}");
    }

    #[test]
    fn an_address_is_not_quoted_when_it_may_hold_a_password() {
        for url in ["http://a:hunter2@x/", "hunter2", "ftp://hunter2/", "http://x/?hunter2"] {
            let Err(failure) = Prometheus::new(url) else { panic!("{url}") };
            assert!(failure.code() == 2 && !failure.to_string().contains("hunter2"), "{failure}");
        }
    }
}
