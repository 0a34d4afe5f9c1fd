//! The platform of one environment rendered with other values: what is built once is shared.

use std::collections::HashMap;
use std::sync::Arc;

use super::files::{Digest, File};
use super::memo::Memo;
use crate::check::{self, Checked, Finding};
use crate::config::{Configuration, Override, Overrider, Problem};
use crate::render::{self, Built, Environment};
use crate::tree::Document;
use crate::values::EnvironmentName;

/// The platform as it is, to render variants of.
///
/// A permutation changes the manifests of its environment alone: what shows the platform elsewhere (Compose, the
/// picture in the README) stays that of the base.
#[derive(Debug)]
pub struct Base<'c> {
    configuration: &'c Configuration,
    environment: &'c EnvironmentName,
    out: &'c str,
    rendered: Environment,
    checked: Checked,
    others: Vec<Checked>,
    /// The files of each component of `rendered`, by the address of its documents, which `rendered` keeps alive.
    known: HashMap<usize, Part>,
    /// The same files by their path below `out`.
    by_path: HashMap<String, File>,
}

/// The files of one component.
pub type Part = Arc<Vec<File>>;

/// The files of one rendering.
#[derive(Debug, Clone)]
pub struct Variant {
    parts: Vec<Part>,
}

impl Variant {
    /// Its files; those of one component stand together.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    /// The digest of all that its files say.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // The files of a component stand in a folder of its own, sorted: sorting the folders is enough.
        let mut parts: Vec<&Part> = self.parts.iter().collect();
        parts.sort_unstable_by_key(|part| part.first().map(|file| &file.path));
        let mut files: Vec<(&str, Digest)> =
            parts.into_iter().flat_map(|part| part.iter()).map(|file| (&*file.path, file.digest)).collect();
        if !files.is_sorted() {
            files.sort_unstable();
        }
        Digest::of_files(files)
    }

    /// The components' files that another variant does not share with this one: those here, and those there.
    #[must_use]
    pub fn unshared<'a>(&'a self, other: &'a Self) -> (Vec<&'a Part>, Vec<&'a Part>) {
        let without = |own: &'a Self, known: &Self| -> Vec<&'a Part> {
            own.parts.iter().filter(|part| known.parts.iter().all(|other| !Arc::ptr_eq(part, other))).collect()
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
        let none = HashMap::new();
        let (mut known, mut by_path) = (HashMap::new(), HashMap::new());
        for documents in rendered.parts() {
            let files = files(documents, out, &none);
            let below = |file: &File| file.path.get(out.len() + 1..).unwrap_or_default().to_owned();
            by_path.extend(files.iter().map(|file| (below(file), file.clone())));
            known.insert(Arc::as_ptr(documents).addr(), files);
        }
        let others = others.collect::<Result<_, Vec<Problem>>>()?;
        let checked = check::environment(&rendered);
        Ok(Self { configuration, environment, out, rendered, checked, others, known, by_path })
    }

    /// The platform without any change.
    #[must_use]
    pub fn unchanged(&self) -> Variant {
        let parts = self.rendered.parts().filter_map(|documents| self.known.get(&Arc::as_ptr(documents).addr()));
        Variant { parts: parts.cloned().collect() }
    }

    /// Renders variants; their values must live as long as it does.
    #[must_use]
    pub fn renderer<'b, 'o>(&'b self) -> Renderer<'b, 'o> {
        Renderer {
            base: self,
            overrider: self.configuration.overrider(self.environment).sharing(&self.rendered.platform),
            built: Built::default(),
            files: Memo::default(),
        }
    }

    fn findings(&self, environment: &Environment) -> Vec<Finding> {
        let checked = self.others.iter().cloned().chain([check::again(environment, &self.checked)]).collect();
        let mut findings = check::conclude(self.configuration, checked);
        // A waiver that this variant does not need may be needed by the platform as it is.
        findings.retain(|finding| finding.rule != "waiver");
        findings
    }
}

/// Renders variants of one environment: blocks, components and files that several have are made once.
#[derive(Debug)]
pub struct Renderer<'b, 'o> {
    base: &'b Base<'b>,
    overrider: Overrider<'b, 'o>,
    built: Built,
    files: Memo<Vec<Document>, Part>,
}

impl<'o> Renderer<'_, 'o> {
    /// The platform with overrides.
    ///
    /// # Errors
    /// Every problem, with the place of the override that causes it.
    pub fn with(&self, overrides: &[Override<'o>]) -> Result<Variant, Vec<Problem>> {
        Ok(self.variant(&self.environment(overrides)?))
    }

    /// The platform with overrides, and what of it would not work on the cluster.
    ///
    /// # Errors
    /// As [`Renderer::with`].
    pub fn checked(&self, overrides: &[Override<'o>]) -> Result<(Variant, Vec<Finding>), Vec<Problem>> {
        let environment = self.environment(overrides)?;
        Ok((self.variant(&environment), self.base.findings(&environment)))
    }

    fn environment(&self, overrides: &[Override<'o>]) -> Result<Environment, Vec<Problem>> {
        self.base.rendered.again_with(self.overrider.platform(overrides)?, &self.built)
    }

    fn variant(&self, environment: &Environment) -> Variant {
        let of = |documents: &Arc<Vec<Document>>| {
            let known = self.base.known.get(&Arc::as_ptr(documents).addr()).cloned();
            known.unwrap_or_else(|| self.files.get(documents, || files(documents, self.base.out, &self.base.by_path)))
        };
        Variant { parts: environment.parts().map(of).collect() }
    }
}

/// The files of the documents of one component; a document that says what a known file says is that file.
fn files(documents: &[Document], out: &str, known: &HashMap<String, File>) -> Part {
    let file = |document: &Document| match known.get(&document.path) {
        Some(known) if known.value == document.value => known.clone(),
        _ => File::new([out, "/", &document.path].concat(), Arc::clone(&document.value)),
    };
    let mut files: Vec<File> = documents.iter().map(file).collect();
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Arc::new(files)
}
