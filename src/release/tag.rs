//! What the tags of a component are called: a prefix that is taken as it stands, and a version.

use std::cmp::Ordering;

use semver::{BuildMetadata, Prerelease, Version};

use crate::values::{Channel, TagTemplate};

/// The tags of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    prefix: String,
}

/// A tag that is a release: its name, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// The version that it says.
    pub version: Version,
}

/// Something of a version, which sorts as the version does: of very many tags, a heap of these shows the highest first.
#[derive(Debug, Clone)]
pub struct Ranked<T> {
    /// The version.
    pub version: Version,
    /// What it is of.
    pub tag: T,
}

impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.version.cmp(&other.version)
    }
}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl<T> Eq for Ranked<T> {}

impl Tags {
    /// The tags of a template, for a component.
    #[must_use]
    pub fn new(template: &TagTemplate, component: &str) -> Self {
        let prefix = template.as_str().strip_suffix("{version}").unwrap_or_default();
        Self { prefix: prefix.replacen("{component}", component, 1) }
    }

    /// Tags that begin with a text, whatever characters it has.
    #[must_use]
    pub fn with_prefix(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// What stands before the version.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The tag of a version.
    #[must_use]
    pub fn name(&self, version: &Version) -> String {
        format!("{}{version}", self.prefix)
    }

    /// The version that a tag says: a stable one, or `CHANNEL.NUMBER` behind one. None when it is no release of
    /// this component: a name is written in one way only.
    #[must_use]
    pub fn version(&self, tag: &str) -> Option<Version> {
        let version = Version::parse(tag.strip_prefix(&self.prefix)?).ok()?;
        (version.build.is_empty() && (version.pre.is_empty() || channel(&version).is_some())).then_some(version)
    }
}

/// The channel of a prerelease, and its number there.
#[must_use]
pub fn channel(version: &Version) -> Option<(&str, u64)> {
    let (channel, number) = version.pre.as_str().split_once('.')?;
    let is_channel = Channel::new(channel).is_ok();
    // The parser refuses a number with zeros before it.
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_channel && is_number { Some((channel, number.parse().ok()?)) } else { None }
}

/// A prerelease of a stable version.
#[must_use]
pub fn prerelease(stable: &Version, channel: &Channel, number: u64) -> Version {
    Version {
        pre: Prerelease::new(&format!("{channel}.{number}")).unwrap_or_default(),
        build: BuildMetadata::EMPTY,
        ..stable.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_are_written() {
        let tags = Tags::new(&TagTemplate::default(), "django-api");
        for text in ["0.0.17", "1.10.2", "0.1.0-beta.3", "0.0.18-prerelease.10"] {
            let version = Version::parse(text).unwrap();
            assert_eq!(tags.version(&tags.name(&version)), Some(version), "{text}");
        }
        for tag in [
            "django-api-1.2",
            "django-api-01.2.3",
            "django-api-1.2.3-beta",
            "django-api-1.2.3-beta.01",
            "django-api-1.2.3-beta.1.2",
            "django-api-1.2.3+build",
            "django-api-v1.2.3",
            "xdjango-api-1.2.3",
            "django-1.2.3",
            "django-api-",
        ] {
            assert_eq!(tags.version(tag), None, "{tag}");
        }
        assert_eq!(Tags::with_prefix("a.b+").version("axbb1.2.3"), None, "a prefix is no pattern");
    }

    #[test]
    fn prereleases_are_numbered() {
        let version = prerelease(&Version::new(0, 1, 0), &Channel::default(), 10);
        assert_eq!(version.to_string(), "0.1.0-prerelease.10");
        assert_eq!(channel(&version), Some(("prerelease", 10)));
        assert!(prerelease(&Version::new(0, 1, 0), &Channel::default(), 2) < version, "numbers, not texts");
    }
}
