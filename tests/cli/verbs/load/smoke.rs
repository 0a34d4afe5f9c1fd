//! `ahuora load smoke` against a small platform on a loopback port.

use std::net::TcpListener;

use super::server::{Asked, Reply, Server};
use crate::env::{Output, TestEnv, committed, replaced};

const LOAD: &str = "experiments/load/load.yaml";
const FIXTURE: &str = "experiments/load/fixture.yaml";

/// The API is a matter of the file: here it is another one.
const SMALL: &str = r#"
timeout: 1s
pages: {items: results, next: next}
flowsheets:
  list: {path: /flowsheets/, id: [id], name: [name]}
  remove: {method: DELETE, path: "/flowsheets/{flowsheet}/"}
steps:
  - step: create the flowsheet
    method: POST
    path: /flowsheets/
    body: {name: "{flowsheet-name}"}
    keep: {flowsheet: [id]}
  - step: solve once
    method: POST
    path: /solve/
    body: {flowsheet_id: "{flowsheet}"}
"#;

fn env() -> TestEnv {
    let env = TestEnv::new();
    let text = replaced(&committed(LOAD), "timeout: 60s\n    slowAnswer: 1s", "timeout: 1s\n    slowAnswer: 1s");
    env.write(LOAD, text);
    env.write(FIXTURE, SMALL);
    env
}

fn smoke(env: &TestEnv, server: &Server, more: &[&str]) -> Output {
    let url = server.url();
    env.run(&[&["load", "smoke", "--target", &url], more].concat())
}

/// Answers one request so, and leaves the others to the platform.
fn only(line: &'static str, reply: Reply) -> impl Fn(&Asked) -> Option<Reply> + Send + 'static {
    move |asked| asked.line.starts_with(line).then(|| reply.clone())
}

const UOR: &str = "GET /api/unitops/unitops/?flowsheetOwner=";

#[test]
fn each_endpoint_is_asked_once_with_a_fixture() {
    let server = Server::start(&["mine", "ahuora-load-smoke-old", "ahuora-load-b-1-1"], |_| None);
    let env = env();
    let headers = r#"{"Cookie": "sessionid=s3cr3t-s3cr3t", "accept": "text/plain"}"#;
    let args = ["load", "smoke", "--target", &server.url()];
    let output = env.run_with("", &args, &[("AHUORA_HEADERS", headers)]).expect_code(0);
    output.expect_said(&[
        "removed flowsheet 2 (`ahuora-load-smoke-old`)",
        "flowsheet 4 made by 3 requests",
        "flowsheet 4 removed",
    ]);
    let rows: Vec<Vec<&str>> = output.stdout.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    assert_eq!(rows, [["endpoint", "status"], ["fs", "200"], ["uor", "200"]], "{output}");
    assert!(!format!("{output}").contains("s3cr3t"), "{output}");
    assert_eq!(server.names(), ["mine", "ahuora-load-b-1-1"]);
    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|one| one.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /flowsheets/",
            "DELETE /flowsheets/2/",
            "GET /flowsheets/",
            "GET /flowsheets/",
            "POST /flowsheets/",
            "POST /solve/",
            "POST /api/solve/idaes/",
            "GET /api/unitops/unitops/?flowsheetOwner=4",
            "DELETE /flowsheets/4/",
            "GET /flowsheets/",
        ]
    );
    let fs = asked.iter().find(|one| one.line == "POST /api/solve/idaes/").expect("asked");
    assert_eq!(fs.body, r#"{"flowsheet_id":4}"#);
    for one in &asked {
        let has = |header: &str| one.headers.iter().filter(|line| line.eq_ignore_ascii_case(header)).count();
        assert_eq!(has("Cookie: sessionid=s3cr3t-s3cr3t"), 1, "{one:?}");
        // What the environment gives comes before what the request has.
        assert_eq!((has("Accept: text/plain"), has("Accept: application/json")), (1, 0), "{one:?}");
        assert_eq!(has(concat!("User-Agent: ahuora/", env!("CARGO_PKG_VERSION"))), 1, "{one:?}");
    }
}

#[test]
fn json_tells_all_of_it() {
    let server = Server::start(&["ahuora-load-smoke-old"], only(UOR, Reply::Page(503)));
    let told = smoke(&env(), &server, &["--endpoint", "uor", "--format", "json"]).expect_code(1).json();
    assert_eq!((&told["succeeded"], &told["target"]), (&false.into(), &server.url().into()));
    assert_eq!(told["swept"], serde_json::json!([{"id": "1", "name": "ahuora-load-smoke-old"}]));
    assert_eq!((&told["fixture"]["made"], &told["fixture"]["removed"]), (&true.into(), &true.into()));
    assert_eq!(told["endpoints"].as_array().map(Vec::len), Some(1));
    let uor = &told["endpoints"][0];
    assert_eq!((&uor["name"], &uor["status"], &uor["succeeded"]), (&"uor".into(), &503.into(), &false.into()));
    assert_eq!(uor["problem"], "it is 503 with a page (HTML)");
    assert!(uor["milliseconds"].is_u64());
}

#[test]
fn an_endpoint_that_fails_is_told_and_the_fixture_removed() {
    for (reply, problem) in [
        (Reply::Json(502, "{\"detail\": \"no\"}".to_owned()), "502 `{\"detail\": \"no\"}`"),
        (Reply::Page(200), "200 with a page (HTML)"),
        (
            Reply::Redirect("https://other.example/oauth2/start?rd=s3cr3t"),
            "302, a redirect to https://other.example/oauth2/start: not signed in?",
        ),
        (Reply::Hang, "there is none within 1 s"),
        (Reply::Cut, "the connection ended before the answer did"),
        (Reply::Long, "it is longer than 16 MiB"),
        (Reply::Noise, "what came is no HTTP"),
    ] {
        let server = Server::start(&["mine"], only(UOR, reply));
        let output = smoke(&env(), &server, &[]).expect_code(1);
        output.expect_said(&["1 of 2 endpoints failed", "flowsheet 2 removed"]);
        let row = output.stdout.lines().find(|line| line.starts_with("uor ")).expect("a row");
        assert!(row.contains(problem), "{problem}\n{output}");
        assert!(!output.stdout.contains("s3cr3t"), "{output}");
        assert_eq!(server.names(), ["mine"], "{output}");
    }
}

#[test]
fn an_answer_in_pieces_is_an_answer() {
    let server = Server::start(&[], |asked| match asked.line.as_str() {
        "POST /flowsheets/" | "GET /flowsheets/" | "DELETE /flowsheets/7/" => None,
        _ => Some(Reply::Chunked("{\"name\": \"mātai\"}".to_owned())),
    });
    smoke(&env(), &server, &[]).expect_code(0);
    assert_eq!(server.names(), [""; 0]);
}

#[test]
fn a_fixture_that_breaks_is_removed_and_told_with_its_step() {
    for (line, reply, told) in [
        (
            "POST /solve/",
            Reply::Json(400, "{\"error\": \"x\"}".to_owned()),
            "solve once: POST /solve/: expected status 2xx, but it is 400 `{\"error\": \"x\"}`",
        ),
        ("POST /solve/", Reply::Hang, "solve once: POST /solve/: expected an answer, but there is none within 1 s"),
        ("POST /solve/", Reply::Cut, "solve once: POST /solve/: expected an answer, but the connection ended"),
        (
            "GET /flowsheets/",
            Reply::Redirect("/sign-in"),
            "list the flowsheets: GET /flowsheets/: expected status 2xx, but it is 302, a redirect to /sign-in: not signed in? give the session's cookie in AHUORA_HEADERS",
        ),
        (
            "POST /flowsheets/",
            Reply::Page(200),
            "create the flowsheet: POST /flowsheets/: expected status 2xx, but it is 200 with a page (HTML)",
        ),
    ] {
        let server = Server::start(&["mine"], only(line, reply));
        let output = smoke(&env(), &server, &[]).expect_code(1);
        output.expect_said(&[told]);
        assert_eq!(output.stdout, "", "no endpoint was asked: {output}");
        assert_eq!(server.names(), ["mine"], "{output}");
    }
}

#[test]
fn a_flowsheet_that_stays_is_told_and_removed_by_the_next() {
    let env = env();
    let server = Server::start(&[], only("DELETE /flowsheets/7/", Reply::Json(500, "{}".to_owned())));
    smoke(&env, &server, &[])
        .expect_code(1)
        .expect_said(&["remove the flowsheet: DELETE /flowsheets/7/", "may be left"]);
    let names = server.names();
    assert!(names.len() == 1 && names[0].starts_with("ahuora-load-smoke-"), "{names:?}");
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let healthy = Server::start(&names, |_| None);
    smoke(&env, &healthy, &[]).expect_code(0).expect_said(&["which an earlier smoke test left"]);
    assert_eq!(healthy.names(), [""; 0]);
}

#[test]
fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let output = env().run(&["load", "smoke", "--target", &url]).expect_code(3);
    output.expect_said(&["cannot reach http://127.0.0.1:", "nobody listens there (connection refused)"]);
    let server = Server::start(&[], only("GET /flowsheets/", Reply::Hang));
    smoke(&env(), &server, &[]).expect_code(3).expect_said(&["cannot reach", "there is none within 1 s"]);
    // Who speaks plainly where TLS is wanted.
    let server = Server::start(&[], |_| Some(Reply::Noise));
    let url = server.url().replace("http://", "https://");
    env().run(&["load", "smoke", "--target", &url]).expect_code(3).expect_said(&["cannot reach https://127.0.0.1:"]);
}

#[test]
fn a_proxy_does_not_stand_before_this_machine() {
    let server = Server::start(&[], |_| None);
    let args = ["load", "smoke", "--target", &server.url()];
    env()
        .run_with("", &args, &[("HTTP_PROXY", "http://127.0.0.1:1"), ("ALL_PROXY", "http://127.0.0.1:1")])
        .expect_code(0);
}

#[test]
fn a_dry_run_lists_the_requests_and_sends_none() {
    let server = Server::start(&["ahuora-load-smoke-old"], |_| None);
    insta::assert_snapshot!(smoke(&env(), &server, &["--dry-run"]), @r#"
    exit code 0
    --- stdout
    list the flowsheets   GET    /flowsheets/
    create the flowsheet  POST   /flowsheets/ {"name":"{flowsheet-name}"}
    solve once            POST   /solve/ {"flowsheet_id":"{flowsheet}"}
    ask fs                POST   /api/solve/idaes/ {"flowsheet_id":"{flowsheet}"}
    ask uor               GET    /api/unitops/unitops/?flowsheetOwner={flowsheet}
    remove the flowsheet  DELETE /flowsheets/{flowsheet}/
    --- stderr
    dry run, nothing was sent: 6 requests, and those of a sweep
    "#);
    let told = smoke(&env(), &server, &["--dry-run", "--format", "json"]).expect_code(0).json();
    assert_eq!(told["requests"].as_array().map(Vec::len), Some(6));
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn what_is_asked_wrongly_is_refused_before_anything_is_sent() {
    let server = Server::start(&[], |_| None);
    let env = env();
    smoke(&env, &server, &["--endpoint", "uro"])
        .expect_code(2)
        .expect_said(&["no endpoint `uro`; did you mean `uor`?"]);
    let args = ["load", "smoke", "--target", &server.url()];
    let output = env.run_with("", &args, &[("AHUORA_HEADERS", "Cookie: s3cr3t")]).expect_code(2);
    output.expect_said(&["AHUORA_HEADERS is wrong: it is no JSON (line 1, column 1)", "hint: set it to a JSON object"]);
    assert!(!format!("{output}").contains("s3cr3t"), "{output}");
    env.write(
        FIXTURE,
        replaced(
            SMALL,
            "path: /solve/\n    body: {flowsheet_id: \"{flowsheet}\"}",
            "path: /solve/{flowshet}/\n    bdy: {}",
        ),
    );
    insta::assert_snapshot!(env.run(&args), @r"
    exit code 2
    --- stdout
    --- stderr
    error: experiments/load/fixture.yaml:16:5: steps[1]: unknown key `bdy`; did you mean `body`?
    error: experiments/load/fixture.yaml has 1 problem
    hint: nothing was done; `ahuora schema fixture` describes every key
    ");
    env.write(FIXTURE, replaced(SMALL, "path: /solve/", "path: /solve/{flowshet}/"));
    env.run(&args)
        .expect_code(2)
        .expect_said(&["fixture.yaml:15:11: steps[1].path: nothing is kept as `flowshet`; did you mean `flowsheet`?"]);
    assert_eq!(server.asked().len(), 0);
}
