//! From nodes to typed values, by serde; every error stands where its cause does.

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
        value::{MapDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use crate::{
    Diagnostic, Key, Node, Span, Value,
    diagnostic::{list, nearest},
    parse,
    span::{SPANNED, SPANNED_FIELDS},
};

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

/// What went wrong while a value was read. It gets the position of the innermost node that it passes through.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Error {
    span: Option<Span>,
    message: String,
    hint: Option<String>,
}

impl Error {
    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }

    fn unknown(what: &str, name: &str, expected: &'static [&'static str]) -> Self {
        let hint = match nearest(name, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Expected {}", list(expected)),
            None if expected.is_empty() => "nothing is expected here".to_owned(),
            None => format!("expected {}", list(expected)),
        };
        Self { span: None, message: format!("unknown {what} `{name}`"), hint: Some(hint) }
    }
}

impl de::Error for Error {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { span: None, message: message.to_string(), hint: None }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("field", field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown("name", variant, expected)
    }
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
        if name == SPANNED {
            visit_spanned(self.0.span, self, visitor)
        } else {
            self.deserialize_any(visitor)
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
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let span = self.0.span;
        match &self.0.value {
            Value::String(name) => visitor.visit_enum(Variant { name, span, content: None }),
            Value::Mapping(entries) => match &entries[..] {
                [(Key { span, name }, content)] => {
                    visitor.visit_enum(Variant { name, span: *span, content: Some(content) })
                }
                _ => Err(de::Error::custom(format!(
                    "expected a mapping with exactly one key, found {}",
                    entries.len()
                ))),
            },
            other => Err(de::Error::custom(format!("expected a name, found {}", other.kind()))),
        }
        .map_err(|error| error.at(span))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// Hands a value and its position to [`crate::Spanned`].
fn visit_spanned<'de, D, V>(span: Span, value: D, visitor: V) -> Result<V::Value, Error>
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

/// A key of a mapping as serde's data format.
#[derive(Clone, Copy)]
struct OfKey<'a>(&'a Key);

impl IntoDeserializer<'_, Error> for OfKey<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for OfKey<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0.name)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            visit_spanned(self.0.span, self, visitor)
        } else {
            self.deserialize_any(visitor)
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
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(Variant { name: &self.0.name, span: self.0.span, content: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// A variant by name, with its content where it has one.
struct Variant<'a> {
    name: &'a str,
    span: Span,
    content: Option<&'a Node>,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Content<'a>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Content<'a>), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|error| error.at(self.span))?;
        Ok((variant, Content { name: self.name.to_owned(), span: self.span, node: self.content }))
    }
}

struct Content<'a> {
    name: String,
    span: Span,
    node: Option<&'a Node>,
}

impl<'a> Content<'a> {
    fn required(&self) -> Result<Of<'a>, Error> {
        self.node.map(Of).ok_or_else(|| {
            <Error as de::Error>::custom(format!("`{}` needs a value: `{}: …`", self.name, self.name))
                .at(self.span)
        })
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.node {
            None => Ok(()),
            Some(node) => {
                Err(<Error as de::Error>::custom(format!("`{}` takes no value", self.name)).at(node.span))
            }
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let of = self.required()?;
        seed.deserialize(of).map_err(|error| error.at(of.0.span))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.required()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.required()?.deserialize_any(visitor)
    }
}
