//! Admission: JSON that a client sent becomes [`Attributes`], or a 400 that says which
//! attribute is wrong and what it takes (RFC 7643 §2, §7; RFC 7644 §3.3, §3.5.1).

use std::collections::HashSet;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType, describe, quote};
use super::key;
use super::path::Container;
use super::resource::{Attributes, is_unassigned};
use super::schema::{Attribute, Mutability, ResourceType, Schema, Type, find};

/// A whole resource as admitted: its document, and the members that are stored beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admitted {
    /// What becomes the document.
    pub attributes: Attributes,
    /// The elements of the type's members attribute; empty if it has none.
    pub members: Vec<Value>,
}

/// Admits the body of a POST or PUT (RFC 7644 §3.3, §3.5.1).
///
/// Read-only attributes are ignored, unassigned ones absent, names spelt as in the schema, and
/// `schemas` names exactly the extensions that are there.
///
/// # Errors
/// `invalidSyntax` for what is not an object or names no known schema or attribute,
/// `invalidValue` for a value of the wrong type or a missing one.
pub fn admit(kind: &ResourceType, body: Value) -> Result<Admitted, ScimError> {
    let Value::Object(body) = body else {
        return Err(ScimError::invalid_syntax(format!(
            "the body is {}, expected a {} as an object",
            describe(&body),
            kind.name
        )));
    };
    let (mut attributes, mut members) = (Attributes::default(), Vec::new());
    let mut seen_schemas = false;
    let mut names = Names::default();
    for (name, value) in body {
        names.note(&name)?;
        if name.eq_ignore_ascii_case("schemas") {
            check_schemas(kind, &value)?;
            seen_schemas = true;
        } else if let Some(extension) = kind.extension(&name) {
            admit_extension(&mut attributes, extension.schema, value)?;
        } else if let Some(attribute) = kind.core_attribute(&name) {
            let is_members = kind
                .members
                .is_some_and(|members| members.name == attribute.name);
            if !is_members {
                check_number(&attribute.name, &value)?;
            }
            match admit_value(attribute, &attribute.name, value)? {
                Some(Value::Array(elements)) if is_members => members = elements,
                value => attributes.set(Container::Core, attribute, value),
            }
        } else {
            return Err(unknown(kind, &name));
        }
    }
    if !seen_schemas {
        return Err(ScimError::invalid_value(format!(
            "schemas is missing, expected {:?} in it",
            kind.schema.id
        )));
    }
    check_required(kind, &attributes)?;
    attributes.settle(kind);
    Ok(Admitted {
        attributes,
        members,
    })
}

fn unknown(kind: &ResourceType, name: &str) -> ScimError {
    let nearest = nearest(kind, name)
        .map(|nearest| format!("; did you mean {nearest}?"))
        .unwrap_or_default();
    ScimError::invalid_syntax(format!(
        "{} has no attribute {}{nearest}",
        kind.name,
        quote(name)
    ))
}

fn nearest<'a>(kind: &'a ResourceType, name: &str) -> Option<&'a str> {
    let names = kind
        .schema
        .attributes
        .iter()
        .map(|attribute| attribute.name.as_str());
    names
        .map(|known| {
            (
                strsim::jaro_winkler(&known.to_ascii_lowercase(), &name.to_ascii_lowercase()),
                known,
            )
        })
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Refuses an object that names one attribute twice in different cases.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    fn note(&mut self, name: &str) -> Result<(), ScimError> {
        if self.0.insert(name.to_ascii_lowercase()) {
            return Ok(());
        }
        Err(ScimError::invalid_syntax(format!(
            "{} stands twice in one object (names are compared in any case)",
            quote(name)
        )))
    }
}

fn check_schemas(kind: &ResourceType, value: &Value) -> Result<(), ScimError> {
    let Value::Array(urns) = value else {
        return Err(ScimError::invalid_value(format!(
            "schemas is {}, expected an array of URNs",
            describe(value)
        )));
    };
    let mut core = false;
    for urn in urns {
        let Value::String(urn) = urn else {
            return Err(ScimError::invalid_value(format!(
                "schemas contains {}, expected a URN as a string",
                describe(urn)
            )));
        };
        if urn.eq_ignore_ascii_case(&kind.schema.id) {
            core = true;
        } else if kind.extension(urn).is_none() {
            return Err(ScimError::invalid_value(format!(
                "schemas names {}, which is not a schema of {}",
                quote(urn),
                kind.name
            )));
        }
    }
    if core {
        Ok(())
    } else {
        Err(ScimError::invalid_value(format!(
            "schemas lacks {:?}",
            kind.schema.id
        )))
    }
}

fn admit_extension(
    attributes: &mut Attributes,
    schema: &'static Schema,
    value: Value,
) -> Result<(), ScimError> {
    let object = match value {
        value if is_unassigned(&value) => return Ok(()),
        Value::Object(object) => object,
        other => {
            return Err(ScimError::invalid_value(format!(
                "{} is {}, expected an object",
                schema.id,
                describe(&other)
            )));
        }
    };
    let mut names = Names::default();
    for (name, value) in object {
        names.note(&name)?;
        if name == "schemas" {
            continue; // some clients name the extension's schema inside it too
        }
        let Some(attribute) = find(&schema.attributes, &name) else {
            return Err(ScimError::invalid_syntax(format!(
                "{} has no attribute {}",
                schema.id,
                quote(&name)
            )));
        };
        let path = format!("{}:{}", schema.id, attribute.name);
        check_number(&path, &value)?;
        let value = admit_value(attribute, &path, value)?;
        attributes.set(Container::Extension(schema), attribute, value);
    }
    Ok(())
}

/// Returns what a PUT makes of a resource (RFC 7644 §3.5.1): the new attributes, except that
/// immutable ones stay where they are not mentioned, and [`stay_inactive`] holds.
///
/// # Errors
/// `mutability` for an immutable attribute that would change.
pub fn replacing(
    kind: &ResourceType,
    new: &Attributes,
    old: &Attributes,
) -> Result<Attributes, ScimError> {
    let mut new = new.clone();
    stay_inactive(kind, &mut new, old);
    for (container, attribute) in attributes_of(kind) {
        let Some(before) = old.get(container, attribute).cloned() else {
            continue;
        };
        match new.get(container, attribute).cloned() {
            None if attribute.mutability == Mutability::Immutable => {
                new.set(container, attribute, Some(before));
            }
            None => {
                let kept = immutable_subs(attribute, &before);
                new.set(container, attribute, kept.map(Value::Object));
            }
            Some(Value::Object(mut after)) => {
                for (name, value) in immutable_subs(attribute, &before).unwrap_or_default() {
                    after.entry(name).or_insert(value);
                }
                new.set(container, attribute, Some(Value::Object(after)));
            }
            Some(_) => {}
        }
    }
    check_immutable(kind, &new, old)?;
    new.settle(kind);
    Ok(new)
}

/// Leaves off what is off: only `true` switches somebody on, never an omission, an empty value or
/// a removal (a resource that says nothing counts as active).
pub(super) fn stay_inactive(kind: &ResourceType, new: &mut Attributes, old: &Attributes) {
    if let Some(active) = kind.active_by
        && new.get(Container::Core, active).is_none()
        && !old.is_active(kind)
    {
        new.set(Container::Core, active, Some(Value::Bool(false)));
    }
}

/// Refuses what would change an immutable attribute or sub-attribute that has a value
/// (RFC 7643 §7, RFC 7644 §3.5).
pub(super) fn check_immutable(
    kind: &ResourceType,
    new: &Attributes,
    old: &Attributes,
) -> Result<(), ScimError> {
    for (container, attribute) in attributes_of(kind) {
        let Some(before) = old.get(container, attribute) else {
            continue;
        };
        let after = new.get(container, attribute);
        if attribute.mutability == Mutability::Immutable
            && !after.is_some_and(|after| same(attribute, before, after))
        {
            return Err(immutable(&attribute.name, before));
        }
        for (name, before) in immutable_subs(attribute, before).unwrap_or_default() {
            let after = after.and_then(|after| after.get(&name));
            let sub = attribute.sub(&name);
            let kept = sub
                .zip(after)
                .is_some_and(|(sub, after)| same(sub, &before, after));
            if !kept {
                return Err(immutable(&format!("{}.{name}", attribute.name), &before));
            }
        }
    }
    Ok(())
}

/// Returns the immutable sub-attributes of a single complex value.
fn immutable_subs(attribute: &Attribute, value: &Value) -> Option<Map<String, Value>> {
    let object = value.as_object()?;
    let is_immutable = |name: &str| {
        let sub = attribute.sub(name);
        sub.is_some_and(|sub| sub.mutability == Mutability::Immutable)
    };
    let kept = object.iter().filter(|(name, _)| is_immutable(name));
    Some(
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

/// Returns the attributes of all schemas of a type, and where each stands.
fn attributes_of(kind: &ResourceType) -> impl Iterator<Item = (Container, &'static Attribute)> {
    let core = std::iter::once((Container::Core, kind.schema));
    let extensions = kind.extensions.iter();
    let extensions =
        extensions.map(|extension| (Container::Extension(extension.schema), extension.schema));
    core.chain(extensions).flat_map(|(container, schema)| {
        schema
            .attributes
            .iter()
            .map(move |attribute| (container, attribute))
    })
}

/// The error for a change of an attribute that is set once (RFC 7643 §7).
pub(super) fn immutable(path: &str, before: &Value) -> ScimError {
    ScimError::new(
        ScimType::Mutability,
        format!(
            "{path} is immutable and has a value already ({})",
            describe(before)
        ),
    )
}

/// True if two values of an attribute are equal as the attribute compares.
pub(super) fn same(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    a == b
        || (attribute.kind != Type::Complex
            && !a.is_array()
            && key::key(attribute, a).is_some_and(|key| Some(key) == key::key(attribute, b)))
}

/// Checks that every attribute with `required` is there (RFC 7643 §7).
pub(super) fn check_required(
    kind: &ResourceType,
    attributes: &Attributes,
) -> Result<(), ScimError> {
    let is_blank = |value: Option<&Value>| match value {
        None => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    let needed = |attribute: &&Attribute| attribute.required && !attribute.is_dropped();
    for attribute in kind.schema.attributes.iter().filter(needed) {
        if is_blank(attributes.get(Container::Core, attribute)) {
            return Err(ScimError::invalid_value(format!(
                "{} is required, expected {}",
                attribute.name,
                attribute.kind.expectation()
            )));
        }
    }
    for extension in &kind.extensions {
        let urn = &extension.schema.id;
        if !attributes.as_map().contains_key(urn) {
            if extension.required {
                return Err(ScimError::invalid_value(format!(
                    "{urn} is required, expected an object"
                )));
            }
            continue;
        }
        for attribute in extension.schema.attributes.iter().filter(needed) {
            if is_blank(attributes.get(Container::Extension(extension.schema), attribute)) {
                return Err(ScimError::invalid_value(format!(
                    "{}:{} is required, expected {}",
                    extension.schema.id,
                    attribute.name,
                    attribute.kind.expectation()
                )));
            }
        }
    }
    Ok(())
}

/// Admits one attribute's value; `None` is unassigned, or not for clients to write.
///
/// # Errors
/// `invalidValue` with the path of what is wrong, `invalidSyntax` for an unknown sub-attribute.
pub(super) fn admit_value(
    attribute: &Attribute,
    path: &str,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let may_be_empty = attribute.kind == Type::Complex || !value.is_object();
    if may_be_empty && is_unassigned(&value) || attribute.mutability == Mutability::ReadOnly {
        return Ok(None);
    }
    let admitted = if attribute.multi_valued {
        let Value::Array(elements) = value else {
            let found = if attribute.is_dropped() {
                "of another type".into()
            } else {
                describe(&value)
            };
            return Err(ScimError::invalid_value(format!(
                "{path} is {found}, expected an array"
            )));
        };
        let mut admitted: Vec<Value> = Vec::with_capacity(elements.len());
        for (n, element) in elements.into_iter().enumerate() {
            if let Some(element) = admit_element(attribute, || format!("{path}[{n}]"), element)? {
                admitted.push(element);
            }
        }
        let admitted = distinct(admitted);
        check_one_primary(path, &admitted)?;
        Some(Value::Array(admitted))
    } else {
        admit_element(attribute, || path.to_owned(), value)?
    };
    Ok(admitted.filter(|value| !attribute.is_dropped() && !is_unassigned(value)))
}

/// Admits a single value, or one element of a multi-valued attribute.
pub(super) fn admit_element(
    attribute: &Attribute,
    path: impl Fn() -> String,
    value: Value,
) -> Result<Option<Value>, ScimError> {
    let wrong = |value: &Value| {
        // a secret is not repeated, not even where it is refused
        let found = if attribute.is_dropped() {
            "of another type".into()
        } else {
            describe(value)
        };
        Err(ScimError::invalid_value(format!(
            "{} is {found}, expected {}",
            path(),
            attribute.kind.expectation()
        )))
    };
    match (attribute.kind, value) {
        (_, Value::Null) => Ok(None),
        (Type::String | Type::Reference, value @ Value::String(_))
        | (Type::Boolean, value @ Value::Bool(_))
        | (Type::Decimal, value @ Value::Number(_)) => Ok(Some(value)),
        (Type::Integer, Value::Number(number)) => match key::integer(&number) {
            Some(n) => Ok(Some(Value::from(n))),
            None => wrong(&Value::Number(number)),
        },
        (Type::DateTime, Value::String(text)) if key::micros(&text).is_some() => {
            Ok(Some(Value::String(text)))
        }
        (Type::Binary, Value::String(text)) if is_base64(&text) => Ok(Some(Value::String(text))),
        (Type::Complex, Value::Object(object)) => admit_complex(attribute, &path(), object),
        (_, value) => wrong(&value),
    }
}

fn admit_complex(
    attribute: &Attribute,
    path: &str,
    object: Map<String, Value>,
) -> Result<Option<Value>, ScimError> {
    let mut admitted = Map::new();
    for (name, value) in object {
        let Some(sub) = attribute.sub(&name) else {
            return Err(ScimError::invalid_syntax(format!(
                "{path} has no sub-attribute {}",
                quote(&name)
            )));
        };
        if admitted.contains_key(&sub.name) {
            return Err(ScimError::invalid_syntax(format!(
                "{path}.{} stands twice (names are compared in any case)",
                sub.name
            )));
        }
        if let Some(value) = admit_value(sub, &format!("{path}.{}", sub.name), value)? {
            admitted.insert(sub.name.clone(), value);
        }
    }
    if admitted.is_empty() {
        return Ok(None);
    }
    for sub in attribute
        .sub_attributes
        .iter()
        .filter(|sub| sub.required && sub.mutability != Mutability::ReadOnly)
    {
        if !admitted.contains_key(&sub.name) {
            return Err(ScimError::invalid_value(format!(
                "{path}.{} is required, expected {}",
                sub.name,
                sub.kind.expectation()
            )));
        }
    }
    Ok(Some(Value::Object(admitted)))
}

/// Keeps the first of equal elements (RFC 7643 §2.4).
pub(super) fn distinct(elements: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::with_capacity(elements.len());
    elements
        .into_iter()
        .filter(|element| seen.insert(element.to_string()))
        .collect()
}

/// Refuses an attribute with more values than any directory has for one user; a group's members
/// are not the attribute's.
pub(super) fn check_number(path: &str, value: &Value) -> Result<(), ScimError> {
    const MOST: usize = 1_000;
    match value.as_array().map(Vec::len) {
        Some(values) if values > MOST => Err(ScimError::invalid_value(format!(
            "{path} has {values} values, at most {MOST} are taken"
        ))),
        _ => Ok(()),
    }
}

fn check_one_primary(path: &str, elements: &[Value]) -> Result<(), ScimError> {
    let primaries = elements
        .iter()
        .filter(|element| element.get("primary") == Some(&Value::Bool(true)))
        .count();
    if primaries > 1 {
        return Err(ScimError::invalid_value(format!(
            "{path} has {primaries} elements with \"primary\": true, expected one at most"
        )));
    }
    Ok(())
}

/// Base64 in either alphabet, padded or not (RFC 7643 §2.3.6).
fn is_base64(text: &str) -> bool {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .into_iter()
        .any(|alphabet| GeneralPurpose::new(&alphabet, config).decode(text).is_ok())
}

#[cfg(test)]
mod tests;
