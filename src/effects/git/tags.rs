//! Tags as git stores them; what they stand on is looked up when somebody asks.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::fs;
use super::packed;
use super::place::Place;
use super::refs::{loose, packed_path};
use crate::error::Failure;

/// The beginning of every tag's whole name.
const TAGS: &str = "refs/tags/";

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTag {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// Where what it stands on is found.
    pub target: Target,
}

/// Where what a tag stands on is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This object, or what it is a tag of, in hexadecimal digits.
    Object(String),
    /// The object that this file names.
    File(PathBuf),
}

/// The tags whose names begin so.
pub(super) fn read(place: &Place, prefix: &str) -> Result<Vec<StoredTag>, Failure> {
    if place.odd.is_some() {
        return ask(place, prefix);
    }
    // In this order: a tag that is moved into the file of many meanwhile is seen twice, and never missed.
    let mut all = BTreeMap::new();
    loose(&place.common.join(TAGS), "", &mut |name, path| {
        if name.starts_with(prefix) {
            all.insert(name, Target::File(path.to_owned()));
        }
    });
    let path = packed_path(place);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Failure::outside(format!("cannot read {}", path.display()))(error)),
    };
    // A name need not be text; one of ours is.
    let text = String::from_utf8_lossy(&bytes);
    let packed = packed::below(&text, &format!("{TAGS}{prefix}")).ok_or_else(|| {
        Failure::outside(format!("cannot understand {}", path.display()))(io::ErrorKind::InvalidData.into())
    })?;
    let mut found = Vec::with_capacity(packed.len() + all.len());
    for one in packed {
        let Some(name) = one.name.strip_prefix(TAGS).filter(|name| !all.contains_key(*name)) else { continue };
        let target = Target::Object(one.peeled.unwrap_or(one.id).to_owned());
        found.push(StoredTag { name: name.to_owned(), target });
    }
    found.extend(all.into_iter().map(|(name, target)| StoredTag { name, target }));
    Ok(found)
}

fn ask(place: &Place, prefix: &str) -> Result<Vec<StoredTag>, Failure> {
    let listed = place.ask(&["for-each-ref", "--format=%(refname) %(objectname) %(*objectname)", TAGS])?;
    let tag = |line: &str| {
        let mut words = line.strip_prefix(TAGS)?.split(' ');
        let name = words.next().filter(|name| name.starts_with(prefix))?.to_owned();
        let object = words.next().unwrap_or_default();
        let peeled = words.next().filter(|peeled| !peeled.is_empty());
        Some(StoredTag { name, target: Target::Object(peeled.unwrap_or(object).to_owned()) })
    };
    Ok(listed.lines().filter_map(tag).collect())
}
