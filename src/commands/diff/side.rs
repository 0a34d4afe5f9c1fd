//! What a side of a comparison is, and reading it.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::cli::{Common, DiffArgs};
use crate::commands::{Workspace, configuration_failure, output_folder, text_of};
use crate::diff::Source;
use crate::effects::{self, ManifestFile, Repository};
use crate::error::Failure;
use crate::render;

/// One of the two that are compared.
#[derive(Debug)]
pub(super) enum Side {
    /// What the configuration says now.
    Platform(String),
    /// The output folder on the disk.
    Disk(String),
    /// A folder of a revision.
    Revision { name: String, folder: String },
    /// A file or folder.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// The cluster.
    Cluster,
}

/// The sides that the arguments name.
pub(super) fn sides(common: &Common, arguments: &DiffArgs) -> Result<(Side, Side), Failure> {
    let left = match &arguments.left {
        Some(text) => Side::parse(common, text)?,
        None => Side::Disk(output_folder(common.manifests())?),
    };
    let right = match &arguments.right {
        Some(text) => Side::parse(common, text)?,
        None => Side::Platform(common.config.clone()),
    };
    match (&left, &right) {
        (Side::Stdin, Side::Stdin) => {
            Err(Failure::usage("standard input is one side, it cannot be both", "name a file for the other"))
        }
        (Side::Cluster, Side::Cluster) => {
            Err(Failure::usage("the cluster is one side, it cannot be both", "name what it is compared with"))
        }
        _ => Ok((left, right)),
    }
}

impl Side {
    /// What a word names: what exists as a file is a path, unless a revision has the name too.
    fn parse(common: &Common, text: &str) -> Result<Self, Failure> {
        match text {
            "-" => return Ok(Self::Stdin),
            "cluster" => return Ok(Self::Cluster),
            text if text == common.config => return Ok(Self::Platform(text.to_owned())),
            _ => {}
        }
        let path = Path::new(text);
        let root = root(common);
        let is_revision = !text.starts_with(['.', '/']) && effects::is_revision(&root, text);
        match (path.exists(), is_revision) {
            (true, true) => Err(Failure::usage(
                format!("`{text}` is both a revision and a file"),
                format!("write `./{text}` for the file, `refs/heads/{text}` or `refs/tags/{text}` for the revision"),
            )),
            (true, false) => Ok(Self::Path(path.to_owned())),
            (false, _) if text.starts_with(['.', '/']) => {
                Err(Failure::usage(format!("there is no file or folder {text}"), "name one that exists"))
            }
            (false, _) => {
                let (name, folder) = match text.split_once(':') {
                    Some((name, folder)) => (name, folder.trim_matches('/').to_owned()),
                    None => (text, output_folder(common.manifests())?),
                };
                Ok(Self::Revision { name: name.to_owned(), folder })
            }
        }
    }

    /// Its manifests; what the reader should know is added to the notes.
    pub(super) fn sources(&self, common: &Common, notes: &mut Vec<String>) -> Result<Vec<Source>, Failure> {
        let files = match self {
            Self::Platform(_) => return rendered(common, notes),
            Self::Disk(out) => {
                let repository = Repository::find(common.repo.as_deref(), &common.config)?;
                let folder = repository.path(out);
                if folder.exists() { effects::manifests_of(&folder, out)? } else { Vec::new() }
            }
            Self::Revision { name, folder } => effects::manifests_at(&root(common), name, folder)?,
            Self::Path(path) => effects::manifests_of(path, &path.to_string_lossy())?,
            Self::Stdin => effects::manifests_of_stdin()?,
            // Asked object by object, once it is known for which.
            Self::Cluster => Vec::new(),
        };
        Ok(files.into_iter().map(|ManifestFile { path, text }| Source { path, text }).collect())
    }
}

/// Where git is asked: the repository, else the present folder.
pub(super) fn root(common: &Common) -> PathBuf {
    let found = Repository::find(common.repo.as_deref(), &common.config);
    found.map_or_else(|_| common.repo.clone().unwrap_or_else(|| PathBuf::from(".")), |repository| repository.path(""))
}

/// What the configuration says now, as the files it would become.
fn rendered(common: &Common, notes: &mut Vec<String>) -> Result<Vec<Source>, Failure> {
    let Workspace { configuration, out, .. } = Workspace::open(common)?;
    let source = |document: &crate::tree::Document| -> Result<_, Failure> {
        Ok(Source { path: format!("{out}/{}", document.path), text: text_of(document)? })
    };
    let rendered = render::all(&configuration, &out, |environment| {
        environment.documents().map(source).collect::<Result<Vec<_>, Failure>>()
    })
    .map_err(|problems| configuration_failure(common, problems))?;
    if !rendered.findings.is_empty() {
        let count = rendered.findings.len();
        notes.push(format!("{} has {count} findings, so it would not be written: see `ahuora check`", common.config));
    }
    let mut sources = Vec::new();
    for environment in rendered.environments {
        sources.extend(environment?);
    }
    for document in &rendered.cluster {
        sources.push(source(document)?);
    }
    Ok(sources)
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform(name) => f.write_str(name),
            Self::Disk(out) => f.write_str(out),
            Self::Revision { name, .. } => f.write_str(name),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Stdin => f.write_str("-"),
            Self::Cluster => f.write_str("cluster"),
        }
    }
}
