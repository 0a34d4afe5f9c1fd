//! One file a verb: read through effects, ask the core, hand actions to effects, say what was done.

mod check;
mod diff;
pub mod experiment;
mod explain;
mod generate;
mod graph;
mod init;
mod load;
pub mod release;

use std::io;

use clap::CommandFactory as _;

use crate::cli::{Cli, Command, Common, SchemaFile};
use crate::config::{self, Configuration};
use crate::effects::{self, Repository};
use crate::error::{Failure, Outcome};
use crate::experiment::{self as experiments, LOCK, Lock};
use crate::load as loads;
use crate::platform::Platform;
use crate::release as releases;
use crate::tree::Document;
use crate::trial;
use crate::ui::{Format, Ui};

/// Runs a command.
///
/// # Errors
/// Whatever stops the verb.
pub fn run(cli: &Cli, ui: &Ui) -> Result<Outcome, Failure> {
    if ui.format == Format::Markdown && !matches!(cli.command, Command::Diff(_)) {
        return Err(Failure::usage("only `diff` writes Markdown", "use --format text or --format json"));
    }
    match &cli.command {
        Command::Generate { check } => generate::run(&cli.common, *check, ui),
        Command::Check => check::run(&cli.common, ui),
        Command::Diff(arguments) => diff::run(&cli.common, arguments, ui),
        Command::Explain { what, field, unused, environment } => {
            let asked = explain::Asked { what: what.as_deref(), field: field.as_deref(), unused: *unused };
            explain::run(&cli.common, &asked, environment.as_deref(), ui)
        }
        Command::Experiment(command) => experiment::run(&cli.common, command, ui),
        Command::Load(command) => load::run(&cli.common, command, ui),
        Command::Release(command) => release::run(&cli.common, command, ui),
        Command::Init { dir } => init::run(&cli.common, dir, ui),
        Command::Graph { environment } => graph::run(&cli.common, environment.as_deref(), ui),
        Command::Schema { file } => ui.data(&schema(*file)).map(|()| Outcome::Fine),
        Command::Completions { shell } => completions(*shell, ui),
        Command::Man => manual(ui),
    }
}

/// The JSON Schema of a file.
fn schema(file: SchemaFile) -> String {
    match file {
        SchemaFile::Platform => config::json_schema(),
        SchemaFile::Experiment => experiments::json_schema(),
        SchemaFile::Load => loads::json_schema(),
        SchemaFile::Fixture => trial::fixture::json_schema(),
        SchemaFile::Release => releases::json_schema(),
    }
}

fn completions(shell: clap_complete::Shell, ui: &Ui) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ahuora", &mut script);
    ui.data(&String::from_utf8_lossy(&script)).map(|()| Outcome::Fine)
}

fn manual(ui: &Ui) -> Result<Outcome, Failure> {
    let mut page = Vec::new();
    let mut all = Cli::command();
    all.build();
    let render = |command: &clap::Command, page: &mut Vec<u8>| clap_mangen::Man::new(command.clone()).render(page);
    render(&all, &mut page).map_err(Failure::outside("cannot write the manual page"))?;
    ui.data(&String::from_utf8_lossy(&page)).map(|()| Outcome::Fine)
}

/// A repository with its valid configuration.
struct Workspace {
    repository: Repository,
    configuration: Configuration,
    /// The output folder, from the root of the repository, without `./` and closing `/`.
    out: String,
    /// Which permutation of an experiment stands here, where one does: its overrides are part of the configuration.
    lock: Option<Lock>,
    /// The configuration without them.
    unlocked: Option<Configuration>,
}

impl Workspace {
    fn open(common: &Common) -> Result<Self, Failure> {
        Self::with_manifests(common, common.manifests())
    }

    /// With the manifests in this folder, whatever `--out` says.
    fn with_manifests(common: &Common, out: &str) -> Result<Self, Failure> {
        let out = output_folder(out)?;
        let repository = Repository::find(common.repo.as_deref(), &common.config)?;
        let text = effects::read_text(&repository.path(&common.config), &common.config, effects::MAX_CONFIG_BYTES)?;
        let lock = read_lock(&repository)?;
        let overrides = lock.as_ref().map(|lock| (&lock.spec.environment, lock.overrides.as_slice()));
        let configuration =
            config::load_with(&text, overrides).map_err(|problems| configuration_failure(common, problems))?;
        let unlocked = lock.as_ref().map(|_| config::load(&text)).transpose();
        let unlocked = unlocked.map_err(|problems| configuration_failure(common, problems))?;
        Ok(Self { repository, configuration, out, lock, unlocked })
    }
}

/// The lock of a permutation's branch, where one is checked out.
fn read_lock(repository: &Repository) -> Result<Option<Lock>, Failure> {
    let Some(bytes) = repository.read(LOCK)? else { return Ok(None) };
    let read = Lock::read(&String::from_utf8_lossy(&bytes));
    read.map(Some).map_err(|problems| Failure::Configuration { file: LOCK.to_owned(), problems })
}

/// A folder inside the repository, and not the repository itself.
fn output_folder(given: &str) -> Result<String, Failure> {
    let parts: Vec<&str> = given.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if given.starts_with('/') || parts.is_empty() || parts.contains(&"..") {
        let message = format!("--out `{given}` is not a folder inside the repository");
        return Err(Failure::usage(message, "name one from the repository's root, such as `manifests`"));
    }
    Ok(parts.join("/"))
}

fn configuration_failure(common: &Common, problems: Vec<config::Problem>) -> Failure {
    Failure::Configuration { file: common.config.clone(), problems }
}

/// The platform of a named environment.
fn platform<'c>(configuration: &'c Configuration, name: &str) -> Result<&'c Platform, Failure> {
    configuration.platform(name).ok_or_else(|| {
        let known: Vec<&str> = configuration.platforms.iter().map(|one| one.scope.environment.as_str()).collect();
        Failure::usage(
            format!("there is no environment `{name}`"),
            format!("the environments are: {}", known.join(", ")),
        )
    })
}

/// The text of a generated file.
fn text_of(document: &Document) -> Result<String, Failure> {
    document.text().map_err(unwritable(&document.path))
}

/// A failure of the YAML writer.
fn unwritable<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Failure + use<E> {
    let failure = Failure::outside(format!("cannot write {what}"));
    move |error| failure(io::Error::other(error))
}
