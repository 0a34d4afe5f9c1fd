//! GitHub as far as the program uses it: it keeps what is made, and fails where it is told to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ahuora::github::date;
use serde_json::{Value, json};

use crate::bodies;

/// Where virtual time begins, in milliseconds since 1970.
pub(crate) const BEGINNING: u64 = 1_795_374_000_000;

#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) branch: String,
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) draft: bool,
    pub(crate) open: bool,
    pub(crate) labels: BTreeSet<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) description: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Commit {
    pub(crate) message: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
}

/// An annotated tag as an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TagObject {
    pub(crate) name: String,
    pub(crate) message: String,
    pub(crate) object: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) number: u64,
    pub(crate) id: String,
    pub(crate) inputs: Value,
    /// Milliseconds since 1970.
    pub(crate) created: u64,
    pub(crate) cancelled: bool,
    /// Branches that carried the active label when it was made.
    pub(crate) active: Vec<String>,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum How {
    /// Nothing is done, and this is answered: status, message, headers.
    Instead(u16, &'static str, Vec<(&'static str, String)>),
    /// It is done, and this status is answered.
    After(u16),
    /// The connection is cut before anything is done.
    CutBefore,
    /// It is done, and the connection is cut.
    CutAfter,
    /// It is done, and the answer takes longer than anybody waits.
    Slow,
}

/// What goes wrong with requests whose method and path (with its query) hold these words: after so many, so often.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) what: &'static str,
    pub(crate) skip: usize,
    pub(crate) times: usize,
    pub(crate) how: How,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// No answer: the connection is cut.
    pub(crate) cut: bool,
    /// The answer comes too late.
    pub(crate) slow: bool,
    /// It is a fault, not what the description says.
    pub(crate) fault: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Server {
    pub(crate) repository: String,
    /// Milliseconds since 1970, by the server's clock.
    pub(crate) now: u64,
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) tags: BTreeMap<String, TagObject>,
    pub(crate) refs: BTreeMap<String, String>,
    /// Whether references come all at once, however many are asked for.
    pub(crate) unpaged: bool,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) labels: Vec<Label>,
    pub(crate) runs: Vec<Run>,
    /// Whether a dispatch tells which run it made.
    pub(crate) details: bool,
    /// How long after it was made a run is listed, in milliseconds.
    pub(crate) lag: u64,
    /// How long a run takes, in milliseconds.
    pub(crate) lasts: u64,
    /// Profiles whose runs fail.
    pub(crate) fails: Vec<&'static str>,
    pub(crate) faults: VecDeque<Fault>,
    /// Every request: method, path, status.
    pub(crate) seen: Vec<(String, String, u16)>,
    /// How many tokens of the App were given out.
    pub(crate) tokens: u64,
    /// How long a token of the App counts, in seconds.
    pub(crate) token_lasts: u64,
    /// The authorization that is asked for; none: any.
    pub(crate) authorization: Option<String>,
    /// Whether things are told without what our client does not read.
    pub(crate) brief: bool,
    /// How many changes were made at which time.
    pub(crate) changes: Vec<u64>,
}

impl Server {
    pub(crate) fn new() -> Self {
        let mut server = Self { repository: "ahuora/cluster".to_owned(), now: BEGINNING, ..Self::default() };
        (server.details, server.lasts, server.token_lasts) = (true, 60_000, 3_600);
        server
    }

    /// Pushes a branch.
    pub(crate) fn push(&mut self, branch: &str, commit: &str) {
        let new = Commit { message: "m".to_owned(), tree: "e".repeat(40), parents: Vec::new() };
        self.commits.insert(commit.to_owned(), new);
        self.refs.insert(format!("refs/heads/{branch}"), commit.to_owned());
    }

    pub(crate) fn fault(&mut self, what: &'static str, skip: usize, times: usize, how: How) {
        self.faults.push_back(Fault { what, skip, times, how });
    }

    pub(crate) fn label(&self, name: &str) -> Label {
        let known = self.labels.iter().find(|label| label.name.eq_ignore_ascii_case(name));
        let new = || Label { name: name.to_owned(), color: "ededed".to_owned(), description: String::new() };
        known.cloned().unwrap_or_else(new)
    }

    pub(crate) fn active(&self) -> Vec<String> {
        let active = self.pulls.iter().filter(|pull| pull.open && pull.labels.contains("experiment-active"));
        active.map(|pull| pull.branch.clone()).collect()
    }

    /// Status and conclusion of a run.
    pub(crate) fn state_of(&self, run: &Run) -> (&'static str, Value) {
        let profile = run.inputs["profile"].as_str().unwrap_or_default();
        match () {
            () if run.cancelled => ("completed", json!("cancelled")),
            () if self.now < run.created + self.lasts / 2 => ("queued", Value::Null),
            () if self.now < run.created + self.lasts => ("in_progress", Value::Null),
            () if self.fails.contains(&profile) => ("completed", json!("failure")),
            () => ("completed", json!("success")),
        }
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, method: &str, path: &str, body: &Value, etag: Option<&str>, auth: &str) -> Reply {
        let words = format!("{method} {path}");
        let fault = self.faults.iter_mut().find(|fault| fault.times > 0 && words.contains(fault.what));
        let mut how = None;
        if let Some(fault) = fault {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else {
                fault.times -= 1;
                how = Some(fault.how.clone());
            }
        }
        let mut reply = match &how {
            Some(How::Instead(status, message, headers)) => {
                let body = Some(bodies::error(message));
                Reply { status: *status, headers: headers.clone(), body, cut: false, slow: false, fault: true }
            }
            Some(How::CutBefore) => {
                Reply { status: 0, headers: Vec::new(), body: None, cut: true, slow: false, fault: true }
            }
            _ => self.done(method, path, body, etag, auth),
        };
        match how {
            Some(How::After(status)) => {
                (reply.status, reply.body, reply.fault) = (status, Some(bodies::error("Server Error")), true);
            }
            Some(How::CutAfter) => (reply.cut, reply.fault) = (true, true),
            Some(How::Slow) => (reply.slow, reply.fault) = (true, true),
            _ => {}
        }
        reply.headers.push(("date", http_date(self.now)));
        self.seen.push((method.to_owned(), path.to_owned(), reply.status));
        reply
    }

    fn done(&mut self, method: &str, path: &str, body: &Value, etag: Option<&str>, auth: &str) -> Reply {
        let plain = |status, body| Reply {
            status,
            headers: vec![("x-ratelimit-remaining", "4000".to_owned())],
            body,
            cut: false,
            slow: false,
            fault: false,
        };
        if path.starts_with("/app/installations/") {
            self.tokens += 1;
            let end = date::to_iso(self.now / 1_000 + self.token_lasts);
            let token = format!("ghs_{}", self.tokens);
            self.authorization = Some(format!("Bearer {token}"));
            return plain(201, Some(json!({"token": token, "expires_at": end})));
        }
        if self.authorization.as_ref().is_some_and(|wanted| wanted != auth) {
            return plain(401, Some(bodies::error("Bad credentials")));
        }
        if method != "GET" {
            self.changes.push(self.now);
        }
        let (status, value) = self.route(method, path, body);
        let mut reply = plain(status, value);
        if method == "GET" && status == 200 && !(self.brief && path.contains("/pulls")) {
            let mark = format!("W/\"{:x}\"", hash(&reply.body));
            if etag == Some(mark.as_str()) {
                (reply.status, reply.body) = (304, None);
            }
            reply.headers.push(("etag", mark));
        }
        reply
    }
}

fn hash(value: &Option<Value>) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    value.as_ref().map(Value::to_string).hash(&mut hasher);
    hasher.finish()
}

/// A date as HTTP writes it.
pub(crate) fn http_date(milliseconds: u64) -> String {
    let iso = date::to_iso(milliseconds / 1_000);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month: usize = iso[5..7].parse().expect("a month");
    format!("Sun, {} {} {} {} GMT", &iso[8..10], months[month - 1], &iso[..4], &iso[11..19])
}
