//! What is released, as `release.yaml` or the block `releases` of `platform.yaml` says.

use semver::Version;

use super::tag::Tags;
use crate::config::{self, Problem, suggestion};
use crate::spec::{ReleasesSpec, Unconventional, VersionPolicy};
use crate::values::{Channel, ComponentName, SourcePath};

/// Where the repository of the sources says how its components are released, from its root.
pub const FILE: &str = "release.yaml";

/// How components get their versions, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Branch on which stable versions are cut.
    pub branch: String,
    /// What a commit does whose message is not conventional, or whose type is not known.
    pub unconventional: Unconventional,
    /// What is released, by name.
    pub components: Vec<Component>,
}

/// A component that is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: ComponentName,
    /// Files and folders of which it is made.
    pub paths: Vec<SourcePath>,
    /// How its tags are written.
    pub tags: Tags,
    /// Its channel of prereleases.
    pub channel: Channel,
    /// What a commit does to its version.
    pub policy: VersionPolicy,
    /// Version of its first release.
    pub first: Version,
}

impl Settings {
    /// Reads `release.yaml`.
    ///
    /// # Errors
    /// Every problem of the text, each with its place and a sentence.
    pub fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let (spec, _): (ReleasesSpec, _) = config::file(text)?;
        Self::of(&spec, "")
    }

    /// What a block says, that stands at a path of its file.
    ///
    /// # Errors
    /// Every problem; their places are those of their paths.
    pub fn of(spec: &ReleasesSpec, path: &str) -> Result<Self, Vec<Problem>> {
        let within = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let problem = |key: &str, message: String| Problem { at: None, path: within(key), message };
        let mut problems = Vec::new();
        if spec.components.is_empty() {
            problems.push(problem("components", "is empty: name what is released, and of which paths".to_owned()));
        }
        let mut components: Vec<Component> = Vec::new();
        for (name, own) in &spec.components {
            let tags = Tags::new(own.tag.as_ref().unwrap_or(&spec.tag), name.as_str());
            let key = format!("components.{name}");
            if own.paths.is_empty() {
                problems.push(problem(&format!("{key}.paths"), "is empty: name its files or folders".to_owned()));
            }
            if let Some(other) = components.iter().find(|other| other.tags == tags) {
                let message =
                    format!("has the tags of {}: write {{component}} into `tag`, or a `tag` of its own", other.name);
                problems.push(problem(&key, message));
            }
            let first = own.first.unwrap_or(spec.first);
            components.push(Component {
                name: name.clone(),
                paths: own.paths.clone(),
                tags,
                channel: own.channel.as_ref().unwrap_or(&spec.channel).clone(),
                policy: own.policy.unwrap_or(spec.policy),
                first: Version::new(first.major, first.minor, first.patch),
            });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { branch: spec.branch.clone(), unconventional: spec.unconventional, components })
    }

    /// The component of a name.
    ///
    /// # Errors
    /// A sentence that names what there is.
    pub fn component(&self, name: &str) -> Result<&Component, String> {
        let known: Vec<&str> = self.components.iter().map(|one| one.name.as_str()).collect();
        self.components
            .iter()
            .find(|one| one.name.as_str() == name)
            .ok_or_else(|| format!("there is no component `{name}`{}", suggestion(name, &known)))
    }

    /// Whether a tag that reads as one of this component's is rather one of another's, whose tags begin longer.
    #[must_use]
    pub fn is_of_other(&self, component: &Component, tag: &str) -> bool {
        let ours = component.tags.prefix().len();
        self.components.iter().any(|other| other.tags.prefix().len() > ours && other.tags.version(tag).is_some())
    }
}
