//! PATCH: which operation goes where (RFC 7644 §3.5.2). `elements.rs` changes what is there.

use serde_json::Value;

use super::breaks::keeps;
use super::elements::{self, Edit};
use super::error::{Scim, ScimError};
use super::filter::{Filter, ValuePath, parse_path};
use super::names::{Members, Named, Place, same_name};
use super::schema::{Mutability, ResourceType, Schema};

const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Add,
    Replace,
    Remove,
}

/// Applies a PATCH message to `members`, one operation after the other.
///
/// After an error `members` is half changed and to be thrown away. `shown` is the resource as the client may have
/// read it: values of its readOnly attributes may come back as they are.
pub fn apply(
    kind: &'static ResourceType,
    members: &mut Members,
    shown: &Value,
    message: &Value,
) -> Scim<()> {
    let mut operations: Vec<&Value> = operations(message)?.iter().collect();
    if operations.len() > 30 && !keeps("J46") {
        return Err(ScimError::new(500, "too many operations"));
    }
    if !keeps("J5") {
        operations.reverse();
    }
    for operation in operations {
        let op = op(operation)?;
        let mut patch = Patch {
            kind,
            members,
            shown,
            op,
        };
        patch.apply(member(operation, "path"), member(operation, "value"))?;
        tidy(members);
    }
    Ok(())
}

fn operations(message: &Value) -> Scim<&[Value]> {
    let named = member(message, "schemas").and_then(Value::as_array);
    let is_patch = |urn: &Value| urn.as_str().is_some_and(|urn| same_name(MESSAGE, urn));
    if !named.is_some_and(|named| named.iter().any(is_patch)) && keeps("J2.schemas") {
        return Err(ScimError::invalid_syntax(format!(
            "schemas does not name {MESSAGE}"
        )));
    }
    let operations = member(message, "Operations")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .filter(|operations| !operations.is_empty() || !keeps("J2.empty"));
    let operations = operations.or((!keeps("J2.operations")).then_some(&[]));
    operations.ok_or_else(|| ScimError::invalid_syntax("Operations is not an array of one or more"))
}

/// Reads `op`, which Entra writes with a capital.
fn op(operation: &Value) -> Scim<Op> {
    let word = member(operation, "op")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let word = if keeps("J3.case") {
        word.to_ascii_lowercase()
    } else {
        word.to_owned()
    };
    match word.as_str() {
        "add" => Ok(Op::Add),
        "replace" => Ok(Op::Replace),
        "remove" => Ok(Op::Remove),
        _ if !keeps("J3.unknown") => Ok(Op::Replace),
        _ => Err(ScimError::invalid_syntax(format!(
            "op {word:?} is none of add, replace, remove"
        ))),
    }
}

/// Returns the member of that name, in any case.
pub fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let object = object.as_object()?;
    object
        .iter()
        .find(|(key, _)| same_name(name, key))
        .map(|(_, value)| value)
}

/// Takes away what is left empty, which is unassigned (RFC 7643 §2.5).
fn tidy(members: &mut Members) {
    members.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => {
            tidy(members);
            !members.is_empty()
        }
        _ => true,
    });
}

/// One operation on its way to its target.
struct Patch<'a> {
    kind: &'static ResourceType,
    members: &'a mut Members,
    shown: &'a Value,
    op: Op,
}

impl Patch<'_> {
    fn apply(&mut self, path: Option<&Value>, value: Option<&Value>) -> Scim<()> {
        if value.is_none() && self.op != Op::Remove {
            return if keeps("J13") {
                Err(ScimError::invalid_value("value is missing"))
            } else {
                Ok(())
            };
        }
        match path {
            None if self.op == Op::Remove && !keeps("J33") => Ok(()),
            None if self.op == Op::Remove => Err(ScimError::no_target("remove without a path")),
            None => self.whole_resource(value.unwrap_or(&Value::Null)),
            Some(Value::String(text)) => {
                let path = match self.path(text) {
                    Err(_) if !keeps("J42.stored") => {
                        let value = value.cloned().unwrap_or_default();
                        self.members.insert(text.clone(), value);
                        return Ok(());
                    }
                    Err(_) if !keeps("J42") => return Ok(()),
                    path => path?,
                };
                match path.named {
                    Named::Schema(schema) => self.schema(schema, value),
                    Named::Place(place) => self.place(place, path.filter.as_ref(), value),
                }
            }
            Some(path) => Err(ScimError::invalid_path(format!("{path} is not a path"))),
        }
    }

    fn path(&self, text: &str) -> Scim<ValuePath> {
        let text = if keeps("J48") {
            text
        } else {
            text.split("[0]").next().unwrap_or(text)
        };
        let path = parse_path(text, self.kind)?;
        let refused = match path.named {
            Named::Schema(_) => !keeps("J37.schema"),
            Named::Place(Place {
                extension: Some(_), ..
            }) => !keeps("J37.attribute"),
            Named::Place(place) => {
                !keeps("J39") && text.contains(':')
                    || !keeps("J40") && !text.contains(place.attribute.name)
            }
        };
        let is_simple = |filter: &Filter| matches!(filter, Filter::Compare(_));
        if refused || !keeps("J41") && !path.filter.as_ref().is_none_or(is_simple) {
            return Err(ScimError::invalid_path(format!(
                "{text:?} is not supported"
            )));
        }
        Ok(path)
    }

    /// An operation without path: each member of the object is an attribute, or even a path.
    fn whole_resource(&mut self, value: &Value) -> Scim<()> {
        let object = value
            .as_object()
            .ok_or_else(|| ScimError::invalid_value("value is not an object"))?;
        if self.op == Op::Add && !keeps("J12") {
            return Ok(());
        }
        let some = if keeps("J25") || self.op != Op::Replace {
            object.len()
        } else {
            1
        };
        object
            .iter()
            .take(some)
            .try_for_each(|(key, value)| self.keyed(key, value))
    }

    fn keyed(&mut self, key: &str, value: &Value) -> Scim<()> {
        if value.is_object() && !keeps("J25.complex") {
            return Ok(());
        }
        if key.contains(['.', ':']) && self.kind.schema(key).is_none() && !keeps("J26") {
            self.members.insert(key.to_owned(), value.clone());
            return Ok(());
        }
        match parse_path(key, self.kind) {
            Ok(ValuePath {
                named: Named::Schema(schema),
                ..
            }) => self.schema(schema, Some(value)),
            Ok(ValuePath {
                named: Named::Place(place),
                ..
            }) if self.comes_back(place, value) => Ok(()),
            Ok(ValuePath {
                named: Named::Place(place),
                filter,
            }) => self.place(place, filter.as_ref(), Some(value)),
            Err(error) if key.contains('[') => Err(error),
            // An attribute that the type does not have is dropped here as it is in a body.
            Err(_) => Ok(()),
        }
    }

    /// Whether a readOnly value is only what the client has read (Okta sends the `id`).
    fn comes_back(&self, place: Place, value: &Value) -> bool {
        let same = place.values(self.shown) == super::names::elements(value);
        place.attribute.read_only() && same && keeps("J27")
    }

    /// An operation on all attributes of a schema: on an extension, or on the core by its URI.
    fn schema(&mut self, schema: &'static Schema, value: Option<&Value>) -> Scim<()> {
        let is_core = self.kind.is_core(schema);
        match value.unwrap_or(&Value::Null) {
            _ if self.op == Op::Remove && is_core => Err(ScimError::mutability(schema.urn)),
            _ if self.op == Op::Remove && !keeps("J37.whole") => Ok(()),
            Value::Null => {
                self.members.shift_remove(schema.urn);
                Ok(())
            }
            _ if self.op == Op::Remove => {
                self.members.shift_remove(schema.urn);
                Ok(())
            }
            value @ Value::Object(_) if is_core => self.whole_resource(value),
            Value::Object(object) => object
                .iter()
                .try_for_each(|(key, value)| self.keyed(&format!("{}:{key}", schema.urn), value)),
            _ => Err(ScimError::invalid_value(format!(
                "{} is not an object",
                schema.urn
            ))),
        }
    }

    fn place(&mut self, place: Place, filter: Option<&Filter>, value: Option<&Value>) -> Scim<()> {
        if place.attribute.name == "schemas" {
            // It follows from what the resource has.
            return Ok(());
        }
        self.check_mutable(place, filter)?;
        let holder = match place.extension {
            Some(schema) => self
                .members
                .entry(schema.urn)
                .or_insert_with(|| Members::new().into()),
            None => {
                return elements::change(
                    self.members,
                    Edit {
                        op: self.op,
                        place,
                        filter,
                        value,
                    },
                );
            }
        };
        match holder {
            Value::Object(holder) => elements::change(
                holder,
                Edit {
                    op: self.op,
                    place,
                    filter,
                    value,
                },
            ),
            _ => Ok(()),
        }
    }

    /// Refuses readOnly targets, the removal of required ones, and another value for a part of an element that is
    /// set once. `mutability.rs` compares the other immutable values when all operations are done.
    fn check_mutable(&self, place: Place, filter: Option<&Filter>) -> Scim<()> {
        let leaf = place.leaf();
        let read_only = place.attribute.read_only() || leaf.read_only();
        let rule = if place.attribute.name == "firmware" {
            "E1.patch"
        } else {
            "J45"
        };
        let taken_away =
            self.op == Op::Remove && leaf.required && (filter.is_none() || place.sub.is_some());
        let set_once = leaf.mutability == Mutability::Immutable
            && place.sub.is_some()
            && place.attribute.multi
            && self.op != Op::Add;
        if read_only && keeps(rule) || taken_away && keeps("J35") || set_once {
            return Err(ScimError::mutability(&place.name()));
        }
        Ok(())
    }
}
