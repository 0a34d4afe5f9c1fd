//! Everything that is generated for one environment and for none, to compare with.

use std::sync::Arc;

use serde_json::{Value, json};

use super::vary::{Move, compare};
use crate::config::{Configuration, Edit, Problem};
use crate::manifest::{self, CLUSTER, compose};
use crate::platform::Platform;
use crate::render::{self, Environment};
use crate::tree::{Document, ResourceId};
use crate::values::EnvironmentName;

/// Path of the Compose file, from the root of the repository.
pub const COMPOSE: &str = "compose.yaml";

/// Which documents are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Those of the environment.
    pub environment: bool,
    /// Those of no environment.
    pub cluster: bool,
    /// The Compose benchmark, where there is one.
    pub compose: bool,
}

impl Parts {
    /// All of them.
    pub const ALL: Self = Self { environment: true, cluster: true, compose: true };
}

/// The generated documents of a configuration.
#[derive(Debug)]
pub struct Documents<'c> {
    pub(super) configuration: &'c Configuration,
    out: &'c str,
    name: &'c EnvironmentName,
    parts: Parts,
    environment: Environment,
    cluster: Vec<Document>,
    compose: Vec<Document>,
}

/// Who makes a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker<'d> {
    /// The component.
    pub component: &'d str,
    /// Its builder: a file of `src/manifest/`, without the ending.
    pub builder: &'static str,
}

impl<'c> Documents<'c> {
    /// Renders the parts that are looked at. `out` is the folder of manifests.
    ///
    /// # Errors
    /// Every problem with a patch.
    pub fn of(
        configuration: &'c Configuration,
        out: &'c str,
        platform: &'c Platform,
        parts: Parts,
    ) -> Result<Self, Vec<Problem>> {
        let name = &platform.scope.environment;
        let environment = render::environment(platform)?;
        let cluster = if parts.cluster { render::cluster(configuration, out)? } else { Vec::new() };
        let compose = if parts.compose { compose_documents(configuration, out) } else { Vec::new() };
        Ok(Self { configuration, out, name, parts, environment, cluster, compose })
    }

    /// The documents of the parts that are looked at.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        let environment = self.environment.documents().filter(|_| self.parts.environment);
        environment.chain(&self.cluster).chain(&self.compose)
    }

    /// The file of a document, from the root of the repository.
    #[must_use]
    pub fn file(&self, document: &Document) -> String {
        if document.path == COMPOSE { COMPOSE.to_owned() } else { [self.out, "/", &document.path].concat() }
    }

    /// Who makes a document.
    #[must_use]
    pub fn maker<'d>(&self, document: &'d Document) -> Maker<'d> {
        let mut folders = document.path.split('/');
        let (folder, component) = (folders.next().unwrap_or_default(), folders.next().unwrap_or_default());
        let known = || self.environment.platform.components.iter().find(|one| one.name() == component);
        let (component, builder) = match folder {
            CLUSTER if component == "monitoring" => (component, "monitoring"),
            CLUSTER => (component, "argo_cd"),
            folder if folder == self.name.as_str() => {
                (component, known().map_or("service", |one| manifest::builder(one)))
            }
            _ => ("compose", "compose"),
        };
        Maker { component, builder }
    }

    /// What moves with changes of the file. They stand in one environment or in none; `renamed` is the new name of
    /// the environment, where that is what changes.
    pub(super) fn moves(
        &self,
        edits: &[Edit],
        environment: Option<&str>,
        renamed: Option<EnvironmentName>,
    ) -> Result<Vec<Move>, Vec<Problem>> {
        let theirs = environment.and_then(|name| EnvironmentName::new(name).ok()).filter(|name| name != self.name);
        let is_ours = theirs.is_none();
        let name = renamed.or(theirs).unwrap_or_else(|| self.name.clone());
        let mut wanted = vec![&name];
        let compose = self.configuration.operations.compose.as_ref().map(|spec| &spec.environment);
        wanted.extend(compose.filter(|other| self.parts.compose && **other != name && is_ours));
        let varied = self.configuration.varied(edits, &wanted)?;
        let mut moves = Vec::new();
        let platform = varied.platform(name.as_str());
        if let Some(platform) = platform.filter(|_| is_ours) {
            let again = self.environment.again(platform.clone())?;
            if self.parts.environment {
                let (before, after) = self.environment.unshared(&again);
                self.compare(&before, &after, &mut moves);
            }
        }
        if self.parts.cluster && !same_for_cluster(self.configuration, &varied) {
            self.compare(&all(&self.cluster), &all(&render::cluster(&varied, self.out)?), &mut moves);
        }
        if self.parts.compose && !same_for_compose(self.configuration, &varied) {
            self.compare(&all(&self.compose), &all(&compose_documents(&varied, self.out)), &mut moves);
        }
        Ok(moves)
    }

    fn compare(&self, before: &[&Document], after: &[&Document], moves: &mut Vec<Move>) {
        compare(before, after, |document| self.file(document), moves);
    }
}

fn all(documents: &[Document]) -> Vec<&Document> {
    documents.iter().collect()
}

/// Whether what belongs to no environment must be the same: it is built from nothing else.
fn same_for_cluster(one: &Configuration, other: &Configuration) -> bool {
    let patches = |all: &Configuration| all.platforms.first().map(|platform| platform.patches.clone());
    let pairs = one.platforms.iter().zip(&other.platforms);
    one.operations == other.operations
        && one.platforms.len() == other.platforms.len()
        && pairs
            .map(|(one, other)| (&one.scope, &other.scope))
            .all(|(one, other)| (&one.environment, &one.namespace) == (&other.environment, &other.namespace))
        && patches(one) == patches(other)
}

/// Whether the Compose file must be the same: it is built from nothing else.
fn same_for_compose(one: &Configuration, other: &Configuration) -> bool {
    match (one.compose(), other.compose()) {
        (Some((spec, before)), Some((other, after))) => {
            spec == other
                && before.scope.platform == after.scope.platform
                && before.components.len() == after.components.len()
                && before.components.iter().zip(&after.components).all(|(one, other)| Arc::ptr_eq(one, other))
        }
        _ => false,
    }
}

/// The Compose file and the file it mounts, as documents.
fn compose_documents(configuration: &Configuration, out: &str) -> Vec<Document> {
    let Some((spec, platform)) = configuration.compose() else { return Vec::new() };
    let document = |path: &str, name: &str, kind: &str, value: Value| {
        let id = ResourceId { group: String::new(), kind: kind.to_owned(), namespace: None, name: name.to_owned() };
        Document { path: path.to_owned(), id, value: value.into() }
    };
    let (compose, ini) = compose::value(platform, spec, out);
    let mut documents = vec![document(COMPOSE, COMPOSE, "Compose", compose)];
    let name = compose::INI_FILE.rsplit('/').next().unwrap_or_default();
    documents.extend(ini.map(|text| document(compose::INI_FILE, name, "File", json!({name: text}))));
    documents
}
