//! HTTP: one request, one answer. Nothing is sent twice, and nothing is followed.
#![allow(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;
use std::fmt;
use std::io;
use std::time::Duration;

use serde_json::Value;
use ureq::config::Config;
use ureq::http;
use ureq::tls::TlsConfig;
use ureq::{Agent, Error, Proxy, Timeout};

use crate::error::Failure;
use crate::trial::fixture::{Api, Cause, NoAnswer, Request, Response};
use crate::values::{HeaderName, HeaderValue, Target};

/// Further headers of every request, such as a session's cookie. Their values are shown nowhere.
#[derive(Clone, Default)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, _)| (name.as_str(), "..."))).finish()
    }
}

impl Headers {
    /// One header more; nothing where name or value cannot be a header's.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Option<Self> {
        self.0.push((HeaderName::new(name).ok()?, HeaderValue::new(value).ok()?));
        Some(self)
    }

    /// A text without the values, which whoever answers may repeat.
    fn masked(&self, mut text: String) -> String {
        for (_, value) in &self.0 {
            // Of a cookie or an authorization, the parts are secret.
            let parts = value.as_str().split([';', ',', '=', ' ']).map(str::trim);
            for secret in parts.chain([value.as_str()]).filter(|part| part.len() >= SHORTEST_SECRET) {
                if text.contains(secret) {
                    text = text.replace(secret, "...");
                }
            }
        }
        text
    }
}

/// What is shorter is a word and not a secret.
const SHORTEST_SECRET: usize = 8;

/// The variable that gives further headers.
const HEADERS: &str = "AHUORA_HEADERS";

/// The further headers that the environment gives, in `AHUORA_HEADERS`; none where it is missing or empty.
///
/// # Errors
/// A usage failure that tells everything wrong with them, and none of their values.
pub fn headers_from_environment() -> Result<Headers, Failure> {
    match env::var(HEADERS) {
        Err(env::VarError::NotPresent) => Ok(Headers::default()),
        Err(env::VarError::NotUnicode(_)) => headers(None),
        Ok(text) if text.trim().is_empty() => Ok(Headers::default()),
        Ok(text) => headers(Some(&text)),
    }
    .map_err(|problems| {
        let hint = format!("set it to a JSON object of texts: {HEADERS}='{{\"Cookie\": \"sessionid=...\"}}'");
        Failure::usage(format!("{HEADERS} is wrong: {}", problems.join("; ")), hint)
    })
}

fn headers(text: Option<&str>) -> Result<Headers, Vec<String>> {
    let one = |problem: String| vec![problem];
    let text = text.ok_or_else(|| one("it is no text".to_owned()))?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| one(format!("it is no JSON (line {}, column {})", error.line(), error.column())))?;
    let Value::Object(fields) = value else { return Err(one("it is JSON, but no object".to_owned())) };
    let (mut headers, mut problems) = (Headers::default(), Vec::new());
    for (name, value) in &fields {
        let Ok(known) = HeaderName::new(name.clone()) else {
            // It may be a value by mistake.
            problems.push("a name is none of a header: letters and digits, with single `-` between them".to_owned());
            continue;
        };
        if headers.0.iter().any(|(other, _)| other.as_str().eq_ignore_ascii_case(known.as_str())) {
            problems.push(format!("`{known}` stands there twice"));
        }
        if OURS.iter().any(|ours| ours.eq_ignore_ascii_case(known.as_str())) {
            problems.push(format!("`{known}` follows from the request"));
        }
        match value.as_str().map(HeaderValue::new) {
            Some(Ok(value)) => headers.0.push((known, value)),
            Some(Err(_)) => {
                problems.push(format!("the value of `{known}` is none of a header: ASCII characters on one line"));
            }
            None => problems.push(format!("the value of `{known}` is no text")),
        }
    }
    if problems.is_empty() { Ok(headers) } else { Err(problems) }
}

/// Headers that say how a request is sent.
const OURS: [&str; 4] = ["Connection", "Content-Length", "Host", "Transfer-Encoding"];

/// The longest answer, in bytes.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Who does not take a connection within so many milliseconds is not there.
const CONNECTING: u64 = 10_000;

/// The platform.
#[derive(Debug, Clone)]
pub struct Http {
    target: String,
    headers: Headers,
}

impl Http {
    /// The platform at a target, which every request tells who asks.
    #[must_use]
    pub fn new(target: &Target, headers: &Headers) -> Self {
        Self { target: target.to_string(), headers: headers.clone() }
    }
}

impl Api for Http {
    fn send(&mut self, request: &Request) -> Result<Response, NoAnswer> {
        let mut built = http::Request::builder().method(request.method.as_str());
        for (name, value) in request.headers.iter().filter(|(name, _)| !self.headers.names(name)) {
            built = built.header(name, value);
        }
        let built = built.uri(format!("{}{}", self.target, request.path));
        // A platform of our own may have a certificate that nobody signed: the k6 scripts do not look at it either
        // (`insecureSkipTLSVerify`), and what they may ask, the fixture may.
        let tls = TlsConfig::builder().disable_verification(true).build();
        exchange(built, request.body.as_deref(), &self.headers, request.timeout, tls)
    }
}

impl Headers {
    fn names(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| own.as_str().eq_ignore_ascii_case(name))
    }
}

/// Asks for a URL; the whole answer must be there within so many milliseconds. Here the certificate must be valid.
///
/// # Errors
/// When there is no answer.
pub fn get(url: &str, headers: &Headers, timeout: u64) -> Result<Response, NoAnswer> {
    let built = http::Request::builder().method("GET").uri(url).header("Accept", "application/json");
    exchange(built, None, headers, timeout, TlsConfig::default())
}

fn exchange(
    mut request: http::request::Builder,
    body: Option<&str>,
    headers: &Headers,
    timeout: u64,
    tls: TlsConfig,
) -> Result<Response, NoAnswer> {
    for (name, value) in &headers.0 {
        request = request.header(name.as_str(), value.as_str());
    }
    let is_here = request.uri_ref().and_then(http::Uri::host).is_some_and(is_loopback);
    let agent: Agent = settings(timeout, tls, is_here).into();
    let answer = match body {
        Some(text) => request.body(text.to_owned()).map_err(Error::from).and_then(|request| agent.run(request)),
        None => request.body(()).map_err(Error::from).and_then(|request| agent.run(request)),
    };
    let mut answer = answer.map_err(|error| no_answer(&error, timeout))?;
    let header =
        |name: &str| answer.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (status, content_type, location) =
        (answer.status().as_u16(), header("content-type").unwrap_or_default(), header("location"));
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_vec();
    let body = body.map_err(|error| NoAnswer { maybe_done: true, ..no_answer(&error, timeout) })?;
    // Bytes that are no text cannot hold what headers can hold.
    let body = match String::from_utf8(body) {
        Ok(text) => headers.masked(text).into_bytes(),
        Err(bytes) => bytes.into_bytes(),
    };
    let location = location.map(|location| headers.masked(location));
    Ok(Response { status, content_type: headers.masked(content_type), location, body })
}

/// Each request has a connection of its own, as k6's have: one that is kept may be closed by the other side just when the
/// next request is on its way. Proxies of the environment are used, as k6 uses them, but none for this machine.
fn settings(timeout: u64, tls: TlsConfig, is_here: bool) -> Config {
    let whole = Duration::from_millis(timeout);
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .proxy(if is_here { None } else { Proxy::try_from_env() })
        .timeout_global(Some(whole))
        .timeout_connect(Some(whole.min(Duration::from_millis(CONNECTING))))
        .tls_config(tls)
        .user_agent(concat!("ahuora/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

fn no_answer(error: &Error, timeout: u64) -> NoAnswer {
    let (cause, told) = match error {
        Error::HostNotFound => (Cause::UnknownName, "the host's name is not known".to_owned()),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            (Cause::Unreachable, format!("nobody takes a connection within {} s", seconds(timeout.min(CONNECTING))))
        }
        Error::Timeout(_) => (Cause::Timeout, format!("there is none within {} s", seconds(timeout))),
        Error::BodyExceedsLimit(_) => (Cause::TooLong, "it is longer than 16 MiB".to_owned()),
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) => {
            (Cause::Tls, format!("there is no secure connection: {error}"))
        }
        Error::Io(error) => of_connection(error),
        Error::Protocol(_) | Error::LargeResponseHeader(..) => (Cause::Other, format!("what came is no HTTP: {error}")),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
            (Cause::Unreachable, "the proxy of the environment does not lead there".to_owned())
        }
        // Nothing else is repeated: it may hold a header.
        Error::Http(_) | Error::BadUri(_) => (Cause::Other, "this cannot be sent".to_owned()),
        _ => (Cause::Other, format!("there is none: {error}")),
    };
    let never_there = matches!(cause, Cause::Refused | Cause::Unreachable | Cause::UnknownName | Cause::Tls);
    NoAnswer { cause, maybe_done: !never_there, told }
}

fn of_connection(error: &io::Error) -> (Cause, String) {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, InvalidData,
        NetworkUnreachable, UnexpectedEof,
    };
    match error.kind() {
        ConnectionRefused => (Cause::Refused, "nobody listens there (connection refused)".to_owned()),
        HostUnreachable | NetworkUnreachable => (Cause::Unreachable, format!("there is no way there: {error}")),
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => {
            (Cause::Cut, "the connection ended before the answer did".to_owned())
        }
        InvalidData => (Cause::Tls, format!("there is no secure connection: {error}")),
        _ => (Cause::Other, format!("there is none: {error}")),
    }
}

/// Milliseconds as people read them.
fn seconds(milliseconds: u64) -> String {
    match milliseconds % 1000 {
        0 => (milliseconds / 1000).to_string(),
        rest => format!("{}.{rest:03}", milliseconds / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_environment_are_told_without_their_values() {
        let read = |text: &str| headers(Some(text));
        assert_eq!(read(r#"{"Cookie": "sessionid=s3cr3t", "X-CSRFToken": "t"}"#).unwrap().0.len(), 2);
        let problems = |text: &str| read(text).unwrap_err().join("; ");
        assert_eq!(problems("{\"Cookie\": s3cr3t}"), "it is no JSON (line 1, column 12)");
        assert_eq!(problems("[\"s3cr3t\"]"), "it is JSON, but no object");
        let all = problems(r#"{"s3cr3t: x": "", "Cookie": "s3cr3t\r\nX: y", "A": 5, "host": "s3cr3t", "cookie": "a"}"#);
        for part in ["a name is none", "`Cookie` is none", "`A` is no text", "`host` follows from the request"] {
            assert!(all.contains(part), "{part}: {all}");
        }
        assert!(!all.contains("s3cr3t"), "{all}");
        assert!(problems(r#"{"Cookie": "a", "cookie": "b"}"#).contains("twice"));
        assert_eq!(headers(None).unwrap_err(), ["it is no text"]);
    }

    #[test]
    fn no_value_is_shown() {
        let headers = Headers::default().with("Cookie", "sessionid=s3cr3t-of-mine; csrf=abc").unwrap();
        assert_eq!(format!("{headers:?}"), r#"{"Cookie": "..."}"#);
        assert!(!format!("{:?}", Http::new(&Target::new("http://x").unwrap(), &headers)).contains("s3cr3t"));
        assert_eq!(headers.masked("you are s3cr3t-of-mine".to_owned()), "you are ...");
        assert!(Headers::default().with("Cookie", "a\nb").is_none());
    }

    #[test]
    fn no_proxy_stands_before_this_machine() {
        for here in ["127.0.0.1", "127.8.0.1", "[::1]", "localhost", "a.localhost"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["10.0.0.1", "ahuora.org.nz", "[2001:db8::1]", "localhost.example.org"] {
            assert!(!is_loopback(there), "{there}");
        }
    }
}
