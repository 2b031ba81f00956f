//! PATCH operations.

use serde_json::{Map, Value, json};

use crate::scim::filter::{Scope, Unknown};
use crate::scim::patch::{NoMatch, Op, Operation, PatchPath};
use crate::scim::path::{AttrPath, Named};
use crate::scim::resource::is_unassigned;
use crate::scim::schema::{Attribute, Mutability, ResourceType};

/// Drops attributes that only we write from the value of a path-less operation.
///
/// Okta: `{"op": "replace", "value": {"id": "…", "displayName": "…"}}` at each rename; Auth0: the
/// whole user, `schemas` included.
pub(in crate::idp) fn drop_read_only(kind: &ResourceType, value: &mut Map<String, Value>) {
    value.retain(|name, _| {
        kind.core_attribute(name)
            .is_none_or(|attribute| attribute.mutability != Mutability::ReadOnly)
    });
}

/// Makes operations of their own of keys that are paths: `"name.givenName"`,
/// `"urn:…:User:department"`, `"emails[type eq \"work\"].value"`.
///
/// Entra with `?aadOptscim062020` (Microsoft, "Known issues").
pub(in crate::idp) fn split_path_keys(
    kind: &ResourceType,
    operation: &mut Map<String, Value>,
    is_other_name: impl Fn(&str) -> bool,
) -> Vec<Map<String, Value>> {
    let op = operation.get("op").cloned().unwrap_or(Value::Null);
    let Some(Value::Object(value)) = operation.get_mut("value") else {
        return Vec::new();
    };
    let is_name =
        |name: &str| kind.extension(name).is_some() || kind.core_attribute(name).is_some();
    let is_path = |name: &str| {
        name.contains('[')
            || AttrPath::parse(name).is_ok_and(|path| kind.named(&path).is_some())
            || is_other_name(name)
    };
    let keys: Vec<String> = value
        .keys()
        .filter(|name| !is_name(name) && is_path(name))
        .cloned()
        .collect();
    let split = keys.into_iter().filter_map(|path| {
        let value = value.shift_remove(&path)?;
        let parts = [("op", op.clone()), ("path", json!(path)), ("value", value)];
        Some(
            parts
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        )
    });
    split.collect()
}

/// Makes filters of the values that a removal lists: `{"op": "Remove", "path": "members",
/// "value": [{"value": "id"}]}` removes that member, not all; an empty list removes nothing. Where
/// the path says what to remove, the value says it again and is dropped.
///
/// Entra without `?aadOptscim062020` (Microsoft, "Known issues": "Remove group members"), and
/// `{"op": "Remove", "path": "emails[type eq \"work\"].value", "value": "x"}`
/// (AzureAD/SCIMReferenceCode, PR 87).
pub(in crate::idp) fn filter_removed_values(
    kind: &ResourceType,
    operation: &Map<String, Value>,
) -> Option<Vec<Value>> {
    let path = operation.get("path").and_then(Value::as_str)?;
    let whole = || Some(vec![json!({ "op": "remove", "path": path })]);
    let many = AttrPath::parse(path)
        .ok()
        .and_then(|path| kind.resolve(&path))
        .filter(|path| path.sub.is_none() && path.attribute.multi_valued);
    let (Some(many), Some(value)) = (
        many,
        operation.get("value").filter(|value| !value.is_null()),
    ) else {
        return whole();
    };
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let is_members = kind
        .members
        .is_some_and(|members| members.name == many.attribute.name);
    let filters = elements
        .iter()
        .filter_map(|element| selecting(many.attribute, is_members, element));
    Some(
        filters
            .map(|filter| json!({ "op": "remove", "path": format!("{path}[{filter}]") }))
            .collect(),
    )
}

/// Returns the filter that selects an element like this one: a member by its value, others by
/// value and type, or by all that is known of them.
fn selecting(attribute: &Attribute, is_members: bool, element: &Value) -> Option<String> {
    let Value::Object(object) = element else {
        let simple = !is_unassigned(element) && element != "";
        return simple.then(|| format!("value eq {element}"));
    };
    let known: Vec<(&str, &Value)> = object
        .iter()
        .filter(|(_, value)| !is_unassigned(value) && !value.is_object() && !value.is_array())
        .filter_map(|(name, value)| Some((attribute.sub(name)?.name.as_str(), value)))
        .collect();
    let named = |names: &[&str]| -> Vec<String> {
        let named = known
            .iter()
            .filter(|(name, _)| names.is_empty() || names.contains(name));
        named
            .map(|(name, value)| format!("{name} eq {value}"))
            .collect()
    };
    let has_value = known.iter().any(|(name, _)| *name == "value");
    let parts = match (has_value, is_members) {
        (true, true) => named(&["value"]),
        (true, false) => named(&["value", "type"]),
        (false, _) => named(&[]),
    };
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Lets a value path that matches no element make one.
///
/// Entra: `{"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", …}` and the same with
/// `Replace` for a user without that number (Microsoft's validator, requests on record).
pub(in crate::idp) fn create_missing_elements(operation: &mut Operation) {
    operation.no_match = NoMatch::Create;
}

/// Drops operations whose paths name nothing that we have, unless `all_may_go` and nothing
/// would be left: then the client is told.
///
/// Providers whose administrators map attributes that we lack, an operation for each: one
/// mapping too many would stop the whole user.
pub(in crate::idp) fn drop_unknown_paths(
    kind: &'static ResourceType,
    operations: &mut Vec<Operation>,
    all_may_go: bool,
    dropped: &mut Vec<String>,
) {
    let is_known = |operation: &Operation| {
        operation
            .path
            .as_ref()
            .is_none_or(|path| names_something(kind, path))
    };
    if !all_may_go && !operations.iter().any(is_known) {
        return;
    }
    operations.retain(|operation| {
        let known = is_known(operation);
        if !known {
            dropped.extend(operation.path.as_ref().map(ToString::to_string));
        }
        known
    });
}

fn names_something(kind: &'static ResourceType, path: &PatchPath) -> bool {
    let Some(named) = kind.named(&path.attribute) else {
        return false;
    };
    let Named::Attribute(resolved) = named else {
        return true;
    };
    let sub_is_known = path
        .sub
        .as_deref()
        .is_none_or(|sub| resolved.attribute.sub(sub).is_some());
    let filter_is_known = path.filter.as_ref().is_none_or(|filter| {
        let scope = Scope::Element(resolved.attribute);
        filter.resolve(scope, Unknown::Refuse).is_ok()
            || filter.resolve(scope, Unknown::Unassigned).is_err()
    });
    sub_is_known && filter_is_known
}

/// True if a removal is what the operation does.
pub(in crate::idp) fn is_removal(operation: &Map<String, Value>) -> bool {
    operation
        .get("op")
        .and_then(Value::as_str)
        .is_some_and(|op| op.eq_ignore_ascii_case("remove"))
}

/// True if an operation adds or puts in place.
pub(in crate::idp) fn gives_a_value(operation: &Operation) -> bool {
    matches!(operation.op, Op::Add | Op::Replace)
}

/// True if a path names the `value` of a single complex attribute: `manager.value`.
pub(in crate::idp) fn is_reference(kind: &ResourceType, path: &PatchPath) -> bool {
    path.filter.is_none()
        && kind.resolve(&path.attribute).is_some_and(|path| {
            !path.attribute.multi_valued && path.sub.is_some_and(|sub| sub.name == "value")
        })
}

/// The attribute that a path of a PATCH gives a value to, and whether that is one element.
pub(in crate::idp) fn target_of(
    kind: &ResourceType,
    path: &PatchPath,
) -> Option<(&'static Attribute, bool)> {
    match kind.named(&path.attribute)? {
        Named::Extension(_) => None,
        Named::Attribute(resolved) => match (&path.sub, &path.filter) {
            (Some(sub), _) => resolved.attribute.sub(sub).map(|sub| (sub, false)),
            (None, Some(_)) => Some((resolved.attribute, true)),
            (None, None) => Some((resolved.leaf(), false)),
        },
    }
}
