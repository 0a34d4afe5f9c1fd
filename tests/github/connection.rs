//! The program's own connection to a server: what arrives, what comes back, and what never leaves.

use std::net::TcpListener;
use std::sync::atomic::Ordering;

use ahuora::effects::github::{Connection, Settings, Variables};
use ahuora::github::client::Client;
use ahuora::github::closing::{Wish, perform, to_close};
use ahuora::github::standing::Seen;
use ahuora::github::trouble::Trouble;
use ahuora::github::wire::{Cut, Request, Wire as _};

use crate::loopback::Loopback;
use crate::memory::World;
use crate::server::{How, Server};
use crate::setup::{REPOSITORY, assert_complete, campaign, dispatch_with, open, pushed};

const TOKEN: &str = "ghp_0123456789abcdefghijABCDEFGHIJ012345";

fn token() -> Variables {
    Variables { token: Some(TOKEN.into()), ..Variables::default() }
}

fn app(key: &str) -> Variables {
    Variables {
        app: Some("12".to_owned()),
        key: Some(key.into()),
        installation: Some("34".to_owned()),
        ..Variables::default()
    }
}

/// Everything that the program does on GitHub, from opening to closing, over its own connection.
fn everything(server: Server, variables: Variables) -> Loopback {
    let campaign = campaign(2);
    let there = Loopback::start(server);
    for permutation in &campaign.permutations {
        there.server.lock().unwrap().push(&permutation.branch, &permutation.commit);
    }
    let mut wire = there.connect(variables);
    let done = open(&mut wire, &campaign);
    assert_eq!(done.map(|done| done.len()), Ok(3 + 2 * 2));
    there.server.lock().unwrap().pulls[0].body = "old".to_owned();
    assert_eq!(open(&mut wire, &campaign).map(|done| done.len()), Ok(1));
    // The books are kept as in memory; the server is the other one.
    let world = World::new(Server::new());
    dispatch_with(&world, &mut wire, &campaign, false).1.expect("a campaign that ends");
    std::mem::swap(&mut *world.server.borrow_mut(), &mut *there.server.lock().unwrap());
    assert_complete(&world, &campaign, "over a connection");
    std::mem::swap(&mut *world.server.borrow_mut(), &mut *there.server.lock().unwrap());
    let mut client = Client::new(&mut wire, REPOSITORY, &|_| {});
    let seen = Seen::of(&mut client, &campaign).expect("seen");
    let wish = Wish { delete_branches: true, ..Wish::default() };
    let actions = to_close(&campaign, &wish, seen.lock.as_ref(), &seen.pulls, &seen.branches).expect("actions");
    assert_eq!(actions.len(), 4);
    for action in &actions {
        perform(&mut client, action).expect("closed");
    }
    assert!(there.server.lock().unwrap().refs.is_empty());
    there
}

#[test]
fn everything_over_a_connection() {
    let mut server = Server::new();
    server.authorization = Some(format!("Bearer {TOKEN}"));
    everything(server, token());
}

#[test]
fn everything_where_the_run_is_not_told() {
    let mut server = Server::new();
    server.details = false;
    everything(server, token());
}

#[test]
fn everything_with_faults_everywhere() {
    for how in [
        How::Instead(500, "Server Error", Vec::new()),
        How::Instead(502, "Bad Gateway", Vec::new()),
        How::Instead(403, "You have exceeded a secondary rate limit", Vec::new()),
        How::Instead(403, "Resource not accessible by integration", Vec::new()),
        How::Instead(429, "too many", vec![("retry-after", "9".to_owned())]),
        How::After(500),
        How::After(502),
        How::CutBefore,
        How::CutAfter,
        How::Slow,
    ] {
        let mut server = Server::new();
        // Two refusals of one request without a reason are one too many.
        let is_bare = matches!(how, How::Instead(403, "Resource not accessible by integration", _));
        let often = ["POST", "PATCH", "GET", "DELETE", "/dispatches", "git/refs", "/actions/runs"];
        for what in &often[..if is_bare { 3 } else { often.len() }] {
            server.fault(what, 2, 1, how.clone());
        }
        let there = everything(server, token());
        assert!(there.server.lock().unwrap().faults.iter().all(|fault| fault.times == 0), "{how:?}");
    }
}

#[test]
fn everything_where_the_clocks_differ() {
    let server = Server::new();
    let there = Loopback::start(server);
    there.skew.store(-86_400_000, Ordering::SeqCst);
    let mut wire = there.connect(token());
    let campaign = campaign(1);
    let world = World::new(Server::new());
    *there.server.lock().unwrap() = pushed(&campaign);
    there.server.lock().unwrap().details = false;
    open(&mut wire, &campaign).expect("opened");
    dispatch_with(&world, &mut wire, &campaign, false).1.expect("a campaign that ends");
    assert_eq!(there.server.lock().unwrap().runs.len(), 2);
}

#[test]
fn a_run_that_shows_late_is_cancelled_as_a_double() {
    let campaign = campaign(1);
    let there = Loopback::start(pushed(&campaign));
    {
        let mut server = there.server.lock().unwrap();
        (server.details, server.lag, server.lasts) = (false, 95_000, 300_000);
        server.fault("/dispatches", 0, 1, How::CutAfter);
    }
    let mut wire = there.connect(token());
    open(&mut wire, &campaign).expect("opened");
    let world = World::new(Server::new());
    dispatch_with(&world, &mut wire, &campaign, false).1.expect("a campaign that ends");
    let cancelled: Vec<bool> = there.server.lock().unwrap().runs.iter().map(|run| run.cancelled).collect();
    assert_eq!(cancelled, [false, true, false]);
}

#[test]
fn an_app_gets_its_tokens_and_renews_them_before_they_end() {
    let mut server = Server::new();
    server.authorization = Some("nobody has it yet".to_owned());
    // Each token is already too old when it is given out, so that every request asks for a new one.
    server.token_lasts = 299;
    let there = everything(server, app(&key()));
    let server = there.server.lock().unwrap();
    let others = server.seen.iter().filter(|(_, path, _)| !path.starts_with("/app/")).count();
    assert_eq!(server.tokens as usize, others);
    assert!(server.seen.iter().all(|(_, _, status)| *status != 401));
}

#[test]
fn an_apps_token_is_used_until_it_is_taken_back() {
    let there = Loopback::start(Server::new());
    let mut wire = there.connect(app(&key()));
    let request = Request::get("/repos/ahuora/cluster/pulls?state=open");
    for _ in 0..3 {
        assert_eq!(wire.send(&request).expect("an answer").status, 200);
    }
    assert_eq!(there.server.lock().unwrap().tokens, 1);
    there.server.lock().unwrap().authorization = Some("another".to_owned());
    assert_eq!(wire.send(&request).expect("an answer").status, 200);
    assert_eq!(there.server.lock().unwrap().tokens, 2);
}

#[test]
fn an_app_that_is_refused_is_told() {
    let there = Loopback::start(Server::new());
    there.server.lock().unwrap().fault("/app/", 0, 9, How::Instead(404, "Not Found", Vec::new()));
    let mut wire = there.connect(app(&key()));
    let refused = wire.send(&Request::get("/repos/ahuora/cluster/pulls?state=open"));
    assert_eq!(refused, Err(Cut::NoCredentials("GitHub gives the App no token (404): Not Found".to_owned())));
}

#[test]
fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("an address");
    let settings = Settings::of(Variables { api: Some(format!("http://{address}")), ..token() }).expect("settings");
    let mut wire = Connection::open(settings).expect("a connection");
    let answer = wire.send(&Request::get("/repos/ahuora/cluster/pulls"));
    assert!(matches!(&answer, Err(Cut::NotSent(why)) if why.contains("refused")), "{answer:?}");
}

#[test]
fn a_connection_that_is_reset_may_have_done_something() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        // What was sent and is not read makes the other side see a reset, not an end.
        stream.peek(&mut [0]).expect("a request");
    });
    let settings = Settings::of(Variables { api: Some(format!("http://{address}")), ..token() }).expect("settings");
    let mut wire = Connection::open(settings).expect("a connection");
    let answer =
        wire.send(&Request::post("/repos/ahuora/cluster/pulls", serde_json::json!({"body": "x".repeat(1_000)})));
    assert!(matches!(&answer, Err(Cut::Unknown(_))), "{answer:?}");
}

#[test]
fn a_token_is_in_no_message() {
    let there = Loopback::start(Server::new());
    there.server.lock().unwrap().fault(
        "GET",
        0,
        9,
        How::Instead(422, "your Authorization was Bearer ghp_0123456789abcdefghijABCDEFGHIJ012345", Vec::new()),
    );
    let mut wire = there.connect(token());
    let mut client = Client::new(&mut wire, REPOSITORY, &|_| {});
    let trouble = client.read("/repos/ahuora/cluster/pulls").expect_err("a refusal");
    let Trouble::Refused { message, .. } = &trouble else { panic!("{trouble}") };
    assert_eq!(message, "your Authorization was Bearer [token]");
    let settings = Settings::of(Variables { key: Some("key-of-an-app".into()), ..token() }).expect("settings");
    for shown in [format!("{settings:?}"), format!("{:?}", wire.connection)] {
        assert!(!shown.contains(TOKEN) && !shown.contains("key-of-an-app"), "{shown}");
    }
}

#[test]
fn credentials_and_addresses_that_will_not_do() {
    let opened = |variables| {
        let settings = Settings::of(variables)?;
        Connection::open(settings).map(drop)
    };
    let api = |api: &str| Variables { api: Some(api.to_owned()), ..token() };
    for (variables, wanted) in [
        (Variables::default(), "there are no credentials for GitHub"),
        (
            Variables { token: Some("a\nb".into()), ..Variables::default() },
            "the token has characters that no token has",
        ),
        (app("key"), "AHUORA_GITHUB_APP_KEY is no private key"),
        (Variables { installation: None, ..app("key") }, "the App's credentials are not complete"),
        (api("api.github.com"), "GITHUB_API_URL is no URL"),
        (api("https://me:secret@host"), "GITHUB_API_URL holds more than an address"),
        (api("http://host"), "GITHUB_API_URL http://host: a token is sent by https only"),
        (api("http://127.0.0.1.host"), "GITHUB_API_URL http://127.0.0.1.host: a token is sent by https only"),
    ] {
        assert_eq!(opened(variables).expect_err(wanted).to_string(), wanted);
    }
    assert!(opened(api("https://host/api/v3/")).is_ok());
}

/// A key that is made for this run and nothing else.
fn key() -> String {
    let made = std::process::Command::new("openssl").args(["genrsa", "2048"]).output().expect("openssl");
    String::from_utf8(made.stdout).expect("a key as text")
}
