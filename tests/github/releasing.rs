//! Tags over GitHub's API: made once, whatever is lost, refused or done by others meanwhile.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ahuora::commands::release::cut::github::GitHub;
use ahuora::effects::github::Variables;
use ahuora::error::Failure;
use ahuora::github::client::Client;
use ahuora::github::wire::{Answer, Cut as Lost, Request, Wire};
use ahuora::release::cut::{Asked, Cut, Refusal, Released, Stop, Wish, cut};
use ahuora::release::{Line, Settings};
use ahuora::values::Channel;

use crate::loopback::Loopback;
use crate::memory::World;
use crate::server::{Commit, How, Server, TagObject};
use crate::setup::REPOSITORY;

/// The commit at a height of the branch.
fn commit(height: usize) -> String {
    format!("{:040x}", 0xb0_0000 + height)
}

/// A server whose branch has so many commits, one on top of the other.
fn grown(heights: usize) -> Server {
    let mut server = Server::new();
    for height in 0..heights {
        server.push("main", &commit(height));
        let parents = height.checked_sub(1).map(commit).into_iter().collect();
        let new = Commit { message: "fix: x".to_owned(), tree: "e".repeat(40), parents };
        server.commits.insert(commit(height), new);
    }
    server
}

/// Makes a tag as another does.
fn tag(server: &mut Server, name: &str, at: &str) {
    let object = format!("{:040x}", 0x0a_0000 + server.refs.len());
    let new = TagObject { name: name.to_owned(), message: "m".to_owned(), object: at.to_owned() };
    server.tags.insert(object.clone(), new);
    server.refs.insert(format!("refs/tags/{name}"), object);
}

/// The tags of a server, with their commits.
fn tags(server: &Server) -> Vec<(String, String)> {
    let all = server.refs.iter().filter_map(|(name, object)| Some((name.strip_prefix("refs/tags/")?, object)));
    all.map(|(name, object)| (name.to_owned(), server.tags[object].object.clone())).collect()
}

/// The next version: the last number and one.
fn next(released: &[Released], settings: &Settings, line: &Line) -> Asked {
    let component = &settings.components[0];
    let stable = released.iter().rev().find(|one| Line::Stable.has(&one.version));
    let mut version = stable.map_or(component.first.clone(), |one| one.version.clone());
    version.patch += u64::from(stable.is_some());
    if let Line::Prerelease(channel) = line {
        let number = released.iter().filter(|one| line.has(&one.version)).count() as u64 + 1;
        version = ahuora::release::prerelease(&version, channel, number);
    }
    Asked::Version(version)
}

fn cut_on(wire: &mut dyn Wire, target: &str, line: &Line) -> Result<Cut, Stop<Failure>> {
    let settings = Settings::read("components: {api: {paths: [api]}, api-x: {paths: [x]}}").expect("settings");
    let component = settings.component("api").expect("a component");
    let wish = Wish { settings: &settings, component, target, line, named: None, attempts: 20, dry: false };
    let mut github = GitHub {
        client: Client::new(wire, REPOSITORY, &|_| {}),
        peel: Box::new(|_| None),
        prefix: component.tags.prefix(),
        branch: "main",
        target,
        title: "api",
        asker: Box::new(|released| Ok(next(released, &settings, line))),
        known: HashMap::new(),
    };
    github.assert_target()?;
    cut(&mut github, &wish)
}

fn cut_at(world: &World, height: usize) -> Result<Cut, Stop<Failure>> {
    cut_on(&mut world.clone(), &commit(height), &Line::Stable)
}

#[test]
fn a_commit_is_released_once() {
    let world = World::new(grown(3));
    let first = cut_at(&world, 1).expect("a release");
    assert_eq!((first.tag.as_str(), first.created, first.attempts), ("api-0.0.1", true, 1));
    let again = cut_at(&world, 1).expect("a release");
    assert_eq!((again.tag.as_str(), again.created), ("api-0.0.1", false));
    assert_eq!(cut_at(&world, 2).expect("a release").tag, "api-0.0.2");
    let server = world.server.borrow();
    assert_eq!(tags(&server), [("api-0.0.1".to_owned(), commit(1)), ("api-0.0.2".to_owned(), commit(2))]);
    let message = &server.tags.values().next_back().expect("a tag").message;
    assert!(message.starts_with("api 0.0.2\n\nPrevious-Tag: api-0.0.1\nRelease-Id: "), "{message}");
    assert!(
        server.seen.iter().all(|(method, ..)| matches!(method.as_str(), "GET" | "POST")),
        "nothing is moved or deleted"
    );
}

#[test]
fn nothing_that_is_lost_on_the_way_releases_twice() {
    for what in ["POST /repos/ahuora/cluster/git/refs", "POST /repos/ahuora/cluster/git/tags", "GET", "matching-refs"] {
        for how in [
            How::After(500),
            How::After(502),
            How::CutAfter,
            How::CutBefore,
            How::Slow,
            How::Instead(502, "Bad Gateway", Vec::new()),
            How::Instead(403, "You have exceeded a secondary rate limit", Vec::new()),
            How::Instead(403, "Resource not accessible by integration", Vec::new()),
            How::Instead(429, "too many", vec![("retry-after", "9".to_owned())]),
        ] {
            let world = World::new(grown(2));
            world.server.borrow_mut().fault(what, 0, 1, how.clone());
            let done = cut_at(&world, 1).unwrap_or_else(|stop| panic!("{what} {how:?}: {stop:?}"));
            assert_eq!((done.tag.as_str(), done.created), ("api-0.0.1", true), "{what} {how:?}");
            assert_eq!(tags(&world.server.borrow()), [("api-0.0.1".to_owned(), commit(1))], "{what} {how:?}");
        }
    }
}

#[test]
fn an_object_that_github_does_not_know_yet_is_waited_for() {
    for (status, message) in [(404, "Not Found"), (422, "Object does not exist")] {
        let world = World::new(grown(2));
        let refs = "POST /repos/ahuora/cluster/git/refs";
        world.server.borrow_mut().fault(refs, 0, 2, How::Instead(status, message, Vec::new()));
        assert_eq!(cut_at(&world, 1).expect("a release").tag, "api-0.0.1");
        let slept = world.slept.borrow();
        assert!(slept.contains(&4_000) && slept.contains(&8_000), "{slept:?}");
        let world = World::new(grown(2));
        world.server.borrow_mut().fault(refs, 0, 9, How::Instead(status, message, Vec::new()));
        let Err(Stop::Place(_)) = cut_at(&world, 1) else { panic!("{status} for ever is no release") };
        assert_eq!(tags(&world.server.borrow()), []);
    }
}

#[test]
fn a_refusal_for_good_is_told_and_leaves_nothing() {
    for (status, message) in [(422, "Repository rule violations found"), (403, "Resource not accessible")] {
        let world = World::new(grown(2));
        world.server.borrow_mut().fault("git/refs", 0, 9, How::Instead(status, message, Vec::new()));
        let Err(Stop::Place(failure)) = cut_at(&world, 1) else { panic!("{status} is a refusal") };
        assert_eq!(failure.code(), 3, "{failure}");
        assert!(failure.to_string().contains("cannot make the tag api-0.0.1") && failure.to_string().contains(message));
        assert_eq!(tags(&world.server.borrow()), []);
    }
}

/// Before the first reference is made, another makes this tag at this commit.
struct Racing {
    world: World,
    tag: Option<(&'static str, String)>,
    /// What is answered instead of 422.
    status: u16,
}

impl Wire for Racing {
    fn send(&mut self, request: &Request) -> Result<Answer, Lost> {
        if request.path.ends_with("/git/refs") {
            if let Some((name, at)) = self.tag.take() {
                tag(&mut self.world.server.borrow_mut(), name, &at);
            }
            let answer = self.world.send(request)?;
            let status = if answer.status == 422 { self.status } else { answer.status };
            return Ok(Answer { status, ..answer });
        }
        self.world.send(request)
    }
    fn now(&mut self) -> u64 {
        self.world.now()
    }
    fn sleep(&mut self, milliseconds: u64) {
        self.world.sleep(milliseconds);
    }
    fn any(&mut self) -> u64 {
        self.world.any()
    }
}

#[test]
fn who_loses_a_race_looks_again() {
    for status in [409, 422] {
        let race = |at: usize| {
            let world = World::new(grown(4));
            let tag = Some(("api-0.0.1", commit(at)));
            let ended = cut_on(&mut Racing { world: world.clone(), tag, status }, &commit(2), &Line::Stable);
            (ended, tags(&world.server.borrow()).len())
        };
        let (ended, count) = race(2);
        let done = ended.expect("a release");
        assert_eq!(
            (done.tag.as_str(), done.created, done.attempts, count),
            ("api-0.0.1", false, 2, 1),
            "the same commit"
        );
        let (ended, count) = race(1);
        let done = ended.expect("a release");
        assert_eq!((done.tag.as_str(), done.created, done.attempts, count), ("api-0.0.2", true, 2, 2), "one before");
        let (ended, count) = race(3);
        let Err(Stop::Refused(why)) = ended else { panic!("one behind is released") };
        assert_eq!((why, count), (Refusal::Behind("api-0.0.1".to_owned()), 1), "one after");
    }
}

#[test]
fn where_the_target_must_stand() {
    let mut server = grown(3);
    tag(&mut server, "api-0.0.1", &commit(1));
    let apart = "c".repeat(40);
    let new = Commit { message: "fix: x".to_owned(), tree: "e".repeat(40), parents: vec![commit(0)] };
    server.commits.insert(apart.clone(), new);
    server.refs.insert("refs/heads/feature/one".to_owned(), apart.clone());
    let late = Commit { message: "fix: x".to_owned(), tree: "e".repeat(40), parents: vec![commit(2)] };
    server.commits.insert("d".repeat(40), late);
    let world = World::new(server);
    let refused = |target: &str| match cut_on(&mut world.clone(), target, &Line::Stable) {
        Err(Stop::Refused(why)) => why,
        other => panic!("{target} is not refused: {other:?}"),
    };
    assert_eq!(refused(&commit(0)), Refusal::Behind("api-0.0.1".to_owned()));
    assert_eq!(refused(&apart), Refusal::Apart("api-0.0.1".to_owned()));
    assert_eq!(refused(&"d".repeat(40)), Refusal::OffBranch);
    let Err(Stop::Place(failure)) = cut_on(&mut world.clone(), &"f".repeat(40), &Line::Stable) else {
        panic!("unknown")
    };
    assert_eq!(failure.code(), 2, "{failure}");
    assert!(failure.to_string().contains("ahuora/cluster on GitHub does not have the commit ffff"), "{failure}");
    let beta = Line::Prerelease(Channel::new("beta").expect("a channel"));
    assert_eq!(cut_on(&mut world.clone(), &apart, &beta).expect("a prerelease").tag, "api-0.0.2-beta.1");
}

#[test]
fn hundreds_of_tags_are_listed_with_pages_or_without() {
    for unpaged in [false, true] {
        let mut server = grown(260);
        server.unpaged = unpaged;
        for height in 0..250 {
            tag(&mut server, &format!("api-0.0.{}", height + 1), &commit(height));
            tag(&mut server, &format!("api-x-9.0.{height}"), &commit(height));
        }
        let world = World::new(server);
        assert_eq!(cut_at(&world, 259).expect("a release").tag, "api-0.0.251");
    }
}

#[test]
fn a_process_that_dies_at_any_moment_is_repeated_by_another() {
    for life in 0..200 {
        let world = World::new(grown(2));
        world.life.set(Some(life));
        let died = cut_at(&world, 1);
        let is_over = !world.is_dead();
        world.life.set(None);
        let done = cut_at(&world, 1).unwrap_or_else(|stop| panic!("{life}: {stop:?}"));
        assert_eq!(done.tag, "api-0.0.1", "{life}");
        assert_eq!(tags(&world.server.borrow()), [("api-0.0.1".to_owned(), commit(1))], "{life}");
        if is_over {
            assert!(died.is_ok() && life > 10, "{life}: {died:?}");
            return;
        }
    }
    panic!("it never ends");
}

#[test]
fn sixteen_at_once_give_every_version_once() {
    const HEIGHTS: usize = 60;
    let mut server = grown(HEIGHTS);
    for (skip, how) in [(1, How::CutAfter), (2, How::After(500)), (3, How::CutBefore), (5, How::CutAfter)] {
        server.fault("POST /repos/ahuora/cluster/git/refs", skip, 1, how);
    }
    let there = Loopback::start(server);
    std::thread::scope(|scope| {
        for number in 0..16 {
            let there = &there;
            scope.spawn(move || {
                let token = Variables { token: Some("ghp_secret".into()), ..Variables::default() };
                let mut wire = there.connect(token);
                // Two at each commit of their own row of commits.
                for height in (number / 2..HEIGHTS).step_by(8) {
                    match cut_on(&mut wire, &commit(height), &Line::Stable) {
                        Ok(done) => {
                            let made = tags(&there.server.lock().expect("a server"));
                            assert!(made.contains(&(done.tag.clone(), commit(height))), "{done:?}: {made:?}");
                            assert_eq!(done.wrong, Vec::<String>::new());
                        }
                        Err(Stop::Refused(Refusal::Behind(_))) => {}
                        Err(other) => panic!("{height}: {other:?}"),
                    }
                }
            });
        }
    });
    let server = there.server.lock().expect("a server");
    let height = |at: &str| (0..HEIGHTS).find(|height| commit(*height) == at).expect("a commit");
    let mut made: Vec<(u64, usize)> = tags(&server)
        .iter()
        .map(|(name, at)| (name.rsplit('.').next().expect("a number").parse().expect("a number"), height(at)))
        .collect();
    made.sort_unstable();
    assert!(made.iter().map(|(number, _)| *number).eq(1..=made.len() as u64), "a gap: {made:?}");
    assert!(made.windows(2).all(|two| two[0].1 < two[1].1), "versions follow as commits do: {made:?}");
    assert!(made.len() >= 3, "{made:?}");
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().expect("git");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn program(there: &Loopback, folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahuora"));
    let path = std::env::var("PATH").expect("PATH");
    command.env_clear().env("PATH", path).env("GITHUB_API_URL", &there.address).env("GITHUB_TOKEN", "ghp_secret");
    command.args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null()).output().expect("the program")
}

#[test]
fn the_program_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    git(folder, &["init", "--quiet", "--initial-branch", "main"]);
    fs::write(folder.join("release.yaml"), "components: {api: {paths: [.]}}\n").expect("a file");
    git(folder, &["add", "--all"]);
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    git(folder, &[&who[..], &["commit", "--quiet", "-m", "fix: x"]].concat());
    let target = git(folder, &["rev-parse", "HEAD"]);
    let mut server = Server::new();
    server.push("main", &target);
    server.authorization = Some("Bearer ghp_secret".to_owned());
    let there = Loopback::start(server);
    for (dry, created) in [(true, false), (false, true), (false, false)] {
        let arguments = "release cut api --github ahuora/cluster --format json";
        let arguments = if dry { format!("{arguments} --dry-run") } else { arguments.to_owned() };
        let output = program(&there, folder, &arguments);
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&told["tag"], &told["created"]), (&"api-0.0.1".into(), &created.into()), "{stderr}");
        let made = tags(&there.server.lock().expect("a server")).len();
        assert_eq!(made, usize::from(!dry), "{stderr}");
    }
    assert_eq!(git(folder, &["tag", "--list"]), "", "the clone is not touched");
}
