//! Reads a request body as JSON, strictly: what two readers could understand differently is
//! refused (a key that stands twice), and so is what could hurt one of them (deep nesting,
//! U+0000, which PostgreSQL cannot store).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::ScimError;

/// How deep arrays and objects may stand in each other.
pub const MAX_DEPTH: usize = 32;

/// Reads one JSON value that is the whole of `bytes`.
///
/// # Errors
/// `invalidSyntax` for anything but JSON in UTF-8, for a key that stands twice in an object,
/// for nesting deeper than [`MAX_DEPTH`] and for a string that contains U+0000.
pub fn parse(bytes: &[u8]) -> Result<Value, ScimError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Strict { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| {
            ScimError::invalid_syntax(format!("the body is not acceptable JSON: {error}"))
        })
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!(
                "arrays and objects are nested deeper than {MAX_DEPTH}"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

fn text<E: Error>(text: String) -> Result<String, E> {
    if text.contains('\0') {
        return Err(E::custom("a string contains the character U+0000"));
    }
    Ok(text)
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        text(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        text(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let key = text(key)?;
            let value = access.next_value_seed(inner)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} stands twice in one object"
                )));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(body: &str, because: &str) {
        let detail = parse(body.as_bytes())
            .expect_err("should be refused")
            .detail;
        assert!(detail.contains(because), "{detail}");
    }

    #[test]
    fn reads_what_serde_json_reads() {
        let body = r#"{"a":[1,-2,2.5,true,null,"\u00e9"],"b":{"c":"d"}}"#;
        assert_eq!(
            parse(body.as_bytes()).unwrap(),
            serde_json::from_str::<Value>(body).unwrap()
        );
    }

    #[test]
    fn a_key_stands_once() {
        refused(r#"{"a":{"b":1,"b":2}}"#, "\"b\" stands twice");
    }

    #[test]
    fn nesting_ends_at_thirty_two() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(nested(32).as_bytes()).is_ok());
        refused(&nested(33), "deeper than 32");
        refused(&nested(100_000), "deeper than 32");
    }

    #[test]
    fn text_is_unicode_without_nul() {
        refused(r#"{"a":"\u0000"}"#, "U+0000");
        refused(r#"{"a":"\ud800 "}"#, "hex escape");
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn one_value_and_nothing_after_it() {
        refused("{} {}", "trailing");
        refused("", "EOF");
        refused("1e999", "out of range");
    }
}
