//! Where an attribute stands in a resource type, and how to set, find and name it there.

use serde_json::{Map, Value, json};

use super::{Fill, KNOWN, LEFT_OUT, attributes, forged, other_value, value};
use crate::check::Stop;
use crate::json::{list, member};
use crate::lab::Lab;
use crate::server::{Attribute, ResourceType, Schema};

/// An attribute or a sub-attribute of a resource type, in its core schema or an extension.
#[derive(Clone, Copy, Debug)]
pub struct Spot<'a> {
    /// The schema that defines it.
    pub schema: &'a Schema,
    /// Whether that is an extension.
    pub is_extension: bool,
    /// The complex attribute that it is in, if it is a sub-attribute.
    pub parent: Option<&'a Attribute>,
    /// Itself.
    pub attribute: &'a Attribute,
    /// Whether a resource cannot be without it.
    pub required: bool,
}

/// All attributes of a type and then their sub-attributes, those of the core schema first;
/// without `id`, `schemas` and `meta`, which every resource has beside its schema.
pub fn spots(kind: &ResourceType) -> Vec<Spot<'_>> {
    let extensions = kind.extensions.iter().map(|(schema, _)| (schema, true));
    let mut all = Vec::new();
    for (schema, is_extension) in std::iter::once((&kind.schema, false)).chain(extensions) {
        let common = |name: &str| !is_extension && matches!(name, "id" | "schemas" | "meta");
        let tops = schema.attributes.iter().filter(|it| !common(&it.name));
        let tops: Vec<Spot<'_>> = tops
            .map(|attribute| Spot {
                schema,
                is_extension,
                parent: None,
                attribute,
                // the RFC's text asks for a group's name, its schema does not
                required: attribute.required
                    || (kind.is_group() && !is_extension && attribute.name == "displayName"),
            })
            .collect();
        all.extend(&tops);
        for top in tops {
            all.extend(top.attribute.sub_attributes.iter().map(|attribute| Spot {
                parent: Some(top.attribute),
                attribute,
                required: attribute.required,
                ..top
            }));
        }
    }
    all
}

/// The type of users.
///
/// # Errors
/// That there is none.
pub fn user_type<'a>(lab: &Lab<'a>) -> Result<&'a ResourceType, Stop> {
    let user = lab.server.user();
    user.ok_or_else(|| Stop::NotOffered("there is no User".to_owned()))
}

/// The first place of a type that fits.
///
/// # Errors
/// That the type offers no such thing, which `what` says: `a decimal`.
pub fn some<'a>(
    kind: &'a ResourceType,
    what: &str,
    fits: impl Fn(&Spot<'a>) -> bool,
) -> Result<Spot<'a>, Stop> {
    let mut all = spots(kind).into_iter();
    all.find(fits)
        .ok_or_else(|| Stop::NotOffered(format!("{} has no attribute that is {what}", kind.name)))
}

/// The places of simple strings that a client may set to any text and read back unless it asks
/// for less, those that need not be unique first.
pub fn texts(kind: &ResourceType) -> Vec<Spot<'_>> {
    let mut found = spots(kind);
    found.retain(Spot::is_text);
    found.sort_by_key(Spot::is_unique);
    found
}

/// A place for any text.
///
/// # Errors
/// That the type has none.
pub fn text_spot(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    texts(kind)
        .into_iter()
        .next()
        .ok_or_else(|| Stop::NotOffered(format!("{} has no plain string attribute", kind.name)))
}

/// A place for any text that may also be empty.
///
/// # Errors
/// That the type has none.
pub fn optional_text(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    let mut found = texts(kind).into_iter();
    found.find(|it| !it.required).ok_or_else(|| {
        Stop::NotOffered(format!(
            "{} has no optional plain string attribute",
            kind.name
        ))
    })
}

/// Two places for any text, the first of them optional, that do not share a parent.
///
/// # Errors
/// That the type has no two.
pub fn two_texts(kind: &ResourceType) -> Result<(Spot<'_>, Spot<'_>), Stop> {
    let first = optional_text(kind)?;
    let mut others = texts(kind)
        .into_iter()
        .filter(|it| it.path() != first.path());
    let second = others.find(|it| it.parent.is_none() && !it.is_extension);
    match second {
        Some(second) => Ok((first, second)),
        None => Err(Stop::NotOffered(format!(
            "{} has no two plain string attributes",
            kind.name
        ))),
    }
}

impl Spot<'_> {
    /// Whether it can be set to any text and read back, and is no element's.
    pub fn is_text(&self) -> bool {
        self.is_plain()
            && self.is_single()
            && self.attribute.kind == "string"
            && self.attribute.returned == "default"
            && self.attribute.canonical_values.is_empty()
            && !KNOWN
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(&self.inner()))
    }

    /// Whether a client can set it at any time and sees it in each answer, and nothing hangs on
    /// its value.
    pub fn is_plain(&self) -> bool {
        let parent = self.parent.is_none_or(Attribute::is_plain);
        parent && self.attribute.is_plain() && !self.is_special()
    }

    /// Whether there is at most one value of it in a resource.
    pub fn is_single(&self) -> bool {
        !self.attribute.multi_valued && self.parent.is_none_or(|it| !it.multi_valued)
    }

    /// Whether no two resources may have the same value of it.
    pub fn is_unique(&self) -> bool {
        matches!(self.attribute.uniqueness.as_str(), "server" | "global")
    }

    /// Whether a value of it means something to the server: members, manager, password.
    pub fn is_special(&self) -> bool {
        let top = self.parent.unwrap_or(self.attribute);
        LEFT_OUT.contains(&top.name.as_str())
    }

    /// Its name within its schema, `name.familyName`.
    fn inner(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}.{}", parent.name, self.attribute.name),
            None => self.attribute.name.clone(),
        }
    }

    /// Its name in paths, filters and parameters: with the URN only if it is of an extension.
    pub fn path(&self) -> String {
        if self.is_extension {
            self.full_path()
        } else {
            self.inner()
        }
    }

    /// Its name with the URN of its schema.
    pub fn full_path(&self) -> String {
        format!("{}:{}", self.schema.id, self.inner())
    }

    /// A value of it.
    ///
    /// # Errors
    /// That none can be made up.
    pub fn value(&self, tag: &str) -> Result<Value, Stop> {
        let path = self.parent.map_or("", |it| it.name.as_str());
        value(self.attribute, path, tag, Fill::All).ok_or_else(|| self.unmade())
    }

    /// Another value of it.
    ///
    /// # Errors
    /// That none can be made up.
    pub fn other(&self, tag: &str) -> Result<Value, Stop> {
        let path = self.parent.map_or("", |it| it.name.as_str());
        other_value(self.attribute, path, tag).ok_or_else(|| self.unmade())
    }

    /// A value of it, though a client must not set it.
    ///
    /// # Errors
    /// That none can be made up.
    pub fn forged(&self, tag: &str) -> Result<Value, Stop> {
        forged(self.attribute, tag).ok_or_else(|| self.unmade())
    }

    fn unmade(&self) -> Stop {
        Stop::NotOffered(format!("no value of {} can be made up", self.path()))
    }

    /// Its value in a resource; of the first element if it is an element's.
    pub fn find<'v>(&self, body: &'v Value) -> Option<&'v Value> {
        let mut place = body;
        if self.is_extension {
            place = member(place, &self.schema.id)?;
        }
        if let Some(parent) = self.parent {
            place = member(place, &parent.name)?;
            if let Value::Array(elements) = place {
                place = elements.first()?;
            }
        }
        member(place, &self.attribute.name)
    }

    /// The resource with this value there, and with all that its extension or its element needs
    /// beside it.
    #[must_use]
    pub fn set(&self, mut body: Value, value: Value) -> Value {
        let tag = value.as_str().unwrap_or("scimconf").to_owned();
        if self.is_extension && member(&body, &self.schema.id).is_none() {
            let needed = attributes(&self.schema.attributes, "", &tag, Fill::Required);
            let mut schemas = list(&body, "schemas").to_vec();
            schemas.push(json!(self.schema.id));
            if let Some(body) = body.as_object_mut() {
                body.insert("schemas".to_owned(), Value::Array(schemas));
                body.insert(self.schema.id.clone(), Value::Object(needed));
            }
        }
        if let Some(place) = self.place(&mut body, &tag) {
            place.insert(self.attribute.name.clone(), value);
        }
        body
    }

    /// The resource without a value there.
    #[must_use]
    pub fn unset(&self, mut body: Value) -> Value {
        if let Some(place) = self.place(&mut body, "scimconf") {
            place.shift_remove(&self.attribute.name);
        }
        body
    }

    /// The object that it is a member of, made if there is none.
    fn place<'v>(&self, body: &'v mut Value, tag: &str) -> Option<&'v mut Map<String, Value>> {
        let mut place = body;
        if self.is_extension {
            place = place.get_mut(&self.schema.id)?;
        }
        let Some(parent) = self.parent else {
            return place.as_object_mut();
        };
        let place = place.as_object_mut()?;
        let made = place.entry(parent.name.clone()).or_insert_with(|| {
            if parent.multi_valued {
                // an element of a type alone, without a value, is refused by many
                value(parent, "", tag, Fill::All).unwrap_or_else(|| json!([{}]))
            } else {
                let needed = attributes(&parent.sub_attributes, &parent.name, tag, Fill::Required);
                Value::Object(needed)
            }
        });
        match made {
            Value::Array(elements) => elements.first_mut()?.as_object_mut(),
            made => made.as_object_mut(),
        }
    }
}
