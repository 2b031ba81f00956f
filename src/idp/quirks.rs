//! The leniencies: each deviation that we forgive is one function, with who does it and where
//! that is on record. Their payloads are in `tests.rs` beside this file and in
//! `tests/fixtures/idp/`.

use serde_json::{Map, Value, json};

use crate::scim::filter::{Filter, Literal};
use crate::scim::patch::{NoMatch, Op, Operation};
use crate::scim::path::{AttrPath, Container, Named};
use crate::scim::resource::is_unassigned;
use crate::scim::schema::{Attribute, Mutability, ResourceType, Type, find};

/// A deviation from the RFCs that is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// [`drop_unknown_names`].
    UnknownNames,
    /// [`rename_old_urns`].
    OldUrns,
    /// [`unwrap_value`].
    WrappedValues,
    /// [`make_many`].
    SingleForMany,
    /// [`make_reference`].
    BareReferences,
    /// [`read_boolean`].
    StringBooleans,
    /// [`drop_empty_string`].
    EmptyStrings,
    /// [`keep_one_primary`].
    OnePrimary,
    /// [`drop_read_only`].
    ReadOnlyInPatch,
    /// [`split_path_keys`].
    PathKeys,
    /// [`filter_removed_values`].
    RemoveValues,
    /// [`create_missing_elements`].
    MissingElements,
    /// [`drop_unknown_paths`].
    UnknownPaths,
    /// [`filter_after_brackets`].
    FilterAfterBrackets,
}

/// Every leniency, in the order in which they are applied.
pub const ALL: &[Quirk] = &[
    Quirk::UnknownNames,
    Quirk::OldUrns,
    Quirk::WrappedValues,
    Quirk::SingleForMany,
    Quirk::BareReferences,
    Quirk::StringBooleans,
    Quirk::EmptyStrings,
    Quirk::OnePrimary,
    Quirk::ReadOnlyInPatch,
    Quirk::PathKeys,
    Quirk::RemoveValues,
    Quirk::MissingElements,
    Quirk::UnknownPaths,
    Quirk::FilterAfterBrackets,
];

/// Drops attributes, sub-attributes and schema URNs that we do not have, and names the core
/// schema if nobody did.
///
/// All: an administrator maps what the provider has, not what we have. Entra sends
/// `http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`, Google
/// `urn:scim:schemas:core:1.0` (create requests on record). What is dropped is noted, so that
/// the provisioning log names it.
pub(super) fn drop_unknown_names(
    kind: &ResourceType,
    body: &mut Map<String, Value>,
    dropped: &mut Vec<String>,
) {
    body.retain(|name, value| {
        let known = if name.eq_ignore_ascii_case("schemas") {
            true
        } else if let Some(extension) = kind.extension(name) {
            drop_unknown_members(
                &extension.schema.attributes,
                &format!("{}:", extension.schema.id),
                value,
                dropped,
            );
            true
        } else if let Some(attribute) = kind.core_attribute(name) {
            drop_unknown_subs(attribute, value, dropped);
            true
        } else {
            false
        };
        if !known {
            dropped.push(name.clone());
        }
        known
    });
    let key = body
        .keys()
        .find(|name| name.eq_ignore_ascii_case("schemas"))
        .cloned()
        .unwrap_or_else(|| "schemas".into());
    let mut urns = match body.get(&key) {
        Some(Value::Array(urns)) => urns.clone(),
        Some(Value::String(urn)) => vec![json!(urn)],
        Some(Value::Null) | None => Vec::new(),
        Some(_) => return,
    };
    urns.retain(|urn| {
        let known = urn.as_str().is_none_or(|urn| {
            urn.eq_ignore_ascii_case(&kind.schema.id) || kind.extension(urn).is_some()
        });
        if !known {
            dropped.extend(urn.as_str().map(str::to_owned));
        }
        known
    });
    if !urns.iter().any(|urn| {
        urn.as_str()
            .is_some_and(|urn| urn.eq_ignore_ascii_case(&kind.schema.id))
    }) {
        urns.push(json!(kind.schema.id));
    }
    body.insert(key, Value::Array(urns));
}

fn drop_unknown_members(
    attributes: &[Attribute],
    prefix: &str,
    value: &mut Value,
    dropped: &mut Vec<String>,
) {
    let Value::Object(object) = value else { return };
    object.retain(|name, value| {
        let Some(attribute) = find(attributes, name) else {
            dropped.push(format!("{prefix}{name}"));
            return false;
        };
        drop_unknown_subs(attribute, value, dropped);
        true
    });
}

/// The part of [`drop_unknown_names`] that looks into one attribute's value.
pub(super) fn drop_unknown_subs(
    attribute: &Attribute,
    value: &mut Value,
    dropped: &mut Vec<String>,
) {
    if attribute.kind != Type::Complex {
        return;
    }
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| drop_unknown_subs(attribute, element, dropped)),
        object => drop_unknown_members(
            &attribute.sub_attributes,
            &format!("{}.", attribute.name),
            object,
            dropped,
        ),
    }
}

/// Reads the enterprise extension under the names that it had before RFC 7643.
///
/// OneLogin's default template has `urn:scim:schemas:extension:enterprise:2.0`, SCIM 1.1 had `…:1.0`.
pub(super) fn rename_old_urns(kind: &ResourceType, body: &mut Map<String, Value>) {
    const OLD: [&str; 2] = [
        "urn:scim:schemas:extension:enterprise:1.0",
        "urn:scim:schemas:extension:enterprise:2.0",
    ];
    const NEW: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    if kind.extension(NEW).is_none() || body.keys().any(|name| name.eq_ignore_ascii_case(NEW)) {
        return;
    }
    if let Some(old) = body
        .keys()
        .find(|name| OLD.iter().any(|old| old.eq_ignore_ascii_case(name)))
        .cloned()
        && let Some(value) = body.shift_remove(&old)
    {
        body.insert(NEW.into(), value);
    }
}

/// Takes a single value out of the array or the object that it is wrapped in.
///
/// Entra, in PATCH operations on single-valued attributes: `"value": [{"$ref": null, "value":
/// "x"}]` (AzureAD/SCIMReferenceCode, requests on record).
pub(super) fn unwrap_value(attribute: &Attribute, value: &mut Value) {
    if attribute.multi_valued {
        return;
    }
    if let Value::Array(elements) = value
        && elements.len() == 1
    {
        *value = elements.remove(0);
    }
    if attribute.kind != Type::Complex
        && let Value::Object(object) = value
        && object.keys().all(|name| name == "value" || name == "$ref")
        && let Some(inner) = object.shift_remove("value")
    {
        *value = inner;
    }
}

/// Makes an array of what should be one: `"emails": {"value": "x"}`, `"emails": "x"`,
/// `"members": ["id"]`.
///
/// Several providers' templates and flows (OneLogin, Okta's expression mappings).
pub(super) fn make_many(attribute: &Attribute, value: &mut Value) {
    if !attribute.multi_valued || value.is_null() {
        return;
    }
    if !value.is_array() {
        *value = Value::Array(vec![value.take()]);
    }
    if attribute.kind == Type::Complex
        && attribute.sub("value").is_some()
        && let Value::Array(elements) = value
    {
        for element in elements.iter_mut().filter(|element| element.is_string()) {
            *element = json!({ "value": element.take() });
        }
        elements.retain(|element| {
            element
                .get("value")
                .is_none_or(|value| value.as_str() != Some(""))
        });
    }
}

/// Makes an object of a bare reference: `"manager": "id"`, or an array of one; an empty one is
/// none at all.
///
/// Entra sends the manager's id as a string and `{"value": ""}` to remove it (Microsoft, "Known
/// issues"); OneLogin's template has `{"value": "", "displayName": " "}` for nobody.
pub(super) fn make_reference(attribute: &Attribute, value: &mut Value) {
    if attribute.multi_valued || attribute.kind != Type::Complex || attribute.sub("value").is_none()
    {
        return;
    }
    if let Value::Array(elements) = value {
        let first = elements.first_mut().map_or(Value::Null, Value::take);
        *value = first;
    }
    if value.is_string() {
        *value = json!({ "value": value.take() });
    }
    if value.get("value").and_then(Value::as_str) == Some("") {
        *value = Value::Null;
    }
}

/// Reads `"True"` and `"false"` as booleans.
///
/// Entra, for `active`, `roles[].primary` and in filters (Microsoft, "Known issues"); Keycloak's
/// `user-patchOp`.
pub(super) fn read_boolean(attribute: &Attribute, value: &mut Value) {
    if attribute.kind == Type::Boolean
        && !attribute.multi_valued
        && let Some(boolean) = value.as_str().and_then(boolean)
    {
        *value = Value::Bool(boolean);
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The same inside filters: `roles[primary eq "True"]`, `active eq "false"`.
pub(super) fn read_booleans_in_filter(
    kind: &ResourceType,
    within: Option<&Attribute>,
    filter: &mut Filter,
) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts
            .iter_mut()
            .for_each(|part| read_booleans_in_filter(kind, within, part)),
        Filter::Not(inner) => read_booleans_in_filter(kind, within, inner),
        Filter::Present(_) => {}
        Filter::ValuePath(path, inner) => {
            let attribute = kind.resolve(path).map(|path| path.attribute);
            read_booleans_in_filter(kind, attribute, inner);
        }
        Filter::Compare(path, _, literal) => {
            let attribute = match within {
                Some(attribute) => attribute.sub(path.as_str()),
                None => kind.resolve(path).map(|path| path.leaf()),
            };
            if attribute.is_some_and(|attribute| attribute.kind == Type::Boolean)
                && let Literal::String(text) = literal
                && let Some(boolean) = boolean(text)
            {
                *literal = Literal::Bool(boolean);
            }
        }
    }
}

/// Reads the empty string as absent where text is not what the attribute takes.
///
/// OneLogin: parameters of the template without a value arrive as `""`.
pub(super) fn drop_empty_string(attribute: &Attribute, value: &mut Value) {
    if attribute.kind != Type::String && value.as_str().is_some_and(|text| text.trim().is_empty()) {
        *value = Value::Null;
    }
}

/// Leaves `primary` to the first of several elements that have it.
///
/// Entra, where two mappings both say primary (Microsoft Q&A, requests on record).
pub(super) fn keep_one_primary(attribute: &Attribute, value: &mut Value) {
    if !attribute.multi_valued {
        return;
    }
    let Value::Array(elements) = value else {
        return;
    };
    let primaries = elements
        .iter_mut()
        .filter_map(Value::as_object_mut)
        .filter_map(|element| {
            let key = element
                .keys()
                .find(|name| name.eq_ignore_ascii_case("primary"))?
                .clone();
            element.get_mut(&key)
        });
    let is_true = |value: &Value| {
        value == &Value::Bool(true) || value.as_str().and_then(boolean) == Some(true)
    };
    for primary in primaries.filter(|value| is_true(value)).skip(1) {
        *primary = Value::Bool(false);
    }
}

/// Drops attributes that only we write from the value of a path-less operation.
///
/// Okta: `{"op": "replace", "value": {"id": "…", "displayName": "…"}}` at each rename; Auth0: the
/// whole user, `schemas` included.
pub(super) fn drop_read_only(kind: &ResourceType, value: &mut Map<String, Value>) {
    value.retain(|name, _| {
        kind.core_attribute(name)
            .is_none_or(|attribute| attribute.mutability != Mutability::ReadOnly)
    });
}

/// Makes operations of their own of keys that are paths: `"name.givenName"`,
/// `"urn:…:User:department"`, `"emails[type eq \"work\"].value"`.
///
/// Entra with `?aadOptscim062020` (Microsoft, "Known issues").
pub(super) fn split_path_keys(
    kind: &ResourceType,
    operation: &mut Map<String, Value>,
) -> Vec<Value> {
    let Some(Value::Object(value)) = operation.get_mut("value") else {
        return Vec::new();
    };
    let is_path = |name: &str| {
        name.contains('[')
            || kind.extension(name).is_none()
                && kind.core_attribute(name).is_none()
                && AttrPath::parse(name).is_ok_and(|path| kind.named(&path).is_some())
    };
    let keys: Vec<String> = value.keys().filter(|name| is_path(name)).cloned().collect();
    let split = keys
        .into_iter()
        .filter_map(|path| value.shift_remove(&path).map(|value| (path, value)))
        .collect::<Vec<_>>();
    let op = operation.get("op").cloned().unwrap_or(Value::Null);
    split
        .into_iter()
        .map(|(path, value)| json!({ "op": op, "path": path, "value": value }))
        .collect()
}

/// Makes filters of the values that a removal lists: `{"op": "Remove", "path": "members",
/// "value": [{"value": "id"}]}` removes that member, not all.
///
/// Entra without `?aadOptscim062020` (Microsoft, "Known issues": "Remove group members").
pub(super) fn filter_removed_values(
    kind: &ResourceType,
    operation: &Map<String, Value>,
) -> Option<Vec<Value>> {
    let path = operation.get("path").and_then(Value::as_str)?;
    let value = operation.get("value").filter(|value| !is_unassigned(value));
    let Some(value) = value else {
        // nothing is listed, so the whole attribute goes; an empty list removes nothing
        let lists_nothing = operation.get("value").is_some_and(Value::is_array);
        return Some(if lists_nothing {
            Vec::new()
        } else {
            vec![json!({ "op": "remove", "path": path })]
        });
    };
    let attribute = AttrPath::parse(path)
        .ok()
        .and_then(|path| kind.resolve(&path))?;
    if attribute.sub.is_some() || !attribute.attribute.multi_valued {
        return Some(vec![json!({ "op": "remove", "path": path })]);
    }
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let filter = |element: &Value| -> Option<String> {
        match element {
            Value::Object(object) => {
                let named = |name: &str| {
                    object.iter().find(|(key, value)| {
                        key.eq_ignore_ascii_case(name) && !is_unassigned(value)
                    })
                };
                if let Some((_, value)) = named("value") {
                    return Some(format!("value eq {value}"));
                }
                let parts: Vec<_> = object
                    .iter()
                    .filter(|(_, value)| !is_unassigned(value))
                    .map(|(name, value)| format!("{name} eq {value}"))
                    .collect();
                (!parts.is_empty()).then(|| parts.join(" and "))
            }
            Value::Null => None,
            simple => Some(format!("value eq {simple}")),
        }
    };
    Some(
        elements
            .iter()
            .filter_map(filter)
            .map(|filter| json!({ "op": "remove", "path": format!("{path}[{filter}]") }))
            .collect(),
    )
}

/// Lets a value path that matches no element make one.
///
/// Entra: `{"op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", …}` and the same with
/// `Replace` for a user without that number (Microsoft's validator, requests on record).
pub(super) fn create_missing_elements(operation: &mut Operation) {
    operation.no_match = NoMatch::Create;
}

/// Drops an operation whose path names nothing that we have.
///
/// Providers whose administrators map attributes that we lack, an operation for each: one
/// mapping too many would stop the whole user.
pub(super) fn drop_unknown_paths(
    kind: &ResourceType,
    operations: &mut Vec<Operation>,
    dropped: &mut Vec<String>,
) {
    operations.retain(|operation| {
        let Some(path) = &operation.path else {
            return true;
        };
        let known = match kind.named(&path.attribute) {
            Some(Named::Extension(_)) => true,
            Some(Named::Attribute(attribute)) => path
                .sub
                .as_deref()
                .is_none_or(|sub| attribute.attribute.sub(sub).is_some()),
            None => false,
        };
        if !known {
            dropped.push(path.to_string());
        }
        known
    });
}

/// Moves the comparison behind a value path into its brackets:
/// `emails[type eq "work"].value eq "x"` asks for `emails[type eq "work" and value eq "x"]`.
///
/// Entra, where the matching attribute is such a path (Microsoft's validator).
pub(super) fn filter_after_brackets(filter: &str) -> Option<String> {
    let mut in_string = false;
    let mut open = None;
    let mut previous = '\0';
    for (at, c) in filter.char_indices() {
        match c {
            '"' if previous != '\\' => in_string = !in_string,
            '[' if !in_string => open = Some(at),
            ']' if !in_string => {
                let rest = filter.get(at + 1..)?;
                if let (Some(open), Some(rest)) = (open, rest.strip_prefix('.')) {
                    let (sub, comparison) = rest.split_once(' ')?;
                    let (comparison, after) = split_comparison(comparison)?;
                    let inner = filter.get(open + 1..at)?;
                    let rewritten = format!(
                        "{}[({inner}) and {sub} {comparison}]{after}",
                        filter.get(..open)?
                    );
                    return Some(filter_after_brackets(&rewritten).unwrap_or(rewritten));
                }
                open = None;
            }
            _ => {}
        }
        previous = if previous == '\\' && c == '\\' {
            '\0'
        } else {
            c
        };
    }
    None
}

/// Splits `eq "x" and …` behind its literal.
fn split_comparison(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (op, literal) = text.split_once(' ').unwrap_or((text, ""));
    if op.eq_ignore_ascii_case("pr") {
        return Some((op, text.get(op.len()..)?));
    }
    let start = text.len() - literal.trim_start().len();
    let literal = text.get(start..)?;
    let length = if literal.starts_with('"') {
        let mut escaped = false;
        literal.char_indices().skip(1).find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(at + 1)
        })?
    } else {
        literal.find([' ', ')']).unwrap_or(literal.len())
    };
    Some((text.get(..start + length)?, text.get(start + length..)?))
}

/// True if a removal is what the operation does.
pub(super) fn is_removal(operation: &Map<String, Value>) -> bool {
    operation
        .get("op")
        .and_then(Value::as_str)
        .is_some_and(|op| op.eq_ignore_ascii_case("remove"))
}

/// True if an operation adds or puts in place.
pub(super) fn gives_a_value(operation: &Operation) -> bool {
    matches!(operation.op, Op::Add | Op::Replace)
}

/// The attribute that a path of a PATCH gives a value to, and whether that is one element.
pub(super) fn target_of(
    kind: &ResourceType,
    path: &crate::scim::patch::PatchPath,
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

/// The container of a path-less value's members.
pub(super) fn containers<'a>(
    kind: &ResourceType,
    body: &'a mut Map<String, Value>,
) -> Vec<(Container, &'static Attribute, &'a mut Value)> {
    let mut found = Vec::new();
    for (name, value) in body.iter_mut() {
        if let Some(extension) = kind.extension(name) {
            let Value::Object(object) = value else {
                continue;
            };
            for (name, value) in object.iter_mut() {
                if let Some(attribute) = find(&extension.schema.attributes, name) {
                    found.push((Container::Extension(extension.schema), attribute, value));
                }
            }
        } else if let Some(attribute) = kind.core_attribute(name) {
            found.push((Container::Core, attribute, value));
        }
    }
    found
}
