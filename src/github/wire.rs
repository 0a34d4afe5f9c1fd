//! What goes to GitHub and what comes back, as values; and the wire between, as whoever holds it sees it.

use serde_json::Value;

/// What a request does with what stands at its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads it.
    Get,
    /// Makes something there.
    Post,
    /// Changes it.
    Patch,
    /// Takes it away.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Path and query, from the root of the API, with what is not plain escaped.
    pub path: String,
    /// What is sent along.
    pub body: Option<Value>,
    /// The mark of the answer that is known already: GitHub need not repeat it.
    pub etag: Option<String>,
}

impl Request {
    /// A request that reads.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None, etag: None }
    }

    /// A request that makes something.
    #[must_use]
    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Post, path: path.into(), body: Some(body), etag: None }
    }

    /// A request that changes something.
    #[must_use]
    pub fn patch(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Patch, path: path.into(), body: Some(body), etag: None }
    }

    /// A request that takes something away.
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::Delete, path: path.into(), body: None, etag: None }
    }
}

/// One answer, with the headers that matter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// The server's time, in seconds since 1970.
    pub date: Option<u64>,
    /// How many seconds the server asks to wait.
    pub retry_after: Option<u64>,
    /// How many requests are left.
    pub remaining: Option<u64>,
    /// When there are some again, in seconds since 1970 by the server's clock.
    pub reset: Option<u64>,
    /// The mark of this answer.
    pub etag: Option<String>,
    /// What it says; null when it says nothing.
    pub body: Value,
}

impl Answer {
    /// What an error says.
    #[must_use]
    pub fn message(&self) -> String {
        const MOST: usize = 400;
        let said = self.body.get("message").and_then(Value::as_str).unwrap_or_default();
        let more: Vec<&str> = self
            .body
            .get("errors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|error| error.as_str().or_else(|| error.get("message").and_then(Value::as_str)))
            .collect();
        let all = if more.is_empty() { said.to_owned() } else { format!("{said}: {}", more.join("; ")) };
        all.chars().take(MOST).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// The request never left: sending it again doubles nothing.
    NotSent(String),
    /// It may have arrived.
    Unknown(String),
    /// It was not sent, and never will be with these credentials.
    NoCredentials(String),
}

/// The way to GitHub, and the clock beside it.
pub trait Wire {
    /// Sends a request once.
    ///
    /// # Errors
    /// When no answer comes.
    fn send(&mut self, request: &Request) -> Result<Answer, Cut>;
    /// Milliseconds since 1970, by our own clock.
    fn now(&mut self) -> u64;
    /// Lets time pass.
    fn sleep(&mut self, milliseconds: u64);
    /// Any number.
    fn any(&mut self) -> u64;
}

/// A part of a path or a query with all that is not plain escaped.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
