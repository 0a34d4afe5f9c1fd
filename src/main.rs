//! The program: parse, run, tell, exit code. Everything else is the library's.

use std::process::ExitCode;

use ahuora::cli::Cli;
use ahuora::commands;
use ahuora::ui::Ui;
use clap::Parser as _;
use mimalloc::MiMalloc;

/// Manifests are tens of thousands of small texts: the system's allocator takes half as long again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::new(cli.common.format, cli.common.color);
    match commands::run(&cli, &ui) {
        Ok(outcome) => outcome.code().into(),
        Err(failure) => match ui.failure(&failure) {
            Ok(()) => failure.code().into(),
            Err(silent) => silent.code().into(),
        },
    }
}
