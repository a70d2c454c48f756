//! Values with their positions.

use serde::{
    Deserializer,
    de::{IntoDeserializer, Visitor, value::MapDeserializer},
    forward_to_deserialize_any,
};

use super::error::Error;
use crate::{Span, span::SPANNED_FIELDS};

/// Hands a value and its position to [`crate::Spanned`].
pub(super) fn visit_spanned<'de, D, V>(span: Span, value: D, visitor: V) -> Result<V::Value, Error>
where
    D: Deserializer<'de, Error = Error> + IntoDeserializer<'de, Error> + Copy,
    V: Visitor<'de>,
{
    let fields = SPANNED_FIELDS.iter().copied().zip([
        Field::Number(span.line),
        Field::Number(span.column),
        Field::Number(span.len),
        Field::Value(value),
    ]);
    visitor.visit_map(MapDeserializer::new(fields))
}

/// What [`visit_spanned`] hands over, field by field.
#[derive(Clone, Copy)]
enum Field<D> {
    Number(usize),
    Value(D),
}

impl<'de, D: Deserializer<'de, Error = Error>> IntoDeserializer<'de, Error> for Field<D> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de, D: Deserializer<'de, Error = Error>> Deserializer<'de> for Field<D> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_u64(number as u64),
            Self::Value(value) => value.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_u64(number as u64),
            Self::Value(value) => value.deserialize_option(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_u64(number as u64),
            Self::Value(value) => value.deserialize_enum(name, variants, visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_u64(number as u64),
            Self::Value(value) => value.deserialize_struct(name, fields, visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Number(number) => visitor.visit_u64(number as u64),
            Self::Value(value) => value.deserialize_newtype_struct(name, visitor),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}
