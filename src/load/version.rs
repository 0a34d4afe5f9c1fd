//! Which k6 this is, and whether it is one that the scripts were tried with.

use std::fmt;

/// A version of k6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes that break scripts.
    pub major: u32,
    /// Changes that add.
    pub minor: u32,
    /// Changes that mend.
    pub patch: u32,
}

/// The oldest version that the scripts were tried with.
pub const OLDEST: Version = Version { major: 1, minor: 1, patch: 0 };
/// The newest version that the scripts were tried with. Later ones of the same major are taken too.
pub const NEWEST: Version = Version { major: 2, minor: 2, patch: 0 };

/// A k6 that is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// What was printed is no version of k6.
    #[error("`{0}` is not what `k6 version` prints: is that program k6?")]
    NotK6(String),
    /// Scripts may mean something else to it.
    #[error("k6 {0} is older than {OLDEST}, the oldest that the scripts were tried with: install k6 {NEWEST}")]
    TooOld(Version),
    /// Scripts may mean something else to it.
    #[error(
        "k6 {0} is of a later major version than {NEWEST}, the newest that the scripts were tried with: install that"
    )]
    TooNew(Version),
}

/// Reads what `k6 version` prints: `k6 v2.2.0 (go1.26.8, linux/amd64)`, and perhaps lines about extensions after it.
///
/// # Errors
/// When that is no version, or one that is too old or too new.
pub fn version(printed: &str) -> Result<Version, VersionError> {
    let line = printed.lines().next().unwrap_or_default().trim();
    let found = read(line).ok_or_else(|| VersionError::NotK6(line.chars().take(80).collect()))?;
    match found {
        found if found < OLDEST => Err(VersionError::TooOld(found)),
        found if found.major > NEWEST.major => Err(VersionError::TooNew(found)),
        found => Ok(found),
    }
}

fn read(line: &str) -> Option<Version> {
    let mut words = line.split_whitespace();
    if !matches!(words.next(), Some("k6" | "k6.exe")) {
        return None;
    }
    let number = words.next()?.strip_prefix('v')?;
    // A candidate for a release (`-rc1`) is taken for the release; how a build is called (`+x`) says nothing.
    let number = number.split(['-', '+']).next()?;
    let mut parts = number.split('.').map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    });
    let version = Version { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
    parts.next().is_none().then_some(version)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_real_programs() {
        for (line, shown) in [
            ("k6 v1.1.0 (commit/0e3fb953be, go1.24.4, linux/amd64)\n", "1.1.0"),
            ("k6 v2.2.0 (go1.26.8, linux/amd64)", "2.2.0"),
            ("k6 v2.0.0-rc1 (go1.26.8, linux/amd64)\nExtensions:\n  github.com/x/y v1\n", "2.0.0"),
            ("k6.exe v2.9.1 (x)", "2.9.1"),
        ] {
            assert_eq!(version(line).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn others_are_refused_with_what_to_do() {
        let message = |line| version(line).unwrap_err().to_string();
        assert_eq!(
            message("k6 v0.57.0 (x)"),
            "k6 0.57.0 is older than 1.1.0, the oldest that the scripts were tried with: install k6 2.2.0"
        );
        assert!(message("k6 v3.0.0 (x)").contains("later major version than 2.2.0"));
        for bad in [
            "",
            "k6",
            "k6 2.2.0",
            "k6 v2.2",
            "k6 v2.2.0.1",
            "k6 v2.x.0",
            "k6 v+2.2.0",
            "v2.2.0",
            "K9 v2.2.0",
            "k6 v99999999999.0.0",
        ] {
            assert!(matches!(version(bad), Err(VersionError::NotK6(_))), "{bad}");
        }
    }
}
