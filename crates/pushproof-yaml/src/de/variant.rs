//! Enums, written as a name or as a mapping with the name as its one key.

use serde::{
    Deserializer,
    de::{
        self, DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor, value::StrDeserializer,
    },
};

use super::{Of, error::Error};
use crate::{Node, Span};

/// A variant by name, with its content where it has one.
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) span: Span,
    pub(super) content: Option<&'a Node>,
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

pub(super) struct Content<'a> {
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
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.required()?.deserialize_struct("", fields, visitor)
    }
}
