//! When two values are the same, and which comes first.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Number, Value};

use super::breaks::keeps;
use super::schema::{Attribute, Kind};

/// Returns the form of `text` in which values of `attribute` are compared (RFC 7643 §2.2 caseExact, RFC 7644 §5).
pub fn key(attribute: &Attribute, text: &str) -> String {
    if attribute.exact || attribute.kind == Kind::Binary {
        text.to_owned()
    } else {
        prepared(text)
    }
}

/// Maps case, width and the commonest compositions away, as PRECIS UsernameCaseMapped does (RFC 8265 §3.3).
pub fn prepared(text: &str) -> String {
    let mut prepared = String::with_capacity(text.len());
    for letter in text.chars().map(narrow).flat_map(lower) {
        match prepared
            .chars()
            .last()
            .and_then(|base| composed(base, letter))
        {
            Some(whole) => {
                prepared.pop();
                prepared.push(whole);
            }
            None => prepared.push(letter),
        }
    }
    prepared
}

fn lower(letter: char) -> impl Iterator<Item = char> {
    let folds = letter.is_ascii() || keeps("F17");
    letter
        .to_lowercase()
        .filter(move |_| folds)
        .chain((!folds).then_some(letter))
}

/// Maps the fullwidth forms of ASCII to ASCII.
fn narrow(letter: char) -> char {
    match u32::from(letter) {
        code @ 0xFF01..=0xFF5E if keeps("R13") && keeps("C9.width") => {
            char::from_u32(code - 0xFEE0).unwrap_or(letter)
        }
        _ => letter,
    }
}

/// Returns the letter that `base` and a combining `mark` make, for the letters of western Europe.
fn composed(base: char, mark: char) -> Option<char> {
    let (bases, wholes) = match mark {
        '\u{300}' => ("aeiou", "àèìòù"),
        '\u{301}' => ("aeiouy", "áéíóúý"),
        '\u{302}' => ("aeiou", "âêîôû"),
        '\u{303}' => ("ano", "ãñõ"),
        '\u{308}' => ("aeiouy", "äëïöüÿ"),
        '\u{30A}' => ("a", "å"),
        '\u{327}' => ("c", "ç"),
        _ => return None,
    };
    let whole = wholes
        .chars()
        .nth(bases.chars().position(|known| known == base)?);
    whole.filter(|_| keeps("C9.composition"))
}

/// Reads an xsd:dateTime (RFC 7643 §2.3.5); one without zone is in UTC.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let local =
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc());
    text.contains('T')
        .then(|| zoned.or_else(|_| local()).ok())
        .flatten()
}

pub fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Returns the time to write for a change of what was last written at `before`: a later one, also within a millisecond.
pub fn later_than(before: DateTime<Utc>) -> DateTime<Utc> {
    Utc::now().max(before + TimeDelta::milliseconds(1))
}

/// Orders numbers by value, integers exactly.
pub fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// Orders two values of `attribute` for sorting (RFC 7644 §3.4.2.3).
pub fn compare_values(attribute: &Attribute, left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right))
            if attribute.kind == Kind::DateTime && keeps("G8.dateTime") =>
        {
            instant(left).cmp(&instant(right))
        }
        (Value::String(left), Value::String(right)) if keeps("G2") => {
            key(attribute, left).cmp(&key(attribute, right))
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) if keeps("G8.number") => {
            compare_numbers(left, right).unwrap_or(Ordering::Equal)
        }
        (left, right) => left.to_string().cmp(&right.to_string()),
    }
}
