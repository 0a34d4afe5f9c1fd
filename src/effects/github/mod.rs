//! The wire to GitHub: octocrab's connections and TLS, one request at a time. Whether and when something is sent
//! again is not decided here, and octocrab's own retries are not compiled in.

mod credentials;
mod settings;

use http::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, IF_NONE_MATCH};
use octocrab::{OctoBody, Octocrab};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::{Duration, sleep, timeout};

use self::credentials::Credentials;
use crate::effects::clock;
use crate::error::Failure;
use crate::github::date;
use crate::github::wire::{Answer, Cut, Request, Wire};

pub use settings::{Settings, Variables, host, new_id, variables};

/// The form in which GitHub answers.
const FORM: &str = "application/vnd.github+json";

/// A connection to GitHub.
pub struct Connection {
    runtime: Runtime,
    client: Octocrab,
    credentials: Credentials,
    settings: Settings,
    /// What the server's clock is ahead of ours, in seconds.
    ahead: i64,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("api", &self.settings.api).finish_non_exhaustive()
    }
}

impl Connection {
    /// Prepares a connection; nothing is sent yet.
    ///
    /// # Errors
    /// A usage failure when there are no credentials, or they or the address are wrong.
    pub fn open(settings: Settings) -> Result<Self, Failure> {
        let unprepared = || Failure::outside("cannot prepare to ask GitHub");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unprepared())?;
        let patience = Some(Duration::from_millis(settings.patience));
        let client = {
            // The client's worker is started in the runtime.
            let _entered = runtime.enter();
            Octocrab::builder().set_connect_timeout(patience).build()
        };
        let client = client.map_err(|error| unprepared()(std::io::Error::other(deepest(&error))))?;
        let credentials = Credentials::of(&settings)?;
        Ok(Self { runtime, client, credentials, settings, ahead: 0 })
    }

    /// Sends a request once, with an authorization, and reads the whole answer.
    fn exchange(&mut self, request: &Request, authorization: &HeaderValue) -> Result<Answer, Cut> {
        let wrong = |what: &str| Cut::NoCredentials(format!("{what} cannot be part of a request"));
        let uri = format!("{}{}", self.settings.api, request.path);
        let mut builder = http::Request::builder().method(request.method.word()).uri(uri);
        builder = builder.header(ACCEPT, FORM).header(AUTHORIZATION, authorization);
        if let Some(etag) = &request.etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        let built = self.client.build_request(builder, request.body.as_ref()).map_err(|_| wrong("the path"))?;
        let patience = Duration::from_millis(self.settings.patience);
        let answer = self.runtime.block_on(async { timeout(patience, whole(&self.client, built)).await });
        let (status, headers, text) = match answer {
            Ok(answer) => answer.map_err(|error| cut(&error))?,
            Err(_) => return Err(Cut::Unknown(format!("no answer within {} s", patience.as_secs()))),
        };
        // Whoever stands between us and GitHub may repeat what we sent.
        let text = self.credentials.masked(text);
        let body = match serde_json::from_str(&text) {
            Ok(body) => body,
            Err(_) if text.trim().is_empty() => Value::Null,
            // A proxy's page, or half an answer: whether it was done is not known.
            Err(_) if (200..300).contains(&status) => return Err(Cut::Unknown("the answer is not JSON".to_owned())),
            Err(_) => serde_json::json!({"message": text.lines().next().unwrap_or_default()}),
        };
        let answer = read_headers(status, &headers, body);
        if let Some(date) = answer.date {
            let (date, ours) = (i64::try_from(date).unwrap_or(0), i64::try_from(clock::now() / 1_000).unwrap_or(0));
            self.ahead = date.saturating_sub(ours);
        }
        Ok(answer)
    }

    /// The authorization of the next request; an App's token is renewed before it ends.
    fn authorization(&mut self) -> Result<HeaderValue, Box<Result<Answer, Cut>>> {
        let instead = |cut: Cut| Box::new(Err(cut));
        let now = (clock::now() / 1_000).saturating_add_signed(self.ahead);
        if let Some(header) = self.credentials.header(now) {
            return Ok(header);
        }
        // The first word with a server whose clock is not ours may be refused, and tells its time.
        for attempt in 0..2 {
            let now = (clock::now() / 1_000).saturating_add_signed(self.ahead);
            let (request, header) = self.credentials.asking(now).map_err(instead)?;
            match self.exchange(&request, &header) {
                Ok(answer) if answer.status == 201 => {
                    return self.credentials.learn(&answer.body).map_err(instead);
                }
                Ok(answer) if answer.status == 401 && attempt == 0 => {}
                Ok(answer) if matches!(answer.status, 403 | 429) => return Err(Box::new(Ok(answer))),
                Ok(answer) if answer.status >= 500 => {
                    return Err(instead(Cut::NotSent(format!("GitHub answers {} instead of a token", answer.status))));
                }
                Ok(answer) => {
                    let why = format!("GitHub gives the App no token ({}): {}", answer.status, answer.message());
                    return Err(instead(Cut::NoCredentials(why)));
                }
                Err(Cut::Unknown(why)) => return Err(instead(Cut::NotSent(why))),
                Err(cut) => return Err(instead(cut)),
            }
        }
        Err(instead(Cut::NoCredentials("GitHub gives the App no token".to_owned())))
    }
}

impl Wire for Connection {
    fn send(&mut self, request: &Request) -> Result<Answer, Cut> {
        for is_first in [true, false] {
            let authorization = match self.authorization() {
                Ok(authorization) => authorization,
                Err(instead) => return *instead,
            };
            let answer = self.exchange(request, &authorization)?;
            // A token that was taken back: what is refused so was not done.
            if answer.status != 401 || !is_first || !self.credentials.forget() {
                return Ok(answer);
            }
        }
        Err(Cut::NoCredentials("GitHub refuses the App's token".to_owned()))
    }

    fn now(&mut self) -> u64 {
        clock::now()
    }

    fn sleep(&mut self, milliseconds: u64) {
        // A sleep is one of the runtime, so it is made within it.
        self.runtime.block_on(async { sleep(Duration::from_millis(milliseconds)).await });
    }

    fn any(&mut self) -> u64 {
        settings::any()
    }
}

async fn whole(
    client: &Octocrab,
    request: http::Request<OctoBody>,
) -> Result<(u16, HeaderMap, String), octocrab::Error> {
    let response = client.send(request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok((status, headers, client.body_to_string(response).await?))
}

fn read_headers(status: u16, headers: &HeaderMap, body: Value) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|value| value.trim().parse().ok());
    let date = text("date").and_then(date::of_http);
    // It may be a number of seconds, or a date.
    let until = || Some(date::of_http(text("retry-after")?)?.saturating_sub(date?));
    Answer {
        status,
        date,
        retry_after: number("retry-after").or_else(until),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset"),
        etag: text("etag").map(str::to_owned),
        body,
    }
}

/// Whether a failed exchange can have done something: not when no connection was made, of which only the debugging
/// form of the connection's error tells.
fn cut(error: &octocrab::Error) -> Cut {
    const UNCONNECTED: [&str; 2] =
        ["hyper_util::client::legacy::Error(Connect,", "hyper_util::client::legacy::Error(Connect)"];
    let why = deepest(error);
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = next {
        let shown = format!("{cause:?}");
        if UNCONNECTED.iter().any(|start| shown.starts_with(start)) {
            return Cut::NotSent(format!("no connection to GitHub: {why}"));
        }
        next = cause.source();
    }
    Cut::Unknown(format!("the connection to GitHub was cut: {why}"))
}

/// What is behind an error, in one line.
fn deepest(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string().lines().next().unwrap_or_default().to_owned()
}
