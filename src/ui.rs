//! The only room that prints: data to stdout, talk to stderr.

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::config::Problem;
use crate::error::Failure;

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON document.
    Json,
    /// For pull requests: the form of `diff` alone.
    Markdown,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The printer.
pub struct Ui {
    /// How data is written.
    pub format: Format,
    choice: ColorChoice,
    /// Whether the last line on stderr is one that is written over.
    is_rewritten: Cell<bool>,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();
const FINDING: Style = AnsiColor::Yellow.on_default().bold();

impl Ui {
    /// A printer.
    #[must_use]
    pub const fn new(format: Format, color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { format, choice, is_rewritten: Cell::new(false) }
    }

    /// Writes data to stdout.
    ///
    /// # Errors
    /// When the disk behind stdout refuses; a closed pipe is nobody listening.
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        // Text without colours need not be searched for them, byte by byte.
        let written = if text.contains('\x1b') {
            AutoStream::new(&mut out, self.choice).write_all(text.as_bytes())
        } else {
            out.write_all(text.as_bytes())
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::outside("cannot write to stdout")(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes one JSON document to stdout.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| Failure::outside("cannot write JSON")(error.into()))?;
        self.data(&(text + "\n"))
    }

    /// Says something on stderr; a closed stderr is nobody listening.
    pub fn status(&self, text: &str) {
        if self.is_rewritten.replace(false) {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
        let mut err = AutoStream::new(io::stderr().lock(), self.choice);
        let _ = writeln!(err, "{text}");
    }

    /// Whether a person looks at stderr, so that a line may be written over.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Says how far something is, over what was said so before; the next word of [`Ui::status`] takes its place.
    pub fn progress(&self, text: &str) {
        self.is_rewritten.set(true);
        let mut err = io::stderr().lock();
        let _ = write!(err, "\r{text}\x1b[K").and_then(|()| err.flush());
    }

    /// A finding's heading, marked for the eye.
    #[must_use]
    pub fn heading(text: &str) -> String {
        format!("{FINDING}{text}{FINDING:#}")
    }

    /// Tells why a verb stopped: every problem with its place, and what to do next.
    ///
    /// # Errors
    /// As [`Ui::data`].
    pub fn failure(&self, failure: &Failure) -> Result<(), Failure> {
        if self.format == Format::Json {
            return self.json(&FailureJson::of(failure));
        }
        for (file, problem) in problems(failure) {
            self.status(&format!("{ERROR}error{ERROR:#}: {}", located(file, problem)));
        }
        self.status(&format!("{ERROR}error{ERROR:#}: {failure}"));
        self.status(&format!("{HINT}hint{HINT:#}: {}", hint(failure)));
        Ok(())
    }
}

/// Every problem with its file.
fn problems(failure: &Failure) -> Vec<(&str, &Problem)> {
    match failure {
        Failure::Configuration { file, problems } => problems.iter().map(|problem| (file.as_str(), problem)).collect(),
        Failure::Manifests(problems) => problems.iter().map(|(file, problem)| (file.as_str(), problem)).collect(),
        Failure::Usage { .. } | Failure::Stopped { .. } | Failure::Outside { .. } => Vec::new(),
    }
}

/// What to do next.
fn hint(failure: &Failure) -> &str {
    match failure {
        Failure::Usage { hint, .. } | Failure::Stopped { hint, .. } => hint,
        Failure::Configuration { file, .. } if file == "experiments/load/fixture.yaml" => {
            "nothing was done; `ahuora schema fixture` describes every key"
        }
        Failure::Configuration { file, .. } if file.starts_with("experiments/load/") => {
            "nothing was written; `ahuora schema load` describes every key"
        }
        Failure::Configuration { file, .. } if file.starts_with("experiments/") => {
            "nothing was written; `ahuora schema experiment` describes every key"
        }
        Failure::Configuration { .. } => "nothing was written; `ahuora schema platform` describes every key",
        Failure::Manifests(_) => "mend these documents, or leave their files out",
        Failure::Outside { .. } => "mend that and run the same command again",
    }
}

/// `file:line:column: path: message`
fn located(file: &str, problem: &Problem) -> String {
    let place = problem.at.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
    let path = if problem.path.is_empty() { String::new() } else { format!("{}: ", problem.path) };
    format!("{file}{place}: {path}{}", problem.message)
}

#[derive(Serialize)]
struct FailureJson<'a> {
    error: String,
    hint: &'a str,
    exit_code: u8,
    problems: Vec<ProblemJson<'a>>,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
    path: &'a str,
    message: &'a str,
}

impl<'a> FailureJson<'a> {
    fn of(failure: &'a Failure) -> Self {
        let problem = |(file, problem): (&'a str, &'a Problem)| ProblemJson {
            file,
            line: problem.at.map(|at| at.line),
            column: problem.at.map(|at| at.column),
            path: &problem.path,
            message: &problem.message,
        };
        let problems = problems(failure).into_iter().map(problem).collect();
        Self { error: failure.to_string(), hint: hint(failure), exit_code: failure.code(), problems }
    }
}
