//! Keys: values as text whose order is the values' order, so that the evaluator, SQLite and
//! PostgreSQL compare alike: byte by byte.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};
use serde_json::{Number, Value};

use super::fold::fold;
use super::schema::{Attribute, Type};

/// Returns the key of one value of `attribute`; none if the value is not of its type.
///
/// Text is folded unless `caseExact`; numbers and times become 16 hexadecimal digits in the
/// order of their values; booleans stay words.
#[must_use]
pub fn key<'a>(attribute: &Attribute, value: &'a Value) -> Option<Cow<'a, str>> {
    match (attribute.kind, value) {
        (Type::String | Type::Reference | Type::Binary, Value::String(text)) => {
            Some(if attribute.case_exact {
                Cow::Borrowed(text.as_str())
            } else {
                fold(text)
            })
        }
        (Type::Boolean, Value::Bool(true)) => Some(Cow::Borrowed("true")),
        (Type::Boolean, Value::Bool(false)) => Some(Cow::Borrowed("false")),
        (Type::Integer, Value::Number(number)) => integer(number).map(|n| ordered(n).into()),
        (Type::Decimal, Value::Number(number)) => {
            number.as_f64().map(|n| ordered_decimal(n).into())
        }
        (Type::DateTime, Value::String(text)) => micros(text).map(|at| ordered(at).into()),
        (Type::Complex, _)
        | (
            _,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
        ) => None,
    }
}

/// Reads a whole number of 64 bits; `5.0` and `1e2` are whole.
#[must_use]
pub fn integer(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| {
        let n = number.as_f64().filter(|_| number.is_f64())?;
        // 2^53: beyond it a float no longer holds every whole number
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        (n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0).then_some(n as i64)
    })
}

/// Reads an `xsd:dateTime` (RFC 7643 §2.3.5) as microseconds since 1970; one without a zone is UTC.
#[must_use]
pub fn micros(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp_micros())
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .map(|at| at.and_utc().timestamp_micros())
        })
        .ok()
}

/// 16 hexadecimal digits in the order of signed numbers.
fn ordered(n: i64) -> String {
    format!("{:016x}", n.cast_unsigned() ^ (1 << 63))
}

/// 16 hexadecimal digits in the order of floating-point numbers; -0 is 0.
fn ordered_decimal(n: f64) -> String {
    let bits = (n + 0.0).to_bits();
    let ordered = if bits >> 63 == 0 {
        bits | (1 << 63)
    } else {
        !bits
    };
    format!("{ordered:016x}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attribute(kind: Type) -> Attribute {
        let mut attribute: Attribute = serde_json::from_value(json!({ "name": "a" })).unwrap();
        attribute.kind = kind;
        attribute
    }

    #[track_caller]
    fn ascending(kind: Type, values: &[Value]) {
        let attribute = attribute(kind);
        let keys: Vec<_> = values
            .iter()
            .map(|value| key(&attribute, value).unwrap())
            .collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    }

    #[test]
    fn keys_are_in_the_order_of_values() {
        ascending(
            Type::Integer,
            &[
                json!(i64::MIN),
                json!(-1),
                json!(0),
                json!(5.0),
                json!(9_007_199_254_740_993_i64),
                json!(i64::MAX),
            ],
        );
        ascending(
            Type::Decimal,
            &[
                json!(-1e300),
                json!(-0.5),
                json!(0),
                json!(0.25),
                json!(3),
                json!(1e300),
            ],
        );
        ascending(
            Type::DateTime,
            &[
                json!("1969-12-31T23:59:59Z"),
                json!("2011-05-13T04:42:34+02:00"),
                json!("2011-05-13T04:42:34Z"),
                json!("2011-05-13T04:42:34.5Z"),
            ],
        );
        ascending(Type::String, &[json!("A"), json!("b"), json!("ä")]);
    }

    #[test]
    fn equal_values_have_one_key() {
        let decimal = attribute(Type::Decimal);
        assert_eq!(key(&decimal, &json!(-0.0)), key(&decimal, &json!(0)));
        let time = attribute(Type::DateTime);
        assert_eq!(
            key(&time, &json!("2011-05-13T04:42:34Z")),
            key(&time, &json!("2011-05-13T06:42:34.000+02:00"))
        );
        assert_eq!(key(&time, &json!("2011-05-13")), None);
    }
}
