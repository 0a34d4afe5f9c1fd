//! Refusing text that looks like a credential: secrets belong in the cluster, not in git.

use std::fmt::Write as _;

use super::problem::{Problem, join, push};
use crate::yaml::{Node, NodeValue};

/// Beginnings of well-known tokens, with the name of what they are.
const TOKENS: [(&str, &str); 16] = [
    ("-----BEGIN ", "a private key or certificate"),
    ("ghp_", "a GitHub token"),
    ("gho_", "a GitHub token"),
    ("ghs_", "a GitHub token"),
    ("github_pat_", "a GitHub token"),
    ("glpat-", "a GitLab token"),
    ("AKIA", "an AWS access key"),
    ("ASIA", "an AWS access key"),
    ("AIza", "a Google API key"),
    ("GOCSPX-", "a Google client secret"),
    ("ya29.", "a Google access token"),
    ("xoxb-", "a Slack token"),
    ("xoxp-", "a Slack token"),
    ("glc_", "a Grafana Cloud token"),
    ("dckr_pat_", "a Docker Hub token"),
    ("eyJ", "a JSON web token or an encoded credentials file"),
];

/// Shortest text after a token's beginning that counts as one.
const SHORTEST_TOKEN: usize = 12;

/// Words in a variable's name that say its value is secret.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "PRIVATE_KEY", "API_KEY"];

/// Every value that looks like a credential.
#[must_use]
pub(super) fn find(root: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(root, &mut String::new(), &mut problems);
    problems
}

/// Looks at a node and all below it; `path` is the node's, and is so again afterwards.
fn walk(node: &Node, path: &mut String, problems: &mut Vec<Problem>) {
    let length = path.len();
    match &node.value {
        NodeValue::Scalar { text, .. } => {
            if let Some(what) = looks_like(text) {
                problems.push(refused(node, path, what));
            }
        }
        NodeValue::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                let _ = write!(path, "[{index}]");
                walk(item, path, problems);
                path.truncate(length);
            }
        }
        NodeValue::Mapping(entries) => {
            for entry in entries {
                let is_secret = is_text(&entry.value) && sets_a_secret(path, &entry.key);
                push(path, &entry.key);
                if is_secret {
                    problems.push(refused(&entry.value, path, "a secret, by the name of its variable"));
                } else {
                    walk(&entry.value, path, problems);
                }
                path.truncate(length);
            }
            if let (Some(name), Some(value)) = (node.get("name"), node.get("value"))
                && matches!(&name.value, NodeValue::Scalar { text, .. } if names_a_secret(text))
                && is_text(value)
            {
                problems.push(refused(value, &join(path, "value"), "a secret, by the name of its variable"));
            }
        }
        NodeValue::Removed => {}
    }
}

fn refused(node: &Node, path: &str, what: &str) -> Problem {
    let message =
        format!("looks like {what}; secrets never stand in git: put it in a Secret and write `{{secret: name/key}}`");
    Problem { at: Some(node.at), path: path.to_owned(), message }
}

fn is_text(node: &Node) -> bool {
    matches!(&node.value, NodeValue::Scalar { .. }) && !node.is_null()
}

/// A variable under `environment`, or an override whose path leads to one.
fn sets_a_secret(path: &str, key: &str) -> bool {
    // The path of an override to a whole `environment` stands in quotes.
    if path.trim_end_matches('"').ends_with(".environment") {
        return names_a_secret(key);
    }
    key.rsplit_once(".environment.").is_some_and(|(_, variable)| names_a_secret(variable.trim_matches('"')))
}

fn names_a_secret(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word)) && !upper.ends_with("_FILE") && !upper.ends_with("_PATH")
}

fn looks_like(text: &str) -> Option<&'static str> {
    let mut inside_word = false;
    for (at, byte) in text.bytes().enumerate() {
        let begins = !inside_word && byte.is_ascii_graphic();
        inside_word = byte.is_ascii_alphanumeric();
        let Some(rest) = text.get(at..).filter(|_| begins) else { continue };
        let Some((beginning, what)) = TOKENS.iter().find(|(beginning, _)| rest.starts_with(beginning)) else {
            continue;
        };
        let length = rest.bytes().take_while(u8::is_ascii_graphic).count() - beginning.trim_end().len();
        if length >= SHORTEST_TOKEN || beginning.starts_with('-') {
            return Some(what);
        }
    }
    has_password_in_url(text).then_some("a URL with a password")
}

/// `scheme://user:password@host`
fn has_password_in_url(text: &str) -> bool {
    text.match_indices("://").any(|(at, _)| {
        let authority =
            text.get(at + 3..).unwrap_or_default().split(['/', '?', '#', ' ', '\n']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| {
            user.split_once(':').is_some_and(|(_, password)| !password.is_empty() && !password.starts_with('$'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Aliases, parse};

    #[test]
    fn credentials_are_found_and_ordinary_text_is_not() {
        let secret = "
            a: ghp_0123456789abcdefghij
            b: |
              -----BEGIN PRIVATE KEY-----
            c: postgres://ahuora:hunter2@postgres/ahuora
            s: {environment: {DJANGO_SECRET_KEY: abc}}
            d: [x, 'Bearer eyJhbGciOiJIUzI1NiJ9.e30']";
        let found = find(&parse(secret, Aliases::Refuse).unwrap()[0]);
        assert_eq!(
            found.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(),
            ["a", "b", "c", "s.environment.DJANGO_SECRET_KEY", "d[1]"]
        );
        let ordinary = "
            a: https://github.com/waikato/ahuora.git
            b: ghp_short
            s: {environment: {TOKEN_PATH: /etc/token, DATABASE_PASSWORD: {secret: postgres/password}}}
            c: postgres://ahuora:$(PASSWORD)@postgres/ahuora";
        assert_eq!(find(&parse(ordinary, Aliases::Refuse).unwrap()[0]), []);
    }
}
