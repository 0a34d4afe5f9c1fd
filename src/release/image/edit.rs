//! Setting the version of an image in the text of `platform.yaml`: its bytes change, and no others.

use crate::config::path::{Path, Segment, get};
use crate::values::ImageRef;
use crate::yaml::{Aliases, Node, NodeValue, Position, parse};

/// The key under which a component has its image.
const IMAGE: &str = "image";
/// The block of the platform's own services.
const SERVICES: &str = "services";

/// A component with its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The component: the name of a service, or of a block such as `postgres`.
    pub component: String,
    /// Where it stands: `services.django-api.image`.
    pub path: Path,
    /// What stands there.
    pub image: ImageRef,
}

/// An override that gives a component another image in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The environment.
    pub environment: String,
    /// The image.
    pub image: String,
}

/// Every component that has an image, in the order of the file.
#[must_use]
pub fn images(root: &Node) -> Vec<Image> {
    let mut found = Vec::new();
    for block in root.entries() {
        if block.key == SERVICES {
            let services = block.value.entries().iter();
            found.extend(services.filter_map(|service| image(&[SERVICES, &service.key], &service.value)));
        } else {
            found.extend(image(&[&block.key], &block.value));
        }
    }
    found
}

fn image(keys: &[&str], component: &Node) -> Option<Image> {
    let NodeValue::Scalar { text, .. } = &component.get(IMAGE)?.value else { return None };
    let path =
        keys.iter().chain([&IMAGE]).fold(Path::default(), |path, key| path.join(Segment::Key((*key).to_owned())));
    let component = (*keys.last()?).to_owned();
    Some(Image { component, path, image: ImageRef::new(text).ok()? })
}

/// The overrides of environments that set the image at a path, by itself or within a larger block.
#[must_use]
pub fn pins(root: &Node, path: &Path) -> Vec<Pin> {
    let mut pins = Vec::new();
    for environment in root.get("environments").map(Node::entries).unwrap_or_default() {
        for one in environment.value.get("overrides").map(Node::entries).unwrap_or_default() {
            let Ok(at) = Path::parse(&one.key) else { continue };
            if !path.starts_with(&at) {
                continue;
            }
            let rest = path.segments().get(at.segments().len()..).unwrap_or_default();
            if let Some(NodeValue::Scalar { text, .. }) = get(&one.value, rest).map(|node| &node.value) {
                pins.push(Pin { environment: environment.key.clone(), image: text.clone() });
            }
        }
    }
    pins
}

/// The text with another version of the image at a path; the bytes of its tag and digest change, and no others.
///
/// # Errors
/// A sentence when nothing of that kind stands there, or it is written in a way of which only a part cannot be changed.
pub fn set(text: &str, path: &Path, wanted: &ImageRef) -> Result<String, String> {
    let before = one_document(text)?;
    let node = get(&before, path.segments()).ok_or_else(|| format!("there is no {path}"))?;
    let NodeValue::Scalar { text: present, .. } = &node.value else { return Err(format!("{path} is not an image")) };
    let image = ImageRef::new(present)?;
    if image.repository() != wanted.repository() {
        return Err(format!("{path} is an image of {}, not of {}", image.repository(), wanted.repository()));
    }
    let at = format!("{path} (line {})", node.at.line);
    let start = offset(text, node.at).ok_or_else(|| format!("{at} is not where it was read"))?;
    let written = text.get(start..).unwrap_or_default();
    let quote = usize::from(written.starts_with(['"', '\'']));
    if !written.get(quote..).is_some_and(|rest| rest.starts_with(present.as_str())) {
        return Err(format!("{at} is written with escapes or a tag: write it plainly, `image: {present}`"));
    }
    // The colon between repository and tag stays.
    let tag = start + quote + image.repository().len() + 1;
    let end = start + quote + present.len();
    let (Some(head), Some(tail)) = (text.get(..tag), text.get(end..)) else {
        return Err(format!("{at} is not where it was read"));
    };
    let new = wanted.to_string();
    let version = new.get(wanted.repository().len() + 1..).unwrap_or_default();
    let edited = [head, version, tail].concat();
    let after = one_document(&edited)?;
    if differs_only_at(&before, &after, path.segments(), &new) {
        Ok(edited)
    } else {
        Err(format!("{at} cannot be changed without changing more: write it in a line of its own, `image: {present}`"))
    }
}

fn one_document(text: &str) -> Result<Node, String> {
    let mut documents = parse(text, Aliases::Refuse).map_err(|error| format!("line {}: {error}", error.at.line))?;
    match documents.pop() {
        Some(document) if documents.is_empty() => Ok(document),
        _ => Err("the file is not one document".to_owned()),
    }
}

/// The byte at a place, counted as the parser does.
fn offset(text: &str, at: Position) -> Option<usize> {
    let start = line_start(text, at.line)?;
    let line = text.get(start..)?;
    // A byte order mark stands before the first column.
    let mark = if start == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let (column, _) = line.get(mark..)?.char_indices().nth(at.column.checked_sub(1)?)?;
    Some(start + mark + column)
}

/// The byte at which a line begins; `\n`, `\r\n` and `\r` end one.
fn line_start(text: &str, line: usize) -> Option<usize> {
    if line <= 1 {
        return Some(0);
    }
    let bytes = text.as_bytes();
    let is_end = |at: usize| match bytes.get(at) {
        Some(b'\n') => true,
        Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..bytes.len()).filter(|at| is_end(*at)).nth(line - 2).map(|at| at + 1)
}

/// Whether two files say the same but for one text.
fn differs_only_at(before: &Node, after: &Node, path: &[Segment], wanted: &str) -> bool {
    match (&before.value, &after.value) {
        (NodeValue::Scalar { text: old, plain }, NodeValue::Scalar { text: new, plain: other }) => {
            plain == other && old != new && new == wanted && path.is_empty()
        }
        (NodeValue::Mapping(old), NodeValue::Mapping(new)) => {
            let Some((Segment::Key(key), rest)) = path.split_first() else { return false };
            old.len() == new.len()
                && old.iter().zip(new).all(|(one, other)| {
                    one.key == other.key
                        && if one.key == *key {
                            differs_only_at(&one.value, &other.value, rest, wanted)
                        } else {
                            same(&one.value, &other.value)
                        }
                })
        }
        _ => false,
    }
}

/// Whether two values are the same, wherever they stand.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (NodeValue::Sequence(one), NodeValue::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (NodeValue::Mapping(one), NodeValue::Mapping(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.key == other.key && same(&one.value, &other.value))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    fn wanted(text: &str) -> ImageRef {
        ImageRef::new(text).unwrap()
    }

    #[test]
    fn every_way_of_writing_keeps_its_bytes() {
        let digest = format!("@sha256:{}", "a".repeat(64));
        for (before, after) in [
            ("services:\n  a:\n    image: x/y:1.0   # why\n", "services:\n  a:\n    image: x/y:2.0.1   # why\n"),
            ("services:\n  a:\n    image: 'x/y:1.0'", "services:\n  a:\n    image: 'x/y:2.0.1'"),
            ("services: {a: {image: \"x/y:1.0\", b: 1}}", "services: {a: {image: \"x/y:2.0.1\", b: 1}}"),
            ("\u{feff}services: {a: {image: x/y:1.0,b: 1}}\r\n", "\u{feff}services: {a: {image: x/y:2.0.1,b: 1}}\r\n"),
            (
                "# é\r\nservices:\r\n  a:\r\n    image:\r\n      x/y:1.0\r\n",
                "# é\r\nservices:\r\n  a:\r\n    image:\r\n      x/y:2.0.1\r\n",
            ),
            ("n: é\rservices:\r  a: {b: ü, image: x/y:1.0}\r", "n: é\rservices:\r  a: {b: ü, image: x/y:2.0.1}\r"),
            ("services:\n  a:\n    image: >-\n      x/y:1.0\n", "services:\n  a:\n    image: >-\n      x/y:2.0.1\n"),
            (
                "services:\r\n  a:\r\n    image: |-\r\n      x/y:1.0\r\n",
                "services:\r\n  a:\r\n    image: |-\r\n      x/y:2.0.1\r\n",
            ),
            (
                "\"services\":\n  a:\n    ? image\n    : x/y:1.0\n",
                "\"services\":\n  a:\n    ? image\n    : x/y:2.0.1\n",
            ),
        ] {
            assert_eq!(set(before, &path("services.a.image"), &wanted("x/y:2.0.1")).as_deref(), Ok(after), "{before}");
            let pinned = before.replace("1.0", &format!("1.0{digest}"));
            let edited = set(&pinned, &path("services.a.image"), &wanted("x/y:2.0.1"));
            assert_eq!(edited.as_deref(), Ok(after), "{pinned}");
            let edited = set(before, &path("services.a.image"), &wanted(&format!("x/y:2.0.1{digest}")));
            assert_eq!(edited, Ok(after.replace("2.0.1", &format!("2.0.1{digest}"))), "{before}");
        }
    }

    #[test]
    fn what_cannot_be_changed_in_part_is_refused() {
        for (text, word) in [
            ("services: {a: {image: \"x\\/y:1.0\"}}", "escapes"),
            ("services:\n  a:\n    image: |\n      x/y:1.0\n", "refuse"),
            ("services:\n  a:\n    image: &i x/y:1.0\n", "anchors"),
            ("services:\n  a:\n    image: !!str x/y:1.0\n", "tag"),
            ("services:\n  a:\n    image: z/y:1.0\n", "z/y"),
            ("services:\n  a: {}\n", "no services.a.image"),
            ("services:\n  a: {image: [1]}\n", "not an image"),
            ("a: 1\n---\nb: 1\n", "one document"),
        ] {
            let refused = set(text, &path("services.a.image"), &wanted("x/y:2.0.1")).unwrap_err();
            assert!(refused.contains(word), "{text}: {refused}");
        }
    }

    #[test]
    fn images_and_pins_are_found() {
        let text = "environments:\n  p:\n    overrides:\n      services.a.image: x/y:0.9\n      services.a: {image: x/y:0.8}\n      postgres.image: null\n  q: {}\nservices:\n  a: {image: x/y:1.0}\n  b: {ports: 1}\npostgres: {image: postgres:16.4}\ncluster: {a: 1}\n";
        let root = one_document(text).unwrap();
        let found: Vec<String> =
            images(&root).iter().map(|one| format!("{} {} {}", one.component, one.path, one.image)).collect();
        assert_eq!(found, ["a services.a.image x/y:1.0", "postgres postgres.image postgres:16.4"]);
        let pinned: Vec<String> = pins(&root, &path("services.a.image")).into_iter().map(|pin| pin.image).collect();
        assert_eq!(pinned, ["x/y:0.9", "x/y:0.8"]);
    }

    /// A file of some layout, and the bytes before and behind the version of `services.NAME.image`.
    fn layout() -> impl Strategy<Value = (String, String, String, String)> {
        let name = "[a-z][a-z0-9-]{0,8}[a-z]";
        let comment = prop_oneof![Just(String::new()), "[ ]{1,3}# [a-zA-Zé:'\"{}]{0,12}"];
        let quote = prop_oneof![Just(""), Just("'"), Just("\"")];
        let tag = "[0-9]{1,2}\\.[0-9]{1,3}(\\.[0-9]{1,2})?(-[a-z]{1,4}[0-9]{0,2})?";
        let line_end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
        let parts = (
            name,
            tag,
            quote,
            comment,
            line_end,
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
            1..5_usize,
            any::<bool>(),
        );
        parts.prop_map(|(name, tag, quote, comment, end, flow, mark, last, spaces, digest)| {
            let mark = if mark { "\u{feff}" } else { "" };
            let digest = if digest { format!("@sha256:{}", "0f".repeat(32)) } else { String::new() };
            let gap = " ".repeat(spaces);
            let before = if flow {
                format!("{mark}# ü{end}other: {{image: q/r:1.0}}{end}services: {{ {name} :{gap}{{a: 'é',{gap}image:{gap}{quote}q/r:")
            } else {
                format!("{mark}other: [é, \"x\"]{end}services:{comment}{end}{gap}zz:{end}{gap}  image: q/r:3.3{end}{gap}{name}1:{comment}{end}{gap}  a: \"q\"{end}{gap}  image:{gap}{quote}q/r:")
            };
            let close = if flow { format!("{quote}{gap}, b: 2}} }}") } else { format!("{quote}{comment}{end}{gap}  b: |{end}{gap}    image: q/r:1.0") };
            let behind = format!("{close}{}", if last { end } else { "" });
            let name = if flow { name } else { format!("{name}1") };
            (name, before, format!("{tag}{digest}"), behind)
        })
    }

    proptest! {
        #[test]
        fn bytes_outside_the_version_stay(layout in layout(), new in "[0-9]{1,3}\\.[0-9]{1,3}(-[a-z]{1,3}\\.[0-9])?", digest in any::<bool>()) {
            let (name, before, old, behind) = layout;
            let digest = if digest { format!("@sha256:{}", "ab".repeat(32)) } else { String::new() };
            let new = format!("{new}{digest}");
            prop_assume!(new != old);
            let text = format!("{before}{old}{behind}");
            let at = path(&format!("services.{name}.image"));
            let image = wanted(&format!("q/r:{new}"));
            let edited = set(&text, &at, &image).map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))?;
            prop_assert_eq!(&edited, &format!("{before}{new}{behind}"));
            let root = one_document(&edited).unwrap();
            let found = images(&root).into_iter().find(|one| one.path == at).unwrap();
            prop_assert_eq!(found.image, image);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a-z:{}\\[\\]'\"|>#& \r\n\u{feff}é0-9@./-]{0,60}") {
            let _ = set(&text, &path("a.image"), &wanted("x:2"));
            let _ = set(&format!("a: {{image: x:1}}\n{text}"), &path("a.image"), &wanted("x:2"));
        }
    }
}
