//! Requests that change nothing: each with a limit of time, and asked again when the server is busy or ill.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use futures::io::AsyncBufReadExt as _;
use kube::Client;
use kube::api::{GetParams, ListParams, Patch, PatchParams};
use kube::client::Body;
use kube::core::{Request, Status};
use serde_json::Value;
use tokio::time::{Duration, sleep, timeout};

use super::status::is_unfit;

/// Longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a request is sent before its failure counts.
const ATTEMPTS: u32 = 4;
/// About how long to wait before the second attempt; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// Longest pause that a server may ask for.
const LONGEST_PAUSE: u32 = 5;

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Query<'a> {
    /// What stands at a path: its folder and its name.
    Get(&'a str, &'a str),
    /// Everything that stands in a folder.
    All(&'a str),
    /// Labels, annotations and owners of what stands in a folder that has these labels, a page from a mark on.
    List {
        /// The folder.
        folder: &'a str,
        /// The labels, as a selector; none: all objects.
        labels: Option<&'a str>,
        /// Where the page begins; none: at the beginning.
        from: Option<&'a str>,
        /// Most objects of a page; none: all.
        page: Option<u32>,
    },
    /// What would stand at a path after an apply: folder, name, object and field manager.
    Apply(&'a str, &'a str, &'a Value, &'a str),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server refuses.
    Refused(Box<Status>),
    /// There is no server, or it says nothing that is understood: why.
    Silent(String),
}

impl Trouble {
    /// How long to wait before asking again, when that may help; `pause` unless the server says how long.
    fn passes(&self, pause: Duration) -> Option<Duration> {
        let Self::Refused(status) = self else { return None };
        let asked = status.details.as_ref().map_or(0, |details| details.retry_after_seconds);
        let pause = if asked > 0 { Duration::from_secs(asked.min(LONGEST_PAUSE).into()) } else { pause };
        (matches!(status.code, 429 | 500..=599) && !is_unfit(status)).then_some(pause)
    }

    /// In words.
    pub(super) fn told(self) -> String {
        match self {
            Self::Refused(status) => words(&status),
            Self::Silent(why) => why,
        }
    }
}

/// The server as one who is asked.
pub(super) struct Server {
    client: Client,
}

impl Server {
    pub(super) const fn new(client: Client) -> Self {
        Self { client }
    }

    /// The answer to a question, which is asked again while the server is busy or ill.
    pub(super) async fn ask(&self, query: Query<'_>) -> Result<Value, Trouble> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            let trouble = match self.once(query).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let Some(wait) = trouble.passes(jittered(pause)) else { return Err(trouble) };
            sleep(wait).await;
            pause *= 2;
        }
        self.once(query).await
    }

    /// Gives the text at a path piece by piece, as it arrives, however long it is.
    pub(super) async fn stream(&self, path: &str, take: &mut dyn FnMut(&[u8])) -> Result<(), Trouble> {
        let silent = |why: String| Trouble::Silent(why);
        let request = http::Request::get(path).body(Vec::new()).map_err(|error| silent(error.to_string()))?;
        let text = self.client.request_stream(request).await.map_err(trouble)?;
        let mut text = Box::pin(text);
        loop {
            let piece = text.fill_buf().await.map_err(|error| silent(error.to_string()))?;
            let length = piece.len();
            if length == 0 {
                return Ok(());
            }
            take(piece);
            text.consume_unpin(length);
        }
    }

    /// The header `Date` of an answer, whatever it is.
    pub(super) async fn date(&self) -> Result<String, Trouble> {
        let silent = |why: String| Trouble::Silent(why);
        let request = http::Request::get("/version").body(Body::empty()).map_err(|error| silent(error.to_string()))?;
        let answer = self.client.send(request).await.map_err(trouble)?;
        let date = answer.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
        date.map(str::to_owned).ok_or_else(|| silent("the server does not tell the time".to_owned()))
    }

    /// The answer to a question that is asked once.
    pub(super) async fn once(&self, query: Query<'_>) -> Result<Value, Trouble> {
        let request = match query {
            Query::Get(folder, name) => Request::new(folder).get(name, &GetParams::default()),
            Query::All(folder) => Request::new(folder).list(&ListParams::default()),
            Query::List { folder, labels, from, page } => {
                let mut page = ListParams { limit: page, ..ListParams::default() };
                page.label_selector = labels.map(str::to_owned);
                page.continue_token = from.map(str::to_owned);
                Request::new(folder).list_metadata(&page)
            }
            Query::Apply(folder, name, object, manager) => {
                let how = PatchParams::apply(manager).force().dry_run().validation_strict();
                Request::new(folder).patch(name, &how, &Patch::Apply(object))
            }
        };
        let request = request.map_err(|error| Trouble::Silent(error.to_string()))?;
        let is_dry = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "dryRun=All"));
        if matches!(query, Query::Apply(..)) && !is_dry {
            return Err(Trouble::Silent("it would not have been a dry run, so it was not sent".to_owned()));
        }
        match timeout(PATIENCE, self.client.request(request)).await {
            Ok(answer) => answer.map_err(trouble),
            Err(_) => Err(Trouble::Silent(format!("the server did not answer within {} s", PATIENCE.as_secs()))),
        }
    }
}

/// Half of a pause up to all of it, so that those who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let any = RandomState::new().build_hasher().finish();
    pause.mul_f64(0.5 + f64::from(any as u16) / f64::from(u16::MAX) / 2.0)
}

fn trouble(error: kube::Error) -> Trouble {
    match error {
        kube::Error::Api(status) => Trouble::Refused(status),
        other => Trouble::Silent(told(&other)),
    }
}

/// What is behind an error. Programs and files of credentials are not quoted, for they may hold some.
pub(super) fn told(error: &kube::Error) -> String {
    use kube::client::AuthError;
    match error {
        kube::Error::Auth(AuthError::AuthExecRun { out, .. }) => {
            format!("the program for the credentials failed ({})", out.status)
        }
        kube::Error::Auth(AuthError::AuthExecParse(_) | AuthError::ParseTokenKey(_) | AuthError::AuthExec(_)) => {
            "the program for the credentials did not print any".to_owned()
        }
        kube::Error::Auth(AuthError::AuthExecStart(why)) => {
            format!("the program for the credentials cannot be started: {why}")
        }
        kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => "the answer is not JSON".to_owned(),
        kube::Error::Api(status) => words(status),
        other => {
            let mut deepest: &dyn std::error::Error = other;
            while let Some(cause) = deepest.source() {
                deepest = cause;
            }
            match deepest.to_string().as_str() {
                "deadline has elapsed" => "it takes no connection in time".to_owned(),
                said => brief(said),
            }
        }
    }
}

/// What a status says; its code when that is nothing, or the page of something between us and the server.
pub(super) fn words(status: &Status) -> String {
    if status.message.is_empty() || status.message.starts_with('<') {
        return format!("the server answers {}", status.code);
    }
    brief(&status.message)
}

/// The first line of a text, not too long: what stands between us and the server may answer with pages.
pub(super) fn brief(text: &str) -> String {
    const MOST: usize = 600;
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
