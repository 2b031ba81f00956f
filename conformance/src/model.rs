//! PATCH by the RFC (7644 §3.5.2.1 to §3.5.2.3), done to a document: what a server should have
//! after a sequence of operations.
//!
//! It knows operations on simple attributes, sub-attributes, whole complex and multi-valued
//! attributes, and values chosen by one comparison `eq`; nothing about which the RFC is unclear.

use serde_json::{Map, Value};

use crate::json::{list, member, text};

/// A resource, as the RFC has it after operations.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    /// Its attributes.
    pub document: Map<String, Value>,
    /// The names of those that have several values.
    pub multi_valued: &'a [&'a str],
}

impl Model<'_> {
    /// Applies an operation.
    ///
    /// # Errors
    /// The words for what the model does not know, or the RFC refuses.
    pub fn apply(&mut self, operation: &Value) -> Result<(), String> {
        let value = member(operation, "value").cloned().unwrap_or_default();
        match (text(operation, "op"), text(operation, "path")) {
            ("remove", "") => Err("noTarget".to_owned()),
            ("remove", path) => {
                remove(&mut self.document, &Path::read(path)?);
                Ok(())
            }
            (op @ ("add" | "replace"), "") => {
                let mut attributes = value.as_object().into_iter().flatten();
                attributes.try_for_each(|(name, value)| self.set(op, name, value.clone()))
            }
            (op @ ("add" | "replace"), path) => self.set(op, path, value),
            (op, _) => Err(format!("no operation {op}")),
        }
    }

    fn set(&mut self, op: &str, path: &str, value: Value) -> Result<(), String> {
        let path = Path::read(path)?;
        if path.filter.is_some() {
            return set_chosen(&mut self.document, &path, value);
        }
        if self.multi_valued.contains(&path.attribute) {
            self.set_list(op, path.attribute, value);
            return Ok(());
        }
        let there = self.document.entry(path.attribute).or_insert(Value::Null);
        match (path.sub, there, value) {
            (Some(sub), Value::Object(members), value) => {
                members.insert(sub.to_owned(), value);
            }
            (Some(sub), there, value) => *there = Map::from_iter([(sub.to_owned(), value)]).into(),
            // sub-attributes that are not named are left unchanged
            (None, Value::Object(members), Value::Object(more)) => members.extend(more),
            (None, there, value) => *there = value,
        }
        Ok(())
    }

    fn set_list(&mut self, op: &str, name: &str, value: Value) {
        let new = match value {
            Value::Array(elements) => elements,
            Value::Null => Vec::new(),
            value => vec![value],
        };
        let there = self.document.entry(name).or_insert(Value::Null);
        match there.as_array_mut().filter(|_| op == "add") {
            Some(elements) => {
                let before = elements.len();
                elements.extend(new);
                settle_primary(elements, before);
            }
            None => *there = new.into(),
        }
    }
}

/// A path in its parts: `emails[type eq "work"].value`.
struct Path<'a> {
    attribute: &'a str,
    /// The sub-attribute and the text that it shall be equal to.
    filter: Option<(&'a str, &'a str)>,
    sub: Option<&'a str>,
}

impl<'a> Path<'a> {
    fn read(path: &'a str) -> Result<Self, String> {
        let unknown = || format!("the model cannot read the path {path}");
        if let Some((attribute, rest)) = path.split_once('[') {
            let (filter, rest) = rest.split_once(']').ok_or_else(unknown)?;
            let (name, literal) = filter.split_once(" eq ").ok_or_else(unknown)?;
            return Ok(Self {
                attribute,
                filter: Some((name, literal.trim_matches('"'))),
                sub: rest.strip_prefix('.'),
            });
        }
        let (attribute, sub) = match path.split_once('.') {
            Some((attribute, sub)) => (attribute, Some(sub)),
            None => (path, None),
        };
        Ok(Self {
            attribute,
            filter: None,
            sub,
        })
    }

    /// Whether an element is chosen by the filter.
    fn chooses(&self, element: &Value) -> bool {
        self.filter
            .is_none_or(|(name, literal)| text(element, name) == literal)
    }
}

fn set_chosen(
    document: &mut Map<String, Value>,
    path: &Path<'_>,
    value: Value,
) -> Result<(), String> {
    let elements = document
        .get_mut(path.attribute)
        .and_then(Value::as_array_mut);
    let elements = elements.ok_or("noTarget")?;
    let chosen = elements.iter().position(|it| path.chooses(it));
    let chosen = chosen.ok_or("noTarget")?;
    for element in elements.iter_mut().filter(|it| path.chooses(it)) {
        match (path.sub, element.as_object_mut()) {
            (Some(sub), Some(members)) => {
                members.insert(sub.to_owned(), value.clone());
            }
            _ => *element = value.clone(),
        }
    }
    settle_primary_at(elements, chosen);
    Ok(())
}

fn remove(document: &mut Map<String, Value>, path: &Path<'_>) {
    let Some(there) = document.get_mut(path.attribute) else {
        return;
    };
    match (there, path.filter, path.sub) {
        (Value::Array(elements), Some(_), None) => elements.retain(|it| !path.chooses(it)),
        (Value::Array(elements), Some(_), Some(sub)) => {
            let chosen = elements.iter_mut().filter(|it| path.chooses(it));
            for members in chosen.filter_map(Value::as_object_mut) {
                members.shift_remove(sub);
            }
        }
        (Value::Object(members), None, Some(sub)) => {
            members.shift_remove(sub);
        }
        _ => {
            document.shift_remove(path.attribute);
        }
    }
}

/// Takes `primary` from the elements before, if one of those after has it.
fn settle_primary(elements: &mut [Value], after: usize) {
    let is_primary = |it: &Value| member(it, "primary") == Some(&Value::Bool(true));
    let found = elements.iter().skip(after).position(is_primary);
    if let Some(found) = found {
        settle_primary_at(elements, after + found);
    }
}

/// Takes `primary` from all other elements, if this one has it.
fn settle_primary_at(elements: &mut [Value], chosen: usize) {
    let one = elements.get(chosen).and_then(|it| member(it, "primary"));
    if one != Some(&Value::Bool(true)) {
        return;
    }
    for (n, element) in elements.iter_mut().enumerate() {
        if let (true, Some(members)) = (n != chosen, element.as_object_mut()) {
            members.shift_remove("primary");
        }
    }
}

/// Whether two values are the same: names in any case, arrays and objects in any order, numbers
/// by value.
pub fn alike(one: &Value, other: &Value) -> bool {
    settled(one) == settled(other)
}

fn settled(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members
                .iter()
                .map(|(name, value)| (name.to_lowercase(), settled(value)))
                .collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(_) => {
            let mut elements: Vec<Value> = list(value, "").iter().map(settled).collect();
            elements.sort_by_cached_key(Value::to_string);
            Value::Array(elements)
        }
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        value => value.clone(),
    }
}
