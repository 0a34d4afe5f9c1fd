//! A container image reference.

use std::fmt;

use serde::Deserialize;

use super::text::text_schema;

/// An image with an exact tag and, optionally, a digest: `quay.io/org/name:1.2.3@sha256:...`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ImageRef {
    repository: String,
    tag: String,
    digest: Option<String>,
}

text_schema!(ImageRef, "^[a-z0-9][a-z0-9./_:-]*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?$");

impl ImageRef {
    /// Parses a reference.
    ///
    /// # Errors
    /// When the tag is missing or moves (`latest`), or a part has characters that registries refuse.
    pub fn new(text: &str) -> Result<Self, String> {
        parse(text).map_err(|why| format!("`{text}` {why}"))
    }

    /// Registry, organisation and name, without tag and digest.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The digest: `sha256:` and 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The tag as a label value, where it fits one (63 characters, ending alphanumeric).
    #[must_use]
    pub fn version_label(&self) -> Option<&str> {
        let fits = self.tag.len() <= super::names::MAX_LABEL && self.tag.ends_with(|c: char| c.is_ascii_alphanumeric());
        fits.then_some(&self.tag)
    }
}

fn parse(text: &str) -> Result<ImageRef, String> {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    if let Some(digest) = digest {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err("has a digest that is not `sha256:` and 64 hexadecimal digits".to_owned());
        }
    }
    // A colon before the last slash belongs to a registry's port.
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let Some(colon) = name.get(slash..).and_then(|last| last.find(':')).map(|at| at + slash) else {
        return Err("has no tag: write the exact version, such as `:1.2.3`".to_owned());
    };
    let (repository, tag) = (name.get(..colon).unwrap_or_default(), name.get(colon + 1..).unwrap_or_default());
    let repository_fits = repository.split('/').all(|part| !part.is_empty())
        && repository
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_' | b'/' | b':'));
    if !repository_fits {
        return Err("is not an image: registry, organisation and name are lower-case, separated by `/`".to_owned());
    }
    let tag_fits = (1..=128).contains(&tag.len())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !tag.starts_with(['.', '-']);
    if !tag_fits {
        return Err("has a tag that registries refuse: letters, digits, `.`, `-` and `_`, at most 128".to_owned());
    }
    if tag == "latest" || tag == "stable" || tag == "main" || tag == "master" || tag == "edge" {
        return Err(format!("has the tag `{tag}`, which moves: write the exact version"));
    }
    Ok(ImageRef { repository: repository.to_owned(), tag: tag.to_owned(), digest: digest.map(str::to_owned) })
}

impl TryFrom<String> for ImageRef {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)?;
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_references_are_kept_and_others_refused() {
        let digest = format!("postgres:16.4@sha256:{}", "0".repeat(64));
        for good in ["ahuora/django-api:0.0.17", "quay.io:5000/a/b:v1", "postgres:16.4", &digest] {
            assert_eq!(ImageRef::new(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "postgres",
            "postgres:latest",
            "quay.io:5000/a",
            "A/b:1",
            "a//b:1",
            "a:1@sha256:12",
            "a:",
            "a: 1",
            "a:-x",
        ] {
            assert!(ImageRef::new(bad).is_err(), "{bad}");
        }
    }
}
