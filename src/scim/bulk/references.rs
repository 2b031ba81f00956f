//! References to operations by their `bulkId`, and ids in their place (RFC 7644 §3.7.2).

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::super::error::ScimError;

/// Finds every `bulkId:name` in a value: a whole text, and quoted literals in the `path` of a
/// PATCH operation.
pub(super) fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix("bulkId:").map(str::to_owned)),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::String(path) if name.eq_ignore_ascii_case("path") => {
                        found.extend(pieces(path).into_iter().filter_map(|(_, name)| name));
                    }
                    value => collect(value, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Splits a path at its references: plain text, and the name that follows it.
fn pieces(path: &str) -> Vec<(String, Option<String>)> {
    let mut pieces = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("\"bulkId:")
        && let Some((name, after)) = after.split_once('"')
    {
        pieces.push((format!("{before}\""), Some(name.to_owned())));
        pieces.push(("\"".into(), None));
        rest = after;
    }
    pieces.push((rest.to_owned(), None));
    pieces
}

fn id_of(name: &str, ids: &HashMap<String, Uuid>) -> Result<String, ScimError> {
    let id = ids.get(name).map(Uuid::to_string);
    id.ok_or_else(|| unresolved(name))
}

/// Puts ids in the place of references.
///
/// # Errors
/// 409 (RFC 7644 §3.7.1) for a name that no POST of the request has.
pub fn substitute(value: &mut Value, ids: &HashMap<String, Uuid>) -> Result<(), ScimError> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("bulkId:") {
                *text = id_of(name, ids)?;
            }
            Ok(())
        }
        Value::Array(elements) => elements
            .iter_mut()
            .try_for_each(|element| substitute(element, ids)),
        Value::Object(object) => object.iter_mut().try_for_each(|(name, value)| match value {
            Value::String(path) if name.eq_ignore_ascii_case("path") => {
                let mut out = String::new();
                for (plain, name) in pieces(path) {
                    out.push_str(&plain);
                    if let Some(name) = name {
                        out.push_str(&id_of(&name, ids)?);
                    }
                }
                *path = out;
                Ok(())
            }
            value => substitute(value, ids),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

/// Puts ids in the place of references in a path: `/Users/bulkId:ann`.
///
/// # Errors
/// 409 for a name that no POST of the request has.
pub fn substitute_path(path: &str, ids: &HashMap<String, Uuid>) -> Result<String, ScimError> {
    let segment = |segment: &str| match segment.strip_prefix("bulkId:") {
        Some(name) => id_of(name, ids),
        None => Ok(segment.to_owned()),
    };
    let segments = path
        .split('/')
        .map(segment)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(segments.join("/"))
}

fn unresolved(name: &str) -> ScimError {
    ScimError::status(
        409,
        format!("bulkId:{name} names no POST of this request that could be done"),
    )
}
