//! Which attributes an answer shows (RFC 7644 §3.9, RFC 7643 §7 returned).

use serde_json::{Map, Value};

use super::breaks::keeps;
use super::names::{Members, Named, Place, Scope};
use super::schema::{Attribute, COMMON_ATTRIBUTES, ResourceType, Returned, Schema};
use super::show::schemas_in;

/// What the parameters `attributes` and `excludedAttributes` ask for, as names.
#[derive(Debug, Clone, Default)]
pub struct Projection {
    /// Only these, and what always comes; none if not asked.
    pub only: Option<Vec<String>>,
    pub except: Vec<String>,
}

/// A [`Projection`] for one resource type.
struct Wanted {
    only: Option<Vec<Named>>,
    except: Vec<Named>,
}

/// Where an attribute stands.
#[derive(Clone, Copy)]
struct Position {
    schema: &'static Schema,
    attribute: &'static Attribute,
}

impl Projection {
    /// Returns what is shown of `resource`.
    pub fn of(&self, kind: &'static ResourceType, resource: &Value) -> Value {
        let named = |names: &[String]| {
            let known =
                |name: &&String| keeps("D7") || name.chars().next().is_some_and(char::is_lowercase);
            names
                .iter()
                .filter(known)
                .filter_map(|name| Scope::Type(kind).find(name))
                .filter(is_kept)
                .collect()
        };
        // Both together exclude each other; the narrower one wins.
        let wanted = Wanted {
            only: self
                .only
                .as_deref()
                .map(named)
                .filter(|only: &Vec<Named>| !only.is_empty() || keeps("D8")),
            except: named(&self.except)
                .into_iter()
                .filter(can_be_excluded)
                .collect(),
        };
        let mut shown = Members::new();
        for (name, value) in resource.as_object().into_iter().flatten() {
            match (kind.schema(name), value) {
                (Some(schema), Value::Object(members)) => {
                    let members = wanted.members(&[schema], members);
                    shown.extend((!members.is_empty()).then(|| (name.clone(), members.into())));
                }
                _ => shown
                    .extend(wanted.members(&[&COMMON_ATTRIBUTES, &kind.core], &one(name, value))),
            }
        }
        let schemas = schemas_in(kind, &shown);
        shown.insert("schemas".into(), schemas);
        shown.into()
    }
}

/// Where a rule on names can be broken: URNs, and sub-attributes.
fn is_kept(named: &Named) -> bool {
    match named {
        Named::Schema(_) => keeps("D6.schema"),
        Named::Place(place) => place.extension.is_none() || keeps("D6.attribute"),
    }
}

/// Where a rule on excluded names can be broken.
fn can_be_excluded(named: &Named) -> bool {
    !matches!(named, Named::Place(place) if place.attribute.name == "members") || keeps("S10")
}

fn one(name: &str, value: &Value) -> Members {
    Map::from_iter([(name.to_owned(), value.clone())])
}

impl Wanted {
    fn members(&self, schemas: &[&'static Schema], members: &Members) -> Members {
        let mut shown = Members::new();
        for (name, value) in members {
            let found = schemas
                .iter()
                .find_map(|schema| Some((*schema, schema.attribute(name)?)));
            if let Some((schema, attribute)) = found {
                let value = self.value(Position { schema, attribute }, value);
                shown.extend(value.map(|value| (name.clone(), value)));
            } else if !keeps("J26") {
                shown.insert(name.clone(), value.clone());
            }
        }
        shown
    }

    /// Returns what is shown of the value of an attribute, if anything is.
    fn value(&self, position: Position, value: &Value) -> Option<Value> {
        let attribute = position.attribute;
        // `attributes=emails.type` shows the attribute, and of it the sub-attribute.
        let by_parts = self.only.as_ref().is_some_and(|only| {
            !only.iter().any(|named| names_whole(named, position))
                && only.iter().any(|named| names_part(named, position))
        });
        if by_parts && !keeps("D5") {
            return Some(value.clone());
        }
        if !by_parts && !self.shows(attribute.returned, |named| names_whole(named, position)) {
            return None;
        }
        match value {
            Value::Array(values) => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|value| self.element(position, value, by_parts))
                    .collect();
                let values: Vec<Value> = values
                    .into_iter()
                    .filter(|value| !is_empty(value))
                    .collect();
                (!values.is_empty()).then(|| values.into())
            }
            value => Some(self.element(position, value, by_parts)).filter(|value| !is_empty(value)),
        }
    }

    fn element(&self, position: Position, value: &Value, by_parts: bool) -> Value {
        let Value::Object(members) = value else {
            return value.clone();
        };
        let is_shown = |name: &str| {
            let Some(sub) = position.attribute.sub(name) else {
                return false;
            };
            let names = |named: &Named| names_sub(named, position, sub);
            match (by_parts, sub.returned) {
                (true, _) | (false, Returned::Request) => self.shows(sub.returned, names),
                (false, Returned::Never) => false,
                (false, Returned::Always) => true,
                (false, Returned::Default) => {
                    !self.except.iter().any(names) || self.only.is_some() || !keeps("D10")
                }
            }
        };
        members
            .iter()
            .filter(|(name, _)| is_shown(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Whether an attribute that is returned so is shown, `names` telling which names mean it.
    fn shows(&self, returned: Returned, names: impl Fn(&Named) -> bool) -> bool {
        let excluded = self.except.iter().any(&names);
        match (returned, &self.only) {
            (Returned::Always, _) => !excluded || keeps("D9.always") && keeps("E4"),
            (Returned::Never, _) => !(keeps("C22") && keeps("E3.returned") && keeps("A13.never")),
            (Returned::Default, None) => !excluded || !keeps("D9.excluded"),
            (Returned::Default, Some(only)) => only.iter().any(names) || !keeps("D4"),
            (Returned::Request, Some(only)) => only.iter().any(names) && keeps("D11"),
            (Returned::Request, None) => !keeps("E5"),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn names_whole(named: &Named, position: Position) -> bool {
    match named {
        Named::Schema(schema) => schema.urn == position.schema.urn,
        Named::Place(place) => place.sub.is_none() && is_at(place, position),
    }
}

fn names_part(named: &Named, position: Position) -> bool {
    matches!(named, Named::Place(place) if place.sub.is_some() && is_at(place, position))
}

fn names_sub(named: &Named, position: Position, sub: &Attribute) -> bool {
    matches!(named, Named::Place(place)
        if is_at(place, position) && place.sub.is_some_and(|named| named.name == sub.name))
}

/// Whether the place is this attribute: the same definition, not only the same name.
fn is_at(place: &Place, position: Position) -> bool {
    std::ptr::eq(place.attribute, position.attribute)
}
