//! The order of versions as the tags of images write them.
//!
//! A version has a shape: a `v` or none, so many numbers with dots between them, and a suffix in which numbers count
//! and the rest is a word: `v1.25.2-p0` has the shape `vN.N.N-pN`. Versions of one shape are compared number by
//! number. Semantic versions (`0.0.18`, `0.1.0-beta.2`) are one shape among themselves, in the order of
//! <https://semver.org>: a prerelease stands before its release.

use std::cmp::Ordering;
use std::fmt;

use semver::Version;

use crate::release::tag::channel;

/// A version as the tag of an image says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageVersion {
    text: String,
    has_v: bool,
    /// The numbers with dots between them.
    core: Vec<u64>,
    /// The words of the suffix, around its numbers.
    words: Vec<String>,
    /// The numbers of the suffix.
    numbers: Vec<u64>,
    semantic: Option<Version>,
}

impl ImageVersion {
    /// Parses a tag.
    ///
    /// # Errors
    /// A sentence that quotes the tag.
    pub fn new(tag: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{tag}` is no version: write numbers with dots between them, such as 1.2.3 or v1.2.3-p0");
        let bare = tag.strip_prefix('v').unwrap_or(tag);
        let mut core = Vec::new();
        let mut rest = bare;
        loop {
            let (number, after) = leading_number(rest).ok_or_else(wrong)?;
            core.push(number);
            rest = after;
            match rest.strip_prefix('.') {
                Some(more) if more.starts_with(|c: char| c.is_ascii_digit()) => rest = more,
                _ => break,
            }
        }
        let (mut words, mut numbers) = (Vec::new(), Vec::new());
        while !rest.is_empty() {
            let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(word.to_owned());
            rest = after;
            if !rest.is_empty() {
                let (number, after) = leading_number(rest).ok_or_else(wrong)?;
                numbers.push(number);
                rest = after;
            }
        }
        let parsed = Version::parse(bare).ok();
        let semantic = parsed.filter(|version| version.pre.is_empty() || channel(version).is_some());
        Ok(Self { text: tag.to_owned(), has_v: bare.len() < tag.len(), core, words, numbers, semantic })
    }

    /// Its shape, with `N` for every number.
    #[must_use]
    pub fn shape(&self) -> String {
        let mut shape = if self.has_v { "v".to_owned() } else { String::new() };
        shape.push_str(&vec!["N"; self.core.len()].join("."));
        for (index, word) in self.words.iter().enumerate() {
            shape.push_str(word);
            if index < self.numbers.len() {
                shape.push('N');
            }
        }
        shape
    }

    /// Which of two versions stands before the other; none when they have different shapes.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        if self.has_v != other.has_v {
            return None;
        }
        if let (Some(one), Some(other)) = (&self.semantic, &other.semantic) {
            return Some(one.cmp(other));
        }
        let alike = self.core.len() == other.core.len()
            && self.words == other.words
            && self.numbers.len() == other.numbers.len()
            && self.semantic.is_none()
            && other.semantic.is_none();
        alike.then(|| (&self.core, &self.numbers).cmp(&(&other.core, &other.numbers)))
    }

    /// Whether one who runs this version waits for the other: a newer one of the same shape, and a prerelease only
    /// where this one is of the same channel.
    #[must_use]
    pub fn awaits(&self, other: &Self) -> bool {
        let channel_of =
            |version: &Self| version.semantic.as_ref().and_then(|one| channel(one).map(|(name, _)| name.to_owned()));
        let other_channel = channel_of(other);
        self.order(other) == Some(Ordering::Less) && (other_channel.is_none() || other_channel == channel_of(self))
    }
}

impl fmt::Display for ImageVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The number that a text begins with, and what follows; none where it has none, or one beyond 64 bits.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ImageVersion {
        ImageVersion::new(text).unwrap()
    }

    #[test]
    fn versions_of_one_shape_are_in_order() {
        for all in [
            &["0.0.9", "0.0.10", "0.1.0-beta.2", "0.1.0-beta.10", "0.1.0-rc.1", "0.1.0", "1.0.0"][..],
            &["16.4", "16.10", "17.0"],
            &["v1.25.2-p0", "v1.25.2-p1", "v1.25.2-p10", "v1.26.0-p0"],
            &["16.4-alpine3.9", "16.4-alpine3.20", "16.5-alpine3.1"],
            &["v7.9.0", "v7.15.0"],
            &["2024.9.1", "2024.10.0"],
            &["20240901", "20241001"],
            &["17", "18"],
        ] {
            for pair in all.windows(2) {
                let (one, other) = (version(pair[0]), version(pair[1]));
                assert_eq!(one.order(&other), Some(Ordering::Less), "{pair:?}");
                assert_eq!(other.order(&one), Some(Ordering::Greater), "{pair:?}");
                assert_eq!(one.order(&one), Some(Ordering::Equal), "{pair:?}");
            }
        }
    }

    #[test]
    fn other_shapes_have_no_order() {
        for (one, other) in [
            ("16.4", "17"),
            ("16.4", "16.4.1"),
            ("16.4", "16.4-alpine"),
            ("1.2.3", "v1.2.4"),
            ("v1.25.2-p0", "v1.25.3"),
            ("v1.25.2-p0", "v1.25.3-r0"),
            ("0.0.17", "0.0.18-p1"),
            ("16.4-alpine", "16.5-bookworm"),
        ] {
            assert_eq!(version(one).order(&version(other)), None, "{one} {other}");
            assert_eq!(version(other).order(&version(one)), None, "{one} {other}");
        }
        assert_eq!(version("v1.25.2-p0").shape(), "vN.N.N-pN");
        assert_eq!(version("16.4-alpine3.20").shape(), "N.N-alpineN.N");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for bad in
            ["", "v", "latest", "django-api-0.0.18", "x1.2", ".1", "99999999999999999999.1", "1.2-99999999999999999999"]
        {
            assert!(ImageVersion::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn prereleases_are_awaited_only_by_their_own_channel() {
        let awaits = |present: &str, other: &str| version(present).awaits(&version(other));
        assert!(awaits("0.0.17", "0.0.18") && !awaits("0.0.17", "0.0.17") && !awaits("0.0.17", "0.0.16"));
        assert!(!awaits("0.0.17", "0.0.18-beta.1"));
        assert!(awaits("0.0.18-beta.1", "0.0.18-beta.2") && awaits("0.0.18-beta.1", "0.0.18"));
        assert!(!awaits("0.0.18-beta.1", "0.0.18-rc.1"));
        assert!(awaits("v1.25.2-p0", "v1.25.2-p1") && !awaits("v1.25.2-p0", "v1.26.0"));
    }
}
