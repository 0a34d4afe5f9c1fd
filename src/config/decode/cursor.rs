//! A serde deserializer over YAML nodes: types decide what a scalar means, so `no` is text where text is asked.

use std::cell::RefCell;

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::Step;
use super::stop::Stop;
use crate::config::problem::suggestion;
use crate::yaml::{Entry, Node, NodeValue, Position};

/// A node being decoded.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) node: &'a Node,
    /// Places and messages of unknown keys; they do not stop decoding.
    pub(super) unknown: &'a RefCell<Vec<(Position, String)>>,
}

impl<'a> Cursor<'a> {
    fn child(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    fn text(self, expected: &str) -> Result<&'a str, Stop> {
        match &self.node.value {
            NodeValue::Scalar { text, .. } if !self.node.is_null() => Ok(text),
            _ => Err(self.expected(expected)),
        }
    }

    fn expected(self, expected: &str) -> Stop {
        Stop::new(format!("expected {expected}, found {}", self.node.describe())).at(self.node.at)
    }

    fn number<T: std::str::FromStr>(self, bounds: &str) -> Result<T, Stop> {
        let what = format!("a whole number {bounds}");
        self.text(&what)?.parse().map_err(|_| self.expected(&what))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            visitor.$visit(self.number::<$type>(&format!("from {} to {}", <$type>::MIN, <$type>::MAX))?)
        })*
    };
}

impl<'de, 'a: 'de> Deserializer<'de> for Cursor<'a> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Scalar { plain: true, .. } => {
                self.node.to_json().deserialize_any(visitor).map_err(|e| Stop::new(e.to_string()))
            }
            NodeValue::Scalar { text, .. } => visitor.visit_str(text),
            NodeValue::Sequence(_) => self.deserialize_seq(visitor),
            NodeValue::Mapping(_) => self.deserialize_map(visitor),
            NodeValue::Removed => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.text("`true` or `false`")? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => Err(self.expected("`true` or `false`")),
        }
    }

    numbers!(
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64
    );

    /// Text; a visitor that also takes a mapping (a sum of both) gets the mapping.
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Mapping(_) => self.deserialize_map(visitor),
            _ => visitor.visit_str(self.text("text")?),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Sequence(items) => visitor.visit_seq(Items { cursor: self, items: items.iter().enumerate() }),
            _ => Err(self.expected("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match &self.node.value {
            NodeValue::Mapping(entries) => {
                visitor.visit_map(Entries { cursor: self, entries: entries.iter(), value: None })
            }
            _ => Err(self.expected("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let NodeValue::Mapping(entries) = &self.node.value else {
            return Err(self.expected("a mapping"));
        };
        let is_known = |entry: &&Entry| fields.contains(&entry.key.as_str());
        for entry in entries.iter().filter(|entry| !is_known(entry)) {
            let message = format!("unknown key `{}`{}", entry.key, suggestion(&entry.key, fields));
            self.unknown.borrow_mut().push((entry.at, message));
        }
        let known: Vec<&Entry> = entries.iter().filter(is_known).collect();
        visitor.visit_map(Entries { cursor: self, entries: known.into_iter(), value: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let one_of = || format!("one of {}", variants.iter().map(|v| format!("`{v}`")).collect::<Vec<_>>().join(", "));
        match &self.node.value {
            NodeValue::Scalar { .. } => {
                visitor.visit_enum(Variant { cursor: self, name: self.text(&one_of())?, value: None })
            }
            NodeValue::Mapping(entries) => match entries.as_slice() {
                [Entry { value: Node { value: NodeValue::Removed, .. }, .. }] => {
                    Err(Stop::new("nothing is left").at(self.node.at))
                }
                [entry] => visitor.visit_enum(Variant { cursor: self, name: &entry.key, value: Some(&entry.value) }),
                _ => {
                    Err(Stop::new(format!("expected exactly {}, found {} keys", one_of(), entries.len()))
                        .at(self.node.at))
                }
            },
            _ => Err(self.expected(&one_of())),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Items<'a> {
    cursor: Cursor<'a>,
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
}

impl<'de, 'a: 'de> SeqAccess<'de> for Items<'a> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        for (index, node) in self.items.by_ref() {
            if node.value != NodeValue::Removed {
                let value = seed.deserialize(self.cursor.child(node));
                return value.map(Some).map_err(|stop| stop.within(Step::Index(index), node.at));
            }
        }
        Ok(None)
    }
}

struct Entries<'a, I> {
    cursor: Cursor<'a>,
    entries: I,
    value: Option<&'a Entry>,
}

impl<'de, 'a: 'de, I: Iterator<Item = &'a Entry>> MapAccess<'de> for Entries<'a, I> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        for entry in self.entries.by_ref() {
            if entry.value.value != NodeValue::Removed {
                self.value = Some(entry);
                let key = seed.deserialize(de::value::StrDeserializer::<Stop>::new(&entry.key));
                return key.map(Some).map_err(|stop| stop.within(Step::Key(entry.key.clone()), entry.at));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let Some(entry) = self.value.take() else {
            return Err(Stop::new("a value without a key"));
        };
        seed.deserialize(self.cursor.child(&entry.value)).map_err(|stop| {
            // An empty value has no place of its own: point at its key.
            let at = if entry.value.is_null() { entry.at } else { entry.value.at };
            stop.within(Step::Key(entry.key.clone()), at)
        })
    }
}

/// The chosen alternative of a sum type: a word, or a mapping with one key.
struct Variant<'a> {
    cursor: Cursor<'a>,
    name: &'a str,
    value: Option<&'a Node>,
}

impl<'de, 'a: 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Stop> {
        let variant = seed
            .deserialize(de::value::StrDeserializer::<Stop>::new(self.name))
            .map_err(|stop| stop.at(self.cursor.node.at))?;
        Ok((variant, self))
    }
}

impl<'a> Variant<'a> {
    fn content(&self) -> Result<Cursor<'a>, Stop> {
        let value = self.value.ok_or_else(|| {
            Stop::new(format!("`{}` needs a value: write `{}: ...`", self.name, self.name)).at(self.cursor.node.at)
        })?;
        Ok(self.cursor.child(value))
    }

    fn within(&self, stop: Stop) -> Stop {
        match self.value {
            Some(value) => stop.within(Step::Key(self.name.to_owned()), value.at),
            None => stop,
        }
    }
}

impl<'de, 'a: 'de> VariantAccess<'de> for Variant<'a> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        match self.value {
            None => Ok(()),
            Some(value) if value.is_null() => Ok(()),
            Some(value) => Err(self.within(Stop::new(format!("`{}` takes no value", self.name)).at(value.at))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.content()?).map_err(|stop| self.within(stop))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.content()?.deserialize_seq(visitor).map_err(|stop| self.within(stop))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Stop> {
        self.content()?.deserialize_struct("", fields, visitor).map_err(|stop| self.within(stop))
    }
}
