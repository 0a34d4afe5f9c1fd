//! What releases are called.

use std::fmt;

use serde::Deserialize;

use super::text::{text_newtype, text_schema};

text_newtype!(
    /// How a component's tags are written: `{component}-{version}`, `{component}/v{version}`, `v{version}`.
    TagTemplate, check_template, "^[A-Za-z0-9._/{}-]*\\{version\\}$"
);
text_newtype!(
    /// A channel of prereleases, the `beta` of `1.2.0-beta.3`.
    Channel, check_channel, "^[a-zA-Z][0-9A-Za-z-]*$"
);
text_newtype!(
    /// A file or folder of the sources, from the root of their repository; `.` is all of it.
    SourcePath, check_path, "^[^/].*$"
);

impl Default for TagTemplate {
    fn default() -> Self {
        Self("{component}-{version}".to_owned())
    }
}

impl Default for Channel {
    fn default() -> Self {
        Self("prerelease".to_owned())
    }
}

/// A stable semantic version: three numbers, such as `0.0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct StableVersion {
    /// Raised by changes that break.
    pub major: u64,
    /// Raised by features.
    pub minor: u64,
    /// Raised by fixes.
    pub patch: u64,
}

text_schema!(StableVersion, "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$");

impl StableVersion {
    /// Parses three numbers without leading zeros.
    ///
    /// # Errors
    /// A sentence that quotes the text.
    pub fn new(text: &str) -> Result<Self, String> {
        let mut numbers = text.split('.').map(number);
        match (numbers.next().flatten(), numbers.next().flatten(), numbers.next().flatten(), numbers.next()) {
            (Some(major), Some(minor), Some(patch), None) => Ok(Self { major, minor, patch }),
            _ => Err(format!("`{text}` is not a stable version: write three numbers, such as `0.0.1`")),
        }
    }
}

/// A number as semantic versions have it: digits alone, and no zero before them.
fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (text == "0" || !text.starts_with('0'))).then(|| text.parse().ok()).flatten()
}

impl TryFrom<String> for StableVersion {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl fmt::Display for StableVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Where the name of the component stands in a template.
const COMPONENT: &str = "{component}";
/// Where the version stands in a template.
const VERSION: &str = "{version}";

fn check_template(text: &str) -> Result<(), String> {
    let Some(before) = text.strip_suffix(VERSION) else {
        return Err(format!("does not end with `{VERSION}`: write such as `{COMPONENT}-{VERSION}` or `v{VERSION}`"));
    };
    let rest = before.replacen(COMPONENT, "component", 1);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if let Some(other) = rest.chars().find(|c| !fits(*c)) {
        return Err(format!("has `{other}`: besides {COMPONENT} and {VERSION}, letters, digits and `-_./` alone"));
    }
    let parts = rest.split('/');
    if rest.contains("..") || rest.starts_with(['/', '-']) || parts.clone().any(|part| part.starts_with('.')) {
        return Err("makes tags that git refuses: no `..`, no leading `/`, `-` or `.`".to_owned());
    }
    // An empty part is one between two slashes; the last may be empty, for the version follows it.
    if parts.clone().rev().skip(1).any(|part| part.is_empty() || part.ends_with(".lock") || part.ends_with('.')) {
        return Err("makes tags that git refuses: no part that is empty or ends with `.` or `.lock`".to_owned());
    }
    Ok(())
}

fn check_channel(text: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(fits) {
        return Ok(());
    }
    Err("is not a channel: letters, digits and `-`, beginning with a letter".to_owned())
}

fn check_path(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('/').collect();
    if text == "." || (!text.starts_with('/') && !parts.iter().any(|part| matches!(*part, "" | "." | ".."))) {
        return Ok(());
    }
    Err("is not a path inside the repository: write such as `backend/api`, or `.` for all of it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_make_tags_that_git_takes() {
        for good in ["{component}-{version}", "{component}/v{version}", "v{version}", "{version}", "a/b/{version}"] {
            assert!(TagTemplate::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "v",
            "{version}-x",
            "{version}{version}",
            "{component}{component}{version}",
            "a b{version}",
            "a..{version}",
            "/{version}",
            "-{version}",
            "a//{version}",
            "a.lock/{version}",
            ".a/{version}",
            "~{version}",
            "{Component}-{version}",
        ] {
            assert!(TagTemplate::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn versions_channels_and_paths() {
        assert_eq!(StableVersion::new("0.10.2").map(|version| version.to_string()), Ok("0.10.2".to_owned()));
        for bad in ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-a", "+1.2.3", "1.2.99999999999999999999"] {
            assert!(StableVersion::new(bad).is_err(), "{bad}");
        }
        assert!(Channel::new("beta-2").is_ok() && Channel::new("2").is_err() && Channel::new("a.b").is_err());
        for good in [".", "backend", "backend/api"] {
            assert!(SourcePath::new(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/../b", "a//b", "./a", "a/"] {
            assert!(SourcePath::new(bad).is_err(), "{bad}");
        }
    }
}
