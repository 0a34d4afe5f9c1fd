//! The server behind a loopback connection. With `AHUORA_GITHUB_EXCHANGES`, the name of a file, every request and its
//! answer are added to that file, for others to look whether they are what GitHub describes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ahuora::effects::github::{Connection, Settings, Variables};
use ahuora::github::wire::{Answer, Cut, Request, Wire};
use serde_json::{Value, json};

use crate::server::{BEGINNING, Reply, Server};

/// How long the program waits for an answer here, in milliseconds.
const PATIENCE: u64 = 1_000;

/// A server that listens, and the clock beside it.
#[derive(Clone)]
pub(crate) struct Loopback {
    pub(crate) server: Arc<Mutex<Server>>,
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) skew: Arc<AtomicI64>,
    pub(crate) address: String,
}

impl Loopback {
    pub(crate) fn start(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let clock = Arc::new(AtomicU64::new(BEGINNING));
        let all = Self { server: Arc::new(Mutex::new(server)), clock, skew: Arc::default(), address };
        let own = all.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || own.serve(&stream));
            }
        });
        all
    }

    /// One request of a connection; nothing is said when the other side went away.
    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim_end() {
                "" if lines.is_empty() => return None,
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let header = |name: &str| {
            let found = lines.iter().filter_map(|line| line.split_once(": "));
            found.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
        };
        let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).ok()? };
        let (method, path) = lines.first()?.rsplit_once(' ')?.0.split_once(' ')?;
        let (etag, auth) = (header("if-none-match"), header("authorization").unwrap_or_default());
        let reply = {
            let mut server = self.server.lock().expect("a server that did not panic");
            let now = self.clock.load(Ordering::SeqCst).saturating_add_signed(self.skew.load(Ordering::SeqCst));
            server.now = now;
            let reply = server.answer(method, path, &body, etag.as_deref(), &auth);
            keep(method, path, &body, &reply);
            reply
        };
        if reply.cut {
            return stream.shutdown(Shutdown::Both).ok();
        }
        if reply.slow {
            thread::sleep(Duration::from_millis(PATIENCE * 2));
        }
        write(stream, &reply).ok()
    }

    /// The program's own connection to it, with virtual waits.
    pub(crate) fn connect(&self, variables: Variables) -> Quick {
        let variables = Variables { api: Some(self.address.clone()), ..variables };
        let settings = Settings { patience: PATIENCE, ..Settings::of(variables).expect("settings") };
        let connection = Connection::open(settings).expect("a connection");
        Quick { connection, clock: self.clock.clone() }
    }
}

fn write(mut stream: &TcpStream, reply: &Reply) -> std::io::Result<()> {
    let body = reply.body.as_ref().map(Value::to_string).unwrap_or_default();
    let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !matches!(reply.status, 204 | 304) {
        text += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    stream.write_all((text + "\r\n" + &body).as_bytes())
}

fn keep(method: &str, path: &str, body: &Value, reply: &Reply) {
    let Some(file) = std::env::var_os("AHUORA_GITHUB_EXCHANGES") else { return };
    let line = json!({
        "method": method, "path": path, "request": body, "status": reply.status, "answer": reply.body,
        "fault": reply.fault,
    });
    let file = std::fs::OpenOptions::new().append(true).create(true).open(file);
    file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes())).expect("a written exchange");
}

/// The program's own connection, with a clock that is moved on instead of waited for.
pub(crate) struct Quick {
    pub(crate) connection: Connection,
    clock: Arc<AtomicU64>,
}

impl Wire for Quick {
    fn send(&mut self, request: &Request) -> Result<Answer, Cut> {
        self.connection.send(request)
    }

    fn now(&mut self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    fn sleep(&mut self, milliseconds: u64) {
        self.clock.fetch_add(milliseconds, Ordering::SeqCst);
    }

    fn any(&mut self) -> u64 {
        self.connection.any()
    }
}
