//! YAML text to [`Node`]s, over the event parser `granit-parser`.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::node::{Entry, Node, NodeValue, Position};

/// Deepest nesting that is read; Kubernetes objects stay below 30.
const MAX_DEPTH: usize = 100;
/// Most values that one text may expand to through aliases.
const MAX_NODES: usize = 4_000_000;

/// What to do with `&anchors` and `*aliases`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aliases {
    /// Refuse them: the text is a configuration, where each value must have one place.
    Refuse,
    /// Put the anchored value in their place, within bounds.
    Expand,
}

/// Why a text is not acceptable YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where the problem was seen.
    pub at: Position,
    /// What is wrong.
    pub message: String,
}

/// Reads every document of a text.
///
/// # Errors
/// When the text is not YAML, a key is repeated or is not text, or anchors appear where they are refused.
pub fn parse(text: &str, aliases: Aliases) -> Result<Vec<Node>, SyntaxError> {
    // Another crate of the program may ask the parser for comments, which would stand between keys and values.
    let options = granit_parser::options! { emit_comments: false };
    let events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader { events, aliases, anchors: HashMap::new(), nodes: 0 };
    let mut documents = Vec::new();
    loop {
        let (event, _) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(..) => {
                reader.anchors.clear();
                let (first, span) = reader.next()?;
                documents.push(reader.node(first, span, 0)?);
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, granit_parser::StrInput<'a>>,
    aliases: Aliases,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), SyntaxError> {
        match self.events.next() {
            Some(Ok(pair)) => Ok(pair),
            Some(Err(error)) => {
                let marker = *error.marker();
                let at = Position { line: marker.line(), column: marker.col() + 1 };
                Err(SyntaxError { at, message: format!("not valid YAML: {}", error.info()) })
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, SyntaxError> {
        let at = position(span);
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(problem(at, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        if self.nodes > MAX_NODES {
            return Err(problem(at, format!("more than {MAX_NODES} values")));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && !is_text_tag(tag.as_deref());
                self.refuse_tag(tag.as_deref(), at)?;
                (NodeValue::Scalar { text: text.into_owned(), plain }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), at)?;
                (NodeValue::Sequence(self.items(depth)?), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), at)?;
                (NodeValue::Mapping(self.entries(depth)?), anchor)
            }
            Event::Alias(id) => return self.alias(id, at),
            _ => (NodeValue::Scalar { text: String::new(), plain: true }, 0),
        };
        let node = Node { value, at };
        if anchor != 0 {
            if self.aliases == Aliases::Refuse {
                return Err(problem(at, "anchors (`&name`) are not supported here: write the value out".to_owned()));
            }
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, SyntaxError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                return Ok(items);
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry>, SyntaxError> {
        let mut own: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        let mut seen = Seen::default();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                merged.retain(|entry| seen.place(&own, &entry.key).is_none());
                own.append(&mut merged);
                return Ok(own);
            }
            let at = position(span);
            let Node { value: NodeValue::Scalar { text: key, plain }, .. } = self.node(event, span, depth + 1)? else {
                return Err(problem(at, "a key must be text, not a list or a mapping".to_owned()));
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            if plain && key == "<<" {
                self.merge(&mut merged, value, at)?;
                continue;
            }
            if let Some(first) = seen.place(&own, &key) {
                return Err(problem(at, format!("key `{key}` is repeated; it stands first in line {}", first.line)));
            }
            own.push(Entry { key, at, value });
            seen.grow(&own);
        }
    }

    /// YAML 1.1 merge: takes the keys of the named mappings, the first mapping winning.
    fn merge(&self, merged: &mut Vec<Entry>, value: Node, at: Position) -> Result<(), SyntaxError> {
        if self.aliases == Aliases::Refuse {
            return Err(problem(at, "merge keys (`<<`) are not supported here: write the values out".to_owned()));
        }
        let sources = match value.value {
            NodeValue::Sequence(items) => items,
            _ => vec![value],
        };
        for source in sources {
            let NodeValue::Mapping(entries) = source.value else {
                return Err(problem(at, "`<<` needs a mapping, or a list of mappings".to_owned()));
            };
            for entry in entries {
                if merged.iter().all(|known| known.key != entry.key) {
                    merged.push(entry);
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, at: Position) -> Result<Node, SyntaxError> {
        if self.aliases == Aliases::Refuse {
            return Err(problem(at, "aliases (`*name`) are not supported here: write the value out".to_owned()));
        }
        let node = self.anchors.get(&id).cloned().ok_or_else(|| problem(at, "alias without anchor".to_owned()))?;
        self.nodes += count(&node);
        if self.nodes > MAX_NODES {
            return Err(problem(at, format!("aliases expand to more than {MAX_NODES} values")));
        }
        Ok(node)
    }

    fn refuse_tag(&self, tag: Option<&Tag>, at: Position) -> Result<(), SyntaxError> {
        match tag {
            None => Ok(()),
            Some(_) if self.aliases == Aliases::Expand && is_text_tag(tag) => Ok(()),
            Some(tag) => Err(problem(at, format!("tag `{}{}` is not supported", tag.handle(), tag.suffix()))),
        }
    }
}

/// Where the keys of a mapping stand. Few keys are looked through, many are indexed.
#[derive(Default)]
struct Seen(HashMap<String, Position>);

impl Seen {
    /// Most keys that are looked through.
    const FEW: usize = 16;

    fn place(&self, own: &[Entry], key: &str) -> Option<Position> {
        if self.0.is_empty() {
            return own.iter().find(|entry| entry.key == key).map(|entry| entry.at);
        }
        self.0.get(key).copied()
    }

    /// Takes in the last key.
    fn grow(&mut self, own: &[Entry]) {
        let from = match own.len() {
            0..=Self::FEW => own.len(),
            _ if self.0.is_empty() => 0,
            length => length - 1,
        };
        self.0.extend(own.iter().skip(from).map(|entry| (entry.key.clone(), entry.at)));
    }
}

fn is_text_tag(tag: Option<&Tag>) -> bool {
    tag.is_some_and(|tag| tag.suffix() == "str" || (tag.handle() == "!" && tag.suffix().is_empty()))
}

fn count(node: &Node) -> usize {
    match &node.value {
        NodeValue::Sequence(items) => 1 + items.iter().map(count).sum::<usize>(),
        NodeValue::Mapping(entries) => 1 + entries.iter().map(|entry| count(&entry.value)).sum::<usize>(),
        NodeValue::Scalar { .. } | NodeValue::Removed => 1,
    }
}

fn position(span: Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

const fn problem(at: Position, message: String) -> SyntaxError {
    SyntaxError { at, message }
}
