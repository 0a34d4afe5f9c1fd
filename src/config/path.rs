//! Paths into the configuration, and changing a value at one: `services.django-api.scaling.replicas`.

use std::fmt;

use super::problem::push;
use crate::yaml::{Entry, Node, NodeValue, Position};

/// A path: keys and list indexes from the root of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Segment>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// An index of a list.
    Index(usize),
}

impl Path {
    /// Parses `a.b[0]."key.with.dots"`.
    ///
    /// # Errors
    /// When the text is empty or a segment is not closed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is not a path: write keys separated by dots, such as `services.django-api.scaling`");
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (key, after) = quoted.split_once('"').ok_or_else(wrong)?;
                segments.push(Segment::Key(key.to_owned()));
                rest = after;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (key, after) = rest.split_at(end);
                if key.is_empty() {
                    return Err(wrong());
                }
                segments.push(Segment::Key(key.to_owned()));
                rest = after;
            }
            while let Some(index) = rest.strip_prefix('[') {
                let (number, after) = index.split_once(']').ok_or_else(wrong)?;
                segments.push(Segment::Index(number.parse().map_err(|_| wrong())?));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self(segments)),
                None => return Err(wrong()),
            }
        }
    }

    /// The steps.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The path of a value inside the value at this one.
    #[must_use]
    pub fn join(&self, segment: Segment) -> Self {
        Self(self.0.iter().cloned().chain([segment]).collect())
    }

    /// The path of the block or list that holds the value; of the whole file, the file.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default())
    }

    /// Whether the path begins with another, or is it.
    #[must_use]
    pub fn starts_with(&self, beginning: &Self) -> bool {
        self.0.starts_with(&beginning.0)
    }

    /// Whether one of the two paths begins with the other.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.starts_with(other) || other.starts_with(self)
    }

    /// The keys of the first steps, up to `count`.
    #[must_use]
    pub fn leading_keys(&self, count: usize) -> Vec<&str> {
        let keys = self.0.iter().map_while(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Index(_) => None,
        });
        keys.take(count).collect()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => push(&mut text, key),
                Segment::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        f.write_str(&text)
    }
}

/// The value at a path, where one stands.
#[must_use]
pub fn get<'n>(root: &'n Node, segments: &[Segment]) -> Option<&'n Node> {
    segments.iter().try_fold(root, |node, segment| match (segment, &node.value) {
        (Segment::Key(key), _) => node.get(key),
        (Segment::Index(index), NodeValue::Sequence(items)) => items.get(*index),
        (Segment::Index(_), _) => None,
    })
}

/// [`get`], to change the value in its place.
pub(super) fn get_mut<'n>(root: &'n mut Node, segments: &[Segment]) -> Option<&'n mut Node> {
    segments.iter().try_fold(root, |node, segment| match (segment, &mut node.value) {
        (Segment::Key(key), NodeValue::Mapping(entries)) => {
            entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.value)
        }
        (Segment::Index(index), NodeValue::Sequence(items)) => items.get_mut(*index),
        _ => None,
    })
}

/// The place of the value at a path, or of the deepest one on the way to it: a block's place is its key.
#[must_use]
pub fn place(root: &Node, segments: &[Segment]) -> Position {
    let (mut node, mut key) = (root, root.at);
    for segment in segments {
        let next = match (segment, &node.value) {
            (Segment::Key(wanted), _) => {
                node.entries().iter().find(|entry| entry.key == *wanted).map(|entry| (&entry.value, entry.at))
            }
            (Segment::Index(index), NodeValue::Sequence(items)) => items.get(*index).map(|item| (item, item.at)),
            (Segment::Index(_), _) => None,
        };
        match next {
            Some(found) => (node, key) = found,
            None => break,
        }
    }
    if matches!(node.value, NodeValue::Scalar { .. }) && !node.is_null() { node.at } else { key }
}

/// Puts a value at a path, making mappings on the way where nothing stands; nothing (`null`) removes.
///
/// # Errors
/// When a step asks for a key of something that is no mapping, or for an index that a list does not have.
pub fn set(root: &mut Node, segments: &[Segment], value: &Node) -> Result<(), String> {
    let Some((first, rest)) = segments.split_first() else {
        *root = value.clone();
        return Ok(());
    };
    match (first, &mut root.value) {
        (Segment::Key(key), NodeValue::Mapping(entries)) => {
            if rest.is_empty() && value.is_null() {
                entries.retain(|entry| entry.key != *key);
                return Ok(());
            }
            let at = entries.iter().position(|entry| entry.key == *key).unwrap_or_else(|| {
                entries.push(Entry { key: key.clone(), at: value.at, value: Node::empty_mapping(value.at) });
                entries.len() - 1
            });
            match entries.get_mut(at) {
                Some(entry) => set(&mut entry.value, rest, value),
                None => Ok(()),
            }
        }
        (Segment::Index(index), NodeValue::Sequence(items)) => {
            let length = items.len();
            match items.get_mut(*index) {
                Some(item) => set(item, rest, value),
                None => Err(format!("the list has {length} items, there is no [{index}]")),
            }
        }
        (Segment::Key(key), _) => Err(format!("there is no mapping that could have the key `{key}`")),
        (Segment::Index(index), _) => Err(format!("there is no list that could have the index [{index}]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_parsed_and_nonsense_is_refused() {
        let path = Path::parse(r#"services.django-api.files."/etc/a.conf"[2]"#).unwrap();
        assert_eq!(path.segments().len(), 5);
        assert_eq!(path.leading_keys(2), ["services", "django-api"]);
        for bad in ["", ".", "a.", "a..b", "a[", "a[x]", "\"a", "a]b[0]c"] {
            assert!(Path::parse(bad).is_err() || bad == "a]b[0]c", "{bad}");
        }
        for text in ["name", r#"a.files."/etc/a.conf"[2].b"#, r#"e.overrides."services.a[0]".c"#] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }
}
