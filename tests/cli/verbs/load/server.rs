//! A platform on a loopback port, small enough to misbehave in every way.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How a request is answered.
#[derive(Clone)]
pub(crate) enum Reply {
    /// JSON with a status.
    Json(u16, String),
    /// JSON in pieces of unknown number.
    Chunked(String),
    /// HTML with a status.
    Page(u16),
    /// A redirect.
    Redirect(&'static str),
    /// Nothing, for as long as the other side waits.
    Hang,
    /// The connection ends within the answer.
    Cut,
    /// 17 MiB.
    Long,
    /// Something else than HTTP.
    Noise,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and path.
    pub(crate) line: String,
    /// Its headers, a line each.
    pub(crate) headers: Vec<String>,
    /// Its content.
    pub(crate) body: String,
}

type Flowsheets = Arc<Mutex<BTreeMap<u64, String>>>;
type Answers = Box<dyn Fn(&Asked) -> Option<Reply> + Send>;

/// A server that holds flowsheets; it ends with its value.
pub(crate) struct Server {
    address: SocketAddr,
    flowsheets: Flowsheets,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that holds these flowsheets; `answers` comes before what it would answer by itself.
    pub(crate) fn start(names: &[&str], answers: impl Fn(&Asked) -> Option<Reply> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let numbered = (1..).zip(names.iter().map(|name| (*name).to_owned()));
        let flowsheets: Flowsheets = Arc::new(Mutex::new(numbered.collect()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (held, log) = (Arc::clone(&flowsheets), Arc::clone(&asked));
        let answers: Answers = Box::new(answers);
        let thread = std::thread::spawn(move || {
            // Connections that hang stay open.
            let mut hanging = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let Some(request) = read(&stream) else { break };
                log.lock().unwrap().push(request.clone());
                let reply = answers(&request).unwrap_or_else(|| platform(&request, &held));
                // Who has heard enough hangs up.
                let _ = send(&mut stream, &reply);
                if matches!(reply, Reply::Hang) {
                    hanging.push(stream);
                }
            }
        });
        Self { address, flowsheets, asked, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The names of the flowsheets that are there.
    pub(crate) fn names(&self) -> Vec<String> {
        self.flowsheets.lock().unwrap().values().cloned().collect()
    }

    /// What was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection without a request ends it.
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(ended.is_some_and(|ended| ended.is_ok()), "the server failed");
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let first = lines.first()?.trim_end_matches(" HTTP/1.1").to_owned();
    let length = lines.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let headers = lines.split_off(1);
    Some(Asked { line: first, headers, body: String::from_utf8(body).expect("text") })
}

fn send(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let with = |status: u16, kind: &str, body: &str| {
        format!("HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let json = "application/json";
    match reply {
        Reply::Json(status, text) => stream.write_all(with(*status, json, text).as_bytes()),
        Reply::Chunked(text) => {
            stream.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            )?;
            for byte in text.chars() {
                stream.write_all(format!("{:x}\r\n{byte}\r\n", byte.len_utf8()).as_bytes())?;
            }
            stream.write_all(b"0\r\n\r\n")
        }
        Reply::Page(status) => stream.write_all(with(*status, "text/html; charset=utf-8", "<h1>no</h1>").as_bytes()),
        Reply::Redirect(to) => {
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(head.as_bytes())
        }
        Reply::Hang => Ok(()),
        Reply::Cut => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"a\":")
        }
        Reply::Long => stream.write_all(with(200, json, &format!("\"{}\"", "x".repeat(17 << 20))).as_bytes()),
        Reply::Noise => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"),
    }
}

/// What the platform does by itself.
fn platform(request: &Asked, flowsheets: &Flowsheets) -> Reply {
    let mut flowsheets = flowsheets.lock().unwrap();
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
    match request.line.split_once(' ').expect("a method and a path") {
        ("GET", "/flowsheets/") => {
            let items: Vec<_> =
                flowsheets.iter().map(|(id, name)| serde_json::json!({"id": id, "name": name})).collect();
            Reply::Json(200, serde_json::Value::Array(items).to_string())
        }
        ("POST", "/flowsheets/") => {
            let id = flowsheets.keys().max().unwrap_or(&6) + 1;
            flowsheets.insert(id, body["name"].as_str().expect("a name").to_owned());
            Reply::Json(201, serde_json::json!({"id": id}).to_string())
        }
        ("DELETE", path) => {
            let id = path.trim_matches('/').rsplit('/').next().and_then(|id| id.parse::<u64>().ok());
            let gone = id.is_some_and(|id| flowsheets.remove(&id).is_some());
            Reply::Json(if gone { 204 } else { 404 }, String::new())
        }
        _ => Reply::Json(200, "[]".to_owned()),
    }
}
