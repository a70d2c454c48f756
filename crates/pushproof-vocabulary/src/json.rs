//! JSON that others wrote, as values.
//!
//! [`Value`] by itself takes the text beside one certain key for more JSON, and counts anew how deep that is: a few
//! kilobytes of such texts within each other would overflow the stack. What is read here has no such key.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// What `serde_json` calls a value that is kept as text. Nobody else has reason to use it.
const TEXT_KEY: &str = "$serde_json::private::RawValue";

/// Reads one JSON value. No deeper than 128 levels, as `serde_json` has it.
///
/// # Errors
///
/// When it is no JSON, is too deep, or has a key that no sender has reason to use.
pub fn from_slice(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text).map(|Foreign(value)| value)
}

/// A value that somebody else wrote, for readers of objects.
pub struct Foreign(pub Value);

/// A key that somebody else wrote.
pub struct Key(pub String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        if key == TEXT_KEY {
            return Err(D::Error::custom(format!("no object has a key {TEXT_KEY:?}")));
        }
        Ok(Self(key))
    }
}

impl<'de> Deserialize<'de> for Foreign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Foreign(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((Key(key), Foreign(value))) = fields.next_entry()? {
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::scalars(r#"[null, true, -7, 18446744073709551615, 1.5, "é\n", ""]"#)]
    #[case::order_of_keys(r#"{"b": 1, "a": {"": []}, "b": 2}"#)]
    fn reads_what_serde_json_reads(#[case] text: &str) {
        let expected: Value = serde_json::from_str(text).unwrap();
        let found = from_slice(text.as_bytes()).unwrap();
        assert_eq!(found.to_string(), expected.to_string());
    }

    #[rstest]
    #[case::nothing("")]
    #[case::more_than_one("{} {}")]
    #[case::too_deep(&"[".repeat(200))]
    #[case::number_out_of_bounds("1e999")]
    fn refuses_what_serde_json_refuses(#[case] text: &str) {
        assert!(from_slice(text.as_bytes()).is_err());
    }

    #[test]
    fn json_within_texts_is_refused_before_it_can_be_deep() {
        let text = json!({ TEXT_KEY: "[1]" }).to_string();
        // That it is this key, which a newer serde_json may change.
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!([1]));

        let mut deep = text.clone();
        for _ in 0..12 {
            deep = json!({ TEXT_KEY: format!("{}{deep}{}", "[".repeat(100), "]".repeat(100)) }).to_string();
        }
        let escaped = text.replacen('$', "\\u0024", 1);
        for text in [text, format!("[{escaped}]"), deep] {
            let error = from_slice(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("no object has a key"), "{error}");
        }
    }
}
