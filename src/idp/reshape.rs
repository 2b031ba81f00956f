//! Applies the leniencies of a profile to a request, before it is read strictly.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::quirks::{self, Quirk};
use crate::scim::filter::Filter;
use crate::scim::patch::Operation;
use crate::scim::schema::{Attribute, ResourceType, Type};

/// What was left out of a request, by name, for the provisioning log.
pub type Forgiven = Vec<String>;

/// Brings the body of a POST or PUT into the shape that the RFC asks for.
pub fn forgive_body(quirks: &[Quirk], kind: &ResourceType, body: &mut Value) -> Forgiven {
    let mut dropped = Forgiven::new();
    if let Value::Object(object) = body {
        reshape_object(quirks, kind, object, &mut dropped);
    }
    dropped
}

fn reshape_object(
    quirks: &[Quirk],
    kind: &ResourceType,
    object: &mut Map<String, Value>,
    dropped: &mut Forgiven,
) {
    if quirks.contains(&Quirk::OldUrns) {
        quirks::rename_old_urns(kind, object);
    }
    for (_, attribute, value) in quirks::containers(kind, object) {
        reshape_value(quirks, attribute, value);
    }
    if quirks.contains(&Quirk::UnknownNames) {
        quirks::drop_unknown_names(kind, object, dropped);
    }
}

/// Brings one attribute's value, and then those of its sub-attributes, into shape.
fn reshape_value(quirks: &[Quirk], attribute: &Attribute, value: &mut Value) {
    for quirk in quirks {
        match quirk {
            Quirk::SingleForMany => quirks::make_many(attribute, value),
            Quirk::BareReferences => quirks::make_reference(attribute, value),
            Quirk::StringBooleans => quirks::read_boolean(attribute, value),
            Quirk::EmptyStrings => quirks::drop_empty_string(attribute, value),
            Quirk::OnePrimary => quirks::keep_one_primary(attribute, value),
            Quirk::UnknownNames
            | Quirk::OldUrns
            | Quirk::WrappedValues
            | Quirk::ReadOnlyInPatch
            | Quirk::PathKeys
            | Quirk::RemoveValues
            | Quirk::MissingElements
            | Quirk::UnknownPaths
            | Quirk::FilterAfterBrackets => {}
        }
    }
    reshape_element(quirks, attribute, value);
}

fn reshape_element(quirks: &[Quirk], attribute: &Attribute, value: &mut Value) {
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| reshape_element(quirks, attribute, element)),
        Value::Object(object) if attribute.kind == Type::Complex => {
            for (name, value) in object.iter_mut() {
                if let Some(sub) = attribute.sub(name) {
                    reshape_value(quirks, sub, value);
                }
            }
        }
        _ => {}
    }
}

/// Brings a PatchOp message into the shape that the RFC asks for.
pub fn forgive_patch(quirks: &[Quirk], kind: &ResourceType, body: &mut Value) -> Forgiven {
    let mut dropped = Forgiven::new();
    let Some(key) = body
        .as_object()
        .and_then(|message| {
            message
                .keys()
                .find(|key| key.eq_ignore_ascii_case("operations"))
        })
        .cloned()
    else {
        return dropped;
    };
    let Some(Value::Array(operations)) = body.get_mut(&key) else {
        return dropped;
    };
    let mut reshaped = Vec::with_capacity(operations.len());
    for operation in operations.drain(..) {
        let Value::Object(operation) = operation else {
            reshaped.push(operation);
            continue;
        };
        let mut operation: Map<String, Value> = operation
            .into_iter()
            .map(|(name, value)| (member_name(name), value))
            .collect();
        if quirks::is_removal(&operation) {
            match quirks
                .contains(&Quirk::RemoveValues)
                .then(|| quirks::filter_removed_values(kind, &operation))
                .flatten()
            {
                Some(removals) => reshaped.extend(removals),
                None => reshaped.push(Value::Object(operation)),
            }
            continue;
        }
        let has_path = operation
            .get("path")
            .and_then(Value::as_str)
            .is_some_and(|path| !path.trim().is_empty());
        let mut split = Vec::new();
        if !has_path {
            if quirks.contains(&Quirk::PathKeys) {
                split = quirks::split_path_keys(kind, &mut operation);
            }
            if let Some(Value::Object(value)) = operation.get_mut("value") {
                if quirks.contains(&Quirk::ReadOnlyInPatch) {
                    quirks::drop_read_only(kind, value);
                }
                reshape_object(quirks, kind, value, &mut dropped);
            }
        }
        reshaped.push(Value::Object(operation));
        reshaped.append(&mut split);
    }
    *operations = reshaped;
    dropped
}

/// `Op`, `Path` and `Value` as the RFC spells them.
fn member_name(name: String) -> String {
    ["op", "path", "value"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(&name))
        .map_or(name, str::to_owned)
}

/// Brings operations that were read into the shape that the RFC asks for.
pub fn forgive_operations(
    quirks: &[Quirk],
    kind: &ResourceType,
    operations: &mut Vec<Operation>,
) -> Forgiven {
    let mut dropped = Forgiven::new();
    for operation in operations.iter_mut() {
        if let Some(path) = &mut operation.path {
            if quirks.contains(&Quirk::StringBooleans)
                && let Some(filter) = &mut path.filter
            {
                let attribute = kind.resolve(&path.attribute).map(|path| path.attribute);
                quirks::read_booleans_in_filter(kind, attribute, filter);
            }
            if let (Some((attribute, is_element)), Some(value)) =
                (quirks::target_of(kind, path), &mut operation.value)
            {
                if quirks.contains(&Quirk::UnknownNames) {
                    quirks::drop_unknown_subs(attribute, value, &mut dropped);
                }
                if quirks.contains(&Quirk::WrappedValues) && !is_element {
                    quirks::unwrap_value(attribute, value);
                }
                if is_element {
                    reshape_element(quirks, attribute, value);
                } else {
                    reshape_value(quirks, attribute, value);
                }
            } else if let (Some(Value::Object(value)), Some(extension)) = (
                &mut operation.value,
                kind.extension(path.attribute.as_str()),
            ) {
                let mut object = Map::from_iter([(
                    extension.schema.id.clone(),
                    Value::Object(std::mem::take(value)),
                )]);
                reshape_object(quirks, kind, &mut object, &mut dropped);
                if let Some(Value::Object(reshaped)) = object.shift_remove(&extension.schema.id) {
                    *value = reshaped;
                }
            }
        }
        if quirks.contains(&Quirk::MissingElements) && quirks::gives_a_value(operation) {
            quirks::create_missing_elements(operation);
        }
    }
    if quirks.contains(&Quirk::UnknownPaths) {
        quirks::drop_unknown_paths(kind, operations, &mut dropped);
    }
    dropped
}

/// Brings the text of a filter into the grammar.
#[must_use]
pub fn forgive_filter_text<'a>(quirks: &[Quirk], text: &'a str) -> Cow<'a, str> {
    let rewritten = if quirks.contains(&Quirk::FilterAfterBrackets) {
        quirks::filter_after_brackets(text)
    } else {
        None
    };
    rewritten.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Brings the literals of a filter into the types of their attributes.
pub fn forgive_filter(quirks: &[Quirk], kind: &ResourceType, filter: &mut Filter) {
    if quirks.contains(&Quirk::StringBooleans) {
        quirks::read_booleans_in_filter(kind, None, filter);
    }
}
