//! What the JSON Schema of `platform.yaml` says of one value: its type by name, its keys, its defaults.

use serde_json::Value;

/// The schema of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema<'s> {
    root: &'s Value,
    here: &'s Value,
}

/// One shape that a value may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'s> {
    /// Name of the Rust type, such as `Seconds`; of unnamed types, nothing.
    pub(super) name: Option<&'s str>,
    says: &'s Value,
}

/// Anything goes: values of patches.
static ANYTHING: Value = Value::Bool(true);

impl<'s> Schema<'s> {
    /// Of the whole file.
    pub(super) const fn of(root: &'s Value) -> Self {
        Self { root, here: root }
    }

    /// Every shape that the value may have; absence is none.
    pub(super) fn shapes(self) -> Vec<Shape<'s>> {
        let mut shapes = Vec::new();
        self.collect(self.here, None, &mut shapes);
        shapes
    }

    fn collect(self, says: &'s Value, name: Option<&'s str>, shapes: &mut Vec<Shape<'s>>) {
        if let Some(reference) = says.get("$ref").and_then(Value::as_str) {
            let name = reference.strip_prefix("#/$defs/").unwrap_or(reference);
            let target = self.root.get("$defs").and_then(|all| all.get(name));
            return self.collect(target.unwrap_or(&ANYTHING), Some(name), shapes);
        }
        let alternatives = ["anyOf", "oneOf"].into_iter().find_map(|key| says.get(key)?.as_array());
        match alternatives {
            Some(alternatives) => alternatives.iter().for_each(|one| self.collect(one, name, shapes)),
            None if says.get("type").and_then(Value::as_str) == Some("null") => {}
            None => shapes.push(Shape { name, says }),
        }
    }

    /// The schema of a key, and whether people choose the key's name.
    pub(super) fn key(self, key: &str) -> Option<(Self, bool)> {
        self.shapes().iter().find_map(|shape| {
            let (here, is_free) = shape.key(key)?;
            Some((Self { here, ..self }, is_free))
        })
    }

    /// The schema of a list's items.
    pub(super) fn item(self) -> Option<Self> {
        let here = self.shapes().iter().find_map(|shape| match shape.is_anything() {
            true => Some(&ANYTHING),
            false => shape.says.get("items"),
        })?;
        Some(Self { here, ..self })
    }

    /// Keys that have a default, with it; of a sum, those of the alternative that has the present keys.
    pub(super) fn defaults(self, present: &[&str]) -> Vec<(&'s str, &'s Value)> {
        let fits = |shape: &&Shape<'s>| present.iter().all(|key| shape.key(key).is_some());
        let shapes = self.shapes();
        let properties = shapes.iter().find(fits).and_then(|shape| shape.says.get("properties")?.as_object());
        let default = |(key, says): (&'s String, &'s Value)| Some((key.as_str(), says.get("default")?));
        properties.into_iter().flatten().filter_map(default).collect()
    }

    /// The alternatives of a sum that are written as a mapping with one key: the key, and what stands under it.
    pub(super) fn variants(self) -> Vec<(&'s str, Self)> {
        let shapes = self.shapes();
        if shapes.len() < 2 {
            return Vec::new();
        }
        let variant = |shape: &Shape<'s>| {
            let (key, here) = shape.says.get("properties")?.as_object()?.iter().next()?;
            Some((key.as_str(), Self { here, ..self }))
        };
        shapes.iter().filter_map(variant).collect()
    }

    /// The keys that a mapping must have, with their schema; nothing for what is no mapping.
    pub(super) fn required(self) -> Option<Vec<(&'s str, Self)>> {
        let shapes = self.shapes();
        let shape = shapes.iter().find(|shape| shape.is("object") && !shape.is_anything())?;
        let list = shape.says.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(Value::as_str).map(|key| Some((key, self.key(key)?.0))).collect()
    }

    /// The name of the value's type.
    pub(super) fn name(self) -> Option<&'s str> {
        self.shapes().iter().find_map(|shape| shape.name)
    }
}

impl<'s> Shape<'s> {
    fn key(&self, key: &str) -> Option<(&'s Value, bool)> {
        if self.is_anything() {
            return Some((&ANYTHING, false));
        }
        if let Some(found) = self.says.get("properties").and_then(|all| all.get(key)) {
            return Some((found, false));
        }
        let free = self.says.get("patternProperties").and_then(|all| all.as_object()?.values().next());
        let open = self.says.get("additionalProperties").filter(|open| **open != Value::Bool(false));
        Some((free.or(open)?, free.is_some()))
    }

    /// The word that this alternative of an enumeration is.
    pub(super) fn word(&self) -> Option<&'s str> {
        self.says.get("const").and_then(Value::as_str)
    }

    /// Whether values of a JSON type fit: `integer`, `boolean`, `string`.
    pub(super) fn is(&self, kind: &str) -> bool {
        match self.says.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
            Some(one) => one == kind,
            None => self.is_anything(),
        }
    }

    /// Whether anything goes.
    pub(super) fn is_anything(&self) -> bool {
        ["type", "const", "properties"].into_iter().all(|key| self.says.get(key).is_none())
    }

    /// The pattern of keys that people choose.
    pub(super) fn key_pattern(&self) -> Option<&'s str> {
        self.says.get("patternProperties")?.as_object()?.keys().next().map(String::as_str)
    }
}
