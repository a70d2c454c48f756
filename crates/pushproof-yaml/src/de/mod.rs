//! From nodes to typed values, by serde; every error stands where its cause does.

mod error;
mod key;
mod spanned;
mod variant;

use serde::{
    Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};

use self::{error::Error, key::OfKey, spanned::visit_spanned, variant::Variant};
use crate::{Diagnostic, Key, Node, Value, diagnostic::list, parse, span::SPANNED};

/// Reads a typed value from a file's text.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Diagnostic> {
    from_node(&parse(text)?)
}

/// Reads a typed value from a node.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Diagnostic> {
    T::deserialize(Of(node)).map_err(|error| {
        let mut diagnostic = Diagnostic::error(error.span.unwrap_or(node.span), error.message);
        diagnostic.hint = error.hint;
        diagnostic
    })
}

/// A node as serde's data format.
#[derive(Clone, Copy)]
struct Of<'a>(&'a Node);

impl IntoDeserializer<'_, Error> for Of<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Of<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                if let Some(value) = number.as_u64() {
                    visitor.visit_u64(value)
                } else if let Some(value) = number.as_i64() {
                    visitor.visit_i64(value)
                } else {
                    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
                }
            }
            Value::String(text) => visitor.visit_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        }
        .map_err(|error| error.at(self.0.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.value {
            _ if name == SPANNED => visit_spanned(self.0.span, self, visitor),
            // Else serde would take a list for the fields in their order.
            Value::Sequence(_) => Err(Error::mismatched("a list", "a mapping").at(self.0.span)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let span = self.0.span;
        let one_of = |found: String| {
            let hint = Some(format!("expected {}", list(variants)));
            Err(Error { hint, ..Error::mismatched(&found, "a name") })
        };
        match &self.0.value {
            Value::String(name) => visitor.visit_enum(Variant { name, span, content: None }),
            Value::Mapping(entries) => match &entries[..] {
                [(Key { span, name }, content)] => {
                    visitor.visit_enum(Variant { name, span: *span, content: Some(content) })
                }
                _ => one_of(format!("a mapping with {} keys", entries.len())),
            },
            other => one_of(other.kind().to_owned()),
        }
        .map_err(|error| error.at(span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.0.next().map(|node| seed.deserialize(Of(node)).map_err(|error| error.at(node.span))).transpose()
    }
}

struct Entries<'a> {
    rest: std::slice::Iter<'a, (Key, Node)>,
    value: Option<&'a Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(OfKey(key)).map(Some).map_err(|error| error.at(key.span))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let node = self.value.take().expect("serde asks for a value after its key");
        seed.deserialize(Of(node)).map_err(|error| error.at(node.span))
    }
}
