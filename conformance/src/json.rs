//! JSON as SCIM reads it: names of attributes in any case (RFC 7643 §2.1).

use serde_json::Value;

/// A text as JSON; null if it is none.
///
/// Half a surrogate pair (`\ud800` alone) is JSON by the grammar of RFC 7159 §7, though no
/// character: it is read as U+FFFD, so that a list is not unread because of one resource in it.
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text)
        .or_else(|_| serde_json::from_str(&without_halves(text)))
        .unwrap_or_default()
}

/// The text with `\ufffd` in place of each half of a surrogate pair that stands alone.
fn without_halves(text: &str) -> String {
    let code = |it: &str| {
        let digits = it.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        let next = escape.get(6..).and_then(code);
        let (kept, length) = match code(escape) {
            Some(0xD800..=0xDBFF) if next.is_some_and(|it| (0xDC00..=0xDFFF).contains(&it)) => {
                (escape.get(..12), 12)
            }
            Some(0xD800..=0xDFFF) => (Some("\\ufffd"), 6),
            _ => (escape.get(..2), 2),
        };
        // what is no escape, and will be no JSON either
        let Some(kept) = kept else { break };
        clean.push_str(kept);
        rest = escape.get(length..).unwrap_or_default();
    }
    clean + rest
}

/// The member of an object that has this name, in any case.
pub fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    object.get(name).or_else(|| {
        let mut members = object.iter();
        members.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    })
}

/// The value at a path of names and indexes, `emails.0.value`; names that contain dots, like
/// those of extensions, are tried whole first.
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(found) = member(value, path) {
        return Some(found);
    }
    for (dot, _) in path.rmatch_indices('.') {
        let (head, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        let inner = match head.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => member(value, head),
        };
        if let Some(found) = inner.and_then(|inner| at(inner, rest)) {
            return Some(found);
        }
    }
    path.parse::<usize>()
        .ok()
        .and_then(|index| value.get(index))
}

/// The text at a path; empty if there is none.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// The elements of the array at a path; none if there is none.
pub fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// Whether a value counts as unassigned: absent, null or an empty array (RFC 7643 §2.5).
pub fn is_unassigned(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(elements)) => elements.is_empty(),
        Some(_) => false,
    }
}

/// Whether two values are the same to a client: numbers by value, objects in any order and with
/// names in any case.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(all)) => {
            one.len() == all.len()
                && one
                    .iter()
                    .all(|(name, value)| member(other, name).is_some_and(|it| same(value, it)))
        }
        _ => one == other,
    }
}

/// Whether all that `part` has is in `whole` too, at the same places; arrays in any order.
pub fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(_), Value::Object(part)) => part
            .iter()
            .all(|(name, value)| member(whole, name).is_some_and(|it| contains(it, value))),
        (Value::Array(whole), Value::Array(part)) => part
            .iter()
            .all(|value| whole.iter().any(|it| contains(it, value))),
        _ => same(whole, part),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn half_a_surrogate_pair_is_no_reason_to_read_nothing() {
        assert_eq!(parse(r#"{"a":"\ud800"}"#), json!({ "a": "\u{fffd}" }));
        let halves = r#"["\udc00\ud800x", "\ud83d\ude00", "\\ud800", "\n"]"#;
        let read = json!(["\u{fffd}\u{fffd}x", "\u{1f600}", "\\ud800", "\n"]);
        assert_eq!(parse(halves), read);
        assert_eq!(parse(r#"{"a":"\"#), json!(null));
        assert_eq!(parse(""), json!(null));
    }
}
