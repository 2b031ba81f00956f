//! Makes resources of any type from their schemas.

mod made;
mod spot;

use chrono::{DateTime, FixedOffset, NaiveDateTime};
use serde_json::{Map, Value, json};

use crate::json::{is_unassigned, member, same};
use crate::server::{Attribute, ResourceType};

pub use made::{created, keeps, made_with, must_take, offered, taken, taken_text};
pub use spot::{Spot, optional_text, some, spots, text_spot, texts, two_texts, user_type};

/// How much of a resource is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// What is required.
    Required,
    /// All that a client can set and that can be made up.
    All,
}

/// What the RFC's own attributes look like where their type does not say it; servers may check
/// these, and every one of them has to take them.
const KNOWN: &[(&str, &str)] = &[
    ("emails.value", "TAG@example.com"),
    ("phoneNumbers.value", "tel:+1-201-555-0123"),
    ("ims.value", "TAG"),
    ("photos.value", "https://photos.example.com/TAG.jpg"),
    ("profileUrl", "https://example.com/TAG"),
    ("preferredLanguage", "en-US"),
    ("locale", "en-US"),
    ("timezone", "Europe/Paris"),
    ("addresses.country", "FR"),
    ("ims.type", "xmpp"),
];

/// Attributes that no generic value fits: references into the server's own data, certificates
/// that may be parsed, and `active`, which takes a user away.
const LEFT_OUT: &[&str] = &[
    "x509Certificates",
    "manager",
    "members",
    "active",
    "password",
];

/// Makes a resource of this type that the server has to accept; `tag` makes it unlike others.
pub fn resource(kind: &ResourceType, tag: &str, fill: Fill) -> Value {
    let mut schemas = vec![Value::from(kind.schema.id.as_str())];
    let mut body = attributes(&kind.schema.attributes, "", tag, fill);
    for (extension, required) in &kind.extensions {
        let part = attributes(&extension.attributes, "", tag, fill);
        if *required || (fill == Fill::All && !part.is_empty()) {
            schemas.push(Value::from(extension.id.as_str()));
            body.insert(extension.id.clone(), Value::Object(part));
        }
    }
    // the RFC's schema does not say that a group needs a name; nearly every server does
    if kind.is_group() {
        body.entry("displayName")
            .or_insert_with(|| Value::from(tag));
    }
    let mut whole = Map::new();
    whole.insert("schemas".to_owned(), Value::Array(schemas));
    whole.extend(body);
    Value::Object(whole)
}

/// Something that a resource of this type must have and that cannot be made up: `members.$ref`.
pub fn gap(kind: &ResourceType) -> Option<String> {
    let demanded = kind.extensions.iter().filter(|(_, required)| *required);
    let schemas = std::iter::once(&kind.schema).chain(demanded.map(|(it, _)| it));
    schemas
        .flat_map(|it| &it.attributes)
        .find_map(|it| gap_in(it, ""))
}

fn gap_in(attribute: &Attribute, path: &str) -> Option<String> {
    let name = format!("{path}{}", attribute.name);
    if !attribute.required || !attribute.is_writable() || is_common(&name) {
        return None;
    }
    let mut inner = attribute.sub_attributes.iter();
    let inner = inner.find_map(|it| gap_in(it, &format!("{name}.")));
    let path = path.trim_end_matches('.');
    inner.or_else(|| {
        value(attribute, path, "x", Fill::Required)
            .is_none()
            .then_some(name)
    })
}

/// Whether every resource has it beside its schema: it is not a client's to set.
fn is_common(path: &str) -> bool {
    matches!(path, "id" | "schemas" | "meta")
}

fn attributes(attributes: &[Attribute], path: &str, tag: &str, fill: Fill) -> Map<String, Value> {
    let mut made = Map::new();
    for attribute in attributes {
        let wanted = attribute.required
            || (fill == Fill::All && !LEFT_OUT.contains(&attribute.name.as_str()));
        let common = path.is_empty() && is_common(&attribute.name);
        // a type that nothing is suggested for may have words of its own
        let vague = attribute.name == "type" && attribute.canonical_values.is_empty();
        if wanted
            && !common
            && (attribute.required || path.is_empty() || !vague)
            && attribute.is_writable()
            && let Some(value) = value(attribute, path, tag, fill)
        {
            made.insert(attribute.name.clone(), value);
        }
    }
    made
}

/// Makes a value of an attribute, `None` if none can be made up.
pub fn value(attribute: &Attribute, path: &str, tag: &str, fill: Fill) -> Option<Value> {
    let place = match path {
        "" => attribute.name.clone(),
        path => format!("{path}.{}", attribute.name),
    };
    let one = single(attribute, &place, tag, fill)?;
    Some(if attribute.multi_valued {
        json!([one])
    } else {
        one
    })
}

fn single(attribute: &Attribute, place: &str, tag: &str, fill: Fill) -> Option<Value> {
    if let Some((_, known)) = KNOWN
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(place))
    {
        return Some(Value::from(known.replace("TAG", tag)));
    }
    if let Some(first) = attribute.canonical_values.first() {
        return Some(first.clone());
    }
    Some(match attribute.kind.as_str() {
        "boolean" => json!(true),
        "integer" => json!(7),
        "decimal" => json!(1.5),
        "dateTime" => json!("2026-01-02T03:04:05Z"),
        "binary" => json!("U0NJTQ=="),
        "reference" => {
            let outside = ["external", "uri"];
            let is_outside = attribute
                .reference_types
                .iter()
                .any(|it| outside.contains(&it.as_str()));
            if !is_outside && !attribute.reference_types.is_empty() {
                return None;
            }
            json!(format!("https://example.com/{tag}"))
        }
        "complex" => {
            let made = attributes(&attribute.sub_attributes, place, tag, fill);
            if made.is_empty() {
                return None;
            }
            Value::Object(made)
        }
        _ => json!(tag),
    })
}

/// Makes another value of the same attribute than [`value`] does; `None` where there is none.
pub fn other_value(attribute: &Attribute, path: &str, tag: &str) -> Option<Value> {
    let first = value(attribute, path, tag, Fill::All)?;
    let other = changed(attribute, &first);
    (other != first).then_some(other)
}

fn changed(attribute: &Attribute, first: &Value) -> Value {
    match first {
        Value::Array(elements) => elements.iter().map(|it| changed(attribute, it)).collect(),
        Value::Bool(value) => json!(!value),
        Value::Number(number) if number.is_i64() => json!(8),
        Value::Number(_) => json!(2.5),
        Value::Object(members) => {
            let mut members = members.clone();
            for sub in &attribute.sub_attributes {
                if sub.kind == "string"
                    && sub.canonical_values.is_empty()
                    && let Some(value) = members.get_mut(&sub.name)
                {
                    *value = changed(sub, value);
                    break;
                }
            }
            Value::Object(members)
        }
        Value::String(text) => match attribute.kind.as_str() {
            "dateTime" => json!("2027-02-03T04:05:06Z"),
            "binary" => json!("cmZjNzY0NA=="),
            _ => match attribute.canonical_values.get(1) {
                Some(second) => second.clone(),
                None => json!(format!("{text}2")),
            },
        },
        Value::Null => Value::Null,
    }
}

/// Makes a value of an attribute that a client must not set.
pub fn forged(attribute: &Attribute, tag: &str) -> Option<Value> {
    value(&unlocked(attribute), "", tag, Fill::All)
}

/// The attribute as if a client could set it, and all in it.
pub fn unlocked(attribute: &Attribute) -> Attribute {
    Attribute {
        mutability: "readWrite".to_owned(),
        sub_attributes: attribute.sub_attributes.iter().map(unlocked).collect(),
        ..attribute.clone()
    }
}

/// Whether a value that came back is the one that was sent, as far as the type of its attribute
/// lets a server write it in another way; `path` is that of its parent.
pub fn alike(attribute: &Attribute, path: &str, sent: &Value, got: Option<&Value>) -> bool {
    let hidden =
        !attribute.is_writable() || matches!(attribute.returned.as_str(), "never" | "request");
    let Some(got) = got.filter(|it| !is_unassigned(Some(it))) else {
        return hidden || is_unassigned(Some(sent));
    };
    match sent {
        Value::Array(elements) => elements.iter().all(|sent| match got {
            Value::Array(got) => got.iter().any(|it| alike(attribute, path, sent, Some(it))),
            _ => false,
        }),
        Value::Object(members) => members.iter().all(|(name, sent)| {
            attribute
                .sub(name)
                .is_some_and(|sub| alike(sub, &attribute.name, sent, member(got, name)))
        }),
        Value::String(sent) => got
            .as_str()
            .is_some_and(|got| alike_text(attribute, path, sent, got)),
        sent => same(sent, got),
    }
}

fn alike_text(attribute: &Attribute, path: &str, sent: &str, got: &str) -> bool {
    let place = format!("{path}.{}", attribute.name);
    let place = place.trim_start_matches('.');
    // phone numbers, languages and addresses may be put into a canonical form
    if KNOWN
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(place))
    {
        return true;
    }
    match attribute.kind.as_str() {
        "dateTime" => instant(sent) == instant(got),
        "binary" => sent.trim_end_matches('=') == got.trim_end_matches('='),
        "reference" => got.ends_with(sent),
        _ if attribute.case_exact => sent == got,
        _ => sent.to_lowercase() == got.to_lowercase(),
    }
}

/// The instant of a dateTime (RFC 7643 §2.3.5), in UTC if it names no zone; `None` if it is none.
pub fn instant(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok().or_else(|| {
        let local = text.parse::<NaiveDateTime>().ok()?;
        Some(local.and_utc().fixed_offset())
    })
}
