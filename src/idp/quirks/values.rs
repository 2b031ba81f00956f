//! Values of attributes.

use serde_json::{Value, json};

use crate::scim::schema::{Attribute, Type};

/// Takes a single value out of the array or the object that it is wrapped in.
///
/// Entra, in PATCH operations on single-valued attributes: `"value": [{"$ref": null, "value":
/// "x"}]` (AzureAD/SCIMReferenceCode, requests on record).
pub(in crate::idp) fn unwrap_value(attribute: &Attribute, value: &mut Value) {
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
pub(in crate::idp) fn make_many(attribute: &Attribute, value: &mut Value) {
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
pub(in crate::idp) fn make_reference(attribute: &Attribute, value: &mut Value) {
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
    let named = value.get("value").and_then(Value::as_str);
    if named.is_some_and(|named| named.trim().is_empty()) {
        *value = Value::Null;
    }
}

/// Makes an object of an element that is given by its value alone: `"emails[type eq
/// \"work\"]"` with the value `"x@y"`. The same habit as [`make_many`]'s, one level down.
pub(in crate::idp) fn make_element(attribute: &Attribute, value: &mut Value) {
    if attribute.kind == Type::Complex && attribute.sub("value").is_some() && value.is_string() {
        *value = json!({ "value": value.take() });
    }
}

/// Reads a blank reference as none: `"manager.value": ""`. The same habit as [`make_reference`]'s.
pub(in crate::idp) fn drop_blank(value: &mut Value) {
    if value.as_str().is_some_and(|text| text.trim().is_empty()) {
        *value = Value::Null;
    }
}

/// Reads numbers where text belongs, and text where numbers belong.
///
/// OneLogin's templates have macros without quotes, Okta and Entra map integers to
/// `employeeNumber` and postal codes; Entra sends integers of custom schemas as text
/// (elimity-com/scim#165).
pub(in crate::idp) fn read_scalar(attribute: &Attribute, value: &mut Value) {
    if attribute.multi_valued {
        return;
    }
    match (attribute.kind, &*value) {
        (Type::String, Value::Number(number)) => *value = Value::from(number.to_string()),
        (Type::Integer | Type::Decimal, Value::String(text)) => {
            if let Ok(number) = text.trim().parse() {
                *value = Value::Number(number);
            }
        }
        _ => {}
    }
}

/// Reads elements whose value is a JSON object as text, and those that call their `display`
/// `displayName`.
///
/// Entra's app roles: `"roles": [{"value": "{\"id\":\"…\",\"value\":\"Admin\",
/// \"displayName\":\"Admin\"}"}]` in PATCH, and `{"value": "Admin", "displayName": "Admin"}` in
/// POST (MicrosoftDocs/entra-docs#215). Kept as sent, each PATCH would add one more.
pub(in crate::idp) fn read_json_value(attribute: &Attribute, value: &mut Value) {
    let has = |name: &str| attribute.sub(name).is_some();
    if !attribute.multi_valued || !has("value") || !has("display") || has("displayName") {
        return;
    }
    let Value::Array(elements) = value else {
        return;
    };
    for element in elements.iter_mut().filter_map(Value::as_object_mut) {
        let text = element
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if text.starts_with('{')
            && let Ok(Value::Object(mut inner)) = serde_json::from_str(text)
            && let Some(value @ Value::String(_)) = inner.remove("value")
        {
            element.insert("value".into(), value);
            if let Some(name) = inner.remove("displayName") {
                element.entry("display").or_insert(name);
            }
        }
        if let Some(name) = element.shift_remove("displayName") {
            element.entry("display").or_insert(name);
        }
    }
}

/// Reads `"True"` and `"false"` as booleans.
///
/// Entra, for `active`, `roles[].primary` and in filters (Microsoft, "Known issues"); Keycloak's
/// `user-patchOp`.
pub(in crate::idp) fn read_boolean(attribute: &Attribute, value: &mut Value) {
    if attribute.kind == Type::Boolean
        && !attribute.multi_valued
        && let Some(boolean) = value.as_str().and_then(boolean)
    {
        *value = Value::Bool(boolean);
    }
}

pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads the empty string as absent where text is not what the attribute takes.
///
/// OneLogin: parameters of the template without a value arrive as `""`.
pub(in crate::idp) fn drop_empty_string(attribute: &Attribute, value: &mut Value) {
    if attribute.kind != Type::String && value.as_str().is_some_and(|text| text.trim().is_empty()) {
        *value = Value::Null;
    }
}

/// Leaves `primary` to the first of several elements that have it.
///
/// Entra, where two mappings both say primary (Microsoft Q&A, requests on record).
pub(in crate::idp) fn keep_one_primary(attribute: &Attribute, value: &mut Value) {
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
