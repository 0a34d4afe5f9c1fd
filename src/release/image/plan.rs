//! Which images get which versions, and the text of `platform.yaml` with them.

use std::cmp::Ordering;

use super::edit::{Image, Pin, images, pins, set};
use super::order::ImageVersion;
use crate::config::path::Path;
use crate::config::suggestion;
use crate::values::ImageRef;
use crate::yaml::Node;

/// A version that a component is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The component.
    pub component: String,
    /// The tag of its image, and its digest if wanted: `0.0.18@sha256:...`.
    pub version: String,
}

/// Which versions are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Newer ones.
    Newer,
    /// Older ones.
    Older,
    /// Both.
    Any,
}

/// An image that gets another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The component.
    pub component: String,
    /// Where its image stands: `services.django-api.image`.
    pub path: Path,
    /// The image before.
    pub from: ImageRef,
    /// The image after.
    pub to: ImageRef,
    /// Overrides that keep another version in an environment.
    pub pins: Vec<Pin>,
}

impl Move {
    /// Whether a digest goes with the old version, and none comes with the new one.
    #[must_use]
    pub fn drops_digest(&self) -> bool {
        self.from.digest().is_some() && self.to.digest().is_none()
    }

    /// `django-api: 0.0.17 -> 0.0.18`; of a digest alone, the first digits of both.
    #[must_use]
    pub fn told(&self) -> String {
        let (from, to) = self.versions();
        format!("{}: {from} -> {to}", self.component)
    }

    /// The versions before and after, with the first digits of their digests where the tags are the same.
    #[must_use]
    pub fn versions(&self) -> (String, String) {
        let with_digest = |image: &ImageRef| {
            let digest = image.digest().map(|digest| digest.chars().take("sha256:".len() + 12).collect::<String>());
            digest.map_or_else(|| image.tag().to_owned(), |digest| format!("{}@{digest}", image.tag()))
        };
        if self.from.tag() == self.to.tag() {
            return (with_digest(&self.from), with_digest(&self.to));
        }
        (self.from.tag().to_owned(), self.to.tag().to_owned())
    }

    /// Whether the version gets lower.
    #[must_use]
    pub fn is_back(&self) -> bool {
        order(&self.to, &self.from) == Some(Ordering::Less)
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The new text of the file.
    pub text: String,
    /// What changes.
    pub moves: Vec<Move>,
    /// Components that have their version already, with their images.
    pub same: Vec<(String, ImageRef)>,
}

/// Why a wish cannot be fulfilled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What stands in the way.
    pub message: String,
    /// What to type.
    pub hint: String,
}

/// Which of two versions of one image stands before the other, by their tags.
#[must_use]
pub fn order(one: &ImageRef, other: &ImageRef) -> Option<Ordering> {
    ImageVersion::new(one.tag()).ok()?.order(&ImageVersion::new(other.tag()).ok()?)
}

/// What the wishes make of a file: `root` is what its text says, `file` what it is called.
///
/// # Errors
/// Every refusal.
pub fn plan(
    (text, root, file): (&str, &Node, &str),
    wishes: &[Wish],
    direction: Direction,
) -> Result<Planned, Vec<Refusal>> {
    let known = images(root);
    let mut planned = Planned { text: text.to_owned(), moves: Vec::new(), same: Vec::new() };
    let mut refusals = Vec::new();
    for wish in wishes {
        match one(root, &known, wish, direction, file) {
            Ok(found) if found.from == found.to => planned.same.push((found.component, found.from)),
            Ok(found) => match set(&planned.text, &found.path, &found.to) {
                Ok(text) => {
                    planned.text = text;
                    planned.moves.push(found);
                }
                Err(why) => refusals.push(Refusal {
                    message: format!("the version in {file} cannot be changed in its place: {why}"),
                    hint: format!("mend {file} by hand, run `ahuora generate`, commit, and try again"),
                }),
            },
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(planned) } else { Err(refusals) }
}

/// What a wish means; the same image twice when there is nothing to do.
fn one(root: &Node, known: &[Image], wish: &Wish, direction: Direction, file: &str) -> Result<Move, Refusal> {
    let Wish { component, version } = wish;
    let Some(found) = known.iter().find(|one| one.component == *component) else {
        let names: Vec<&str> = known.iter().map(|one| one.component.as_str()).collect();
        return Err(Refusal {
            message: format!("{file} has no component `{component}` with an image{}", suggestion(component, &names)),
            hint: format!("the components with images are: {}", names.join(", ")),
        });
    };
    let present = &found.image;
    let to = wanted(present, component, version)?;
    let to = if to.tag() == present.tag() && to.digest().is_none() { present.clone() } else { to };
    if to.tag() != present.tag() {
        examine(present, &to, component, direction, file)?;
    }
    let pins = pins(root, &found.path);
    Ok(Move { component: component.clone(), path: found.path.clone(), from: present.clone(), to, pins })
}

/// The image with another version.
fn wanted(present: &ImageRef, component: &str, version: &str) -> Result<ImageRef, Refusal> {
    let refuse = |why: String| Refusal {
        message: format!("`{version}` cannot be the version of {component}: {why}"),
        hint: format!(
            "write the tag of the image alone, such as {}, and its digest if wanted: TAG@sha256:...",
            present.tag()
        ),
    };
    let tag = version.split('@').next().unwrap_or(version);
    if tag.contains(['/', ':']) {
        return Err(refuse("it is more than a tag".to_owned()));
    }
    let image = ImageRef::new(&format!("{}:{version}", present.repository())).map_err(refuse)?;
    ImageVersion::new(image.tag()).map_err(|why| refuse(format!("{why}; {}", shape(present))))?;
    Ok(image)
}

/// What a version has to look like.
fn shape(present: &ImageRef) -> String {
    let shape = ImageVersion::new(present.tag()).map(|version| version.shape()).unwrap_or_default();
    format!("expected {shape}, as the present {}", present.tag())
}

/// Whether the direction is the one that is allowed.
fn examine(
    present: &ImageRef,
    to: &ImageRef,
    component: &str,
    direction: Direction,
    file: &str,
) -> Result<(), Refusal> {
    let (from_tag, to_tag) = (present.tag(), to.tag());
    let refuse = |message: String, hint: String| Err(Refusal { message, hint });
    if ImageVersion::new(from_tag).is_err() {
        return refuse(
            format!("the present version of {component}, {from_tag}, is none that can be compared"),
            format!("set the first version in {file} by hand, run `ahuora generate`, and commit"),
        );
    }
    match (order(to, present), direction) {
        (None, _) => refuse(
            format!("{to_tag} cannot be compared with the present version of {component}: {}", shape(present)),
            format!("write a version of that shape; for another one, edit {file} by hand and run `ahuora generate`"),
        ),
        (Some(Ordering::Equal), _) => refuse(
            format!("{to_tag} is neither newer nor older than the present version of {component}, {from_tag}"),
            "write the version as its registry has it".to_owned(),
        ),
        (Some(Ordering::Less), Direction::Newer) => refuse(
            format!("{to_tag} is older than the present version of {component}, {from_tag}"),
            format!("to go back: ahuora release rollback {component} --to {to_tag} (or --allow-downgrade)"),
        ),
        (Some(Ordering::Greater), Direction::Older) => refuse(
            format!("{to_tag} is not older than the present version of {component}, {from_tag}: that is no rollback"),
            format!("to go forward: ahuora release bump {component} {to_tag}"),
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Aliases, parse};

    const FILE: &str = "services:\n  django-api: {image: ahuora/django-api:0.0.17}\npostgres:\n  image: postgres:16.4\npgbouncer: {image: p/b:v1.25.2-p0}\nodd: {image: x:bookworm}\n";

    fn planned(component: &str, version: &str, direction: Direction) -> Result<Planned, String> {
        let root = parse(FILE, Aliases::Refuse).unwrap().remove(0);
        let wish = Wish { component: component.to_owned(), version: version.to_owned() };
        plan((FILE, &root, "platform.yaml"), &[wish], direction).map_err(|all| all[0].message.clone())
    }

    #[test]
    fn directions_are_kept() {
        use Direction::{Any, Newer, Older};
        for (component, version, direction, word) in [
            ("django-api", "0.0.18", Newer, ""),
            ("django-api", "0.1.0-beta.1", Newer, ""),
            ("django-api", "0.0.16", Newer, "is older"),
            ("django-api", "0.0.16", Any, ""),
            ("django-api", "0.0.16", Older, ""),
            ("django-api", "0.0.18", Older, "is no rollback"),
            ("postgres", "16.10", Newer, ""),
            ("postgres", "17", Newer, "expected N.N, as the present 16.4"),
            ("postgres", "016.4", Newer, "neither newer nor older"),
            ("pgbouncer", "v1.25.2-p1", Newer, ""),
            ("pgbouncer", "v1.26.0", Newer, "expected vN.N.N-pN"),
            ("odd", "12.1", Newer, "is none that can be compared"),
            ("djangoapi", "1.0.0", Newer, "did you mean `django-api`?"),
            ("django-api", "django-api-0.0.18", Newer, "expected N.N.N"),
            ("django-api", "latest", Newer, "which moves"),
            ("django-api", "", Newer, "cannot be the version"),
            ("django-api", "ahuora/django-api:0.0.18", Newer, "more than a tag"),
            ("django-api", "0.0.18@sha256:12", Newer, "digest"),
            ("django-api", "0.0.18 ", Newer, "registries refuse"),
        ] {
            let result = planned(component, version, direction);
            match result {
                Ok(found) => assert!(word.is_empty() && found.moves.len() == 1, "{component} {version}: {found:?}"),
                Err(said) => assert!(!word.is_empty() && said.contains(word), "{component} {version}: {said}"),
            }
        }
    }

    #[test]
    fn the_same_version_is_no_change_and_another_digest_is() {
        let found = planned("django-api", "0.0.17", Direction::Newer).unwrap();
        assert!(found.moves.is_empty() && found.text == FILE && found.same.len() == 1);
        let pinned = format!("0.0.17@sha256:{}", "a".repeat(64));
        let found = planned("django-api", &pinned, Direction::Newer).unwrap();
        assert_eq!(found.moves[0].told(), "django-api: 0.0.17 -> 0.0.17@sha256:aaaaaaaaaaaa");
        assert!(found.text.contains(&pinned) && !found.moves[0].drops_digest());
    }
}
