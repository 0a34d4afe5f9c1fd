//! Refusing text that looks like a credential: secrets belong in the cluster, not in git.

use std::fmt::Write as _;

use super::problem::{Problem, join, push};
use crate::values::credential::{looks_like, names_a_secret};
use crate::yaml::{Node, NodeValue};

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
