//! Paths to fields of a resource, as people write and read them:
//! `spec.template.spec.containers[name=api].ports[containerPort=80,protocol=TCP]`, `spec.rules[0].host`.

use std::fmt;

use serde_json::Value;

/// A path from a resource to one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct FieldPath(pub Vec<Step>);

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A key of a mapping.
    Key(String),
    /// The item of a list whose fields have these values.
    Item(Vec<(String, Value)>),
    /// The item of a list with this index, from 0.
    Index(usize),
}

impl FieldPath {
    /// Parses the written form; a leading dot is permitted, keys with dots, brackets or quotes stand in
    /// double quotes.
    ///
    /// # Errors
    /// When a bracket or quote is not closed, or a key is empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a path of a field: write it as `spec.containers[name=api].image`");
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('.').unwrap_or(text);
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('[') {
                Some(inside) => {
                    let (inside, after) = split_outside_quotes(inside, &[']']).ok_or_else(wrong)?;
                    (item(inside).ok_or_else(wrong)?, after.get(1..).unwrap_or_default())
                }
                None => {
                    let (key, after) = split_outside_quotes(rest, &['.', '[']).unwrap_or((rest, ""));
                    (Step::Key(unquoted(key).ok_or_else(wrong)?), after)
                }
            };
            steps.push(step);
            rest = match after.strip_prefix('.') {
                Some(more) if more.is_empty() || more.starts_with('[') => return Err(wrong()),
                Some(more) => more,
                None if after.is_empty() || after.starts_with('[') => after,
                None => return Err(wrong()),
            };
        }
        Ok(Self(steps))
    }

    /// The value at the path, and where it is by keys and indexes alone.
    #[must_use]
    pub fn find<'v>(&self, value: &'v Value) -> Option<(&'v Value, Self)> {
        let (mut value, mut plain) = (value, Vec::with_capacity(self.0.len()));
        for step in &self.0 {
            value = match step {
                Step::Key(key) => {
                    plain.push(step.clone());
                    value.as_object()?.get(key)?
                }
                Step::Index(index) => {
                    plain.push(step.clone());
                    value.as_array()?.get(*index)?
                }
                Step::Item(keys) => {
                    let fits = |item: &Value| keys.iter().all(|(key, wanted)| item.get(key) == Some(wanted));
                    let items = value.as_array()?;
                    let index = items.iter().position(fits)?;
                    plain.push(Step::Index(index));
                    items.get(index)?
                }
            };
        }
        Some((value, Self(plain)))
    }
}

/// The text up to the first of some characters that stands outside double quotes, and the rest from it on.
fn split_outside_quotes<'t>(text: &'t str, ends: &[char]) -> Option<(&'t str, &'t str)> {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.char_indices().find(|&(_, c)| {
        let is_end = !quoted && ends.contains(&c);
        (quoted, escaped) = match c {
            '"' if !escaped => (!quoted, false),
            '\\' => (quoted, quoted && !escaped),
            _ => (quoted, false),
        };
        is_end
    });
    end.map(|(at, _)| text.split_at(at))
}

/// `0`, or `name=api,protocol=TCP`: values are JSON where they can be, else text.
fn item(mut text: &str) -> Option<Step> {
    if let Ok(index) = text.parse() {
        return Some(Step::Index(index));
    }
    let mut keys = Vec::new();
    loop {
        let (one, rest) = split_outside_quotes(text, &[',']).unwrap_or((text, ""));
        let (key, value) = split_outside_quotes(one, &['='])?;
        let value = value.get(1..)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        keys.push((unquoted(key)?, value));
        match rest.get(1..) {
            Some(more) => text = more,
            None => return Some(Step::Item(keys)),
        }
    }
}

fn unquoted(key: &str) -> Option<String> {
    if key.starts_with('"') {
        return serde_json::from_str(key).ok();
    }
    (!key.is_empty() && !key.contains('"')).then(|| key.to_owned())
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    f.write_str(if number == 0 { "" } else { "." })?;
                    f.write_str(&quoted_where_needed(key))?;
                }
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Item(keys) => {
                    for (number, (key, value)) in keys.iter().enumerate() {
                        f.write_str(if number == 0 { "[" } else { "," })?;
                        write!(f, "{}={}", quoted_where_needed(key), plain_or_json(value))?;
                    }
                    f.write_str("]")?;
                }
            }
        }
        Ok(())
    }
}

fn quoted_where_needed(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '$' | '@'));
    if plain { key.to_owned() } else { Value::from(key).to_string() }
}

/// A value within brackets: text bare where it reads back as that text.
fn plain_or_json(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty()
                && !text.contains(['"', ']', ',', '=', '\\', '\n'])
                && serde_json::from_str::<Value>(text).is_err() =>
        {
            text.clone()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        let texts = [
            "spec.replicas",
            "spec.template.spec.containers[name=api].ports[containerPort=80,protocol=TCP].name",
            "metadata.annotations.\"argocd.argoproj.io/sync-wave\"",
            "spec.rules[0].host",
            "data.\"a \\\"b\\\" [c]\"",
            "spec.containers[name=\"a]b\"].env[name=\"80\"]",
            "",
        ];
        for text in texts {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(FieldPath::parse(".spec").unwrap(), FieldPath::parse("spec").unwrap());
        for bad in ["a.", "a..b", "a[", "a[x]", "\"a", "a[0]b", "a.[0]", "a[k=\"x]"] {
            assert!(FieldPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_are_found_by_key_item_and_index() {
        let value = serde_json::json!({"c": [{"name": "a", "p": 1}, {"name": "b", "p": 80}]});
        for text in ["c[name=b].p", "c[1].p", "c[p=80,name=b].p"] {
            let (found, plain) = FieldPath::parse(text).unwrap().find(&value).unwrap();
            assert_eq!((found, plain.to_string().as_str()), (&Value::from(80), "c[1].p"));
        }
        assert_eq!(FieldPath::parse("c[name=x].p").unwrap().find(&value), None);
        assert_eq!(FieldPath::parse("c.name").unwrap().find(&value), None);
    }
}
