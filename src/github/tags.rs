//! Tags on GitHub: listed, compared, and made where none stands.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{Client, text};
use super::trouble::Trouble;
use super::wire::{Request, escaped};

/// Where tags are.
const TAGS: &str = "refs/tags/";
/// Pages of references that are read.
const PAGES: usize = 1_000;

/// Tags of tags that are followed.
const DEEPEST: usize = 10;

/// A tag as GitHub lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagReference {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// What it points at.
    pub object: String,
    /// Whether that is a tag object rather than a commit.
    pub annotated: bool,
}

/// Where a commit stands, seen from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// They are the same.
    Identical,
    /// It has all of the other, and more.
    Ahead,
    /// The other has all of it, and more.
    Behind,
    /// Each has what the other does not have.
    Diverged,
}

/// The tags whose names begin so.
///
/// # Errors
/// What GitHub refuses.
pub fn list(client: &mut Client<'_>, prefix: &str) -> Result<Vec<TagReference>, Trouble> {
    let path = client.path(&format!("git/matching-refs/{}", escaped(&format!("tags/{prefix}"))));
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    for page in 1..=PAGES {
        let answer = client.read(&format!("{path}?per_page=100&page={page}"))?;
        let rows = answer.as_array().ok_or(Trouble::Strange("list"))?;
        let before = known.len();
        for row in rows {
            let Some(name) = text(row, "/ref").strip_prefix(TAGS).filter(|name| name.starts_with(prefix)) else {
                continue;
            };
            if known.insert(name.to_owned()) {
                let (object, annotated) = (text(row, "/object/sha").to_owned(), text(row, "/object/type") == "tag");
                found.push(TagReference { name: name.to_owned(), object, annotated });
            }
        }
        // GitHub promises neither the size of a page nor that there are pages at all.
        if known.len() == before {
            break;
        }
    }
    Ok(found)
}

/// The commit behind a tag object.
///
/// # Errors
/// What GitHub refuses.
pub fn commit_of(client: &mut Client<'_>, object: &str) -> Result<String, Trouble> {
    let mut object = object.to_owned();
    // A tag may be one of a tag.
    for _ in 0..DEEPEST {
        let found = client.read(&client.path(&format!("git/tags/{object}")))?;
        text(&found, "/object/sha").clone_into(&mut object);
        if object.is_empty() {
            break;
        }
        if text(&found, "/object/type") != "tag" {
            return Ok(object);
        }
    }
    Err(Trouble::Strange("object"))
}

/// Whether GitHub has a commit.
///
/// # Errors
/// What GitHub refuses.
pub fn has_commit(client: &mut Client<'_>, commit: &str) -> Result<bool, Trouble> {
    let path = client.path(&format!("git/commits/{commit}"));
    Ok(client.find(&path)?.is_some())
}

/// Where a commit stands, seen from another commit or branch; none when GitHub does not have one of them.
///
/// # Errors
/// What GitHub refuses.
pub fn compare(client: &mut Client<'_>, from: &str, commit: &str) -> Result<Option<Compared>, Trouble> {
    let path = client.path(&format!("compare/{}...{commit}?per_page=1", escaped(from)));
    let Some(found) = client.find(&path)? else { return Ok(None) };
    match text(&found, "/status") {
        "identical" => Ok(Some(Compared::Identical)),
        "ahead" => Ok(Some(Compared::Ahead)),
        "behind" => Ok(Some(Compared::Behind)),
        "diverged" => Ok(Some(Compared::Diverged)),
        _ => Err(Trouble::Strange("status")),
    }
}

/// Makes the object of an annotated tag, to which nothing refers yet.
///
/// # Errors
/// What GitHub refuses.
pub fn make_object(client: &mut Client<'_>, name: &str, commit: &str, message: &str) -> Result<String, Trouble> {
    let body = json!({"tag": name, "message": message, "object": commit, "type": "commit"});
    // Twice is as once: an object to which nothing refers is nothing.
    let made = client.change(&Request::post(client.path("git/tags"), body))?;
    match text(&made, "/sha") {
        "" => Err(Trouble::Strange("sha")),
        object => Ok(object.to_owned()),
    }
}

/// Makes a tag where none stands; gives the object at which it points, which is another's when one was there before.
///
/// # Errors
/// What GitHub refuses.
pub fn make(client: &mut Client<'_>, name: &str, object: &str) -> Result<String, Trouble> {
    let path = client.path(&format!("git/ref/{}", escaped(&format!("tags/{name}"))));
    let mut look = |client: &mut Client<'_>| {
        let found = client.find(&path)?;
        Ok(found.as_ref().map(sha).filter(|object| !object.is_empty()))
    };
    client.make_reference(&format!("{TAGS}{name}"), object, &mut look)
}

fn sha(reference: &Value) -> String {
    text(reference, "/object/sha").to_owned()
}
