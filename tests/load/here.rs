//! A repository, a platform on this machine and a k6 that does what it is told, for the program itself.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The program.
pub(crate) const AHUORA: &str = env!("CARGO_BIN_EXE_ahuora");
/// A secret, which must stand nowhere.
pub(crate) const COOKIE: &str = "sessionid=d41d8cd98f00b204";
const LOAD: &str = include_str!("../../experiments/load/load.yaml");
const FIXTURE: &str = "timeout: 5s
pages: {items: results, next: next}
flowsheets:
  list: {path: /api/core/flowsheets/, id: [id], name: [name]}
  remove: {method: DELETE, path: \"/api/core/flowsheets/{flowsheet}/\", expect: {status: [204]}}
steps:
  - step: create the flowsheet
    method: POST
    path: /api/core/flowsheets/
    body: {name: \"{flowsheet-name}\"}
    expect: {status: [201]}
    keep: {flowsheet: [id]}
";

/// What k6 is told: a file with one of these words, read when it is run.
const K6: &str = r#"#!/bin/sh
if [ "$1" = version ]; then echo "k6 $(cat @/version) (not a real one)"; exit 0; fi
echo "$AHUORA_FLOWSHEET" >> @/loads
echo $$ > @/pid
ideal=$(sed -n 's/^const IDEAL_ITERATIONS = \(.*\);/\1/p' ../../script.js)
summary() {
  echo "{\"iterations\": {\"ideal\": $ideal, \"started\": $ideal, \"completed\": $ideal, \"dropped\": 0, \"interrupted\": 0}, \
\"failed\": {\"all\": $1, \"signed_out\": $1, \"refused\": 0, \"broken\": 0, \"unanswered\": 0}}" > "$AHUORA_SUMMARY"
}
set -- $(cat @/does)
case "$1" in
  fine) summary 0; echo samples > samples.json;;
  signed-out) summary "$ideal";;
  exit) exit "$2";;
  killed) kill -9 $$;;
  garbage) summary 0; head -c 40 "$AHUORA_SUMMARY" > torn; mv torn "$AHUORA_SUMMARY";;
  hang) while :; do sleep 0.05; done;;
  fill) head -c 4000000 /dev/urandom > samples.json; summary 0;;
esac
"#;

type Flowsheets = Arc<Mutex<BTreeMap<u32, String>>>;

/// All of it.
pub(crate) struct Here {
    folder: TempDir,
    target: String,
    flowsheets: Flowsheets,
}

impl Here {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        fs::create_dir_all(root.join("repo/experiments/load")).expect("a folder");
        fs::create_dir(root.join("k6")).expect("a folder");
        // Tests share their machine: what it has to spare says nothing here.
        let load = LOAD.replace("cpu: 90, memory: 80", "cpu: 100, memory: 100");
        let load = load.replace("stable: 60s", "stable: 1s").replace("settling: 3m", "settling: 1s");
        assert!(load.contains("cpu: 100, memory: 100") && load.contains("stable: 1s"), "load.yaml is as it was");
        fs::write(root.join("repo/experiments/load/load.yaml"), load).expect("written");
        fs::write(root.join("repo/experiments/load/fixture.yaml"), FIXTURE).expect("written");
        let k6 = root.join("k6/k6");
        fs::write(&k6, K6.replace('@', &root.join("k6").display().to_string())).expect("written");
        fs::set_permissions(&k6, fs::Permissions::from_mode(0o755)).expect("may be run");
        let flowsheets = Flowsheets::default();
        let here = Self { target: serve(&flowsheets), folder, flowsheets };
        here.version("v2.2.0");
        here.does("fine");
        here
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the next k6 does.
    pub(crate) fn does(&self, what: &str) {
        fs::write(self.path("k6/does"), what).expect("written");
    }

    pub(crate) fn version(&self, version: &str) {
        fs::write(self.path("k6/version"), version).expect("written");
    }

    /// The flowsheets for which k6 was run.
    pub(crate) fn loads(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("k6/loads")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Names of flowsheets that stand.
    pub(crate) fn flowsheets(&self) -> Vec<String> {
        self.flowsheets.lock().expect("whole").values().cloned().collect()
    }

    /// Arguments of a short run into a folder.
    pub(crate) fn arguments(&self, out: &Path, more: &[&str]) -> Vec<String> {
        let (repo, k6) = (self.path("repo").display().to_string(), self.path("k6/k6").display().to_string());
        let out = out.display().to_string();
        let mut all = vec!["load", "run", "--repo", &repo, "--target", &self.target, "--endpoint", "uor"];
        if !more.contains(&"--profile") {
            all.extend(["--profile", "average"]);
        }
        all.extend(["--shorten", "600", "--trials", "1", "--no-latency", "--no-cluster", "--k6", &k6, "--out", &out]);
        all.extend(more);
        all.into_iter().map(str::to_owned).collect()
    }

    pub(crate) fn command(&self, out: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(AHUORA);
        command.args(self.arguments(out, more)).stdin(Stdio::null());
        command.env("AHUORA_HEADERS", json!({"Cookie": COOKIE}).to_string());
        command
    }

    pub(crate) fn run(&self, out: &Path, more: &[&str]) -> Said {
        Said::of(&self.command(out, more).output().expect("ahuora"))
    }

    /// A run that is under way: k6 has begun.
    pub(crate) fn begin(&self, out: &Path, more: &[&str]) -> Child {
        let before = self.loads().len();
        self.does("hang");
        let child = self.command(out, more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("ahuora");
        until("k6 runs", || self.loads().len() > before && self.pid().is_some());
        child
    }

    /// A folder with the few programs that the k6 here needs.
    pub(crate) fn tools(&self) -> PathBuf {
        let tools = self.path("tools");
        fs::create_dir(&tools).expect("made");
        for tool in ["sh", "sed", "cat", "sleep", "head", "mv"] {
            let files = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool));
            let found = files.iter().find(|file| file.exists()).expect("a tool");
            std::os::unix::fs::symlink(found, tools.join(tool)).expect("linked");
        }
        tools
    }

    /// The last k6.
    pub(crate) fn pid(&self) -> Option<u32> {
        fs::read_to_string(self.path("k6/pid")).ok()?.trim().parse().ok()
    }
}

/// Whether a process is there and no corpse.
pub(crate) fn is_running(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

/// Waits for a condition.
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
        assert!(!said.err.contains("panicked") && !said.out.contains(COOKIE) && !said.err.contains(COOKIE), "{said:?}");
        said
    }
}

/// A file of JSON.
pub(crate) fn json_of(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A platform that knows flowsheets.
fn serve(flowsheets: &Flowsheets) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let flowsheets = Arc::clone(flowsheets);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, &flowsheets);
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, flowsheets: &Flowsheets) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut length, mut header) = (0, String::new());
    while reader.read_line(&mut header)? > 2 {
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        header.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, body) = answered(&line, &body, &mut flowsheets.lock().expect("whole"));
    let text = body.to_string();
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}

fn answered(line: &str, body: &Value, flowsheets: &mut BTreeMap<u32, String>) -> (u16, Value) {
    let words: Vec<&str> = line.split(' ').collect();
    let path = words.get(1).copied().unwrap_or_default();
    match (words[0], path) {
        ("POST", "/api/core/flowsheets/") => {
            let id = flowsheets.keys().last().map_or(1, |last| last + 1);
            let name = body["name"].as_str().expect("a name").to_owned();
            flowsheets.insert(id, name.clone());
            (201, json!({"id": id, "name": name}))
        }
        ("GET", "/api/core/flowsheets/") => {
            let all = flowsheets.iter().map(|(id, name)| json!({"id": id, "name": name}));
            (200, Value::Array(all.collect()))
        }
        ("DELETE", path) => {
            let id = path.trim_end_matches('/').rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
            (if flowsheets.remove(&id).is_some() { 204 } else { 404 }, Value::Null)
        }
        _ => (200, json!([])),
    }
}
