//! From a key of platform.yaml to the fields that move with it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::fields::shown;
use super::resource::UndecidedJson;
use super::{LeafJson, Question, platform};
use crate::config::path::{Path, Segment};
use crate::config::suggestion;
use crate::error::{Failure, Outcome};
use crate::provenance::{Documents, Effect, How, Leaf, Map, Parts, readable, reader};
use crate::tree::FieldPath;
use crate::ui::Format;

#[derive(Serialize)]
struct Answer<'a> {
    environment: &'a str,
    key: String,
    leaves: Vec<LeafJson<'a>>,
    moves: Vec<ResourceJson<'a>>,
    undecided: Vec<UndecidedJson<'a>>,
    read_by: Option<String>,
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    kind: &'a str,
    name: &'a str,
    namespace: Option<&'a str>,
    file: &'a str,
    fields: Vec<FieldJson>,
}

#[derive(Serialize)]
struct FieldJson {
    path: String,
    /// The present value; none of a field that would appear.
    value: Option<Value>,
    how: &'static str,
}

pub(super) fn answer(question: &Question<'_>, what: &str, field: Option<&str>) -> Result<Outcome, Failure> {
    if let Some(field) = field {
        let message = format!("`{what}` is a key of {}, which has no field `{field}`", question.common.config);
        return Err(Failure::usage(
            message,
            "name a resource before a field: `ahuora explain django-api/deployment spec`",
        ));
    }
    let path =
        Path::parse(what).map_err(|message| Failure::usage(message, "or name a resource: `django-api/deployment`"))?;
    let leaves: Vec<&Leaf> = question.leaves.all.iter().filter(|leaf| leaf.path.starts_with(&path)).collect();
    if leaves.is_empty() {
        return Err(unknown(question, &path));
    }
    let own = leaves.first().and_then(|leaf| leaf.environment()).filter(|_| path.segments().len() > 1);
    let of_key = own.and_then(|name| platform(question.configuration, name).ok());
    let platforms = question.platforms();
    let Some(platform) = question.environment.or(of_key).or_else(|| platforms.first().copied()) else {
        return Err(unknown(question, &path));
    };
    let documents = Documents::of(question.configuration, question.out, platform, Parts::ALL)
        .map_err(|found| question.failure(found))?;
    let map = Map::of(&documents, question.leaves, leaves.iter().copied());
    let undecided = map.effects.iter().filter_map(|(leaf, effect)| match effect {
        Effect::Undecided(reason) => Some(UndecidedJson { leaf: LeafJson::of(leaf, question), reason }),
        Effect::Moves(_) => None,
    });
    let moves = moves(&documents, &map, &path);
    let read_by = if moves.is_empty() { reader(&path).map(|reader| reader.to_string()) } else { None };
    let answer = Answer {
        environment: platform.scope.environment.as_str(),
        key: path.to_string(),
        leaves: leaves.iter().map(|leaf| LeafJson::of(leaf, question)).collect(),
        moves,
        undecided: undecided.collect(),
        read_by,
    };
    match question.ui.format {
        Format::Json => question.ui.json(&answer)?,
        Format::Text | Format::Markdown => question.ui.data(&text(&answer))?,
    }
    Ok(Outcome::Fine)
}

/// What moves, resource by resource.
fn moves<'a>(documents: &Documents<'_>, map: &'a Map<'_>, path: &Path) -> Vec<ResourceJson<'a>> {
    let mut resources: Vec<ResourceJson<'a>> = Vec::new();
    for moved in map.moved_by(path) {
        let document = documents.iter().find(|document| document.id == moved.resource);
        let (path, value) = match document.filter(|_| moved.how != How::Appears) {
            Some(document) => (readable(&moved.field, &document.value), moved.field.find(&document.value)),
            None => (moved.field.clone(), None),
        };
        let how = match moved.how {
            How::Changes => "changes",
            How::Vanishes => "vanishes",
            How::Appears => "appears",
        };
        let value = value.map(|(value, _)| value.clone()).filter(|_| moved.field != FieldPath::default());
        let field = FieldJson { path: path.to_string(), value, how };
        match resources.iter_mut().find(|known| known.file == moved.file) {
            Some(known) => add(&mut known.fields, field),
            None => resources.push(ResourceJson {
                kind: &moved.resource.kind,
                name: &moved.resource.name,
                namespace: moved.resource.namespace.as_deref(),
                file: &moved.file,
                fields: vec![field],
            }),
        }
    }
    resources
}

/// A field that changes with one value of the leaf and vanishes with another changes.
fn add(fields: &mut Vec<FieldJson>, field: FieldJson) {
    match fields.iter_mut().find(|known| known.path == field.path) {
        Some(known) if field.how == "changes" => known.how = field.how,
        Some(_) => {}
        None => fields.push(field),
    }
}

fn text(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for leaf in &answer.leaves {
        let _ = writeln!(text, "{}", leaf.line());
    }
    for UndecidedJson { leaf, reason } in &answer.undecided {
        let _ = writeln!(text, "\n{}: no other value is valid: {reason}", leaf.path);
    }
    if answer.moves.is_empty() && answer.undecided.len() < answer.leaves.len() {
        let _ = writeln!(text, "\nno manifest of {} depends on it", answer.environment);
        if let Some(reader) = &answer.read_by {
            let _ = writeln!(text, "it is read by {reader}");
        }
    }
    for resource in &answer.moves {
        let ResourceJson { kind, name, file, .. } = resource;
        let _ = if name == file { writeln!(text, "\n{file}") } else { writeln!(text, "\n{kind}/{name}  {file}") };
        for field in &resource.fields {
            let name = if field.path.is_empty() { "the whole resource" } else { &field.path };
            let value = field.value.as_ref().map(|value| format!(": {}", shown(value))).unwrap_or_default();
            let how = match field.how {
                "vanishes" => " (whether it is there)",
                "appears" => " (would appear)",
                _ => "",
            };
            let _ = writeln!(text, "    {name}{value}{how}");
        }
    }
    text
}

/// Suggests what stands beside the first step that leads nowhere.
fn unknown(question: &Question<'_>, path: &Path) -> Failure {
    let within = |above: &[Segment]| {
        let fits = |leaf: &&Leaf| leaf.path.segments().starts_with(above);
        question.leaves.all.iter().filter(fits).filter_map(|leaf| leaf.path.segments().get(above.len())).collect()
    };
    let (mut above, mut rest): (&[Segment], &[Segment]) = (&[], path.segments());
    let mut known: BTreeSet<&Segment> = within(above);
    while let Some((_, more)) = rest.split_first().filter(|(step, _)| known.contains(step)) {
        (above, rest) = (path.segments().get(..=above.len()).unwrap_or_default(), more);
        known = within(above);
    }
    let shown = above.iter().fold(Path::default(), |path, segment| path.join(segment.clone()));
    let place = if above.is_empty() { question.common.config.clone() } else { format!("`{shown}`") };
    let message = match (rest.first(), known.last()) {
        (Some(Segment::Index(index)), Some(Segment::Index(last))) => {
            format!("{place} has {} items, there is no [{index}]", last + 1)
        }
        (Some(Segment::Key(key)), Some(Segment::Key(_))) => {
            let keys = known.iter().filter_map(|segment| match segment {
                Segment::Key(key) => Some(key.as_str()),
                Segment::Index(_) => None,
            });
            format!("{place} has no key `{key}`{}", suggestion(key, &keys.collect::<Vec<_>>()))
        }
        _ => format!("{place} holds nothing that `{path}` could name"),
    };
    let hint = "name a key by its path, such as `services.django-api.image`, or a resource: `django-api/deployment`";
    Failure::usage(message, hint)
}
