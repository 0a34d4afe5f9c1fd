//! GitHub on a loopback address, as far as pull requests and locks go: it knows the branches of the bare repository.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

use crate::bump::lab::Lab;

const REPOSITORY: &str = "/repos/waikato-ahuora-smart-energy-systems/ahuora-cluster/";

#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) branch: String,
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) open: bool,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) pulls: Vec<Pull>,
    /// Environments whose lock is held, with the message of its commit.
    pub(crate) locks: Vec<(String, String)>,
    /// Every request that changes something.
    pub(crate) changes: Vec<String>,
    /// How many of the next pull requests are made without an answer.
    pub(crate) cut: usize,
    /// What is done before pull requests are asked for by that method, once.
    pub(crate) before: Option<(&'static str, Meanwhile)>,
}

/// What somebody else does in the meantime.
pub(crate) struct Meanwhile(pub(crate) Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("meanwhile")
    }
}

#[derive(Clone)]
pub(crate) struct GitHub {
    state: Arc<Mutex<State>>,
    remote: PathBuf,
    address: String,
}

impl GitHub {
    /// A server before the remote of a lab, whose runs are given its address.
    pub(crate) fn start(lab: &mut Lab) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let github = Self { state: Arc::default(), remote: lab.beside("remote.git"), address };
        let own = github.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.serve(&stream));
            }
        });
        lab.variables = vec![
            ("GITHUB_API_URL".to_owned(), github.address.clone()),
            ("GITHUB_TOKEN".to_owned(), "ghp_secret".to_owned()),
        ];
        github
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a server that did not panic")
    }

    /// The open pull requests.
    pub(crate) fn open(&self) -> Vec<Pull> {
        self.state().pulls.iter().filter(|pull| pull.open).cloned().collect()
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim_end() {
                "" if lines.is_empty() => return None,
                "" => break,
                line => lines.push(
                    line.to_lowercase()
                        .replace("get /", "GET /")
                        .replace("post /", "POST /")
                        .replace("patch /", "PATCH /"),
                ),
            }
        }
        let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let (method, path) = lines.first()?.rsplit_once(' ')?.0.split_once(' ')?;
        let path = path.replace("%2f", "/").replace("%3a", ":");
        let is_due = |state: &State| state.before.as_ref().is_some_and(|(due, _)| *due == method);
        if path.contains("pulls") && is_due(&self.state()) {
            let meanwhile = self.state().before.take();
            if let Some((_, Meanwhile(act))) = meanwhile {
                act();
            }
        }
        let (status, answer) = self.answer(method, path.strip_prefix(REPOSITORY).unwrap_or("nowhere"), &body);
        if status == 0 {
            return stream.shutdown(Shutdown::Both).ok();
        }
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        { stream }.write_all((head + &text).as_bytes()).ok()
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut state = self.state();
        if method != "GET" {
            state.changes.push(format!("{method} {path}"));
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        match (method, path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["git", "matching-refs", ..]) => {
                let all = state.locks.iter().enumerate().map(|(at, (environment, _))| {
                    json!({"ref": format!("refs/ahuora/experiment-lock/{environment}"), "object": {"sha": format!("{at:040}")}})
                });
                (200, all.collect())
            }
            ("GET", ["git", "commits", sha]) => {
                let at: usize = sha.parse().expect("a lock");
                (200, json!({"sha": sha, "message": state.locks[at].1}))
            }
            ("GET", ["pulls"]) => {
                let head =
                    query.split('&').find_map(|pair| pair.strip_prefix("head=")?.split_once(':')).map(|(_, head)| head);
                let fits = |pull: &Pull| pull.open && head.is_none_or(|head| head == pull.branch);
                let all = state.pulls.iter().enumerate().filter(|(_, pull)| fits(pull));
                (200, all.map(|(at, pull)| self.told(at, pull)).collect())
            }
            ("POST", ["pulls"]) => {
                let new = Pull {
                    branch: text("head"),
                    base: text("base"),
                    title: text("title"),
                    body: text("body"),
                    open: true,
                };
                if self.commit(&new.branch).is_none() {
                    return (422, json!({"message": "Validation Failed", "errors": [{"message": "head is invalid"}]}));
                }
                if state.pulls.iter().any(|pull| pull.open && pull.branch == new.branch) {
                    return (
                        422,
                        json!({"message": "Validation Failed", "errors": [{"message": "A pull request already exists"}]}),
                    );
                }
                state.pulls.push(new);
                let at = state.pulls.len() - 1;
                if state.cut > 0 {
                    state.cut -= 1;
                    return (0, Value::Null);
                }
                (201, self.told(at, &state.pulls[at]))
            }
            ("PATCH", ["pulls", number]) => {
                let at = number.parse::<usize>().expect("a number") - 1;
                let pull = &mut state.pulls[at];
                (pull.title, pull.body, pull.base) = (text("title"), text("body"), text("base"));
                (200, self.told(at, &state.pulls[at]))
            }
            _ => (404, json!({"message": "Not Found"})),
        }
    }

    fn told(&self, at: usize, pull: &Pull) -> Value {
        json!({
            "number": at + 1, "title": pull.title, "body": pull.body, "draft": false, "labels": [],
            "html_url": format!("https://github.example.org/pull/{}", at + 1),
            "head": {"ref": pull.branch, "sha": self.commit(&pull.branch)}, "base": {"ref": pull.base},
        })
    }

    /// The commit of a branch of the remote.
    pub(crate) fn commit(&self, branch: &str) -> Option<String> {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(&self.remote).args([
            "rev-parse",
            "--verify",
            "--quiet",
            &format!("refs/heads/{branch}"),
        ]);
        let output = git.output().expect("git");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
