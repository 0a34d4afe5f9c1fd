//! From a resource, or a field of one, to the leaves that decide it.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::fields::{below, find, shown};
use super::{LeafJson, Question, platform};
use crate::config::suggestion;
use crate::error::{Failure, Outcome};
use crate::platform::Platform;
use crate::provenance::{COMPOSE, Documents, Effect, How, Leaf, Map, Origin, Parts, readable};
use crate::tree::{Document, FieldPath};
use crate::ui::Format;

#[derive(Serialize)]
struct Answer<'a> {
    environment: Option<&'a str>,
    resource: ResourceJson<'a>,
    field: Option<String>,
    fields: Vec<FieldJson<'a>>,
    undecided: Vec<UndecidedJson<'a>>,
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    kind: &'a str,
    name: &'a str,
    namespace: Option<&'a str>,
    file: String,
}

#[derive(Serialize)]
struct FieldJson<'a> {
    path: String,
    value: &'a Value,
    sources: Vec<SourceJson<'a>>,
    /// Who sets a value that no leaf changes.
    rule: Option<RuleJson<'a>>,
}

#[derive(Clone, PartialEq, Serialize)]
struct SourceJson<'a> {
    #[serde(flatten)]
    leaf: LeafJson<'a>,
    decides: &'static str,
    /// The field that comes and goes, where the leaf decides whether it is there: this one, or one above it.
    of: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
struct RuleJson<'a> {
    component: &'a str,
    builder: &'static str,
}

/// A leaf that could not be varied, so that a field may depend on it unseen.
#[derive(Serialize)]
pub(super) struct UndecidedJson<'a> {
    #[serde(flatten)]
    pub(super) leaf: LeafJson<'a>,
    pub(super) reason: &'a str,
}

pub(super) fn answer(question: &Question<'_>, what: &str, field: Option<&str>) -> Result<Outcome, Failure> {
    let (platform, parts, path) = locate(question, what)?;
    let documents = Documents::of(question.configuration, question.out, platform, parts)
        .map_err(|found| question.failure(found))?;
    let Some(document) = documents.iter().find(|document| document.path == path) else {
        return Err(unknown(question, what));
    };
    let name = &platform.scope.environment;
    let which: Vec<&Leaf> = if parts.cluster {
        question.leaves.all.iter().collect()
    } else {
        question.leaves.of_environment(name).collect()
    };
    let map = Map::of(&documents, question.leaves, which.into_iter());
    let (at, value) = match field {
        Some(text) => {
            find(document, text).map_err(|failure| absent(question, &map, document, text).unwrap_or(failure))?
        }
        None => (FieldPath::default(), &*document.value),
    };
    let maker = documents.maker(document);
    let rule = RuleJson { component: maker.component, builder: maker.builder };
    let fields = below(&at, value).into_iter().map(|(path, value)| {
        let sources = sources(question, &map, document, &path);
        let rule = sources.iter().all(|source| source.decides != "value").then_some(rule);
        FieldJson { path: readable(&path, &document.value).to_string(), value, sources, rule }
    });
    let undecided = map.effects.iter().filter_map(|(leaf, effect)| match effect {
        Effect::Undecided(reason) if leaf.origin == Origin::Written => {
            Some(UndecidedJson { leaf: LeafJson::of(leaf, question), reason })
        }
        _ => None,
    });
    let answer = Answer {
        environment: parts.environment.then(|| name.as_str()),
        resource: ResourceJson {
            kind: &document.id.kind,
            name: &document.id.name,
            namespace: document.id.namespace.as_deref(),
            file: documents.file(document),
        },
        field: field.map(|_| readable(&at, &document.value).to_string()),
        fields: fields.collect(),
        undecided: undecided.collect(),
    };
    match question.ui.format {
        Format::Json => question.ui.json(&answer)?,
        Format::Text | Format::Markdown => question.ui.data(&text(&answer))?,
    }
    Ok(Outcome::Fine)
}

/// Of a field that is not there, but would be with another value of a leaf: which leaf.
fn absent(question: &Question<'_>, map: &Map<'_>, document: &Document, text: &str) -> Option<Failure> {
    let path = FieldPath::parse(text).ok()?;
    let brings = |effect: &Effect| {
        let mut own = effect.moves().iter().filter(|moved| moved.resource == document.id && moved.how == How::Appears);
        own.any(|moved| path.0.starts_with(&moved.field.0))
    };
    let (leaf, _) = map.effects.iter().find(|(_, effect)| brings(effect))?;
    let LeafJson { path, file, line, column, .. } = LeafJson::of(leaf, question);
    Some(Failure::usage(
        format!(
            "{} has no field `{text}`; it would have, with another value of `{path}` ({file}:{line}:{column})",
            document.id
        ),
        format!("`ahuora explain {path}` tells what else would move"),
    ))
}

/// The leaves that decide a field, each once: its value, or else whether it is there.
fn sources<'a>(
    question: &Question<'a>,
    map: &'a Map<'a>,
    document: &Document,
    field: &FieldPath,
) -> Vec<SourceJson<'a>> {
    let mut found: Vec<(&Leaf, SourceJson<'a>)> = Vec::new();
    for source in map.sources(&document.id, field) {
        let is_value = source.how == How::Changes;
        // A block with another name is still there.
        if source.leaf.origin == Origin::Name && !is_value && source.moved != field {
            continue;
        }
        let of = (!is_value).then(|| readable(source.moved, &document.value).to_string());
        let decides = if is_value { "value" } else { "presence" };
        let source_json = SourceJson { leaf: LeafJson::of(source.leaf, question), decides, of };
        match found.iter_mut().find(|(leaf, _)| *leaf == source.leaf) {
            Some((_, known)) if is_value => *known = source_json,
            Some(_) => {}
            None => found.push((source.leaf, source_json)),
        }
    }
    // What is chosen needs no telling where the value that was chosen is told.
    let told: Vec<&Leaf> = found.iter().map(|(leaf, _)| *leaf).filter(|leaf| leaf.origin != Origin::Choice).collect();
    found.retain(|(leaf, _)| leaf.origin != Origin::Choice || !told.iter().any(|one| one.path.starts_with(&leaf.path)));
    let mut sources: Vec<SourceJson<'a>> = found.into_iter().map(|(_, source)| source).collect();
    sources.sort_by_key(|source| source.decides != "value");
    sources
}

/// Fields that have the same sources stand together, in the order of the resource; those of the rule come last.
/// What decides whether a whole block is there is told once, for the block.
fn text(answer: &Answer<'_>) -> String {
    let ResourceJson { kind, name, file, .. } = &answer.resource;
    let mut text = if name == file { format!("{file}\n") } else { format!("{kind}/{name}  {file}\n") };
    let alone = answer.fields.len() == 1;
    let is_own = |source: &&SourceJson<'_>, field: &FieldJson<'_>| {
        alone || source.of.as_ref().is_none_or(|block| *block == field.path)
    };
    let mut blocks: Vec<(&str, Vec<&SourceJson<'_>>)> = Vec::new();
    let mut groups: Vec<(Vec<&FieldJson<'_>>, Vec<&SourceJson<'_>>, Option<RuleJson<'_>>)> = Vec::new();
    for field in &answer.fields {
        let (own, others): (Vec<_>, Vec<_>) = field.sources.iter().partition(|source| is_own(source, field));
        for source in others {
            let block = source.of.as_deref().unwrap_or_default();
            match blocks.iter_mut().find(|(known, _)| *known == block) {
                Some((_, known)) if known.contains(&source) => {}
                Some((_, known)) => known.push(source),
                None => blocks.push((block, vec![source])),
            }
        }
        match groups.iter_mut().find(|(_, sources, rule)| *sources == own && *rule == field.rule) {
            Some((group, ..)) => group.push(field),
            None => groups.push((vec![field], own, field.rule)),
        }
    }
    groups.sort_by_key(|(_, sources, _)| sources.is_empty());
    for (block, sources) in blocks {
        let _ = writeln!(text, "\n{}", if block.is_empty() { "the whole resource" } else { block });
        sources.iter().for_each(|source| tell(&mut text, source));
    }
    for (fields, sources, rule) in groups {
        text.push('\n');
        for field in fields {
            let _ = writeln!(text, "{}: {}", field.path, shown(field.value));
        }
        sources.iter().for_each(|source| tell(&mut text, source));
        if let Some(RuleJson { component, builder }) = rule {
            let _ = writeln!(text, "    fixed by ahuora: rule `{builder}` (component {component})");
        }
    }
    text
}

fn tell(text: &mut String, source: &SourceJson<'_>) {
    let is_presence = source.decides == "presence" && source.leaf.origin != "name";
    let _ = writeln!(text, "    {}{}", source.leaf.line(), if is_presence { " (whether it is there)" } else { "" });
}

/// The environment in which a resource is found first, the parts of the output to look at, and its path.
fn locate<'a>(question: &Question<'a>, what: &str) -> Result<(&'a Platform, Parts, String), Failure> {
    let none = Parts { environment: false, cluster: false, compose: false };
    let (environment, cluster, compose) =
        (Parts { environment: true, ..none }, Parts { cluster: true, ..none }, Parts { compose: true, ..none });
    let wanted = without_ends(question, what);
    let mut platforms = question.platforms();
    // A folder of an environment in front says which one is meant.
    if question.environment.is_none()
        && let Some(named) = wanted.split_once('/').and_then(|(first, _)| platform(question.configuration, first).ok())
    {
        platforms.insert(0, named);
    }
    let first = platforms.first().copied().ok_or_else(|| unknown(question, what))?;
    let of_compose = question.configuration.operations.compose.as_ref().map(|spec| spec.environment.as_str());
    let for_compose = of_compose.and_then(|name| platform(question.configuration, name).ok()).unwrap_or(first);
    let everywhere = platforms.into_iter().map(|platform| (platform, environment));
    for (platform, parts) in everywhere.chain([(first, cluster), (for_compose, compose)]) {
        let documents = Documents::of(question.configuration, question.out, platform, parts)
            .map_err(|found| question.failure(found))?;
        if let Some(document) = documents.iter().find(|document| is_meant(document, wanted)) {
            return Ok((platform, parts, document.path.clone()));
        }
    }
    Err(unknown(question, what))
}

fn without_ends<'w>(question: &Question<'_>, what: &'w str) -> &'w str {
    let below = what.strip_prefix(question.out).and_then(|rest| rest.strip_prefix('/')).unwrap_or(what);
    if below == COMPOSE { below } else { below.strip_suffix(".yaml").unwrap_or(below) }
}

fn is_meant(document: &Document, wanted: &str) -> bool {
    names(document).iter().any(|name| name == wanted)
}

/// What a resource is called: by its path, its path within its folder, its kind and name.
fn names(document: &Document) -> Vec<String> {
    if document.path == COMPOSE {
        return vec![COMPOSE.to_owned()];
    }
    let path = document.path.strip_suffix(".yaml").unwrap_or(&document.path);
    let mut names = vec![path.to_owned(), document.id.to_string()];
    names.extend(path.split_once('/').map(|(_, rest)| rest.to_owned()).filter(|rest| rest.contains('/')));
    names
}

/// Suggests what stands in the same folder, else the folders.
fn unknown(question: &Question<'_>, what: &str) -> Failure {
    let wanted = without_ends(question, what);
    let platforms = question.platforms();
    let documents =
        platforms.first().and_then(|one| Documents::of(question.configuration, question.out, one, Parts::ALL).ok());
    let names: Vec<String> = documents.iter().flat_map(Documents::iter).flat_map(names).collect();
    let folder = wanted.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
    let mut known: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.rsplit_once('/').is_some_and(|(own, _)| own == folder))
        .collect();
    if known.is_empty() {
        known = names.iter().map(String::as_str).collect();
    }
    known.sort_unstable();
    known.dedup();
    let mut near = suggestion(wanted, &known);
    if near.contains("known here") && known.len() > 20 {
        near = String::new();
    }
    Failure::usage(
        format!("there is no resource `{what}`{near}"),
        "name it as in manifests/, such as `django-api/deployment`, or by kind and name: `Deployment/django-api`",
    )
}
