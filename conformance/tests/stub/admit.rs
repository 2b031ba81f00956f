//! What a client may write: names, data types, required attributes, all as the schemas say (RFC 7643 §2 and §7).

use std::collections::HashSet;

use serde_json::Value;

use super::breaks::keeps;
use super::compare::boolean;
use super::error::{Scim, ScimError};
use super::names::{Members, elements, same_name};
use super::schema::{Attribute, COMMON_ATTRIBUTES, Kind, Mutability, ResourceType, Schema};
use super::text::{instant, key};

/// Where a value comes from: identity providers write some in PATCH that a body may not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Create,
    Replace,
    Patch,
}

/// Returns what `body` says of a resource: our names, no readOnly or unknown attribute, nothing unassigned.
pub fn resource(kind: &'static ResourceType, body: &Value, from: From) -> Scim<Members> {
    let body = body
        .as_object()
        .ok_or_else(|| ScimError::invalid_syntax("the body is not an object"))?;
    check_schemas(kind, body)?;
    if !keeps("C16") && body.keys().next().is_some_and(|first| first != "schemas") {
        return Err(ScimError::invalid_syntax("schemas is not the first member"));
    }
    let extensions = || kind.extensions.iter().map(|extension| &extension.schema);
    let is_extension = |name: &str| extensions().any(|schema| same_name(schema.urn, name));
    let core: Members = body
        .clone()
        .into_iter()
        .filter(|(name, _)| !is_extension(name))
        .collect();
    let mut admitted = members(&[&COMMON_ATTRIBUTES, &kind.core], &core, from)?;
    for (urn, value) in body.iter().filter(|(name, _)| is_extension(name)) {
        let Some(schema) = extensions().find(|schema| same_name(schema.urn, urn)) else {
            continue;
        };
        if !keeps("T3.body") && schema.urn != urn || !keeps("C13") && !names_schema(body, urn) {
            continue;
        }
        match value {
            Value::Null => {}
            Value::Object(object) => {
                let object = if keeps("T7") {
                    object.clone()
                } else {
                    bag(kind, body)
                };
                let object = members(&[schema], &object, from)?;
                admitted
                    .extend((!object.is_empty()).then(|| (schema.urn.to_owned(), object.into())));
            }
            _ => return Err(ScimError::invalid_value(format!("{urn} is not an object"))),
        }
    }
    Ok(admitted)
}

/// What T7 forbids: the attributes of all extensions in one bag.
fn bag(kind: &'static ResourceType, body: &Members) -> Members {
    let extensions = kind
        .extensions
        .iter()
        .filter_map(|extension| body.get(extension.schema.urn)?.as_object());
    extensions
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What identity providers name beside or instead of the schemas of RFC 7643: Google Workspace and
/// OneLogin those of SCIM 1, Microsoft Entra ID one of its own for groups.
const FOREIGN: [&str; 4] = [
    "urn:scim:schemas:core:1.0",
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
];

/// Wants `schemas` to name at least one schema, and only those of the type (RFC 7643 §3).
fn check_schemas(kind: &'static ResourceType, body: &Members) -> Scim<()> {
    let named = body
        .iter()
        .find(|(name, _)| same_name("schemas", name))
        .and_then(|(_, value)| value.as_array());
    if named.is_none_or(Vec::is_empty) && keeps("C12.missing") {
        return Err(ScimError::invalid_syntax("schemas is missing"));
    }
    for urn in named.into_iter().flatten() {
        let name = urn.as_str().unwrap_or_default();
        let known = kind.schema(name).is_some() || FOREIGN.contains(&name);
        if !known && keeps("C12.unknown") {
            return Err(ScimError::invalid_syntax(format!(
                "schemas: {urn} is not a schema of a {}",
                kind.name
            )));
        }
    }
    Ok(())
}

fn names_schema(body: &Members, urn: &str) -> bool {
    let named = body.get("schemas").and_then(Value::as_array);
    named.is_some_and(|named| {
        named
            .iter()
            .filter_map(Value::as_str)
            .any(|name| same_name(name, urn))
    })
}

fn members(schemas: &[&'static Schema], body: &Members, from: From) -> Scim<Members> {
    let mut admitted = Members::new();
    for (name, value) in body {
        let attribute = schemas.iter().find_map(|schema| schema.attribute(name));
        match attribute.filter(|attribute| keeps("C15") || attribute.name == name) {
            Some(attribute) => admit_member(&mut admitted, attribute, value, from)?,
            None if !keeps("E19") && from == From::Replace => {
                return Err(ScimError::invalid_syntax(format!("{name} is unknown")));
            }
            None if !keeps("T4") => admit_flat(&mut admitted, name, value),
            None => {}
        }
    }
    Ok(admitted)
}

/// What T4 forbids: an attribute of an extension, given at the top level, is taken for the extension's.
fn admit_flat(admitted: &mut Members, name: &str, value: &Value) {
    let extensions = super::schema::TYPES
        .iter()
        .flat_map(|kind| &kind.extensions);
    let owner = extensions
        .map(|extension| &extension.schema)
        .find(|schema| schema.attribute(name).is_some());
    if let Some(schema) = owner {
        admitted.insert(schema.urn.to_owned(), serde_json::json!({ name: value }));
    }
}

fn admit_member(
    admitted: &mut Members,
    attribute: &'static Attribute,
    value: &Value,
    from: From,
) -> Scim<()> {
    let kept = attribute.kind == Kind::Complex
        || attribute.unique
        || keeps("A13.readOnly") && keeps("E1.write");
    if attribute.read_only() && kept {
        let rule = if from == From::Replace { "K2" } else { "C6" };
        return if keeps(rule) {
            Ok(())
        } else {
            Err(ScimError::mutability(attribute.name))
        };
    }
    if attribute.mutability == Mutability::Immutable && from == From::Create && !keeps("E2.create")
    {
        return Ok(());
    }
    // What `schemas` names follows from what the resource has.
    if attribute.name != "schemas"
        && let Some(value) = whole(attribute, value, from)?
    {
        admitted.insert(attribute.name.to_owned(), value);
    }
    Ok(())
}

/// Returns the admitted value of an attribute, an array for a multi-valued one; none if it is unassigned.
pub fn whole(attribute: &'static Attribute, value: &Value, from: From) -> Scim<Option<Value>> {
    if !attribute.multi {
        return element(attribute, value, from);
    }
    if !value.is_array() && !value.is_null() && from != From::Patch {
        return Err(ScimError::invalid_value(format!(
            "{} is not an array",
            attribute.name
        )));
    }
    if from == From::Replace && value.as_array().is_some_and(Vec::is_empty) && !keeps("K4") {
        return Err(ScimError::invalid_value(format!(
            "{} is empty",
            attribute.name
        )));
    }
    if attribute.name == "members" && value.as_array().is_some_and(Vec::is_empty) && !keeps("S1") {
        return Err(ScimError::invalid_value("members is empty"));
    }
    let mut admitted = Vec::new();
    for value in elements(value) {
        admitted.extend(element(attribute, value, from)?);
    }
    let mut seen = HashSet::new();
    admitted.retain(|value| !keeps("C18") || seen.insert(identity(attribute, value)));
    if attribute.subs.is_empty() && !keeps("E16") {
        admitted.reverse();
    }
    Ok((!admitted.is_empty()).then_some(Value::Array(admitted)))
}

/// Returns what makes an element of a multi-valued attribute the same as another (RFC 7643 §2.4): type and value.
///
/// A `value` that is immutable, as that of a member, is enough.
pub fn identity(attribute: &Attribute, element: &Value) -> String {
    let part = |name| {
        let sub = attribute.sub(name)?;
        element.get(name)?.as_str().map(|text| key(sub, text))
    };
    match (part("value"), attribute.sub("value")) {
        (Some(value), Some(sub)) if sub.mutability == Mutability::Immutable => value,
        (Some(value), _) => format!("{}\n{value}", part("type").unwrap_or_default()),
        (None, _) => element.to_string(),
    }
}

/// Returns the admitted value of a single-valued attribute, or of one element; none if it is unassigned.
pub fn element(attribute: &'static Attribute, value: &Value, from: From) -> Scim<Option<Value>> {
    let wrong =
        || ScimError::invalid_value(format!("{} is not a {:?}", attribute.name, attribute.kind));
    let admitted = match (attribute.kind, value) {
        (_, Value::Null) if from == From::Replace && !keeps("K4") => return Err(wrong()),
        (_, Value::Null) => return if keeps("C14") { Ok(None) } else { Err(wrong()) },
        (Kind::Complex, value) => return complex(attribute, value, from),
        (_, value) if !keeps("E9.raw") => value.clone(),
        (_, Value::Array(values)) if values.is_empty() && keeps("C14") => return Ok(None),
        (Kind::String, Value::String(text)) if !keeps("R6") => {
            text.chars().take(255).collect::<String>().into()
        }
        (Kind::String, Value::String(text)) if !is_suggested(attribute, text) => {
            return Err(wrong());
        }
        (Kind::String, Value::String(_)) => value.clone(),
        (Kind::Reference, Value::String(uri)) if is_reference(uri) => value.clone(),
        (Kind::Binary, Value::String(text)) if is_base64(text) || !keeps("E13") => value.clone(),
        (Kind::DateTime, Value::String(text)) if instant(text).is_some() || !keeps("E12") => {
            value.clone()
        }
        (Kind::Boolean, Value::Bool(_)) => value.clone(),
        // Entra writes booleans as strings.
        (Kind::Boolean, Value::String(text)) if keeps("J29") || from != From::Patch => {
            boolean(text).ok_or_else(wrong)?.into()
        }
        (Kind::Boolean, Value::Number(_)) if !keeps("E9") => true.into(),
        (Kind::Integer, Value::Number(number)) if number.is_i64() && !keeps("R9") => number
            .as_f64()
            .and_then(|number| format!("{number:.0}").parse::<i64>().ok())
            .ok_or_else(wrong)?
            .into(),
        (Kind::Integer, Value::Number(number)) if number.is_i64() => value.clone(),
        (Kind::Integer, Value::String(text)) if !keeps("E10.string") => {
            text.parse::<i64>().map_err(|_| wrong())?.into()
        }
        (Kind::Integer, Value::Number(number)) if !keeps("E10.fraction") => {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "this is what the rule forbids"
            )]
            let cut = number.as_f64().ok_or_else(wrong)? as i64;
            cut.into()
        }
        (Kind::Decimal, Value::Number(_)) if !keeps("E11") => {
            format!("{:.1}", value.as_f64().ok_or_else(wrong)?)
                .parse::<f64>()
                .map_err(|_| wrong())?
                .into()
        }
        (Kind::Decimal, Value::Number(_)) => value.clone(),
        (Kind::String, value)
            if !keeps(if from == From::Patch {
                "J43"
            } else {
                "C10.type"
            }) =>
        {
            value.to_string().into()
        }
        _ => return Err(wrong()),
    };
    Ok(Some(admitted))
}

fn complex(attribute: &'static Attribute, value: &Value, from: From) -> Scim<Option<Value>> {
    let wrong = || ScimError::invalid_value(format!("{} is not an object", attribute.name));
    let object = match value {
        Value::Object(object) => object.clone(),
        Value::Array(values) if values.is_empty() => return Ok(None),
        // Entra writes a manager as a string, or in an array.
        Value::Array(values) if values.len() == 1 && bare(attribute, from) => {
            return complex(attribute, &values[0], from);
        }
        Value::String(_) if bare(attribute, from) => {
            Members::from_iter([("value".to_owned(), value.clone())])
        }
        _ => return Err(wrong()),
    };
    // … and takes it away with an empty value.
    if bare(attribute, From::Patch)
        && object.get("value").and_then(Value::as_str) == Some("")
        && keeps("J49.empty")
    {
        return Ok(None);
    }
    if attribute.name == "manager" && !keeps("T1") {
        return Ok(None);
    }
    let mut admitted = Members::new();
    for (name, value) in &object {
        if let Some(sub) = attribute
            .sub(name)
            .filter(|sub| !sub.read_only() || !keeps("T2"))
            && let Some(value) = whole(sub, value, from)?
        {
            admitted.insert(sub.name.to_owned(), value);
        }
    }
    Ok((!admitted.is_empty()).then_some(Value::Object(admitted)))
}

/// Whether PATCH may give the `value` of the attribute instead of an object.
fn bare(attribute: &Attribute, from: From) -> bool {
    from == From::Patch && !attribute.multi && attribute.sub("value").is_some() && keeps("J49.bare")
}

/// What E15 and E18 forbid: only suggested values are accepted, or codes of countries.
fn is_suggested(attribute: &Attribute, text: &str) -> bool {
    let suggested =
        attribute.canonical.is_empty() || attribute.canonical.contains(&text) || keeps("E15");
    suggested && (attribute.name != "country" || text.len() == 2 || keeps("E18"))
}

/// A URI, absolute or relative (RFC 7643 §2.3.7).
fn is_reference(uri: &str) -> bool {
    !uri.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c))
}

/// Base64 of RFC 4648 §4, where the padding may be absent (RFC 7643 §2.3.6).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let padded = padding == 0 || padding < 3 && text.len().is_multiple_of(4);
    digits.len() % 4 != 1
        && padded
        && digits
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// Wants everything that is required, and one `primary` at most (RFC 7643 §2.4 and §7).
pub fn complete(kind: &'static ResourceType, resource: &Members) -> Scim<()> {
    check_members(&kind.core.attributes, resource)?;
    for extension in &kind.extensions {
        let schema = &extension.schema;
        match resource.get(schema.urn).and_then(Value::as_object) {
            Some(object) => check_members(&schema.attributes, object)?,
            None if extension.required && keeps("C11") && keeps("T6") => {
                return Err(ScimError::invalid_value(format!(
                    "{} is required",
                    schema.urn
                )));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_members(attributes: &'static [Attribute], members: &Members) -> Scim<()> {
    attributes
        .iter()
        .try_for_each(|attribute| check_member(attribute, members.get(attribute.name)))
}

fn check_member(attribute: &'static Attribute, value: Option<&Value>) -> Scim<()> {
    let rule = match attribute.name {
        "userName" => "C10.missing",
        "displayName" => "S2",
        _ => "E17",
    };
    if attribute.name == "userName" && value.is_some() && !keeps("C10.empty") {
        return Ok(());
    }
    let blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
    if attribute.required && value.is_none_or(blank) && keeps(rule) {
        return Err(ScimError::invalid_value(format!(
            "{} is required",
            attribute.name
        )));
    }
    let values = value.map(elements).unwrap_or_default();
    let primaries = values
        .iter()
        .filter(|value| value.get("primary") == Some(&Value::Bool(true)))
        .count();
    if primaries > 1 && keeps("C17") {
        return Err(ScimError::invalid_value(format!(
            "{} has {primaries} primary values",
            attribute.name
        )));
    }
    for object in values.into_iter().filter_map(Value::as_object) {
        check_members(&attribute.subs, object)?;
    }
    Ok(())
}
