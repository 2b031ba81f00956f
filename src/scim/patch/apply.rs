//! Applies a plan to attributes in memory: all operations, or none.

use serde_json::{Map, Value};

use super::super::admit::{
    admit_element, admit_value, check_immutable, check_number, check_required, distinct, same,
    stay_inactive,
};
use super::super::error::{ScimError, ScimType, describe};
use super::super::filter::ResolvedFilter;
use super::super::path::{Container, ResolvedPath};
use super::super::resource::{Attributes, is_unassigned};
use super::super::schema::{Attribute, Mutability, ResourceType, Type};
use super::operation::Op;
use super::plan::{PatchPlan, Step, Target};

/// How many elements and values the operations of a PATCH may look at in all: some tenths of a
/// second. Where each of many operations, or of many values, meets many elements, one request
/// would otherwise hold up all writers for hours.
const MAX_WORK: usize = 1_000_000;

impl PatchPlan {
    /// Returns the attributes as they are after all operations (RFC 7644 §3.5.2). Equal
    /// attributes mean that nothing changed.
    ///
    /// # Errors
    /// `noTarget` for a filter that matches no element where one must, `mutability` for an
    /// immutable value that would change, `invalidValue` for a value of the wrong type and for
    /// what the resource would lack afterwards, `tooMany` beyond a million elements and values looked at.
    pub fn apply(&self, kind: &ResourceType, before: &Attributes) -> Result<Attributes, ScimError> {
        let mut attributes = before.clone();
        let mut work = 0_usize;
        for step in &self.steps {
            work = work.saturating_add(cost(&attributes, step));
            if work > MAX_WORK {
                return Err(ScimError::new(
                    ScimType::TooMany,
                    format!("at {}: the operations change too many values", step.path),
                ));
            }
            match &step.target {
                Target::Attribute(path) => apply_to_attribute(&mut attributes, step, *path)?,
                Target::Elements { path, filter, seed } => {
                    apply_to_elements(&mut attributes, step, *path, filter, seed.as_ref())?;
                }
            }
        }
        stay_inactive(kind, &mut attributes, before);
        attributes.settle(kind);
        check_immutable(kind, &attributes, before)?;
        check_required(kind, &attributes)?;
        Ok(attributes)
    }
}

/// Returns how many elements and values a step looks at: one that adds compares each of its values
/// with each element.
fn cost(attributes: &Attributes, step: &Step) -> usize {
    let (Target::Attribute(path) | Target::Elements { path, .. }) = &step.target;
    let count = |value: &Value| value.as_array().map_or(1, Vec::len);
    let values = count(&step.value);
    let elements = attributes
        .get(path.container, path.attribute)
        .map_or(0, count);
    match (step.op, &step.target) {
        (Op::Add, Target::Attribute(_)) if elements > 0 => {
            values.saturating_mul(elements.saturating_add(values))
        }
        (_, _) => values.saturating_add(elements),
    }
}

fn apply_to_attribute(
    attributes: &mut Attributes,
    step: &Step,
    path: ResolvedPath,
) -> Result<(), ScimError> {
    let ResolvedPath {
        container,
        attribute,
        sub,
    } = path;
    let before = attributes.get(container, attribute).cloned();
    let after = match (sub, step.op) {
        (None, Op::Remove) => None,
        (None, _) if attribute.multi_valued => replace_or_append(attribute, step, before.as_ref())?,
        (None, _) if attribute.kind == Type::Complex => {
            merge(attribute, &step.path, before.as_ref(), &step.value)?
        }
        (None, _) => admit_value(attribute, &step.path, step.value.clone())?,
        (Some(sub), _) => {
            let value = if step.op == Op::Remove {
                Value::Null
            } else {
                step.value.clone()
            };
            let change = Value::Object(Map::from_iter([(sub.name.clone(), value)]));
            merge(attribute, &attribute.name, before.as_ref(), &change)?
        }
    };
    attributes.set(container, attribute, after);
    Ok(())
}

/// Returns the elements of a multi-valued attribute after they were replaced or added to.
fn replace_or_append(
    attribute: &Attribute,
    step: &Step,
    before: Option<&Value>,
) -> Result<Option<Value>, ScimError> {
    let value = match &step.value {
        Value::Array(elements) => Value::Array(elements.clone()),
        single => Value::Array(vec![single.clone()]),
    };
    check_number(&step.path, &value)?;
    let admitted = admit_value(attribute, &step.path, value)?;
    let (Op::Add, Some(Value::Array(before))) = (step.op, before) else {
        return Ok(admitted);
    };
    let mut after = before.clone();
    let added = match admitted {
        Some(Value::Array(added)) => added,
        _ => Vec::new(),
    };
    let mut winner = None;
    for element in added {
        let known = after
            .iter()
            .position(|old| is_the_same_element(attribute, old, &element));
        if is_primary(&element) {
            winner = Some(known.unwrap_or(after.len()));
        }
        match known.and_then(|n| after.get_mut(n)) {
            Some(old) => {
                if let (Value::Object(old), Value::Object(new)) = (old, element) {
                    old.extend(new);
                }
            }
            None => after.push(element),
        }
    }
    hand_over_primary(&mut after, winner);
    let after = Value::Array(distinct(after));
    check_number(&step.path, &after)?;
    Ok(Some(after))
}

/// True if adding `new` would say the same of the same thing as `old` does: an equal element,
/// one that adds nothing, or one with the same `value` and not another `type` (RFC 7643 §2.4).
fn is_the_same_element(attribute: &Attribute, old: &Value, new: &Value) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return same(attribute, old, new);
    };
    let agree = |name: &str| match (attribute.sub(name), old.get(name), new.get(name)) {
        (Some(sub), Some(old), Some(new)) => same(sub, old, new),
        _ => false,
    };
    // who is primary changes with each operation, so it tells no element from another
    let names_it = old == new || new.keys().any(|name| name != "primary");
    let is_part = names_it && new.keys().all(|name| agree(name));
    is_part || (agree("value") && (!new.contains_key("type") || agree("type")))
}

/// Merges sub-attributes into a complex value; `null` unassigns one (RFC 7644 §3.5.2.1, §3.5.2.3).
fn merge(
    attribute: &Attribute,
    path: &str,
    before: Option<&Value>,
    change: &Value,
) -> Result<Option<Value>, ScimError> {
    let Value::Object(change) = change else {
        return Err(ScimError::invalid_value(format!(
            "{path} is {}, expected {}",
            describe(change),
            attribute.kind.expectation()
        )));
    };
    let old = before.and_then(Value::as_object);
    let mut merged = old.cloned().unwrap_or_default();
    for (name, value) in change {
        match attribute.sub(name) {
            Some(sub) if sub.mutability != Mutability::ReadOnly => {
                merged.shift_remove(&sub.name);
                if !is_unassigned(value) {
                    merged.insert(sub.name.clone(), value.clone());
                }
            }
            // admission drops what is readOnly and names what is unknown
            _ => {
                merged.insert(name.clone(), value.clone());
            }
        }
    }
    let admitted = admit_element(attribute, || path.to_owned(), Value::Object(merged))?;
    Ok(admitted)
}

fn apply_to_elements(
    attributes: &mut Attributes,
    step: &Step,
    path: ResolvedPath,
    filter: &ResolvedFilter,
    seed: Option<&Map<String, Value>>,
) -> Result<(), ScimError> {
    let ResolvedPath {
        container,
        attribute,
        sub,
    } = path;
    let before = elements(attributes, container, attribute);
    let mut after = Vec::with_capacity(before.len() + 1);
    let (mut matched, mut winner) = (false, None);
    for element in &before {
        if !filter.matches_element(attribute, element) {
            after.push(element.clone());
            continue;
        }
        matched = true;
        let changed = change_element(attribute, sub, step, element)?;
        if changed.as_ref().is_some_and(is_primary) {
            // of several, the first, so that the same request again changes nothing
            winner = winner.or(Some(after.len()));
        }
        after.extend(changed);
    }
    if !matched {
        if step.op == Op::Remove {
            return Ok(());
        }
        let Some(seed) = seed else {
            return Err(ScimError::new(
                ScimType::NoTarget,
                format!(
                    "no element of {} matches the filter of the path",
                    attribute.name
                ),
            ));
        };
        winner = Some(after.len());
        after.extend(change_element(
            attribute,
            sub,
            step,
            &Value::Object(seed.clone()),
        )?);
    }
    hand_over_primary(&mut after, winner);
    let mut after = distinct(after);
    let value = if attribute.multi_valued {
        Some(Value::Array(after))
    } else {
        after.pop()
    };
    attributes.set(container, attribute, value);
    Ok(())
}

fn elements(attributes: &Attributes, container: Container, attribute: &Attribute) -> Vec<Value> {
    match attributes.get(container, attribute) {
        Some(Value::Array(elements)) => elements.clone(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    }
}

/// Returns one element after the step; none if it is gone.
fn change_element(
    attribute: &Attribute,
    sub: Option<&Attribute>,
    step: &Step,
    element: &Value,
) -> Result<Option<Value>, ScimError> {
    match (sub, step.op) {
        (None, Op::Remove) => Ok(None),
        (None, _) if attribute.kind == Type::Complex => {
            let value = match &step.value {
                Value::Array(only) if only.len() == 1 => only.first().unwrap_or(&Value::Null),
                value => value,
            };
            merge(attribute, &step.path, Some(element), value)
        }
        (None, _) => admit_element(attribute, || step.path.clone(), step.value.clone()),
        (Some(sub), op) => {
            let value = if op == Op::Remove {
                Value::Null
            } else {
                step.value.clone()
            };
            let change = Value::Object(Map::from_iter([(sub.name.clone(), value)]));
            merge(attribute, &attribute.name, Some(element), &change)
        }
    }
}

/// Leaves `primary` to the element that was just given it (RFC 7644 §3.5.2): the one at `winner`,
/// if it is primary.
fn hand_over_primary(after: &mut [Value], winner: Option<usize>) {
    let is_loser = |(n, element): &(usize, &mut Value)| Some(*n) != winner && is_primary(element);
    if winner.and_then(|n| after.get(n)).is_some_and(is_primary) {
        for (_, element) in after.iter_mut().enumerate().filter(is_loser) {
            element["primary"] = Value::Bool(false);
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}
