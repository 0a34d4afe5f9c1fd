//! The whole way from a valid configuration to documents and findings: build, patch, check.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::check::{self, Alone, Checked, Finding, Touched};
use crate::config::{Configuration, Problem};
use crate::manifest;
use crate::parallel;
use crate::patch;
use crate::platform::{Component, Platform};
use crate::tree::{Document, ResourceId};

/// One environment with its documents, patched.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The platform they were built from.
    pub platform: Platform,
    parts: Vec<Part>,
    touched: Touched,
}

/// The documents of one component; shared between renderings while the component stays the same.
#[derive(Debug, Clone)]
struct Part {
    component: Arc<Component>,
    documents: Arc<Vec<Document>>,
    patched: BTreeSet<usize>,
    /// What they say by themselves.
    alone: Arc<Alone>,
    /// Of a variant: the rules that read what the component differs in.
    touched: Touched,
}

impl Environment {
    /// Its resources, component by component.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.parts.iter().flat_map(|part| part.documents.iter())
    }

    /// What the resources of each component say by themselves.
    pub(crate) fn alone(&self) -> impl Iterator<Item = &Alone> {
        self.parts.iter().map(|part| &*part.alone)
    }

    /// Of a variant ([`Environment::again`]): the rules that read something in which it differs from what it was made
    /// of; of any other, all.
    pub(crate) const fn touched(&self) -> Touched {
        self.touched
    }

    /// Its resources, those of one component together; renderings that share a component share its list.
    pub fn parts(&self) -> impl Iterator<Item = &Arc<Vec<Document>>> {
        self.parts.iter().map(|part| &part.documents)
    }

    /// Renders a changed platform again: only components that changed are built; the others are shared.
    ///
    /// # Errors
    /// As [`environment`].
    pub fn again(&self, platform: Platform) -> Result<Self, Vec<Problem>> {
        if !self.same_ground(&platform) {
            return assemble(platform, None, |_| None);
        }
        assemble(platform, Some(self), |component| self.known(component))
    }

    /// [`Environment::again`], where components that were built for other variants of the environment are shared too.
    ///
    /// # Errors
    /// As [`environment`].
    pub fn again_with(&self, platform: Platform, built: &Built) -> Result<Self, Vec<Problem>> {
        if !self.same_ground(&platform) {
            return assemble(platform, None, |_| None);
        }
        let known = |component: &Arc<Component>| self.known(component).or_else(|| built.get(component));
        let environment = assemble(platform, Some(self), known)?;
        environment.parts.iter().filter(|part| !self.has(part)).for_each(|part| built.keep(part));
        Ok(environment)
    }

    fn known(&self, component: &Arc<Component>) -> Option<Part> {
        let part = self.part(component.name())?;
        (part.component == *component).then(|| Part { touched: Touched::NONE, ..part.clone() })
    }

    fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.component.name() == name)
    }

    /// What components are built on, and checked with, besides themselves.
    fn same_ground(&self, platform: &Platform) -> bool {
        let own = &self.platform;
        platform.scope == own.scope && platform.patches == own.patches && platform.secrets == own.secrets
    }

    fn has(&self, part: &Part) -> bool {
        self.parts.iter().any(|own| Arc::ptr_eq(&own.documents, &part.documents))
    }

    /// What another rendering of the environment does not share with this one: the documents of those components
    /// here, and there.
    #[must_use]
    pub fn unshared<'a>(&'a self, other: &'a Self) -> (Vec<&'a Document>, Vec<&'a Document>) {
        let without = |own: &'a Self, known: &Self| {
            let is_shared =
                |part: &&Part| known.parts.iter().any(|other| Arc::ptr_eq(&part.documents, &other.documents));
            own.parts.iter().filter(move |part| !is_shared(part)).flat_map(|part| part.documents.iter()).collect()
        };
        (without(self, other), without(other, self))
    }

    /// How many components two renderings share.
    #[must_use]
    pub fn shared_components(&self, other: &Self) -> usize {
        let shared = |part: &&Part| other.parts.iter().any(|theirs| Arc::ptr_eq(&part.documents, &theirs.documents));
        self.parts.iter().filter(shared).count()
    }
}

#[cfg(test)]
impl Environment {
    /// A variant in which one resource says something else, as if its component had been built so.
    pub(crate) fn with_value(&self, document: &Document, value: &serde_json::Value) -> Self {
        let mut parts = self.parts.clone();
        for part in &mut parts {
            part.touched = Touched::NONE;
            if let Some(index) = part.documents.iter().position(|own| own.id == document.id) {
                let old = Arc::clone(&part.documents);
                let mut documents = (*old).clone();
                documents.iter_mut().skip(index).take(1).for_each(|own| own.value = value.clone().into());
                part.touched = check::touched((&part.component, &old), (&part.component, &documents));
                part.alone = Arc::new(Alone::of(&documents));
                part.documents = Arc::new(documents);
            }
        }
        let touched = parts.iter().fold(Touched::NONE, |all, part| all.and(part.touched));
        Self { platform: self.platform.clone(), parts, touched }
    }
}

/// Components that were built for variants of one environment, to be shared by further ones.
#[derive(Debug, Default)]
pub struct Built(Mutex<HashMap<BuiltKey, Vec<Part>>>);

/// Name of a component, and the address of its specification.
type BuiltKey = (String, Option<usize>);

impl Built {
    /// More components than this are not kept: where none comes twice, keeping them only costs memory.
    const MOST: usize = 256;

    /// Components of one name whose specification is at one address differ at most in what they are linked to.
    fn key(component: &Component) -> BuiltKey {
        (component.name().to_owned(), component.address())
    }

    fn get(&self, component: &Arc<Component>) -> Option<Part> {
        let built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        built.get(&Self::key(component))?.iter().find(|part| part.component == *component).cloned()
    }

    fn keep(&self, part: &Part) {
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if built.len() >= Self::MOST {
            built.clear();
        }
        let parts = built.entry(Self::key(&part.component)).or_default();
        // The component itself is kept, so its address is not used again.
        if parts.iter().all(|own| own.component != part.component) {
            parts.push(part.clone());
        }
    }
}

/// Builds and patches one environment.
///
/// # Errors
/// Every patch that cannot be applied, or whose result the target's type refuses.
pub fn environment(platform: &Platform) -> Result<Environment, Vec<Problem>> {
    assemble(platform.clone(), None, |_| None)
}

/// Builds what is not known; `before` is what the platform is a variant of.
fn assemble(
    mut platform: Platform,
    before: Option<&Environment>,
    known: impl Fn(&Arc<Component>) -> Option<Part>,
) -> Result<Environment, Vec<Problem>> {
    let (mut parts, mut problems) = (Vec::new(), Vec::new());
    for component in &platform.components {
        if let Some(part) = known(component) {
            parts.push(part);
            continue;
        }
        let mut documents = manifest::component(&platform.scope, component);
        match patch::apply(Some(&platform.scope.environment), &mut documents, &platform.patches) {
            Ok(patched) => {
                let old = before.and_then(|before| before.part(component.name()));
                if let Some(old) = old {
                    share(&mut documents, &old.documents);
                }
                let touched = old.map_or(Touched::ALL, |old| {
                    check::touched((&old.component, &old.documents), (component, &documents))
                });
                let alone = Arc::new(Alone::of(&documents));
                let (component, documents) = (Arc::clone(component), Arc::new(documents));
                parts.push(Part { component, documents, patched, alone, touched });
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // Equal components are one from here on.
    platform.components = parts.iter().map(|part| Arc::clone(&part.component)).collect();
    let same_number = before.is_some_and(|before| before.parts.len() == parts.len());
    let of_parts = || parts.iter().fold(Touched::NONE, |all, part: &Part| all.and(part.touched));
    let touched = if same_number { of_parts() } else { Touched::ALL };
    Ok(Environment { platform, parts, touched })
}

/// What documents say as others of their path do becomes one with those, so that it is held once.
fn share(documents: &mut [Document], known: &[Document]) {
    for document in documents {
        let same = known.iter().find(|known| known.path == document.path && known.value == document.value);
        if let Some(same) = same {
            document.value = Arc::clone(&same.value);
        }
    }
}

/// What was kept of a rendered configuration.
#[derive(Debug, Clone)]
pub struct Rendered<K> {
    /// What was kept of each environment, by name.
    pub environments: Vec<K>,
    /// What belongs to no environment.
    pub cluster: Vec<Document>,
    /// Findings that no waiver accepts.
    pub findings: Vec<Finding>,
}

/// Renders a configuration, environment by environment: each is built, patched, checked, handed to `keep`
/// and forgotten, so that memory does not grow with their number. `out` is the folder that Argo CD syncs.
///
/// # Errors
/// Every problem with a patch.
pub fn all<K: Send>(
    configuration: &Configuration,
    out: &str,
    keep: impl Fn(&Environment) -> K + Sync,
) -> Result<Rendered<K>, Vec<Problem>> {
    let results = parallel::map(&configuration.platforms, |platform| {
        let environment = environment(platform)?;
        let patched = environment.parts.iter().flat_map(|part| part.patched.iter().copied()).collect();
        Ok(One { kept: keep(&environment), checked: check::environment(&environment), patched })
    });
    let (mut kept, mut checked, mut patched, mut problems) = (Vec::new(), Vec::new(), BTreeSet::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => {
                kept.push(one.kept);
                checked.push(one.checked);
                patched.extend(one.patched);
            }
            Err(found) => problems.extend::<Vec<Problem>>(found),
        }
    }
    let patches = configuration.platforms.first().map(|platform| platform.patches.as_slice()).unwrap_or_default();
    let mut cluster = manifest::cluster(configuration, out);
    match patch::apply(None, &mut cluster, patches) {
        Ok(found) => patched.extend(found),
        Err(found) => problems.extend(found),
    }
    if problems.is_empty() && patched.len() < patches.len() {
        problems = patch::without_target(configuration, &patched, &identities(configuration, &cluster)?);
    }
    if !problems.is_empty() {
        return Err(configuration.located(problems));
    }
    Ok(Rendered { environments: kept, cluster, findings: check::conclude(configuration, checked) })
}

/// Builds and patches what belongs to no environment. `out` is the folder that Argo CD syncs.
///
/// # Errors
/// As [`environment`].
pub fn cluster(configuration: &Configuration, out: &str) -> Result<Vec<Document>, Vec<Problem>> {
    let patches = configuration.platforms.first().map(|platform| platform.patches.as_slice()).unwrap_or_default();
    let mut documents = manifest::cluster(configuration, out);
    patch::apply(None, &mut documents, patches).map(|_| documents)
}

/// What one environment leaves behind.
struct One<K> {
    kept: K,
    checked: Checked,
    patched: BTreeSet<usize>,
}

/// Every resource that is generated, for telling which one a patch may have meant.
fn identities(configuration: &Configuration, cluster: &[Document]) -> Result<BTreeSet<ResourceId>, Vec<Problem>> {
    let mut known: BTreeSet<ResourceId> = cluster.iter().map(|document| document.id.clone()).collect();
    for platform in &configuration.platforms {
        known.extend(environment(platform)?.documents().map(|document| document.id.clone()));
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
