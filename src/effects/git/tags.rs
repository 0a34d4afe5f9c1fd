//! Tags as git stores them; what they stand on is looked up when somebody asks.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::fs;
use super::packed;
use super::place::Place;
use super::refs::{loose, packed_path};
use crate::error::Failure;

/// The beginning of every tag's whole name.
const TAGS: &str = "refs/tags/";

/// Tags, as they were read.
pub struct StoredTags {
    /// Those with files of their own.
    loose: BTreeMap<String, PathBuf>,
    /// What git says of the others, in the form of its own file.
    packed: String,
    /// What all their names begin with.
    prefix: String,
    /// Where that stands.
    path: PathBuf,
}

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredTag<'t> {
    /// Its name, without `refs/tags/`.
    pub name: &'t str,
    /// Where what it stands on is found.
    pub target: Target<'t>,
}

/// Where what a tag stands on is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'t> {
    /// This object, or what it is a tag of, in hexadecimal digits.
    Object(&'t str),
    /// The object that this file names.
    File(&'t Path),
}

impl StoredTags {
    /// Shows them all, in no order, for there may be very many.
    ///
    /// # Errors
    /// An outside failure when they cannot be understood.
    pub fn each<'t>(&'t self, mut show: impl FnMut(StoredTag<'t>)) -> Result<(), Failure> {
        let start = format!("{TAGS}{}", self.prefix);
        let understood = packed::below(&self.packed, &start, &mut |one| {
            if let Some(name) = one.name.strip_prefix(TAGS).filter(|name| !self.loose.contains_key(*name)) {
                show(StoredTag { name, target: Target::Object(one.peeled.unwrap_or(one.id)) });
            }
        });
        understood.ok_or_else(|| {
            let what = format!("cannot understand {}", self.path.display());
            Failure::outside(what)(io::ErrorKind::InvalidData.into())
        })?;
        self.loose.iter().for_each(|(name, path)| show(StoredTag { name, target: Target::File(path) }));
        Ok(())
    }
}

/// The tags whose names begin so.
pub(super) fn read(place: &Place, prefix: &str) -> Result<StoredTags, Failure> {
    let (prefix, path) = (prefix.to_owned(), packed_path(place));
    if place.odd.is_some() {
        return Ok(StoredTags { loose: BTreeMap::new(), packed: ask(place)?, prefix, path });
    }
    // In this order: a tag that is moved into the file of many meanwhile is seen twice, and never missed.
    let mut all = BTreeMap::new();
    loose(&place.common.join(TAGS), "", &mut |name, path| {
        if name.starts_with(&prefix) {
            all.insert(name, path.to_owned());
        }
    });
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Failure::outside(format!("cannot read {}", path.display()))(error)),
    };
    // A name need not be text; one of ours is.
    let packed =
        String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(StoredTags { loose: all, packed, prefix, path })
}

/// Git's own answer, in the form of its file.
fn ask(place: &Place) -> Result<String, Failure> {
    let listed = place.ask(&["for-each-ref", "--format=%(objectname) %(refname)%0a^%(*objectname)", TAGS])?;
    // A tag that is no annotated one has nothing behind the sign.
    Ok(listed.lines().filter(|line| *line != "^").fold(String::new(), |text, line| text + line + "\n"))
}
