//! Attribute names as clients write them: in any case, with or without URN, with a sub-attribute (RFC 7644 §3.10).

use serde_json::{Map, Value};

use super::breaks::keeps;
use super::schema::{Attribute, COMMON_ATTRIBUTES, ResourceType, Schema};

/// The members of a resource or of a complex value.
pub type Members = Map<String, Value>;

/// An attribute or sub-attribute of a resource type, or of a complex value.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The extension that the attribute belongs to; none for a core attribute.
    pub extension: Option<&'static Schema>,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub enum Named {
    /// The URI of a schema alone: all its attributes.
    Schema(&'static Schema),
    Place(Place),
}

/// Where names are looked up.
#[derive(Debug, Clone, Copy)]
pub enum Scope {
    Type(&'static ResourceType),
    /// Within the brackets of a value path (RFC 7644 §3.5.2).
    Element(&'static Attribute),
}

impl Scope {
    /// Returns what `name` stands for, if it stands for anything here.
    pub fn find(self, name: &str) -> Option<Named> {
        match self {
            Self::Type(kind) => find_in_type(kind, name),
            Self::Element(parent) => find_in_element(parent, name).map(Named::Place),
        }
    }
}

fn find_in_type(kind: &'static ResourceType, name: &str) -> Option<Named> {
    for schema in kind.schemas() {
        let Some(rest) = without_prefix(name, schema.urn) else {
            continue;
        };
        if rest.is_empty() {
            return Some(Named::Schema(schema));
        }
        if let Some(local) = rest.strip_prefix(':') {
            let extension = (!kind.is_core(schema)).then_some(schema);
            let common: &[Attribute] = if extension.is_none() {
                &COMMON_ATTRIBUTES.attributes
            } else {
                &[]
            };
            return find_local(&[&schema.attributes, common], extension, local);
        }
    }
    find_local(
        &[&COMMON_ATTRIBUTES.attributes, &kind.core.attributes],
        None,
        name,
    )
}

/// Returns what follows `prefix`, which may be written in any case.
fn without_prefix<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    let head = name.get(..prefix.len())?;
    let same = if keeps("T3") {
        head.eq_ignore_ascii_case(prefix)
    } else {
        head == prefix
    };
    same.then(|| &name[prefix.len()..])
}

fn find_local(
    among: &[&'static [Attribute]],
    extension: Option<&'static Schema>,
    name: &str,
) -> Option<Named> {
    let (name, sub) = name
        .split_once('.')
        .map_or((name, None), |(name, sub)| (name, Some(sub)));
    let attribute = among
        .iter()
        .flat_map(|list| list.iter())
        .find(|attribute| same_name(attribute.name, name))?;
    let sub = match sub {
        Some(sub) => Some(attribute.sub(sub)?),
        None => None,
    };
    Some(Named::Place(Place {
        extension,
        attribute,
        sub,
    }))
}

fn find_in_element(parent: &'static Attribute, name: &str) -> Option<Place> {
    let attribute = match parent.sub(name) {
        Some(sub) => sub,
        // The elements of a simple attribute are their own `value`.
        None if parent.subs.is_empty() && name.eq_ignore_ascii_case("value") => parent,
        None => return None,
    };
    Some(Place {
        extension: None,
        attribute,
        sub: None,
    })
}

/// Compares the names of attributes, which have no case (RFC 7643 §2.1).
pub fn same_name(ours: &str, theirs: &str) -> bool {
    ours.eq_ignore_ascii_case(theirs)
}

impl Place {
    /// The attribute whose values are meant: the sub-attribute, if one is named.
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The name of the place, for the details of errors.
    pub fn name(&self) -> String {
        let urn = self
            .extension
            .map(|schema| format!("{}:", schema.urn))
            .unwrap_or_default();
        let sub = self
            .sub
            .map(|sub| format!(".{}", sub.name))
            .unwrap_or_default();
        format!("{urn}{}{sub}", self.attribute.name)
    }

    /// Returns the value of the whole attribute, or none if it is unassigned.
    pub fn whole<'a>(&self, resource: &'a Value) -> Option<&'a Value> {
        let holder = match self.extension {
            Some(schema) => resource.get(schema.urn)?,
            None => resource,
        };
        // An element of a simple attribute is its own value.
        if holder.is_object() {
            holder.get(self.attribute.name)
        } else {
            Some(holder)
        }
    }

    /// Returns each value that the place has in `resource`, those of all elements.
    pub fn values<'a>(&self, resource: &'a Value) -> Vec<&'a Value> {
        let whole = self.whole(resource).map(elements).unwrap_or_default();
        match self.sub {
            Some(sub) => whole
                .iter()
                .filter_map(|value| value.get(sub.name))
                .flat_map(elements)
                .collect(),
            None => whole,
        }
    }
}

/// Returns the elements of an array, or the value itself as the only one.
pub fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        value => vec![value],
    }
}
