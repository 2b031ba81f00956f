//! Applies the leniencies of a profile to a request, before it is read strictly.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::quirks::Quirk;
use super::quirks::filters::{self, InFilter};
use super::quirks::{names, patch, values};
use crate::scim::filter::Filter;
use crate::scim::patch::{Operation, PatchPath};
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
        names::rename_old_urns(kind, object);
    }
    for (attribute, value) in names::values(kind, object) {
        reshape_value(quirks, attribute, value);
    }
    if quirks.contains(&Quirk::UnknownNames) {
        names::drop_unknown_names(kind, object, dropped);
    }
}

/// Brings one attribute's value, and then those of its sub-attributes, into shape.
fn reshape_value(quirks: &[Quirk], attribute: &Attribute, value: &mut Value) {
    for quirk in quirks {
        match quirk {
            Quirk::SingleForMany => values::make_many(attribute, value),
            Quirk::BareReferences => values::make_reference(attribute, value),
            Quirk::StringBooleans => values::read_boolean(attribute, value),
            Quirk::Scalars => values::read_scalar(attribute, value),
            Quirk::JsonValues => values::read_json_value(attribute, value),
            Quirk::EmptyStrings => values::drop_empty_string(attribute, value),
            Quirk::OnePrimary => values::keep_one_primary(attribute, value),
            Quirk::UnknownNames
            | Quirk::OldUrns
            | Quirk::ExtensionNames
            | Quirk::WrappedValues
            | Quirk::ReadOnlyInPatch
            | Quirk::PathKeys
            | Quirk::RemoveValues
            | Quirk::MissingElements
            | Quirk::UnknownPaths
            | Quirk::UnknownPathsAlone
            | Quirk::FilterAfterBrackets => {}
        }
    }
    reshape_subs(quirks, attribute, value);
}

fn reshape_subs(quirks: &[Quirk], attribute: &Attribute, value: &mut Value) {
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| reshape_subs(quirks, attribute, element)),
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
    let Some(message) = body.as_object_mut() else {
        return dropped;
    };
    let operations = message
        .iter_mut()
        .find(|(name, _)| name.eq_ignore_ascii_case("operations"));
    let Some((_, Value::Array(operations))) = operations else {
        return dropped;
    };
    let mut reshaped = Vec::with_capacity(operations.len());
    for operation in operations.drain(..) {
        match operation {
            Value::Object(operation) => {
                let operation = operation.into_iter();
                let mut operation = operation
                    .map(|(name, value)| (member_name(name), value))
                    .collect();
                reshaped.extend(forgive_operation(
                    quirks,
                    kind,
                    &mut operation,
                    &mut dropped,
                ));
            }
            other => reshaped.push(other),
        }
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

/// Returns what one operation of a message stands for: mostly one.
fn forgive_operation(
    quirks: &[Quirk],
    kind: &ResourceType,
    operation: &mut Map<String, Value>,
    dropped: &mut Forgiven,
) -> Vec<Value> {
    qualify_path(quirks, kind, operation);
    if patch::is_removal(operation) && quirks.contains(&Quirk::RemoveValues) {
        return patch::filter_removed_values(kind, operation)
            .unwrap_or_else(|| vec![Value::Object(std::mem::take(operation))]);
    }
    let path = operation.get("path").and_then(Value::as_str);
    if path.is_some_and(|path| !path.trim().is_empty()) {
        return vec![Value::Object(std::mem::take(operation))];
    }
    let mut split = Vec::new();
    if quirks.contains(&Quirk::PathKeys) {
        let is_other_name = |name: &str| {
            quirks.contains(&Quirk::ExtensionNames) && names::qualify(kind, name).is_some()
        };
        for mut operation in patch::split_path_keys(kind, operation, is_other_name) {
            qualify_path(quirks, kind, &mut operation);
            split.push(Value::Object(operation));
        }
    }
    if let Some(Value::Object(value)) = operation.get_mut("value") {
        if quirks.contains(&Quirk::ReadOnlyInPatch) {
            patch::drop_read_only(kind, value);
        }
        if quirks.contains(&Quirk::WrappedValues) {
            for (attribute, value) in names::values(kind, value) {
                values::unwrap_value(attribute, value);
            }
        }
        reshape_object(quirks, kind, value, dropped);
    }
    split.insert(0, Value::Object(std::mem::take(operation)));
    split
}

/// Spells the attribute of an operation's path as the RFC does.
fn qualify_path(quirks: &[Quirk], kind: &ResourceType, operation: &mut Map<String, Value>) {
    if !quirks.contains(&Quirk::ExtensionNames) {
        return;
    }
    if let Some(Value::String(path)) = operation.get_mut("path") {
        let end = path.find('[').unwrap_or(path.len());
        let (name, rest) = path.split_at(end);
        if let Some(name) = names::qualify(kind, name.trim()) {
            *path = format!("{name}{rest}");
        }
    }
}

/// Brings operations that were read into the shape that the RFC asks for.
pub fn forgive_operations(
    quirks: &[Quirk],
    kind: &'static ResourceType,
    operations: &mut Vec<Operation>,
) -> Forgiven {
    let mut dropped = Forgiven::new();
    for operation in operations.iter_mut() {
        if let Some(path) = &mut operation.path {
            if let Some(filter) = &mut path.filter {
                let attribute = kind.resolve(&path.attribute).map(|path| path.attribute);
                filters::read_filter(in_filter(quirks), kind, attribute, filter);
            }
            if let Some(value) = &mut operation.value {
                reshape_target(quirks, kind, path, value, &mut dropped);
            }
        }
        if quirks.contains(&Quirk::MissingElements) && patch::gives_a_value(operation) {
            patch::create_missing_elements(operation);
        }
    }
    if quirks.contains(&Quirk::UnknownPaths) {
        let all_may_go = quirks.contains(&Quirk::UnknownPathsAlone);
        patch::drop_unknown_paths(kind, operations, all_may_go, &mut dropped);
    }
    dropped
}

/// Brings the value of an operation into the shape of what its path names.
fn reshape_target(
    quirks: &[Quirk],
    kind: &ResourceType,
    path: &PatchPath,
    value: &mut Value,
    dropped: &mut Forgiven,
) {
    if let Some(extension) = kind.extension(path.attribute.as_str()) {
        let urn = &extension.schema.id;
        let mut object = Map::from_iter([(urn.clone(), value.take())]);
        reshape_object(quirks, kind, &mut object, dropped);
        *value = object.shift_remove(urn).unwrap_or(Value::Null);
        return;
    }
    let Some((attribute, is_element)) = patch::target_of(kind, path) else {
        return;
    };
    if is_element {
        if quirks.contains(&Quirk::SingleForMany) {
            values::make_element(attribute, value);
        }
        reshape_subs(quirks, attribute, value);
    } else {
        if quirks.contains(&Quirk::WrappedValues) {
            values::unwrap_value(attribute, value);
        }
        if quirks.contains(&Quirk::BareReferences) && patch::is_reference(kind, path) {
            values::drop_blank(value);
        }
        reshape_value(quirks, attribute, value);
    }
    if quirks.contains(&Quirk::UnknownNames) {
        names::drop_unknown_subs(attribute, value, dropped);
    }
}

/// Brings the text of a filter into the grammar.
#[must_use]
pub fn forgive_filter_text<'a>(quirks: &[Quirk], text: &'a str) -> Cow<'a, str> {
    let rewritten = if quirks.contains(&Quirk::FilterAfterBrackets) {
        filters::filter_after_brackets(text)
    } else {
        None
    };
    rewritten.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Brings the names and literals of a filter into the spelling and the types of the schema.
pub fn forgive_filter(quirks: &[Quirk], kind: &ResourceType, filter: &mut Filter) {
    filters::read_filter(in_filter(quirks), kind, None, filter);
}

fn in_filter(quirks: &[Quirk]) -> InFilter {
    InFilter {
        booleans: quirks.contains(&Quirk::StringBooleans),
        scalars: quirks.contains(&Quirk::Scalars),
        names: quirks.contains(&Quirk::ExtensionNames),
    }
}
