//! What git and GitHub call things.

use super::text::text_newtype;

text_newtype!(
    /// A commit: its whole SHA, 40 hexadecimal digits in lower case. A branch or a tag moves, a commit never does.
    Commit, check_commit, "^[0-9a-f]{40}$"
);

/// Branches of experiments begin so: `experiment/NAME/PERMUTATION`.
pub const EXPERIMENT_BRANCHES: &str = "experiment/";
/// Label of the one pull request that Argo CD follows.
pub const ACTIVE_LABEL: &str = "experiment-active";

/// Digits of a whole SHA.
const DIGITS: usize = 40;

fn check_commit(text: &str) -> Result<(), String> {
    if text.len() == DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(());
    }
    Err(format!(
        "is not the whole SHA of a commit, {DIGITS} hexadecimal digits in lower case (`git rev-parse REVISION` prints \
         it): branches, tags and short SHAs may lead to another commit tomorrow"
    ))
}

/// A repository on github.com.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHubRepository {
    /// Who owns it.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl GitHubRepository {
    /// The repository of a URL as people clone it; none when it is not one of github.com.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let path = url.strip_prefix("https://github.com/")?;
        let path = path.strip_suffix('/').unwrap_or(path);
        let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
        let is_name = |text: &str| {
            let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !text.is_empty() && text != "." && text != ".." && text.bytes().all(inner)
        };
        (is_name(owner) && is_name(name)).then(|| Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_commits() {
        assert!(Commit::new("0123456789abcdef0123456789abcdef01234567").is_ok());
        for bad in ["", "main", "v1.0.0", "0123456", "HEAD", &"A".repeat(40), &"g".repeat(40), &"a".repeat(41)] {
            assert!(Commit::new(bad).unwrap_err().contains("40 hexadecimal digits"), "{bad}");
        }
    }

    #[test]
    fn repositories_of_github_and_of_no_other() {
        for url in ["https://github.com/a-b/c.d", "https://github.com/a-b/c.d.git", "https://github.com/a-b/c.d/"] {
            let found = GitHubRepository::of(url).expect("a repository");
            assert_eq!((found.owner.as_str(), found.name.as_str()), ("a-b", "c.d"), "{url}");
        }
        for url in [
            "https://gitlab.com/a/b",
            "https://github.com/a",
            "https://github.com/a/",
            "https://github.com/a/b/c",
            "https://github.com.evil.nz/a/b",
            "https://github.com//b",
            "https://github.com/a/..",
            "https://github.com/a/b?x",
        ] {
            assert_eq!(GitHubRepository::of(url), None, "{url}");
        }
    }
}
