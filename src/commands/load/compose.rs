//! `ahuora load compose`: trials against the Compose benchmark on this machine.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::run::{self, Wish};
use crate::cli::{Common, ComposeArgs};
use crate::config;
use crate::effects::signals::Signals;
use crate::effects::{self, Repository, process};
use crate::error::{Failure, Outcome};
use crate::load::Load;
use crate::ui::Ui;
use crate::values::Target;

/// The file of the containers, from the repository.
const FILE: &str = "compose.yaml";

pub(super) fn run(common: &Common, load: &Load, args: &ComposeArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let repository = Repository::find(common.repo.as_deref(), &common.config)?;
    let target = target(common, &repository)?;
    let wish = Wish { trial: &args.trial, target: &target, latency: None, cluster: None, co_located: true };
    let root = repository.path("");
    if common.dry_run {
        ui.status(&format!("would run: {}", UP.join(" ")));
        let outcome = run::trials(common, load, &wish, ui);
        if !args.keep {
            ui.status(&format!("would run: {}", DOWN.join(" ")));
        }
        return outcome;
    }
    // What keeps trials from beginning is told before containers are started.
    run::ready(common, load, &wish)?;
    if repository.read(FILE)?.is_none() {
        return Err(Failure::usage(format!("there is no {FILE}"), "run `ahuora generate`"));
    }
    let signals = Signals::watch()?;
    ui.status(&format!("starting the containers of {FILE}"));
    let outcome = docker(&UP, &root).and_then(|()| match signals.came() {
        true => Err(Failure::outside("interrupted")(io::Error::other("no trial was begun"))),
        false => run::trials(common, load, &wish, ui),
    });
    if args.keep {
        return outcome;
    }
    ui.status("stopping the containers");
    // What went wrong first is told; that they still run must be known all the same.
    match (docker(&DOWN, &root), outcome) {
        (Ok(()), outcome) => outcome,
        (Err(failure), Ok(_)) => Err(failure),
        (Err(failure), Err(first)) => {
            ui.status(&format!("{failure}; by hand: {}", DOWN.join(" ")));
            Err(first)
        }
    }
}

/// Starts the containers, and waits until they are healthy.
const UP: [&str; 7] = ["docker", "compose", "-f", FILE, "up", "-d", "--wait"];
/// Stops and removes them; volumes stay.
const DOWN: [&str; 5] = ["docker", "compose", "-f", FILE, "down"];

fn docker(argv: &[&str], root: &Path) -> Result<(), Failure> {
    let what = || Failure::outside(format!("cannot run `{}`", argv.join(" ")));
    let said = process::said(argv, root).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => what()(io::Error::other("docker is not installed: install Docker with Compose")),
        _ => what()(error),
    })?;
    said.map(drop).map_err(|why| what()(io::Error::other(why)))
}

/// What the configuration says of Compose.
#[derive(Deserialize)]
struct File {
    compose: Option<Compose>,
}

#[derive(Deserialize)]
struct Compose {
    publish: BTreeMap<String, u16>,
}

/// Where the containers publish the platform on this machine.
fn target(common: &Common, repository: &Repository) -> Result<Target, Failure> {
    let text = effects::read_text(&repository.path(&common.config), &common.config, effects::MAX_CONFIG_BYTES)?;
    let (file, _): (File, _) = config::file(&text)
        .map_err(|problems| Failure::Configuration { file: common.config.clone(), problems })?;
    let ports = file.compose.map(|compose| compose.publish).unwrap_or_default();
    let mut ports = ports.into_iter();
    match (ports.next(), ports.next()) {
        (Some((_, port)), None) => Target::new(format!("http://127.0.0.1:{port}"))
            .map_err(|why| Failure::usage(format!("the published port {port} is no target: {why}"), "change it")),
        _ => Err(Failure::usage(
            format!("{} does not say by which one port Compose publishes the platform", common.config),
            format!("write one service under compose.publish, run `ahuora generate`, and look at {FILE}"),
        )),
    }
}
