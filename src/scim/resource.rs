//! A resource's attributes, in the only shape in which the rest of the server meets them.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::path::{Container, ResolvedPath};
use super::schema::{Attribute, ResourceType};

/// The attributes that a client gave a resource: names spelt as in the schemas, values of
/// their types, nothing unassigned, nothing that only the server may write.
///
/// `id`, `meta`, members and what is never returned are not part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Map<String, Value>);

impl Attributes {
    /// Reads a stored document.
    ///
    /// # Errors
    /// When the text is not a JSON object: somebody else wrote the row.
    pub fn from_document(document: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(document).map(Self)
    }

    /// Returns the document to store: canonical JSON text, `schemas` first.
    #[must_use]
    pub fn to_document(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Returns the attributes by name; an extension is an object under its URN.
    #[must_use]
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Gives the attributes away.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Returns the text of a core attribute.
    #[must_use]
    pub fn text(&self, attribute: &Attribute) -> Option<&str> {
        self.0
            .get(&attribute.name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// Returns the name that people know the resource by.
    #[must_use]
    pub fn display(&self, kind: &ResourceType) -> Option<&str> {
        kind.displayed_by
            .iter()
            .find_map(|attribute| self.text(attribute))
    }

    /// False if the attribute that switches access off does so; a resource that says nothing
    /// is active.
    #[must_use]
    pub fn is_active(&self, kind: &ResourceType) -> bool {
        kind.active_by
            .is_none_or(|attribute| self.0.get(&attribute.name) != Some(&Value::Bool(false)))
    }

    pub(in crate::scim) fn get(
        &self,
        container: Container,
        attribute: &Attribute,
    ) -> Option<&Value> {
        match container {
            Container::Core => self.0.get(&attribute.name),
            Container::Extension(schema) => self.0.get(&schema.id)?.get(&attribute.name),
        }
    }

    /// Sets or, with `None`, unassigns an attribute; an empty value is unassigned (RFC 7643 §2.5).
    pub(in crate::scim) fn set(
        &mut self,
        container: Container,
        attribute: &Attribute,
        value: Option<Value>,
    ) {
        let value = value.filter(|value| !is_unassigned(value));
        let holder = match container {
            Container::Core => &mut self.0,
            Container::Extension(schema) => {
                if value.is_none() && !self.0.contains_key(&schema.id) {
                    return;
                }
                let holder = self
                    .0
                    .entry(schema.id.clone())
                    .or_insert_with(|| Value::Object(Map::new()));
                match holder {
                    Value::Object(object) => object,
                    _ => return,
                }
            }
        };
        match value {
            Some(value) => {
                holder.insert(attribute.name.clone(), value);
            }
            None => {
                holder.shift_remove(&attribute.name);
            }
        }
    }

    /// Drops empty extensions and lists in `schemas` exactly those that are there (RFC 7643 §3).
    pub(in crate::scim) fn settle(&mut self, kind: &ResourceType) {
        self.0.retain(|_, value| !is_unassigned(value));
        let present = kind
            .all_schemas()
            .filter(|schema| schema.id == kind.schema.id || self.0.contains_key(&schema.id));
        let schemas = present
            .map(|schema| Value::from(schema.id.as_str()))
            .collect();
        self.0.shift_remove("schemas");
        self.0
            .shift_insert(0, "schemas".into(), Value::Array(schemas));
    }
}

/// Reads an id as we write it: lower case, with hyphens. `id` is caseExact, so any other spelling
/// is nobody's.
#[must_use]
pub fn resource_id(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>()
        .ok()
        .filter(|id| id.to_string() == text)
}

/// True for what RFC 7643 §2.5 treats as absent: `null`, `[]`, and an object without attributes.
#[must_use]
pub fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

impl ResolvedPath {
    /// Returns the value by which a resource is sorted: of several, the primary, else the
    /// first (RFC 7644 §3.4.2.3).
    #[must_use]
    pub fn sort_value<'a>(&self, resource: &'a Map<String, Value>) -> Option<&'a Value> {
        let whole = Self { sub: None, ..*self };
        let chosen = whole
            .values(resource)
            .find(|element| element.get("primary") == Some(&Value::Bool(true)))
            .or_else(|| whole.values(resource).next())?;
        match self.sub.or_else(|| self.attribute.sub("value")) {
            Some(sub) if chosen.is_object() => chosen.get(&sub.name),
            _ => Some(chosen),
        }
    }
}
