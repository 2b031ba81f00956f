//! What an operation of PATCH does at its target (RFC 7644 §3.5.2.1 to §3.5.2.3).
//!
//! A single value is treated as an array of one: the rules for complex values are the same for both.

use std::collections::HashMap;

use serde_json::Value;

use super::admit::{From, element, identity, whole};
use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::filter::Filter;
use super::names::{Members, Place, elements};
use super::patch::Op;
use super::schema::{Attribute, Kind};

/// An operation at its target.
#[derive(Clone, Copy)]
pub struct Edit<'a> {
    pub op: Op,
    pub place: Place,
    pub filter: Option<&'a Filter>,
    pub value: Option<&'a Value>,
}

/// Carries the operation out on the resource, or on the extension, that holds the attribute.
pub fn change(holder: &mut Members, edit: Edit<'_>) -> Scim<()> {
    let attribute = edit.place.attribute;
    let slot = holder.entry(attribute.name).or_insert(Value::Null);
    let mut values = match slot.take() {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        value => vec![value],
    };
    let touched = edit.apply(&mut values)?;
    clear_other_primaries(attribute, &mut values, &touched);
    values.retain(|value| value.as_object().is_none_or(|members| !members.is_empty()));
    *slot = if attribute.multi {
        values.into()
    } else {
        values.into_iter().next().unwrap_or(Value::Null)
    };
    Ok(())
}

/// A new primary value makes the others not primary (RFC 7644 §3.5.2).
fn clear_other_primaries(attribute: &Attribute, values: &mut [Value], touched: &[usize]) {
    let yes = Some(&Value::Bool(true));
    if !attribute.multi
        || !touched
            .iter()
            .any(|index| values[*index].get("primary") == yes)
        || !keeps("J18")
    {
        return;
    }
    for (index, value) in values.iter_mut().enumerate() {
        if value.get("primary") == yes && !touched.contains(&index) {
            value["primary"] = false.into();
        }
    }
}

impl Edit<'_> {
    /// Changes the elements and returns which were touched.
    fn apply(self, values: &mut Vec<Value>) -> Scim<Vec<usize>> {
        let attribute = self.place.attribute;
        if self.op == Op::Remove && values.is_empty() && !keeps("J34") {
            return Err(ScimError::no_target(&self.place.name()));
        }
        match (self.filter, self.place.sub) {
            (None, _) if self.op == Op::Remove && self.value.is_none() && !keeps("J30") => {
                Ok(Vec::new())
            }
            (None, None) if attribute.multi => self.whole_array(values),
            (None, None) if attribute.kind != Kind::Complex => self.simple(values),
            (None, None) if self.op == Op::Remove => {
                values.clear();
                Ok(Vec::new())
            }
            (None, _) => {
                if values.is_empty() && self.op != Op::Remove {
                    if attribute.multi && self.op == Op::Replace {
                        return Err(ScimError::no_target(&self.place.name()));
                    }
                    values.push(Members::new().into());
                }
                self.each(values, (0..values.len()).collect())
            }
            (Some(filter), _) => {
                let selected = self.selected(values, filter)?;
                self.each(values, selected)
            }
        }
    }

    fn simple(self, values: &mut Vec<Value>) -> Scim<Vec<usize>> {
        let rule = match (self.op, values.is_empty()) {
            (Op::Add, false) => "J7",
            (Op::Add, true) => "J7.absent",
            (Op::Replace, true) => "J19",
            (Op::Replace, false) => "J19.present",
            (Op::Remove, _) => "J30",
        };
        if !keeps(rule) {
            return Ok(Vec::new());
        }
        let value = if self.op == Op::Remove {
            None
        } else {
            self.value
        };
        if value.is_some_and(Value::is_null) && !keeps("J28") {
            return Err(ScimError::invalid_value(format!(
                "{} is null",
                self.place.name()
            )));
        }
        *values = element(
            self.place.attribute,
            value.unwrap_or(&Value::Null),
            From::Patch,
        )?
        .into_iter()
        .collect();
        Ok(Vec::new())
    }

    fn whole_array(self, values: &mut Vec<Value>) -> Scim<Vec<usize>> {
        let attribute = self.place.attribute;
        let none = values.is_empty();
        match (self.op, self.value) {
            (Op::Add, _) if none && !keeps("J10.first") => Ok(Vec::new()),
            (Op::Replace, _) if none && !keeps("J19.array") => {
                Err(ScimError::no_target(&self.place.name()))
            }
            (Op::Remove, Some(value)) if keeps("J36") => {
                let gone = elements(value);
                values
                    .retain(|member| !gone.iter().any(|gone| is_named_by(attribute, member, gone)));
                Ok(Vec::new())
            }
            (Op::Remove, _) => {
                values.clear();
                Ok(Vec::new())
            }
            (Op::Add, value) if keeps("J10") => {
                Ok(merge_into(attribute, values, admitted(attribute, value)?))
            }
            (Op::Replace, value) if !keeps("J21") => {
                Ok(merge_into(attribute, values, admitted(attribute, value)?))
            }
            (Op::Add | Op::Replace, value) => {
                *values = admitted(attribute, value)?;
                Ok((0..values.len()).collect())
            }
        }
    }

    /// Returns the elements that the filter selects. `add` makes one from the filter if there is none (Entra).
    fn selected(self, values: &mut Vec<Value>, filter: &Filter) -> Scim<Vec<usize>> {
        let matching = values
            .iter()
            .enumerate()
            .filter(|(_, value)| filter.matches(value));
        let selected: Vec<usize> = matching.map(|(index, _)| index).collect();
        let appends = self.op == Op::Add && !(keeps("J14") && keeps("J16"));
        if !selected.is_empty() && !appends {
            let all = keeps("J23") && (keeps("S7") || self.op != Op::Remove);
            return Ok(if all { selected } else { vec![selected[0]] });
        }
        match self.op {
            Op::Remove if !keeps("S6") => Err(ScimError::no_target(&self.place.name())),
            Op::Remove => Ok(Vec::new()),
            Op::Replace if keeps("J24") => Err(ScimError::no_target(&self.place.name())),
            Op::Replace => Ok(Vec::new()),
            Op::Add if !keeps("J15") => Err(ScimError::no_target(&self.place.name())),
            Op::Add => {
                let equalities = filter.equalities().into_iter();
                values.push(Value::Object(
                    equalities
                        .map(|(sub, value)| (sub.name.to_owned(), value))
                        .collect(),
                ));
                Ok(vec![values.len() - 1])
            }
        }
    }

    /// Changes each of the selected elements.
    fn each(self, values: &mut Vec<Value>, selected: Vec<usize>) -> Scim<Vec<usize>> {
        let drops = self.op == Op::Remove
            && (self.place.sub.is_none() || !keeps("J32") && self.filter.is_some());
        let last = self.filter.is_some() && selected.len() == values.len();
        if drops && last && !keeps("J31.last") {
            return Ok(Vec::new());
        }
        if drops {
            let mut index = 0;
            values.retain(|_| {
                index += 1;
                keeps("J31") && !selected.contains(&(index - 1))
            });
            return Ok(Vec::new());
        }
        if self.op == Op::Replace
            && self.filter.is_some()
            && self.place.sub.is_none()
            && !keeps("J22")
        {
            *values = admitted(self.place.attribute, self.value)?;
            return Ok(Vec::new());
        }
        for index in &selected {
            self.one(&mut values[*index])?;
        }
        Ok(selected)
    }

    fn one(self, target: &mut Value) -> Scim<()> {
        let attribute = self.place.attribute;
        let given = self.value.unwrap_or(&Value::Null);
        match (target, self.place.sub) {
            (Value::Object(members), Some(sub)) => {
                let given = if self.op == Op::Remove {
                    &Value::Null
                } else {
                    given
                };
                if self.op == Op::Add && !self.place.attribute.multi && !keeps("J9") {
                    members.clear();
                }
                let rule = if self.filter.is_some() {
                    "J23.drops"
                } else {
                    "J19.drops"
                };
                if self.op == Op::Replace && !keeps(rule) {
                    members.clear();
                }
                set(members, sub, given)
            }
            // RFC 7644 §3.5.2.3: a selected element is replaced; without filter, what is not named stays.
            (target, None) if self.op == Op::Replace && self.filter.is_some() => {
                *target = element(attribute, given, From::Patch)?
                    .unwrap_or_else(|| Members::new().into());
                Ok(())
            }
            (Value::Object(members), None) => self.merge(members, given),
            (_, _) => Ok(()),
        }
    }

    /// Sets the sub-attributes that `given` names, and only those.
    fn merge(self, members: &mut Members, given: &Value) -> Scim<()> {
        let attribute = self.place.attribute;
        let admitted = element(attribute, given, From::Patch)?;
        if self.op == Op::Add && !keeps("J8.nothing") {
            return Ok(());
        }
        let rule = if self.op == Op::Add { "J8" } else { "J20" };
        let empties = given
            .as_object()
            .is_none_or(|given| given.get("value") == Some(&"".into()));
        if admitted.is_none() && empties || !keeps(rule) {
            members.clear();
        }
        let Some(Value::Object(admitted)) = admitted.or_else(|| Some(Members::new().into())) else {
            return Ok(());
        };
        // A reference to what was there before would be wrong now.
        if admitted
            .get("value")
            .is_some_and(|value| members.get("value") != Some(value))
        {
            members.shift_remove("$ref");
        }
        for (name, value) in given
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| value.is_null())
        {
            let _ = attribute.sub(name).map(|sub| set(members, sub, value));
        }
        members.extend(admitted);
        Ok(())
    }
}

fn set(members: &mut Members, sub: &'static Attribute, value: &Value) -> Scim<()> {
    match whole(sub, value, From::Patch)? {
        Some(value) => members.insert(sub.name.to_owned(), value),
        None => members.shift_remove(sub.name),
    };
    Ok(())
}

fn admitted(attribute: &'static Attribute, value: Option<&Value>) -> Scim<Vec<Value>> {
    match whole(attribute, value.unwrap_or(&Value::Null), From::Patch)? {
        Some(Value::Array(values)) => Ok(values),
        _ => Ok(Vec::new()),
    }
}

/// Appends what is not there yet; what is there takes on the new sub-attributes (RFC 7644 §3.5.2.1).
fn merge_into(attribute: &Attribute, values: &mut Vec<Value>, new: Vec<Value>) -> Vec<usize> {
    let known = values
        .iter()
        .enumerate()
        .map(|(index, value)| (identity(attribute, value), index));
    let known: HashMap<String, usize> = known.collect();
    let rule = if attribute.name == "members" {
        "S5"
    } else {
        "J11"
    };
    let mut touched = Vec::new();
    let most = if keeps("S13") || attribute.name != "members" {
        usize::MAX
    } else {
        500
    };
    for value in new.into_iter().take(most) {
        match (known.get(&identity(attribute, &value)), value) {
            (Some(index), Value::Object(value)) if keeps(rule) => {
                touched.push(*index);
                if let Some(there) = values[*index].as_object_mut() {
                    there.extend(value);
                }
            }
            (Some(_), _) if keeps(rule) => {}
            (_, value) => {
                touched.push(values.len());
                values.push(value);
            }
        }
    }
    touched
}

/// Whether `remove` with a value means this element: by its `value`, or by all that is said of it.
fn is_named_by(attribute: &Attribute, member: &Value, named: &Value) -> bool {
    match named {
        Value::Object(named) => match (named.get("value"), attribute.sub("value")) {
            (Some(value), Some(_)) => member.get("value") == Some(value),
            _ => named
                .iter()
                .all(|(name, value)| member.get(name) == Some(value)),
        },
        named => member == named || member.get("value") == Some(named),
    }
}
