//! The way to the repository on GitHub.

use crate::cli::Common;
use crate::commands::Workspace;
use crate::effects::github::{Connection, Settings, Variables, variables};
use crate::error::Failure;

/// A connection, and the name of the repository: the one that is named, else that of the surroundings.
pub(in crate::commands) fn connect(common: &Common, named: Option<&String>) -> Result<(Connection, String), Failure> {
    let variables = variables()?;
    let repository = repository(common, named, &variables)?;
    Ok((Connection::open(Settings::of(variables)?)?, repository))
}

/// The repository that is named, else that of the environment, else that of `platform.yaml`.
fn repository(common: &Common, named: Option<&String>, variables: &Variables) -> Result<String, Failure> {
    let hint = "name it with --repository OWNER/NAME";
    if let Some(named) = named.or(variables.repository.as_ref()) {
        let checked = checked(named);
        return checked.ok_or_else(|| Failure::usage(format!("`{named}` is no repository on GitHub"), hint));
    }
    let url = Workspace::open(common)?.configuration.operations.argo_cd.repository.to_string();
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let path = path.trim_end_matches('/');
    checked(path.strip_suffix(".git").unwrap_or(path)).ok_or_else(|| {
        Failure::usage(format!("argo-cd.repository of {}, {url}, is none of GitHub", common.config), hint)
    })
}

/// `OWNER/NAME`, and nothing that means something in a path.
fn checked(name: &str) -> Option<String> {
    let (owner, repository) = name.split_once('/')?;
    let plain = |part: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && part.len() <= 100 && part.chars().all(fits) && part != "." && part != ".."
    };
    (plain(owner) && plain(repository)).then(|| name.to_owned())
}

/// A time in words: `2 h 5 min`.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}
