//! The attributes of `Schemas`, each by itself (RFC 7643 §7).

use serde_json::Value;

use super::{faultless, listed};
use crate::check::{Stop, Verdict};
use crate::json::{at, list, text};
use crate::lab::Lab;

const TYPES: &[&str] = &[
    "string",
    "boolean",
    "decimal",
    "integer",
    "dateTime",
    "binary",
    "reference",
    "complex",
];

/// Characteristics with a keyword, and the keywords that there are.
const KEYWORDS: [(&str, &[&str]); 3] = [
    (
        "mutability",
        &["readOnly", "readWrite", "immutable", "writeOnly"],
    ),
    ("returned", &["always", "never", "default", "request"]),
    ("uniqueness", &["none", "server", "global"]),
];

/// The schema of schemas, which alone may have complex sub-attributes (RFC 7643 §7).
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// An attribute, or a sub-attribute, of a published schema.
struct Place {
    /// Where it is: `User: emails.type`.
    name: String,
    value: Value,
    /// How many attributes it is in.
    depth: usize,
    /// The schema's URN.
    schema: String,
}

/// All attributes of all published schemas.
fn places(lab: &Lab<'_>) -> Result<Vec<Place>, Stop> {
    let mut places = Vec::new();
    for schema in listed(lab, "/Schemas")? {
        let urn = text(&schema, "id");
        let short = urn.rsplit(':').next().unwrap_or_default();
        let short = if urn.contains(":extension:") {
            urn
        } else {
            short
        };
        let first = places.len();
        collect(list(&schema, "attributes"), short, ": ", 0, &mut places);
        for place in places.iter_mut().skip(first) {
            urn.clone_into(&mut place.schema);
        }
    }
    Ok(places)
}

fn collect(attributes: &[Value], parent: &str, joint: &str, depth: usize, into: &mut Vec<Place>) {
    /// Deeper ones are not looked at: the second level of complex ones is a fault already.
    const DEEPEST: usize = 3;
    for (n, value) in attributes.iter().enumerate() {
        let name = match text(value, "name") {
            "" => format!("{parent}{joint}[{n}]"),
            name => format!("{parent}{joint}{name}"),
        };
        into.push(Place {
            name: name.clone(),
            value: value.clone(),
            depth,
            schema: String::new(),
        });
        if depth < DEEPEST {
            collect(list(value, "subAttributes"), &name, ".", depth + 1, into);
        }
    }
}

/// Whether a name is one by the grammar of RFC 7643 §2.1, or begins with `$` like the RFC's `$ref`.
fn is_name(name: &str) -> bool {
    let first = name.chars().next().unwrap_or('-');
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '$');
    (first.is_ascii_alphabetic() || first == '$') && name.chars().all(fits)
}

/// Whether a word is one of these; a schema's attributes are case-insensitive by RFC 7643 §7.
fn is_one_of(lab: &Lab<'_>, word: &str, words: &[&str]) -> bool {
    let known = words.iter().find(|it| it.eq_ignore_ascii_case(word));
    if let Some(known) = known.filter(|it| **it != word) {
        lab.note(format!("the schemas write {word} for {known}"));
    }
    known.is_some()
}

pub(super) fn are_described(lab: &Lab<'_>) -> Verdict {
    let mut faults = Vec::new();
    let mut without_type = 0;
    for Place { name, value, .. } in places(lab)? {
        if !is_name(text(&value, "name")) {
            faults.push(format!(
                "{name} has no name by the grammar of RFC 7643 §2.1"
            ));
        }
        match at(&value, "type") {
            None if list(&value, "subAttributes").is_empty() => without_type += 1,
            Some(Value::String(kind)) if is_one_of(lab, kind, TYPES) => {}
            kind => {
                let kind = kind.cloned().unwrap_or_default();
                faults.push(format!("{name} has the type {kind}"));
            }
        }
        match at(&value, "multiValued") {
            Some(Value::Bool(_)) => {}
            Some(other) => faults.push(format!("{name} has multiValued {other}")),
            None => faults.push(format!("{name} has no multiValued")),
        }
    }
    if without_type > 0 {
        lab.note(format!(
            "{without_type} attributes have no type; it is string then (RFC 7643 §2.2)"
        ));
    }
    let expected = "a name, one of the types of RFC 7643 §2.3, and a boolean multiValued in each";
    faultless(lab, expected, &faults)
}

pub(super) fn have_legal_characteristics(lab: &Lab<'_>) -> Verdict {
    let mut faults = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for Place { name, value, .. } in places(lab)? {
        for (characteristic, words) in KEYWORDS {
            match at(&value, characteristic) {
                None => missing.push(characteristic),
                Some(Value::String(word)) if is_one_of(lab, word, words) => {}
                Some(other) => faults.push(format!("{name} has {characteristic} {other}")),
            }
        }
        for characteristic in ["required", "caseExact"] {
            match at(&value, characteristic) {
                None => missing.push(characteristic),
                Some(Value::Bool(_)) => {}
                Some(other) => faults.push(format!("{name} has {characteristic} {other}")),
            }
        }
    }
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        lab.note(format!(
            "some attributes do not say {}; the defaults of RFC 7643 §2.2 hold then",
            missing.join(", ")
        ));
    }
    faultless(lab, "values of RFC 7643 §7", &faults)
}

fn is_complex(value: &Value) -> bool {
    text(value, "type").eq_ignore_ascii_case("complex")
}

pub(super) fn are_not_nested(lab: &Lab<'_>) -> Verdict {
    let places = places(lab)?;
    let nested = places.iter().filter(|it| {
        let parts = !list(&it.value, "subAttributes").is_empty();
        it.depth > 0 && it.schema != SCHEMA && (is_complex(&it.value) || parts)
    });
    let nested: Vec<String> = nested.map(|it| it.name.clone()).collect();
    faultless(lab, "no complex sub-attribute", &nested)
}

pub(super) fn list_their_parts(lab: &Lab<'_>) -> Verdict {
    let mut faults = Vec::new();
    for Place { name, value, .. } in places(lab)? {
        let parts = list(&value, "subAttributes").len();
        match (is_complex(&value), parts) {
            (true, 0) => faults.push(format!("{name} is complex and has none")),
            (false, 1..) => faults.push(format!("{name} is not complex and has {parts}")),
            _ => {}
        }
    }
    faultless(lab, "subAttributes in each complex attribute", &faults)
}
