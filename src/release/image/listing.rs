//! What registries have, as a file says it.
//!
//! ```json
//! {"images": {"ahuora/django-api": ["0.0.16", {"tag": "0.0.18", "digest": "sha256:..."}]}}
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use super::edit::Image;
use super::order::ImageVersion;
use super::plan::Wish;
use crate::values::ImageRef;

/// The versions of images.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    images: BTreeMap<String, Vec<Listed>>,
}

/// One version: a tag, or a tag with its digest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Listed {
    Tag(String),
    Pinned(Pinned),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    tag: String,
    digest: String,
}

impl Listed {
    /// As the tag of an image, with its digest.
    fn version(&self) -> String {
        match self {
            Self::Tag(tag) => tag.clone(),
            Self::Pinned(Pinned { tag, digest }) => format!("{tag}@{digest}"),
        }
    }

    fn tag(&self) -> &str {
        match self {
            Self::Tag(tag) | Self::Pinned(Pinned { tag, .. }) => tag,
        }
    }
}

/// What is newer than what a file has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Newest {
    /// The newest version of every component that has an older one.
    pub wishes: Vec<Wish>,
    /// Images that no component has.
    pub unknown: Vec<String>,
    /// Components whose images are not listed, or whose versions cannot be compared.
    pub missing: Vec<String>,
}

impl Listing {
    /// Reads the JSON.
    ///
    /// # Errors
    /// Every problem, a sentence each.
    pub fn read(text: &str) -> Result<Self, Vec<String>> {
        let listing: Self =
            serde_json::from_str(text).map_err(|error| vec![format!("it is not understood: {error}")])?;
        let mut problems = Vec::new();
        for (image, versions) in &listing.images {
            for one in versions.iter().filter(|one| matches!(one, Listed::Pinned(_))) {
                if let Err(why) = ImageRef::new(&format!("{image}:{}", one.version())) {
                    problems.push(why);
                }
            }
        }
        if problems.is_empty() { Ok(listing) } else { Err(problems) }
    }

    /// The newest versions for images: each of the shape that the present one has, and prereleases only for those
    /// that have one of the same channel.
    #[must_use]
    pub fn newest(&self, images: &[Image]) -> Newest {
        let is_known = |name: &str| images.iter().any(|one| one.image.repository() == name);
        let unknown = self.images.keys().filter(|name| !is_known(name)).cloned().collect();
        let mut newest = Newest { unknown, ..Newest::default() };
        for Image { component, image, .. } in images {
            let listed = self.images.get(image.repository());
            let (Some(listed), Ok(present)) = (listed, ImageVersion::new(image.tag())) else {
                newest.missing.push(component.clone());
                continue;
            };
            let mut best: Option<(ImageVersion, &Listed)> = None;
            for one in listed {
                let Ok(version) = ImageVersion::new(one.tag()) else { continue };
                let is_better = |best: &ImageVersion| best.order(&version) == Some(std::cmp::Ordering::Less);
                if present.awaits(&version) && best.as_ref().is_none_or(|(best, _)| is_better(best)) {
                    best = Some((version, one));
                }
            }
            newest.wishes.extend(best.map(|(_, one)| Wish { component: component.clone(), version: one.version() }));
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::path::Path;

    fn image(text: &str) -> Image {
        let component = text.split(':').next().unwrap().to_owned();
        Image { component, path: Path::default(), image: ImageRef::new(text).unwrap() }
    }

    #[test]
    fn the_newest_of_the_same_shape_is_wished() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let listing = format!(
            r#"{{"images": {{"a": ["0.0.9", "0.0.18", "latest", "0.0.19-beta.1", "0.0.2"], "b": [{{"tag": "v1.0.0-p10", "digest": "{digest}"}}, "v1.0.0-p9", "v2.0.0"], "c": ["16.4", "17", "16.4-alpine"], "z": []}}}}"#
        );
        let found = Listing::read(&listing).unwrap().newest(&[
            image("a:0.0.17"),
            image("b:v1.0.0-p1"),
            image("c:16.4"),
            image("d:1"),
            image("c:bookworm"),
        ]);
        let wishes: Vec<String> =
            found.wishes.iter().map(|wish| format!("{} {}", wish.component, wish.version)).collect();
        assert_eq!(wishes, ["a 0.0.18".to_owned(), format!("b v1.0.0-p10@{digest}")]);
        assert_eq!((found.unknown, found.missing), (vec!["z".to_owned()], vec!["d".to_owned(), "c".to_owned()]));
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"images": {"a": [1]}}"#,
            r#"{"images": {}, "x": 1}"#,
            r#"{"images": {"a": [{"tag": "1"}]}}"#,
        ] {
            assert_eq!(Listing::read(bad).unwrap_err().len(), 1, "{bad}");
        }
        let bad = r#"{"images": {"a": [{"tag": "1", "digest": "x"}, {"tag": "/", "digest": "y"}]}}"#;
        assert_eq!(Listing::read(bad).unwrap_err().len(), 2);
    }
}
