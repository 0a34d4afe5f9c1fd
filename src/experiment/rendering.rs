//! The platform of one environment rendered with other values: what is built once is shared.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::files::{Digest, File};
use crate::check::{self, Checked, Finding};
use crate::config::{Configuration, Override, Problem};
use crate::manifest::compose;
use crate::platform::Platform;
use crate::render::{self, Environment};
use crate::tree::{Document, HEADER};
use crate::values::EnvironmentName;
use crate::yaml::{WriteError, to_text};

/// Path of the Compose file, from the root of the repository.
const COMPOSE: &str = "compose.yaml";

/// The platform as it is, to render variants of.
#[derive(Debug)]
pub struct Base<'c> {
    configuration: &'c Configuration,
    environment: &'c EnvironmentName,
    out: &'c str,
    rendered: Environment,
    others: Vec<Checked>,
    /// The files of each component of `rendered`, by the address of its documents, which `rendered` keeps alive.
    known: HashMap<usize, Arc<Vec<File>>>,
}

/// The files of one rendering.
#[derive(Debug, Clone)]
pub struct Variant {
    parts: Vec<Arc<Vec<File>>>,
    /// What would not work on the cluster.
    pub findings: Vec<Finding>,
}

impl Variant {
    /// Its files; those that belong together stand together.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// The digest of all that its files say.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut files: Vec<(&str, Digest)> = self.files().map(|file| (&*file.path, file.digest)).collect();
        files.sort_unstable();
        Digest::of_files(files)
    }

    /// The files that another variant does not share with this one: those here, and those there.
    #[must_use]
    pub fn unshared<'a>(&'a self, other: &'a Self) -> (Vec<&'a File>, Vec<&'a File>) {
        let without = |own: &'a Self, known: &Self| -> Vec<&'a File> {
            let alone = |part: &&Arc<Vec<File>>| known.parts.iter().all(|other| !Arc::ptr_eq(part, other));
            own.parts.iter().filter(alone).flat_map(|part| part.iter()).collect()
        };
        (without(self, other), without(other, self))
    }
}

impl<'c> Base<'c> {
    /// The platform of an environment. `out` is the folder of manifests.
    ///
    /// # Errors
    /// Every problem: an environment that does not exist, or a patch that cannot be applied.
    pub fn of(
        configuration: &'c Configuration,
        environment: &'c EnvironmentName,
        out: &'c str,
    ) -> Result<Self, Vec<Problem>> {
        let platform = configuration.overridden(environment, &[])?;
        let others = configuration.platforms.iter().filter(|platform| platform.scope.environment != *environment);
        let others = others.map(|platform| Ok(check::environment(&render::environment(platform)?)));
        let rendered = render::environment(&platform)?;
        let known = rendered.parts().map(|documents| (Arc::as_ptr(documents).addr(), files(documents, out))).collect();
        let others = others.collect::<Result<_, Vec<Problem>>>()?;
        Ok(Self { configuration, environment, out, rendered, others, known })
    }

    /// The platform without any change.
    #[must_use]
    pub fn unchanged(&self) -> Variant {
        self.variant(&self.rendered)
    }

    /// The platform with overrides.
    ///
    /// # Errors
    /// Every problem, with the place of the override that causes it.
    pub fn with(&self, overrides: &[Override<'_>]) -> Result<Variant, Vec<Problem>> {
        let platform = self.configuration.overridden(self.environment, overrides)?;
        Ok(self.variant(&self.rendered.again(platform)?))
    }

    fn variant(&self, environment: &Environment) -> Variant {
        let mut parts: Vec<Arc<Vec<File>>> = environment.parts().map(|documents| self.files(documents)).collect();
        if let Some(files) = self.compose(&environment.platform) {
            parts.push(Arc::new(files));
        }
        let checked = self.others.iter().cloned().chain([check::environment(environment)]).collect();
        let mut findings = check::conclude(self.configuration, checked);
        // A waiver that this variant does not need may be needed by the platform as it is.
        findings.retain(|finding| finding.rule != "waiver");
        Variant { parts, findings }
    }

    fn files(&self, documents: &Arc<Vec<Document>>) -> Arc<Vec<File>> {
        let known = self.known.get(&Arc::as_ptr(documents).addr());
        known.map_or_else(|| files(documents, self.out), Arc::clone)
    }

    /// The Compose file and the file that it mounts, where they show this environment.
    fn compose(&self, platform: &Platform) -> Option<Vec<File>> {
        let spec = self.configuration.operations.compose.as_ref()?;
        if spec.environment != *self.environment {
            return None;
        }
        let (value, ini) = compose::value(platform, spec, self.out);
        let ini = ini.map(|text| File::new([self.out, "/", compose::INI_FILE].concat(), Value::String(text)));
        Some([File::new(COMPOSE, value)].into_iter().chain(ini).collect())
    }
}

/// The files of the documents of one component.
fn files(documents: &[Document], out: &str) -> Arc<Vec<File>> {
    let file = |document: &Document| File::new([out, "/", &document.path].concat(), document.value.clone());
    Arc::new(documents.iter().map(file).collect())
}

impl File {
    /// The text of the file, with its header.
    ///
    /// # Errors
    /// When the YAML writer refuses a value.
    pub fn text(&self) -> Result<String, WriteError> {
        match &self.value {
            Value::String(ini) => Ok(HEADER.replacen('#', ";", 1) + ini),
            value => Ok([HEADER, &to_text(value)?].concat()),
        }
    }
}
